//! What a document is built of: any program's own values.

use amethyst_object::{Map, Number, Str, Value};

use crate::number::json_float;

/// Makes values of one kind. [`parse_one_with`](crate::parse_one_with) calls it from the leaves up; merges,
/// aliases, duplicate keys and limits are dealt with before.
pub trait Make {
    /// What is made.
    type Value: Clone;

    /// Makes a null.
    fn null(&mut self) -> Self::Value;
    /// Makes a boolean.
    fn bool(&mut self, value: bool) -> Self::Value;
    /// Makes an integer: what fits `int64` or `uint64`.
    fn int(&mut self, value: i128) -> Self::Value;
    /// Makes a float that is finite.
    fn float(&mut self, value: f64) -> Self::Value;
    /// Makes a string.
    fn string(&mut self, text: &str) -> Self::Value;
    /// Makes a list.
    fn list(&mut self, items: Vec<Self::Value>) -> Self::Value;
    /// Makes a map. Each key stands once, at its first place, with its last value.
    fn map(&mut self, pairs: Vec<(Str, Self::Value)>) -> Self::Value;

    /// Makes an independent copy of a value, for an alias or a merge. Whose `clone` shares its parts must
    /// copy them here: in JSON, which Go passes documents through, nothing is shared.
    fn copy(&mut self, value: &Self::Value) -> Self::Value {
        value.clone()
    }
}

/// Makes documents of [`amethyst_object`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Values;

impl Make for Values {
    type Value = Value;

    fn null(&mut self) -> Value {
        Value::Null
    }

    fn bool(&mut self, value: bool) -> Value {
        Value::Bool(value)
    }

    fn int(&mut self, value: i128) -> Value {
        match i64::try_from(value) {
            Ok(value) => Value::from(value),
            Err(_) => Value::Number(Number::from_lexeme(value.to_string())),
        }
    }

    fn float(&mut self, value: f64) -> Value {
        Value::Number(Number::from_lexeme(json_float(value)))
    }

    fn string(&mut self, text: &str) -> Value {
        Value::String(text.into())
    }

    fn list(&mut self, items: Vec<Value>) -> Value {
        Value::Array(items)
    }

    fn map(&mut self, pairs: Vec<(Str, Value)>) -> Value {
        Value::Object(Map::from_distinct(pairs))
    }
}
