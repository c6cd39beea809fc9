//! Values as Go prints them, for the messages that clients see.

use std::fmt::Write as _;

use amethyst_object::{Number, Value};

/// As `%v` prints an unstructured value.
pub(crate) fn plain(value: &Value) -> String {
    let mut out = String::new();
    write_plain(value, &mut out);
    out
}

/// As `%v` of Go prints a document without types: `map[a:[1 2]]`.
pub fn go_text(value: &Value) -> String {
    plain(value)
}

/// As `%v` prints a list of unstructured values.
pub(crate) fn plain_list(values: &[Value]) -> String {
    let mut out = String::new();
    write_list(values, &mut out);
    out
}

fn write_plain(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) => out.push_str(&number(value)),
        Value::String(value) => out.push_str(value),
        Value::Array(values) => write_list(values, out),
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| *key);
            out.push_str("map[");
            for (index, (key, value)) in pairs.into_iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                write_plain(value, out);
            }
            out.push(']');
        }
    }
}

fn write_list(values: &[Value], out: &mut String) {
    out.push('[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        write_plain(value, out);
    }
    out.push(']');
}

/// As `%#v` prints an unstructured value.
pub(crate) fn sharp(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => number(value),
        Value::String(value) => quote(value),
        Value::Array(values) => {
            let items: Vec<String> = values.iter().map(sharp).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| *key);
            let items: Vec<String> =
                pairs.into_iter().map(|(key, value)| format!("{}:{}", quote(key), sharp(value))).collect();
            format!("map[string]interface {{}}{{{}}}", items.join(", "))
        }
    }
}

/// As `%T` names the type of an unstructured value.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_integer() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// As `%v` prints an `int64` or a `float64`.
pub(crate) fn number(number: &Number) -> String {
    float(number, 2)
}

/// As JSON is written from an `int64` or a `float64`.
pub(crate) fn json_number(number: &Number) -> String {
    let size = number.as_f64().abs();
    // JSON turns to exponents later for small numbers than `%v` does.
    if (1e-6..1e-4).contains(&size) { number.as_f64().to_string() } else { float(number, 1) }
}

fn float(number: &Number, exponent_digits: usize) -> String {
    if number.is_integer() {
        return number.as_str().into();
    }
    let float = number.as_f64();
    let scientific = format!("{float:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..21).contains(&exponent) {
        return float.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:0exponent_digits$}", exponent.abs())
}

/// As `%q` quotes a string.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            char if char < ' ' || char == '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", char as u32);
            }
            char => out.push(char),
        }
    }
    out.push('"');
    out
}
