//! Values as Go's `fmt` prints them with `%v` and `%q`.

use std::fmt::Write;

use amethyst_gotemplate::{ListKind, Value};

use crate::arguments::DEPTH_MAX;
use crate::unicode::{Runes, is_print};

/// The value as `%v` prints it.
pub fn print(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, 0, &mut out);
    out
}

/// A float as `%v` prints it: shortest digits, an exponent from 1e-05 down and from 1e+06 up.
pub(crate) fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or_default();
    if (-4..FLOAT_POWER_MAX).contains(&power) {
        format!("{value}")
    } else {
        let sign = if power < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", power.unsigned_abs())
    }
}

/// From this power of ten on, floats have an exponent.
const FLOAT_POWER_MAX: i32 = 6;

fn write(value: &Value, depth: usize, out: &mut Vec<u8>) {
    match value {
        Value::Nil => out.extend_from_slice(b"<nil>"),
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Value::Int(_, value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Uint(_, value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Float(value) => out.extend_from_slice(float(*value).as_bytes()),
        Value::String(text) => out.extend_from_slice(text.as_bytes()),
        Value::Binary(bytes) => out.extend_from_slice(bytes),
        // Only a map that holds itself is so deep; Go's stack overflows there.
        Value::List(_) | Value::Map(_) if depth > DEPTH_MAX => out.extend_from_slice(b"..."),
        Value::List(list) => {
            out.push(b'[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write(item, depth + 1, out);
            }
            out.push(b']');
        }
        Value::Map(map) => {
            out.extend_from_slice(b"map[");
            for (index, (key, item)) in map.pairs().iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(key.as_bytes());
                out.push(b':');
                write(item, depth + 1, out);
            }
            out.push(b']');
        }
        Value::Native(native) => out.extend_from_slice(native.print().as_bytes()),
    }
}

/// sprig's `strval`: strings as they are, bytes as a string, all else as `%v`.
pub(crate) fn string_of(value: &Value) -> Value {
    match value {
        Value::String(_) | Value::Binary(_) => value.clone(),
        Value::List(list) if list.kind() == ListKind::Byte => Value::bytes_string(bytes_of(value)),
        Value::Int(_, number) => Value::from(number.to_string()),
        Value::Float(number) => Value::from(float(*number)),
        _ => Value::bytes_string(print(value)),
    }
}

/// The bytes of a `[]byte`; of anything else none.
pub(crate) fn bytes_of(value: &Value) -> Vec<u8> {
    let byte = |item: &Value| if let Value::Uint(_, byte) = item { *byte as u8 } else { 0 };
    value.as_list().map(|list| list.iter().map(byte).collect()).unwrap_or_default()
}

/// The bytes as `strconv.Quote` shows them.
pub(crate) fn quote(bytes: &[u8], out: &mut String) {
    out.push('"');
    for (rune, raw) in Runes::new(bytes) {
        let Some(rune) = rune else {
            for byte in raw {
                let _ = write!(out, "\\x{byte:02x}");
            }
            continue;
        };
        match rune {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            _ if is_print(rune) => out.push(rune),
            '\0'..' ' | '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(rune));
            }
            ..='\u{ffff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(rune));
            }
            _ => {
                let _ = write!(out, "\\U{:08x}", u32::from(rune));
            }
        }
    }
    out.push('"');
}

/// As [`quote`], from text.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote(text.as_bytes(), &mut out);
    out
}
