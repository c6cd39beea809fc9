//! `Printf`: formats with verbs, flags and numbered operands.

use super::printer::{Flags, Printer};
use crate::Value;

/// Widths and precisions end here.
const NUMBER_MAX: i64 = 1_000_000;

/// Where in the format, and at which operand.
struct Reader<'f> {
    format: &'f [u8],
    at: usize,
    argument: usize,
    /// Whether the last thing read was an index such as `[3]`.
    after_index: bool,
    reordered: bool,
    index_is_good: bool,
}

impl Printer {
    pub(super) fn format(&mut self, format: &[u8], values: &[Value]) {
        let mut reader =
            Reader { format, at: 0, argument: 0, after_index: false, reordered: false, index_is_good: true };
        while reader.at < format.len() {
            let rest = &format[reader.at..];
            let text = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
            self.out.extend_from_slice(&rest[..text]);
            reader.at += text;
            if reader.at >= format.len() {
                break;
            }
            reader.at += 1;
            reader.index_is_good = true;
            self.flags = Flags::default();
            if !self.verb(&mut reader, values) {
                break;
            }
        }
        if !reader.reordered && reader.argument < values.len() {
            self.extra(&values[reader.argument..]);
        }
    }

    fn extra(&mut self, values: &[Value]) {
        self.flags = Flags::default();
        self.out.extend_from_slice(b"%!(EXTRA ");
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.out.extend_from_slice(b", ");
            }
            if value.is_nil() {
                self.out.extend_from_slice(b"<nil>");
            } else {
                self.out.extend_from_slice(value.type_name().as_bytes());
                self.out.push(b'=');
                self.argument(value, 'v');
            }
        }
        self.out.push(b')');
    }

    /// What follows a `%`; whether the format goes on.
    fn verb(&mut self, reader: &mut Reader<'_>, values: &[Value]) -> bool {
        self.read_flags(reader);
        let simple = reader.peek().is_some_and(|byte| byte.is_ascii_lowercase());
        if !(simple && reader.argument < values.len()) {
            // An index of the verb before counts for nothing here.
            reader.after_index = false;
            reader.index(values.len());
            self.width(reader, values);
            self.precision(reader, values);
            if !reader.after_index {
                reader.index(values.len());
            }
        }
        let Some(verb) = reader.char() else {
            self.out.extend_from_slice(b"%!(NOVERB)");
            return false;
        };
        if verb == '%' {
            self.out.push(b'%');
        } else if !reader.index_is_good {
            self.complain(verb, b"(BADINDEX)");
        } else if let Some(value) = values.get(reader.argument) {
            if matches!(verb, 'v' | 'w') {
                self.flags.sharp_v = std::mem::replace(&mut self.flags.sharp, false);
                self.flags.plus_v = std::mem::replace(&mut self.flags.plus, false);
            }
            self.argument(value, verb);
            reader.argument += 1;
        } else {
            self.complain(verb, b"(MISSING)");
        }
        true
    }

    fn complain(&mut self, verb: char, about: &[u8]) {
        self.out.extend_from_slice(b"%!");
        self.push_char(verb);
        self.out.extend_from_slice(about);
    }

    fn read_flags(&mut self, reader: &mut Reader<'_>) {
        while let Some(byte) = reader.peek() {
            match byte {
                b'#' => self.flags.sharp = true,
                b'0' => self.flags.zero = true,
                b'+' => self.flags.plus = true,
                b'-' => self.flags.minus = true,
                b' ' => self.flags.space = true,
                _ => return,
            }
            reader.at += 1;
        }
    }

    fn width(&mut self, reader: &mut Reader<'_>, values: &[Value]) {
        if reader.eat(b'*') {
            match reader.number_argument(values) {
                Some(width) => {
                    if width < 0 {
                        self.flags.minus = true;
                        self.flags.zero = false;
                    }
                    self.flags.width = Some(width.unsigned_abs() as usize);
                }
                None => self.out.extend_from_slice(b"%!(BADWIDTH)"),
            }
            reader.after_index = false;
        } else {
            self.flags.width = reader.number();
            if reader.after_index && self.flags.width.is_some() {
                reader.index_is_good = false;
            }
        }
    }

    fn precision(&mut self, reader: &mut Reader<'_>, values: &[Value]) {
        if reader.at + 1 >= reader.format.len() || !reader.eat(b'.') {
            return;
        }
        if reader.after_index {
            reader.index_is_good = false;
        }
        reader.index(values.len());
        if reader.eat(b'*') {
            let precision = reader.number_argument(values).and_then(|number| usize::try_from(number).ok());
            self.flags.precision = precision;
            if precision.is_none() {
                self.out.extend_from_slice(b"%!(BADPREC)");
            }
            reader.after_index = false;
        } else {
            self.flags.precision = Some(reader.number().unwrap_or(0));
        }
    }
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// The next character; a byte that is no UTF-8 is the replacement character.
    fn char(&mut self) -> Option<char> {
        let chunk = self.format.get(self.at..)?.utf8_chunks().next()?;
        let char = chunk.valid().chars().next();
        self.at += char.map_or(1, char::len_utf8);
        Some(char.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Digits. Too many of them are none, and end the format.
    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            if number.is_some_and(|number| number > NUMBER_MAX) {
                self.at = self.format.len();
                return None;
            }
            number = Some(number.unwrap_or(0) * 10 + i64::from(digit - b'0'));
            self.at += 1;
        }
        number.and_then(|number| usize::try_from(number).ok())
    }

    /// The operand for a `*`.
    fn number_argument(&mut self, values: &[Value]) -> Option<i64> {
        let value = values.get(self.argument)?;
        self.argument += 1;
        let number = match value {
            Value::Int(_, number) => *number,
            Value::Uint(_, number) => i64::try_from(*number).ok()?,
            Value::Native(native) => native.as_int()?,
            _ => return None,
        };
        (-NUMBER_MAX..=NUMBER_MAX).contains(&number).then_some(number)
    }

    /// An index such as `[3]`, if there is one.
    fn index(&mut self, count: usize) {
        if self.peek() != Some(b'[') {
            self.after_index = false;
            return;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(close) = rest.iter().position(|byte| *byte == b']').filter(|_| rest.len() >= 3) else {
            self.at += 1;
            self.index_is_good = false;
            self.after_index = false;
            return;
        };
        let digits = std::str::from_utf8(&rest[1..close]).unwrap_or_default();
        let number =
            digits.parse::<usize>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
        self.at += close + 1;
        self.after_index = number.is_some_and(|number| number <= 10 * NUMBER_MAX as usize);
        match number {
            Some(number) if (1..=count).contains(&number) => self.argument = number - 1,
            _ => self.index_is_good = false,
        }
    }
}
