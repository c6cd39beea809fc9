//! `deepCopy`: maps and lists of their own, all the way down.

use amethyst_gotemplate::{List, Map, Value};

use crate::arguments::DEPTH_MAX;
use crate::nil::{is_nil_list, is_nil_map};

/// A copy that shares no map with the value.
pub(crate) fn deep_copy(value: &Value) -> Value {
    copy(value, 0)
}

fn copy(value: &Value, depth: usize) -> Value {
    match value {
        // Only a map that holds itself is so deep; Go's stack overflows there.
        _ if depth > DEPTH_MAX => Value::Nil,
        Value::List(list) if is_nil_list(list) => value.clone(),
        Value::List(list) => {
            let items = list.iter().map(|item| copy(item, depth + 1)).collect();
            List::with_kind(list.kind(), items).into()
        }
        Value::Map(map) if is_nil_map(map) => value.clone(),
        Value::Map(map) => {
            let pairs = map.pairs().iter().map(|(key, item)| (key.clone(), copy(item, depth + 1))).collect();
            Map::with_kind(map.kind(), pairs).into()
        }
        other => other.clone(),
    }
}
