//! Ordered maps.

use std::collections::HashMap;
use std::fmt;

use crate::{Str, Value};

/// From so many pairs on a map has an index. Shorter ones are searched from their beginning, which is no slower
/// and takes one allocation instead of three: most maps of most documents are short.
const INDEXED_MIN: usize = 16;

type Index = HashMap<Str, u32, foldhash::fast::RandomState>;

/// An ordered map with string keys. Two maps are equal when they hold the same pairs in any order.
#[derive(Clone, Default)]
pub struct Map {
    pairs: Vec<(Str, Value)>,
    /// The place of each key, once there are [`INDEXED_MIN`] of them.
    index: Option<Box<Index>>,
}

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// A map of these pairs in this order. The caller vouches that no key stands twice.
    pub fn from_distinct(pairs: Vec<(Str, Value)>) -> Self {
        let mut map = Self { pairs, index: None };
        map.build_index();
        debug_assert!(
            map.index.as_ref().is_none_or(|index| index.len() == map.pairs.len()),
            "a key stands twice"
        );
        map
    }

    fn build_index(&mut self) {
        self.index = (self.pairs.len() >= INDEXED_MIN).then(|| {
            let keys = self.pairs.iter().enumerate().map(|(at, (key, _))| (key.clone(), at as u32));
            Box::new(keys.collect())
        });
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).map(|at| *at as usize),
            None => self.pairs.iter().position(|(found, _)| found.as_str() == key),
        }
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).map(|at| &self.pairs[at].1)
    }

    /// The value under `key`, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.position(key).map(|at| &mut self.pairs[at].1)
    }

    /// The string under `key`.
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// Whether `key` is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Sets `key`, at its old place or at the end; gives back the old value.
    pub fn insert(&mut self, key: impl Into<Str>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        if let Some(at) = self.position(&key) {
            return Some(std::mem::replace(&mut self.pairs[at].1, value));
        }
        self.push(key, value);
        None
    }

    /// Adds a pair whose key is not there.
    fn push(&mut self, key: Str, value: Value) {
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), self.pairs.len() as u32);
        }
        self.pairs.push((key, value));
        if self.index.is_none() {
            self.build_index();
        }
    }

    /// The value under `key`, put there by `default` when missing.
    pub fn get_or_insert_with(&mut self, key: &str, default: impl FnOnce() -> Value) -> &mut Value {
        let at = self.position(key).unwrap_or_else(|| {
            self.push(key.into(), default());
            self.pairs.len() - 1
        });
        &mut self.pairs[at].1
    }

    /// The map under `key`; anything else there is replaced by an empty map.
    pub fn object_mut(&mut self, key: &str) -> &mut Self {
        let value = self.get_or_insert_with(key, Value::object);
        if value.as_object().is_none() {
            *value = Value::object();
        }
        value.as_object_mut().expect("it was just made one")
    }

    /// Takes `key` out and keeps the order of the rest.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.position(key)?;
        let (key, value) = self.pairs.remove(at);
        if self.pairs.len() < INDEXED_MIN {
            self.index = None;
        } else if let Some(index) = &mut self.index {
            index.remove(&key);
            for place in index.values_mut().filter(|place| **place > at as u32) {
                *place -= 1;
            }
        }
        Some(value)
    }

    /// Keeps the pairs that `keep` wants.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value) -> bool) {
        let before = self.pairs.len();
        self.pairs.retain_mut(|(key, value)| keep(key, value));
        if self.pairs.len() < before {
            self.build_index();
        }
    }

    /// The pairs in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Str, &Value)> + DoubleEndedIterator + Clone {
        self.pairs.iter().map(|(key, value)| (key, value))
    }

    /// The pairs in order, to change the values.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&Str, &mut Value)> {
        self.pairs.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Str> + Clone {
        self.pairs.iter().map(|(key, _)| key)
    }

    /// The values in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> + Clone {
        self.pairs.iter().map(|(_, value)| value)
    }

    /// Sorts the pairs by key, bytewise; not the values' own pairs.
    pub fn sort_keys(&mut self) {
        if !self.pairs.is_sorted_by(|(a, _), (b, _)| a < b) {
            self.pairs.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            self.build_index();
        }
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.pairs.iter().enumerate().all(|(at, (key, value))| {
                // Equal maps mostly have the same order.
                match other.pairs.get(at) {
                    Some((found, other)) if found == key => value == other,
                    _ => other.get(key).is_some_and(|other| value == other),
                }
            })
    }
}

impl Eq for Map {}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl IntoIterator for Map {
    type Item = (Str, Value);
    type IntoIter = std::vec::IntoIter<(Str, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.pairs.into_iter()
    }
}

impl<K: Into<Str>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        let mut map = Self { pairs: Vec::with_capacity(pairs.size_hint().0), index: None };
        for (key, value) in pairs {
            map.insert(key, value);
        }
        map
    }
}

const _: () = assert!(size_of::<Value>() == 32, "documents are mostly values");

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::Map;
    use crate::{Str, Value};

    /// A map as it is meant: a list of pairs.
    fn set(pairs: &mut Vec<(Str, Value)>, key: &str, value: Value) {
        match pairs.iter_mut().find(|(found, _)| found == key) {
            Some((_, found)) => *found = value,
            None => pairs.push((key.into(), value)),
        }
    }

    proptest! {
        #[test]
        fn a_map_is_a_list_of_pairs_with_distinct_keys(steps in vec((0..40_u32, 0..6_u32), 0..200)) {
            let (mut map, mut pairs) = (Map::new(), Vec::<(Str, Value)>::new());
            for (number, (key, what)) in steps.into_iter().enumerate() {
                let name = format!("key-{key}");
                match what {
                    0 => {
                        map.remove(&name);
                        pairs.retain(|(found, _)| *found != name);
                    }
                    1 if key < 4 => {
                        map.retain(|found, _| !found.ends_with(&key.to_string()));
                        pairs.retain(|(found, _)| !found.ends_with(&key.to_string()));
                    }
                    2 if key < 4 => {
                        map.sort_keys();
                        pairs.sort_by(|a, b| a.0.cmp(&b.0));
                    }
                    _ => {
                        map.insert(name.as_str(), number);
                        set(&mut pairs, &name, Value::from(number));
                    }
                }
                prop_assert_eq!(map.len(), pairs.len());
                prop_assert!(map.iter().eq(pairs.iter().map(|(key, value)| (key, value))));
                for key in 0..40 {
                    let name = format!("key-{key}");
                    let found = pairs.iter().find(|(found, _)| *found == name).map(|(_, value)| value);
                    prop_assert_eq!(map.get(&name), found);
                }
                prop_assert_eq!(&Map::from_distinct(pairs.clone()), &map);
                let reversed: Map = pairs.iter().rev().cloned().collect();
                prop_assert_eq!(&reversed, &map);
            }
        }
    }
}
