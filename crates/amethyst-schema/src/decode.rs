//! Values against the Go types of built-in kinds: what `encoding/json` refuses, in its words.

mod canonical;
mod go_type;

pub use canonical::{canonicalize, omit_empty};

use amethyst_object::{FieldPath, Map, PathElement, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::quantity::{Quantity, QuantityError};
use crate::time::{canonical_micro_time, canonical_time, time_error};
use crate::{Node, NodeId, SchemaRef, Type};

#[cfg(test)]
mod tests;

/// The format of `metav1.MicroTime`, which OpenAPI does not tell from `date-time`.
pub const MICRO_TIME: &str = "micro-time";

/// Where a document does not fit its Go type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeFault {
    /// The place.
    pub path: FieldPath,
    /// The node of the innermost object with declared fields around the place.
    pub owner: NodeId,
    /// The name of the Go type: `int32`, `[]string`, `v1.PodSpec`.
    pub expected: String,
    /// What is there, as Go says it: `string`, `number 1.5`.
    pub found: String,
    /// The whole sentence of a type that decodes itself (quantities, times, base64).
    pub reason: Option<String>,
}

impl DecodeFault {
    /// The error of `encoding/json`. `owner` is the Go name of the struct around (`DeploymentSpec`); of a
    /// named node it is found in `schemas` when left out.
    pub fn message(&self, schemas: &crate::Schemas, owner: Option<&str>) -> String {
        if let Some(reason) = &self.reason {
            return reason.clone();
        }
        let mut fields = String::new();
        for element in self.path.elements() {
            if let PathElement::Key(key) = element {
                if !fields.is_empty() {
                    fields.push('.');
                }
                fields.push_str(key);
            }
        }
        let found = &self.found;
        if fields.is_empty() {
            return format!("json: cannot unmarshal {found} into Go value of type {}", self.expected);
        }
        let owner = owner.map_or_else(|| go_type::short_name(schemas, self.owner), str::to_owned);
        format!(
            "json: cannot unmarshal {found} into Go struct field {owner}.{fields} of type {}",
            self.expected
        )
    }
}

/// Whether `value` decodes into the Go type that `schema` describes; the first thing that does not.
pub fn decode_check(value: &Value, schema: SchemaRef<'_>) -> Result<(), DecodeFault> {
    Walk { path: FieldPath::default(), owner: schema.id }.value(value, schema)
}

struct Walk {
    path: FieldPath,
    owner: NodeId,
}

impl Walk {
    fn value(&mut self, value: &Value, schema: SchemaRef<'_>) -> Result<(), DecodeFault> {
        let node = schema.node();
        match (node.ty, value) {
            // null leaves a Go value as it is.
            (_, Value::Null) | (Type::Any, _) => Ok(()),
            (Type::Object, Value::Object(map)) => self.object(map, schema),
            (Type::Array, Value::Array(items)) => {
                let Some(child) = schema.items() else { return Ok(()) };
                for (index, item) in items.iter().enumerate() {
                    self.path.push_index(index);
                    self.value(item, child)?;
                    self.path.pop();
                }
                Ok(())
            }
            _ => scalar(value, node).map_err(|reason| DecodeFault {
                path: self.path.clone(),
                owner: self.owner,
                expected: if node.ty == Type::IntOrString { "int32".to_owned() } else { go_type::of(schema) },
                found: found(value, matches!(node.ty, Type::Integer | Type::Number | Type::IntOrString)),
                reason,
            }),
        }
    }

    fn object(&mut self, map: &Map, schema: SchemaRef<'_>) -> Result<(), DecodeFault> {
        let outer = self.owner;
        if !schema.node().fields.is_empty() {
            self.owner = schema.id;
        }
        for (key, value) in map.iter() {
            let Some(child) = schema.child(key) else { continue };
            if schema.field(key).is_some() {
                self.path.push_key(key.clone());
            } else {
                self.path.push_map_key(key.clone());
            }
            self.value(value, child)?;
            self.path.pop();
        }
        self.owner = outer;
        Ok(())
    }
}

/// Whether a scalar fits its type; a type that decodes itself has a sentence of its own for what does not.
fn scalar(value: &Value, node: &Node) -> Result<(), Option<String>> {
    let quantity = |text: &str| Quantity::parse(text).map(drop).map_err(|error| Some(error.to_string()));
    let fits = match (node.ty, value) {
        (Type::Boolean, Value::Bool(_)) | (Type::IntOrString, Value::String(_)) => true,
        (Type::Number, Value::Number(number)) => number.as_f64().is_finite(),
        (Type::Integer, Value::Number(number)) => is_integer(number.as_i64(), number.as_str(), &node.format),
        (Type::String, _) => match self_decoding(value, &node.format) {
            Some(outcome) => return outcome.map_err(Some),
            None => value.as_str().is_some(),
        },
        (Type::Quantity, Value::String(text)) => return quantity(text.trim()),
        (Type::Quantity, Value::Number(number)) => return quantity(number.as_str()),
        (Type::Quantity, _) => return Err(Some(QuantityError::Format.to_string())),
        (Type::IntOrString, Value::Number(number))
            if is_integer(number.as_i64(), number.as_str(), "int32") =>
        {
            true
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(None) }
}

fn is_integer(value: Option<i64>, lexeme: &str, format: &str) -> bool {
    match format {
        "int32" => value.is_some_and(|value| i32::try_from(value).is_ok()),
        "uint64" => lexeme.parse::<u64>().is_ok(),
        "uint32" => value.is_some_and(|value| u32::try_from(value).is_ok()),
        _ => value.is_some(),
    }
}

/// What `encoding/json` calls a value; numbers that do not fit are shown.
fn found(value: &Value, shows_number: bool) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(number) if shows_number => format!("number {}", number.as_str()),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    }
}

/// Strings of types with their own decoder; nothing for plain strings.
fn self_decoding(value: &Value, format: &str) -> Option<Result<(), String>> {
    let parse: fn(&str) -> Result<(), String> = match format {
        "date-time" => |text| canonical_time(text).map(drop).ok_or_else(|| time_error(text, false)),
        MICRO_TIME => |text| canonical_micro_time(text).map(drop).ok_or_else(|| time_error(text, true)),
        "byte" => check_base64,
        _ => return None,
    };
    // What is no string is refused before the decoder sees it.
    value.as_str().map(parse)
}

fn check_base64(text: &str) -> Result<(), String> {
    // Go's decoder skips line breaks.
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    match STANDARD.decode(&text) {
        Ok(_) => Ok(()),
        Err(base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _)) => {
            Err(format!("illegal base64 data at input byte {at}"))
        }
        Err(_) => Err(format!("illegal base64 data at input byte {}", text.len() / 4 * 4)),
    }
}
