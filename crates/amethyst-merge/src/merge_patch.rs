//! JSON merge patch, RFC 7386, as `evanphx/json-patch` v4 applies it for the API server.

use amethyst_object::{Map, Value};

#[cfg(test)]
mod tests;

/// Applies a merge patch to a document.
///
/// It differs from the RFC where upstream does: a value that is new to the document loses its nulls
/// inside lists too. An API server refuses a patch that is no map before it comes here.
pub fn merge_patch(document: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return pruned(patch);
    };
    let mut merged = document.as_object().cloned().unwrap_or_default();
    merge_map(&mut merged, patch);
    Value::Object(merged)
}

fn merge_map(document: &mut Map, patch: &Map) {
    for (key, wanted) in patch.iter() {
        if wanted.is_null() {
            document.remove(key);
            continue;
        }
        match (document.get_mut(key), wanted) {
            (Some(Value::Object(map)), Value::Object(wanted)) => merge_map(map, wanted),
            (Some(found @ Value::Object(_)), _) => *found = wanted.clone(),
            (Some(found), _) => *found = pruned(wanted),
            (None, _) => {
                document.insert(key.clone(), pruned(wanted));
            }
        }
    }
}

/// The value without the nulls that its maps hold.
fn pruned(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), pruned(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(pruned).collect()),
        other => other.clone(),
    }
}
