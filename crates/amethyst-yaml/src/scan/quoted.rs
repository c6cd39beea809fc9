//! Scalars in quotes.

use std::borrow::Cow;

use super::chars::{QUOTED_END, class, is_blank};
use super::plain::Fold;
use super::{Kind, Mark, Outcome, Problem, Scanner, Style, Token};

impl Scanner<'_> {
    pub(super) fn fetch_quoted(&mut self, single: bool) -> Outcome<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        self.at += 1;
        let from = self.at;
        let quote = if single { b'\'' } else { b'"' };
        let mut owned: Option<String> = None;
        let mut fold = Fold::default();
        loop {
            if self.at == self.line_start && self.is_document_indicator() {
                let problem = "found unexpected document indicator";
                return Err(Problem::scanner(start, self.mark(), problem));
            }
            if super::is_end(self.bytes, self.at) {
                let problem = "found unexpected end of stream";
                return Err(Problem::scanner(start, self.mark(), problem));
            }
            let mut leading_blanks = self.quoted_words(single, start, from, &mut owned)?;
            if self.byte(0) == quote {
                break;
            }
            let blanks = self.at;
            loop {
                if is_blank(self.byte(0)) {
                    self.at += 1;
                } else if let Some(length) = self.break_length() {
                    if !leading_blanks {
                        owned.get_or_insert_with(|| self.text[from..blanks].to_owned());
                    }
                    fold.line_break(&self.text[self.at..self.at + length], !leading_blanks);
                    leading_blanks = true;
                    self.pass_break(length);
                } else {
                    break;
                }
            }
            if leading_blanks {
                fold.join(owned.get_or_insert_default());
            } else if let Some(text) = &mut owned {
                text.push_str(&self.text[blanks..self.at]);
            }
        }
        let value = owned.map_or(Cow::Borrowed(&self.text[from..self.at]), Cow::Owned);
        self.at += 1;
        let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
        let end = self.mark();
        self.push(Token { value, ..Token::bare(Kind::Scalar(style), start, end) });
        Ok(())
    }

    /// Reads up to a blank, a line break, the end or the closing quote; whether the last thing was an
    /// escaped line break.
    fn quoted_words(
        &mut self,
        single: bool,
        start: Mark,
        from: usize,
        owned: &mut Option<String>,
    ) -> Outcome<bool> {
        loop {
            let run = self.at;
            while let Some(&byte) = self.bytes.get(self.at) {
                if class(byte) & QUOTED_END != 0 {
                    let goes_on = match byte {
                        b'"' | b'\\' => single,
                        b'\'' => !single,
                        0xc2 | 0xe2 => self.break_length().is_none(),
                        _ => false,
                    };
                    if !goes_on {
                        break;
                    }
                }
                self.at += 1;
            }
            if let Some(text) = owned {
                text.push_str(&self.text[run..self.at]);
            }
            match self.byte(0) {
                b'\'' if single && self.byte(1) == b'\'' => {
                    let text = owned.get_or_insert_with(|| self.text[from..self.at].to_owned());
                    text.push('\'');
                    self.at += 2;
                }
                b'\\' if !single => {
                    let text = owned.get_or_insert_with(|| self.text[from..self.at].to_owned());
                    if let Some(length) = super::chars::break_length(self.bytes, self.at + 1) {
                        self.at += 1;
                        self.pass_break(length);
                        return Ok(true);
                    }
                    let character = self.escape(start)?;
                    text.push(character);
                }
                _ => return Ok(false),
            }
        }
    }

    fn escape(&mut self, start: Mark) -> Outcome<char> {
        let digits = match self.byte(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => {
                let character = match other {
                    b'0' => '\0',
                    b'a' => '\u{7}',
                    b'b' => '\u{8}',
                    b't' | b'\t' => '\t',
                    b'n' => '\n',
                    b'v' => '\u{b}',
                    b'f' => '\u{c}',
                    b'r' => '\r',
                    b'e' => '\u{1b}',
                    b' ' | b'"' | b'\'' | b'\\' => char::from(other),
                    b'N' => '\u{85}',
                    b'_' => '\u{a0}',
                    b'L' => '\u{2028}',
                    b'P' => '\u{2029}',
                    _ => {
                        let problem = "found unknown escape character";
                        return Err(Problem::scanner(start, self.mark(), problem));
                    }
                };
                self.at += 2;
                return Ok(character);
            }
        };
        self.at += 2;
        let mut code: u32 = 0;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.byte(ahead)).to_digit(16) else {
                let problem = "did not find expected hexdecimal number";
                return Err(Problem::scanner(start, self.mark(), problem));
            };
            code = code << 4 | digit;
        }
        let Some(character) = char::from_u32(code) else {
            let problem = "found invalid Unicode character escape code";
            return Err(Problem::scanner(start, self.mark(), problem));
        };
        self.at += digits;
        Ok(character)
    }
}
