//! Tags and directives.

use std::borrow::Cow;

use super::chars::{is_alpha, is_blank};
use super::{Kind, Mark, Outcome, Problem, Scanner, Token};

impl Scanner<'_> {
    pub(super) fn fetch_directive(&mut self) -> Outcome<()> {
        self.begin_comments();
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        self.at += 1;
        let from = self.at;
        while is_alpha(self.byte(0)) {
            self.at += 1;
        }
        if self.at == from {
            return Err(self.fail(start, "could not find expected directive name"));
        }
        if !self.is_blank_or_end(0) {
            return Err(self.fail(start, "found unexpected non-alphabetical character"));
        }
        let mut token = match &self.text[from..self.at] {
            "YAML" => self.version(start)?,
            "TAG" => self.tag_directive(start)?,
            _ => return Err(self.fail(start, "found unknown directive name")),
        };
        token.end = self.mark();
        self.skip_blanks();
        if self.byte(0) == b'#' {
            self.skip_line();
        }
        match self.break_length() {
            Some(length) => self.pass_break(length),
            None if super::is_end(self.bytes, self.at) => {}
            None => return Err(self.fail(start, "did not find expected comment or line break")),
        }
        self.push(token);
        Ok(())
    }

    #[expect(clippy::unnecessary_box_returns, reason = "results stay small")]
    fn fail(&self, context: Mark, problem: &'static str) -> Box<Problem> {
        Problem::scanner(context, self.mark(), problem)
    }

    fn skip_blanks(&mut self) {
        while is_blank(self.byte(0)) {
            self.at += 1;
        }
    }

    /// `%YAML 1.1`.
    fn version(&mut self, start: Mark) -> Outcome<Token<'static>> {
        self.skip_blanks();
        let major = self.version_number(start)?;
        if self.byte(0) != b'.' {
            return Err(self.fail(start, "did not find expected digit or '.' character"));
        }
        self.at += 1;
        let minor = self.version_number(start)?;
        let value = Cow::Owned(format!("{major}.{minor}"));
        Ok(Token { value, ..Token::bare(Kind::VersionDirective, start, start) })
    }

    fn version_number(&mut self, start: Mark) -> Outcome<u8> {
        const DIGITS_MAX: usize = 2;
        let (from, mut number) = (self.at, 0);
        while self.byte(0).is_ascii_digit() {
            if self.at - from == DIGITS_MAX {
                return Err(self.fail(start, "found extremely long version number"));
            }
            number = number * 10 + (self.byte(0) - b'0');
            self.at += 1;
        }
        if self.at == from {
            return Err(self.fail(start, "did not find expected version number"));
        }
        Ok(number)
    }

    /// `%TAG !handle! prefix`.
    fn tag_directive(&mut self, start: Mark) -> Outcome<Token<'static>> {
        self.skip_blanks();
        let handle = self.tag_handle(true, start)?.to_owned();
        if !is_blank(self.byte(0)) {
            return Err(self.fail(start, "did not find expected whitespace"));
        }
        self.skip_blanks();
        let prefix = self.tag_uri("", start)?;
        if !self.is_blank_or_end(0) {
            return Err(self.fail(start, "did not find expected whitespace or line break"));
        }
        let value = Cow::Owned(format!("{handle}\0{prefix}"));
        Ok(Token { value, ..Token::bare(Kind::TagDirective, start, start) })
    }

    pub(super) fn fetch_tag(&mut self) -> Outcome<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        let (handle, suffix);
        if self.byte(1) == b'<' {
            self.at += 2;
            suffix = self.tag_uri("", start)?;
            handle = String::new();
            if self.byte(0) != b'>' {
                return Err(self.fail(start, "did not find the expected '>'"));
            }
            self.at += 1;
        } else {
            let found = self.tag_handle(false, start)?.to_owned();
            if found.len() > 1 && found.ends_with('!') {
                suffix = self.tag_uri("", start)?;
                handle = found;
            } else {
                // The handle is `!`, and what was read after it begins the suffix.
                let rest = self.tag_uri(&found, start)?;
                (handle, suffix) =
                    if rest.is_empty() { (rest, "!".to_owned()) } else { ("!".to_owned(), rest) };
            }
        }
        if !self.is_blank_or_end(0) {
            return Err(self.fail(start, "did not find expected whitespace or line break"));
        }
        let end = self.mark();
        let value = Cow::Owned(format!("{handle}\0{suffix}"));
        self.push(Token { value, ..Token::bare(Kind::Tag, start, end) });
        Ok(())
    }

    fn tag_handle(&mut self, in_directive: bool, start: Mark) -> Outcome<&str> {
        if self.byte(0) != b'!' {
            return Err(self.fail(start, "did not find expected '!'"));
        }
        let from = self.at;
        self.at += 1;
        while is_alpha(self.byte(0)) {
            self.at += 1;
        }
        if self.byte(0) == b'!' {
            self.at += 1;
        } else if in_directive && self.at - from > 1 {
            return Err(self.fail(start, "did not find expected '!'"));
        }
        Ok(&self.text[from..self.at])
    }

    /// Reads a URI with its escapes; `head` is a `!` and what was read of it before.
    fn tag_uri(&mut self, head: &str, start: Mark) -> Outcome<String> {
        let mut uri = head.get(1..).unwrap_or_default().as_bytes().to_vec();
        let mut is_there = !head.is_empty();
        loop {
            let byte = self.byte(0);
            if byte == b'%' {
                self.uri_escapes(start, &mut uri)?;
            } else if is_alpha(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) {
                uri.push(byte);
                self.at += 1;
            } else {
                break;
            }
            is_there = true;
        }
        if !is_there {
            return Err(self.fail(start, "did not find expected tag URI"));
        }
        // Escapes are checked by their first bytes only, as in libyaml; what is no UTF-8 then is replaced.
        Ok(String::from_utf8(uri)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Reads the escapes of one character: `%c3%a9`.
    fn uri_escapes(&mut self, start: Mark, uri: &mut Vec<u8>) -> Outcome<()> {
        let mut left = 0;
        loop {
            let digit = |ahead| char::from(self.byte(ahead)).to_digit(16);
            let (b'%', Some(high), Some(low)) = (self.byte(0), digit(1), digit(2)) else {
                return Err(self.fail(start, "did not find URI escaped octet"));
            };
            let octet = (high << 4 | low) as u8;
            if left == 0 {
                left = match octet {
                    0..=0x7f => 1,
                    0xc0..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf7 => 4,
                    _ => return Err(self.fail(start, "found an incorrect leading UTF-8 octet")),
                };
            } else if octet & 0xc0 != 0x80 {
                return Err(self.fail(start, "found an incorrect trailing UTF-8 octet"));
            }
            uri.push(octet);
            self.at += 3;
            left -= 1;
            if left == 0 {
                return Ok(());
            }
        }
    }
}
