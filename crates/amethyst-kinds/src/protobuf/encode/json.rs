//! JSON read where it lies: the members of maps, the elements of lists, and scalars.
//!
//! It reads what this program wrote, so it checks nothing; on other bytes it finds less, and never fails.

use std::borrow::Cow;

use amethyst_object::{Value, json};

/// Whether a value is nothing.
pub(super) fn is_null(value: &[u8]) -> bool {
    value == b"null" || value.is_empty()
}

/// The members of a map: keys without their quotes, as they are spelled, and values.
pub(super) fn members(object: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut at = usize::from(object.first() == Some(&b'{'));
    std::iter::from_fn(move || {
        at = skip(object, at, b',');
        if object.get(at) != Some(&b'"') {
            return None;
        }
        let end = string_end(object, at);
        let key = object.get(at + 1..end.checked_sub(1)?)?;
        let start = skip(object, end, b':');
        at = value_end(object, start);
        Some((key, object.get(start..at)?))
    })
}

/// The elements of a list.
pub(super) fn elements(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = usize::from(list.first() == Some(&b'['));
    std::iter::from_fn(move || {
        let start = skip(list, at, b',');
        if matches!(list.get(start), None | Some(b']')) {
            return None;
        }
        at = value_end(list, start);
        // An element that takes no room would be found for ever.
        (at > start).then(|| list.get(start..at))?
    })
}

/// Past spaces and the given separator.
fn skip(json: &[u8], mut at: usize, separator: u8) -> usize {
    while json.get(at).is_some_and(|byte| byte.is_ascii_whitespace() || *byte == separator) {
        at += 1;
    }
    at
}

fn value_end(json: &[u8], at: usize) -> usize {
    match json.get(at) {
        Some(b'"') => string_end(json, at),
        Some(b'{' | b'[') => nest_end(json, at),
        _ => {
            let rest = json.get(at..).unwrap_or_default();
            let length =
                rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace());
            at + length.unwrap_or(rest.len())
        }
    }
}

fn nest_end(json: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => {
                at = string_end(json, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    json.len()
}

fn string_end(json: &[u8], at: usize) -> usize {
    let mut position = at + 1;
    while let Some(length) = json.get(position..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        position += length;
        match json[position] {
            b'"' => return position + 1,
            _ => position += 2,
        }
    }
    json.len()
}

/// The text of a string.
pub(super) fn text(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if !inner.contains(&b'\\') {
        return Some(Cow::Borrowed(inner));
    }
    match json::parse(value).ok()? {
        Value::String(text) => Some(Cow::Owned(text.as_bytes().to_vec())),
        _ => None,
    }
}

/// The text of a key that came without its quotes.
pub(super) fn key(spelled: &[u8]) -> Value {
    if spelled.contains(&b'\\') {
        let quoted = [b"\"", spelled, b"\""].concat();
        return json::parse(&quoted).unwrap_or_default();
    }
    Value::from(String::from_utf8_lossy(spelled).as_ref())
}

/// An integer, however it is spelled.
pub(super) fn integer(value: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(value).ok()?;
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        (number.fract() == 0.0).then_some(number as i64)
    })
}

/// A number.
pub(super) fn double(value: &[u8]) -> Option<f64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}
