//! Folders that are damaged, foreign, newer or taken: refused by name, and salvaged only when asked.

use std::sync::Arc;

use amethyst_store::{
    OpenError, Options, Recovery, Revision, Store, Txn,
    sim::{Dice, SimDisk},
};

use crate::{
    crash::{open, small},
    support::{Text, dump, text},
};

const SALVAGE: &str = "salvage what can be read";

/// Sixteen puts of 1000 bytes: two segments of six frames each, at bytes 64, 1128, 2192, 4096, 5160 and 6224,
/// and one of four and a clean mark.
async fn filled() -> (SimDisk, String) {
    let disk = SimDisk::new(1);
    let (store, _) = open(&disk).unwrap();
    for number in 0..16 {
        let value = text(&format!("{number}{}", "x".repeat(1000)));
        store.commit(Txn::new().put(format!("k{number:02}"), value)).await.unwrap();
    }
    let dump = dump(&store.snapshot());
    store.close().await.unwrap();
    (disk, dump)
}

fn salvage(disk: &SimDisk) -> (Store<Text>, Recovery) {
    Store::open(Arc::new(disk.clone()), Options { salvage: true, ..small() }).unwrap()
}

fn error(disk: &SimDisk) -> String {
    open(disk).expect_err("it must be refused").to_string()
}

/// Damages one file, expects the refusal to name it, salvages, and counts the keys that are left.
async fn check(name: &str, change: impl FnOnce(&mut Vec<u8>), refusal: &str, keys_left: usize) {
    let (disk, whole) = filled().await;
    assert!(disk.damage(name, change));
    let message = error(&disk);
    assert!(message.contains(refusal) && message.contains(SALVAGE), "{message}");
    let (store, recovery) = salvage(&disk);
    assert_eq!(store.snapshot().len(), keys_left, "{recovery:?}");
    assert!(recovery.repaired.iter().any(|text| text.contains(name)), "{recovery:?}");
    for part in dump(&store.snapshot()).split(' ') {
        assert!(whole.contains(part));
    }
    let revision = store.commit(Txn::new().put("new", text("1"))).await.unwrap();
    assert!(revision > Revision(1 << 20));
    store.close().await.unwrap();
    let (store, recovery) = open(&disk).expect("what was salvaged is whole");
    assert!(recovery.clean && recovery.repaired.is_empty(), "{recovery:?}");
    assert_eq!((store.snapshot().len(), store.snapshot().revision()), (keys_left + 1, revision));
}

#[tokio::test]
async fn damage_is_refused_with_its_place_and_salvaged_when_asked() {
    let first = "0000000000000001.log";
    let last = "0000000000000003.log";
    // The second frame of the first segment.
    check(first, |bytes| bytes[1200] ^= 1, "`0000000000000001.log` at byte 1128: the checksum", 15).await;
    // The last frame of a sealed segment: nothing follows it there.
    check(first, |bytes| bytes[6300] ^= 1, "`0000000000000001.log` at byte 6224", 15).await;
    check(first, |bytes| bytes[3] ^= 1, "`0000000000000001.log` at byte 0: the head", 16).await;
    check(first, |bytes| bytes[1128..2000].fill(0), "at byte 1128: there is no frame", 15).await;
    check(first, |bytes| bytes.truncate(5000), "`0000000000000001.log` at byte 3256", 13).await;
    // A valid frame follows, so this is no torn end.
    check(last, |bytes| bytes[1200] ^= 1, "`0000000000000003.log` at byte 1128: the checksum", 15).await;
    check(last, |bytes| bytes[9] ^= 1, "`0000000000000003.log` at byte 0: the head", 16).await;
}

#[tokio::test]
async fn a_flipped_bit_is_refused_or_harmless_wherever_it_is() {
    let mut dice = Dice::new(11);
    let (mut refused, mut harmless) = (0, 0);
    for _ in 0..400 {
        let (disk, whole) = filled().await;
        let name = format!("{:016x}.log", 1 + dice.below(3));
        let (at, bit) = (dice.below(8192) as usize, dice.below(8));
        disk.damage(&name, |bytes| bytes[at] ^= 1 << bit);
        match open(&disk) {
            Ok((store, _)) => {
                assert_eq!(dump(&store.snapshot()), whole, "byte {at} of {name}");
                harmless += 1;
            }
            Err(OpenError::Corrupt { file, .. }) => {
                assert_eq!(file, name, "byte {at}");
                let (store, recovery) = salvage(&disk);
                assert!(store.snapshot().len() >= 15, "byte {at} of {name}: {recovery:?}");
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 200 && harmless > 50, "{refused} refused, {harmless} harmless");
}

#[tokio::test]
async fn a_missing_segment_is_refused() {
    let (disk, _) = filled().await;
    amethyst_store::Disk::remove(&disk, "0000000000000002.log").unwrap();
    assert!(error(&disk).contains("`0000000000000002.log` at byte 0: the segment is missing"));
    let (store, recovery) = salvage(&disk);
    assert_eq!(store.snapshot().len(), 10, "{recovery:?}");
}

#[tokio::test]
async fn a_torn_end_is_dropped_and_said() {
    let (disk, whole) = filled().await;
    let (store, recovery) = open(&disk).unwrap();
    assert!(recovery.clean && recovery.keys == 16 && recovery.segments == 3, "{recovery:?}");
    store.commit(Txn::new().put("a", text(&"y".repeat(2000))).put("b", text("z"))).await.unwrap();
    disk.kill();
    drop(store);
    disk.restart();
    let changed = disk.damage("0000000000000003.log", |bytes| {
        let last = bytes.iter().rposition(|&byte| byte != 0).expect("it was written");
        bytes[last] = 0;
        bytes[last - 512] = 0;
    });
    assert!(changed);
    let (store, recovery) = open(&disk).unwrap();
    assert_eq!((recovery.clean, recovery.dropped_records), (false, 2), "{recovery:?}");
    assert!(recovery.dropped_bytes > 2000, "{recovery:?}");
    assert!(recovery.to_string().contains("(2 changes) of an unfinished write"), "{recovery}");
    assert_eq!(dump(&store.snapshot()), whole);
    store.commit(Txn::new().put("a", text("again"))).await.unwrap();
    store.close().await.unwrap();
    let (_, recovery) = open(&disk).unwrap();
    assert!(recovery.clean && recovery.keys == 17 && recovery.dropped_bytes == 0, "{recovery:?}");
}

#[tokio::test]
async fn a_record_that_cannot_be_decoded_is_named() {
    let disk = SimDisk::new(1);
    let (store, _) = Store::<Bytes>::open(Arc::new(disk.clone()), small()).unwrap();
    store.commit(Txn::new().put("good", Bytes(b"x".to_vec()))).await.unwrap();
    store.commit(Txn::new().put("bad", Bytes(vec![0xff]))).await.unwrap();
    drop(store);
    let message = error(&disk);
    assert!(message.contains("the record of `bad` cannot be read"), "{message}");
    let (store, _) = salvage(&disk);
    assert_eq!(dump(&store.snapshot()), "good=x@1/1");
}

/// What [`Text`] cannot always read.
struct Bytes(Vec<u8>);

impl amethyst_store::Record for Bytes {
    type Cache = ();

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        Ok(Self(bytes.to_vec()))
    }

    fn weight(&self) -> usize {
        self.0.len()
    }
}

#[tokio::test]
async fn a_newer_or_unknown_format_is_refused() {
    let (disk, _) = filled().await;
    disk.damage("FORMAT", |bytes| *bytes = b"amethyst-store 3\n".to_vec());
    assert!(matches!(open(&disk), Err(OpenError::Newer { found: 3, supported: 2 })));
    disk.damage("FORMAT", |bytes| *bytes = b"something else".to_vec());
    assert!(error(&disk).contains("`FORMAT` names no format"));
    amethyst_store::Disk::remove(&disk, "FORMAT").unwrap();
    assert!(error(&disk).contains("`FORMAT` is missing"));
}

/// A program that knows no sealed frames must not take them for damage.
#[tokio::test]
async fn an_older_format_is_read_and_from_then_on_the_current_one() {
    let (disk, before) = filled().await;
    disk.damage("FORMAT", |bytes| *bytes = b"amethyst-store 1\n".to_vec());
    let (store, _) = open(&disk).unwrap();
    assert_eq!(dump(&store.snapshot()), before);
    assert_eq!(amethyst_store::Disk::read(&disk, "FORMAT").unwrap(), b"amethyst-store 2\n");
}

#[tokio::test]
async fn a_folder_has_one_owner_at_a_time() {
    let disk = SimDisk::new(1);
    let (store, _) = open(&disk).unwrap();
    assert!(matches!(open(&disk), Err(OpenError::Locked { pid: None })));
    store.close().await.unwrap();
    let (second, _) = open(&disk).expect("a closed store has freed its folder");
    drop(second);
    open(&disk).expect("so has a dropped one");

    let folder = tempfile::tempdir().unwrap();
    let real = || Arc::new(amethyst_store::RealDisk::new(folder.path()).unwrap());
    let (_store, _) = Store::<Text>::open(real(), small()).unwrap();
    let refused = Store::<Text>::open(real(), small()).err().unwrap();
    assert!(refused.to_string().contains(&format!("({})", std::process::id())), "{refused}");
}
