//! YAML as `sigs.k8s.io/yaml` marshals and unmarshals it: by way of JSON, but without making it.

mod memo;

use amethyst_gotemplate::{List, ListKind, Map, MapKind, Value};
use amethyst_object::Str;
use amethyst_yaml::{Dialect, Make, Writer, YamlFault, go_float, parse_one_with, sort_by_key, write_value};

use crate::arguments::{DEPTH_MAX, TOO_LARGE, WRITTEN_BYTES_MAX};
use crate::copy::deep_copy;
use crate::encode::base64_of;
use crate::nil::{is_nil_list, is_nil_map};
use crate::print::{bytes_of, float as printed_float};
use crate::time::{Duration, Time};
use crate::unicode::runes;

pub(crate) use memo::from_yaml_again;

/// Helm's `toYaml`, without a line break at the end; Go's text of why there is none.
pub fn to_yaml(value: &Value) -> Result<String, String> {
    let mut writer = Writer::new();
    Marshal { writer: &mut writer, dialect: Dialect::GoV2 }.value(value, 0)?;
    Ok(trimmed(writer))
}

/// Helm's `toYamlPretty`: go-yaml v3 encodes the value itself, with an indent of two.
pub(crate) fn to_yaml_pretty(value: &Value) -> Result<String, String> {
    let mut writer = Writer::indented();
    Marshal { writer: &mut writer, dialect: Dialect::GoV3 }.value(value, 0)?;
    Ok(trimmed(writer))
}

fn trimmed(writer: Writer) -> String {
    let mut text = writer.finish();
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

struct Marshal<'a> {
    writer: &'a mut Writer,
    dialect: Dialect,
}

impl Marshal<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        match value {
            Value::Nil => self.writer.null(),
            Value::Bool(value) => self.writer.bool(*value),
            Value::Int(_, number) => self.writer.number(&number.to_string()),
            Value::Uint(_, number) => self.writer.number(&number.to_string()),
            Value::Float(number) => self.float(*number)?,
            Value::String(text) => self.string(text)?,
            Value::Binary(bytes) if self.dialect == Dialect::GoV3 => self.writer.binary(bytes),
            Value::Binary(bytes) => self.string(&runes(bytes).into_iter().collect::<String>())?,
            Value::List(_) | Value::Map(_) if depth > DEPTH_MAX => {
                let name = value.type_name();
                return Err(format!(
                    "error marshaling into JSON: json: unsupported value: encountered a cycle via {name}"
                ));
            }
            Value::List(_) | Value::Map(_) if self.writer.size_bytes() > WRITTEN_BYTES_MAX => {
                return Err(TOO_LARGE.to_owned());
            }
            Value::List(list) => self.list(list, value, depth)?,
            Value::Map(map) if self.dialect == Dialect::GoV2 && is_nil_map(map) => self.writer.null(),
            Value::Map(map) => self.map(map, depth)?,
            Value::Native(native) if self.dialect == Dialect::GoV3 => {
                if let Some(time) = value.as_native::<Time>() {
                    self.writer.number(&time.rfc3339());
                } else if value.as_native::<Duration>().is_some() {
                    self.writer.string(&native.print());
                } else {
                    write_value(self.writer, &native.to_document());
                }
            }
            Value::Native(native) => write_value(self.writer, &native.to_document()),
        }
        Ok(())
    }

    fn list(&mut self, list: &List, value: &Value, depth: usize) -> Result<(), String> {
        if self.dialect == Dialect::GoV2 && is_nil_list(list) {
            self.writer.null();
            return Ok(());
        }
        if self.dialect == Dialect::GoV2 && list.kind() == ListKind::Byte {
            return self.string(&base64_of(&bytes_of(value)));
        }
        self.writer.begin_list(list.is_empty());
        for item in list.iter() {
            self.value(item, depth + 1)?;
        }
        self.writer.end();
        Ok(())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Result<(), String> {
        let pairs = map.pairs();
        let mut pairs: Vec<&(Str, Value)> = pairs.iter().collect();
        sort_by_key(&mut pairs, self.dialect, |pair: &&(Str, Value)| pair.0.as_str());
        self.writer.begin_map(pairs.is_empty());
        for (key, value) in pairs {
            if !is_readable(key) {
                return Err(CONTROL_CHARACTERS.to_owned());
            }
            self.writer.key(key);
            self.value(value, depth + 1)?;
        }
        self.writer.end();
        Ok(())
    }

    /// JSON's numbers are read as YAML's: what has no fraction is an integer, as long as it fits one.
    fn float(&mut self, number: f64) -> Result<(), String> {
        if self.dialect == Dialect::GoV2 {
            if !number.is_finite() {
                let shown = printed_float(number);
                return Err(format!("error marshaling into JSON: json: unsupported value: {shown}"));
            }
            if number.fract() == 0.0 && (-9.3e18..1.9e19).contains(&number) {
                let digits = format!("{number:.0}");
                if digits.parse::<i64>().is_ok() || digits.parse::<u64>().is_ok() {
                    self.writer.number(if digits == "-0" { "0" } else { &digits });
                    return Ok(());
                }
            }
        } else if !number.is_finite() {
            let shown = if number.is_nan() {
                ".nan"
            } else if number > 0.0 {
                ".inf"
            } else {
                "-.inf"
            };
            self.writer.number(shown);
            return Ok(());
        }
        self.writer.number(&go_float(number));
        Ok(())
    }

    fn string(&mut self, text: &str) -> Result<(), String> {
        if self.dialect == Dialect::GoV2 && !is_readable(text) {
            return Err(CONTROL_CHARACTERS.to_owned());
        }
        self.writer.string(text);
        Ok(())
    }
}

const CONTROL_CHARACTERS: &str = "yaml: control characters are not allowed";

/// What JSON leaves as it is, go-yaml must still read: no DEL, no C1 controls but NEL, no noncharacters.
fn is_readable(text: &str) -> bool {
    text.is_ascii() && !text.as_bytes().contains(&0x7f)
        || text
            .chars()
            .all(|rune| !matches!(rune, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}'))
}

/// What `yaml.Unmarshal` reads into an empty interface: every number a `float64`.
pub fn from_yaml(text: &[u8]) -> Result<Value, String> {
    let Ok(text) = std::str::from_utf8(text) else {
        return Err("error converting YAML to JSON: yaml: invalid leading UTF-8 octet".to_owned());
    };
    parse_one_with(text, Dialect::GoV2, &mut Unmarshal)
        .map_err(|fault| format!("error converting YAML to JSON: {}", told(&fault)))
}

/// What go-yaml's parser misses; all else its scanner does.
const PARSERS: [&str; 5] = ["node content", "'<document start>'", "',' or ", "'-' indicator", "key"];

/// A fault as go-yaml v2 words it. Its scanner counts lines from 1 and its parser from 0; neither names the
/// first line.
fn told(fault: &YamlFault) -> String {
    let message = fault.message.as_str();
    if message.starts_with("json: ") || message.starts_with("unsupported map key ") {
        // These come from the step to JSON, which knows no lines.
        return message.to_owned();
    }
    let bare = match message.strip_prefix("while ").and_then(|text| text.split_once(", ")) {
        Some((_, bare)) => bare,
        None => message,
    };
    let wanted = bare.strip_prefix("did not find ").unwrap_or(bare);
    let is_parsers = PARSERS
        .iter()
        .any(|start| wanted.strip_prefix("expected ").is_some_and(|end| end.starts_with(start)));
    let (message, line) = if is_parsers {
        (format!("did not find {wanted}"), fault.line.saturating_sub(1))
    } else if bare.starts_with("unexpected character: ") {
        ("found character that cannot start any token".to_owned(), fault.line)
    } else {
        (bare.to_owned(), fault.line)
    };
    let is_named = line > 1 || line == 1 && fault.line > 1;
    let knows_no_line =
        message == "control characters are not allowed" || message.starts_with("unknown anchor ");
    if is_named && !knows_no_line {
        format!("yaml: line {line}: {message}")
    } else {
        format!("yaml: {message}")
    }
}

struct Unmarshal;

impl Make for Unmarshal {
    type Value = Value;

    fn null(&mut self) -> Value {
        Value::Nil
    }

    fn bool(&mut self, value: bool) -> Value {
        Value::Bool(value)
    }

    fn int(&mut self, value: i128) -> Value {
        Value::Float(value as f64)
    }

    fn float(&mut self, value: f64) -> Value {
        Value::Float(value)
    }

    fn string(&mut self, text: &str) -> Value {
        Value::from(text)
    }

    fn list(&mut self, items: Vec<Value>) -> Value {
        List::new(items).into()
    }

    fn map(&mut self, pairs: Vec<(Str, Value)>) -> Value {
        Map::with_kind(MapKind::Any, pairs).into()
    }

    fn copy(&mut self, value: &Value) -> Value {
        // What a document holds is no deeper than the document.
        deep_copy(value).unwrap_or_default()
    }
}
