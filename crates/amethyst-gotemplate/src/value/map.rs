//! Maps with string keys: shared, and always walked in the order of their keys.

use std::cell::{Ref, RefCell};
use std::fmt;
use std::rc::Rc;

use amethyst_object::Str;

use super::Value;
use super::unnest::drop_all;

/// A map of Go. A clone is the same map.
#[derive(Clone)]
pub struct Map {
    kind: MapKind,
    pairs: Rc<Inner>,
}

/// Sorted by key, bytewise.
struct Inner(RefCell<Vec<(Str, Value)>>);

/// The types of maps that templates can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// `map[string]interface {}`.
    Any,
    /// `map[string]string`.
    String,
    /// `map[string]bool`.
    Bool,
    /// `common.Values`, which is `map[string]interface {}` by another name.
    Values,
}

impl MapKind {
    /// Go's name of the type.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Any => "map[string]interface {}",
            Self::String => "map[string]string",
            Self::Bool => "map[string]bool",
            Self::Values => "common.Values",
        }
    }

    /// What a key that is not there gives with `missingkey=zero`.
    pub fn zero(self) -> Value {
        match self {
            Self::Any | Self::Values => Value::Nil,
            Self::String => Value::String(Str::default()),
            Self::Bool => Value::Bool(false),
        }
    }
}

impl Map {
    /// An empty `map[string]interface {}`.
    pub fn new() -> Self {
        Self::with_kind(MapKind::Any, Vec::new())
    }

    /// A map of `kind`; of equal keys the last one counts.
    pub fn with_kind(kind: MapKind, mut pairs: Vec<(Str, Value)>) -> Self {
        if !pairs.is_sorted_by(|a, b| a.0 < b.0) {
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            // Equal keys stand in their old order; `dedup_by` drops the later, so the value moves forward.
            pairs.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    std::mem::swap(later, earlier);
                }
                same
            });
        }
        Self { kind, pairs: Rc::new(Inner(RefCell::new(pairs))) }
    }

    /// Its type.
    pub fn kind(&self) -> MapKind {
        self.kind
    }

    /// The same map under another type: what is set in the one is seen in the other.
    #[must_use]
    pub fn with_type(&self, kind: MapKind) -> Self {
        Self { kind, pairs: Rc::clone(&self.pairs) }
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<Value> {
        let pairs = self.pairs.0.borrow();
        let at = find(&pairs, key).ok()?;
        Some(pairs[at].1.clone())
    }

    /// Whether `key` is there.
    pub fn contains_key(&self, key: &str) -> bool {
        find(&self.pairs.0.borrow(), key).is_ok()
    }

    /// Sets `key` for all who hold this map; gives back the old value.
    pub fn insert(&self, key: impl Into<Str>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        let mut pairs = self.pairs.0.borrow_mut();
        // What is filled in order needs no search.
        if pairs.last().is_none_or(|(last, _)| *last < key) {
            pairs.push((key, value));
            return None;
        }
        match find(&pairs, &key) {
            Ok(at) => Some(std::mem::replace(&mut pairs[at].1, value)),
            Err(at) => {
                pairs.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes `key` out for all who hold this map.
    pub fn remove(&self, key: &str) -> Option<Value> {
        let mut pairs = self.pairs.0.borrow_mut();
        let at = find(&pairs, key).ok()?;
        Some(pairs.remove(at).1)
    }

    /// The pairs, sorted by key. The map must not be changed while they are held: clone what outlives a step.
    pub fn pairs(&self) -> Ref<'_, [(Str, Value)]> {
        Ref::map(self.pairs.0.borrow(), Vec::as_slice)
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.pairs.0.borrow().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pairs.0.borrow().is_empty()
    }

    /// Whether both are the very same map.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.pairs, &other.pairs)
    }
}

fn find(pairs: &[(Str, Value)], key: &str) -> Result<usize, usize> {
    pairs.binary_search_by(|(found, _)| found.as_str().cmp(key))
}

impl Drop for Inner {
    fn drop(&mut self) {
        let pairs = self.0.get_mut();
        if pairs.iter().any(|(_, value)| matches!(value, Value::List(_) | Value::Map(_))) {
            drop_all(pairs.drain(..).map(|(_, value)| value));
        }
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.pairs().iter().map(|(key, value)| (key, value))).finish()
    }
}

impl<K: Into<Str>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Self::with_kind(MapKind::Any, pairs)
    }
}
