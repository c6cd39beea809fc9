//! Values as text that goes into a file.

use amethyst_object::Value;

use crate::emit::write_value;
use crate::scan::Style;
use crate::write::Writer;

/// A value on one line, in a style like that of the one before it.
pub(super) fn scalar(value: &Value, style: Style, in_flow: bool) -> String {
    let writer = Writer::indented();
    match (value, style) {
        (Value::String(text), Style::SingleQuoted) if writer.can_single_quote(text) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        (Value::String(text), Style::DoubleQuoted) => writer.in_double_quotes(text),
        (Value::String(text), _) => string(text, in_flow),
        _ if in_flow => flow(value),
        _ => block(value).trim_end().to_owned(),
    }
}

/// A string on one line, without quotes where it can.
pub(super) fn string(text: &str, in_flow: bool) -> String {
    let written = Writer::indented().on_one_line(text);
    let is_bare = !written.starts_with(['"', '\'']);
    if in_flow && is_bare && written.contains([',', '[', ']', '{', '}', '?', ':']) {
        format!("'{}'", written.replace('\'', "''"))
    } else {
        written
    }
}

/// A value in block style, ending in a line break.
pub(super) fn block(value: &Value) -> String {
    let mut writer = Writer::indented();
    write_value(&mut writer, value);
    writer.finish()
}

/// A value in brackets.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| format!("{}: {}", string(key, true), flow(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => string(text, true),
        other => block(other).trim_end().to_owned(),
    }
}
