//! Values against the Go types of built-in kinds: what `encoding/json` refuses, in its words.

mod go_type;

use amethyst_object::{FieldPath, PathElement, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::golang::Num;
use crate::quantity::Quantity;
use crate::time::{canonical_micro_time, canonical_time, time_error};
use crate::{NodeId, SchemaRef, Type, golang};

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
        let reason = match (node.ty, value) {
            // null leaves a Go value as it is.
            (_, Value::Null)
            | (Type::Any, _)
            | (Type::Boolean, Value::Bool(_))
            | (Type::Number, Value::Number(_)) => return Ok(()),
            (Type::Object, Value::Object(_)) => return self.object(value, schema),
            (Type::Array, Value::Array(items)) => {
                let Some(child) = schema.items() else { return Ok(()) };
                for (index, item) in items.iter().enumerate() {
                    self.path.push_index(index);
                    self.value(item, child)?;
                    self.path.pop();
                }
                return Ok(());
            }
            (Type::Integer, Value::Number(number))
                if is_integer(number.as_i64(), number.as_str(), &node.format) =>
            {
                return Ok(());
            }
            (Type::String, _) => match self_decoding(value, &node.format) {
                Some(Ok(())) => return Ok(()),
                Some(Err(reason)) => Some(reason),
                None if value.as_str().is_some() => return Ok(()),
                None => None,
            },
            (Type::Quantity, Value::String(text)) => match Quantity::parse(text.trim()) {
                Ok(_) => return Ok(()),
                Err(error) => Some(error.to_string()),
            },
            (Type::Quantity, Value::Number(number)) => match Quantity::parse(number.as_str()) {
                Ok(_) => return Ok(()),
                Err(error) => Some(error.to_string()),
            },
            (Type::Quantity, _) => Some(crate::quantity::QuantityError::Format.to_string()),
            (Type::IntOrString, Value::String(_)) => return Ok(()),
            (Type::IntOrString, Value::Number(number))
                if number.as_i64().is_some_and(|int| i32::try_from(int).is_ok()) =>
            {
                return Ok(());
            }
            (Type::IntOrString, _) => {
                Some(format!("json: cannot unmarshal {} into Go value of type int32", found(value, true)))
            }
            _ => None,
        };
        Err(DecodeFault {
            path: self.path.clone(),
            owner: self.owner,
            expected: go_type::of(schema),
            found: found(value, node.ty == Type::Integer),
            reason,
        })
    }

    fn object(&mut self, value: &Value, schema: SchemaRef<'_>) -> Result<(), DecodeFault> {
        let Value::Object(map) = value else { return Ok(()) };
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
    Some(match value {
        Value::String(text) => parse(text),
        // Byte slices are decoded by encoding/json itself, which names the field.
        _ if format == "byte" => return None,
        other => Err(format!("json: cannot unmarshal {} into Go value of type string", found(other, false))),
    })
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

/// Rewrites a document as decoding it into Go types and encoding it again would: fields of `null` vanish,
/// elements of `null` become zero values, quantities and times get their one spelling.
///
/// What does not decode is left as it is: [`decode_check`] names it.
pub fn canonicalize(value: &mut Value, schema: SchemaRef<'_>) {
    let node = schema.node();
    match value {
        Value::Object(map) => {
            map.retain(|key, value| {
                let Some(child) = schema.child(key) else { return true };
                let is_field = schema.field(key).is_some();
                if value.is_null() && is_field && child.node().ty != Type::Any {
                    return false;
                }
                element(value, child);
                true
            });
        }
        Value::Array(items) => {
            let Some(child) = schema.items() else { return };
            items.iter_mut().for_each(|item| element(item, child));
        }
        Value::String(text) => {
            let canonical = match (node.ty, node.format.as_str()) {
                (Type::Quantity, _) => Quantity::parse(text.trim()).ok().map(|quantity| quantity.to_string()),
                (Type::String, "date-time") => canonical_time(text),
                (Type::String, MICRO_TIME) => canonical_micro_time(text),
                _ => None,
            };
            if let Some(canonical) = canonical.filter(|canonical| canonical != text.as_str()) {
                *value = canonical.into();
            }
        }
        Value::Number(number) => match node.ty {
            Type::Quantity => {
                if let Ok(quantity) = Quantity::parse(number.as_str()) {
                    *value = quantity.to_string().into();
                }
            }
            Type::Number => *value = spelled(Num::of(number)),
            _ => {}
        },
        Value::Null | Value::Bool(_) => {}
    }
}

/// A float field as Go writes it.
fn spelled(number: Num) -> Value {
    amethyst_object::Number::from_lexeme(golang::json_number(number)).into()
}

/// An element of a list or a free key's value: `null` is the zero value there.
fn element(value: &mut Value, schema: SchemaRef<'_>) {
    if !value.is_null() {
        canonicalize(value, schema);
        return;
    }
    *value = match schema.node().ty {
        Type::Any | Type::Array => Value::Null,
        Type::Boolean => false.into(),
        Type::Integer | Type::Number | Type::IntOrString => 0_i32.into(),
        Type::String if matches!(schema.node().format.as_str(), "date-time" | MICRO_TIME | "byte") => {
            Value::Null
        }
        Type::String => "".into(),
        Type::Quantity => "0".into(),
        Type::Object if schema.node().additional.is_some() => Value::Null,
        Type::Object => Value::object(),
    };
}
