//! Values: reading them, looking into them, merging them.

mod coalesce;
mod options;
mod strvals;
mod yaml;

use amethyst_gotemplate::{List, Map, Value};

pub(crate) use coalesce::{Defaults, Warnings, coalesce_tables, coalesce_values, merge_values};
pub use options::{ValueOptions, ValueSource, ValuesError};
pub use strvals::{parse_file_into, parse_into, parse_json_into, parse_literal_into, parse_string_into};
pub use yaml::{ValuesFault, load_values};

/// The key of what all charts of a release see.
pub(crate) const GLOBAL: &str = "global";

/// A copy that shares no map with the original. What is no map or list is shared, as nothing changes it.
pub(crate) fn deep_copy(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(deep_copy_map(map)),
        Value::List(list) if list.iter().any(|item| matches!(item, Value::Map(_) | Value::List(_))) => {
            Value::List(List::with_kind(list.kind(), list.iter().map(deep_copy).collect()))
        }
        value => value.clone(),
    }
}

/// As [`deep_copy`], of a map.
pub(crate) fn deep_copy_map(map: &Map) -> Map {
    Map::with_kind(
        map.kind(),
        map.pairs().iter().map(|(key, value)| (key.clone(), deep_copy(value))).collect(),
    )
}

/// A copy of a map whose values are those of the original.
pub(crate) fn shallow_copy(map: &Map) -> Map {
    Map::with_kind(map.kind(), map.pairs().to_vec())
}

/// Helm's `MergeMaps`: both together; `b` wins, but for maps, which are merged.
pub(crate) fn merge_maps(a: &Map, b: &Map) -> Map {
    let out = shallow_copy(a);
    for (key, value) in b.pairs().iter() {
        let merged = match (value, out.get(key)) {
            (Value::Map(value), Some(Value::Map(before))) => Value::Map(merge_maps(&before, value)),
            (value, _) => value.clone(),
        };
        out.insert(key.clone(), merged);
    }
    out
}

/// The table at a path of keys joined by dots. The error is the key that is no table.
pub(crate) fn table(values: &Map, path: &str) -> Result<Map, String> {
    let mut table = values.clone();
    for key in path.split('.') {
        match table.get(key) {
            Some(Value::Map(found)) => table = found,
            _ => return Err(key.to_owned()),
        }
    }
    Ok(table)
}

/// The value at a path of keys joined by dots; a table is none.
pub(crate) fn path_value(values: &Map, path: &str) -> Option<Value> {
    let (folder, key) = path.rsplit_once('.').map_or((None, path), |(folder, key)| (Some(folder), key));
    let table = match folder {
        Some(folder) => table(values, folder).ok()?,
        None => values.clone(),
    };
    table.get(key).filter(|value| value.as_map().is_none())
}

/// Go's `%v` of a value, as it stands in warnings.
pub(crate) fn print(value: &Value) -> String {
    match value {
        Value::Nil => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(_, value) => value.to_string(),
        Value::Uint(_, value) => value.to_string(),
        Value::Float(value) => crate::metadata::float_text(*value, 21),
        Value::String(_) | Value::Binary(_) => value.as_str().unwrap_or_default().into_owned(),
        Value::List(list) => format!("[{}]", list.iter().map(print).collect::<Vec<_>>().join(" ")),
        Value::Map(map) => {
            let pairs: Vec<String> =
                map.pairs().iter().map(|(key, value)| format!("{key}:{}", print(value))).collect();
            format!("map[{}]", pairs.join(" "))
        }
        Value::Native(native) => native.print(),
    }
}

#[cfg(test)]
mod tests;
