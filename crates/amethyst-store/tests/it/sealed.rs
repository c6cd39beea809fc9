//! Encryption at rest: nothing in clear on the disk, no opening without the key, and a change of keys.

use std::sync::Arc;

use amethyst_store::{Disk, OpenError, Options, Recovery, Store, Txn, sealed_with, sim::SimDisk};

use crate::{
    crash::{Keys, open, small},
    support::{Text, dump, text},
};

fn open_with(disk: &SimDisk, options: Options) -> Result<(Store<Text>, Recovery), OpenError> {
    Store::open(Arc::new(disk.clone()), options)
}

/// Whether a text stands anywhere on the disk.
fn shows(disk: &SimDisk, wanted: &str) -> bool {
    let files = disk.list().expect("a simulated disk lists");
    files.iter().any(|file| {
        disk.read(file)
            .expect("what is listed is there")
            .windows(wanted.len())
            .any(|found| found == wanted.as_bytes())
    })
}

async fn write(store: &Store<Text>, key: &str, value: &str) {
    store.commit(Txn::new().put(key, text(value))).await.expect("the disk takes it");
}

#[tokio::test]
async fn nothing_is_written_in_clear() {
    let (disk, keys) = (SimDisk::new(1), Keys::default());
    let (store, recovery) = open_with(&disk, keys.options()).unwrap();
    assert!(recovery.sealed);
    write(&store, "the-name", "the-value").await;
    let whole = dump(&store.snapshot());
    store.close().await.unwrap();
    assert!(!shows(&disk, "the-name") && !shows(&disk, "the-value"));
    let (store, recovery) = open_with(&disk, keys.options()).unwrap();
    assert!(recovery.clean && recovery.sealed);
    assert_eq!(dump(&store.snapshot()), whole);
    let current = keys.options().seal.map(|seal| seal.current());
    assert_eq!(sealed_with(&disk).unwrap(), current);
    assert_eq!(sealed_with(&SimDisk::new(2)).unwrap(), None);
}

#[tokio::test]
async fn a_missing_or_wrong_key_is_refused_and_nothing_is_lost() {
    let (disk, keys) = (SimDisk::new(1), Keys::default());
    let (store, _) = open_with(&disk, keys.options()).unwrap();
    write(&store, "a", "1").await;
    store.close().await.unwrap();
    let other = Keys { current: 9, ..Keys::default() };
    for (options, expect) in [
        (small(), "which is missing"),
        (other.options(), "which is not among the keys given"),
        (Options { salvage: true, ..other.options() }, "which is not among the keys given"),
    ] {
        let refused = open_with(&disk, options).err().unwrap();
        assert!(matches!(refused, OpenError::Sealed { .. }), "{refused}");
        let said = refused.to_string();
        assert!(said.contains(expect) && said.contains("hint: put the key file back"), "{said}");
    }
    let (store, _) = open_with(&disk, keys.options()).unwrap();
    assert_eq!(dump(&store.snapshot()), "a=1@1/1");
}

#[tokio::test]
async fn a_new_key_seals_everything_anew() {
    let (disk, mut keys) = (SimDisk::new(1), Keys::default());
    let (store, recovery) = open(&disk).unwrap();
    assert!(!recovery.sealed);
    write(&store, "a", "first-value").await;
    write(&store, "b", "gone").await;
    store.commit(Txn::new().delete("b")).await.unwrap();
    store.close().await.unwrap();
    assert!(shows(&disk, "first-value"));
    let (store, recovery) = open_with(&disk, keys.options()).unwrap();
    assert!(recovery.sealed, "a store in clear is sealed when it gets a key");
    let whole = dump(&store.snapshot());
    store.close().await.unwrap();
    assert!(!shows(&disk, "first-value") && !shows(&disk, "gone"));

    let before = keys.clone();
    keys.change();
    let (store, recovery) = open_with(&disk, keys.options()).unwrap();
    assert!(recovery.sealed);
    assert_eq!(dump(&store.snapshot()), whole);
    drop(store);
    assert!(open_with(&disk, before.options()).is_err(), "the old key opens nothing any more");
    keys.older.clear();
    let (store, recovery) = open_with(&disk, keys.options()).unwrap();
    assert!(recovery.sealed);
    assert_eq!(dump(&store.snapshot()), whole);
}

#[tokio::test]
async fn a_full_disk_puts_a_new_key_off() {
    let (disk, mut keys) = (SimDisk::new(1), Keys::default());
    let (store, _) = open_with(&disk, keys.options()).unwrap();
    write(&store, "a", &"x".repeat(3000)).await;
    let whole = dump(&store.snapshot());
    store.close().await.unwrap();
    keys.change();
    disk.set_room(Some(disk.used_bytes()));
    let (store, recovery) = open_with(&disk, keys.options()).unwrap();
    assert!(!recovery.sealed, "the older key is still needed");
    assert_eq!(dump(&store.snapshot()), whole);
    drop(store);
    disk.set_room(None);
    let (store, recovery) = open_with(&disk, keys.options()).unwrap();
    assert!(recovery.sealed);
    assert_eq!(dump(&store.snapshot()), whole);
}

#[tokio::test]
async fn a_frame_that_was_changed_behind_our_back_is_refused() {
    let (disk, keys) = (SimDisk::new(1), Keys::default());
    let (store, _) = open_with(&disk, keys.options()).unwrap();
    write(&store, "a", "1").await;
    write(&store, "b", "2").await;
    store.close().await.unwrap();
    let name = disk.list().unwrap().into_iter().find(|name| name != "FORMAT").unwrap();
    // The first frame: its revision is raised, and the checksum made right again.
    assert!(disk.damage(&name, |bytes| {
        bytes[64 + 16] ^= 1;
        let length = u32::from_le_bytes(bytes[64..68].try_into().unwrap()) as usize;
        let sum = crc32c::crc32c_append(crc32c::crc32c(&bytes[64..108]), &bytes[112..112 + length]);
        bytes[108..112].copy_from_slice(&sum.to_le_bytes());
    }));
    let refused = open_with(&disk, keys.options()).err().unwrap();
    assert!(matches!(refused, OpenError::Corrupt { .. }), "{refused}");
    assert!(refused.to_string().contains("the seal of the frame is broken"), "{refused}");
}
