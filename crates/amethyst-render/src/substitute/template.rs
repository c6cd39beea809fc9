//! The grammar of `${...}`: reads a text from left to right and writes it expanded.

use super::SubstituteError;
use super::operators::{apply, replaced_size};

const BAD: SubstituteError = SubstituteError::Expression("bad substitution");
const UNCLOSED: SubstituteError = SubstituteError::Expression("missing closing brace");
const NAMELESS: SubstituteError = SubstituteError::Expression("unable to parse variable name");
const PARAMETER: SubstituteError =
    SubstituteError::Expression("unable to parse substitution within function");
const DEFAULT: SubstituteError = SubstituteError::Expression("unable to parse default function");

const TOO_LARGE: SubstituteError = SubstituteError::Expression(
    "the expressions of one object expand to more than 64 MiB: fewer or shorter variables are expected",
);

/// How much all expressions of a text may give, inner ones included: a replacement within a replacement
/// multiplies.
const EXPANDED_BYTES_MAX: usize = 64 << 20;
/// How deep defaults may hold expressions of their own.
const DEPTH_MAX: usize = 64;

type Lookup<'a> = dyn Fn(&str) -> Result<Option<String>, SubstituteError> + 'a;

/// Expands `text`; `$$` stands for one `$` and keeps what follows from being expanded.
pub(super) fn expand(text: &str, lookup: &Lookup<'_>) -> Result<String, SubstituteError> {
    let mut reader = Reader { rest: text, lookup, depth: 0, expanded_bytes: 0 };
    let mut out = String::with_capacity(text.len());
    while let Some(at) = reader.rest.find('$') {
        out.push_str(&reader.rest[..at]);
        reader.rest = &reader.rest[at + 1..];
        if reader.eat("$") {
            out.push('$');
        } else if reader.eat("{") {
            out.push_str(&reader.expression()?);
        } else {
            out.push('$');
        }
    }
    out.push_str(reader.rest);
    Ok(out)
}

struct Reader<'a> {
    rest: &'a str,
    lookup: &'a Lookup<'a>,
    depth: usize,
    expanded_bytes: usize,
}

impl Reader<'_> {
    /// After `${`, up to and with the `}` that closes it.
    fn expression(&mut self) -> Result<String, SubstituteError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(BAD);
        }
        let value = if self.eat("#") { self.length() } else { self.operation() };
        self.depth -= 1;
        value
    }

    fn length(&mut self) -> Result<String, SubstituteError> {
        let name = self.name().ok_or(BAD)?;
        self.close()?;
        self.value(&name, "#", &[])
    }

    fn operation(&mut self) -> Result<String, SubstituteError> {
        let name = self.name().ok_or(NAMELESS)?;
        match self.rest.chars().next() {
            Some(':') if self.rest[1..].starts_with(['=', '-', '?', '+']) => self.default(&name, 2),
            Some(':') => self.substring(&name),
            Some('=') => self.default(&name, 1),
            Some(operator @ (',' | '^')) => {
                let operator = self.repeated(operator);
                self.close()?;
                self.value(&name, &operator, &[])
            }
            Some('/') => self.replace(&name),
            Some(operator @ ('#' | '%')) => {
                let operator = self.repeated(operator);
                let pattern = self.parameter(|char| char != '}', false)?;
                self.close()?;
                self.value(&name, &operator, &[pattern])
            }
            _ => {
                self.close_plain()?;
                self.value(&name, "", &[])
            }
        }
    }

    fn default(&mut self, name: &str, length: usize) -> Result<String, SubstituteError> {
        let operator = self.rest.get(..length).ok_or(DEFAULT)?.to_owned();
        self.rest = &self.rest[length..];
        let mut default = String::new();
        while !self.rest.starts_with('}') {
            default.push_str(&self.parameter(|char| char != '}', false)?);
        }
        self.close()?;
        self.value(name, &operator, &[default])
    }

    fn substring(&mut self, name: &str) -> Result<String, SubstituteError> {
        self.eat(":");
        let offset = self.parameter(|char| char != ':' && char != '}', false)?;
        if self.eat("}") {
            return self.value(name, ":", &[offset]);
        }
        if !self.eat(":") {
            return Err(BAD);
        }
        let length = self.parameter(|char| char != '}', false)?;
        self.close()?;
        self.value(name, ":", &[offset, length])
    }

    fn replace(&mut self, name: &str) -> Result<String, SubstituteError> {
        let operator = ["//", "/#", "/%", "/"].into_iter().find(|operator| self.eat(operator)).ok_or(BAD)?;
        let old = self.parameter(|char| char != '/', true)?;
        if !self.eat("/") {
            return Err(BAD);
        }
        while self.eat("/") {}
        if self.eat("}") {
            return self.value(name, operator, &[old]);
        }
        let new = self.parameter(|char| char != '}', true)?;
        self.close()?;
        self.value(name, operator, &[old, new])
    }

    /// One parameter: an expression, or text of accepted characters up to an expression.
    fn parameter(&mut self, accept: impl Fn(char) -> bool, escapes: bool) -> Result<String, SubstituteError> {
        if self.eat("${") {
            return self.expression();
        }
        let mut text = String::new();
        while let Some(char) = self.rest.chars().next() {
            let escaped = escapes && ["$$", "\\/", "\\\\"].iter().any(|pair| self.rest.starts_with(pair));
            if escaped {
                text.push_str(&self.rest[1..2]);
                self.rest = &self.rest[2..];
                continue;
            }
            if !accept(char) || self.rest.starts_with("${") {
                break;
            }
            text.push(char);
            self.rest = &self.rest[char.len_utf8()..];
        }
        if text.is_empty() { Err(PARAMETER) } else { Ok(text) }
    }

    fn name(&mut self) -> Option<String> {
        let end =
            self.rest.find(|char: char| char != '_' && !char.is_alphanumeric()).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!name.is_empty()).then(|| name.to_owned())
    }

    fn repeated(&mut self, operator: char) -> String {
        let mut operators = String::new();
        while operators.len() < 2 && self.rest.starts_with(operator) {
            operators.push(operator);
            self.rest = &self.rest[1..];
        }
        operators
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn close(&mut self) -> Result<(), SubstituteError> {
        if self.eat("}") { Ok(()) } else { Err(BAD) }
    }

    fn close_plain(&mut self) -> Result<(), SubstituteError> {
        if self.eat("}") { Ok(()) } else { Err(UNCLOSED) }
    }

    fn value(
        &mut self,
        name: &str,
        operator: &str,
        parameters: &[String],
    ) -> Result<String, SubstituteError> {
        let tolerates_unset = matches!(operator, "-" | "+" | "=" | "?" | ":-" | ":+" | ":=" | ":?");
        let value = match (self.lookup)(name)? {
            Some(value) => value,
            None if tolerates_unset => String::new(),
            None => return Err(SubstituteError::Unset(name.to_owned())),
        };
        let room = EXPANDED_BYTES_MAX - self.expanded_bytes;
        if replaced_size(operator, &value, parameters) > room {
            return Err(TOO_LARGE);
        }
        let value = apply(operator, value, parameters);
        if value.len() > room {
            return Err(TOO_LARGE);
        }
        self.expanded_bytes += value.len();
        Ok(value)
    }
}
