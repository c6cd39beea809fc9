//! One change of one key, shared by everyone who watches.

use std::{mem::size_of, sync::Arc};

use crate::{
    key::{Key, Revision},
    record::{Record, Stored},
};

/// One change of one key.
pub struct Event<R: Record> {
    /// The revision that made the change.
    pub revision: Revision,
    /// The key that changed.
    pub key: Key,
    /// The revision that created the object changed.
    pub created: Revision,
    /// What stood there before; none when the key was created.
    pub before: Option<Stored<R>>,
    /// What stands there now; none when the key was deleted.
    pub after: Option<Arc<R>>,
    /// The final form of a deleted object: the one given with the deletion, else the one that stood there.
    pub last: Option<Arc<R>>,
    /// What readers memoize; empty at first.
    pub cache: R::Cache,
}

impl<R: Record> Event<R> {
    /// The object the event is about: as it is now, or its final form when it was deleted.
    pub fn object(&self) -> Option<&Arc<R>> {
        self.after.as_ref().or(self.last.as_ref())
    }

    /// The bytes the event is charged with: the records it holds, and once more the current one for what
    /// readers memoize of it.
    pub(crate) fn weight(&self) -> usize {
        let before = self.before.as_ref().map_or(0, |stored| stored.record.weight());
        let object = self.object().map_or(0, |record| record.weight());
        size_of::<Self>() + self.key.as_str().len() + before + 2 * object
    }
}
