//! The pairs of a map as Go holds them: keys of different types are different keys.

use std::collections::HashMap;
use std::sync::Arc;

use amethyst_object::Str;

use super::any::{Any, of_content};
use super::decode::{Decoded, Leaf, NodeFault};
use super::{Node, Part};
use crate::Dialect;

/// No more duplicates of one map are told.
const DUPLICATES_MAX: usize = 100;

/// What makes a key another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum KeyId {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(u64),
    /// Not a number, the how manieth: none is another.
    NotANumber(usize),
    Time(Str),
    String(Str),
}

impl KeyId {
    pub(super) fn of(leaf: &Leaf, dialect: Dialect) -> Self {
        match of_content(&leaf.content, &leaf.text, dialect) {
            Any::Null | Any::List(_) | Any::Map(_) => Self::Null,
            Any::Bool(value) => Self::Bool(value),
            Any::Int(value) => Self::Int(value),
            Any::Uint(value) => Self::Uint(value),
            Any::Float(value) if value.is_nan() => Self::NotANumber(0),
            // Zero and minus zero are one.
            Any::Float(value) => Self::Float((value + 0.0).to_bits()),
            Any::Time(text) => Self::Time(text),
            Any::String(text) => Self::String(text),
        }
    }
}

/// A pair.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Leaf,
    pub(crate) value: Decoded,
    line: u32,
}

/// The pairs of a map in the order of their keys' first places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    pub(crate) entries: Vec<Entry>,
    pub(crate) is_of_strings: bool,
    by_id: HashMap<KeyId, usize>,
}

impl Pairs {
    /// Sets a pair; the key and its line when it was there.
    pub(super) fn set(
        &mut self,
        key: Leaf,
        value: Decoded,
        line: u32,
        dialect: Dialect,
    ) -> Option<(Str, u32)> {
        let mut id = KeyId::of(&key, dialect);
        if matches!(id, KeyId::NotANumber(_)) {
            id = KeyId::NotANumber(self.entries.len());
        }
        if let Some(entry) = self.by_id.get(&id).and_then(|at| self.entries.get_mut(*at)) {
            entry.value = value;
            return Some((key.text, std::mem::replace(&mut entry.line, line)));
        }
        self.by_id.insert(id, self.entries.len());
        self.entries.push(Entry { key, value, line });
        None
    }
}

/// The keys that go-yaml v3 takes for the same: those of one kind and one text.
pub(super) fn duplicates(pairs: &[(Arc<Node>, Arc<Node>)], faults: &mut Vec<NodeFault>) {
    let text_of = |node: &Node| match &node.part {
        Part::Scalar(text, _) => (0, text.clone()),
        Part::Alias(name, _) => (1, name.clone()),
        Part::List(_) => (2, Str::default()),
        Part::Map(_) => (3, Str::default()),
    };
    let mut seen: HashMap<(u8, Str), Vec<&Node>> = HashMap::with_capacity(pairs.len());
    let mut told = Vec::new();
    for (key, _) in pairs {
        let (kind, text) = text_of(key);
        let same = seen.entry((kind, text.clone())).or_default();
        for first in same.iter() {
            if told.len() == DUPLICATES_MAX {
                break;
            }
            let text = if kind < 2 { text.as_str() } else { "" };
            let message = format!("mapping key {text:?} already defined at line {}", first.place.line);
            told.push((first.place, NodeFault::at(message, key.place)));
        }
        same.push(key);
    }
    told.sort_by_key(|(first, fault)| (first.line, first.column, fault.line, fault.column));
    faults.extend(told.into_iter().map(|(_, fault)| fault));
}
