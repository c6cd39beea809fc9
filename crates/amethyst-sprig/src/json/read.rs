//! Reading JSON: every number a `float64`, of a duplicate key the last one, errors in Go's words.

use amethyst_gotemplate::{CallError, List, Map, MapKind, Value};
use amethyst_object::Str;

use crate::arguments::DEPTH_MAX;
use crate::cast::parse_float;
use crate::print::quoted;

/// How many values one text may hold: they take a hundred times their text.
const PARTS_MAX: usize = 4_000_000;

/// Go's text of what is wrong.
pub(crate) struct Fault(pub(crate) String);

impl From<Fault> for CallError {
    fn from(fault: Fault) -> Self {
        Self::Message(fault.0)
    }
}

/// Reads one document as `json.Unmarshal` into an empty interface does.
pub(crate) fn read(text: &[u8]) -> Result<Value, Fault> {
    let parts = || text.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    if text.len() > PARTS_MAX && parts() > PARTS_MAX {
        return Err(Fault(format!("the text holds more than {PARTS_MAX} values")));
    }
    let mut reader = Reader { text, at: 0, depth: 0, overflow: None };
    let value = reader.value()?;
    reader.space();
    if reader.at < text.len() {
        return Err(reader.invalid("after top-level value"));
    }
    // Go looks at the whole text before it decodes any number.
    reader.overflow.map_or(Ok(value), Err)
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    /// The first number that no float holds.
    overflow: Option<Fault>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The character that stands here is wrong, or the text ends too early.
    fn invalid(&self, context: &str) -> Fault {
        // At the end Go looks whether a space could follow, and blames the space where none can.
        let is_within = !context.starts_with("looking")
            && context != "in string literal"
            && !context.starts_with("after object")
            && !context.starts_with("after array");
        let byte = match self.peek() {
            None if !is_within => return Fault("unexpected end of JSON input".to_owned()),
            found => found.unwrap_or(b' '),
        };
        let shown = match byte {
            b'\'' => r"'\''".to_owned(),
            b'"' => "'\"'".to_owned(),
            _ => {
                let text = quoted(&char::from(byte).to_string());
                format!("'{}'", &text[1..text.len() - 1])
            }
        };
        Fault(format!("invalid character {shown} {context}"))
    }

    fn value(&mut self) -> Result<Value, Fault> {
        self.space();
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Nil),
            _ => Err(self.invalid("looking for beginning of value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Fault>) -> Result<Value, Fault> {
        if self.depth == DEPTH_MAX {
            return Err(Fault("exceeded max depth".to_owned()));
        }
        self.depth += 1;
        self.at += 1;
        self.space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Value, Fault> {
        let mut pairs = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Map::new().into());
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.invalid("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.invalid("after object key"));
            }
            self.at += 1;
            pairs.push((key, self.value()?));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.invalid("after object key:value pair")),
            }
        }
        self.at += 1;
        Ok(Map::with_kind(MapKind::Any, pairs).into())
    }

    fn array(&mut self) -> Result<Value, Fault> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(List::new(items).into());
        }
        loop {
            items.push(self.value()?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.invalid("after array element")),
            }
        }
        self.at += 1;
        Ok(List::new(items).into())
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Fault> {
        for letter in word.bytes() {
            if self.peek() != Some(letter) {
                let context = format!("in literal {word} (expecting '{}')", char::from(letter));
                return Err(self.invalid(&context));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = String::from_utf8_lossy(&self.text[start..self.at]);
        let value = parse_float(&text);
        if value.is_none() && self.overflow.is_none() {
            let text = format!("json: cannot unmarshal number {text} into Go value of type float64");
            self.overflow = Some(Fault(text));
        }
        Ok(value.map_or(Value::Nil, Value::Float))
    }

    fn digits(&mut self, context: &str) -> Result<(), Fault> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.invalid(context));
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Str, Fault> {
        self.at += 1;
        let start = self.at;
        let mut out: Option<Vec<u8>> = None;
        let mut from = start;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let out = out.get_or_insert_default();
                    out.extend_from_slice(&self.text[from..self.at]);
                    self.at += 1;
                    let mut buffer = [0; 4];
                    let rune = self.escape()?;
                    out.extend_from_slice(rune.encode_utf8(&mut buffer).as_bytes());
                    from = self.at;
                }
                Some(0x20..) => self.at += 1,
                _ => return Err(self.invalid("in string literal")),
            }
        }
        let tail = &self.text[from..self.at];
        self.at += 1;
        let bytes = match &mut out {
            None => tail,
            Some(out) => {
                out.extend_from_slice(tail);
                out.as_slice()
            }
        };
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => crate::unicode::runes(bytes).into_iter().collect(),
        })
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let rune = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.invalid("in string escape code")),
        };
        self.at += 1;
        Ok(rune)
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let high = self.four_digits()?;
        if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let low = self.four_digits()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn four_digits(&mut self) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.invalid("in \\u hexadecimal character escape"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}
