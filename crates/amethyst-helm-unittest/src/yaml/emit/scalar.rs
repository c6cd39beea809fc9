//! Scalars: which style a string takes, and the four styles.

use crate::yaml::{Scalar, resolve};

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// libyaml's `is_printable` with go-yaml's limits: nothing beyond the basic plane, no tab.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

pub(super) fn is_multiline(text: &str) -> bool {
    text.contains(is_break)
}

/// What a text allows in block context: libyaml's `yaml_emitter_analyze_scalar`.
struct Analysis {
    plain: bool,
    single_quoted: bool,
    block: bool,
}

fn analyze(text: &str) -> Analysis {
    if text.is_empty() {
        return Analysis { plain: true, single_quoted: true, block: false };
    }
    let mut indicators = text.starts_with("---") || text.starts_with("...");
    let (mut special, mut tabs) = (false, false);
    let (mut break_space, mut space_break) = (false, false);
    let (mut after_blank, mut after_space, mut after_break) = (true, false, false);
    let mut characters = text.chars().peekable();
    let mut first = true;
    while let Some(character) = characters.next() {
        let before_blank = characters.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
        indicators |= match character {
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
            '#' => first || after_blank,
            '?' | '-' => first && before_blank,
            ':' => before_blank,
            _ => false,
        };
        tabs |= character == '\t';
        special |= character != '\t' && !is_printable(character);
        if character == ' ' {
            break_space |= after_break;
        } else if is_break(character) {
            space_break |= after_space;
        }
        after_space = character == ' ';
        after_break = is_break(character);
        after_blank = matches!(character, ' ' | '\t' | '\0') || after_break;
        first = false;
    }
    let edge = |character: Option<char>| character.is_some_and(|edge| edge == ' ' || is_break(edge));
    let edges = edge(text.chars().next()) || edge(text.chars().next_back());
    let unquotable = break_space || space_break || tabs || special;
    Analysis {
        plain: !(edges || unquotable || is_multiline(text) || indicators),
        single_quoted: !unquotable,
        block: !(text.ends_with(' ') || space_break || special),
    }
}

/// The style of a string: go-yaml's encoder asks for one, its emitter takes what the text allows.
pub(super) fn style(text: &str, simple_key: bool) -> Style {
    let allowed = analyze(text);
    let mut style = if text.contains('\n') {
        Style::Literal
    } else if resolve(text) == Scalar::String && !is_old_boolean(text) && !is_base_60(text) {
        Style::Plain
    } else {
        Style::DoubleQuoted
    };
    if simple_key && is_multiline(text) {
        style = Style::DoubleQuoted;
    }
    if style == Style::Plain && (!allowed.plain || text.is_empty() && simple_key) {
        style = Style::SingleQuoted;
    }
    if style == Style::SingleQuoted && !allowed.single_quoted {
        style = Style::DoubleQuoted;
    }
    if style == Style::Literal && (!allowed.block || simple_key) {
        style = Style::DoubleQuoted;
    }
    style
}

/// What YAML 1.1 takes for a boolean.
fn is_old_boolean(text: &str) -> bool {
    const WORDS: [&str; 16] =
        ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"];
    WORDS.contains(&text)
}

/// Whether a text is a number in base 60 to YAML 1.1: `12:30:45`.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = unsigned.split(':').peekable();
    let lead = parts.next().unwrap_or_default();
    let loose = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if !lead.starts_with(|first: char| first.is_ascii_digit()) || !loose(lead) || parts.peek().is_none() {
        return false;
    }
    while let Some(part) = parts.next() {
        let digits = match part.split_once('.') {
            Some((digits, fraction)) if parts.peek().is_none() && loose(fraction) => digits,
            Some(_) => return false,
            None => part,
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

/// Writes a string; further lines of it stand at `indent`.
pub(super) fn write(out: &mut String, text: &str, style: Style, indent: usize) {
    match style {
        Style::Plain => out.push_str(text),
        Style::SingleQuoted => single_quoted(out, text, indent),
        Style::DoubleQuoted => double_quoted(out, text),
        Style::Literal => literal(out, text, indent),
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn single_quoted(out: &mut String, text: &str, indent: usize) {
    out.push('\'');
    let mut breaks = false;
    for character in text.chars() {
        if is_break(character) {
            if !breaks && character == '\n' {
                out.push('\n');
            }
            out.push(character);
            breaks = true;
            continue;
        }
        if breaks {
            pad(out, indent);
            breaks = false;
        }
        if character == '\'' {
            out.push('\'');
        }
        out.push(character);
    }
    out.push('\'');
}

fn double_quoted(out: &mut String, text: &str) {
    out.push('"');
    // go-yaml asks the text's beginning, not the place, for a byte order mark.
    let escapes_all = text.starts_with('\u{feff}');
    for character in text.chars() {
        if escapes_all || !is_printable(character) || is_break(character) || matches!(character, '"' | '\\') {
            escaped(out, character);
        } else {
            out.push(character);
        }
    }
    out.push('"');
}

fn escaped(out: &mut String, character: char) {
    out.push('\\');
    match character {
        '\0' => out.push('0'),
        '\u{7}' => out.push('a'),
        '\u{8}' => out.push('b'),
        '\t' => out.push('t'),
        '\n' => out.push('n'),
        '\u{b}' => out.push('v'),
        '\u{c}' => out.push('f'),
        '\r' => out.push('r'),
        '\u{1b}' => out.push('e'),
        '"' | '\\' => out.push(character),
        '\u{85}' => out.push('N'),
        '\u{a0}' => out.push('_'),
        '\u{2028}' => out.push('L'),
        '\u{2029}' => out.push('P'),
        other => out.push_str(&match u32::from(other) {
            code @ ..=0xff => format!("x{code:02X}"),
            code @ ..=0xffff => format!("u{code:04X}"),
            code => format!("U{code:08X}"),
        }),
    }
}

fn literal(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with(|first| first == ' ' || is_break(first)) {
        out.push('2');
    }
    let mut from_end = text.chars().rev();
    match (from_end.next().is_some_and(is_break), from_end.next().map(is_break)) {
        (false, _) => out.push('-'),
        (true, None | Some(true)) => out.push('+'),
        (true, Some(false)) => {}
    }
    out.push('\n');
    let mut breaks = true;
    for character in text.chars() {
        if is_break(character) {
            out.push(character);
            breaks = true;
        } else {
            if breaks {
                pad(out, indent);
                breaks = false;
            }
            out.push(character);
        }
    }
}
