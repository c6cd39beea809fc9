//! Classes of characters and escapes.

use std::fmt::Write;

use super::{error, literal};

const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// Rewrites the class that the text begins with; gives what follows.
pub(super) fn translate<'a>(whole: &'a str, out: &mut String) -> Result<&'a str, String> {
    let mut text = &whole[1..];
    out.push('[');
    if let Some(after) = text.strip_prefix('^') {
        out.push('^');
        text = after;
    }
    let mut is_first = true;
    while is_first || !text.starts_with(']') {
        is_first = false;
        if let Some(named) = text.strip_prefix("[:")
            && let Some(end) = named.find(":]")
        {
            let written = &text[..end + 4];
            let name = named[..end].strip_prefix('^').unwrap_or(&named[..end]);
            if !POSIX.contains(&name) {
                return Err(error("invalid character class range", written));
            }
            out.push_str(written);
            text = &text[end + 4..];
            continue;
        }
        if let Some((class, after)) = unicode(text)? {
            out.push_str(&class);
            text = after;
            continue;
        }
        if let Some((class, after)) = perl(text) {
            let is_negated = class.starts_with('^');
            out.push_str(if is_negated { "[" } else { "" });
            out.push_str(class);
            out.push_str(if is_negated { "]" } else { "" });
            text = after;
            continue;
        }
        let range = text;
        let (low, after) = character(text, whole)?;
        text = after;
        let mut high = low;
        if let Some(after) =
            text.strip_prefix('-').filter(|after| !after.is_empty() && !after.starts_with(']'))
        {
            (high, text) = character(after, whole)?;
            if high < low {
                let written = &range[..range.len() - text.len()];
                return Err(error("invalid character class range", written));
            }
        }
        write_range(low, high, out);
    }
    out.push(']');
    Ok(&text[1..])
}

/// Surrogates are left out: no text holds them.
fn write_range(low: u32, high: u32, out: &mut String) {
    let mut part = |low: u32, high: u32| {
        if let (Some(low), Some(high)) = (char::from_u32(low), char::from_u32(high)) {
            literal(low, out);
            if low != high {
                out.push('-');
                literal(high, out);
            }
        }
    };
    match (low, high) {
        (..0xd800, 0xe000..) => {
            part(low, 0xd7ff);
            part(0xe000, high);
        }
        (..0xd800, 0xd800..0xe000) => part(low, 0xd7ff),
        (0xd800..0xe000, 0xe000..) => part(0xe000, high),
        _ => part(low, high),
    }
}

fn character<'a>(text: &'a str, whole: &str) -> Result<(u32, &'a str), String> {
    if text.starts_with('\\') {
        return escaped(text);
    }
    let first = text.chars().next().ok_or_else(|| error("missing closing ]", whole))?;
    Ok((u32::from(first), &text[first.len_utf8()..]))
}

/// `\d` and its like, which are ASCII to Go: what stands in the brackets.
pub(super) fn perl(text: &str) -> Option<(&'static str, &str)> {
    let class = match text.strip_prefix('\\')?.as_bytes().first()? {
        b'd' => "0-9",
        b'D' => "^0-9",
        b's' => r"\t\n\x0C\r\x20",
        b'S' => r"^\t\n\x0C\r\x20",
        b'w' => "0-9A-Za-z_",
        b'W' => "^0-9A-Za-z_",
        _ => return None,
    };
    Some((class, &text[2..]))
}

/// `\pL`, `\p{Greek}`, `\P{^Greek}`.
pub(super) fn unicode(text: &str) -> Result<Option<(String, &str)>, String> {
    let mut negated = match text.as_bytes() {
        [b'\\', b'p', ..] => false,
        [b'\\', b'P', ..] => true,
        _ => return Ok(None),
    };
    let after = &text[2..];
    let Some(first) = after.chars().next() else { return Ok(None) };
    let (written, name) = if first == '{' {
        let end = text.find('}').ok_or_else(|| error("invalid character class range", text))?;
        (&text[..=end], &text[3..end])
    } else {
        let end = 2 + first.len_utf8();
        (&text[..end], &text[2..end])
    };
    let name = match name.strip_prefix('^') {
        Some(name) => {
            negated = !negated;
            name
        }
        None => name,
    };
    let mut class = String::new();
    // Writing into a string cannot fail.
    let _ = write!(class, "\\{}{{{name}}}", if negated { 'P' } else { 'p' });
    let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_word || regex::bytes::Regex::new(&class).is_err() {
        return Err(error("invalid character class range", written));
    }
    Ok(Some((class, &text[written.len()..])))
}

/// An escape that stands for one character.
pub(super) fn escaped(text: &str) -> Result<(u32, &str), String> {
    let inner = &text[1..];
    let Some(first) = inner.chars().next() else {
        return Err(error("trailing backslash at end of expression", ""));
    };
    let after = &inner[first.len_utf8()..];
    let fault = |rest: &str| Err(error("invalid escape sequence", &text[..text.len() - rest.len()]));
    let code = match first {
        '0'..='7' if first == '0' || after.starts_with(|next| matches!(next, '0'..='7')) => {
            let length = inner.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            let code = u32::from_str_radix(&inner[..length], 8).unwrap_or_default();
            return Ok((code, &inner[length..]));
        }
        'x' => return hexadecimal(text, after),
        'a' => 7,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        _ if first.is_ascii() && !first.is_ascii_alphanumeric() => u32::from(first),
        _ => return fault(after),
    };
    Ok((code, after))
}

fn hexadecimal<'a>(text: &str, after: &'a str) -> Result<(u32, &'a str), String> {
    let fault = |rest: &str| Err(error("invalid escape sequence", &text[..text.len() - rest.len()]));
    let Some(braced) = after.strip_prefix('{') else {
        let mut runes = after.chars();
        let digits = (runes.next(), runes.next());
        let rest = runes.as_str();
        return match digits {
            (Some(high), Some(low)) => match (high.to_digit(16), low.to_digit(16)) {
                (Some(high), Some(low)) => Ok((high * 16 + low, rest)),
                _ => fault(rest),
            },
            _ => fault(""),
        };
    };
    let mut code = 0;
    for (at, rune) in braced.char_indices() {
        let rest = &braced[at + rune.len_utf8()..];
        match rune.to_digit(16) {
            Some(digit) if code * 16 + digit <= 0x10_ffff => code = code * 16 + digit,
            None if rune == '}' && at > 0 => return Ok((code, rest)),
            _ => return fault(rest),
        }
    }
    fault("")
}
