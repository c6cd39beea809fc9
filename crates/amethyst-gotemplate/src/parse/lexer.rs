//! The lexer: text and actions to tokens, one at a time, as Go's does.

use memchr::memmem::Finder;

use super::chars::{char_code, is_alphanumeric, is_space};
use crate::print::quote;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Error,
    Bool,
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

/// A token: its place in the text, and its line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) line: u32,
}

impl Token {
    pub(super) const NONE: Self = Self { kind: Kind::Error, start: 0, end: 0, line: 0 };
}

/// What comes next inside an action.
enum Next {
    Token(Token),
    Text,
}

pub(super) struct Lexer<'t> {
    pub(super) text: &'t str,
    left: &'t str,
    find_left: Finder<'t>,
    right: &'t str,
    position: usize,
    start: usize,
    start_line: u32,
    paren_depth: i32,
    inside_action: bool,
    break_is_keyword: bool,
    continue_is_keyword: bool,
    /// The text of the error token.
    pub(super) error: String,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str, left: &'t str, right: &'t str, keywords: (bool, bool)) -> Self {
        Self {
            text,
            left,
            find_left: Finder::new(left),
            right,
            position: 0,
            start: 0,
            start_line: 1,
            paren_depth: 0,
            inside_action: false,
            break_is_keyword: keywords.0,
            continue_is_keyword: keywords.1,
            error: String::new(),
        }
    }

    pub(super) fn next_token(&mut self) -> Token {
        loop {
            let next = if self.inside_action { self.inside_action() } else { self.outside_action() };
            if let Next::Token(token) = next {
                return token;
            }
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn advance(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.position += char.len_utf8();
        Some(char)
    }

    /// Moves the start of the token to the position, and counts the lines between.
    fn ignore(&mut self) {
        let passed = &self.text.as_bytes()[self.start..self.position];
        // Most tokens are a few bytes, for which a call is too much.
        self.start_line += if passed.len() < 16 {
            passed.split(|byte| *byte == b'\n').count() as u32 - 1
        } else {
            memchr::memchr_iter(b'\n', passed).count() as u32
        };
        self.start = self.position;
    }

    fn token(&mut self, kind: Kind) -> Token {
        let token = Token { kind, start: self.start, end: self.position, line: self.start_line };
        self.ignore();
        token
    }

    fn emit(&mut self, kind: Kind) -> Next {
        Next::Token(self.token(kind))
    }

    fn fail(&mut self, error: impl Into<String>) -> Next {
        self.error = error.into();
        let token = Token { kind: Kind::Error, start: self.start, end: self.start, line: self.start_line };
        self.text = "";
        self.position = 0;
        self.start = 0;
        Next::Token(token)
    }

    fn outside_action(&mut self) -> Next {
        let Some(offset) = self.find_left.find(self.rest().as_bytes()) else {
            self.position = self.text.len();
            return if self.position > self.start { self.emit(Kind::Text) } else { self.emit(Kind::Eof) };
        };
        if offset > 0 {
            let delimiter = self.position + offset;
            self.position = delimiter;
            if has_left_trim(&self.text[delimiter + self.left.len()..]) {
                self.position =
                    self.start + self.text[self.start..delimiter].trim_end_matches(is_space).len();
            }
            let text = self.token(Kind::Text);
            self.position = delimiter;
            self.ignore();
            if text.end > text.start {
                return Next::Token(text);
            }
        }
        self.left_delimiter()
    }

    fn left_delimiter(&mut self) -> Next {
        self.position += self.left.len();
        let marker = if has_left_trim(self.rest()) { 2 } else { 0 };
        if self.rest()[marker..].starts_with("/*") {
            self.position += marker;
            self.ignore();
            return self.comment();
        }
        let token = self.token(Kind::LeftDelim);
        self.inside_action = true;
        self.position += marker;
        self.ignore();
        self.paren_depth = 0;
        Next::Token(token)
    }

    /// Comments are passed over.
    fn comment(&mut self) -> Next {
        self.position += 2;
        let Some(end) = self.rest().find("*/") else { return self.fail("unclosed comment") };
        self.position += end + 2;
        let Some(trim) = self.at_right_delimiter() else {
            return self.fail("comment ends before closing delimiter");
        };
        self.pass_right_delimiter(trim);
        self.ignore();
        Next::Text
    }

    fn pass_right_delimiter(&mut self, trim: bool) {
        self.position += if trim { 2 } else { 0 } + self.right.len();
        if trim {
            let rest = self.rest();
            self.position += rest.len() - rest.trim_start_matches(is_space).len();
        }
    }

    /// Whether a right delimiter comes next; and then, whether it trims.
    fn at_right_delimiter(&self) -> Option<bool> {
        let rest = self.rest();
        if has_right_trim(rest) && rest[2..].starts_with(self.right) {
            return Some(true);
        }
        rest.starts_with(self.right).then_some(false)
    }

    fn right_delimiter(&mut self, trim: bool) -> Next {
        if trim {
            self.position += 2;
            self.ignore();
        }
        self.position += self.right.len();
        let token = self.token(Kind::RightDelim);
        if trim {
            let rest = self.rest();
            self.position += rest.len() - rest.trim_start_matches(is_space).len();
            self.ignore();
        }
        self.inside_action = false;
        Next::Token(token)
    }

    fn inside_action(&mut self) -> Next {
        if let Some(trim) = self.at_right_delimiter() {
            if self.paren_depth == 0 {
                return self.right_delimiter(trim);
            }
            return self.fail("unclosed left paren");
        }
        let Some(char) = self.advance() else { return self.fail("unclosed action") };
        match char {
            _ if is_space(char) => self.space(),
            '=' => self.emit(Kind::Assign),
            ':' => {
                if self.advance() == Some('=') {
                    self.emit(Kind::Declare)
                } else {
                    self.fail("expected :=")
                }
            }
            '|' => self.emit(Kind::Pipe),
            '"' => self.quoted('"', "unterminated quoted string", Kind::String),
            '\'' => self.quoted('\'', "unterminated character constant", Kind::CharConstant),
            '`' => self.raw_string(),
            '$' => self.field_or_variable(Kind::Variable),
            '.' if self.peek().is_some_and(|next| !next.is_ascii_digit()) => {
                self.field_or_variable(Kind::Field)
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.position -= 1;
                self.number()
            }
            _ if is_alphanumeric(char) => self.identifier(),
            '(' => {
                self.paren_depth += 1;
                self.emit(Kind::LeftParen)
            }
            ')' => {
                self.paren_depth -= 1;
                if self.paren_depth < 0 {
                    self.fail("unexpected right paren")
                } else {
                    self.emit(Kind::RightParen)
                }
            }
            '!'..='~' => self.emit(Kind::Char),
            _ => self.fail(format!("unrecognized character in action: {}", char_code(char))),
        }
    }

    /// A run of spaces, of which the first is passed. The last one may belong to a trimming delimiter.
    fn space(&mut self) -> Next {
        let mut count = 1;
        while self.peek().is_some_and(is_space) {
            self.position += 1;
            count += 1;
        }
        let last = &self.text[self.position - 1..];
        if has_right_trim(last) && last[2..].starts_with(self.right) {
            self.position -= 1;
            if count == 1 {
                return self.right_delimiter(true);
            }
        }
        self.emit(Kind::Space)
    }

    fn identifier(&mut self) -> Next {
        while self.peek().is_some_and(is_alphanumeric) {
            self.advance();
        }
        if !self.at_terminator() {
            return self.bad_character();
        }
        let kind = match &self.text[self.start..self.position] {
            "block" => Kind::Block,
            "break" if self.break_is_keyword => Kind::Break,
            "continue" if self.continue_is_keyword => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::End,
            "if" => Kind::If,
            "range" => Kind::Range,
            "nil" => Kind::Nil,
            "template" => Kind::Template,
            "with" => Kind::With,
            "true" | "false" => Kind::Bool,
            _ => Kind::Identifier,
        };
        self.emit(kind)
    }

    fn bad_character(&mut self) -> Next {
        let char = self.peek().map(char_code).unwrap_or_default();
        self.fail(format!("bad character {char}"))
    }

    fn field_or_variable(&mut self, kind: Kind) -> Next {
        if self.at_terminator() {
            return self.emit(if kind == Kind::Variable { kind } else { Kind::Dot });
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.advance();
        }
        if self.at_terminator() { self.emit(kind) } else { self.bad_character() }
    }

    /// Whether what comes next may stand behind an identifier.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest().starts_with(self.right),
        }
    }

    fn quoted(&mut self, quote: char, error: &str, kind: Kind) -> Next {
        loop {
            match self.advance() {
                Some('\\') => {
                    if matches!(self.advance(), None | Some('\n')) {
                        return self.fail(error);
                    }
                }
                None | Some('\n') => return self.fail(error),
                Some(char) if char == quote => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    fn raw_string(&mut self) -> Next {
        match self.rest().find('`') {
            Some(end) => {
                self.position += end + 1;
                self.emit(Kind::RawString)
            }
            None => self.fail("unterminated raw quoted string"),
        }
    }

    fn number(&mut self) -> Next {
        if !self.scan_number() {
            return self.bad_number();
        }
        if matches!(self.peek(), Some('+' | '-')) {
            if !self.scan_number() || !self.text[..self.position].ends_with('i') {
                return self.bad_number();
            }
            return self.emit(Kind::Complex);
        }
        self.emit(Kind::Number)
    }

    fn bad_number(&mut self) -> Next {
        let text = quote(&self.text[self.start..self.position]);
        self.fail(format!("bad number syntax: {text}"))
    }

    fn scan_number(&mut self) -> bool {
        const DECIMAL: &str = "0123456789_";
        const HEXADECIMAL: &str = "0123456789abcdefABCDEF_";
        self.accept("+-");
        let mut digits = DECIMAL;
        if self.accept("0") {
            if self.accept("xX") {
                digits = HEXADECIMAL;
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        let exponent = match digits {
            DECIMAL => self.accept("eE"),
            HEXADECIMAL => self.accept("pP"),
            _ => false,
        };
        if exponent {
            self.accept("+-");
            self.accept_run(DECIMAL);
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.advance();
            return false;
        }
        true
    }

    fn accept(&mut self, valid: &str) -> bool {
        let found = self.peek().is_some_and(|char| valid.contains(char));
        self.position += usize::from(found);
        found
    }

    fn accept_run(&mut self, valid: &str) {
        while self.accept(valid) {}
    }
}

fn has_left_trim(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 2 && bytes[0] == b'-' && is_space(char::from(bytes[1]))
}

fn has_right_trim(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 2 && bytes[1] == b'-' && is_space(char::from(bytes[0]))
}
