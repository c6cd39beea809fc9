//! Values in the spelling of Go's `fmt`, `strconv` and `encoding/json`, which upstream's messages use.

use std::fmt::Write;

use amethyst_object::{Number, Value};

/// A number as Go decodes JSON: an integer where it fits, a float otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Num {
    /// An `int64`.
    Int(i64),
    /// A `float64`.
    Float(f64),
}

impl Num {
    /// Reads a lexeme as apimachinery's JSON decoder does.
    pub(crate) fn of(number: &Number) -> Self {
        number.as_i64().map_or_else(|| Self::Float(number.as_f64()), Self::Int)
    }

    /// The number as a float.
    pub(crate) fn float(self) -> f64 {
        match self {
            Self::Int(int) => int as f64,
            Self::Float(float) => float,
        }
    }
}

/// `%v` of a float.
pub fn float(value: f64) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() { "-0".into() } else { "0".into() };
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    if value.is_nan() {
        return "NaN".into();
    }
    let (mantissa, exponent) = parts(value);
    // strconv's %g with the shortest digits writes an exponent below -4 and from 6 on.
    if (-4..6).contains(&exponent) { format!("{value}") } else { scientific(&mantissa, exponent, 2) }
}

/// A float as `encoding/json` writes it.
fn json_float(value: f64) -> String {
    if !value.is_finite() {
        // No JSON number in Go; the server refuses such documents when it reads them.
        return float(value);
    }
    if value == 0.0 || (1e-6..1e21).contains(&value.abs()) {
        return format!("{value}");
    }
    let (mantissa, exponent) = parts(value);
    scientific(&mantissa, exponent, 1)
}

/// A number as `encoding/json` writes it.
pub(crate) fn json_number(value: Num) -> String {
    match value {
        Num::Int(int) => int.to_string(),
        Num::Float(value) => json_float(value),
    }
}

fn parts(value: f64) -> (String, i32) {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').expect("Rust writes an exponent with {:e}");
    (mantissa.to_owned(), exponent.parse().expect("the exponent is an integer"))
}

fn scientific(mantissa: &str, exponent: i32, digits: usize) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:0digits$}", exponent.unsigned_abs())
}

/// `%v` of a number.
pub(crate) fn number(value: Num) -> String {
    match value {
        Num::Int(int) => int.to_string(),
        Num::Float(value) => float(value),
    }
}

/// `%q`.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if c < ' ' || c == '\u{7f}' => write!(out, "\\x{:02x}", c as u32).expect("strings take text"),
            c if is_printable(c) => out.push(c),
            c if (c as u32) < 0x1_0000 => write!(out, "\\u{:04x}", c as u32).expect("strings take text"),
            c => write!(out, "\\U{:08x}", c as u32).expect("strings take text"),
        }
    }
    out.push('"');
    out
}

/// Go's `unicode.IsPrint` for what messages meet: no controls, no spaces but the plain one, no format or private characters.
fn is_printable(c: char) -> bool {
    let unprintable = c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c as u32, 0xad | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe000..=0xf8ff | 0xfff0..=0xfffb | 0xe_0000..=0x10_ffff);
    !unprintable
}

/// A bad value as `field.Error` shows it: simple ones with `%v` and `%q`, others as JSON.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Number(lexeme) => number(Num::of(lexeme)),
        other => json(other),
    }
}

/// A value as `encoding/json` writes it: keys sorted, `<`, `>` and `&` escaped.
pub(crate) fn json(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(lexeme) => out.push_str(&json_number(Num::of(lexeme))),
        Value::String(text) => write_json_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_unstable_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (index, (key, value)) in pairs.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json_string(key, out);
                out.push(':');
                write_json(value, out);
            }
            out.push('}');
        }
    }
}

fn write_json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                write!(out, "\\u{:04x}", c as u32).expect("strings take text");
            }
            c if c < ' ' => write!(out, "\\u{:04x}", c as u32).expect("strings take text"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Whether a float is a whole number as go-openapi sees it.
pub(crate) fn is_whole(value: f64) -> bool {
    const LIMIT: f64 = 9_007_199_254_740_991.0;
    const EPSILON: f64 = 1e-9;
    if !value.is_finite() || value.abs() > LIMIT {
        return false;
    }
    let rounded = value.round();
    (value - rounded).abs() < f64::MIN_POSITIVE
        || (rounded != 0.0 && (value - rounded).abs() < EPSILON * rounded.abs())
}
