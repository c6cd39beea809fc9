//! The path elements of the items of sets and keyed lists.

use amethyst_object::Value;

use super::ListTy;
use crate::{fields::Element, golang};

/// The path element that names `item` in its list; the error is upstream's text.
pub(super) fn element(list: ListTy<'_>, item: &Value) -> Result<Element, String> {
    if list.keys.is_empty() { set_element(item) } else { key_element(list, item) }
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
