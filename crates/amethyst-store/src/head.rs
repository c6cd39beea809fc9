//! The state the one writer checks preconditions against: what is published, and what waits to be.

use std::sync::Arc;

use imbl::OrdMap;

use crate::{
    error::CommitError,
    event::Event,
    key::{Key, Revision},
    record::{Record, Stored},
    snapshot::View,
    txn::{Expect, Op, Txn},
};

pub(crate) struct Head<R> {
    pub(crate) revision: Revision,
    pub(crate) map: OrdMap<Key, Stored<R>>,
}

impl<R> Clone for Head<R> {
    fn clone(&self) -> Self {
        Self { revision: self.revision, map: self.map.clone() }
    }
}

impl<R: Record> Head<R> {
    pub(crate) fn new(revision: Revision, map: OrdMap<Key, Stored<R>>) -> Self {
        Self { revision, map }
    }

    pub(crate) fn view(&self) -> View<R> {
        View { revision: self.revision, map: self.map.clone() }
    }

    /// Checks and applies a transaction at the next revision. No events means that nothing changed and
    /// that no revision was made.
    pub(crate) fn apply(&mut self, txn: Txn<R>) -> Result<Vec<Event<R>>, CommitError> {
        for (key, expect) in txn.expects {
            self.check(key, expect)?;
        }
        let revision = self.revision.next();
        let events: Vec<Event<R>> =
            txn.ops.into_iter().filter_map(|op| self.apply_op(op, revision)).collect();
        if !events.is_empty() {
            self.revision = revision;
        }
        Ok(events)
    }

    fn check(&self, key: Key, expect: Expect) -> Result<(), CommitError> {
        let current = self.map.get(&key).map(|stored| stored.modified);
        let holds = match expect {
            Expect::Absent => current.is_none(),
            Expect::Present => current.is_some(),
            Expect::Unchanged(revision) => current == Some(revision),
        };
        if holds { Ok(()) } else { Err(CommitError::Conflict { key, current }) }
    }

    fn apply_op(&mut self, op: Op<R>, revision: Revision) -> Option<Event<R>> {
        match op {
            Op::Put { key, record } => {
                let created = self.map.get(&key).map_or(revision, |stored| stored.created);
                let stored = Stored { record: Arc::clone(&record), created, modified: revision };
                let before = self.map.insert(key.clone(), stored);
                let cache = R::Cache::default();
                Some(Event { revision, key, created, before, after: Some(record), last: None, cache })
            }
            Op::Delete { key, last } => {
                let before = self.map.remove(&key)?;
                let last = Some(last.unwrap_or_else(|| Arc::clone(&before.record)));
                let created = before.created;
                let cache = R::Cache::default();
                Some(Event { revision, key, created, before: Some(before), after: None, last, cache })
            }
        }
    }
}
