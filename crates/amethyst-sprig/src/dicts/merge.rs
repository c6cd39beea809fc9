//! mergo's merge of maps, in place, with what it shares: a map that the target lacks is taken itself, not
//! copied, so later changes of one are seen in the other.

use amethyst_gotemplate::{Map, MapKind, Value};

use crate::arguments::DEPTH_MAX;
use crate::nil::is_nil_map;

/// Merges `from` into `into`. Without `overwrite` only what is missing or empty is set.
pub(super) fn merge(into: &Map, from: &Map, overwrite: bool) -> Result<(), String> {
    merge_at(into, from, overwrite, 0)
}

fn merge_at(into: &Map, from: &Map, overwrite: bool, depth: usize) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err("cannot merge maps that hold themselves".to_owned());
    }
    if into.is_same(from) {
        return Ok(());
    }
    let pairs = from.pairs().to_vec();
    for (key, value) in pairs {
        if value.is_nil() {
            if overwrite {
                set(into, from, &key, value)?;
            }
            continue;
        }
        let found = into.get(&key);
        match &value {
            Value::Map(inner) => {
                if let Some(target) = &found {
                    merge_found(target, inner, overwrite, depth)?;
                }
                if let Some(Value::Map(target)) = &found
                    && !target.is_empty()
                {
                    continue;
                }
            }
            Value::List(_) if overwrite && found.as_ref().is_some_and(|found| !is_empty(found)) => {
                set(into, from, &key, value)?;
                continue;
            }
            _ => {}
        }
        if overwrite || found.as_ref().is_none_or(is_empty) {
            set(into, from, &key, value)?;
        }
    }
    Ok(())
}

fn merge_found(target: &Value, inner: &Map, overwrite: bool, depth: usize) -> Result<(), String> {
    match target {
        // A nil map cannot be written into where it stands.
        Value::Map(target) if is_nil_map(target) => Ok(()),
        Value::Map(target) => merge_at(target, inner, overwrite, depth + 1),
        Value::Native(native) if native.kind_name() == "ptr" && !overwrite => {
            Err("src and dst must be of same type".to_owned())
        }
        _ => Ok(()),
    }
}

/// A map of strings takes strings only, and only from another such map.
fn set(into: &Map, from: &Map, key: &str, value: Value) -> Result<(), String> {
    let element = |map: &Map| match map.kind() {
        MapKind::String => "string",
        MapKind::Bool => "bool",
        _ => "interface {}",
    };
    let (wanted, given) = (element(into), element(from));
    if wanted != given && wanted != "interface {}" {
        return Err(format!(
            "reflect.Value.SetMapIndex: value of type {given} is not assignable to type {wanted}"
        ));
    }
    into.insert(key, value);
    Ok(())
}

/// mergo's `isEmptyValue`.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Native(native) => native.as_int() == Some(0),
        other => !other.is_true(),
    }
}
