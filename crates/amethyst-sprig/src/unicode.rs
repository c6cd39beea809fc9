//! Runes as Go's `unicode` and `utf8` see them: one rune maps to one rune, and a byte that is no UTF-8 is a
//! rune by itself.

use std::sync::LazyLock;

use regex::Regex;

/// Runes of a string, each with its bytes; `None` for a byte that is no UTF-8.
pub(crate) struct Runes<'a> {
    bytes: &'a [u8],
}

impl<'a> Runes<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }
}

impl<'a> Iterator for Runes<'a> {
    type Item = (Option<char>, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = match self.bytes.first()? {
            0..0x80 => 1,
            0xc2..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0..0xf5 => 4,
            _ => 0,
        };
        let rune = self.bytes.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let rune = rune.and_then(|text| text.chars().next());
        let (raw, rest) = self.bytes.split_at(if rune.is_some() { length } else { 1 });
        self.bytes = rest;
        Some((rune, raw))
    }
}

/// The runes of a string; what is no UTF-8 is U+FFFD.
pub(crate) fn runes(bytes: &[u8]) -> Vec<char> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.chars().collect();
    }
    Runes::new(bytes).map(|(rune, _)| rune.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// `unicode.ToUpper`.
pub(crate) fn to_upper(rune: char) -> char {
    let mut mapped = rune.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(upper), None) => upper,
        _ => titled_greek(rune),
    }
}

/// Letters whose capital is one rune, but several in Rust's full mapping: Greek with iota below.
fn titled_greek(rune: char) -> char {
    let code = u32::from(rune);
    let capital = match code {
        0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7 => code + 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => code + 9,
        _ => code,
    };
    char::from_u32(capital).unwrap_or(rune)
}

/// `unicode.ToLower`.
pub(crate) fn to_lower(rune: char) -> char {
    rune.to_lowercase().next().unwrap_or(rune)
}

/// `unicode.ToTitle`.
pub(crate) fn to_title(rune: char) -> char {
    match rune {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => rune,
        _ => to_upper(rune),
    }
}

/// `unicode.IsUpper`: the category, not the property.
pub(crate) fn is_upper(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_uppercase() } else { rune.is_uppercase() && is(&UPPER, rune) }
}

/// `unicode.IsLower`.
pub(crate) fn is_lower(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_lowercase() } else { rune.is_lowercase() && is(&LOWER, rune) }
}

/// `unicode.IsTitle`.
pub(crate) fn is_title(rune: char) -> bool {
    !rune.is_ascii() && is(&TITLE, rune)
}

/// `unicode.IsLetter`.
pub(crate) fn is_letter(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_alphabetic() } else { is(&LETTER, rune) }
}

/// `unicode.IsDigit`.
pub(crate) fn is_digit(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_digit() } else { is(&DIGIT, rune) }
}

/// `unicode.IsNumber`.
pub(crate) fn is_number(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_digit() } else { is(&NUMBER, rune) }
}

/// `unicode.IsPunct`.
pub(crate) fn is_punct(rune: char) -> bool {
    is(&PUNCT, rune)
}

/// `unicode.IsSpace`.
pub(crate) fn is_space(rune: char) -> bool {
    rune.is_whitespace()
}

static UPPER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Lu}").ok());
static LOWER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Ll}").ok());
static TITLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Lt}").ok());
static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{L}").ok());
static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}").ok());
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{N}").ok());
static PUNCT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{P}").ok());
/// Whether the rune is of a general category; the tables are those of the `regex` crate.
fn is(category: &LazyLock<Option<Regex>>, rune: char) -> bool {
    let mut buffer = [0; 4];
    category.as_ref().is_some_and(|pattern| pattern.is_match(rune.encode_utf8(&mut buffer)))
}
