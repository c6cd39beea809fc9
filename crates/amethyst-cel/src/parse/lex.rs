//! From text to tokens (cel-go `parser/gen/CEL.g4`, the rules of the lexer).

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tok {
    /// An operator or a bracket, by its text; `in`, `true`, `false` and `null` too.
    Sign(&'static str),
    Float,
    Int,
    Uint,
    String,
    Bytes,
    Ident,
    Escaped,
    End,
}

/// A token: its kind, and where it lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Tok,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Characters that begin no token: where, and the text.
pub(super) struct Unknown {
    pub(super) at: u32,
    pub(super) text: String,
}

const SIGNS: [&str; 24] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "[", "]", "{", "}", "(", ")", ".", ",", "-", "!", "?", ":",
    "+", "*", "/", "%",
];

/// The tokens of a text, the last of which is [`Tok::End`].
pub(super) fn lex(text: &[char]) -> (Vec<Token>, Vec<Unknown>) {
    let mut lexer = Lexer { text, at: 0 };
    let (mut tokens, mut unknown) = (Vec::new(), Vec::new());
    loop {
        lexer.skip();
        let start = lexer.at;
        let Some(first) = lexer.peek(0) else { break };
        match lexer.token(first) {
            Ok(kind) => tokens.push(Token { kind, start: start as u32, end: lexer.at as u32 }),
            Err(failed) => {
                let end = (failed + 1).min(text.len());
                let text = text[start..end].iter().collect();
                unknown.push(Unknown { at: start as u32, text });
                lexer.at = end.max(start + 1);
            }
        }
    }
    let end = text.len() as u32;
    tokens.push(Token { kind: Tok::End, start: end, end });
    (tokens, unknown)
}

struct Lexer<'a> {
    text: &'a [char],
    at: usize,
}

fn is_ident(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn skip(&mut self) {
        while let Some(c) = self.peek(0) {
            if matches!(c, '\t' | ' ' | '\r' | '\n' | '\u{c}') {
                self.at += 1;
            } else if c == '/' && self.peek(1) == Some('/') {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
            } else {
                break;
            }
        }
    }

    /// Moves over one token; an error is where the text left the grammar.
    fn token(&mut self, first: char) -> Result<Tok, usize> {
        if first.is_ascii_digit() || (first == '.' && self.peek(1).is_some_and(|c| c.is_ascii_digit())) {
            return Ok(self.number());
        }
        if let Some(found) = self.string()
            && (found.is_ok() || matches!(first, '"' | '\''))
        {
            return found;
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let start = self.at;
            self.over(is_ident);
            let word: String = self.text[start..self.at].iter().collect();
            return Ok(match word.as_str() {
                "in" => Tok::Sign("in"),
                "true" => Tok::Sign("true"),
                "false" => Tok::Sign("false"),
                "null" => Tok::Sign("null"),
                _ => Tok::Ident,
            });
        }
        if first == '`' {
            let start = self.at;
            self.at += 1;
            self.over(|c| is_ident(c) || matches!(c, '.' | '-' | '/' | ' '));
            let failed = self.at;
            if self.peek(0) == Some('`') && failed > start + 1 {
                self.at += 1;
                return Ok(Tok::Escaped);
            }
            self.at = start;
            return Err(failed);
        }
        let found =
            SIGNS.iter().find(|sign| sign.chars().enumerate().all(|(at, c)| self.peek(at) == Some(c)));
        match found {
            Some(sign) => {
                self.at += sign.len();
                Ok(Tok::Sign(sign))
            }
            // One of `=`, `&` and `|` may begin a sign; the next character fails.
            None if matches!(first, '=' | '&' | '|') => Err(self.at + 1),
            None => Err(self.at),
        }
    }

    fn over(&mut self, is_part: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&is_part) {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Tok {
        let is_digit = |c: char| c.is_ascii_digit();
        if self.peek(0) == Some('0')
            && self.peek(1) == Some('x')
            && self.peek(2).is_some_and(|c| c.is_ascii_hexdigit())
        {
            self.at += 2;
            self.over(|c| c.is_ascii_hexdigit());
            return self.unsigned();
        }
        self.over(is_digit);
        let mut float = false;
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(is_digit) {
            self.at += 1;
            self.over(is_digit);
            float = true;
        }
        if self.peek(0).is_some_and(|c| matches!(c, 'e' | 'E')) {
            let sign = usize::from(self.peek(1).is_some_and(|c| matches!(c, '+' | '-')));
            if self.peek(1 + sign).is_some_and(is_digit) {
                self.at += 1 + sign;
                self.over(is_digit);
                float = true;
            }
        }
        if float { Tok::Float } else { self.unsigned() }
    }

    fn unsigned(&mut self) -> Tok {
        if self.peek(0).is_some_and(|c| matches!(c, 'u' | 'U')) {
            self.at += 1;
            Tok::Uint
        } else {
            Tok::Int
        }
    }

    /// A string or bytes, when one begins here.
    fn string(&mut self) -> Option<Result<Tok, usize>> {
        let bytes = usize::from(self.peek(0).is_some_and(|c| matches!(c, 'b' | 'B')));
        let raw = usize::from(self.peek(bytes).is_some_and(|c| matches!(c, 'r' | 'R')));
        let open = self.at + bytes + raw;
        let quote = self.text.get(open).copied().filter(|c| matches!(c, '"' | '\''))?;
        let is_triple = self.text[open..].len() >= 3 && self.text[open..open + 3].iter().all(|c| *c == quote);
        let mut found = Err(open);
        if is_triple {
            found = self.body(open + 3, quote, 3, raw > 0);
        }
        let longest = found.err();
        if found.is_err() {
            found = self.body(open + 1, quote, 1, raw > 0);
        }
        Some(match found {
            Ok(end) => {
                self.at = end;
                Ok(if bytes > 0 { Tok::Bytes } else { Tok::String })
            }
            Err(failed) => Err(longest.unwrap_or_default().max(failed)),
        })
    }

    /// The end of a string whose body begins at `at`.
    fn body(&self, mut at: usize, quote: char, quotes: usize, raw: bool) -> Result<usize, usize> {
        loop {
            let Some(c) = self.text.get(at).copied() else { return Err(at) };
            let closes =
                self.text[at..].len() >= quotes && self.text[at..at + quotes].iter().all(|c| *c == quote);
            if closes {
                return Ok(at + quotes);
            }
            if quotes == 1 && matches!(c, '\n' | '\r') {
                return Err(at);
            }
            at = if c == '\\' && !raw { self.escape(at)? } else { at + 1 };
        }
    }

    /// The end of the escape sequence at `at`.
    fn escape(&self, at: usize) -> Result<usize, usize> {
        let digits = |from: usize, count: usize, is_digit: fn(&char) -> bool| match (from..from + count)
            .find(|at| !self.text.get(*at).is_some_and(is_digit))
        {
            Some(failed) => Err(failed),
            None => Ok(from + count),
        };
        match self.text.get(at + 1) {
            Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '"' | '\'' | '\\' | '?' | '`') => Ok(at + 2),
            Some('x' | 'X') => digits(at + 2, 2, char::is_ascii_hexdigit),
            Some('u') => digits(at + 2, 4, char::is_ascii_hexdigit),
            Some('U') => digits(at + 2, 8, char::is_ascii_hexdigit),
            Some('0'..='3') => digits(at + 2, 2, |c| ('0'..='7').contains(c)),
            _ => Err(at + 1),
        }
    }
}
