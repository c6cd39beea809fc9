//! The pairs of a map while it is read: duplicate keys and merges.

use std::collections::HashMap;

use amethyst_object::Str;

pub(super) const MERGE_WANTS_MAP: &str = "map merge requires map or sequence of maps as the value";

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
struct Origin {
    /// The line of the key, or of the merge that brought it in.
    line: u32,
    /// The count of nodes before its value and with it.
    nodes: (usize, usize),
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

    /// Tells of a key whose value follows; the line of the same key before, if there is one.
    pub(super) fn announce(&mut self, key: &str, line: u32, nodes: usize) -> Option<u32> {
        let found = self.find(key);
        self.next = (found.unwrap_or(usize::MAX), Origin { line, nodes: (nodes, nodes) });
        found.map(|at| self.origins[at].line)
    }

    /// Sets the key that was announced last. Which nodes the value had that it replaces.
    pub(super) fn set(&mut self, key: Str, value: V, nodes: usize) -> Option<(usize, usize)> {
        let (at, mut origin) = self.next;
        origin.nodes.1 = nodes;
        if let Some(pair) = self.entries.get_mut(at) {
            pair.1 = value;
            return Some(std::mem::replace(&mut self.origins[at], origin).nodes);
        }
        self.push(key, value, origin);
        None
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
