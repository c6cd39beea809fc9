//! Strings (cel-go `common/types/string.go`, `ext/strings.go` version 2).

use super::numbers::show;
use super::{Native, format, no_overload};
use crate::error::EvalError;
use crate::value::Value;

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "contains" => |args| test("contains", args, |text, part| text.contains(part)),
        "startsWith" => |args| test("startsWith", args, |text, part| text.starts_with(part)),
        "endsWith" => |args| test("endsWith", args, |text, part| text.ends_with(part)),
        "charAt" => char_at,
        "indexOf" => index_of,
        "lastIndexOf" => last_index_of,
        "lowerAscii" => |args| map("lowerAscii", args, str::to_ascii_lowercase),
        "upperAscii" => |args| map("upperAscii", args, str::to_ascii_uppercase),
        "trim" => |args| map("trim", args, |text| text.trim().to_owned()),
        "replace" => replace,
        "split" => split,
        "substring" => substring,
        "join" => join,
        "strings.quote" => |args| map("strings.quote", args, quote),
        "format" => format::format,
        "jsonpatch.escapeKey" => {
            |args| map("jsonpatch.escapeKey", args, |key| key.replace('~', "~0").replace('/', "~1"))
        }
        _ => return None,
    })
}

fn test<'v>(name: &str, args: &[Value<'v>], holds: fn(&str, &str) -> bool) -> Result<'v> {
    match args {
        [Value::String(text), Value::String(part)] => Ok(Value::Bool(holds(text, part))),
        [Value::String(_), _] => Err(EvalError::no_such_overload()),
        _ => no_overload(name, args),
    }
}

fn map<'v>(name: &str, args: &[Value<'v>], change: fn(&str) -> String) -> Result<'v> {
    match args {
        [Value::String(text)] => Ok(Value::from(change(text))),
        _ => no_overload(name, args),
    }
}

fn out_of_range<'v>(index: i64) -> Result<'v> {
    Err(EvalError::new(format!("index out of range: {index}")))
}

fn char_at<'v>(args: &[Value<'v>]) -> Result<'v> {
    let [Value::String(text), Value::Int(index)] = args else { return no_overload("charAt", args) };
    let length = text.chars().count();
    match usize::try_from(*index) {
        Ok(at) if at <= length => Ok(Value::from(text.chars().nth(at).map(String::from).unwrap_or_default())),
        _ => out_of_range(*index),
    }
}

/// Where a part begins, counted in characters, from an offset on.
fn find(text: &[char], part: &[char], from: usize) -> Option<usize> {
    let last = text.len().checked_sub(part.len())?;
    (from..=last).find(|at| text[*at..*at + part.len()] == *part)
}

fn index_of<'v>(args: &[Value<'v>]) -> Result<'v> {
    let (text, part, offset) = match args {
        [Value::String(text), Value::String(part)] => (text, part, 0),
        [Value::String(text), Value::String(part), Value::Int(offset)] => (text, part, *offset),
        [Value::List(list), wanted] => return super::lists::position(list, wanted, false),
        _ => return no_overload("indexOf", args),
    };
    let Ok(from) = usize::try_from(offset) else { return out_of_range(offset) };
    let text: Vec<char> = text.chars().collect();
    let part: Vec<char> = part.chars().collect();
    if part.is_empty() {
        return Ok(Value::Int(from.min(text.len()) as i64));
    }
    Ok(Value::Int(find(&text, &part, from).map_or(-1, |at| at as i64)))
}

fn last_index_of<'v>(args: &[Value<'v>]) -> Result<'v> {
    let (text, part, offset) = match args {
        [Value::String(text), Value::String(part)] => (text, part, None),
        [Value::String(text), Value::String(part), Value::Int(offset)] => (text, part, Some(*offset)),
        [Value::List(list), wanted] => return super::lists::position(list, wanted, true),
        _ => return no_overload("lastIndexOf", args),
    };
    let text: Vec<char> = text.chars().collect();
    let part: Vec<char> = part.chars().collect();
    let from = match offset {
        None if part.is_empty() => return Ok(Value::Int(text.len() as i64)),
        None if text.len() < part.len() => return Ok(Value::Int(-1)),
        None => text.len() as i64 - 1,
        Some(offset) => offset,
    };
    let Ok(from) = usize::try_from(from) else { return out_of_range(from) };
    if part.is_empty() {
        return Ok(Value::Int(from.min(text.len()) as i64));
    }
    if from >= text.len() {
        return Ok(Value::Int(-1));
    }
    let Some(last) = text.len().checked_sub(part.len()) else { return Ok(Value::Int(-1)) };
    let found = (0..=from.min(last)).rev().find(|at| text[*at..*at + part.len()] == *part);
    Ok(Value::Int(found.map_or(-1, |at| at as i64)))
}

fn replace<'v>(args: &[Value<'v>]) -> Result<'v> {
    let (text, old, new, count) = match args {
        [Value::String(text), Value::String(old), Value::String(new)] => (text, old, new, -1),
        [Value::String(text), Value::String(old), Value::String(new), Value::Int(count)] => {
            (text, old, new, *count)
        }
        _ => return no_overload("replace", args),
    };
    Ok(Value::from(match usize::try_from(count) {
        Ok(count) => text.replacen(&**old, new, count),
        Err(_) => text.replace(&**old, new),
    }))
}

fn texts<'v>(parts: impl Iterator<Item = String>) -> Value<'v> {
    Value::list(parts.map(Value::from).collect())
}

fn split<'v>(args: &[Value<'v>]) -> Result<'v> {
    let (text, separator, limit) = match args {
        [Value::String(text), Value::String(separator)] => (text, separator, -1),
        [Value::String(text), Value::String(separator), Value::Int(limit)] => (text, separator, *limit),
        _ => return no_overload("split", args),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit == 0 {
        return Ok(Value::list(Vec::new()));
    }
    if !separator.is_empty() {
        return Ok(texts(text.splitn(limit, &**separator).map(str::to_owned)));
    }
    // An empty separator splits between characters; the last part takes what is left.
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if parts.len() + 1 == limit {
            parts.push(rest.to_owned());
            break;
        }
        parts.push(c.to_string());
        rest = &rest[c.len_utf8()..];
    }
    Ok(texts(parts.into_iter()))
}

fn substring<'v>(args: &[Value<'v>]) -> Result<'v> {
    let (text, start, end) = match args {
        [Value::String(text), Value::Int(start)] => (text, *start, None),
        [Value::String(text), Value::Int(start), Value::Int(end)] => (text, *start, Some(*end)),
        _ => return no_overload("substring", args),
    };
    let length = text.chars().count() as i64;
    if let Some(end) = end
        && start > end
    {
        return Err(EvalError::new(format!("invalid substring range. start: {start}, end: {end}")));
    }
    for index in std::iter::once(start).chain(end) {
        if index < 0 || index > length {
            return out_of_range(index);
        }
    }
    let count = end.unwrap_or(length) - start;
    Ok(Value::from(text.chars().skip(start as usize).take(count as usize).collect::<String>()))
}

fn join<'v>(args: &[Value<'v>]) -> Result<'v> {
    let (list, separator) = match args {
        [Value::List(list)] => (list, ""),
        [Value::List(list), Value::String(separator)] => (list, separator.as_str()),
        _ => return no_overload("join", args),
    };
    let mut out = String::new();
    for (index, element) in list.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        match element? {
            Value::String(text) => out.push_str(&text),
            other => return Err(EvalError::new(format!("join: invalid input: {}", show(&other)))),
        }
    }
    Ok(Value::from(out))
}

fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
