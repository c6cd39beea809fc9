//! Conversions between types (cel-go `common/types`, `ConvertToType`).

use super::numbers::float_text;
use super::{Native, no_overload};
use crate::error::EvalError;
use crate::moment::{Duration, Timestamp};
use crate::value::Value;

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "type" => |args| Ok(Value::Type(args[0].ty())),
        "dyn" => |args| Ok(args[0].clone()),
        "bool" => to_bool,
        "bytes" => to_bytes,
        "double" => to_double,
        "duration" => to_duration,
        "int" => to_int,
        "string" => to_string,
        "timestamp" => to_timestamp,
        "uint" => to_uint,
        _ => return None,
    })
}

fn failed<'v>(from: &str, to: &str) -> Result<'v> {
    Err(EvalError::new(format!("type conversion error from '{from}' to '{to}'")))
}

fn to_bool<'v>(args: &[Value<'v>]) -> Result<'v> {
    match &args[0] {
        value @ Value::Bool(_) => Ok(value.clone()),
        Value::String(text) => match text.as_str() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Value::Bool(false)),
            _ => failed("string", "bool"),
        },
        _ => no_overload("bool", args),
    }
}

fn to_bytes<'v>(args: &[Value<'v>]) -> Result<'v> {
    match &args[0] {
        value @ Value::Bytes(_) => Ok(value.clone()),
        Value::String(text) => Ok(Value::Bytes(text.as_bytes().into())),
        _ => no_overload("bytes", args),
    }
}

fn to_double<'v>(args: &[Value<'v>]) -> Result<'v> {
    match &args[0] {
        value @ Value::Double(_) => Ok(value.clone()),
        Value::Int(value) => Ok(Value::Double(*value as f64)),
        Value::Uint(value) => Ok(Value::Double(*value as f64)),
        Value::String(text) => match text.parse() {
            Ok(value) => Ok(Value::Double(value)),
            Err(_) => failed("string", "double"),
        },
        _ => no_overload("double", args),
    }
}

fn to_duration<'v>(args: &[Value<'v>]) -> Result<'v> {
    match &args[0] {
        value @ Value::Duration(_) => Ok(value.clone()),
        Value::String(text) => Duration::parse(text).map(Value::Duration).map_err(EvalError::new),
        _ => no_overload("duration", args),
    }
}

fn range<'v, T>(value: Option<T>, wrap: fn(T) -> Value<'v>) -> Result<'v> {
    value.map(wrap).ok_or_else(|| EvalError::new("integer overflow"))
}

fn to_int<'v>(args: &[Value<'v>]) -> Result<'v> {
    match &args[0] {
        value @ Value::Int(_) => Ok(value.clone()),
        Value::Uint(value) => range(i64::try_from(*value).ok(), Value::Int),
        Value::Double(value) => {
            let fits = *value > -9_223_372_036_854_775_808.0 && *value < 9_223_372_036_854_775_808.0;
            range(fits.then_some(*value as i64), Value::Int)
        }
        Value::Timestamp(moment) => Ok(Value::Int(moment.seconds())),
        Value::Duration(span) => Ok(Value::Int(span.0)),
        Value::String(text) => match text.parse() {
            Ok(value) => Ok(Value::Int(value)),
            Err(_) => failed("string", "int"),
        },
        _ => no_overload("int", args),
    }
}

fn to_uint<'v>(args: &[Value<'v>]) -> Result<'v> {
    let unsigned = |value: Option<u64>| {
        value.map(Value::Uint).ok_or_else(|| EvalError::new("unsigned integer overflow"))
    };
    match &args[0] {
        value @ Value::Uint(_) => Ok(value.clone()),
        Value::Int(value) => unsigned(u64::try_from(*value).ok()),
        Value::Double(value) => {
            let fits = *value >= 0.0 && *value < 18_446_744_073_709_551_616.0;
            unsigned(fits.then_some(*value as u64))
        }
        Value::String(text) if !text.starts_with('+') => match text.parse() {
            Ok(value) => Ok(Value::Uint(value)),
            Err(_) => failed("string", "uint"),
        },
        Value::String(_) => failed("string", "uint"),
        _ => no_overload("uint", args),
    }
}

fn to_string<'v>(args: &[Value<'v>]) -> Result<'v> {
    Ok(Value::from(match &args[0] {
        value @ Value::String(_) => return Ok(value.clone()),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Double(value) => float_text(*value),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                return Err(EvalError::new("invalid UTF-8 in bytes, cannot convert to string"));
            }
        },
        Value::Timestamp(moment) => moment.to_string(),
        Value::Duration(span) => span.seconds_text(),
        Value::Ip(ip) => ip.to_string(),
        Value::Cidr(cidr) => cidr.to_string(),
        _ => return no_overload("string", args),
    }))
}

fn to_timestamp<'v>(args: &[Value<'v>]) -> Result<'v> {
    match &args[0] {
        value @ Value::Timestamp(_) => Ok(value.clone()),
        Value::Int(seconds) => {
            let moment = Timestamp::new(*seconds, 0);
            moment.map(Value::Timestamp).ok_or_else(|| EvalError::new("timestamp overflow"))
        }
        Value::String(text) => match Timestamp::parse(text) {
            Some(moment) => Ok(Value::Timestamp(moment)),
            None => failed("string", "google.protobuf.Timestamp"),
        },
        _ => no_overload("timestamp", args),
    }
}
