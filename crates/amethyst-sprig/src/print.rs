//! Values as Go's `fmt` prints them with `%v` and `%q`.

use std::fmt::Write;

use amethyst_gotemplate::print::{format_float, is_print, write_value};
use amethyst_gotemplate::{ListKind, Value};

use crate::unicode::Runes;

/// The value as `%v` prints it.
pub fn print(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write_value(&mut out, value);
    out
}

/// A float as `%v` prints it: shortest digits, an exponent from 1e-05 down and from 1e+06 up.
pub(crate) fn float(value: f64) -> String {
    format_float(value, 'g', None)
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
