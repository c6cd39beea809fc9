//! Replacing with `$1`, `${name}` and `$$`.

use amethyst_gotemplate::Value;
use regex::bytes::Captures;

use super::Pattern;
use crate::arguments::{Answer, SIZE_MAX};
use crate::unicode::{Runes, is_digit, is_letter};

pub(super) fn replace(pattern: &Pattern, text: &[u8], template: &[u8]) -> Answer {
    if !template.contains(&b'$') {
        return replace_literal(pattern, text, template);
    }
    let is_text = std::str::from_utf8(text).ok();
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for found in pattern.regex.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        if is_text.is_some_and(|text| !text.is_char_boundary(whole.start())) {
            continue;
        }
        out.extend_from_slice(&text[from..whole.start()]);
        expand(pattern, &found, template, &mut out);
        from = whole.end();
        check_size(&out)?;
    }
    out.extend_from_slice(&text[from..]);
    Ok(Value::bytes_string(out))
}

pub(super) fn replace_literal(pattern: &Pattern, text: &[u8], literal: &[u8]) -> Answer {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for found in pattern.matches(text) {
        out.extend_from_slice(&text[from..found.start()]);
        out.extend_from_slice(literal);
        from = found.end();
        check_size(&out)?;
    }
    out.extend_from_slice(&text[from..]);
    Ok(Value::bytes_string(out))
}

fn check_size(out: &[u8]) -> Result<(), String> {
    if out.len() > SIZE_MAX { Err("strings: Repeat output length overflow".to_owned()) } else { Ok(()) }
}

fn expand(pattern: &Pattern, found: &Captures<'_>, template: &[u8], out: &mut Vec<u8>) {
    let mut rest = template;
    while let Some(at) = memchr::memchr(b'$', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix(b"$$") {
            out.push(b'$');
            rest = after;
            continue;
        }
        let Some((name, after)) = name(rest) else {
            // A dollar that names nothing stands for itself.
            out.push(b'$');
            rest = &rest[1..];
            continue;
        };
        rest = after;
        let group = match index(name) {
            Some(index) => found.get(index),
            // Of groups with one name the first that took part counts.
            None => pattern
                .names
                .iter()
                .enumerate()
                .filter(|(_, group)| group.as_ref().is_some_and(|group| group.as_bytes() == name))
                .find_map(|(index, _)| found.get(index)),
        };
        out.extend_from_slice(group.map_or(b"", |group| group.as_bytes()));
    }
    out.extend_from_slice(rest);
}

/// The number of a group; one with a leading zero is a name.
fn index(name: &[u8]) -> Option<usize> {
    if !name.iter().all(u8::is_ascii_digit) || name.len() > 1 && name[0] == b'0' {
        return None;
    }
    match std::str::from_utf8(name).ok()?.parse::<usize>() {
        Ok(index) if index < 100_000_000 => Some(index),
        _ => Some(usize::MAX),
    }
}

/// The name behind a dollar, in braces or not, and what follows.
fn name(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let has_brace = text.starts_with(b"${");
    let inner = &text[if has_brace { 2 } else { 1 }..];
    let mut length = 0;
    for (rune, raw) in Runes::new(inner) {
        let belongs = rune.is_some_and(|rune| rune == '_' || is_letter(rune) || is_digit(rune));
        if !belongs {
            break;
        }
        length += raw.len();
    }
    if length == 0 {
        return None;
    }
    let (name, after) = inner.split_at(length);
    if has_brace { Some((name, after.strip_prefix(b"}")?)) } else { Some((name, after)) }
}
