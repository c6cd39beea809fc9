//! Upper, lower, title, and the cases of identifiers as huandu/xstrings makes them.

use amethyst_gotemplate::Value;

use crate::unicode::{
    is_digit, is_letter, is_lower, is_number, is_punct, is_space, is_title, is_upper, runes, to_lower,
    to_title, to_upper,
};

pub(super) fn upper(whole: &Value) -> Value {
    let bytes = whole.as_bytes().unwrap_or_default();
    if let (true, Value::String(text)) = (bytes.is_ascii(), whole) {
        return Value::from(text.to_ascii_uppercase());
    }
    Value::from(runes(bytes).into_iter().map(to_upper).collect::<String>())
}

pub(super) fn lower(whole: &Value) -> Value {
    let bytes = whole.as_bytes().unwrap_or_default();
    if let (true, Value::String(text)) = (bytes.is_ascii(), whole) {
        return Value::from(text.to_ascii_lowercase());
    }
    Value::from(runes(bytes).into_iter().map(to_lower).collect::<String>())
}

/// `strings.Title`: the first letter of each word.
pub(super) fn title(bytes: &[u8]) -> Value {
    let mut before = ' ';
    let titled = runes(bytes).into_iter().map(|rune| {
        let first = is_separator(before);
        before = rune;
        if first { to_title(rune) } else { rune }
    });
    Value::from(titled.collect::<String>())
}

fn is_separator(rune: char) -> bool {
    if rune.is_ascii() {
        return !rune.is_ascii_alphanumeric() && rune != '_';
    }
    !is_letter(rune) && !is_digit(rune) && is_space(rune)
}

/// The first letter of each word made small.
pub(super) fn untitle(bytes: &[u8]) -> Value {
    let mut first = true;
    let changed = runes(bytes).into_iter().map(|rune| {
        if is_space(rune) {
            first = true;
            rune
        } else if std::mem::take(&mut first) {
            to_lower(rune)
        } else {
            rune
        }
    });
    Value::from(changed.collect::<String>())
}

/// Capitals small and small letters capital; at the start of a word a small letter becomes its title case.
pub(super) fn swap(bytes: &[u8]) -> Value {
    let mut space = true;
    let changed = runes(bytes).into_iter().map(|rune| {
        if is_upper(rune) || is_title(rune) {
            space = false;
            to_lower(rune)
        } else if is_lower(rune) {
            if std::mem::take(&mut space) { to_title(rune) } else { to_upper(rune) }
        } else {
            space = is_space(rune);
            rune
        }
    });
    Value::from(changed.collect::<String>())
}

fn is_connector(rune: char) -> bool {
    rune == '-' || rune == '_' || is_space(rune)
}

/// `some_words` to `SomeWords`; connectors at the start stay, as one of each row of them does.
pub(super) fn pascal(text: &str) -> Value {
    let mut runes = text.chars();
    let mut out = String::with_capacity(text.len());
    let mut last = None;
    let mut after_capital = false;
    for rune in runes.by_ref() {
        if !is_connector(rune) {
            after_capital = is_upper(rune);
            last = Some(to_upper(rune));
            break;
        }
        out.push(rune);
        last = None;
    }
    let Some(mut last) = last else {
        // Upstream writes the last of connectors alone twice.
        out.extend(text.chars().next_back());
        return Value::from(out);
    };
    for mut rune in runes {
        let before = last;
        if is_connector(rune) && is_connector(before) {
            out.push(before);
            last = rune;
            continue;
        }
        if is_connector(before) {
            after_capital = is_upper(rune);
            rune = to_upper(rune);
        } else {
            if after_capital {
                if is_upper(rune) {
                    rune = to_lower(rune);
                } else {
                    after_capital = false;
                }
            }
            out.push(before);
        }
        last = rune;
    }
    out.push(last);
    Value::from(out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invalid,
    Number,
    Upper,
    Alphabet,
    Connector,
    Punct,
    Other,
}

/// A letter that is no Chinese, Japanese or Korean character.
fn is_alphabet(rune: char) -> bool {
    is_letter(rune)
        && !matches!(rune, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}')
}

struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    /// The next row of runes of one kind.
    fn next(&mut self) -> (Kind, &'a str) {
        let text = self.rest;
        let Some(first) = text.chars().next() else { return (Kind::Invalid, "") };
        let (kind, length) = if is_connector(first) {
            (Kind::Connector, row(text, is_connector))
        } else if is_punct(first) {
            (Kind::Punct, row(text, is_punct))
        } else if is_upper(first) {
            (Kind::Upper, capitals(text, first))
        } else if is_alphabet(first) {
            (Kind::Alphabet, row(text, |rune| is_alphabet(rune) && !is_upper(rune)))
        } else if is_number(first) {
            (Kind::Number, row(text, is_number))
        } else {
            let other =
                |rune| !is_connector(rune) && !is_alphabet(rune) && !is_number(rune) && !is_punct(rune);
            (Kind::Other, row(text, other))
        };
        let (word, rest) = text.split_at(length);
        self.rest = rest;
        (kind, word)
    }
}

fn row(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    text[first..].char_indices().find(|(_, rune)| !belongs(*rune)).map_or(text.len(), |(at, _)| first + at)
}

/// `HTTPServer`: the last of several capitals belongs to the word that follows.
fn capitals(text: &str, first: char) -> usize {
    let after_first = &text[first.len_utf8()..];
    match after_first.chars().next() {
        Some(second) if is_upper(second) => {
            let length = row(text, is_upper);
            let follows = text[length..].chars().next();
            if follows.is_some_and(is_alphabet) {
                length - text[..length].chars().next_back().map_or(0, char::len_utf8)
            } else {
                length
            }
        }
        Some(second) if is_alphabet(second) => row(text, |rune| is_alphabet(rune) && !is_upper(rune)),
        _ => first.len_utf8(),
    }
}

/// `FirstName` to `first_name`; the steps are upstream's, down to where numbers belong.
pub(super) fn separated(text: &str, connector: char) -> Value {
    let mut out = String::with_capacity(text.len() + 8);
    let mut words = Words { rest: text };
    let is_plain = |kind| matches!(kind, Kind::Alphabet | Kind::Number);
    let parts = |kind| !matches!(kind, Kind::Connector | Kind::Punct);
    let (mut kind, mut word) = words.next();
    while !words.rest.is_empty() {
        if kind != Kind::Connector {
            put(&mut out, kind, word, connector);
        }
        let (before, last) = (kind, word);
        (kind, word) = words.next();
        match before {
            Kind::Number => {
                while is_plain(kind) {
                    put(&mut out, kind, word, connector);
                    (kind, word) = words.next();
                }
                if kind != Kind::Invalid && parts(kind) {
                    out.push(connector);
                }
            }
            Kind::Connector => put(&mut out, before, last, connector),
            Kind::Punct => {}
            _ if kind != Kind::Number => {
                if parts(kind) {
                    out.push(connector);
                }
            }
            _ if words.rest.is_empty() => {}
            _ => {
                let number = word;
                (kind, word) = words.next();
                if kind == Kind::Alphabet {
                    out.push(connector);
                    put(&mut out, Kind::Number, number, connector);
                    while is_plain(kind) {
                        put(&mut out, kind, word, connector);
                        (kind, word) = words.next();
                    }
                    if kind != Kind::Invalid && parts(kind) {
                        out.push(connector);
                    }
                } else {
                    put(&mut out, Kind::Number, number, connector);
                    if parts(kind) {
                        out.push(connector);
                    }
                }
            }
        }
    }
    put(&mut out, kind, word, connector);
    Value::from(out)
}

fn put(out: &mut String, kind: Kind, word: &str, connector: char) {
    if !matches!(kind, Kind::Upper | Kind::Connector) {
        out.push_str(word);
        return;
    }
    for rune in word.chars() {
        out.push(if is_connector(rune) {
            connector
        } else if is_upper(rune) {
            to_lower(rune)
        } else {
            rune
        });
    }
}
