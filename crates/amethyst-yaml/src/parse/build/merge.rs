//! The pairs of a map while it is read: duplicate keys and merges.

use std::collections::HashMap;

use amethyst_object::Str;

pub(crate) const MERGE_WANTS_MAP: &str = "map merge requires map or sequence of maps as the value";

/// From this many pairs on, keys are looked up in a table.
const SCAN_MAX: usize = 24;

/// Pairs in the order of their first keys.
pub(super) struct Pairs<V> {
    entries: Vec<(Str, V)>,
    /// Of each key.
    origins: Vec<Origin>,
    /// Where each key stands, once there are many.
    table: Option<HashMap<Str, usize>>,
    /// Where the announced key stands, and its origin.
    next: (usize, Origin),
}

/// Where a pair comes from.
#[derive(Clone, Copy, Default)]
pub(super) struct Origin {
    /// The line of the key, or of the merge that brought it in.
    pub(super) line: u32,
    /// To Go the key is no string.
    pub(super) is_odd: bool,
}

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self { entries: Vec::new(), origins: Vec::new(), table: None, next: (usize::MAX, Origin::default()) }
    }
}

impl<V> Pairs<V> {
    fn find(&self, key: &str) -> Option<usize> {
        if self.entries.len() <= SCAN_MAX {
            return self.entries.iter().position(|(name, _)| name == key);
        }
        self.table.as_ref()?.get(key).copied()
    }

    /// Tells of a key whose value follows; where the same key before comes from, if there is one.
    pub(super) fn announce(&mut self, key: &str, line: u32, is_odd: bool) -> Option<Origin> {
        let found = self.find(key);
        self.next = (found.unwrap_or(usize::MAX), Origin { line, is_odd });
        found.map(|at| self.origins[at])
    }

    /// Sets the key that was announced last.
    pub(super) fn set(&mut self, key: Str, value: V) {
        let (at, origin) = self.next;
        match self.entries.get_mut(at) {
            Some(pair) => {
                pair.1 = value;
                self.origins[at] = origin;
            }
            None => self.push(key, value, origin),
        }
    }

    fn push(&mut self, key: Str, value: V, origin: Origin) {
        if self.entries.len() >= SCAN_MAX {
            let entries = &self.entries;
            let table = self.table.get_or_insert_with(|| {
                entries.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect()
            });
            table.insert(key.clone(), entries.len());
        }
        self.entries.push((key, value));
        self.origins.push(origin);
    }

    /// Merges pairs that override nothing.
    pub(super) fn add_missing(&mut self, source: Vec<(Str, V)>) {
        for (key, value) in source {
            if self.find(&key).is_none() {
                self.push(key, value, Origin::default());
            }
        }
    }

    pub(super) fn into_vec(self) -> Vec<(Str, V)> {
        self.entries
    }
}
