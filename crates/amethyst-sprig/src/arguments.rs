//! Arguments as function bodies read them, and rows of the tables of functions.
//!
//! The executor has held arguments against the signature before a body sees them; what cannot be is read as
//! the zero of its type, never with a panic.

use std::borrow::Cow;

use amethyst_gotemplate::{Call, CallError, Function, Map, MapKind, Type, Value};

use crate::nil::nil_map;

/// What a body gives back.
pub(crate) type Answer = Result<Value, CallError>;

pub(crate) const ANY: Type = Type::Any;
pub(crate) const BOOL: Type = Type::Bool;
pub(crate) const INT: Type = Type::Int;
pub(crate) const MAP: Type = Type::Map;
pub(crate) const STRING: Type = Type::String;

/// What Go says when the type of nil is asked for its kind.
pub(crate) const NIL_DEREFERENCE: &str = "runtime error: invalid memory address or nil pointer dereference";

/// What `reflect` says when it is asked for the type of nil.
pub(crate) const ZERO_VALUE: &str = "reflect: call of reflect.Value.Type on zero Value";

/// No function makes more bytes or elements at once than this; Go would run out of memory.
pub(crate) const SIZE_MAX: usize = 1 << 28;

/// How much one call writes of a value: what lists share stands in a text as often as it is reached.
///
/// Tests, which are built without optimization, come to the bounds sooner.
pub(crate) const WRITTEN_BYTES_MAX: usize = if cfg!(test) { 4 << 20 } else { 128 << 20 };

/// How many parts one call copies.
pub(crate) const PARTS_MAX: usize = if cfg!(test) { 100_000 } else { 1_000_000 };

/// What is said past these.
pub(crate) const TOO_LARGE: &str = "the value is too large to be written or copied: fewer parts are expected";

/// The text, or nothing instead of an error; but one that is not Go's is told.
pub(crate) fn quiet(text: Result<String, String>) -> Answer {
    match text {
        Err(text) if text == TOO_LARGE => Err(text.into()),
        text => Ok(Value::from(text.unwrap_or_default())),
    }
}

/// How deep values are followed; only a map that holds itself is deeper.
pub(crate) const DEPTH_MAX: usize = 500;

/// A row: a function with a fixed number of parameters.
pub(crate) const fn fixed(name: &'static str, parameters: &'static [Type], call: Call) -> Function {
    Function { name, parameters, variadic: None, call }
}

/// A row: a function that takes any number of further arguments of one type.
pub(crate) const fn variadic(
    name: &'static str,
    parameters: &'static [Type],
    further: Type,
    call: Call,
) -> Function {
    Function { name, parameters, variadic: Some(further), call }
}

/// Any argument.
pub(crate) fn any(arguments: &[Value], at: usize) -> &Value {
    const NIL: &Value = &Value::Nil;
    arguments.get(at).unwrap_or(NIL)
}

/// The bytes of a string.
pub(crate) fn bytes(arguments: &[Value], at: usize) -> &[u8] {
    any(arguments, at).as_bytes().unwrap_or_default()
}

/// A string as text; what is no UTF-8 is replaced.
pub(crate) fn text(arguments: &[Value], at: usize) -> Cow<'_, str> {
    any(arguments, at).as_str().unwrap_or_default()
}

/// An `int` or `int64`.
pub(crate) fn int(arguments: &[Value], at: usize) -> i64 {
    match any(arguments, at) {
        Value::Int(_, value) => *value,
        Value::Uint(_, value) => *value as i64,
        _ => 0,
    }
}

/// A `bool`.
pub(crate) fn boolean(arguments: &[Value], at: usize) -> bool {
    matches!(any(arguments, at), Value::Bool(true))
}

/// A map; in Go it has the parameter's type now, whatever it was before.
pub(crate) fn map(arguments: &[Value], at: usize) -> Map {
    match any(arguments, at).as_map() {
        Some(map) if map.kind() == MapKind::Values => map.with_type(MapKind::Any),
        Some(map) => map.clone(),
        None => nil_map(),
    }
}

/// A string from bytes of a string: text stays text without a look at it.
pub(crate) fn part(of: &Value, bytes: &[u8]) -> Value {
    match (of, std::str::from_utf8(bytes)) {
        (_, Ok(text)) => Value::from(text),
        _ => Value::Binary(bytes.into()),
    }
}
