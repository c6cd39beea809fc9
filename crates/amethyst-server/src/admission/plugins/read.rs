//! What several plugins read and write of objects.

use amethyst_object::{Map, Value};

/// The list at a path; nothing there is an empty one.
pub(super) fn list<'a>(of: &'a Value, path: &[&str]) -> &'a [Value] {
    of.at(path).and_then(Value::as_array).unwrap_or_default()
}

/// The text at a path; nothing there is an empty one.
pub(super) fn text<'a>(of: &'a Value, path: &[&str]) -> &'a str {
    of.str_at(path).unwrap_or_default()
}

/// The value at a path; `null` is nothing.
pub(super) fn some<'a>(of: &'a Value, path: &[&str]) -> Option<&'a Value> {
    of.at(path).filter(|value| !value.is_null())
}

/// The pairs of texts at a path.
pub(super) fn texts<'a>(of: &'a Value, path: &[&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let pairs = of.at(path).and_then(Value::as_object).into_iter().flat_map(Map::iter);
    pairs.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

/// The annotation of an object.
pub(super) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.str_at(&["metadata", "annotations", key])
}

/// The map under a key, put there when missing.
pub(super) fn map_mut<'a>(of: &'a mut Value, path: &[&str]) -> &'a mut Map {
    let map = of.as_object_mut().expect("objects are maps from their decoding on");
    path.iter().fold(map, |map, key| map.object_mut(key))
}

/// The list under a key of a map, put there when missing.
pub(super) fn list_mut<'a>(map: &'a mut Map, key: &str) -> &'a mut Vec<Value> {
    let list = map.get_or_insert_with(key, || Value::Array(Vec::new()));
    if list.as_array().is_none() {
        *list = Value::Array(Vec::new());
    }
    list.as_array_mut().expect("it was just made one")
}

/// The maps of a list under a key, to change them; there may be none.
pub(super) fn maps_mut<'a>(map: &'a mut Map, key: &str) -> impl Iterator<Item = &'a mut Map> {
    let list = map.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}
