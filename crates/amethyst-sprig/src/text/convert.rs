//! Anything as text: `quote`, `cat`, `toStrings`.

use amethyst_gotemplate::{List, ListKind, Value};

use crate::nil::is_nil_list;
use crate::print::{print, quote as write_quoted, string_of};
use crate::text::lossy;

/// Each that is not nil, in double quotes.
pub(super) fn quote(values: &[Value]) -> Value {
    let mut out = String::new();
    for value in values.iter().filter(|value| !value.is_nil()) {
        if !out.is_empty() {
            out.push(' ');
        }
        match value {
            Value::String(text) => write_quoted(text.as_bytes(), &mut out),
            _ => write_quoted(string_of(value).as_bytes().unwrap_or_default(), &mut out),
        }
    }
    Value::from(out)
}

/// Each that is not nil, in single quotes, nothing escaped.
pub(super) fn single_quote(values: &[Value]) -> Value {
    let mut out = Vec::new();
    for value in values.iter().filter(|value| !value.is_nil()) {
        if !out.is_empty() {
            out.push(b' ');
        }
        out.push(b'\'');
        out.extend_from_slice(&print(value));
        out.push(b'\'');
    }
    Value::bytes_string(out)
}

/// Each that is not nil, parted by spaces.
pub(super) fn cat(values: &[Value]) -> Value {
    let mut out = Vec::new();
    for (index, value) in values.iter().filter(|value| !value.is_nil()).enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(&print(value));
    }
    Value::bytes_string(out)
}

/// sprig's `strslice`: the elements of a list that are not nil, or the value alone, as strings.
pub(crate) fn strings_of(value: &Value) -> Vec<Value> {
    match value {
        Value::Nil => Vec::new(),
        Value::List(list) => list.iter().filter(|item| !item.is_nil()).map(string_of).collect(),
        _ => vec![string_of(value)],
    }
}

pub(super) fn to_strings(value: &Value) -> Value {
    match value {
        Value::List(list) if list.kind() == ListKind::String => value.clone(),
        _ => List::with_kind(ListKind::String, strings_of(value)).into(),
    }
}

pub(super) fn join(separator: &[u8], value: &Value) -> Value {
    let strings = strings_of(value);
    let mut out = Vec::new();
    for (index, string) in strings.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(separator);
        }
        out.extend_from_slice(string.as_bytes().unwrap_or_default());
    }
    Value::bytes_string(out)
}

/// Strings in the order of their bytes.
pub(super) fn sort(value: &Value) -> Value {
    let mut strings = strings_of(value);
    if value.is_nil() {
        strings.push(Value::from("<nil>"));
    }
    if let Value::List(list) = value
        && is_nil_list(list)
        && list.kind() == ListKind::String
    {
        return value.clone();
    }
    strings.sort_by(|a, b| a.as_bytes().cmp(&b.as_bytes()));
    List::with_kind(ListKind::String, strings).into()
}

/// The key of a part that `split` made.
pub(super) fn key(index: usize) -> String {
    format!("_{index}")
}

/// A string as the key of a map; what is no UTF-8 is replaced.
pub(crate) fn key_of(value: &Value) -> amethyst_object::Str {
    match string_of(value) {
        Value::String(text) => text,
        other => lossy(other.as_bytes().unwrap_or_default()).into(),
    }
}
