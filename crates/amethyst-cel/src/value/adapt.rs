//! From documents to values (apiserver `pkg/cel/common/valuesunstructured.go`).

use amethyst_object::Value as Document;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::{List, Map, Value};
use crate::error::EvalError;
use crate::moment::{Duration, Timestamp};
use crate::rules::{Decl, Shape};

fn invalid<'a>(expected: &str, found: &Document) -> Result<Value<'a>, EvalError> {
    let found = match found {
        Document::Null => "<nil>",
        Document::Bool(_) => "bool",
        Document::Number(number) if number.as_i64().is_some() => "int64",
        Document::Number(_) => "float64",
        Document::String(_) => "string",
        Document::Array(_) => "[]interface {}",
        Document::Object(_) => "map[string]interface {}",
    };
    Err(EvalError::new(format!("invalid data, expected {expected}, got {found}")))
}

impl<'a> Value<'a> {
    /// A document as expressions see it: with a schema typed by it, without one by its JSON.
    pub fn document(document: &'a Document) -> Self {
        match document {
            Document::Null => Self::Null,
            Document::Bool(value) => Self::Bool(*value),
            Document::Number(number) => {
                number.as_i64().map_or_else(|| Self::Double(number.as_f64()), Self::Int)
            }
            Document::String(text) => Self::from(text.as_str()),
            Document::Array(items) => Self::List(List::Document { items, decl: None }),
            Document::Object(pairs) => Self::Map(Map::Document { pairs, decl: None }),
        }
    }

    /// A map of a document, without a schema.
    pub fn map(pairs: &'a amethyst_object::Map) -> Self {
        Self::Map(Map::Document { pairs, decl: None })
    }

    pub(crate) fn read(document: &'a Document, decl: Option<&'a Decl>) -> Result<Self, EvalError> {
        let Some(decl) = decl else { return Ok(Self::document(document)) };
        if document.is_null() {
            if decl.nullable {
                return Ok(Self::Null);
            }
            return Err(EvalError::new("invalid data, got null for schema with nullable=false"));
        }
        match (&decl.shape, document) {
            (Shape::IntOrString, Document::String(text)) => Ok(Self::from(text.as_str())),
            (Shape::IntOrString, Document::Number(number)) if number.as_i64().is_some() => {
                Ok(Self::Int(number.as_i64().unwrap_or_default()))
            }
            (Shape::IntOrString, _) => Err(EvalError::new(
                "invalid data, expected XIntOrString value to be either a string or integer",
            )),
            (Shape::Object(_) | Shape::Map(_) | Shape::Untyped(_), Document::Object(pairs)) => {
                Ok(Self::Map(Map::Document { pairs, decl: Some(decl) }))
            }
            (Shape::Object(_) | Shape::Map(_) | Shape::Untyped(_), _) => {
                Err(EvalError::new("invalid data, expected a map for the provided schema with type=object"))
            }
            (Shape::List { .. }, Document::Array(items)) => {
                Ok(Self::List(List::Document { items, decl: Some(decl) }))
            }
            (Shape::List { .. }, _) => {
                Err(EvalError::new("invalid data, expected an array for the provided schema with type=array"))
            }
            (Shape::Bool, Document::Bool(value)) => Ok(Self::Bool(*value)),
            (Shape::Bool, _) => invalid("bool", document),
            (Shape::Double, Document::Number(number)) => Ok(Self::Double(number.as_f64())),
            (Shape::Double, _) => invalid("float", document),
            (Shape::Int, Document::Number(number)) => {
                number.as_i64().map_or_else(|| invalid("int", document), |value| Ok(Self::Int(value)))
            }
            (Shape::Int, _) => invalid("int", document),
            (Shape::Preserved, _) => Ok(Self::Preserved(document)),
            (shape, Document::String(text)) => read_text(shape, text),
            (_, _) => invalid("string", document),
        }
    }
}

fn read_text<'a>(shape: &Shape, text: &'a str) -> Result<Value<'a>, EvalError> {
    let wrong = |what: &str| EvalError::new(format!("Invalid {what} formatted string {text}"));
    Ok(match shape {
        Shape::Bytes => Value::Bytes(BASE64_STANDARD.decode(text).map_err(|_| wrong("byte"))?.into()),
        Shape::Date => Value::Timestamp(Timestamp::parse_date(text).ok_or_else(|| wrong("date"))?),
        Shape::DateTime => Value::Timestamp(Timestamp::parse(text).ok_or_else(|| wrong("date-time"))?),
        Shape::Duration => {
            let parsed = Duration::parse(text);
            Value::Duration(
                parsed.map_err(|error| EvalError::new(format!("Invalid duration {text}: {error}")))?,
            )
        }
        _ => Value::from(text),
    })
}
