//! The path elements of the items of sets and keyed lists.

use amethyst_object::{Str, Value};

use super::ListTy;
use crate::{fields::Element, golang};

/// The path element that names `item` in its list; the error is upstream's text.
pub(super) fn element(list: ListTy<'_>, item: &Value) -> Result<Element, String> {
    if list.keys.is_empty() { set_element(item) } else { key_element(list, item) }
}

/// Whether [`element`] would name the item.
pub(super) fn check(list: ListTy<'_>, item: &Value) -> Result<(), String> {
    let named = match item {
        Value::Object(map) => list.keys.iter().any(|key| map.contains_key(key)),
        Value::Array(_) | Value::Null => false,
        _ => list.keys.is_empty(),
    };
    if named { Ok(()) } else { element(list, item).map(drop) }
}

/// Whether both items have the same element.
pub(super) fn same(list: ListTy<'_>, left: &Value, right: &Value) -> bool {
    if list.keys.is_empty() {
        return left == right;
    }
    list.keys.iter().all(|key| key_value(list, left, key) == key_value(list, right, key))
}

/// Whether `element` names the item.
pub(super) fn is_named(list: ListTy<'_>, item: &Value, element: &Element) -> bool {
    match element {
        Element::Key(fields) => {
            let found = |key: &Str| fields.iter().find(|(name, _)| name == key).map(|(_, value)| value);
            list.keys.iter().all(|key| key_value(list, item, key) == found(key))
        }
        Element::Value(value) => value == item,
        _ => false,
    }
}

fn key_value<'a>(list: ListTy<'a>, item: &'a Value, key: &str) -> Option<&'a Value> {
    item.get(key).or_else(|| list.items.default_of(key))
}

fn key_element(list: ListTy<'_>, item: &Value) -> Result<Element, String> {
    let map = match item {
        Value::Object(map) => map,
        Value::Null => return Err("associative list with keys may not have a null element".into()),
        _ => return Err("associative list with keys may not have non-map elements".into()),
    };
    let mut fields = Vec::with_capacity(list.keys.len());
    for key in list.keys {
        // A key that is missing and has no default is left out: such an item is another one.
        if let Some(value) = map.get(key).or_else(|| list.items.default_of(key)) {
            fields.push((key.clone(), value.clone()));
        }
    }
    if fields.is_empty() {
        let keys: Vec<String> = list.keys.iter().map(|key| golang::quote(key)).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)",
            keys.join(" ")
        ));
    }
    Ok(Element::key(fields))
}

fn set_element(item: &Value) -> Result<Element, String> {
    match item {
        Value::Object(_) => Err("associative list without keys has an element that's a map type".into()),
        Value::Array(_) => Err("not supported: associative list with lists as elements".into()),
        Value::Null => Err("associative list without keys has an element that's an explicit null".into()),
        scalar => Ok(Element::Value(scalar.clone())),
    }
}
