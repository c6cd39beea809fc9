//! The durable backend on good days: reopening, grouping, coalescing, cleaning, and doing nothing at rest.

use std::{sync::Arc, time::Duration};

use amethyst_store::{
    CommitError, Durability, Expect, Options, RealDisk, Recovery, Revision, Store, Txn, sim::SimDisk,
};
use tokio::task::JoinSet;

use crate::{
    crash::{open, small},
    support::{Text, drain, dump, text},
};

fn open_with(disk: &SimDisk, options: Options) -> (Store<Text>, Recovery) {
    Store::open(Arc::new(disk.clone()), options).unwrap()
}

fn coalesced(key: &str, value: &str) -> Txn<Text> {
    Txn::new().put(key, text(value)).durability(Durability::Coalesced)
}

#[tokio::test]
async fn a_folder_of_the_machine_is_made_written_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/data");
    let real = || Arc::new(RealDisk::new(&path).unwrap());
    let (store, recovery) = Store::open(real(), Options::default()).unwrap();
    assert!(recovery.clean && recovery.keys == 0);
    for number in 0..50 {
        store.commit(Txn::new().put(format!("k{}", number % 20), text(&number.to_string()))).await.unwrap();
    }
    store.commit(Txn::new().delete("k3")).await.unwrap();
    store.commit(coalesced("k4", "late")).await.unwrap();
    let before = dump(&store.snapshot());
    store.close().await.unwrap();
    assert_eq!(store.commit(Txn::new().put("k", text("1"))).await, Err(CommitError::Closed));
    assert_eq!(store.flush().await, Err(CommitError::Closed));
    store.close().await.unwrap();
    let (store, recovery) = Store::<Text>::open(real(), Options::default()).unwrap();
    assert_eq!(dump(&store.snapshot()), before);
    assert_eq!((recovery.revision, recovery.clean), (Revision(52), true));
    assert!(store.watch(Revision(52)).is_ok());
    assert!(store.watch(Revision(51)).is_err());
}

#[tokio::test]
async fn preconditions_see_what_waits_for_the_flush() {
    let disk = SimDisk::new(1);
    let (store, _) = open(&disk).unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..100 {
        let store = store.clone();
        tasks.spawn(async move {
            store.commit(Txn::new().expect("one", Expect::Absent).put("one", text(&number.to_string()))).await
        });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(CommitError::Conflict { .. }))));
    assert_eq!(store.snapshot().revision(), Revision(1));
}

#[tokio::test]
async fn what_queues_up_shares_a_flush() {
    let disk = SimDisk::new(1);
    let (store, _) = open_with(&disk, Options::default());
    let mut cursor = store.watch(Revision(0)).unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..200 {
        let store = store.clone();
        tasks.spawn(async move { store.commit(Txn::new().put(format!("k{number}"), text("x"))).await });
    }
    let mut revisions: Vec<u64> =
        tasks.join_all().await.into_iter().map(|answer| answer.unwrap().0).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, (1..=200).collect::<Vec<_>>());
    assert_eq!(drain(&mut cursor).split(' ').count(), 400);
    assert!(store.stats().flushes < 150, "{:?}", store.stats());
}

#[tokio::test]
async fn coalesced_writes_ride_along_or_go_when_their_time_comes() {
    let disk = SimDisk::new(1);
    let (store, _) = open(&disk).unwrap();
    store.commit(Txn::new().put("a", text("1"))).await.unwrap();
    let flushes = store.stats().flushes;
    for number in 0..5 {
        store.commit(coalesced("lease", &number.to_string())).await.unwrap();
    }
    assert_eq!(store.stats().flushes, flushes);
    assert_eq!(dump(&store.snapshot()), "a=1@1/1 lease=4@2/6");
    store.commit(Txn::new().put("a", text("2"))).await.unwrap();
    assert_eq!(store.stats().flushes, flushes + 1);
    store.commit(coalesced("lease", "lost")).await.unwrap();
    disk.cut();
    drop(store);
    disk.restart();
    let (store, recovery) = open(&disk).unwrap();
    assert_eq!(dump(&store.snapshot()), "a=2@1/7 lease=4@2/6");
    assert!(recovery.revision >= Revision(8), "{recovery:?}");
    drop(store);

    let soon = Options { coalesce: Duration::from_millis(20), ..small() };
    let (store, _) = open_with(&disk, soon.clone());
    store.flush().await.unwrap();
    store.commit(Txn::new().put("a", text("3"))).await.unwrap();
    let flushes = store.stats().flushes;
    store.commit(coalesced("lease", "kept")).await.unwrap();
    while store.stats().flushes == flushes {
        tokio::task::yield_now().await;
    }
    disk.cut();
    drop(store);
    disk.restart();
    let (store, _) = open_with(&disk, soon);
    assert_eq!(store.snapshot().get("lease").unwrap().record.0, "kept");
}

#[tokio::test]
async fn a_coalesced_write_never_overtakes_a_durable_one() {
    let disk = SimDisk::new(1);
    let (store, _) = open(&disk).unwrap();
    let mut cursor = store.watch(Revision(0)).unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..300 {
        let store = store.clone();
        tasks.spawn(async move {
            let durability = if number % 3 == 0 { Durability::Durable } else { Durability::Coalesced };
            let txn = Txn::new().put(format!("k{number}"), text("x")).durability(durability);
            let revision = store.commit(txn).await.unwrap();
            assert!(store.snapshot().revision() >= revision, "an answer follows its publication");
        });
    }
    tasks.join_all().await;
    let mut seen = Vec::new();
    while seen.len() < 300 {
        seen.extend(cursor.next().await.unwrap().iter().map(|event| event.revision.0));
    }
    assert_eq!(seen, (1..=300).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_log_stays_in_proportion_to_what_is_alive() {
    let disk = SimDisk::new(1);
    let options = small();
    let (store, _) = open(&disk).unwrap();
    for round in 0..60 {
        for key in 0..40 {
            let txn = Txn::new().put(format!("k{key}"), text(&format!("{round} {}", "x".repeat(200))));
            store
                .commit(if key % 7 == round % 7 { txn.delete(format!("k{}", key / 2)) } else { txn })
                .await
                .unwrap();
        }
        let stats = store.stats();
        let bound = 2 * stats.live_bytes + options.garbage_bytes_floor + 6 * options.segment_bytes;
        assert!(stats.used_bytes <= bound && disk.used_bytes() <= bound + 100, "{stats:?}");
    }
    let before = dump(&store.snapshot());
    let bytes = store.stats().written_bytes;
    assert!(bytes < 60 * 40 * 280 * 3, "cleaning costs no more than twice the writes: {bytes}");
    store.close().await.unwrap();
    let (store, recovery) = open(&disk).unwrap();
    assert_eq!(dump(&store.snapshot()), before);
    assert!(recovery.clean && recovery.repaired.is_empty(), "{recovery:?}");
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    for thin in [false, true] {
        let disk = SimDisk::new(7);
        disk.set_thin(thin);
        let (store, _) = open(&disk).unwrap();
        disk.set_room(Some(20_000));
        let mut trouble = store.trouble();
        let mut stored = 0;
        let full = loop {
            match store.commit(Txn::new().put(format!("k{stored:03}"), text(&"x".repeat(500)))).await {
                Ok(_) => stored += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(full, CommitError::Full(_)), "{full}");
        assert!(stored > 10);
        assert_eq!(store.snapshot().len(), stored);
        assert_eq!(trouble.borrow_and_update().as_ref(), Some(&full));
        disk.set_room(None);
        store.commit(Txn::new().put("room", text("again"))).await.unwrap();
        assert!(trouble.has_changed().unwrap() && trouble.borrow_and_update().is_none());
        disk.cut();
        drop(store);
        disk.restart();
        let (store, _) = open(&disk).unwrap();
        assert_eq!(store.snapshot().len(), stored + 1);
    }
}

#[tokio::test]
async fn a_disk_that_stays_full_bounds_what_is_coalesced() {
    let disk = SimDisk::new(1);
    let options = Options { group_bytes_max: 4000, ..small() };
    let (store, _) = open_with(&disk, Options { reserve: 1000, ..options });
    store.commit(Txn::new().put("a", text("1"))).await.unwrap();
    disk.set_room(Some(0));
    let big = "x".repeat(9000);
    assert!(matches!(store.commit(Txn::new().put("a", text(&big))).await, Err(CommitError::Full(_))));
    let mut accepted = 0;
    while let Ok(revision) = store.commit(coalesced(&format!("k{accepted}"), &big[..900])).await {
        accepted += 1;
        assert_eq!(revision, Revision(1 + accepted));
    }
    assert!((1..20).contains(&accepted), "{accepted}");
    assert_eq!(store.snapshot().revision(), Revision(1 + accepted));
    disk.set_room(None);
    store.flush().await.unwrap();
    let before = dump(&store.snapshot());
    disk.cut();
    drop(store);
    disk.restart();
    assert_eq!(dump(&open(&disk).unwrap().0.snapshot()), before);
}

#[tokio::test]
async fn at_rest_nothing_touches_the_disk() {
    let disk = SimDisk::new(1);
    let (store, _) = open_with(&disk, Options { coalesce: Duration::from_millis(1), ..small() });
    store.commit(Txn::new().put("a", text("1"))).await.unwrap();
    store.commit(coalesced("b", "2")).await.unwrap();
    store.flush().await.unwrap();
    let operations = disk.operations();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(disk.operations(), operations);
    store.close().await.unwrap();
    let operations = disk.operations();
    let (store, _) = open(&disk).unwrap();
    store.close().await.unwrap();
    assert_eq!(disk.operations(), operations + 2, "an opening without a write settles the end and no more");
}

#[tokio::test]
async fn a_fork_of_a_durable_store_leaves_the_disk_alone() {
    let disk = SimDisk::new(1);
    let (store, _) = open(&disk).unwrap();
    store.commit(Txn::new().put("a", text("1"))).await.unwrap();
    let operations = disk.operations();
    let fork = store.fork();
    fork.commit(Txn::new().delete("a")).await.unwrap();
    assert_eq!((disk.operations(), dump(&store.snapshot())), (operations, "a=1@1/1".to_owned()));
}
