//! The simulated disk does what it says: keeps what was synced, and only that for sure.

use crate::{
    disk::{Disk, DiskFile, LockError},
    sim::{Dice, SimDisk},
};

const OLD: [u8; 4096] = [1; 4096];
const NEW: [u8; 4096] = [2; 4096];

/// A durable file full of `OLD`, open for writing.
fn durable(seed: u64) -> (SimDisk, Box<dyn DiskFile>) {
    let disk = SimDisk::new(seed);
    let mut file = disk.create("a", 4096).unwrap();
    file.write_at(0, &OLD).unwrap();
    file.sync_data().unwrap();
    disk.sync_dir().unwrap();
    (disk, file)
}

fn after_cut(disk: &SimDisk) -> Vec<u8> {
    disk.cut();
    assert!(disk.read("a").is_err());
    disk.restart();
    disk.read("a").unwrap()
}

fn count(bytes: &[u8], wanted: u8) -> usize {
    bytes.iter().map(|&byte| usize::from(byte == wanted)).sum()
}

#[test]
fn what_was_synced_stays() {
    for seed in 0..100 {
        let (disk, mut file) = durable(seed);
        file.write_at(0, &NEW).unwrap();
        file.sync_data().unwrap();
        assert_eq!(after_cut(&disk), NEW);
    }
}

#[test]
fn what_was_not_synced_is_lost_kept_or_torn_by_sectors() {
    let (mut lost, mut kept, mut torn) = (0, 0, 0);
    for seed in 0..100 {
        let (disk, mut file) = durable(seed);
        file.write_at(512, &NEW[..2048]).unwrap();
        assert_eq!(disk.read("a").unwrap()[512], 2, "the writer sees it");
        let bytes = after_cut(&disk);
        assert!(bytes[..512] == OLD[..512] && bytes[2560..] == OLD[2560..]);
        for sector in bytes[512..2560].chunks(512) {
            match count(sector, 2) {
                0 => lost += 1,
                512 => kept += 1,
                _ => torn += 1,
            }
        }
    }
    assert!(lost > 50 && kept > 50 && torn > 10, "{lost} {kept} {torn}");
}

#[test]
fn a_failed_flush_is_never_made_good_by_a_later_one() {
    let mut lost = 0;
    for seed in 0..100 {
        let (disk, mut file) = durable(seed);
        file.write_at(0, &NEW).unwrap();
        disk.fail_sync_after(0);
        file.sync_data().unwrap_err();
        assert_eq!(disk.read("a").unwrap(), NEW, "the machine still shows it");
        file.sync_data().unwrap();
        lost += usize::from(after_cut(&disk) != NEW);
    }
    assert!(lost > 50, "{lost}");
}

#[test]
fn names_last_once_the_folder_is_synced() {
    let mut lost = 0;
    for seed in 0..100 {
        let disk = SimDisk::new(seed);
        disk.create("a", 8).unwrap().sync_data().unwrap();
        disk.cut();
        disk.restart();
        lost += usize::from(disk.list().unwrap().is_empty());
        let (disk, _) = durable(seed);
        disk.remove("a").unwrap();
        disk.sync_dir().unwrap();
        disk.cut();
        disk.restart();
        assert!(disk.list().unwrap().is_empty());
    }
    assert!((20..80).contains(&lost), "{lost}");
}

#[test]
fn a_full_disk_writes_what_fits() {
    for (thin, fits) in [(false, 8192), (true, 1024)] {
        let disk = SimDisk::new(1);
        disk.set_thin(thin);
        disk.set_room(Some(8192));
        let mut file = disk.create("a", 8192).unwrap();
        disk.set_room(Some(1024));
        let written = file.write_at(0, &[7; 8192]);
        assert_eq!(written.is_ok(), fits == 8192);
        assert_eq!(count(&disk.read("a").unwrap(), 7), fits);
        assert_eq!(disk.create("b", 512).is_err(), !thin);
    }
}

#[test]
fn a_restart_ends_handles_and_locks() {
    let (disk, mut file) = durable(1);
    let lock = disk.lock().unwrap();
    assert!(matches!(disk.lock(), Err(LockError::Held { .. })));
    disk.kill();
    file.write_at(0, &NEW).unwrap_err();
    disk.restart();
    file.write_at(0, &NEW).unwrap_err();
    let second = disk.lock().unwrap();
    drop(lock);
    assert!(matches!(disk.lock(), Err(LockError::Held { .. })), "a dead process frees nothing any more");
    drop(second);
    assert!(disk.lock().is_ok());
}

#[test]
fn dice_repeat_themselves() {
    let rolls = |seed| (0..4).map(|_| Dice::new(seed).below(1000)).collect::<Vec<_>>();
    assert_eq!(rolls(5), rolls(5));
    let mut dice = Dice::new(5);
    assert!((0..1000).filter(|_| dice.coin()).count().abs_diff(500) < 100);
}
