//! Ten thousand cuts: a model-checked run over a disk that loses, tears, fails and fills up.

use std::{sync::Arc, time::Duration};

use amethyst_clock::Entropy;
use amethyst_store::{
    CommitError, KEY_BYTES, OpenError, Options, Recovery, Revision, Seal, Store, Txn,
    sim::{Dice, SimDisk},
};
use tokio::{runtime::Runtime, task::JoinSet};

use crate::{
    model::{Model, Step},
    support::{Text, text},
};

/// Power cuts and kills the suite must survive, shared out among the tests below.
const CUTS_SERIAL: u64 = 8000;
const CUTS_CONCURRENT: u64 = 2000;

pub(crate) fn small() -> Options {
    Options {
        segment_bytes: 8192,
        garbage_bytes_floor: 4096,
        clean_bytes_per_flush: 512,
        reserve: 16,
        coalesce: Duration::from_hours(1),
        ..Options::default()
    }
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

pub(crate) fn open(disk: &SimDisk) -> Result<(Store<Text>, Recovery), OpenError> {
    Store::open(Arc::new(disk.clone()), small())
}

/// The keys of a sealed store: the current one, and the older ones that are still needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    pub(crate) current: u8,
    pub(crate) older: Vec<u8>,
}

impl Keys {
    pub(crate) fn options(&self) -> Options {
        let older: Vec<_> = self.older.iter().map(|byte| [*byte; KEY_BYTES]).collect();
        let entropy = Entropy::seeded(u64::from(self.current));
        Options { seal: Some(Arc::new(Seal::new(&[self.current; KEY_BYTES], &older, entropy))), ..small() }
    }

    pub(crate) fn change(&mut self) {
        self.older.push(self.current);
        self.current = self.current.wrapping_add(1);
    }
}

/// What happened over all scenarios, so that a suite that stopped testing anything is noticed.
#[derive(Debug, Default)]
struct Tally {
    cuts: u64,
    acknowledged: u64,
    failed: u64,
    full: u64,
    dropped: u64,
    dropped_records: u64,
    resealed: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.cuts += other.cuts;
        self.acknowledged += other.acknowledged;
        self.failed += other.failed;
        self.full += other.full;
        self.dropped += other.dropped;
        self.dropped_records += other.dropped_records;
        self.resealed += other.resealed;
    }
}

struct Scenario {
    /// Of every second scenario the store is sealed, from its second life on at the latest.
    keys: Option<Keys>,
    dice: Dice,
    disk: SimDisk,
    model: Model,
    tally: Tally,
}

impl Scenario {
    fn new(seed: u64) -> Self {
        let disk = SimDisk::new(seed);
        let mut dice = Dice::new(seed.rotate_left(32));
        disk.set_thin(dice.coin());
        let keys = (seed % 4 == 1).then(Keys::default);
        Self { keys, dice, disk, model: Model::new(), tally: Tally::default() }
    }

    async fn run(mut self) -> Tally {
        for life in 0..2 + self.dice.below(4) {
            self.life(life).await;
        }
        self.disk.set_room(None);
        let store = self.open();
        let step = Step::roll(&mut self.dice, "last");
        let flushes = store.stats().flushes;
        let revision = store.commit(step.txn()).await.expect("it is writable after everything");
        self.model.acknowledged(&step, revision, store.stats().flushes > flushes);
        self.model.check_running(&store.snapshot());
        store.close().await.expect("nothing fails any more");
        self.model.flushed();
        let (store, recovery) = self.try_open().expect("it was closed");
        assert!(recovery.clean && recovery.dropped_bytes == 0, "{recovery:?}");
        assert_eq!(recovery.revision, self.model.seen(), "no revision is skipped after a clean end");
        self.model.check_opened(&store.snapshot());
        self.tally
    }

    fn try_open(&mut self) -> Result<(Store<Text>, Recovery), OpenError> {
        let Some(keys) = &mut self.keys else { return open(&self.disk) };
        let opened = Store::open(Arc::new(self.disk.clone()), keys.options());
        if let Ok((_, recovery)) = &opened
            && recovery.sealed
        {
            self.tally.resealed += u64::from(!keys.older.is_empty());
            keys.older.clear();
        }
        opened
    }

    /// Now and then the key changes; or a store that was written in clear gets its first one.
    fn change_keys(&mut self, life: u64) {
        match &mut self.keys {
            Some(keys) if self.dice.coin() => keys.change(),
            None if life == 1 && self.dice.below(3) == 0 => self.keys = Some(Keys::default()),
            _ => {}
        }
    }

    async fn life(&mut self, life: u64) {
        self.change_keys(life);
        self.plan_misfortune();
        let store = self.open();
        for number in 0..=self.dice.below(11) {
            self.step(&store, &format!("{life}.{number}")).await;
            if !self.disk.is_running() {
                break;
            }
            self.model.check_running(&store.snapshot());
            if self.dice.below(6) == 0 {
                self.disk.set_room(None);
            }
        }
        self.end(store).await;
    }

    /// Now and then two of them at once.
    fn plan_misfortune(&mut self) {
        if self.dice.below(4) > 0 {
            self.disk.cut_after(self.dice.below(40));
        }
        if self.dice.below(3) == 0 {
            self.disk.fail_sync_after(self.dice.below(8));
        }
        if self.dice.below(3) == 0 {
            let room = self.disk.used_bytes() + self.dice.below(12_000);
            self.disk.set_room(Some(room));
        }
    }

    /// Opens the store; if that itself meets a misfortune, again after a restart.
    fn open(&mut self) -> Store<Text> {
        loop {
            match self.try_open() {
                Ok((store, recovery)) => {
                    assert_eq!(recovery.revision, store.snapshot().revision());
                    self.tally.dropped += u64::from(recovery.dropped_bytes > 0);
                    self.tally.dropped_records += recovery.dropped_records;
                    self.model.check_opened(&store.snapshot());
                    return store;
                }
                Err(OpenError::Io { .. } | OpenError::Reseal(_)) => {
                    if self.dice.coin() {
                        self.disk.cut();
                    }
                    self.tally.cuts += u64::from(!self.disk.is_running());
                    self.disk.restart();
                    self.disk.set_room(None);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn step(&mut self, store: &Store<Text>, name: &str) {
        let flushes = store.stats().flushes;
        if self.dice.below(12) == 0 {
            match store.flush().await {
                Ok(()) if store.stats().flushes > flushes => self.model.flushed(),
                Ok(()) => {}
                Err(_) => self.model.flush_failed(),
            }
            return;
        }
        let step = Step::roll(&mut self.dice, name);
        match store.commit(step.txn()).await {
            Ok(revision) => {
                self.tally.acknowledged += 1;
                self.model.acknowledged(&step, revision, store.stats().flushes > flushes);
            }
            Err(CommitError::Full(_)) => {
                self.tally.full += 1;
                self.model.failed(&step);
            }
            Err(CommitError::Failed(_)) => {
                self.tally.failed += 1;
                self.model.failed(&step);
            }
            Err(error) => panic!("{error}"),
        }
    }

    async fn end(&mut self, store: Store<Text>) {
        match self.dice.below(6) {
            0 => match store.close().await {
                Ok(()) => self.model.flushed(),
                Err(_) => self.model.flush_failed(),
            },
            1 => self.disk.kill(),
            _ => self.disk.cut(),
        }
        drop(store);
        self.tally.cuts += u64::from(!self.disk.is_running());
        self.disk.restart();
    }
}

#[test]
fn every_acknowledged_write_survives() {
    let runtime = runtime();
    let mut tally = Tally::default();
    let mut seed = 0;
    while tally.cuts < CUTS_SERIAL {
        seed += 1;
        let scenario = std::panic::AssertUnwindSafe(|| runtime.block_on(Scenario::new(seed).run()));
        match std::panic::catch_unwind(scenario) {
            Ok(one) => tally.add(&one),
            Err(panic) => {
                eprintln!("seed {seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    assert!(tally.acknowledged > CUTS_SERIAL * 2, "{tally:?}");
    assert!(tally.resealed > CUTS_SERIAL / 20, "{tally:?}");
    assert!(tally.failed > CUTS_SERIAL / 10 && tally.full > CUTS_SERIAL / 100, "{tally:?}");
    assert!(tally.dropped > CUTS_SERIAL / 100 && tally.dropped_records > tally.dropped / 2, "{tally:?}");
}

/// How one of several commits made at once ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Acknowledged(Revision),
    Failed,
}

#[test]
fn commits_made_at_once_end_in_order_and_whole() {
    let runtime = runtime();
    let mut cuts = 0;
    let mut acknowledged = 0;
    for seed in 0..CUTS_CONCURRENT {
        acknowledged += runtime.block_on(concurrent(seed));
        cuts += 1;
    }
    assert!(acknowledged > cuts, "{acknowledged}");
}

async fn concurrent(seed: u64) -> usize {
    let mut dice = Dice::new(seed ^ 0x5eed);
    let disk = SimDisk::new(seed);
    disk.set_thin(dice.coin());
    let (store, _) = open(&disk).unwrap();
    disk.cut_after(dice.below(25));
    if dice.below(3) == 0 {
        disk.fail_sync_after(dice.below(4));
    }
    if dice.below(4) == 0 {
        disk.set_room(Some(disk.used_bytes() + dice.below(20_000)));
    }
    let mut fates: Vec<Fate> = Vec::new();
    while disk.is_running() && fates.len() < 60 {
        fates.extend(wave(&store, fates.len(), 1 + dice.below(7) as usize).await);
    }
    disk.cut();
    drop(store);
    disk.restart();
    disk.set_room(None);
    let (store, _) = open(&disk).unwrap();
    check_fates(&store, &fates);
    let last = store.commit(Txn::new().put("last", text("x"))).await.unwrap();
    let seen = fates.iter().filter_map(|fate| match fate {
        Fate::Acknowledged(revision) => Some(*revision),
        Fate::Failed => None,
    });
    assert!(seen.clone().all(|revision| revision < last));
    seen.count()
}

/// Commits `count` transactions at once, each of two keys.
async fn wave(store: &Store<Text>, first: usize, count: usize) -> Vec<Fate> {
    let mut tasks = JoinSet::new();
    for number in first..first + count {
        let store = store.clone();
        tasks.spawn(async move {
            let txn = Txn::new().put(format!("{number}a"), text("x")).put(format!("{number}b"), text("y"));
            (number, store.commit(txn).await)
        });
    }
    let mut ended = tasks.join_all().await;
    ended.sort_by_key(|(number, _)| *number);
    let fate = |answer: Result<Revision, CommitError>| answer.map_or(Fate::Failed, Fate::Acknowledged);
    ended.into_iter().map(|(_, answer)| fate(answer)).collect()
}

fn check_fates(store: &Store<Text>, fates: &[Fate]) {
    let snapshot = store.snapshot();
    let revision_of = |key: String| snapshot.get(&key).map(|stored| stored.modified);
    let last = fates.iter().rposition(|fate| matches!(fate, Fate::Acknowledged(_)));
    let mut present = Vec::new();
    for (number, fate) in fates.iter().enumerate() {
        let (a, b) = (revision_of(format!("{number}a")), revision_of(format!("{number}b")));
        assert_eq!(a, b, "transaction {number} is there by half");
        match fate {
            Fate::Acknowledged(revision) => assert_eq!(a, Some(*revision), "transaction {number}"),
            Fate::Failed if Some(number) < last => assert_eq!(a, None, "transaction {number} failed before"),
            Fate::Failed => present.extend(a.map(|_| number)),
        }
    }
    assert!(
        present.windows(2).all(|pair| pair[0] + 1 == pair[1]),
        "of one flush all or nothing: {present:?}"
    );
}
