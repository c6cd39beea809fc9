//! The memory backend: transactions, snapshots, watches, forks.

use amethyst_store::{CommitError, Compacted, Expect, Key, Options, Revision, Store, Txn, WatchError};

use crate::support::{Text, drain, dump, line, text};

fn store() -> Store<Text> {
    Store::memory(Options::default())
}

async fn put(store: &Store<Text>, key: &str, value: &str) -> Revision {
    store.commit(Txn::new().put(key, text(value))).await.expect("no precondition")
}

#[tokio::test]
async fn a_transaction_is_all_or_nothing_at_one_revision() {
    let store = store();
    let revision = store.commit(Txn::new().put("a", text("1")).put("b", text("2"))).await.unwrap();
    assert_eq!(revision, Revision(1));
    let refused = store
        .commit(Txn::new().expect("b", Expect::Absent).put("a", text("3")).delete("b"))
        .await
        .unwrap_err();
    assert_eq!(refused, CommitError::Conflict { key: Key::new("b"), current: Some(Revision(1)) });
    assert_eq!(dump(&store.snapshot()), "a=1@1/1 b=2@1/1");
    let revision = store
        .commit(
            Txn::new()
                .expect("a", Expect::Unchanged(Revision(1)))
                .expect("b", Expect::Present)
                .expect("c", Expect::Absent)
                .put("a", text("4"))
                .delete("b")
                .put("c", text("5")),
        )
        .await
        .unwrap();
    assert_eq!(revision, Revision(2));
    assert_eq!(dump(&store.snapshot()), "a=4@1/2 c=5@2/2");
}

#[tokio::test]
async fn what_changes_nothing_makes_no_revision() {
    let store = store();
    put(&store, "a", "1").await;
    assert_eq!(store.commit(Txn::new()).await, Ok(Revision(1)));
    assert_eq!(store.commit(Txn::new().delete("zzz")).await, Ok(Revision(1)));
    assert_eq!(store.snapshot().revision(), Revision(1));
}

#[tokio::test]
async fn ranges_are_by_prefix_and_resume_after_a_key() {
    let store = store();
    for key in ["p/a", "p/b", "p/c", "q/a", "o/z"] {
        put(&store, key, "").await;
    }
    let snapshot = store.snapshot();
    let keys = |prefix: &str, after: Option<&str>| -> String {
        snapshot.range(prefix, after).map(|(key, _)| key.as_str().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys("p/", None), "p/a p/b p/c");
    assert_eq!(keys("p/", Some("p/a")), "p/b p/c");
    assert_eq!(keys("p/", Some("p/c")), "");
    assert_eq!(keys("p/", Some("a")), "p/a p/b p/c");
    assert_eq!(keys("x/", None), "");
    assert_eq!((snapshot.count("p/"), snapshot.count(""), snapshot.len()), (3, 5, 5));
}

#[tokio::test]
async fn events_say_what_was_before_and_the_final_form() {
    let store = store();
    let mut cursor = store.watch(Revision(0)).unwrap();
    put(&store, "a", "1").await;
    put(&store, "a", "2").await;
    store.commit(Txn::new().delete("a")).await.unwrap();
    put(&store, "a", "3").await;
    store.commit(Txn::new().delete_with("a", text("gone")).put("b", text("4"))).await.unwrap();
    assert_eq!(drain(&mut cursor), "1:a ->1 2:a 1>2 3:a 2>-(2) 4:a ->3 5:a 3>-(gone) 5:b ->4");
    assert_eq!(cursor.revision(), Revision(5));
    assert_eq!(drain(&mut store.watch(Revision(4)).unwrap()), "5:a 3>-(gone) 5:b ->4");
    assert_eq!(store.watch(Revision(6)).err(), Some(WatchError::FutureRevision { current: Revision(5) }));
}

#[tokio::test]
async fn a_large_transaction_is_one_batch() {
    let store = store();
    put(&store, "z", "1").await;
    let txn = (0..1000).fold(Txn::new(), |txn, n| txn.put(format!("k{n}"), text("x")));
    store.commit(txn).await.unwrap();
    put(&store, "z", "2").await;
    let mut cursor = store.watch(Revision(0)).unwrap();
    assert_eq!(cursor.try_next().unwrap().len(), 1001);
    assert_eq!(cursor.revision(), Revision(2));
    assert_eq!(cursor.try_next().unwrap().len(), 1);
}

#[tokio::test]
async fn a_watcher_that_falls_out_is_told() {
    let store = Store::memory(Options { history_bytes_max: 4096, ..Options::default() });
    let mut slow = store.watch(Revision(0)).unwrap();
    for n in 0..100 {
        put(&store, "a", &format!("{n:0>100}")).await;
    }
    let oldest = store.oldest();
    assert!(oldest > Revision(50) && oldest < Revision(100), "{oldest}");
    assert_eq!(slow.try_next().err(), Some(Compacted { oldest }));
    assert_eq!(store.watch(Revision(1)).err(), Some(WatchError::Compacted { oldest }));
    assert!(store.watch(oldest).is_ok());
    assert!(store.stats().history_bytes <= 4096);
    assert!(store.snapshot_at(Revision(oldest.0 - 1)).is_none());
    assert!(store.snapshot_at(oldest).is_some());
}

#[tokio::test]
async fn a_watcher_that_keeps_up_never_falls_out() {
    let store = Store::memory(Options { history_bytes_max: 4096, ..Options::default() });
    let mut cursor = store.watch(Revision(0)).unwrap();
    for n in 0..50_u64 {
        let txn = (0..=n).fold(Txn::new(), |txn, key| txn.put(format!("k{key}"), text(&"x".repeat(500))));
        store.commit(txn).await.unwrap();
        assert_eq!(cursor.try_next().unwrap().len() as u64, n + 1);
    }
}

#[tokio::test]
async fn the_past_is_rebuilt_from_the_history() {
    let store = store();
    let mut dumps = vec![dump(&store.snapshot())];
    for n in 0..50 {
        let (a, b) = (format!("k{}", n % 7), format!("k{}", (n * 3) % 5));
        store.commit(Txn::new().delete(a).put(b, text(&n.to_string()))).await.unwrap();
        dumps.push(dump(&store.snapshot()));
    }
    for (revision, expected) in dumps.iter().enumerate() {
        let snapshot = store.snapshot_at(Revision(revision as u64)).unwrap();
        assert_eq!((dump(&snapshot), snapshot.revision()), (expected.clone(), Revision(revision as u64)));
    }
    assert!(store.snapshot_at(Revision(51)).is_none());
    let kept = store.snapshot_at(Revision(20)).unwrap();
    store.compact(Revision(30));
    assert!(store.snapshot_at(Revision(20)).is_none());
    assert_eq!(dump(&kept), dumps[20]);
    assert_eq!(dump(&store.snapshot_at(Revision(30)).unwrap()), dumps[30]);
}

#[tokio::test]
async fn a_kept_snapshot_outlives_the_history_within_bounds() {
    let options = Options { history_bytes_max: 2000, snapshots_bytes_max: 20_000, ..Options::default() };
    let store = Store::memory(options);
    put(&store, "a", "first").await;
    store.keep(&store.snapshot());
    for _ in 0..20 {
        put(&store, "a", &"x".repeat(100)).await;
    }
    assert!(store.oldest() > Revision(1));
    assert_eq!(dump(&store.snapshot_at(Revision(1)).unwrap()), "a=first@1/1");
    for _ in 0..100 {
        put(&store, "a", &"x".repeat(100)).await;
    }
    assert!(store.snapshot_at(Revision(1)).is_none());
}

#[tokio::test]
async fn a_fork_shares_the_past_and_nothing_of_the_future() {
    let store = store();
    put(&store, "a", "1").await;
    let fork = store.fork();
    put(&fork, "a", "fork").await;
    put(&store, "b", "2").await;
    assert_eq!(dump(&fork.snapshot()), "a=fork@1/2");
    assert_eq!(dump(&store.snapshot()), "a=1@1/1 b=2@2/2");
    assert_eq!(drain(&mut fork.watch(Revision(1)).unwrap()), "2:a 1>fork");
    assert_eq!(fork.watch(Revision(0)).err(), Some(WatchError::Compacted { oldest: Revision(1) }));
}

#[tokio::test]
async fn a_closed_store_still_reads() {
    let store = store();
    put(&store, "a", "1").await;
    store.flush().await.unwrap();
    store.close().await.unwrap();
    assert_eq!(store.commit(Txn::new().put("a", text("2"))).await, Err(CommitError::Closed));
    assert_eq!(dump(&store.snapshot()), "a=1@1/1");
}

#[tokio::test(start_paused = true)]
async fn a_watcher_waits_on_a_paused_runtime() {
    let store = store();
    let mut cursor = store.watch(Revision(0)).unwrap();
    let reader = tokio::spawn(async move {
        let mut lines = Vec::new();
        while lines.len() < 3 {
            lines.extend(cursor.next().await.unwrap().iter().map(|event| line(event)));
        }
        lines.join(" ")
    });
    for n in 1..=3 {
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        put(&store, "a", &n.to_string()).await;
    }
    assert_eq!(reader.await.unwrap(), "1:a ->1 2:a 1>2 3:a 2>3");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_saw_an_event_finds_it_in_the_snapshot_and_the_other_way_round() {
    let store = store();
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 0..2000 {
                put(&store, "a", &n.to_string()).await;
                tokio::task::yield_now().await;
            }
        })
    };
    let mut cursor = store.watch(Revision(0)).unwrap();
    while cursor.revision() < Revision(2000) {
        cursor.next().await.unwrap();
        let snapshot = store.snapshot();
        assert!(snapshot.revision() >= cursor.revision());
        assert!(store.watch(snapshot.revision()).is_ok());
    }
    writer.await.unwrap();
}
