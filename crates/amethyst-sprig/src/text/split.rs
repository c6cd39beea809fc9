//! Splitting and joining.

use amethyst_gotemplate::{Function, List, Map, MapKind, Value};
use memchr::memmem;

use super::convert::{join, key, sort, to_strings};
use crate::arguments::{ANY, INT, STRING, any, bytes, fixed, int};
use crate::unicode::Runes;

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("split", &[STRING, STRING], |_, a| Ok(numbered(split(bytes(a, 1), bytes(a, 0), -1)))),
    fixed("splitn", &[STRING, INT, STRING], |_, a| Ok(numbered(split(bytes(a, 2), bytes(a, 0), int(a, 1))))),
    fixed("splitList", &[STRING, STRING], |_, a| {
        Ok(List::strings(split(bytes(a, 1), bytes(a, 0), -1)).into())
    }),
    fixed("toStrings", &[ANY], |_, a| Ok(to_strings(any(a, 0)))),
    fixed("join", &[STRING, ANY], |_, a| Ok(join(bytes(a, 0), any(a, 1)))),
    fixed("sortAlpha", &[ANY], |_, a| Ok(sort(any(a, 0)))),
];

/// `strings.SplitN`.
fn split(text: &[u8], separator: &[u8], count: i64) -> Vec<Value> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count == 0 {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut from = 0;
    if separator.is_empty() {
        for (_, raw) in Runes::new(text) {
            if parts.len() + 1 == count {
                break;
            }
            // A byte that is no UTF-8 stays as it is.
            parts.push(Value::bytes_string(raw.to_vec()));
            from += raw.len();
        }
        if from < text.len() {
            parts.push(Value::bytes_string(text[from..].to_vec()));
        }
        return parts;
    }
    for at in memmem::find_iter(text, separator) {
        if parts.len() + 1 == count {
            break;
        }
        parts.push(Value::bytes_string(text[from..at].to_vec()));
        from = at + separator.len();
    }
    parts.push(Value::bytes_string(text[from..].to_vec()));
    parts
}

fn numbered(parts: Vec<Value>) -> Value {
    let pairs = parts.into_iter().enumerate().map(|(index, part)| (key(index).into(), part));
    Map::with_kind(MapKind::String, pairs.collect()).into()
}
