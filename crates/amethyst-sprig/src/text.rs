//! Strings: bytes to Go, so that positions count bytes and what is no UTF-8 passes through.

mod case;
mod convert;
mod split;
mod words;

use std::borrow::Cow;

use amethyst_gotemplate::{Function, Value};
use memchr::memmem;

use crate::arguments::{ANY, Answer, INT, SIZE_MAX, STRING, any, bytes, fixed, int, part, text, variadic};
use crate::unicode::Runes;

pub(crate) use convert::key_of;
pub(crate) use split::FUNCTIONS as SPLITTING;

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("hello", &[], |_, _| Ok(Value::from("Hello!"))),
    fixed("abbrev", &[INT, STRING], |_, a| Ok(words::abbreviate(any(a, 1), 0, int(a, 0)))),
    fixed("abbrevboth", &[INT, INT, STRING], |_, a| {
        let (left, right) = (int(a, 0), int(a, 1));
        if left > 0 && right < 7 {
            return Ok(any(a, 2).clone());
        }
        Ok(words::abbreviate(any(a, 2), left, right))
    }),
    fixed("trunc", &[INT, STRING], |_, a| Ok(truncate(int(a, 0), any(a, 1)))),
    fixed("trim", &[STRING], |_, a| Ok(trim_space(any(a, 0)))),
    fixed("upper", &[STRING], |_, a| Ok(case::upper(any(a, 0)))),
    fixed("lower", &[STRING], |_, a| Ok(case::lower(any(a, 0)))),
    fixed("title", &[STRING], |_, a| Ok(case::title(bytes(a, 0)))),
    fixed("untitle", &[STRING], |_, a| Ok(case::untitle(bytes(a, 0)))),
    fixed("swapcase", &[STRING], |_, a| Ok(case::swap(bytes(a, 0)))),
    fixed("snakecase", &[STRING], |_, a| Ok(case::separated(&text(a, 0), '_'))),
    fixed("kebabcase", &[STRING], |_, a| Ok(case::separated(&text(a, 0), '-'))),
    fixed("camelcase", &[STRING], |_, a| Ok(case::pascal(&text(a, 0)))),
    fixed("substr", &[INT, INT, STRING], |_, a| substring(int(a, 0), int(a, 1), any(a, 2))),
    fixed("repeat", &[INT, STRING], |_, a| Ok(Value::bytes_string(repeat(bytes(a, 1), int(a, 0))?))),
    fixed("trimall", &[STRING, STRING], |_, a| Ok(trim_all(bytes(a, 0), any(a, 1)))),
    fixed("trimAll", &[STRING, STRING], |_, a| Ok(trim_all(bytes(a, 0), any(a, 1)))),
    fixed("trimSuffix", &[STRING, STRING], |_, a| Ok(cut(any(a, 1), bytes(a, 1).strip_suffix(bytes(a, 0))))),
    fixed("trimPrefix", &[STRING, STRING], |_, a| Ok(cut(any(a, 1), bytes(a, 1).strip_prefix(bytes(a, 0))))),
    fixed("nospace", &[STRING], |_, a| Ok(words::without_space(any(a, 0)))),
    fixed("initials", &[STRING], |_, a| Ok(words::initials(bytes(a, 0)))),
    fixed("wrap", &[INT, STRING], |_, a| Ok(words::wrap(bytes(a, 1), int(a, 0), b"\n", false))),
    fixed("wrapWith", &[INT, STRING, STRING], |_, a| {
        let separator = if bytes(a, 1).is_empty() { b"\n" } else { bytes(a, 1) };
        Ok(words::wrap(bytes(a, 2), int(a, 0), separator, true))
    }),
    fixed("contains", &[STRING, STRING], |_, a| {
        Ok(Value::Bool(memmem::find(bytes(a, 1), bytes(a, 0)).is_some()))
    }),
    fixed("hasPrefix", &[STRING, STRING], |_, a| Ok(Value::Bool(bytes(a, 1).starts_with(bytes(a, 0))))),
    fixed("hasSuffix", &[STRING, STRING], |_, a| Ok(Value::Bool(bytes(a, 1).ends_with(bytes(a, 0))))),
    variadic("quote", &[], ANY, |_, a| Ok(convert::quote(a))),
    variadic("squote", &[], ANY, |_, a| Ok(convert::single_quote(a))),
    variadic("cat", &[], ANY, |_, a| Ok(convert::cat(a))),
    fixed("indent", &[INT, STRING], |_, a| indent(int(a, 0), bytes(a, 1), b"")),
    fixed("nindent", &[INT, STRING], |_, a| indent(int(a, 0), bytes(a, 1), b"\n")),
    fixed("replace", &[STRING, STRING, STRING], |_, a| replace(bytes(a, 0), bytes(a, 1), any(a, 2))),
    fixed("plural", &[STRING, STRING, INT], |_, a| Ok(any(a, usize::from(int(a, 2) != 1)).clone())),
    fixed("toString", &[ANY], |_, a| Ok(crate::print::string_of(any(a, 0)))),
];

fn cut(whole: &Value, rest: Option<&[u8]>) -> Value {
    rest.map_or_else(|| whole.clone(), |rest| part(whole, rest))
}

fn trim_space(whole: &Value) -> Value {
    let Value::String(string) = whole else {
        let Value::Binary(bytes) = whole else { return whole.clone() };
        return trim_runes(bytes, whole, char::is_whitespace);
    };
    let trimmed = string.trim();
    if trimmed.len() == string.len() { whole.clone() } else { Value::from(trimmed) }
}

fn trim_all(cutset: &[u8], whole: &Value) -> Value {
    let cutset = crate::unicode::runes(cutset);
    trim_runes(whole.as_bytes().unwrap_or_default(), whole, |rune| cutset.contains(&rune))
}

fn trim_runes(bytes: &[u8], whole: &Value, wanted: impl Fn(char) -> bool) -> Value {
    let (mut at, mut start, mut end) = (0, None, 0);
    for (rune, raw) in Runes::new(bytes) {
        if !wanted(rune.unwrap_or(char::REPLACEMENT_CHARACTER)) {
            start.get_or_insert(at);
            end = at + raw.len();
        }
        at += raw.len();
    }
    let start = start.unwrap_or(end);
    if end - start == bytes.len() { whole.clone() } else { part(whole, &bytes[start..end]) }
}

fn truncate(count: i64, whole: &Value) -> Value {
    let bytes = whole.as_bytes().unwrap_or_default();
    let length = bytes.len() as i64;
    if count < 0 && length.saturating_add(count) > 0 {
        part(whole, &bytes[(length + count) as usize..])
    } else if count >= 0 && length > count {
        part(whole, &bytes[..count as usize])
    } else {
        whole.clone()
    }
}

fn substring(start: i64, end: i64, whole: &Value) -> Answer {
    let bytes = whole.as_bytes().unwrap_or_default();
    let length = bytes.len() as i64;
    let out_of_range = "runtime error: slice bounds out of range";
    if start < 0 {
        return match end {
            ..0 => Err(format!("{out_of_range} [:{end}]").into()),
            _ if end > length => Err(format!("{out_of_range} [:{end}] with length {length}").into()),
            _ => Ok(part(whole, &bytes[..end as usize])),
        };
    }
    let end = if end < 0 || end > length { length } else { end };
    if start > end {
        return Err(format!("{out_of_range} [{start}:{end}]").into());
    }
    Ok(part(whole, &bytes[start as usize..end as usize]))
}

fn repeat(bytes: &[u8], count: i64) -> Result<Vec<u8>, String> {
    let count = usize::try_from(count).map_err(|_| "strings: negative Repeat count".to_owned())?;
    if bytes.len().saturating_mul(count) > SIZE_MAX {
        return Err("strings: Repeat output length overflow".to_owned());
    }
    Ok(bytes.repeat(count))
}

fn indent(spaces: i64, bytes: &[u8], before: &[u8]) -> Answer {
    let pad = repeat(b" ", spaces)?;
    let breaks = memchr::memchr_iter(b'\n', bytes).count();
    let size = before.len() + bytes.len() + pad.len().saturating_mul(breaks + 1);
    if size > SIZE_MAX {
        return Err("strings: Repeat output length overflow".into());
    }
    let mut out = Vec::with_capacity(size);
    out.extend_from_slice(before);
    out.extend_from_slice(&pad);
    let mut from = 0;
    for at in memchr::memchr_iter(b'\n', bytes) {
        out.extend_from_slice(&bytes[from..=at]);
        out.extend_from_slice(&pad);
        from = at + 1;
    }
    out.extend_from_slice(&bytes[from..]);
    Ok(Value::bytes_string(out))
}

fn replace(old: &[u8], new: &[u8], whole: &Value) -> Answer {
    let bytes = whole.as_bytes().unwrap_or_default();
    let mut cuts: Vec<usize> = Vec::new();
    if old.is_empty() {
        let mut at = 0;
        cuts.push(at);
        for (_, raw) in Runes::new(bytes) {
            at += raw.len();
            cuts.push(at);
        }
    } else {
        cuts.extend(memmem::find_iter(bytes, old));
    }
    if cuts.is_empty() || old == new {
        return Ok(whole.clone());
    }
    let size = bytes.len().saturating_add(new.len().saturating_mul(cuts.len()));
    if size > SIZE_MAX {
        return Err("strings: Repeat output length overflow".into());
    }
    let mut out = Vec::with_capacity(size);
    let mut from = 0;
    for at in cuts {
        out.extend_from_slice(&bytes[from..at]);
        out.extend_from_slice(new);
        from = at + old.len();
    }
    out.extend_from_slice(&bytes[from..]);
    Ok(Value::bytes_string(out))
}

/// Text of bytes that are nearly always text.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
