//! Documents to YAML text, to the byte as `sigs.k8s.io/yaml` marshals them.

use amethyst_object::{Map, Number, Str, Value};

use crate::Dialect;
use crate::number::go_float;
use crate::resolve::{Scalar, resolve};
use crate::write::{Writer, is_sorted, sort_by_key};

/// The document as YAML text, ending in a line break; keys stand in natural order.
pub fn emit(value: &Value) -> String {
    let mut writer = Writer::new();
    write_value(&mut writer, value);
    writer.finish()
}

/// Writes a document or a part of one.
pub fn write_value(writer: &mut Writer, value: &Value) {
    match value {
        Value::Null => writer.null(),
        Value::Bool(value) => writer.bool(*value),
        Value::Number(number) => write_number(writer, number),
        Value::String(text) => writer.string(text),
        Value::Array(items) => {
            writer.begin_list(items.is_empty());
            for item in items {
                write_value(writer, item);
            }
            writer.end();
        }
        Value::Object(map) => write_map(writer, map),
    }
}

fn write_map(writer: &mut Writer, map: &Map) {
    writer.begin_map(map.is_empty());
    if map.len() < 2 || is_sorted(map.keys().map(Str::as_str), Dialect::GoV2) {
        for (key, value) in map.iter() {
            writer.key(key);
            write_value(writer, value);
        }
    } else {
        let mut pairs: Vec<(&Str, &Value)> = map.iter().collect();
        sort_by_key(&mut pairs, Dialect::GoV2, |pair| pair.0);
        for (key, value) in pairs {
            writer.key(key);
            write_value(writer, value);
        }
    }
    writer.end();
}

/// Go's `interface{}` numbers: integers as they are, all else as a float in its shortest form.
fn write_number(writer: &mut Writer, number: &Number) {
    let lexeme = number.as_str();
    let digits = lexeme.strip_prefix('-').unwrap_or(lexeme);
    let is_short = digits.len() <= 18 && (digits == lexeme || digits != "0");
    if is_short
        && (digits == "0" || digits.starts_with(|first| matches!(first, '1'..='9')))
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return writer.number(lexeme);
    }
    match resolve(lexeme, Dialect::GoV2) {
        Scalar::Int(value) => writer.number(&value.to_string()),
        Scalar::Float(value) => writer.number(&go_float(value)),
        _ => writer.number(lexeme),
    }
}
