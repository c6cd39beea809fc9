//! Types: what a value is against what it should be.

use amethyst_object::Value;

use super::Walk;
use super::outcome::Outcome;
use crate::golang::{self, Num};
use crate::{Fault, Node, Type};

/// The `type` list of a node, as upstream's OpenAPI has it.
pub(super) fn names(ty: Type) -> &'static [&'static str] {
    match ty {
        Type::Any => &[],
        Type::Boolean => &["boolean"],
        Type::Integer => &["integer"],
        Type::Number => &["number"],
        Type::String => &["string"],
        Type::IntOrString => &["integer", "string"],
        Type::Quantity => &["string", "number"],
        Type::Object => &["object"],
        Type::Array => &["array"],
    }
}

/// A value's type and, for numbers, its Go type.
fn kind(value: &Value) -> (&'static str, &'static str) {
    match value {
        Value::Null => ("null", ""),
        Value::Bool(_) => ("boolean", ""),
        Value::String(_) => ("string", ""),
        Value::Array(_) => ("array", ""),
        Value::Object(_) => ("object", ""),
        Value::Number(number) => match Num::of(number) {
            Num::Int(_) => ("integer", "int64"),
            Num::Float(_) => ("number", "float64"),
        },
    }
}

impl Walk<'_> {
    /// The type validator, with upstream's leniencies: where a string format is declared, any list passes.
    pub(super) fn ty(&self, value: &Value, node: &Node) -> Outcome {
        let names = names(node.ty);
        let (kind, go_kind) = kind(value);
        let mut content = Outcome::default();
        content.count();
        if value.is_null() {
            if names.is_empty() || node.nullable {
                return content;
            }
            return self.wrong_type(&names.join(","), kind);
        }
        let has = |name: &str| names.contains(&name);
        let whole_float = value.as_number().map(Num::of).is_some_and(|number| match number {
            Num::Int(_) => false,
            Num::Float(float) => golang::is_whole(float),
        }) && has("integer");
        let fits = has(kind) || whole_float || (kind == "integer" && has("number"));
        let is_sequence = matches!(value, Value::String(_) | Value::Array(_));
        if !node.format.is_empty() {
            if !is_sequence && !fits && node.format != go_kind {
                return self.wrong_type(&node.format, go_kind);
            }
            if is_sequence && !has("number") && !has("integer") {
                return content;
            }
        }
        if fits { content } else { self.wrong_type(&names.join(","), kind) }
    }

    fn wrong_type(&self, expected: &str, found: &str) -> Outcome {
        self.fail(
            |name| format!("{name} in body must be of type {expected}: {}", golang::quote(found)),
            |path, detail| Fault::type_invalid(path, found, detail),
        )
    }
}

/// Whether a value is one of an enumeration: upstream converts it to the entry's Go type first, so that
/// a float loses its fraction against an integer.
pub(super) fn is_enum_match(value: &Value, allowed: &Value) -> bool {
    match (value, allowed) {
        (Value::Null, _) => false,
        (Value::Number(value), Value::Number(allowed)) => match (Num::of(value), Num::of(allowed)) {
            (value, Num::Float(allowed)) => {
                value.float().partial_cmp(&allowed).is_some_and(std::cmp::Ordering::is_eq)
            }
            (Num::Int(value), Num::Int(allowed)) => value == allowed,
            (Num::Float(value), Num::Int(allowed)) => value as i64 == allowed,
        },
        (value, allowed) => value == allowed,
    }
}
