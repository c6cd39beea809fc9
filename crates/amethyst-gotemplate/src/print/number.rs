//! Integers and floats.

use super::float::format_float;
use super::printer::Printer;
use super::quote::{is_print, quote_into};
use crate::Value;

impl Printer {
    /// An integer: its magnitude, and whether it is negative, when it has a sign.
    pub(super) fn integer(&mut self, value: &Value, magnitude: u64, negative: Option<bool>, verb: char) {
        let is_negative = negative == Some(true);
        let bits = if is_negative { magnitude.wrapping_neg() } else { magnitude };
        match verb {
            'v' if self.flags.sharp_v && negative.is_none() => self.hexadecimal(magnitude),
            'v' | 'd' => self.digits(magnitude, is_negative, 10, verb),
            'b' => self.digits(magnitude, is_negative, 2, verb),
            'o' | 'O' => self.digits(magnitude, is_negative, 8, verb),
            'x' | 'X' => self.digits(magnitude, is_negative, 16, verb),
            'c' => self.pad(code_point(bits).encode_utf8(&mut [0; 4]).as_bytes()),
            'q' => {
                let (mut text, mut out) = ([0; 4], Vec::new());
                let char = code_point(bits).encode_utf8(&mut text);
                quote_into(&mut out, char.as_bytes(), b'\'', self.flags.plus);
                self.pad(&out);
            }
            'U' => self.unicode(bits),
            _ => self.bad_verb(value, verb),
        }
    }

    /// `0x2a`.
    pub(super) fn hexadecimal(&mut self, number: u64) {
        let sharp = std::mem::replace(&mut self.flags.sharp, true);
        self.digits(number, false, 16, 'v');
        self.flags.sharp = sharp;
    }

    pub(super) fn decimal(&mut self, number: u64) {
        self.digits(number, false, 10, 'v');
    }

    fn digits(&mut self, magnitude: u64, negative: bool, base: u32, verb: char) {
        let flags = self.flags;
        let mut precision = 0;
        if let Some(wanted) = flags.precision {
            if wanted == 0 && magnitude == 0 {
                let zero = std::mem::replace(&mut self.flags.zero, false);
                self.padding(flags.width.unwrap_or(0));
                self.flags.zero = zero;
                return;
            }
            precision = wanted;
        } else if let Some(width) = flags.width
            && flags.zero
            && !flags.minus
        {
            // There is room for the sign.
            precision = width.saturating_sub(usize::from(negative || flags.plus || flags.space));
        }
        let number = match (base, verb) {
            (2, _) => format!("{magnitude:b}"),
            (8, _) => format!("{magnitude:o}"),
            (16, 'X') => format!("{magnitude:X}"),
            (16, _) => format!("{magnitude:x}"),
            _ => magnitude.to_string(),
        };
        let mut text = String::new();
        text.push_str(if negative {
            "-"
        } else if flags.plus {
            "+"
        } else if flags.space {
            " "
        } else {
            ""
        });
        let zeros = precision.saturating_sub(number.len());
        if verb == 'O' {
            text.push_str("0o");
        }
        if flags.sharp {
            text.push_str(match (base, verb) {
                (2, _) => "0b",
                (8, _) if zeros == 0 && !number.starts_with('0') => "0",
                (16, 'X') => "0X",
                (16, _) => "0x",
                _ => "",
            });
        }
        text.extend(std::iter::repeat_n('0', zeros));
        text.push_str(&number);
        self.pad_with_spaces(text.as_bytes());
    }

    fn unicode(&mut self, number: u64) {
        let digits = format!("{number:X}");
        let zeros = self.flags.precision.unwrap_or(4).max(4).saturating_sub(digits.len());
        let mut text = format!("U+{}{digits}", "0".repeat(zeros));
        if self.flags.sharp
            && let Some(char) = u32::try_from(number).ok().and_then(char::from_u32)
            && is_print(char)
        {
            text.push_str(&format!(" '{char}'"));
        }
        self.pad_with_spaces(text.as_bytes());
    }

    pub(super) fn float(&mut self, value: &Value, number: f64, verb: char) {
        let (letter, precision) = match verb {
            'v' => ('g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
            'f' | 'e' | 'E' => (verb, Some(6)),
            'F' => ('f', Some(6)),
            _ => return self.bad_verb(value, verb),
        };
        let flags = self.flags;
        let precision = flags.precision.or(precision);
        let mut text = format_float(number, letter, precision);
        if !text.starts_with(['-', '+']) {
            text.insert(0, '+');
        }
        if flags.space && text.starts_with('+') && !flags.plus {
            text.replace_range(..1, " ");
        }
        if !number.is_finite() {
            let shown = if number.is_nan() && !flags.space && !flags.plus { &text[1..] } else { &text };
            return self.pad_with_spaces(shown.as_bytes());
        }
        if flags.sharp && letter != 'b' {
            text = with_point(&text, letter, precision);
        }
        if !flags.plus && text.starts_with('+') {
            return self.pad(&text.as_bytes()[1..]);
        }
        // The sign stands before zeros.
        match flags.width {
            Some(width) if flags.zero && !flags.minus && width > text.len() => {
                self.out.push(text.as_bytes()[0]);
                self.padding(width - text.len());
                self.out.extend_from_slice(&text.as_bytes()[1..]);
            }
            _ => self.pad(text.as_bytes()),
        }
    }
}

/// The flag `#`: always a point, and the zeros that other forms drop.
fn with_point(text: &str, letter: char, precision: Option<usize>) -> String {
    let mut missing = match letter {
        'g' | 'G' | 'x' => precision.unwrap_or(6) as i64,
        _ => 0,
    };
    let is_hexadecimal = matches!(letter, 'x' | 'X');
    let tail_at = text.find(|char| match char {
        'p' | 'P' => true,
        'e' | 'E' => !is_hexadecimal,
        _ => false,
    });
    let (number, tail) = text.split_at(tail_at.unwrap_or(text.len()));
    let mut out = number.to_owned();
    let mut seen = false;
    for char in number.chars().skip(1).filter(|char| *char != '.') {
        seen |= char != '0';
        missing -= i64::from(seen);
    }
    if !number.contains('.') {
        if number.len() == 2 && number.ends_with('0') {
            missing -= 1;
        }
        out.push('.');
    }
    out.extend(std::iter::repeat_n('0', usize::try_from(missing).unwrap_or(0)));
    out.push_str(tail);
    out
}

fn code_point(number: u64) -> char {
    u32::try_from(number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}
