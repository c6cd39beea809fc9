//! The JSON reader.

use crate::{FieldPath, Map, Number, Str, Value};

/// What a reader puts up with.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How deep lists and maps may nest.
    pub depth_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // encoding/json of Go gives up at 10,000; no real object passes 200.
        Self { depth_max: 500 }
    }
}

/// A document and what its reader noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The document; of a duplicate key the last value stands, as in Go.
    pub value: Value,
    /// Keys that occur twice in one map, the first hundred of them.
    pub duplicates: Vec<Duplicate>,
}

/// A key that occurs twice in one map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duplicate {
    /// Where it is.
    pub path: FieldPath,
    /// The line of the later key, from 1.
    pub line: u32,
    /// How many keys stand before it in the whole document.
    pub keys_before: usize,
}

/// Go's strict decoders tell no more faults than these.
const DUPLICATES_MAX: usize = 100;

/// The text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at line {line}, column {column}")]
pub struct ParseError {
    /// What is wrong.
    pub reason: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1.
    pub column: u32,
    /// The offset in bytes.
    pub offset: usize,
}

/// Reads one JSON document; of a duplicate key the last value stands.
pub fn parse(text: &[u8]) -> Result<Value, ParseError> {
    parse_with(text, Limits::default()).map(|parsed| parsed.value)
}

/// Reads one JSON document within limits, and tells about duplicate keys.
pub fn parse_with(text: &[u8], limits: Limits) -> Result<Parsed, ParseError> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: limits.depth_max,
        path: FieldPath::default(),
        duplicates: Vec::new(),
        keys: 0,
    };
    let value = reader.value()?;
    reader.space();
    if reader.at < text.len() {
        return Err(reader.error("invalid character after the top-level value"));
    }
    Ok(Parsed { value, duplicates: reader.duplicates })
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    path: FieldPath,
    duplicates: Vec<Duplicate>,
    /// How many keys were read.
    keys: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Value, ParseError> {
        self.space();
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(_) => Err(self.error("invalid character looking for the beginning of a value")),
            None => Err(self.error("unexpected end of JSON input")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, ParseError>) -> Result<Value, ParseError> {
        self.depth = self.depth.checked_sub(1).ok_or_else(|| self.error("exceeded max depth"))?;
        self.at += 1;
        let value = read(self)?;
        self.depth += 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Value, ParseError> {
        let mut map = Map::new();
        self.space();
        if self.eat(b'}') {
            return Ok(Value::Object(map));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.error("expected a string as object key"));
            }
            let (start, key) = (self.at, self.string()?);
            self.space();
            self.expect(b':')?;
            self.path.push_key(key.clone());
            if map.contains_key(&key) {
                self.duplicate(start);
            }
            self.keys += 1;
            let value = self.value()?;
            self.path.pop();
            map.insert(key, value);
            self.space();
            if self.eat(b'}') {
                return Ok(Value::Object(map));
            }
            self.expect(b',')?;
        }
    }

    fn duplicate(&mut self, at: usize) {
        if self.duplicates.len() < DUPLICATES_MAX {
            let line = self.text[..at].split(|byte| *byte == b'\n').count();
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            self.duplicates.push(Duplicate { path: self.path.clone(), line, keys_before: self.keys });
        }
    }

    fn array(&mut self) -> Result<Value, ParseError> {
        let mut items = Vec::new();
        self.space();
        if self.eat(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.path.push_index(items.len());
            items.push(self.value()?);
            self.path.pop();
            self.space();
            if self.eat(b']') {
                return Ok(Value::Array(items));
            }
            self.expect(b',')?;
        }
    }

    fn number(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        self.eat(b'-');
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.error("invalid character in numeric literal")),
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let lexeme = std::str::from_utf8(&self.text[start..self.at]).expect("a number is ASCII");
        Ok(Value::Number(Number::from_lexeme(lexeme)))
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.error("invalid character in numeric literal")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Str, ParseError> {
        self.at += 1;
        let start = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    let text = self.utf8(start)?;
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => return self.escaped_string(start),
                0..0x20 => return Err(self.error("invalid control character in string literal")),
                _ => self.at += 1,
            }
        }
        Err(self.error("unexpected end of JSON input"))
    }

    fn utf8(&self, start: usize) -> Result<Str, ParseError> {
        Str::from_utf8(&self.text[start..self.at]).map_err(|_| self.error("invalid UTF-8 in string literal"))
    }

    fn escaped_string(&mut self, start: usize) -> Result<Str, ParseError> {
        let mut out = self.text[start..self.at].to_vec();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    let text = String::from_utf8(out);
                    return text.map(Str::from).map_err(|_| self.error("invalid UTF-8 in string literal"));
                }
                Some(b'\\') => {
                    self.at += 1;
                    let char = self.escape()?;
                    out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(0..0x20) => return Err(self.error("invalid control character in string literal")),
                Some(byte) => {
                    out.push(byte);
                    self.at += 1;
                }
                None => return Err(self.error("unexpected end of JSON input")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let byte = self.peek().ok_or_else(|| self.error("unexpected end of JSON input"))?;
        self.at += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.error("invalid character in string escape code")),
        })
    }

    /// A `\u` escape; a lone surrogate becomes U+FFFD, as in Go.
    fn unicode_escape(&mut self) -> Result<char, ParseError> {
        let high = self.hex4()?;
        if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let low = self.hex4()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Result<u32, ParseError> {
        let digits = self.text.get(self.at..self.at + 4).filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        let digits =
            digits.ok_or_else(|| self.error("invalid character in \\u hexadecimal character escape"))?;
        let digits = std::str::from_utf8(digits).expect("hexadecimal digits are ASCII");
        self.at += 4;
        Ok(u32::from_str_radix(digits, 16).expect("four hexadecimal digits fit"))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, ParseError> {
        if !self.text[self.at..].starts_with(word.as_bytes()) {
            return Err(self.error("invalid character in literal"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), ParseError> {
        if self.eat(byte) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(_) => self.error(&format!("expected `{}`", char::from(byte))),
            None => self.error("unexpected end of JSON input"),
        })
    }

    fn error(&self, reason: &str) -> ParseError {
        let before = &self.text[..self.at.min(self.text.len())];
        let line = before.split(|byte| *byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        ParseError {
            reason: reason.to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            offset: self.at,
        }
    }
}
