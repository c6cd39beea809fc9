//! A place in an object: the value there and its field path.
//!
//! Rules walk places and never fail: what is missing reads as Go's zero value, as it does upstream.

use amethyst_object::{FieldPath, Map, Value};

/// A place in an object.
#[derive(Clone, Debug)]
pub struct At<'a> {
    value: Option<&'a Value>,
    /// The field path, as faults name it.
    pub path: FieldPath,
}

impl<'a> At<'a> {
    /// A field of the root of an object.
    pub fn root(object: &'a Map, key: &str) -> Self {
        Self::new(object.get(key), FieldPath::of([key]))
    }

    /// A value at a path; null counts as missing.
    pub fn new(value: Option<&'a Value>, path: FieldPath) -> Self {
        Self { value: value.filter(|value| !value.is_null()), path }
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<&'a Value> {
        self.value
    }

    /// The value, or null.
    pub fn shown(&self) -> Value {
        self.value.cloned().unwrap_or_default()
    }

    /// A field of this map.
    #[must_use]
    pub fn get(&self, key: &str) -> Self {
        Self::new(self.value.and_then(|value| value.get(key)), self.path.child(key))
    }

    /// The place under a name that Go's struct does not show in the path.
    #[must_use]
    pub fn inline(&self, key: &str) -> Self {
        Self::new(self.value.and_then(|value| value.get(key)), self.path.clone())
    }

    /// The same value under another path.
    #[must_use]
    pub fn called(&self, path: FieldPath) -> Self {
        Self { value: self.value, path }
    }

    /// The entry of a map with free keys, named in brackets.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut path = self.path.clone();
        path.push_map_key(key);
        Self::new(self.value.and_then(|value| value.get(key)), path)
    }

    /// The elements of this list.
    pub fn items(&self) -> impl ExactSizeIterator<Item = At<'a>> + use<'a> {
        let path = self.path.clone();
        self.list().iter().enumerate().map(move |(index, value)| At::new(Some(value), path.index(index)))
    }

    /// The elements of this list, bare.
    pub fn list(&self) -> &'a [Value] {
        self.value.and_then(Value::as_array).unwrap_or_default()
    }

    /// The entries of this map with free keys.
    pub fn entries(&self) -> Vec<(&'a str, At<'a>)> {
        let map = self.value.and_then(Value::as_object);
        map.map(|map| map.keys().map(|key| (key.as_str(), self.key(key))).collect()).unwrap_or_default()
    }

    /// The pairs of a map of strings.
    pub fn strings(&self) -> Vec<(&'a str, &'a str)> {
        let map = self.value.and_then(Value::as_object);
        let pairs = map.into_iter().flat_map(Map::iter);
        pairs.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())).collect()
    }

    /// The string, or the empty one.
    pub fn str(&self) -> &'a str {
        self.value.and_then(Value::as_str).unwrap_or_default()
    }

    /// The string of a field, or the empty one.
    pub fn text(&self, key: &str) -> &'a str {
        self.value.and_then(|value| value.get(key)).and_then(Value::as_str).unwrap_or_default()
    }

    /// The integer, if there is one.
    pub fn int(&self) -> Option<i64> {
        self.value.and_then(Value::as_i64)
    }

    /// The integer of a field, or zero.
    pub fn number(&self, key: &str) -> i64 {
        self.value.and_then(|value| value.get(key)).and_then(Value::as_i64).unwrap_or_default()
    }

    /// The boolean of a field, or false.
    pub fn flag(&self, key: &str) -> bool {
        self.value.and_then(|value| value.get(key)).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Whether the field is there.
    pub fn has(&self, key: &str) -> bool {
        self.value.and_then(|value| value.get(key)).is_some_and(|value| !value.is_null())
    }

    /// Whether something is there.
    pub fn is_set(&self) -> bool {
        self.value.is_some()
    }

    /// Whether nothing is there, or Go's zero value of it.
    pub fn is_empty(&self) -> bool {
        match self.value {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(list)) => list.is_empty(),
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Bool(value)) => !value,
            Some(Value::Number(number)) => number.as_i64() == Some(0),
        }
    }
}
