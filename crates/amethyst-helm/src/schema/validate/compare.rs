//! Equality of values, and their texts.

use amethyst_gotemplate::Value;
use amethyst_object::Value as Document;

use super::super::fault::quote;
use super::{number, type_of};
use crate::values::print;

/// Whether a value is what a schema names.
#[expect(clippy::float_cmp, reason = "JSON Schema compares numbers, not what is near them")]
pub(super) fn equals(value: &Value, wanted: &Document) -> bool {
    match (value, wanted) {
        (Value::Nil, Document::Null) => true,
        (Value::Bool(value), Document::Bool(wanted)) => value == wanted,
        (Value::String(value), Document::String(wanted)) => value == wanted,
        (Value::List(list), Document::Array(wanted)) => {
            list.len() == wanted.len() && list.iter().zip(wanted).all(|(value, wanted)| equals(value, wanted))
        }
        (Value::Map(map), Document::Object(wanted)) => {
            map.len() == wanted.len()
                && wanted.iter().all(|(key, wanted)| map.get(key).is_some_and(|value| equals(&value, wanted)))
        }
        (value, Document::Number(wanted)) => number(value).is_some_and(|value| value == wanted.as_f64()),
        _ => false,
    }
}

/// Whether two values are equal.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.pairs().iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, &other)))
        }
        (a, b) => number(a).is_some_and(|a| number(b) == Some(a)),
    }
}

/// How many items are compared with one another; longer lists are compared by their texts.
const PAIRS_MAX: usize = 20;

/// The first two items that are equal.
pub(super) fn duplicates(list: &[Value]) -> Option<(usize, usize)> {
    if list.len() <= PAIRS_MAX {
        let pairs = (1..list.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
        return pairs.into_iter().find(|(first, second)| same(&list[*first], &list[*second]));
    }
    let mut known = std::collections::HashMap::new();
    for (at, item) in list.iter().enumerate() {
        if let Some(first) = known.insert(format!("{}{}", type_of(item), print(item)), at)
            && same(&list[first], item)
        {
            return Some((first, at));
        }
    }
    None
}

/// A primitive in messages.
pub(super) fn display(value: &Document) -> String {
    match value {
        Document::Null => "<nil>".to_owned(),
        Document::Bool(value) => value.to_string(),
        Document::Number(number) => number.to_string(),
        Document::String(text) => quote(text),
        Document::Array(_) | Document::Object(_) => "value".to_owned(),
    }
}
