//! Files of values: one or more YAML documents, merged.

use amethyst_object::Value;
use amethyst_yaml::{Dialect, parse_one};

use crate::ChartError;

/// A file of values that cannot be read: Helm's text, and the place in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ValuesFault {
    /// Helm's text.
    pub text: String,
    /// The line, from 1; 0 when it is not known.
    pub line: u32,
    /// The column, from 1; 0 when it is not known.
    pub column: u32,
}

impl ValuesFault {
    pub(crate) fn to_chart_error(&self, file: &str) -> ChartError {
        let hint = "values are a YAML map; check this line and those before it";
        ChartError::new(file, format!("cannot load {file}: {}", self.text), hint).at(self.line, self.column)
    }
}

/// Reads a file of values as Helm's `LoadValues` does; of several documents the later win.
pub fn load_values(data: &[u8]) -> Result<Value, ValuesFault> {
    let text = std::str::from_utf8(data).map_err(|error| {
        let line = memchr::memchr_iter(b'\n', &data[..error.valid_up_to()]).count() as u32 + 1;
        let text = "cannot unmarshal yaml document: error converting YAML to JSON: yaml: invalid leading UTF-8 octet";
        ValuesFault { text: text.to_owned(), line, column: 0 }
    })?;
    let mut values = Value::object();
    for (before, document) in documents(text)? {
        let value = parse_one(document, Dialect::GoV2).map_err(|fault| ValuesFault {
            text: format!("cannot unmarshal yaml document: error converting YAML to JSON: {fault}"),
            line: before + fault.line,
            column: fault.column,
        })?;
        match value {
            Value::Null => {}
            Value::Object(map) => merge(&mut values, Value::Object(map)),
            other => {
                let text = format!(
                    "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                    json_type(&other)
                );
                return Err(ValuesFault { text, line: before + 1, column: 0 });
            }
        }
    }
    Ok(values)
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The documents of a file, each with the number of lines before it. Every line that begins with `---`
/// parts them, wherever it stands.
fn documents(text: &str) -> Result<Vec<(u32, &str)>, ValuesFault> {
    let mut found = Vec::new();
    let (mut start, mut first_line, mut at) = (0, 0, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                let text = format!("error reading yaml document: invalid Yaml document separator: {rest}");
                return Err(ValuesFault { text, line: index as u32 + 1, column: 4 });
            }
            if at > start {
                found.push((first_line, &text[start..at]));
            }
            start = at + line.len();
            first_line = index as u32 + 1;
        }
        at += line.len();
    }
    if at > start {
        found.push((first_line, &text[start..at]));
    }
    Ok(found)
}

fn merge(into: &mut Value, from: Value) {
    let (Value::Object(into), Value::Object(from)) = (into, from) else { return };
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(before @ Value::Object(_)), value @ Value::Object(_)) => merge(before, value),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}
