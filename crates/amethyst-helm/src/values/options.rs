//! The values that a command line gives: files, then the `--set` family, each over what came before.

use amethyst_gotemplate::{Map, Value};

use super::strvals::{self, from_json};
use super::{load_values, merge_maps};

/// What was given, in the order of each flag.
#[derive(Clone, Debug, Default)]
pub struct ValueOptions {
    /// `-f`, `--values`: files.
    pub files: Vec<String>,
    /// `--set-json`.
    pub set_json: Vec<String>,
    /// `--set`.
    pub set: Vec<String>,
    /// `--set-string`.
    pub set_string: Vec<String>,
    /// `--set-file`.
    pub set_file: Vec<String>,
    /// `--set-literal`.
    pub set_literal: Vec<String>,
}

/// Reads the files that options name.
pub trait ValueSource {
    /// The content of a file, or why it cannot be read.
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String>;
}

/// Options that give no values: Helm's text, and the place when it is one of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ValuesError {
    /// Helm's text.
    pub text: String,
    /// The file, when the fault is in one.
    pub file: Option<String>,
    /// The line in it, from 1; 0 when it is not known.
    pub line: u32,
    /// The column in it, from 1; 0 when it is not known.
    pub column: u32,
}

impl ValueOptions {
    /// The values that all options together give: Helm's `MergeValues`.
    pub fn merge(&self, source: &mut dyn ValueSource) -> Result<Map, ValuesError> {
        let fault = |text: String| ValuesError { text, file: None, line: 0, column: 0 };
        let mut values = Map::new();
        for name in &self.files {
            let data = source.read(name).map_err(fault)?;
            let document = load_values(&data).map_err(|error| ValuesError {
                text: format!("failed to parse {name}: {error}"),
                file: Some(name.clone()),
                line: error.line,
                column: error.column,
            })?;
            if let Value::Map(map) = Value::from_document(&document) {
                values = merge_maps(&values, &map);
            }
        }
        for text in &self.set_json {
            if text.trim_start().starts_with('{') {
                let document: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text.trim())
                    .map_err(|_| fault(format!("failed parsing --set-json data JSON: {text}")))?;
                if let Value::Map(map) = from_json(&serde_json::Value::Object(document)) {
                    values = merge_maps(&values, &map);
                }
            } else {
                strvals::parse_json_into(text, &values)
                    .map_err(|_| fault(format!("failed parsing --set-json data {text}")))?;
            }
        }
        let failed = |flag: &str, text: String| fault(format!("failed parsing --{flag} data: {text}"));
        for text in &self.set {
            strvals::parse_into(text, &values).map_err(|text| failed("set", text))?;
        }
        for text in &self.set_string {
            strvals::parse_string_into(text, &values).map_err(|text| failed("set-string", text))?;
        }
        for text in &self.set_file {
            let mut reader = |name: &str| source.read(name).map(Value::bytes_string);
            strvals::parse_file_into(text, &values, &mut reader).map_err(|text| failed("set-file", text))?;
        }
        for text in &self.set_literal {
            strvals::parse_literal_into(text, &values).map_err(|text| failed("set-literal", text))?;
        }
        Ok(values)
    }
}
