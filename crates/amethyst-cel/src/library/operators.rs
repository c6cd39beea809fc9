//! Arithmetic, order and membership (cel-go `common/types/{int,uint,double,string,list}.go`).

use std::cmp::Ordering;

use amethyst_schema::ListType;

use super::{Native, no_overload};
use crate::error::EvalError;
use crate::moment::Duration;
use crate::rules::Shape;
use crate::value::{Key, List, Map, Value, element_key, order_numbers, same_key};

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "!_" => not,
        "-_" => negate,
        "_+_" => |args| add(&args[0], &args[1]),
        "_-_" => subtract,
        "_*_" => multiply,
        "_/_" => divide,
        "_%_" => remainder,
        "_<_" => |args| ordered(args, |order| order == Ordering::Less),
        "_<=_" => |args| ordered(args, |order| order != Ordering::Greater),
        "_>_" => |args| ordered(args, |order| order == Ordering::Greater),
        "_>=_" => |args| ordered(args, |order| order != Ordering::Less),
        "@in" => within,
        "size" => size,
        "cel.@mapInsert" => |args| no_overload("cel.@mapInsert", args),
        _ => return None,
    })
}

fn overflow<'v>(what: &'static str) -> Result<'v> {
    Err(EvalError::new(what))
}

const INT: &str = "integer overflow";
const UINT: &str = "unsigned integer overflow";
const TIME: &str = "timestamp overflow";
const SPAN: &str = "duration overflow";

fn checked<'v, T>(value: Option<T>, what: &'static str, wrap: fn(T) -> Value<'v>) -> Result<'v> {
    value.map_or_else(|| overflow(what), |value| Ok(wrap(value)))
}

fn not<'v>(args: &[Value<'v>]) -> Result<'v> {
    match &args[0] {
        Value::Bool(value) => Ok(Value::Bool(!value)),
        _ => Err(EvalError::no_such_overload()),
    }
}

fn negate<'v>(args: &[Value<'v>]) -> Result<'v> {
    match &args[0] {
        Value::Int(value) => checked(value.checked_neg(), INT, Value::Int),
        Value::Double(value) => Ok(Value::Double(-value)),
        Value::Duration(span) => {
            checked(span.0.checked_neg(), SPAN, |nanos| Value::Duration(Duration(nanos)))
        }
        Value::Bool(_) => Err(EvalError::no_such_overload()),
        _ => Err(EvalError::new("no such overload: -_")),
    }
}

/// The sum, or the concatenation.
pub(crate) fn add<'v>(left: &Value<'v>, right: &Value<'v>) -> Result<'v> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => checked(left.checked_add(*right), INT, Value::Int),
        (Value::Uint(left), Value::Uint(right)) => checked(left.checked_add(*right), UINT, Value::Uint),
        (Value::Double(left), Value::Double(right)) => Ok(Value::Double(left + right)),
        (Value::String(left), Value::String(right)) => Ok(Value::from(format!("{}{}", &**left, &**right))),
        (Value::Bytes(left), Value::Bytes(right)) => Ok(Value::Bytes([&**left, &**right].concat().into())),
        (Value::List(left), Value::List(right)) => concatenate(left, right),
        (Value::Duration(left), Value::Duration(right)) => {
            checked(left.0.checked_add(right.0), SPAN, |nanos| Value::Duration(Duration(nanos)))
        }
        (Value::Timestamp(moment), Value::Duration(span))
        | (Value::Duration(span), Value::Timestamp(moment)) => {
            checked(moment.plus(*span), TIME, Value::Timestamp)
        }
        _ => Err(mismatch(left, "_+_")),
    }
}

/// A value that knows the operation, but not on this; or none that knows it.
fn mismatch(left: &Value<'_>, operator: &str) -> EvalError {
    let knows = match (left, operator) {
        (Value::Int(_) | Value::Uint(_) | Value::Double(_), _) => {
            operator != "_%_" || !matches!(left, Value::Double(_))
        }
        (Value::String(_) | Value::Bytes(_) | Value::List(_), "_+_") => true,
        (Value::Duration(_) | Value::Timestamp(_), "_+_" | "_-_") => true,
        _ => false,
    };
    if knows {
        EvalError::no_such_overload()
    } else {
        EvalError::new(format!("no such overload: {operator}"))
    }
}

/// Lists one after the other; lists of documents by the rules of their list type.
fn concatenate<'v>(left: &List<'v>, right: &List<'v>) -> Result<'v> {
    let mut values = left.to_vec()?;
    let mut added = right.to_vec()?;
    let shape = match left {
        List::Document { decl: Some(decl), .. } => Some(&decl.shape),
        _ => None,
    };
    match shape {
        Some(Shape::List { list: ListType::Set, .. }) => {
            for value in added {
                let mut known = false;
                for own in &values {
                    known |= own.equals(&value)?;
                }
                if !known {
                    values.push(value);
                }
            }
        }
        Some(Shape::List { list: ListType::Map, keys, .. }) => {
            for value in added {
                let key = element_key(&value, keys);
                match values.iter_mut().find(|own| same_key(&element_key(own, keys), &key)) {
                    Some(own) => *own = value,
                    None => values.push(value),
                }
            }
        }
        _ => values.append(&mut added),
    }
    Ok(Value::list(values))
}

fn subtract<'v>(args: &[Value<'v>]) -> Result<'v> {
    match (&args[0], &args[1]) {
        (Value::Int(left), Value::Int(right)) => checked(left.checked_sub(*right), INT, Value::Int),
        (Value::Uint(left), Value::Uint(right)) => checked(left.checked_sub(*right), UINT, Value::Uint),
        (Value::Double(left), Value::Double(right)) => Ok(Value::Double(left - right)),
        (Value::Duration(left), Value::Duration(right)) => {
            checked(left.0.checked_sub(right.0), SPAN, |nanos| Value::Duration(Duration(nanos)))
        }
        (Value::Timestamp(moment), Value::Duration(span)) => {
            let back = span.0.checked_neg().and_then(|nanos| moment.plus(Duration(nanos)));
            checked(back, TIME, Value::Timestamp)
        }
        (Value::Timestamp(left), Value::Timestamp(right)) => {
            checked(left.since(*right), SPAN, Value::Duration)
        }
        (left, _) => Err(mismatch(left, "_-_")),
    }
}

fn multiply<'v>(args: &[Value<'v>]) -> Result<'v> {
    match (&args[0], &args[1]) {
        (Value::Int(left), Value::Int(right)) => checked(left.checked_mul(*right), INT, Value::Int),
        (Value::Uint(left), Value::Uint(right)) => checked(left.checked_mul(*right), UINT, Value::Uint),
        (Value::Double(left), Value::Double(right)) => Ok(Value::Double(left * right)),
        (left, _) => Err(mismatch(left, "_*_")),
    }
}

fn divide<'v>(args: &[Value<'v>]) -> Result<'v> {
    match (&args[0], &args[1]) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => overflow("division by zero"),
        (Value::Int(left), Value::Int(right)) => checked(left.checked_div(*right), INT, Value::Int),
        (Value::Uint(left), Value::Uint(right)) => Ok(Value::Uint(left / right)),
        (Value::Double(left), Value::Double(right)) => Ok(Value::Double(left / right)),
        (left, _) => Err(mismatch(left, "_/_")),
    }
}

fn remainder<'v>(args: &[Value<'v>]) -> Result<'v> {
    match (&args[0], &args[1]) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => overflow("modulus by zero"),
        (Value::Int(left), Value::Int(right)) => checked(left.checked_rem(*right), INT, Value::Int),
        (Value::Uint(left), Value::Uint(right)) => Ok(Value::Uint(left % right)),
        (left, _) => Err(mismatch(left, "_%_")),
    }
}

/// The order of two values of one type, or of two numbers; an error where there is none.
pub(crate) fn compare(left: &Value<'_>, right: &Value<'_>) -> std::result::Result<Ordering, EvalError> {
    if let Some(order) = order_numbers(left, right) {
        return order.ok_or_else(|| EvalError::new("NaN values cannot be ordered"));
    }
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Ok(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Ok(left.as_str().cmp(right.as_str())),
        (Value::Bytes(left), Value::Bytes(right)) => Ok(left.cmp(right)),
        (Value::Timestamp(left), Value::Timestamp(right)) => Ok(left.cmp(right)),
        (Value::Duration(left), Value::Duration(right)) => Ok(left.cmp(right)),
        _ => Err(EvalError::no_such_overload()),
    }
}

fn ordered<'v>(args: &[Value<'v>], holds: fn(Ordering) -> bool) -> Result<'v> {
    compare(&args[0], &args[1]).map(|order| Value::Bool(holds(order)))
}

fn within<'v>(args: &[Value<'v>]) -> Result<'v> {
    match &args[1] {
        Value::List(list) => contains(list, &args[0]).map(Value::Bool),
        Value::Map(map) => match (map, &args[0]) {
            (Map::Built(entries), key) => Ok(Value::Bool(entries.contains_key(&Key(key.clone())))),
            (map, key) => match map.find(key) {
                Some(Err(error)) => Err(error),
                found => Ok(Value::Bool(found.is_some())),
            },
        },
        _ => Err(EvalError::no_such_overload()),
    }
}

/// Whether an element of the list equals the value.
pub(super) fn contains<'v>(list: &List<'v>, value: &Value<'v>) -> std::result::Result<bool, EvalError> {
    let mut failed = None;
    for element in list.iter() {
        match element.and_then(|element| element.equals(value)) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(false), Err)
}

fn size<'v>(args: &[Value<'v>]) -> Result<'v> {
    match &args[0] {
        value @ (Value::String(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_)) => {
            Ok(Value::Int(i64::try_from(value.size()).unwrap_or(i64::MAX)))
        }
        _ => Err(EvalError::new("no such overload: size")),
    }
}
