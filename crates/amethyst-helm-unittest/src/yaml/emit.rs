//! Values to YAML text, to the byte as go-yaml v3 encodes them with two spaces of indentation.

use amethyst_yaml::{Writer, natural_order_of_v3};

use crate::value::{Key, KeyKind, Map, Value, go_float};

/// The value as YAML text, ending in a line break.
pub(crate) fn emit(value: &Value) -> String {
    root(value, false)
}

/// As [`emit`], but strings lose the empty lines that they begin with: what helm-unittest shows and keeps.
pub(crate) fn emit_trusted(value: &Value) -> String {
    root(value, true)
}

fn root(value: &Value, trims: bool) -> String {
    let mut writer = Writer::indented();
    write(&mut writer, value, trims);
    writer.finish()
}

fn write(writer: &mut Writer, value: &Value, trims: bool) {
    match value {
        Value::List(items) => {
            writer.begin_list(items.is_empty());
            for item in items {
                write(writer, item, trims);
            }
            writer.end();
        }
        Value::Map(map) => {
            writer.begin_map(map.is_empty());
            for (key, value) in sorted(map) {
                match key.kind {
                    KeyKind::String => writer.key(&key.text),
                    _ => writer.plain_key(&key.text),
                }
                write(writer, value, trims);
            }
            writer.end();
        }
        Value::String(text) => writer.string(if trims { text.trim_start_matches('\n') } else { text }),
        other => writer.number(&scalar_text(other)),
    }
}

/// A scalar that is no string, as it is written.
pub(crate) fn scalar_text(value: &Value) -> String {
    match value {
        Value::Float(value) => match go_float(*value).as_str() {
            "+Inf" => ".inf".to_owned(),
            "-Inf" => "-.inf".to_owned(),
            "NaN" => ".nan".to_owned(),
            text => text.to_owned(),
        },
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Time(text) | Value::String(text) => text.to_string(),
        Value::List(_) | Value::Map(_) => String::new(),
    }
}

/// The pairs in the order they are written. The order is not total for odd mixtures of digits and signs, and
/// the library's sort may panic on such an order; this merge sort only asks which key is before which.
fn sorted(map: &Map) -> Vec<(&Key, &Value)> {
    let pairs: Vec<(&Key, &Value)> = map.iter().collect();
    if pairs.windows(2).all(|pair| is_before(pair[0].0, pair[1].0)) { pairs } else { merge_sorted(pairs) }
}

fn merge_sorted<'a>(mut pairs: Vec<(&'a Key, &'a Value)>) -> Vec<(&'a Key, &'a Value)> {
    if pairs.len() < 2 {
        return pairs;
    }
    let right = pairs.split_off(pairs.len() / 2);
    let (left, right) = (merge_sorted(pairs), merge_sorted(right));
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let takes_right = is_before(b.0, a.0);
        merged.extend(if takes_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

/// go-yaml v3's `keyList.Less`: numbers before strings, letters after everything else, runs of digits by
/// their number.
pub(crate) fn is_before(a: &Key, b: &Key) -> bool {
    if a.kind != KeyKind::String || b.kind != KeyKind::String {
        let number = |key: &Key| match key.kind {
            KeyKind::Bool => Some(if key.text == "true" { 1.0 } else { 0.0 }),
            KeyKind::Number => key.text.parse::<f64>().ok(),
            KeyKind::String | KeyKind::Other => None,
        };
        return match (number(a), number(b)) {
            (Some(a), Some(b)) => a < b,
            (a, b) => a.is_some() && b.is_none(),
        };
    }
    natural_order_of_v3(&a.text, &b.text).is_lt()
}

#[cfg(test)]
mod tests;
