//! Strings, numbers, booleans and dates.

use amethyst_gotemplate::Value;
use amethyst_object::Str;

use super::{Read, Reader};
use crate::time::parse_time;

impl Reader<'_> {
    /// A string in one of the four ways; `may_span` lets it span lines.
    pub(super) fn string(&mut self, may_span: bool) -> Read<Str> {
        let quote = if self.text[self.at..].starts_with('"') { '"' } else { '\'' };
        let triple = if quote == '"' { "\"\"\"" } else { "'''" };
        let is_long = may_span && self.eat(triple);
        if is_long {
            // A line break right behind the quotes does not count.
            let _ = self.eat("\r\n") || self.eat("\n");
        } else {
            self.at += 1;
        }
        let mut out = String::new();
        loop {
            let Some(rune) = self.peek() else {
                return Err("unexpected EOF; expected a string terminator".to_owned());
            };
            if is_long && self.eat(triple) {
                // Up to two quotes may stand before the three that end it.
                while self.peek() == Some(quote) && self.text[..self.at].ends_with(triple) {
                    out.push(quote);
                    self.at += 1;
                    if out.ends_with(&triple[1..]) {
                        break;
                    }
                }
                return Ok(out.into());
            }
            self.at += rune.len_utf8();
            match rune {
                _ if !is_long && rune == quote => return Ok(out.into()),
                '\\' if quote == '"' => self.escape(&mut out)?,
                '\n' if !is_long => {
                    self.at -= 1;
                    return Err("strings cannot contain newlines".to_owned());
                }
                '\r' if self.peek() == Some('\n') => {}
                '\n' | '\t' => out.push(rune),
                '\0'..' ' | '\u{7f}' => {
                    return Err(format!(
                        "control characters are not allowed inside strings: '0x{:02x}'",
                        u32::from(rune)
                    ));
                }
                _ => out.push(rune),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Read<()> {
        let Some(rune) = self.peek() else { return Err("unexpected EOF in an escape".to_owned()) };
        self.at += rune.len_utf8();
        out.push(match rune {
            'b' => '\u{8}',
            't' => '\t',
            'n' => '\n',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            '"' | '\\' => rune,
            'u' => return self.code(4, out),
            'U' => return self.code(8, out),
            'x' => return self.code(2, out),
            '\n' | ' ' | '\t' | '\r' => {
                let rest = &self.text[self.at..];
                self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
                return Ok(());
            }
            _ => return Err(format!("invalid escape in string '\\{rune}'")),
        });
        Ok(())
    }

    fn code(&mut self, length: usize, out: &mut String) -> Read<()> {
        let digits = self.text.get(self.at..self.at + length).unwrap_or_default();
        let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        let rune =
            code.ok_or_else(|| format!("{} is not a valid Unicode escape", crate::print::quoted(digits)))?;
        self.at += length;
        out.push(rune);
        Ok(())
    }

    /// A value without quotes.
    pub(super) fn plain(&mut self) -> Read<Value> {
        let rest = &self.text[self.at..];
        let ends = |rune: char| matches!(rune, ',' | ']' | '}' | '#' | '\n' | '\r' | ' ' | '\t');
        let mut length = rest.find(ends).unwrap_or(rest.len());
        // A date and a time may be parted by a space.
        let is_date = rest[..length].len() == 10 && rest[..length].matches('-').count() == 2;
        if is_date
            && rest[length..].starts_with(' ')
            && rest[length + 1..].starts_with(|next: char| next.is_ascii_digit())
        {
            let after = &rest[length + 1..];
            length += 1 + after.find(ends).unwrap_or(after.len());
        }
        let text = &rest[..length];
        let value = plain_value(text).ok_or_else(|| fault_of(text))?;
        self.at += length;
        Ok(value)
    }
}

fn plain_value(text: &str) -> Option<Value> {
    match text {
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        "inf" | "+inf" => return Some(Value::Float(f64::INFINITY)),
        "-inf" => return Some(Value::Float(f64::NEG_INFINITY)),
        "nan" | "+nan" | "-nan" => return Some(Value::Float(f64::NAN)),
        _ => {}
    }
    let is_misplaced = |(at, _): (usize, &str)| {
        let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
        !digit(text.as_bytes().get(at.wrapping_sub(1))) || !digit(text.as_bytes().get(at + 1))
    };
    if text.match_indices('_').any(is_misplaced) {
        return None;
    }
    let digits = text.replace('_', "");
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix)
                .ok()
                .filter(|_| !digits.starts_with(['-', '+']))
                .map(Value::int64);
        }
    }
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(&digits);
    let whole = unsigned.split(['.', 'e', 'E']).next().unwrap_or_default();
    let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
    if !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit()) && !has_leading_zero {
        if whole.len() == unsigned.len() {
            return digits.parse().ok().map(Value::int64);
        }
        let after = &unsigned[whole.len()..];
        let point_has_digits = after
            .match_indices('.')
            .all(|(at, _)| after[at + 1..].starts_with(|next: char| next.is_ascii_digit()));
        if point_has_digits && let Some(value) = crate::cast::parse_float(&digits) {
            return Some(Value::Float(value));
        }
    }
    date(text)
}

fn date(text: &str) -> Option<Value> {
    let text = text.replacen([' ', 't'], "T", 1).replace('z', "Z");
    let layouts = ["2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02", "15:04:05"];
    layouts.iter().find_map(|layout| parse_time(layout, &text).ok()).map(Value::from)
}

/// What is wrong with a value without quotes, in upstream's words where they are few.
fn fault_of(text: &str) -> String {
    let shown = crate::print::quoted(text);
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = unsigned.starts_with(|first: char| first.is_ascii_digit());
    if is_number && unsigned.len() > 1 && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("Invalid integer {shown}: cannot have leading zeroes");
    }
    if is_number && unsigned.ends_with('.') {
        return format!("Invalid float {shown}: '.' must be followed by one or more digits");
    }
    format!("expected value but found {shown} instead")
}
