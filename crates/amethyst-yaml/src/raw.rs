//! Documents whose scalars keep their text, for kustomize.
//!
//! kyaml works on nodes that remember how a scalar was written: `1.10` in an annotation comes out as the
//! string "1.10", and a patch drops `key:` but keeps `key: null`. Such a document holds every scalar that is
//! neither a string nor a boolean nor an explicit null as a number whose lexeme is the text; [`settle`] turns
//! it into an ordinary document.

use amethyst_object::{Number, Value};

use crate::Dialect;
use crate::parse::{Document, YamlFault, read_raw};
use crate::resolve::{Scalar, resolve};

/// Reads all documents as [`Dialect::GoV3`], but numbers, timestamps and empty scalars become
/// [`Value::Number`] with their text as the lexeme. [`settle`] them before they leave.
pub fn parse_raw(text: &str) -> (Vec<Document>, Vec<YamlFault>) {
    read_raw(text)
}

/// The raw value of a plain scalar.
pub fn raw_scalar(text: &str) -> Value {
    raw_value(&resolve(text, Dialect::GoV3), text)
}

pub(crate) fn raw_value(scalar: &Scalar, text: &str) -> Value {
    match scalar {
        Scalar::Null if text.is_empty() => Value::Number(Number::from_lexeme("")),
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => Value::Bool(*value),
        Scalar::Int(_) | Scalar::Float(_) | Scalar::Timestamp => Value::Number(Number::from_lexeme(text)),
        Scalar::String => Value::String(text.into()),
    }
}

/// Turns a raw document into an ordinary one; the message says which number JSON cannot hold.
pub fn settle(value: &mut Value) -> Result<(), String> {
    match value {
        Value::Number(number) => {
            let settled =
                resolve(number.as_str(), Dialect::GoV3).into_value(number.as_str(), Dialect::GoV3)?;
            *value = settled;
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(settle),
        Value::Object(map) => map.iter_mut().try_for_each(|(_, value)| settle(value)),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}
