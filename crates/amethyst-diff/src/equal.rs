//! Whether two values say the same, quickly.

use amethyst_object::{Map, Value};
use amethyst_schema::Quantity;

/// As `==`, but sooner when both maps have their keys in the same order, which two renders of one source do.
pub(crate) fn equal(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => equal_maps(before, after),
        (Value::Array(before), Value::Array(after)) => {
            before.len() == after.len()
                && before.iter().zip(after).all(|(before, after)| equal(before, after))
        }
        _ => before == after,
    }
}

/// [`equal`] for maps.
pub(crate) fn equal_maps(before: &Map, after: &Map) -> bool {
    if before.len() != after.len() {
        return false;
    }
    before.iter().zip(after.iter()).all(|((key, value), (other_key, other))| {
        let other = if key == other_key { Some(other) } else { after.get(key) };
        other.is_some_and(|other| equal(value, other))
    })
}

/// Whether both are quantities of the same worth.
pub(crate) fn same_quantity(before: &Value, after: &Value) -> bool {
    let read = |value: &Value| match value {
        Value::String(text) => Quantity::parse(text).ok(),
        Value::Number(number) => Quantity::parse(number.as_str()).ok(),
        _ => None,
    };
    match (read(before), read(after)) {
        (Some(before), Some(after)) => before.nanos() == after.nanos(),
        _ => false,
    }
}
