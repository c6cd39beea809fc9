//! Numbers and strings as Go prints them.

use crate::value::{Map, Value};

/// A float as `%g` prints it: shortest, with an exponent when it is very small or large.
pub(crate) fn float_text(value: f64) -> String {
    amethyst_schema::go_float(value)
}

/// A string in quotes, as `%q` prints it.
pub(crate) fn quote_go(text: &str) -> String {
    amethyst_schema::go_quote(text)
}

/// A value as `%v` prints it in errors.
pub(crate) fn show(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Double(value) => float_text(*value),
        Value::String(text) => text.to_string(),
        Value::Timestamp(moment) => moment.to_string(),
        Value::Duration(span) => span.seconds_text(),
        Value::Type(ty) => ty.name().to_owned(),
        Value::List(list) => {
            let shown: Vec<String> = list
                .iter()
                .map(|value| value.map_or_else(|error| error.to_string(), |value| show(&value)))
                .collect();
            format!("[{}]", shown.join(", "))
        }
        Value::Map(map @ Map::Built(_)) => {
            let shown: Vec<String> = map
                .keys()
                .iter()
                .map(|key| match map.find(key) {
                    Some(Ok(value)) => format!("{}: {}", show(key), show(&value)),
                    _ => show(key),
                })
                .collect();
            format!("{{{}}}", shown.join(", "))
        }
        other => other.ty().name().to_owned(),
    }
}
