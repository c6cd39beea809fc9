//! Kinds of characters, and string and character literals.

use crate::print::is_print;

pub(super) fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n')
}

pub(super) fn is_alphanumeric(char: char) -> bool {
    char == '_' || char.is_alphanumeric()
}

/// As Go's `%#U` prints it.
pub(super) fn char_code(char: char) -> String {
    let code = u32::from(char);
    if is_print(char) { format!("U+{code:04X} '{char}'") } else { format!("U+{code:04X}") }
}

/// The bytes of a string literal with its quotes; `None` when it is none of Go.
pub(super) fn unquote(literal: &str) -> Option<Vec<u8>> {
    if let Some(raw) = literal.strip_prefix('`') {
        let raw = raw.strip_suffix('`')?;
        return Some(raw.bytes().filter(|byte| *byte != b'\r').collect());
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let (unit, tail) = escape(&rest[at..], '"')?;
        match unit {
            Unit::Byte(byte) => out.push(byte),
            Unit::Char(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = tail;
    }
    out.extend_from_slice(rest.as_bytes());
    Some(out)
}

/// A character constant with its quotes: its code, or what is wrong with it.
pub(super) fn unquote_char(literal: &str) -> Result<u32, String> {
    let invalid = || "invalid syntax".to_owned();
    let rest = literal.strip_prefix('\'').ok_or_else(invalid)?;
    let first = rest.chars().next().ok_or_else(invalid)?;
    let (code, tail) = match first {
        '\'' => return Err(invalid()),
        '\\' => match escape(rest, '\'').ok_or_else(invalid)? {
            (Unit::Byte(byte), tail) => (u32::from(byte), tail),
            (Unit::Char(char), tail) => (u32::from(char), tail),
        },
        char => (u32::from(char), &rest[char.len_utf8()..]),
    };
    if tail == "'" { Ok(code) } else { Err(format!("malformed character constant: {literal}")) }
}

enum Unit {
    Byte(u8),
    Char(char),
}

/// One escape at the start of `text`, and what follows it.
fn escape(text: &str, quote: char) -> Option<(Unit, &str)> {
    let mut chars = text.strip_prefix('\\')?.chars();
    let letter = chars.next()?;
    let rest = chars.as_str();
    let simple = |char| Some((Unit::Char(char), rest));
    match letter {
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        '\\' => simple('\\'),
        '\'' | '"' => (letter == quote).then_some((Unit::Char(letter), rest)),
        'x' => {
            let code = number(rest, 2, 16)?;
            Some((Unit::Byte(code as u8), &rest[2..]))
        }
        'u' => Some((Unit::Char(char::from_u32(number(rest, 4, 16)?)?), &rest[4..])),
        'U' => Some((Unit::Char(char::from_u32(number(rest, 8, 16)?)?), &rest[8..])),
        '0'..='7' => {
            let code = number(&text[1..], 3, 8)?;
            Some((Unit::Byte(u8::try_from(code).ok()?), &text[4..]))
        }
        _ => None,
    }
}

fn number(text: &str, length: usize, radix: u32) -> Option<u32> {
    let digits = text.get(..length).filter(|digits| digits.chars().all(|char| char.is_digit(radix)))?;
    u32::from_str_radix(digits, radix).ok()
}
