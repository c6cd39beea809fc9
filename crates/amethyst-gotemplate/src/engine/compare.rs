//! `eq`, `lt` and their kin.

use crate::{CallError, Value, print};

/// What can be compared: the basic kinds.
enum Basic<'v> {
    Bool(bool),
    Int(i64),
    Float(f64),
    String(&'v [u8]),
    Uint(u64),
    /// Something else, or nothing.
    None,
}

fn basic(value: &Value) -> Basic<'_> {
    match value {
        Value::Bool(value) => Basic::Bool(*value),
        Value::Int(_, value) => Basic::Int(*value),
        Value::Uint(_, value) => Basic::Uint(*value),
        Value::Float(value) => Basic::Float(*value),
        Value::String(text) => Basic::String(text.as_bytes()),
        Value::Binary(bytes) => Basic::String(bytes),
        Value::Native(native) => native.as_int().map_or(Basic::None, Basic::Int),
        Value::Nil | Value::List(_) | Value::Map(_) => Basic::None,
    }
}

/// Whether the first is equal to any of the rest.
pub(super) fn equal(first: &Value, rest: &[Value]) -> Result<bool, CallError> {
    if rest.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in rest {
        if equal_pair(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal_pair(first: &Value, other: &Value) -> Result<bool, CallError> {
    Ok(match (basic(first), basic(other)) {
        (Basic::Bool(a), Basic::Bool(b)) => a == b,
        #[expect(clippy::float_cmp, reason = "Go compares the numbers themselves")]
        (Basic::Float(a), Basic::Float(b)) => a == b,
        (Basic::Int(a), Basic::Int(b)) => a == b,
        (Basic::String(a), Basic::String(b)) => a == b,
        (Basic::Uint(a), Basic::Uint(b)) => a == b,
        (Basic::Int(a), Basic::Uint(b)) | (Basic::Uint(b), Basic::Int(a)) => u64::try_from(a) == Ok(b),
        (Basic::None, Basic::None) => return equal_others(first, other),
        _ if first.is_nil() || other.is_nil() => false,
        _ => return Err(incompatible(first, other)),
    })
}

fn equal_others(first: &Value, other: &Value) -> Result<bool, CallError> {
    if first.is_nil() || other.is_nil() {
        return Ok(first.is_nil() && other.is_nil());
    }
    if first.kind_name() != other.kind_name() {
        return Err(format!(
            "non-comparable types {}: {}, {}: {}",
            as_string(first),
            first.type_name(),
            other.type_name(),
            print::sprint_value(other)
        )
        .into());
    }
    if let (Value::Native(a), Value::Native(b)) = (first, other)
        && let Some(equal) = a.equals(b.as_ref())
    {
        return Ok(equal);
    }
    Err(format!("non-comparable type {}: {}", as_string(other), other.type_name()).into())
}

fn as_string(value: &Value) -> String {
    print::sprintf("%s", std::slice::from_ref(value))
}

fn incompatible(first: &Value, other: &Value) -> CallError {
    format!("incompatible types for comparison: {} and {}", first.type_name(), other.type_name()).into()
}

pub(super) fn less(first: &Value, other: &Value) -> Result<bool, CallError> {
    let invalid = || Err("invalid type for comparison".into());
    Ok(match (basic(first), basic(other)) {
        (Basic::None, _) | (_, Basic::None) | (Basic::Bool(_), Basic::Bool(_)) => return invalid(),
        (Basic::Float(a), Basic::Float(b)) => a < b,
        (Basic::Int(a), Basic::Int(b)) => a < b,
        (Basic::String(a), Basic::String(b)) => a < b,
        (Basic::Uint(a), Basic::Uint(b)) => a < b,
        (Basic::Int(a), Basic::Uint(b)) => u64::try_from(a).map_or(true, |a| a < b),
        (Basic::Uint(a), Basic::Int(b)) => u64::try_from(b).is_ok_and(|b| a < b),
        _ => return Err(incompatible(first, other)),
    })
}

pub(super) fn less_or_equal(first: &Value, other: &Value) -> Result<bool, CallError> {
    Ok(less(first, other)? || equal_pair(first, other)?)
}
