//! Strings, and padding.

use super::printer::Printer;
use super::quote::{can_backquote, quote_into};
use crate::Value;

impl Printer {
    pub(super) fn push_char(&mut self, char: char) {
        self.out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }

    pub(super) fn padding(&mut self, count: usize) {
        // Zeros stand only to the left.
        let byte = if self.flags.zero && !self.flags.minus { b'0' } else { b' ' };
        self.out.extend(std::iter::repeat_n(byte, count));
    }

    /// A text, padded to the width in characters.
    pub(super) fn pad(&mut self, text: &[u8]) {
        let Some(width) = self.flags.width else { return self.out.extend_from_slice(text) };
        let missing = width.saturating_sub(count_chars(text));
        if self.flags.minus {
            self.out.extend_from_slice(text);
            self.padding(missing);
        } else {
            self.padding(missing);
            self.out.extend_from_slice(text);
        }
    }

    /// As [`Self::pad`], with spaces.
    pub(super) fn pad_with_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        self.pad(text);
        self.flags.zero = zero;
    }

    /// A string that is cut to the precision.
    pub(super) fn string(&mut self, text: &[u8]) {
        self.pad(self.cut(text));
    }

    fn cut<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        match self.flags.precision {
            Some(count) => &text[..char_offset(text, count)],
            None => text,
        }
    }

    pub(super) fn text(&mut self, value: &Value, text: &[u8], verb: char) {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text),
            'v' | 's' => self.string(text),
            'q' => self.quoted(text),
            'x' => self.hexadecimal_text(text, b"0123456789abcdefx"),
            'X' => self.hexadecimal_text(text, b"0123456789ABCDEFX"),
            _ => self.bad_verb(value, verb),
        }
    }

    fn quoted(&mut self, text: &[u8]) {
        let text = self.cut(text);
        let mut out = Vec::with_capacity(text.len() + 2);
        if self.flags.sharp && can_backquote(text) {
            out.push(b'`');
            out.extend_from_slice(text);
            out.push(b'`');
        } else {
            quote_into(&mut out, text, b'"', self.flags.plus);
        }
        self.pad(&out);
    }

    fn hexadecimal_text(&mut self, text: &[u8], digits: &[u8; 17]) {
        let flags = self.flags;
        let text = &text[..flags.precision.unwrap_or(text.len()).min(text.len())];
        if text.is_empty() {
            return self.padding(flags.width.unwrap_or(0));
        }
        let mut out = Vec::with_capacity(text.len() * 2);
        for (index, byte) in text.iter().enumerate() {
            if flags.space && index > 0 {
                out.push(b' ');
            }
            if flags.sharp && (flags.space || index == 0) {
                out.extend_from_slice(&[b'0', digits[16]]);
            }
            out.extend_from_slice(&[digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
        }
        self.pad(&out);
    }
}

/// How many characters there are; a byte that is no UTF-8 counts as one.
fn count_chars(text: &[u8]) -> usize {
    text.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}

/// Where the character of number `count` begins.
fn char_offset(text: &[u8], count: usize) -> usize {
    let (mut offset, mut left) = (0, count);
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars() {
            if left == 0 {
                return offset;
            }
            left -= 1;
            offset += char.len_utf8();
        }
        for _ in chunk.invalid() {
            if left == 0 {
                return offset;
            }
            left -= 1;
            offset += 1;
        }
    }
    offset
}
