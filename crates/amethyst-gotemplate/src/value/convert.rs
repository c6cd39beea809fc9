//! Values to documents, and copies of them.

use std::fmt::Write as _;

use amethyst_object::{Number, Value as Document};

use super::{List, ListKind, Map, UintKind, Value};
use crate::print::{format_float, json_number};

/// Values nest no deeper than this in documents: Go's encoder gives up at its own depth for a value that
/// holds itself.
const DEPTH_MAX: usize = 400;

/// How many values a document may hold in all: a value that holds itself twice would never end.
const COUNT_MAX: usize = 5_000_000;

impl Value {
    /// The document that `encoding/json` writes for it: floats as it writes them, `[]byte` in base64, strings
    /// with bytes that are no UTF-8 replaced. Fails by Go's text for numbers that JSON has not, and for a
    /// value that holds itself.
    pub fn to_document(&self) -> Result<Document, String> {
        let mut left = COUNT_MAX;
        document(self, DEPTH_MAX, &mut left)
    }

    /// A copy that shares no map and no list with this one. Natives stay the same ones. What nests too deep
    /// to be anything but a value that holds itself is left out.
    #[must_use]
    pub fn deep_copy(&self) -> Self {
        let mut left = COUNT_MAX;
        copy(self, DEPTH_MAX, &mut left)
    }
}

fn document(value: &Value, depth: usize, left: &mut usize) -> Result<Document, String> {
    *left = left.saturating_sub(1);
    if depth == 0 || *left == 0 {
        return Err(format!("json: unsupported value: encountered a cycle via {}", value.type_name()));
    }
    Ok(match value {
        Value::Nil => Document::Null,
        Value::Bool(value) => Document::Bool(*value),
        Value::Int(_, value) => Document::from(*value),
        Value::Uint(_, value) => Document::from(*value),
        Value::Float(value) => {
            let unsupported = || format!("json: unsupported value: {}", format_float(*value, 'g', None));
            Document::Number(Number::from_lexeme(json_number(*value).ok_or_else(unsupported)?))
        }
        Value::String(text) => Document::String(text.clone()),
        Value::Binary(bytes) => Document::from(String::from_utf8_lossy(bytes).as_ref()),
        Value::List(list) if list.kind() == ListKind::Byte => Document::from(base64(list)),
        Value::List(list) => {
            let items = list.iter().map(|item| document(item, depth - 1, left));
            Document::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Map(map) => {
            let pairs = map.pairs();
            let pairs = pairs.iter().map(|(key, item)| Ok((key.clone(), document(item, depth - 1, left)?)));
            Document::Object(pairs.collect::<Result<_, String>>()?)
        }
        Value::Native(native) => native.to_document(),
    })
}

/// Standard base64 with padding.
fn base64(list: &List) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(list.len().div_ceil(3) * 4);
    for chunk in list.chunks(3) {
        let byte = |at: usize| match chunk.get(at) {
            Some(Value::Uint(UintKind::Uint8, byte)) => *byte as u32 & 0xff,
            _ => 0,
        };
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * at)) as usize & 63];
            let _ = out.write_char(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

fn copy(value: &Value, depth: usize, left: &mut usize) -> Value {
    *left = left.saturating_sub(1);
    match value {
        Value::List(_) | Value::Map(_) if depth == 0 || *left == 0 => Value::Nil,
        Value::List(list) => {
            let items = list.iter().map(|item| copy(item, depth - 1, left)).collect();
            Value::List(List::with_kind(list.kind(), items))
        }
        Value::Map(map) => {
            let pairs = map.pairs();
            let pairs = pairs.iter().map(|(key, item)| (key.clone(), copy(item, depth - 1, left))).collect();
            Value::Map(Map::with_kind(map.kind(), pairs))
        }
        other => other.clone(),
    }
}
