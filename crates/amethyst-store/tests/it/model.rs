//! What a store must hold: every acknowledged write, and of the writes that failed all of one flush or
//! nothing of it.

use std::collections::BTreeMap;

use amethyst_store::{Durability, Revision, Snapshot, Txn, sim::Dice};

use crate::support::Text;

const KEYS: u64 = 8;

/// A value and the revision that wrote it; none when that was never told.
type State = BTreeMap<String, (String, Option<Revision>)>;

/// One transaction as the model knows it.
#[derive(Clone)]
pub(crate) struct Step {
    changes: Vec<(String, Option<String>)>,
    pub(crate) durability: Durability,
}

impl Step {
    pub(crate) fn roll(dice: &mut Dice, name: &str) -> Self {
        let durability = if dice.below(10) < 3 { Durability::Coalesced } else { Durability::Durable };
        let changes = (0..=dice.below(3)).map(|n| roll_change(dice, &format!("{name}.{n}"))).collect();
        Self { changes, durability }
    }

    pub(crate) fn txn(&self) -> Txn<Text> {
        let txn = Txn::new().durability(self.durability);
        self.changes.iter().fold(txn, |txn, (key, value)| match value {
            Some(value) => txn.put(key.as_str(), Text(value.clone())),
            None => txn.delete(key.as_str()),
        })
    }

    fn apply(&self, state: &State, revision: Option<Revision>) -> State {
        let mut state = state.clone();
        for (key, value) in &self.changes {
            match value {
                Some(value) => state.insert(key.clone(), (value.clone(), revision)),
                None => state.remove(key),
            };
        }
        state
    }
}

fn roll_change(dice: &mut Dice, name: &str) -> (String, Option<String>) {
    let key = format!("key{}", dice.below(KEYS));
    let length = match dice.below(40) {
        0 => 10_000,
        1..4 => 3000,
        n => n * 10,
    };
    let value = (dice.below(5) > 0).then(|| format!("{name} {}", "x".repeat(length as usize)));
    (key, value)
}

#[derive(Default)]
pub(crate) struct Model {
    /// What readers see.
    current: State,
    /// What may be found after a crash; the first one holds every durable acknowledgement.
    found: Vec<State>,
    /// The highest revision anyone was shown.
    seen: Revision,
}

impl Model {
    pub(crate) fn new() -> Self {
        Self { found: vec![State::new()], ..Self::default() }
    }

    pub(crate) fn seen(&self) -> Revision {
        self.seen
    }

    /// A commit was acknowledged, and something was flushed for it or not.
    pub(crate) fn acknowledged(&mut self, step: &Step, revision: Revision, flushed: bool) {
        assert!(revision >= self.seen, "revision {revision} after {}", self.seen);
        self.current = step.apply(&self.current, Some(revision));
        assert!(flushed || step.durability == Durability::Coalesced || revision == self.seen);
        if flushed {
            self.flushed();
        }
        self.seen = revision;
    }

    /// A commit failed: it is not there, but may be found after a crash.
    pub(crate) fn failed(&mut self, step: &Step) {
        self.found.push(step.apply(&self.current, None));
    }

    /// Everything accepted is on disk.
    pub(crate) fn flushed(&mut self) {
        self.found = vec![self.current.clone()];
    }

    /// A flush failed.
    pub(crate) fn flush_failed(&mut self) {
        self.found.push(self.current.clone());
    }

    /// A running store shows what it acknowledged, and nothing else.
    pub(crate) fn check_running(&self, snapshot: &Snapshot<Text>) {
        assert!(matches(&self.current, snapshot), "{}", difference(&self.current, snapshot));
    }

    /// A store opened after a crash shows one of the states it may; that is what it holds from now on.
    pub(crate) fn check_opened(&mut self, snapshot: &Snapshot<Text>) {
        let revision = snapshot.revision();
        assert!(revision >= self.seen, "revision {revision} after {}", self.seen);
        let found = self.found.iter().any(|state| matches(state, snapshot));
        assert!(found, "none of {}: {}", self.found.len(), difference(&self.found[0], snapshot));
        self.current = snapshot
            .range("", None)
            .map(|(key, stored)| {
                assert!(stored.modified <= revision && stored.created <= stored.modified);
                (key.to_string(), (stored.record.0.clone(), Some(stored.modified)))
            })
            .collect();
        self.seen = revision;
        self.flushed();
    }
}

fn matches(state: &State, snapshot: &Snapshot<Text>) -> bool {
    state.len() == snapshot.len()
        && state.iter().all(|(key, (value, revision))| {
            snapshot.get(key).is_some_and(|stored| {
                stored.record.0 == *value && revision.is_none_or(|revision| revision == stored.modified)
            })
        })
}

fn difference(state: &State, snapshot: &Snapshot<Text>) -> String {
    let short = |value: &str| value.split(' ').next().unwrap_or_default().to_owned();
    let wanted: Vec<String> =
        state.iter().map(|(key, (value, revision))| format!("{key}={}@{revision:?}", short(value))).collect();
    let is: Vec<String> = snapshot
        .range("", None)
        .map(|(key, stored)| format!("{key}={}@{}", short(&stored.record.0), stored.modified))
        .collect();
    format!("wanted {wanted:?}, found {is:?}")
}
