//! Which styles a text allows: libyaml's rules with go-yaml's limits.

use super::Role;
use crate::Dialect;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// What a text allows.
pub(super) struct Analysis {
    /// It holds a line break of any kind.
    pub(super) multiline: bool,
    /// It holds a line feed.
    pub(super) line_feeds: bool,
    pub(super) ascii: bool,
    plain: bool,
    single_quoted: bool,
    block: bool,
}

/// What a byte may change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Nothing,
    Space,
    Break,
    Tab,
    Colon,
    Hash,
    Special,
    Wide,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Nothing; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' => Class::Space,
            b'\n' | b'\r' => Class::Break,
            b'\t' => Class::Tab,
            b':' => Class::Colon,
            b'#' => Class::Hash,
            0..=0x1f | 0x7f => Class::Special,
            0x80.. => Class::Wide,
            _ => Class::Nothing,
        };
        byte += 1;
    }
    classes
};

/// Whether a line break of any kind begins at `at`; its length in bytes.
pub(super) fn break_at(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'\n' | b'\r' => Some(1),
        0xc2 if bytes.get(at + 1) == Some(&0x85) => Some(2),
        0xe2 if bytes.get(at + 1) == Some(&0x80) && matches!(bytes.get(at + 2), Some(0xa8 | 0xa9)) => Some(3),
        _ => None,
    }
}

/// Whether a line break of any kind ends before `at`.
pub(super) fn break_before(bytes: &[u8], at: usize) -> bool {
    [1, 2, 3].iter().any(|length| at >= *length && break_at(bytes, at - length) == Some(*length))
}

/// go-yaml's `is_printable` for a character of several bytes: nothing beyond the basic plane, no byte order
/// mark.
pub(super) fn is_wide_printable(bytes: &[u8], at: usize) -> bool {
    let next = |ahead: usize| bytes.get(at + ahead).copied().unwrap_or_default();
    match bytes[at] {
        0xc2 => next(1) >= 0xa0,
        0xed => next(1) < 0xa0,
        0xef => match (next(1), next(2)) {
            (0xbb, last) => last != 0xbf,
            (0xbf, last) => !matches!(last, 0xbe | 0xbf),
            _ => true,
        },
        lead => lead > 0xc2 && lead < 0xef,
    }
}

/// libyaml's `yaml_emitter_analyze_scalar` for block context.
pub(super) fn analyze(text: &str, dialect: Dialect) -> Analysis {
    let bytes = text.as_bytes();
    let mut found = Analysis {
        multiline: false,
        line_feeds: false,
        ascii: true,
        plain: true,
        single_quoted: true,
        block: !text.is_empty(),
    };
    let Some(&first) = bytes.first() else { return found };
    let blank_at = |at: usize| matches!(bytes.get(at), None | Some(b' ' | b'\t'));
    let (mut special, mut tabs, mut break_space, mut space_break) = (false, false, false, false);
    let mut indicators = match first {
        b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@'
        | b'`' | b'#' => true,
        b'?' | b'-' => blank_at(1) || text.starts_with("---"),
        b'.' => text.starts_with("..."),
        _ => false,
    };
    for (at, &byte) in bytes.iter().enumerate() {
        match CLASSES[usize::from(byte)] {
            Class::Nothing => {}
            Class::Space => break_space |= at > 0 && break_before(bytes, at),
            Class::Break => {
                found.multiline = true;
                found.line_feeds |= byte == b'\n';
                special |= byte == b'\r';
                space_break |= at > 0 && bytes[at - 1] == b' ';
            }
            Class::Tab => tabs = true,
            Class::Colon => indicators |= blank_at(at + 1),
            Class::Hash => indicators |= at > 0 && bytes[at - 1] == b' ',
            Class::Special => special = true,
            Class::Wide => {
                found.ascii = false;
                if byte & 0xc0 == 0x80 {
                    continue;
                }
                special |= !is_wide_printable(bytes, at);
                if break_at(bytes, at).is_some() {
                    found.multiline = true;
                    space_break |= at > 0 && bytes[at - 1] == b' ';
                }
            }
        }
    }
    let trailing_space = bytes.ends_with(b" ");
    let edges = first == b' '
        || trailing_space
        || found.multiline && (break_at(bytes, 0).is_some() || break_before(bytes, bytes.len()));
    // go-yaml v3 lets tabs into blocks.
    special |= tabs && dialect == Dialect::GoV2;
    let unquotable = space_break || special;
    found.plain = !(edges || break_space || unquotable || tabs || found.multiline || indicators);
    found.single_quoted = !(break_space || unquotable || tabs);
    found.block = !(trailing_space || unquotable);
    found
}

/// libyaml's `yaml_emitter_select_scalar_style` for block context.
pub(super) fn choose(analysis: &Analysis, text: &str, wanted: Style, role: Role) -> Style {
    let is_simple_key = role == Role::SimpleKey;
    let mut style = wanted;
    if is_simple_key && analysis.multiline {
        style = Style::DoubleQuoted;
    }
    if style == Style::Plain && (!analysis.plain || text.is_empty() && is_simple_key) {
        style = Style::SingleQuoted;
    }
    if style == Style::SingleQuoted && !analysis.single_quoted {
        style = Style::DoubleQuoted;
    }
    if style == Style::Literal && (!analysis.block || is_simple_key) {
        style = Style::DoubleQuoted;
    }
    style
}

/// Whether a text is a number in base 60 to YAML 1.1: `12:30:45`.
pub(super) fn is_base_60(text: &str) -> bool {
    if !text.starts_with(|first: char| matches!(first, '0'..='9' | '+' | '-')) || !text.contains(':') {
        return false;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let lead = parts.next().unwrap_or_default();
    if !lead.starts_with(|first: char| first.is_ascii_digit()) || !lead.bytes().all(is_digit_or_underscore) {
        return false;
    }
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let digits = if parts.peek().is_some() {
            part
        } else {
            let (digits, fraction) = part.split_once('.').unwrap_or((part, ""));
            if !fraction.bytes().all(is_digit_or_underscore) {
                return false;
            }
            digits
        };
        let in_range = match digits.as_bytes() {
            [unit] => unit.is_ascii_digit(),
            [ten, unit] => (b'0'..=b'5').contains(ten) && unit.is_ascii_digit(),
            _ => false,
        };
        if !in_range {
            return false;
        }
    }
    true
}

fn is_digit_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}
