//! The four styles of scalars, and what all of the writer's text passes through.

use super::analysis::{break_at, is_wide_printable};
use super::{INDENT, Role, WIDTH, Writer};
use crate::Dialect;

/// Spaces to copy indentation from.
const SPACES: &str = "                                                                ";

impl Writer {
    pub(super) fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    pub(super) fn put_ascii(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.len();
    }

    /// Text without line breaks.
    fn put_text(&mut self, text: &str, wide: bool) {
        self.out.push_str(text);
        self.column += if wide { text.chars().count() } else { text.len() };
    }

    fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.indention = true;
    }

    pub(super) fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or_default();
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        while self.column < indent {
            let count = (indent - self.column).min(SPACES.len());
            self.put_ascii(&SPACES[..count]);
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// A dash, a question mark or a colon. It counts as indentation where another may follow it.
    pub(super) fn indicator(&mut self, text: &str, needs_whitespace: bool, is_indention: bool) {
        if needs_whitespace && !self.whitespace {
            self.put(' ');
        }
        self.put_ascii(text);
        self.whitespace = false;
        self.indention &= is_indention;
    }

    fn may_fold(&self, role: Role) -> bool {
        self.dialect == Dialect::GoV2 && role == Role::Value
    }

    pub(super) fn plain(&mut self, text: &str, wide: bool, role: Role) {
        if !self.whitespace {
            self.put(' ');
        }
        if !self.may_fold(role) || self.column + text.len() <= WIDTH {
            self.put_text(text, wide);
        } else {
            self.folded(text, false);
        }
        self.whitespace = false;
        self.indention = false;
    }

    pub(super) fn single_quoted(&mut self, text: &str, role: Role) {
        self.indicator("'", true, false);
        let is_short = !self.may_fold(role) || self.column + text.len() <= WIDTH;
        if is_short && text.is_ascii() && !text.contains(['\'', '\n']) {
            self.put_ascii(text);
        } else if self.may_fold(role) {
            self.folded(text, true);
        } else {
            self.unfolded(text);
        }
        self.put('\'');
        self.whitespace = false;
        self.indention = false;
    }

    /// Text in single quotes that keeps its spaces.
    fn unfolded(&mut self, text: &str) {
        self.broken(text, true, false);
    }

    fn folded(&mut self, text: &str, quoted: bool) {
        self.broken(text, quoted, true);
    }

    fn broken(&mut self, text: &str, quoted: bool, may_fold: bool) {
        let bytes = text.as_bytes();
        let (mut at, mut spaces, mut breaks) = (0, false, false);
        while at < bytes.len() {
            if bytes[at] == b' ' {
                let inside = !quoted || at > 0 && at + 1 < bytes.len();
                let folds = may_fold && !spaces && self.column > WIDTH && inside;
                if folds && bytes.get(at + 1) != Some(&b' ') {
                    self.write_indent();
                } else {
                    self.put(' ');
                }
                at += 1;
                spaces = true;
            } else if let Some(length) = break_at(bytes, at) {
                if !breaks && bytes[at] == b'\n' {
                    self.put_break();
                }
                self.write_break(&text[at..at + length]);
                at += length;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                let end = word_end(bytes, at);
                let word = &text[at..end];
                if quoted && word.contains('\'') {
                    self.put_text(&word.replace('\'', "''"), true);
                } else {
                    self.put_text(word, true);
                }
                at = end;
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
    }

    fn write_break(&mut self, line_break: &str) {
        self.out.push_str(line_break);
        self.column = 0;
        self.indention = true;
    }

    pub(super) fn double_quoted(&mut self, text: &str, role: Role) {
        self.indicator("\"", true, false);
        let may_fold = self.may_fold(role);
        let bytes = text.as_bytes();
        // go-yaml asks the text's beginning, not the place, for a byte order mark.
        let escape_all = text.starts_with('\u{feff}');
        let (mut at, mut spaces) = (0, false);
        while at < bytes.len() {
            let start = at;
            while !escape_all && at < bytes.len() && bytes[at] != b' ' && !is_escaped(bytes, at) {
                at += 1;
            }
            if at > start {
                self.put_text(&text[start..at], true);
                spaces = false;
            }
            let Some(character) = text[at..].chars().next() else { break };
            if character == ' ' && !escape_all {
                if may_fold && !spaces && self.column > WIDTH && at > 0 && at + 1 < bytes.len() {
                    self.write_indent();
                    if bytes[at + 1] == b' ' {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                self.escaped(character);
                spaces = false;
            }
            at += character.len_utf8();
        }
        self.put('"');
        self.whitespace = false;
        self.indention = false;
    }

    fn escaped(&mut self, character: char) {
        let short = match character {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' | '\\' => character,
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            other => {
                return match u32::from(other) {
                    code @ ..=0xff => self.put_ascii(&format!("\\x{code:02X}")),
                    code @ ..=0xffff => self.put_ascii(&format!("\\u{code:04X}")),
                    code => self.put_ascii(&format!("\\U{code:08X}")),
                };
            }
        };
        self.put('\\');
        self.put(short);
    }

    pub(super) fn literal(&mut self, text: &str) {
        self.indicator("|", true, false);
        let bytes = text.as_bytes();
        if bytes.first() == Some(&b' ') || break_at(bytes, 0).is_some() {
            self.put_ascii(["0", "1", "2"][INDENT]);
        }
        let mut from_end = text.chars().rev();
        match (from_end.next().is_some_and(is_break), from_end.next().map(is_break)) {
            (false, _) => self.put('-'),
            (true, None | Some(true)) => self.put('+'),
            (true, Some(false)) => {}
        }
        self.put_break();
        self.whitespace = true;
        let (mut at, mut breaks) = (0, true);
        while at < bytes.len() {
            if let Some(length) = break_at(bytes, at) {
                self.write_break(&text[at..at + length]);
                at += length;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                let end = line_end(bytes, at);
                self.put_text(&text[at..end], true);
                at = end;
                self.indention = false;
                breaks = false;
            }
        }
    }
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Where the next line break begins.
fn line_end(bytes: &[u8], from: usize) -> usize {
    let is_end = |at: &usize| break_at(bytes, *at).is_some();
    (from..bytes.len()).find(is_end).unwrap_or(bytes.len())
}

/// Where the next space or line break begins.
fn word_end(bytes: &[u8], from: usize) -> usize {
    let is_end = |at: &usize| bytes[*at] == b' ' || break_at(bytes, *at).is_some();
    (from..bytes.len()).find(is_end).unwrap_or(bytes.len())
}

/// Whether the character at `at` is written as an escape; the inner bytes of a character are not.
fn is_escaped(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b'"' | b'\\' | 0..=0x1f | 0x7f => true,
        0x20..=0x7e | 0x80..=0xbf => false,
        _ => !is_wide_printable(bytes, at) || break_at(bytes, at).is_some(),
    }
}
