//! Quantities (apiserver `pkg/cel/library/quantity.go`).

use std::cmp::Ordering;
use std::sync::Arc;

use amethyst_schema::Quantity;

use super::{Native, no_overload};
use crate::error::EvalError;
use crate::value::Value;

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

const NANOS: i128 = 1_000_000_000;

/// A quantity's worth, in thousand-millionths; what is larger than fits saturates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    nanos: i128,
    /// It was written as a fraction (`1000m`), and upstream takes it for no integer.
    scaled: bool,
}

impl Number {
    fn parse(text: &str) -> std::result::Result<Self, EvalError> {
        let quantity = Quantity::parse(text).map_err(|error| EvalError::new(error.to_string()))?;
        let scaled = text.contains('.') || text.ends_with(['m', 'u', 'n']);
        Ok(Self { nanos: quantity.nanos(), scaled })
    }

    fn of(value: i64) -> Self {
        Self { nanos: i128::from(value) * NANOS, scaled: false }
    }

    /// The order of two quantities.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }

    fn integer(&self) -> Option<i64> {
        if self.scaled || self.nanos % NANOS != 0 {
            return None;
        }
        i64::try_from(self.nanos / NANOS).ok()
    }

    fn combined(&self, other: &Self, nanos: i128) -> Self {
        Self { nanos, scaled: (self.scaled || other.scaled) && nanos % NANOS != 0 }
    }
}

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "quantity" => |args| match args {
            [Value::String(text)] => Ok(Value::Quantity(Arc::new(Number::parse(text)?))),
            _ => no_overload("quantity", args),
        },
        "isQuantity" => |args| match args {
            [Value::String(text)] => Ok(Value::Bool(Number::parse(text).is_ok())),
            _ => no_overload("isQuantity", args),
        },
        "sign" => |args| one("sign", args, |own| Ok(Value::Int(own.nanos.signum() as i64))),
        "asInteger" => |args| {
            one("asInteger", args, |own| {
                own.integer().map(Value::Int).ok_or_else(|| EvalError::new("cannot convert value to integer"))
            })
        },
        "isInteger" => |args| one("isInteger", args, |own| Ok(Value::Bool(own.integer().is_some()))),
        "asApproximateFloat" => {
            |args| one("asApproximateFloat", args, |own| Ok(Value::Double(own.nanos as f64 / 1e9)))
        }
        "add" => |args| two("add", args, i128::saturating_add),
        "sub" => |args| two("sub", args, i128::saturating_sub),
        "isGreaterThan" => |args| {
            super::semver::ordered("isGreaterThan", args, |order| Value::Bool(order == Ordering::Greater))
        },
        "isLessThan" => {
            |args| super::semver::ordered("isLessThan", args, |order| Value::Bool(order == Ordering::Less))
        }
        "compareTo" => |args| super::semver::ordered("compareTo", args, |order| Value::Int(order as i64)),
        _ => return None,
    })
}

fn one<'v>(name: &str, args: &[Value<'v>], read: fn(&Number) -> Result<'v>) -> Result<'v> {
    match args {
        [Value::Quantity(own)] => read(own),
        _ => no_overload(name, args),
    }
}

fn two<'v>(name: &str, args: &[Value<'v>], combine: fn(i128, i128) -> i128) -> Result<'v> {
    let (own, other) = match args {
        [Value::Quantity(own), Value::Quantity(other)] => (own, **other),
        [Value::Quantity(own), Value::Int(other)] => (own, Number::of(*other)),
        _ => return no_overload(name, args),
    };
    Ok(Value::Quantity(Arc::new(own.combined(&other, combine(own.nanos, other.nanos)))))
}
