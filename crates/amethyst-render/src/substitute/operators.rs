//! What the operators of `${...}` do with a value.

use super::pattern::{Length, match_end, match_start};

/// Applies `operator` to `value`; lengths and offsets count bytes, as upstream's do.
pub(super) fn apply(operator: &str, value: String, parameters: &[String]) -> String {
    let first = parameters.first().map_or("", String::as_str);
    let second = parameters.get(1).map_or("", String::as_str);
    match operator {
        "#" if parameters.is_empty() => value.len().to_string(),
        "," => recase_first(&value, |char| char.to_lowercase().collect()),
        ",," => value.to_lowercase(),
        "^" => recase_first(&value, |char| char.to_uppercase().collect()),
        "^^" => value.to_uppercase(),
        "#" => trim(&value, first, Side::Prefix, Length::Shortest),
        "##" => trim(&value, first, Side::Prefix, Length::Longest),
        "%" => trim(&value, first, Side::Suffix, Length::Shortest),
        "%%" => trim(&value, first, Side::Suffix, Length::Longest),
        ":" => substring(&value, parameters),
        "/" => value.replacen(first, second, 1),
        "//" => value.replace(first, second),
        "/#" if parameters.len() == 2 && value.starts_with(first) => value.replacen(first, second, 1),
        "/%" if parameters.len() == 2 => {
            value.strip_suffix(first).map_or_else(|| value.clone(), |head| format!("{head}{second}"))
        }
        "/#" => value,
        // Every other operator gives its parameter for an empty value, `:+` and `:?` too: upstream's own.
        _ if value.is_empty() => parameters.concat(),
        _ => value,
    }
}

/// How large a value gets by replacements, at most; 0 when the operator makes none.
pub(super) fn replaced_size(operator: &str, value: &str, parameters: &[String]) -> usize {
    match (operator, parameters) {
        ("//", [old, new]) => value.len() + value.matches(old.as_str()).count().saturating_mul(new.len()),
        _ => 0,
    }
}

fn recase_first(value: &str, recase: impl Fn(char) -> String) -> String {
    let mut chars = value.chars();
    chars.next().map_or_else(String::new, |first| recase(first) + chars.as_str())
}

fn substring(value: &str, parameters: &[String]) -> String {
    let bytes = value.as_bytes();
    let length = bytes.len() as i64;
    let Some(offset) = parameters.first().and_then(|offset| offset.parse::<i64>().ok()) else {
        return value.to_owned();
    };
    let from = if offset < 0 { (length + offset).max(0) } else { offset };
    let to = match parameters.get(1).map(|count| count.parse::<i64>()) {
        None => length,
        Some(Err(_)) => return value.to_owned(),
        Some(Ok(count)) => from.saturating_add(count).min(length),
    };
    // Upstream panics when a negative length ends before the start; nothing is the honest answer.
    if from >= to {
        return String::new();
    }
    String::from_utf8_lossy(&bytes[from as usize..to as usize]).into_owned()
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Prefix,
    Suffix,
}

fn trim(value: &str, pattern: &str, side: Side, length: Length) -> String {
    let found = match side {
        Side::Prefix => match_start(pattern, value, length),
        Side::Suffix => match_end(pattern, value, length),
    };
    match (found, side) {
        (None, _) => value.to_owned(),
        (Some(count), Side::Prefix) => value.chars().skip(count).collect(),
        (Some(count), Side::Suffix) => value.chars().take(value.chars().count() - count).collect(),
    }
}
