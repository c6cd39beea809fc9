//! Values as helm-unittest sees them: what go-yaml v3 decodes into an empty interface.
//!
//! Documents ([`amethyst_object::Value`]) tell numbers apart by their lexeme only; here an `int` and a `float64`
//! are different values, a map may have keys that are no strings, and a timestamp is no string.

use amethyst_object::{Number, Str, Value as Document};
use indexmap::IndexMap;

/// A map; the order of its keys has no meaning.
pub(crate) type Map = IndexMap<Key, Value, foldhash::fast::RandomState>;

/// A value that go-yaml v3 decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Value {
    #[default]
    Null,
    Bool(bool),
    /// `int`.
    Int(i64),
    /// `uint64`: what is too large for an `int`.
    Uint(u64),
    /// `float64`.
    Float(f64),
    /// `time.Time`, as RFC 3339 writes it.
    Time(Str),
    String(Str),
    List(Vec<Value>),
    Map(Map),
}

/// A key of a map.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The key as it is written.
    pub(crate) text: Str,
    pub(crate) kind: KeyKind,
}

/// What a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum KeyKind {
    String,
    Number,
    Bool,
    Other,
}

impl Key {
    pub(crate) fn string(text: impl Into<Str>) -> Self {
        Self { text: text.into(), kind: KeyKind::String }
    }
}

impl Value {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The map, whatever its keys are.
    pub(crate) fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The map if all of its keys are strings: Go's `map[string]interface {}`.
    pub(crate) fn as_string_map(&self) -> Option<&Map> {
        self.as_map().filter(|map| has_string_keys(map))
    }

    /// The value under this string key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        get(self.as_map()?, key)
    }

    /// Go's name of its type; empty for nil.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint64",
            Self::Float(_) => "float64",
            Self::Time(_) => "time.Time",
            Self::String(_) => "string",
            Self::List(_) => "[]interface {}",
            Self::Map(map) if has_string_keys(map) => "map[string]interface {}",
            Self::Map(_) => "map[interface {}]interface {}",
        }
    }

    /// The value as a document, or why JSON cannot hold it.
    pub(crate) fn to_document(&self) -> Result<Document, String> {
        Ok(match self {
            Self::Null => Document::Null,
            Self::Bool(value) => Document::Bool(*value),
            Self::Int(value) => Document::from(*value),
            Self::Uint(value) => Document::from(*value),
            Self::Float(value) if value.is_finite() => {
                Document::Number(Number::from_lexeme(json_float(*value)))
            }
            Self::Float(_) => return Err(format!("json: unsupported value: {}", print(self))),
            Self::Time(text) | Self::String(text) => Document::String(text.clone()),
            Self::List(items) => {
                Document::Array(items.iter().map(Self::to_document).collect::<Result<_, _>>()?)
            }
            Self::Map(map) => {
                let mut document = amethyst_object::Map::new();
                for (key, value) in map {
                    if key.kind != KeyKind::String {
                        return Err("json: unsupported type: map[interface {}]interface {}".to_owned());
                    }
                    document.insert(key.text.clone(), value.to_document()?);
                }
                Document::Object(document)
            }
        })
    }

    /// What is left of a value that go-yaml has written and read again: a float without a fraction is an int.
    pub(crate) fn rewritten(&self) -> Self {
        match self {
            Self::Float(value) => match go_float(*value) {
                text if text.contains(['.', 'e', 'I', 'N']) => self.clone(),
                text => text.parse().map_or_else(|_| self.clone(), Self::Int),
            },
            Self::List(items) => Self::List(items.iter().map(Self::rewritten).collect()),
            Self::Map(map) => {
                Self::Map(map.iter().map(|(key, value)| (key.clone(), value.rewritten())).collect())
            }
            _ => self.clone(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

pub(crate) fn get<'a>(map: &'a Map, key: &str) -> Option<&'a Value> {
    map.get(&Key::string(key))
}

fn has_string_keys(map: &Map) -> bool {
    map.keys().all(|key| key.kind == KeyKind::String)
}

/// `strconv.FormatFloat(value, 'g', -1, 64)`.
pub(crate) fn go_float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if value != 0.0 => match exponent.parse::<i32>() {
            Ok(exponent) if !(-4..6).contains(&exponent) => {
                let sign = if exponent < 0 { '-' } else { '+' };
                format!("{digits}e{sign}{:02}", exponent.abs())
            }
            _ => format!("{value}"),
        },
        _ => format!("{value}"),
    }
}

/// As `encoding/json` writes a float.
fn json_float(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = format!("{value:e}");
        // e-09 is written as e-9, and so Rust writes it; only the sign of a positive exponent is missing.
        return match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
            _ => text,
        };
    }
    format!("{value}")
}

/// Go's `%v`.
pub(crate) fn print(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Float(value) => go_float(*value),
        Value::Time(text) => print_time(text),
        Value::String(text) => text.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(print).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Map(map) => {
            let mut pairs: Vec<(&str, String)> =
                map.iter().map(|(key, value)| (key.text.as_str(), print(value))).collect();
            pairs.sort();
            let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}:{value}")).collect();
            format!("map[{}]", pairs.join(" "))
        }
    }
}

/// Go's `Time.String`: `2001-01-01 00:00:00 +0000 UTC`.
fn print_time(text: &str) -> String {
    match text.split_once('T') {
        Some((date, time)) => {
            if let Some(time) = time.strip_suffix('Z') {
                format!("{date} {time} +0000 UTC")
            } else {
                let at = time.rfind(['+', '-']).unwrap_or(time.len());
                let (time, zone) = time.split_at(at);
                let zone = zone.replace(':', "");
                format!("{date} {time} {zone} {zone}")
            }
        }
        None => text.to_owned(),
    }
}
