//! One step of an owned path.

use std::{cmp::Ordering, fmt, sync::Arc};

use amethyst_object::{Number, Str, Value, json};

use crate::golang;

/// One step of an owned path. The order is upstream's: fields, keys, values, indices.
#[derive(Clone, Debug)]
pub enum Element {
    /// `f:name`: a field of a map.
    Field(Str),
    /// `k:{"name":"x"}`: an item of a list of maps, by its key fields, sorted by name.
    Key(Arc<[(Str, Value)]>),
    /// `v:"x"`: an item of a set.
    Value(Value),
    /// `i:0`: an item of an atomic list.
    Index(i64),
}

impl Element {
    /// A field.
    pub fn field(name: impl Into<Str>) -> Self {
        Self::Field(name.into())
    }

    /// A key; the fields are sorted here.
    pub fn key(mut fields: Vec<(Str, Value)>) -> Self {
        if fields.len() > 1 {
            fields.sort_by(|left, right| left.0.cmp(&right.0));
        }
        Self::Key(fields.into())
    }

    /// Reads `f:name` and the like. `Ok(None)` for a kind of step that is not known: upstream drops those.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
        let Some((kind, rest)) = text.split_at_checked(2) else {
            return Err("key must be 2 characters long:".into());
        };
        if !kind.ends_with(':') {
            return Err(format!("missing colon: {text}"));
        }
        let value = || json::parse(rest.as_bytes()).map_err(|error| error.reason);
        Ok(Some(match kind {
            "f:" => Self::Field(rest.into()),
            "v:" => Self::Value(value()?),
            "k:" => match value()? {
                Value::Object(map) => Self::key(map.into_iter().collect()),
                other => return Err(format!("expected a map of key fields, got {}", other.type_name())),
            },
            "i:" => Self::Index(
                rest.parse()
                    .map_err(|_| format!("strconv.Atoi: parsing {}: invalid syntax", golang::quote(rest)))?,
            ),
            _ => return Ok(None),
        }))
    }

    /// Writes `f:name` and the like.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Field(name) => {
                out.extend_from_slice(b"f:");
                out.extend_from_slice(name.as_bytes());
            }
            Self::Key(fields) => {
                out.extend_from_slice(b"k:{");
                for (index, (name, value)) in fields.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    json::write_string(name, out);
                    out.push(b':');
                    write_escaped(value, out);
                }
                out.push(b'}');
            }
            Self::Value(value) => {
                out.extend_from_slice(b"v:");
                write_escaped(value, out);
            }
            Self::Index(index) => out.extend_from_slice(format!("i:{index}").as_bytes()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Field(_) => 0,
            Self::Key(_) => 1,
            Self::Value(_) => 2,
            Self::Index(_) => 3,
        }
    }
}

/// JSON as Go writes it: floats as `float64`, and the characters escaped that could be HTML.
pub(crate) fn write_escaped(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Number(number) => out.extend_from_slice(golang::json_number(number).as_bytes()),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index > 0 { b',' } else { b'[' });
                write_escaped(item, out);
            }
            out.extend_from_slice(if items.is_empty() { b"[]" } else { b"]" });
        }
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| *key);
            for (index, (key, value)) in pairs.into_iter().enumerate() {
                out.push(if index > 0 { b',' } else { b'{' });
                write_string(key, out);
                out.push(b':');
                write_escaped(value, out);
            }
            out.extend_from_slice(if map.is_empty() { b"{}" } else { b"}" });
        }
        other => json::write_canonical(other, out),
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    const SPECIAL: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];
    if !text.contains(SPECIAL) {
        return json::write_string(text, out);
    }
    let mut quoted = Vec::with_capacity(text.len() + 16);
    json::write_string(text, &mut quoted);
    for char in String::from_utf8_lossy(&quoted).chars() {
        if SPECIAL.contains(&char) {
            out.extend_from_slice(format!("\\u{:04x}", char as u32).as_bytes());
        } else {
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

impl Ord for Element {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Field(left), Self::Field(right)) => left.cmp(right),
            (Self::Key(left), Self::Key(right)) => compare_keys(left, right),
            (Self::Value(left), Self::Value(right)) => compare_values(left, right),
            (Self::Index(left), Self::Index(right)) => left.cmp(right),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Element {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Element {}

fn compare_keys(left: &[(Str, Value)], right: &[(Str, Value)]) -> Ordering {
    for ((left_name, left_value), (right_name, right_value)) in left.iter().zip(right) {
        let order = left_name.cmp(right_name).then_with(|| compare_values(left_value, right_value));
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len())
}

fn compare_values(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) => {
            for (left, right) in left.iter().zip(right) {
                let order = compare_values(left, right);
                if order.is_ne() {
                    return order;
                }
            }
            left.len().cmp(&right.len())
        }
        (Value::Object(left), Value::Object(right)) => {
            let sorted = |map: &amethyst_object::Map| {
                let mut pairs: Vec<_> = map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                pairs.sort_by(|left, right| left.0.cmp(&right.0));
                pairs
            };
            compare_keys(&sorted(left), &sorted(right))
        }
        _ => value_rank(left).cmp(&value_rank(right)),
    }
}

fn compare_numbers(left: &Number, right: &Number) -> Ordering {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.as_f64().total_cmp(&right.as_f64()),
    }
}

fn value_rank(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(fields) => {
                f.write_str("[")?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{name}={}", scalar(value))?;
                }
                f.write_str("]")
            }
            Self::Value(value) => write!(f, "[={}]", scalar(value)),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::String(text) => golang::quote(text),
        Value::Array(items) => format!("[{}]", items.iter().map(scalar).collect::<Vec<_>>().join(",")),
        Value::Object(map) => {
            let pairs: Vec<_> = map.iter().map(|(key, value)| format!("{key}={}", scalar(value))).collect();
            pairs.concat()
        }
        other => golang::plain(other),
    }
}
