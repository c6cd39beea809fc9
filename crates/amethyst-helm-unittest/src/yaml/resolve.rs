//! What a plain scalar means to go-yaml v3.

use amethyst_object::Str;
use amethyst_yaml::Dialect;
use amethyst_yaml::node::Any;

use crate::value::{Key, KeyKind, Value};

/// What a scalar resolved to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// The time as RFC 3339 writes it.
    Time(Str),
    Merge,
    String,
}

impl Scalar {
    /// go-yaml's short name of the tag.
    pub(crate) fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Time(_) => "!!timestamp",
            Self::Merge => "!!merge",
            Self::String => "!!str",
        }
    }

    pub(crate) fn to_value(&self, text: &str) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Uint(value) => Value::Uint(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Time(time) => Value::Time(time.clone()),
            Self::Merge | Self::String => Value::String(text.into()),
        }
    }

    /// The scalar as a key; `text` is how it was written.
    pub(crate) fn to_key(&self, text: &str) -> Key {
        let (text, kind) = match self {
            Self::Null => ("null".into(), KeyKind::Other),
            Self::Bool(value) => (value.to_string().into(), KeyKind::Bool),
            Self::Int(value) => (value.to_string().into(), KeyKind::Number),
            Self::Uint(value) => (value.to_string().into(), KeyKind::Number),
            Self::Float(value) => (crate::value::go_float(*value).into(), KeyKind::Number),
            Self::Time(time) => (time.clone(), KeyKind::Other),
            Self::Merge | Self::String => (text.into(), KeyKind::String),
        };
        Key { text, kind }
    }
}

/// Resolves a plain scalar without a tag.
pub(crate) fn resolve(text: &str) -> Scalar {
    if text == "<<" { Scalar::Merge } else { of_any(amethyst_yaml::node::plain(text, Dialect::GoV3)) }
}

/// What a scalar resolved to by its value.
pub(super) fn of_any(value: Any) -> Scalar {
    match value {
        Any::Null => Scalar::Null,
        Any::Bool(value) => Scalar::Bool(value),
        Any::Int(value) => Scalar::Int(value),
        Any::Uint(value) => Scalar::Uint(value),
        Any::Float(value) => Scalar::Float(value),
        Any::Time(time) => Scalar::Time(time),
        Any::String(_) | Any::List(_) | Any::Map(_) => Scalar::String,
    }
}
