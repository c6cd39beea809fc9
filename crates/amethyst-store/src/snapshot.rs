//! The whole state at one revision, immutable and cheap to hold.

use std::{fmt, ops::Bound, sync::Arc};

use imbl::OrdMap;

use crate::{
    key::{Key, Revision},
    record::Stored,
};

pub(crate) struct View<R> {
    pub(crate) revision: Revision,
    pub(crate) map: OrdMap<Key, Stored<R>>,
}

/// An immutable view of the whole store at one revision. Taking, cloning and dropping one costs nothing
/// that grows with the store.
pub struct Snapshot<R> {
    pub(crate) view: Arc<View<R>>,
}

impl<R> Clone for Snapshot<R> {
    fn clone(&self) -> Self {
        Self { view: Arc::clone(&self.view) }
    }
}

impl<R> fmt::Debug for Snapshot<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("revision", &self.revision()).field("keys", &self.len()).finish()
    }
}

impl<R> Snapshot<R> {
    /// The revision this is the state of.
    pub fn revision(&self) -> Revision {
        self.view.revision
    }

    /// What stands under `key`.
    pub fn get(&self, key: &str) -> Option<&Stored<R>> {
        self.view.map.get(key)
    }

    /// All keys that start with `prefix`, in order; those after `after` when it is given.
    pub fn range<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Stored<R>)> + 'a {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        self.view
            .map
            .range::<_, str>((start, Bound::Unbounded))
            .take_while(move |(key, _)| key.as_str().starts_with(prefix))
    }

    /// How many keys start with `prefix`.
    pub fn count(&self, prefix: &str) -> usize {
        if prefix.is_empty() { self.len() } else { self.range(prefix, None).count() }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.view.map.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.view.map.is_empty()
    }
}
