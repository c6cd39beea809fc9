//! `index`, `slice` and `len`.

use amethyst_object::Str;

use super::seen::Seen;
use crate::{CallError, List, Map, UintKind, Value};

/// `x[1][2]["key"]`.
pub(super) fn index(item: &Value, indexes: &[Value]) -> Result<Value, CallError> {
    if item.is_nil() {
        return Err("index of untyped nil".into());
    }
    let mut item = item.clone();
    for index in indexes {
        item = match &item {
            Value::Nil => return Err("index of nil pointer".into()),
            Value::List(list) => {
                let at = position(index, list.len())?;
                let Some(found) = list.get(at) else { return Err(past_the_end("slice")) };
                found.clone()
            }
            Value::String(_) | Value::Binary(_) => {
                let bytes = item.as_bytes().unwrap_or_default();
                let at = position(index, bytes.len())?;
                let Some(byte) = bytes.get(at) else { return Err(past_the_end("string")) };
                Value::Uint(UintKind::Uint8, u64::from(*byte))
            }
            Value::Map(map) => map_index(map, index)?,
            Value::Native(native) => match native.index(index) {
                Some(result) => result?,
                None => return Err(format!("can't index item of type {}", native.type_name()).into()),
            },
            _ => return Err(format!("can't index item of type {}", item.type_name()).into()),
        };
    }
    Ok(item)
}

/// Go lets the length itself through its check, and then panics.
fn past_the_end(kind: &str) -> CallError {
    format!("reflect: {kind} index out of range").into()
}

fn map_index(map: &Map, index: &Value) -> Result<Value, CallError> {
    let key: Str = match index {
        Value::String(key) => return Ok(map.get(key).unwrap_or_else(|| map.kind().zero())),
        Value::Binary(_) => return Ok(map.kind().zero()),
        Value::Nil => return Err("value is nil; should be of type string".into()),
        other => other.type_name().as_ref().into(),
    };
    Err(format!("value has type {key}; should be string").into())
}

/// An index into something, at most at its end.
fn position(index: &Value, length: usize) -> Result<usize, CallError> {
    let at = match index {
        Value::Int(_, at) => *at,
        Value::Uint(_, at) => *at as i64,
        Value::Nil => return Err("cannot index slice/array with nil".into()),
        Value::Native(native) if let Some(at) = native.as_int() => at,
        _ => return Err(format!("cannot index slice/array with type {}", index.type_name()).into()),
    };
    match usize::try_from(at) {
        Ok(position) if position <= length => Ok(position),
        _ => Err(format!("index out of range: {at}").into()),
    }
}

/// `x[1:2]`.
pub(super) fn slice(item: &Value, indexes: &[Seen]) -> Result<Value, CallError> {
    if item.is_nil() {
        return Err("slice of untyped nil".into());
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()).into());
    }
    let length = match item {
        Value::String(_) | Value::Binary(_) if indexes.len() == 3 => {
            return Err("cannot 3-index slice a string".into());
        }
        Value::String(text) => text.len(),
        Value::Binary(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        _ => return Err(format!("can't slice item of type {}", item.type_name()).into()),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        // Unlike `index`, Go does not look into interfaces here.
        if index.in_interface {
            return Err("cannot index slice/array with type interface {}".into());
        }
        *bound = position(&index.value, length)?;
    }
    let [from, to, end] = bounds;
    for (low, high) in [(from, to), (to, end)] {
        if low > high {
            return Err(format!("invalid slice index: {low} > {high}").into());
        }
    }
    Ok(match item {
        Value::List(list) => Value::List(List::with_kind(list.kind(), list[from..to].to_vec())),
        _ => Value::bytes_string(item.as_bytes().unwrap_or_default()[from..to].to_vec()),
    })
}

pub(super) fn length(item: &Seen) -> Result<Value, CallError> {
    let length = match &item.value {
        Value::Nil if item.in_interface => return Err("len of nil pointer".into()),
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Value::String(text) => text.len(),
        Value::Binary(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Native(native) if let Some(length) = native.length() => length,
        other => return Err(format!("len of type {}", other.type_name()).into()),
    };
    Ok(Value::int(length as i64))
}
