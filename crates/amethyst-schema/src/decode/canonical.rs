//! Documents of built-in kinds as they come out of Go types.

use amethyst_object::{Number, Value};

use super::MICRO_TIME;
use crate::golang::Num;
use crate::quantity::Quantity;
use crate::time::{canonical_micro_time, canonical_time};
use crate::{SchemaRef, Type, golang};

/// Rewrites a document as decoding it into Go types and encoding it again would: fields of `null` vanish,
/// elements of `null` become zero values, quantities and times get their one spelling.
///
/// What does not decode is left as it is: [`decode_check`](crate::decode_check) names it.
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
            for item in items {
                element(item, child);
            }
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
            Type::Number if number.as_f64().is_finite() => *value = spelled(Num::of(number)),
            _ => {}
        },
        Value::Null | Value::Bool(_) => {}
    }
}

/// A float field as Go writes it.
fn spelled(number: Num) -> Value {
    Number::from_lexeme(golang::json_number(number)).into()
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
        Type::String if matches!(schema.node().format.as_str(), "date-time" | MICRO_TIME) => Value::Null,
        Type::String => "".into(),
        Type::Quantity => "0".into(),
        Type::Object if schema.node().additional.is_some() => Value::Null,
        Type::Object => Value::object(),
    };
}

/// Leaves out empty lists and empty maps of free keys in fields that need not be there, as `omitempty` does
/// for nearly all of them; objects with declared fields stay (`emptyDir: {}` says something).
pub fn omit_empty(value: &mut Value, schema: SchemaRef<'_>) {
    match value {
        Value::Object(map) => map.retain(|key, value| {
            let Some(child) = schema.child(key) else { return true };
            omit_empty(value, child);
            let may_go = schema.field(key).is_some_and(|field| !field.required);
            let is_empty = match (value, child.node().ty) {
                (Value::Array(items), Type::Array) => items.is_empty(),
                (Value::Object(map), Type::Object) => map.is_empty() && child.node().additional.is_some(),
                _ => false,
            };
            !(may_go && is_empty)
        }),
        Value::Array(items) => {
            let Some(child) = schema.items() else { return };
            for item in items {
                omit_empty(item, child);
            }
        }
        _ => {}
    }
}
