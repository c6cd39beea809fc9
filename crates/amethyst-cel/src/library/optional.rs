//! Optionals (cel-go `cel/library.go`, `common/types/optional.go`). `or` and `orValue` are the interpreter's.

use std::sync::Arc;

use super::{Native, no_overload};
use crate::error::EvalError;
use crate::value::{Map, Value};

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "optional.of" => |args| Ok(Value::some(args[0].clone())),
        "optional.ofNonZeroValue" => {
            |args| Ok(if is_zero(&args[0]) { Value::Optional(None) } else { Value::some(args[0].clone()) })
        }
        "optional.none" => |_| Ok(Value::Optional(None)),
        "value" => value,
        "hasValue" => |args| match &args[0] {
            Value::Optional(inner) => Ok(Value::Bool(inner.is_some())),
            _ => no_overload("hasValue", args),
        },
        "last" => |args| end("last", args, true),
        "first" => |args| end("first", args, false),
        "optional.unwrap" | "unwrapOpt" => unwrap,
        _ => return None,
    })
}

/// Whether a value is the zero of its type.
fn is_zero(value: &Value<'_>) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(0) | Value::Uint(0) | Value::Optional(None) => true,
        Value::Double(value) => *value == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map @ (Map::Built(_) | Map::Document { decl: None, .. })) => map.is_empty(),
        Value::Duration(span) => span.0 == 0,
        Value::Object(instance) => instance.fields.is_empty(),
        _ => false,
    }
}

fn value<'v>(args: &[Value<'v>]) -> Result<'v> {
    match &args[0] {
        Value::Optional(Some(inner)) => Ok(Arc::unwrap_or_clone(Arc::clone(inner))),
        Value::Optional(None) => Err(EvalError::new("optional.none() dereference")),
        _ => no_overload("value", args),
    }
}

fn end<'v>(name: &str, args: &[Value<'v>], last: bool) -> Result<'v> {
    let Value::List(list) = &args[0] else { return no_overload(name, args) };
    let index = if last { list.len().wrapping_sub(1) } else { 0 };
    Ok(list.get(index).transpose()?.map_or(Value::Optional(None), Value::some))
}

fn unwrap<'v>(args: &[Value<'v>]) -> Result<'v> {
    let Value::List(list) = &args[0] else { return no_overload("optional.unwrap", args) };
    let mut values = Vec::new();
    for element in list.iter() {
        match element? {
            Value::Optional(inner) => values.extend(inner.map(Arc::unwrap_or_clone)),
            other => {
                return Err(EvalError::new(format!("value {} is not optional", super::show(&other))));
            }
        }
    }
    Ok(Value::list(values))
}
