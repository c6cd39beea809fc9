//! The pairs of a map while it is read: duplicate keys and merges.

use std::collections::HashMap;

use amethyst_object::Str;

pub(super) const MERGE_WANTS_MAP: &str = "map merge requires map or sequence of maps as the value";

/// From this many pairs on, keys are looked up in a table.
const SCAN_MAX: usize = 24;

/// Pairs in the order of their first keys.
pub(super) struct Pairs<V> {
    entries: Vec<(Str, V)>,
    /// The line of each key, or of the merge that brought it in.
    lines: Vec<u32>,
    /// Where each key stands, once there are many.
    table: HashMap<Str, usize>,
    /// Where the announced key stands, and its line.
    next: Option<(usize, u32)>,
}

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self { entries: Vec::new(), lines: Vec::new(), table: HashMap::new(), next: None }
    }
}

impl<V> Pairs<V> {
    fn find(&self, key: &str) -> Option<usize> {
        if self.entries.len() <= SCAN_MAX {
            return self.entries.iter().position(|(name, _)| name == key);
        }
        self.table.get(key).copied()
    }

    /// Tells of a key whose value follows; the line of the same key before, if there is one.
    pub(super) fn announce(&mut self, key: &str, line: u32) -> Option<u32> {
        let found = self.find(key);
        self.next = Some((found.unwrap_or(usize::MAX), line));
        found.map(|at| self.lines[at])
    }

    /// Sets the key that was announced last.
    pub(super) fn set(&mut self, key: Str, value: V) {
        let (at, line) = self.next.take().unwrap_or((usize::MAX, 0));
        match self.entries.get_mut(at) {
            Some(pair) => {
                pair.1 = value;
                self.lines[at] = line;
            }
            None => self.push(key, value, line),
        }
    }

    fn push(&mut self, key: Str, value: V, line: u32) {
        if self.entries.len() == SCAN_MAX {
            self.table = self.entries.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        }
        if self.entries.len() >= SCAN_MAX {
            self.table.insert(key.clone(), self.entries.len());
        }
        self.entries.push((key, value));
        self.lines.push(line);
    }

    /// Merges pairs that override nothing.
    pub(super) fn add_missing(&mut self, source: Vec<(Str, V)>) {
        for (key, value) in source {
            if self.find(&key).is_none() {
                self.push(key, value, 0);
            }
        }
    }

    pub(super) fn into_vec(self) -> Vec<(Str, V)> {
        self.entries
    }
}
