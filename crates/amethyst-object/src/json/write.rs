//! The JSON writer.

use crate::{Str, Value};

/// Canonical JSON: keys sorted bytewise, no white space.
pub fn to_vec(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write_canonical(value, &mut out);
    out
}

/// Canonical JSON as text.
pub fn to_string(value: &Value) -> String {
    String::from_utf8(to_vec(value)).expect("strings of documents are UTF-8")
}

/// JSON with keys in the order of the document.
pub fn to_string_in_order(value: &Value) -> String {
    let mut out = Vec::with_capacity(256);
    write(value, &mut out, false);
    String::from_utf8(out).expect("strings of documents are UTF-8")
}

/// Appends canonical JSON to `out`.
pub fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    write(value, out, true);
}

fn write(value: &Value, out: &mut Vec<u8>, sorted: bool) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => out.extend_from_slice(number.as_str().as_bytes()),
        Value::String(string) => write_string(string, out),
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out, sorted);
            }
            out.push(b']');
        }
        Value::Object(map) => {
            out.push(b'{');
            if sorted && !map.keys().is_sorted() {
                let mut pairs: Vec<(&Str, &Value)> = map.iter().collect();
                pairs.sort_unstable_by_key(|(key, _)| *key);
                write_pairs(pairs.into_iter(), out, sorted);
            } else {
                write_pairs(map.iter(), out, sorted);
            }
            out.push(b'}');
        }
    }
}

fn write_pairs<'a>(pairs: impl Iterator<Item = (&'a Str, &'a Value)>, out: &mut Vec<u8>, sorted: bool) {
    for (index, (key, value)) in pairs.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(key, out);
        out.push(b':');
        write(value, out, sorted);
    }
}

/// Appends one JSON string literal to `out`.
pub fn write_string(string: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = string.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..0x20 => b"",
            _ => continue,
        };
        out.extend_from_slice(&bytes[from..at]);
        if escape.is_empty() {
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
        } else {
            out.extend_from_slice(escape);
        }
        from = at + 1;
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}
