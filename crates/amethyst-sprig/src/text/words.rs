//! Words in running text, as goutils sees them: byte by byte.

use amethyst_gotemplate::Value;
use memchr::{memchr, memrchr};

use crate::arguments::part;

/// Cuts text to `width` bytes with `...` at the end, and at the start when `offset` lies behind it.
pub(super) fn abbreviate(whole: &Value, offset: i64, width: i64) -> Value {
    let bytes = whole.as_bytes().unwrap_or_default();
    let length = bytes.len() as i64;
    if width < 4 || length <= width {
        return whole.clone();
    }
    let keep = width - 3;
    let mut offset = offset.min(length);
    if length - offset < keep {
        offset = length - keep;
    }
    let mut out = Vec::with_capacity(width as usize);
    if offset <= 4 {
        out.extend_from_slice(&bytes[..keep as usize]);
        out.extend_from_slice(b"...");
    } else if width < 7 {
        return Value::from("");
    } else if offset + keep < length {
        out.extend_from_slice(b"...");
        let inner = part(whole, &bytes[offset as usize..]);
        out.extend_from_slice(abbreviate(&inner, 0, keep).as_bytes().unwrap_or_default());
    } else {
        out.extend_from_slice(b"...");
        out.extend_from_slice(&bytes[(length - keep) as usize..]);
    }
    Value::bytes_string(out)
}

/// Breaks lines at spaces.
pub(super) fn wrap(bytes: &[u8], width: i64, separator: &[u8], break_words: bool) -> Value {
    let width = usize::try_from(width).unwrap_or_default().max(1);
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    let mut rest = bytes;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let (line, skip) = match memrchr(b' ', &rest[..=width]) {
            Some(at) => (at, 1),
            None if break_words => (width, 0),
            None => match memchr(b' ', &rest[width..]) {
                Some(at) => (width + at, 1),
                None => break,
            },
        };
        out.extend_from_slice(&rest[..line]);
        out.extend_from_slice(separator);
        rest = &rest[line + skip..];
    }
    out.extend_from_slice(rest);
    Value::bytes_string(out)
}

/// Takes white space out. Upstream takes each byte for a rune, and writes them so when there is any.
pub(super) fn without_space(whole: &Value) -> Value {
    let bytes = whole.as_bytes().unwrap_or_default();
    let kept: String =
        bytes.iter().map(|byte| char::from(*byte)).filter(|rune| !rune.is_whitespace()).collect();
    if kept.chars().count() == bytes.len() { whole.clone() } else { Value::from(kept) }
}

/// The first byte of each word, taken for a rune.
pub(super) fn initials(bytes: &[u8]) -> Value {
    let mut gap = true;
    let mut out = String::new();
    for rune in bytes.iter().map(|byte| char::from(*byte)) {
        if rune.is_whitespace() {
            gap = true;
        } else if std::mem::take(&mut gap) {
            out.push(rune);
        }
    }
    Value::from(out)
}
