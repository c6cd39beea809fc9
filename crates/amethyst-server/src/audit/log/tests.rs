//! Rotation, and a log that cannot be written.

use super::{Log, LogOptions};

#[test]
fn files_give_way_when_they_are_full() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.log");
    let options = LogOptions { path: path.clone(), size_bytes_max: 25, old_files_max: 2 };
    for number in 0..5 {
        // Each opening goes on where the last one ended.
        let log = Log::open(options.clone()).unwrap();
        log.take(format!("line {number} abc\n").into_bytes());
        assert_eq!((log.taken(), log.dropped()), (1, 0));
    }
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    assert_eq!(read("audit.log"), "line 4 abc\n");
    assert_eq!(read("audit.log.1"), "line 2 abc\nline 3 abc\n");
    assert_eq!(read("audit.log.2"), "line 0 abc\nline 1 abc\n");
}

#[test]
fn a_full_disk_is_counted() {
    let log = Log::open(LogOptions::new("/dev/full"));
    // A machine without that device has nothing to show.
    let Ok(log) = log else { return };
    log.take(b"lost\n".to_vec());
    let counts = std::sync::Arc::clone(&log.counts);
    drop(log);
    assert_eq!(counts.dropped.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Log::open(LogOptions::new(folder.path().join("none/audit.log"))).is_err());
}
