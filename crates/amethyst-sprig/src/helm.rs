//! Helm's own functions that need neither chart nor engine.
//!
//! Their manners with errors are Helm's: `toYaml` answers with nothing, `fromYaml` with a map that holds the
//! text under `Error`, the ones named `must` fail.

mod durations;

use std::sync::LazyLock;

use amethyst_gotemplate::{Engine, Function, List, ListKind, Map, Value};

use crate::arguments::{ANY, STRING, TOO_LARGE, ZERO_VALUE, any, bytes, fixed, quiet};
use crate::json::{Style, read, text_of, write};
use crate::nil::{nil_list, nil_map};
use crate::text::lossy;
use crate::yaml::{from_yaml_again, to_yaml, to_yaml_pretty};
use crate::{json, toml};

/// Whose functions are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelmVersion {
    /// Helm 3, as of 3.21.
    Three,
    /// Helm 4, as of 4.3.
    Four,
}

/// Helm's functions beside sprig's, of which they replace `toJson`, `mustToJson` and `fromJson`. Not here are
/// those that need a chart: `include`, `tpl`, `required`, `lookup`.
pub fn helm_functions(version: HelmVersion) -> &'static [Function] {
    static FOUR: LazyLock<Vec<Function>> =
        LazyLock::new(|| [COMMON, SINCE_FOUR, durations::FUNCTIONS].concat());
    match version {
        HelmVersion::Three => COMMON,
        HelmVersion::Four => &FOUR,
    }
}

const COMMON: &[Function] = &[
    fixed("toYaml", &[ANY], |_, a| quiet(to_yaml(any(a, 0)))),
    fixed("toYamlPretty", &[ANY], |_, a| quiet(to_yaml_pretty(any(a, 0)))),
    fixed("fromYaml", &[STRING], |e, a| Ok(map_or_error(from_yaml_map(e, bytes(a, 0))))),
    fixed("fromYamlArray", &[STRING], |e, a| Ok(list_or_error(from_yaml_list(e, bytes(a, 0))))),
    fixed("toJson", &[ANY], |_, a| quiet(write(any(a, 0), Style::Compact))),
    fixed("fromJson", &[STRING], |_, a| Ok(map_or_error(from_json_map(bytes(a, 0))))),
    fixed("fromJsonArray", &[STRING], |_, a| Ok(list_or_error(from_json_list(bytes(a, 0))))),
    fixed("toToml", &[ANY], |_, a| match any(a, 0) {
        Value::Nil => Err(ZERO_VALUE.into()),
        value => match toml::write(value) {
            Err(text) if text == TOO_LARGE => Err(text.into()),
            Ok(text) | Err(text) => Ok(Value::from(text)),
        },
    }),
    fixed("fromToml", &[STRING], |_, a| Ok(map_or_error(toml::read(&lossy(bytes(a, 0)))))),
];

const SINCE_FOUR: &[Function] = &[
    fixed("mustToYaml", &[ANY], |_, a| Ok(Value::from(to_yaml(any(a, 0))?))),
    fixed("mustToJson", &[ANY], |_, a| text_of(any(a, 0), Style::Compact)),
    fixed("mustToToml", &[ANY], |_, a| Ok(Value::from(toml::write(any(a, 0))?))),
];

fn map_or_error(result: Result<Value, String>) -> Value {
    result.unwrap_or_else(|text| [("Error", Value::from(text))].into_iter().collect::<Map>().into())
}

fn list_or_error(result: Result<Value, String>) -> Value {
    result.unwrap_or_else(|text| List::new(vec![Value::from(text)]).into())
}

fn from_yaml_map(engine: &mut Engine<'_>, text: &[u8]) -> Result<Value, String> {
    match from_yaml_again(engine, text)? {
        Value::Nil => Ok(Map::new().into()),
        value @ Value::Map(_) => Ok(value),
        value => Err(format!("{DECODING}{}", mismatch(&value, "map[string]interface {}"))),
    }
}

fn from_yaml_list(engine: &mut Engine<'_>, text: &[u8]) -> Result<Value, String> {
    match from_yaml_again(engine, text)? {
        Value::Nil => Ok(List::new(Vec::new()).into()),
        value @ Value::List(_) => Ok(value),
        value => Err(format!("{DECODING}{}", mismatch(&value, "[]interface {}"))),
    }
}

const DECODING: &str = "error unmarshaling JSON: while decoding JSON: ";

fn from_json_map(text: &[u8]) -> Result<Value, String> {
    match read(text).map_err(|fault: json::Fault| fault.0)? {
        Value::Nil => Ok(nil_map().into()),
        value @ Value::Map(_) => Ok(value),
        value => Err(mismatch(&value, "map[string]interface {}")),
    }
}

fn from_json_list(text: &[u8]) -> Result<Value, String> {
    match read(text).map_err(|fault: json::Fault| fault.0)? {
        Value::Nil => Ok(nil_list(ListKind::Any).into()),
        value @ Value::List(_) => Ok(value),
        value => Err(mismatch(&value, "[]interface {}")),
    }
}

fn mismatch(value: &Value, wanted: &str) -> String {
    let found = match value {
        Value::Bool(_) => "bool",
        Value::String(_) | Value::Binary(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "number",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}
