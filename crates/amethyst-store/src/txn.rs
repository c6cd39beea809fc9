//! A transaction: what must hold, and what is then written, all of it or nothing.

use std::sync::Arc;

use crate::key::{Key, Revision};

/// What must hold of a key before a transaction may write.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The key does not exist.
    Absent,
    /// The key exists, whatever its revision.
    Present,
    /// The key exists and was last written at this revision.
    Unchanged(Revision),
}

/// When a commit is answered.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Once it would survive a power cut.
    #[default]
    Durable,
    /// Once it is accepted and visible; it reaches the disk with the next durable commit, or after at most
    /// [`Options::coalesce`](crate::Options::coalesce). A crash before that loses it.
    Coalesced,
}

pub(crate) enum Op<R> {
    Put { key: Key, record: Arc<R> },
    Delete { key: Key, last: Option<Arc<R>> },
}

/// Preconditions and writes that happen together, at one revision. Preconditions are checked against the
/// state before the transaction; operations on one key follow each other in the order given.
pub struct Txn<R> {
    pub(crate) expects: Vec<(Key, Expect)>,
    pub(crate) ops: Vec<Op<R>>,
    pub(crate) durability: Durability,
}

impl<R> Default for Txn<R> {
    fn default() -> Self {
        Self { expects: Vec::new(), ops: Vec::new(), durability: Durability::Durable }
    }
}

impl<R> Txn<R> {
    /// An empty transaction; committing it changes nothing and makes no revision.
    pub fn new() -> Self {
        Self::default()
    }

    /// Demands something of a key.
    pub fn expect(mut self, key: impl Into<Key>, expect: Expect) -> Self {
        self.expects.push((key.into(), expect));
        self
    }

    /// Writes a record, new or over an older one.
    pub fn put(mut self, key: impl Into<Key>, record: impl Into<Arc<R>>) -> Self {
        self.ops.push(Op::Put { key: key.into(), record: record.into() });
        self
    }

    /// Removes a key; a key that does not exist is left so, without an event.
    pub fn delete(mut self, key: impl Into<Key>) -> Self {
        self.ops.push(Op::Delete { key: key.into(), last: None });
        self
    }

    /// Removes a key; watchers are given `last` as its final form.
    pub fn delete_with(mut self, key: impl Into<Key>, last: impl Into<Arc<R>>) -> Self {
        self.ops.push(Op::Delete { key: key.into(), last: Some(last.into()) });
        self
    }

    /// Chooses when the commit is answered; durable unless said otherwise.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// True when it would write nothing.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }
}
