//! The hash in the names of generated objects.

use std::fmt::Write;

use amethyst_object::{Map, Value};
use sha2::{Digest, Sha256};

use crate::id::text;

/// The suffix for an object: ten letters and digits of the SHA-256 of its canonical JSON.
pub(crate) fn suffix(object: &Map) -> Result<String, String> {
    let kind = object.str("kind").unwrap_or_default();
    let mut hashed = Map::new();
    hashed.insert("kind", kind);
    // Upstream looks for a field called `metadata/name`, which no object has (kubernetes-sigs/kustomize
    // api/hasher): the name is always empty.
    hashed.insert("name", "");
    let part = |key: &str| object.get(key).cloned().unwrap_or_else(|| Value::from(""));
    hashed.insert("data", part("data"));
    let optional = match kind {
        "Secret" => {
            hashed.insert("type", object.get("type").map(text).unwrap_or_default());
            "stringData"
        }
        _ => "binaryData",
    };
    if let Some(found @ Value::Object(_)) = object.get(optional) {
        hashed.insert(optional, found.clone());
    }
    let mut hashed = Value::Object(hashed);
    amethyst_yaml::settle(&mut hashed)?;
    let digest = Sha256::digest(go_json(&hashed).as_bytes());
    let mut hex = String::new();
    for byte in digest.iter().take(5) {
        let _ = write!(hex, "{byte:02x}");
    }
    let readable = |digit| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    Ok(hex.chars().map(readable).collect())
}

/// The text of [`write_go_json`].
pub(crate) fn go_json(value: &Value) -> String {
    let mut out = String::new();
    write_go_json(value, &mut out);
    out
}

/// JSON as `encoding/json` writes it: keys sorted, `<`, `>` and `&` escaped.
fn write_go_json(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_go_json(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, value)) in pairs.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_go_string(key, out);
                out.push(':');
                write_go_json(value, out);
            }
            out.push('}');
        }
        Value::String(text) => write_go_string(text, out),
        other => out.push_str(&amethyst_object::json::to_string(other)),
    }
}

fn write_go_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
