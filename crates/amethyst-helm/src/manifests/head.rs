//! What of a manifest Helm itself reads.

use std::collections::BTreeMap;

use amethyst_object::Value;
use amethyst_yaml::{Dialect, parse_one};

use crate::metadata::{scalar_text, string_map};

/// `apiVersion`, `kind`, `metadata.name` and `metadata.annotations`.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) annotations: BTreeMap<String, String>,
}

impl Head {
    /// Reads a document; the error is Helm's text and the line in the document.
    pub(super) fn read(text: &str) -> Result<(Self, Value), (String, u32)> {
        let document = parse_one(text, Dialect::GoV2)
            .map_err(|fault| (format!("error converting YAML to JSON: {fault}"), fault.line))?;
        let mut head = Self::default();
        match &document {
            Value::Null => {}
            Value::Object(_) => head.fill(&document).map_err(|text| (text, 0))?,
            other => return Err((mismatch(other, "value", "util.SimpleHead"), 0)),
        }
        Ok((head, document))
    }

    fn fill(&mut self, document: &Value) -> Result<(), String> {
        text(document, "apiVersion", "SimpleHead.apiVersion", &mut self.api_version)?;
        text(document, "kind", "SimpleHead.kind", &mut self.kind)?;
        match get(document, "metadata") {
            None => {}
            Some(metadata @ Value::Object(_)) => {
                text(metadata, "name", ".metadata.name", &mut self.name)?;
                if let Some(annotations) = get(metadata, "annotations") {
                    self.annotations =
                        string_map(annotations, ".metadata.annotations").map_err(|failure| failure.0)?;
                }
            }
            Some(other) => {
                let wanted = "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }";
                return Err(mismatch(other, "struct field SimpleHead.metadata", wanted));
            }
        }
        Ok(())
    }
}

fn get<'a>(map: &'a Value, key: &str) -> Option<&'a Value> {
    let map = map.as_object()?;
    let folded = || map.iter().find(|(found, _)| found.eq_ignore_ascii_case(key)).map(|(_, value)| value);
    map.get(key).or_else(folded).filter(|value| !value.is_null())
}

fn text(map: &Value, key: &str, path: &str, out: &mut String) -> Result<(), String> {
    if let Some(value) = get(map, key) {
        *out =
            scalar_text(value).ok_or_else(|| mismatch(value, &format!("struct field {path}"), "string"))?;
    }
    Ok(())
}

fn mismatch(value: &Value, what: &str, wanted: &str) -> String {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {what} of type {wanted}"
    )
}
