//! A writer process killed with SIGKILL, over and over: what it said was stored is stored.
//!
//! The test binary starts itself again, asking for the one ignored test below, which writes until it dies.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use amethyst_store::{Durability, OpenError, Options, RealDisk, Recovery, Revision, Store, Txn, sim::Dice};
use tokio::task::JoinSet;

use crate::{crash::runtime, support::Text};

const ROUNDS: u64 = 200;
const WRITERS: u64 = 4;

fn options() -> Options {
    Options { segment_bytes: 64 << 10, garbage_bytes_floor: 64 << 10, reserve: 64, ..Options::default() }
}

fn open(folder: &Path) -> Result<(Store<Text>, Recovery), OpenError> {
    Store::open(Arc::new(RealDisk::new(folder).unwrap()), options())
}

/// Writes for ever into the folder named on its input; each acknowledged write is a line on its output:
/// `ack WRITER NUMBER REVISION DURABILITY`.
#[test]
#[ignore = "the writer process of the test below, which starts it"]
fn writer() {
    let mut folder = String::new();
    std::io::stdin().read_to_string(&mut folder).unwrap();
    if folder.is_empty() {
        return;
    }
    runtime().block_on(async {
        let (store, _) = open(Path::new(&folder)).unwrap();
        let mut tasks = JoinSet::new();
        for writer in 0..WRITERS {
            tasks.spawn(write_for_ever(store.clone(), writer));
        }
        tasks.join_all().await;
    });
}

async fn write_for_ever(store: Store<Text>, writer: u64) {
    let key = format!("writer{writer}");
    let start = store.snapshot().get(&key).map_or(0, |stored| number_of(&stored.record.0));
    for number in start + 1.. {
        let durability = if number % 4 == 3 { Durability::Coalesced } else { Durability::Durable };
        let value = format!("{number} {}", "x".repeat(number as usize % 700));
        let txn = Txn::new()
            .put(key.as_str(), Text(value))
            .put(format!("twin{writer}"), Text(number.to_string()))
            .durability(durability);
        let revision = store.commit(txn).await.unwrap();
        // One call for one line: lines of several writers never mix, and none is cut.
        let line = format!("ack {writer} {number} {revision} {durability:?}\n");
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    }
}

fn number_of(value: &str) -> u64 {
    value.split(' ').next().and_then(|number| number.parse().ok()).expect("values start with their number")
}

fn start(folder: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::writer", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(folder.to_str().unwrap().as_bytes()).unwrap();
    child
}

#[derive(Default)]
struct Seen {
    /// For each writer, the last number acknowledged as durable, and its revision.
    durable: HashMap<u64, (u64, Revision)>,
    highest: Revision,
    acknowledged: u64,
}

impl Seen {
    fn line(&mut self, line: &str) {
        let Some(words) = line.strip_prefix("ack ") else { return };
        let words: Vec<&str> = words.split(' ').collect();
        let revision = Revision(words[2].parse().unwrap());
        assert!(revision > Revision(0));
        self.acknowledged += 1;
        self.highest = self.highest.max(revision);
        if words[3] == "Durable" {
            self.durable.insert(words[0].parse().unwrap(), (words[1].parse().unwrap(), revision));
        }
    }

    fn check(&mut self, folder: &Path) {
        let (store, recovery) = open(folder).unwrap();
        assert!(recovery.revision >= self.highest, "{recovery:?}");
        assert!(!recovery.clean);
        let snapshot = store.snapshot();
        for (writer, (number, revision)) in &self.durable {
            let stored = snapshot.get(&format!("writer{writer}")).expect("it was acknowledged");
            let twin = snapshot.get(&format!("twin{writer}")).expect("it was acknowledged");
            let found = number_of(&stored.record.0);
            assert!(found >= *number && stored.modified >= *revision, "{found} of {number} is there");
            assert!((found > *number) == (stored.modified > *revision));
            assert_eq!((found, stored.modified), (number_of(&twin.record.0), twin.modified), "half a write");
        }
        self.highest = recovery.revision;
    }
}

#[test]
fn a_killed_writer_loses_nothing_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Seen::default();
    let mut dice = Dice::new(200);
    for round in 0..ROUNDS {
        let mut child = start(folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let wanted = seen.acknowledged + 1 + dice.below(30);
        while seen.acknowledged < wanted {
            let line = lines.next().expect("it writes until it is killed").unwrap();
            seen.line(&line);
        }
        if round == 0 {
            let refused = open(folder.path()).expect_err("the folder is taken");
            assert!(refused.to_string().contains(&format!("({})", child.id())), "{refused}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            seen.line(&line.unwrap());
        }
        seen.check(folder.path());
    }
    assert!(seen.acknowledged > ROUNDS * 10, "{}", seen.acknowledged);
}
