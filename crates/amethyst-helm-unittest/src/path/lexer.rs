//! A path to lexemes: yaml-jsonpath's lexer, with its states and its texts of errors.

mod filter;

/// What a lexeme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The text is the message.
    Error,
    Identity,
    Root,
    DotChild,
    UndottedChild,
    BracketChild,
    RecursiveDescent,
    ArraySubscript,
    FilterBegin,
    RecursiveFilterBegin,
    FilterEnd,
    OpenBracket,
    CloseBracket,
    Not,
    At,
    And,
    Or,
    Equality,
    Inequality,
    GreaterThan,
    GreaterThanOrEqual,
    LessThanOrEqual,
    LessThan,
    MatchesRegularExpression,
    IntegerLiteral,
    FloatLiteral,
    StringLiteral,
    BooleanLiteral,
    NullLiteral,
    RegularExpressionLiteral,
    PropertyName,
    BracketPropertyName,
    ArraySubscriptPropertyName,
    End,
}

/// A piece of a path.
#[derive(Clone, Debug)]
pub(super) struct Lexeme {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// The longest path that is read.
const LENGTH_MAX: usize = 64 * 1024;

/// What the lexer does next.
#[derive(Clone, Copy, Debug)]
enum State {
    SubPath,
    OptionalArrayIndex,
    FilterInitial,
    Filter,
    FilterTerm,
    FilterEnd,
    Done,
}

/// The lexemes of a path, up to its end or the first error.
pub(super) fn lex(path: &str) -> Vec<Lexeme> {
    let mut lexer = Lexer {
        input: path,
        start: 0,
        at: 0,
        stack: Vec::new(),
        found: Vec::new(),
        last_start: 0,
        last: Kind::End,
    };
    if path.len() > LENGTH_MAX {
        lexer.raw_error("the path is too long".to_owned());
        return lexer.found;
    }
    let mut state = lexer.begin();
    loop {
        state = match state {
            State::SubPath => lexer.sub_path(),
            State::OptionalArrayIndex => lexer.optional_array_index(),
            State::FilterInitial => lexer.filter_initial(),
            State::Filter => lexer.filter(),
            State::FilterTerm => lexer.filter_term(),
            State::FilterEnd => lexer.filter_end(),
            State::Done => return lexer.found,
        };
    }
}

struct Lexer<'a> {
    input: &'a str,
    start: usize,
    at: usize,
    stack: Vec<State>,
    found: Vec<Lexeme>,
    last_start: usize,
    last: Kind,
}

impl<'a> Lexer<'a> {
    fn begin(&mut self) -> State {
        if self.is_empty() {
            self.emit(Kind::Identity);
            return State::Done;
        }
        if self.consumed("$") {
            self.emit(Kind::Root);
        } else {
            self.found.push(Lexeme { kind: Kind::Root, text: "$".to_owned() });
        }
        State::SubPath
    }

    fn rest(&self) -> &'a str {
        &self.input[self.at..]
    }

    fn is_empty(&self) -> bool {
        self.at >= self.input.len()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn has(&self, token: &str) -> bool {
        self.rest().starts_with(token)
    }

    fn consumed(&mut self, token: &str) -> bool {
        let has = self.has(token);
        if has {
            self.at += token.len();
        }
        has
    }

    /// Where the text goes on behind these tokens, each with white space before it.
    fn behind(&self, tokens: &[&str]) -> Option<usize> {
        let mut rest = self.rest();
        for token in tokens {
            rest = rest.trim_start().strip_prefix(token)?;
        }
        Some(self.input.len() - rest.len())
    }

    fn peeked_spaced(&self, tokens: &[&str]) -> bool {
        self.behind(tokens).is_some()
    }

    fn consumed_spaced(&mut self, tokens: &[&str]) -> bool {
        let behind = self.behind(tokens);
        self.at = behind.unwrap_or(self.at);
        behind.is_some()
    }

    /// Drops white space, right after a lexeme.
    fn strip(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.start = self.at;
    }

    fn value(&self) -> &'a str {
        &self.input[self.start..self.at]
    }

    fn context(&self) -> &'a str {
        &self.input[self.last_start..self.at]
    }

    fn emit(&mut self, kind: Kind) {
        self.found.push(Lexeme { kind, text: self.value().to_owned() });
        self.last_start = self.start;
        self.start = self.at;
        self.last = kind;
    }

    fn error(&mut self, message: &str) -> State {
        let text = format!("{message} at position {}, following {:?}", self.at, self.context());
        self.raw_error(text)
    }

    fn raw_error(&mut self, text: String) -> State {
        self.found.push(Lexeme { kind: Kind::Error, text });
        State::Done
    }

    fn pop(&mut self) -> State {
        match self.stack.pop() {
            Some(state) => state,
            None => self.error("syntax error"),
        }
    }

    /// Reads on to one of these characters; whether there was anything before it.
    fn until(&mut self, ends: &[char]) -> bool {
        let from = self.at;
        let length = self.rest().find(ends).unwrap_or(self.rest().len());
        self.at += length;
        self.at > from
    }

    fn sub_path(&mut self) -> State {
        if self.has(")") {
            return self.pop();
        }
        if self.is_empty() {
            if !self.stack.is_empty() {
                return self.pop();
            }
            self.emit(Kind::Identity);
            return State::Done;
        }
        if self.consumed("..") {
            let has_name = self.until(&['.', '[']);
            if !has_name && !self.has("[") {
                return self.error("child name or array access or filter missing after recursive descent");
            }
            self.emit(Kind::RecursiveDescent);
            return State::SubPath;
        }
        if self.consumed(".") {
            return self.child(&['.', '[', ')', ' ', '&', '|', '=', '!', '>', '<', '~'], Kind::DotChild);
        }
        if self.peeked_spaced(&["[", "'"]) || self.peeked_spaced(&["[", "\""]) {
            return self.bracket_child();
        }
        if self.consumed("[?(") {
            let after_descent = self.last == Kind::RecursiveDescent;
            self.emit(if after_descent { Kind::RecursiveFilterBegin } else { Kind::FilterBegin });
            self.stack.push(State::FilterEnd);
            return State::FilterInitial;
        }
        if self.has("[") {
            return State::OptionalArrayIndex;
        }
        if self.last == Kind::End {
            let ends = ['.', '[', ']', ')', ' ', '&', '|', '=', '!', '>', '<', '~'];
            return self.child(&ends, Kind::UndottedChild);
        }
        self.error("invalid path syntax")
    }

    fn child(&mut self, ends: &[char], kind: Kind) -> State {
        if !self.until(ends) {
            return self.error("child name missing");
        }
        if self.consumed("~") {
            if !self.is_empty() {
                return self.error("property name operator may only be used on last child in path");
            }
            self.emit(Kind::PropertyName);
            return State::SubPath;
        }
        self.emit(kind);
        State::OptionalArrayIndex
    }

    fn bracket_child(&mut self) -> State {
        self.consumed_spaced(&["["]);
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            let quote = if self.next() == Some('\'') { "'" } else { "\"" };
            if let Err(message) = self.escaped_string(quote) {
                return self.error(&message);
            }
            self.consumed(quote);
            if !self.consumed_spaced(&[","]) {
                break;
            }
            if !self.peeked_spaced(&["'"]) && !self.peeked_spaced(&["\""]) {
                return self.error("missing \"'\" or '\"'");
            }
        }
        if !self.consumed_spaced(&["]"]) {
            return self.error("missing \"]\" or \",\"");
        }
        if self.consumed("~") {
            self.emit(Kind::BracketPropertyName);
            if !self.is_empty() {
                return self.error("property name operator may only be used on last child in path");
            }
            return State::SubPath;
        }
        self.emit(Kind::BracketChild);
        State::OptionalArrayIndex
    }

    /// Reads on to the quote that ends a string.
    fn escaped_string(&mut self, quote: &str) -> Result<(), String> {
        loop {
            if self.has(quote) {
                return Ok(());
            }
            if self.consumed("\\\\") || self.has("\\") && self.consumed(&format!("\\{quote}")) {
                continue;
            }
            if self.has("\\") {
                return Err(format!("unsupported escape sequence inside {quote}{quote}"));
            }
            if self.next().is_none() {
                let quoted = if quote == "'" { "\"'\"" } else { "'\"'" };
                return Err(format!("unmatched {quoted}"));
            }
        }
    }

    fn optional_array_index(&mut self) -> State {
        let is_subscript = self.has("[") && !["['", "[\"", "[?("].iter().any(|other| self.has(other));
        if is_subscript {
            self.at += 1;
            let mut has_subscript = false;
            while !self.consumed("]") {
                if self.next().is_none() {
                    return self.error("unmatched [");
                }
                has_subscript = true;
            }
            if !has_subscript {
                return self.raw_error(format!("subscript missing from [] before position {}", self.at));
            }
            let value = self.value();
            let index = value.strip_prefix('[').unwrap_or(value);
            if let Err(error) = super::slice::slice(index.strip_suffix(']').unwrap_or(index), 0) {
                let text = format!("invalid array index {value} before position {}: {error}", self.at);
                return self.raw_error(text);
            }
            if self.consumed("~") {
                if !self.is_empty() {
                    return self.error("property name operator can only be used on last item in path");
                }
                if self.value() != "[*]~" {
                    return self.error("property name operator can only be used on map nodes");
                }
                self.emit(Kind::ArraySubscriptPropertyName);
                return State::SubPath;
            }
            self.emit(Kind::ArraySubscript);
        }
        match self.peek() {
            Some(character @ (' ' | '&' | '|' | '=' | '!' | '>' | '<')) => {
                if self.stack.is_empty() {
                    return self.error(&format!("invalid character {character:?}"));
                }
                self.pop()
            }
            _ => State::SubPath,
        }
    }
}
