//! The grammar of `--set` and its kin: `a.b[0].c=value,d={x,y}`.

use amethyst_gotemplate::{List, Map, Value};

/// The index of a list that may be set at most: Helm's `MaxIndex`.
const INDEX_MAX: i64 = 65_536;
/// How many dots a key may have: Helm's `MaxNestedNameLevel`.
const LEVEL_MAX: usize = 30;

/// Reads a file that a value names.
type Reader<'a> = &'a mut dyn FnMut(&str) -> Result<Value, String>;

/// `--set`: values are numbers, booleans, nulls or strings by their looks.
pub fn parse_into(text: &str, values: &Map) -> Result<(), String> {
    parse(text, values, Mode::Typed)
}

/// `--set-string`: values are strings.
pub fn parse_string_into(text: &str, values: &Map) -> Result<(), String> {
    parse(text, values, Mode::Text)
}

/// `--set-file`: values are the contents of files.
pub fn parse_file_into(text: &str, values: &Map, reader: Reader<'_>) -> Result<(), String> {
    parse(text, values, Mode::File(reader))
}

/// `--set-json` of the form `key=JSON`.
pub fn parse_json_into(text: &str, values: &Map) -> Result<(), String> {
    parse(text, values, Mode::Json)
}

/// `--set-literal`: all behind the first `=` is the value, as a string.
pub fn parse_literal_into(text: &str, values: &Map) -> Result<(), String> {
    parse(text, values, Mode::Literal)
}

fn parse<'a>(text: &'a str, values: &Map, mode: Mode<'a>) -> Result<(), String> {
    let mut parser = Parser { rest: text, mode };
    loop {
        match parser.key(values, 0) {
            Ok(()) => {}
            Err(Stop::Eof) => return Ok(()),
            Err(Stop::Fault(text)) => return Err(text),
        }
    }
}

enum Mode<'a> {
    Typed,
    Text,
    File(Reader<'a>),
    Json,
    Literal,
}

/// Why reading stopped. The end of the text is an error only to some.
enum Stop {
    Eof,
    Fault(String),
}

impl From<String> for Stop {
    fn from(text: String) -> Self {
        Self::Fault(text)
    }
}

struct Parser<'a> {
    rest: &'a str,
    mode: Mode<'a>,
}

/// A list, and whether filling it failed: what was filled counts all the same.
type Filled = (Vec<Value>, Result<(), Stop>);

impl Parser<'_> {
    fn key(&mut self, data: &Map, level: usize) -> Result<(), Stop> {
        let stops: &[char] =
            if matches!(self.mode, Mode::Literal) { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (key, last) = self.until(stops);
        match last {
            None if key.is_empty() => Err(Stop::Eof),
            None => Err(format!("key {key:?} has no value").into()),
            Some('[') => {
                let index = self.index()?;
                let list = match data.get(&key) {
                    None => Vec::new(),
                    Some(Value::List(list)) => list.to_vec(),
                    Some(other) => return Err(conversion(&other, "[]interface {}")),
                };
                let (list, result) = self.item(list, index, level);
                set(data, &key, Value::List(List::new(list)));
                result
            }
            Some('=') => self.assign(data, &key),
            Some(',') => {
                set(data, &key, Value::from(""));
                Err(format!("key {key:?} has no value (cannot end with ,)").into())
            }
            Some(_) => {
                let level = level + 1;
                if level > LEVEL_MAX {
                    let text = "value name nested level is greater than maximum supported nested level of";
                    return Err(format!("{text} {LEVEL_MAX}").into());
                }
                let inner = match data.get(&key) {
                    None => Map::new(),
                    Some(Value::Map(map)) => map,
                    Some(other) => return Err(conversion(&other, "map[string]interface {}")),
                };
                let result = self.key(&inner, level);
                if result.is_ok() && inner.is_empty() {
                    return Err(format!("key map {key:?} has no value").into());
                }
                if !inner.is_empty() {
                    set(data, &key, Value::Map(inner));
                }
                result
            }
        }
    }

    /// The value behind `key=`.
    fn assign(&mut self, data: &Map, key: &str) -> Result<(), Stop> {
        match self.mode {
            Mode::Literal => {
                set(data, key, Value::from(std::mem::take(&mut self.rest)));
                return Ok(());
            }
            Mode::Json => {
                set(data, key, self.json()?);
                return Ok(());
            }
            _ => {}
        }
        match self.list()? {
            Given::Nothing => {
                set(data, key, Value::from(""));
                Err(Stop::Eof)
            }
            Given::List(list) => {
                set(data, key, list);
                Ok(())
            }
            Given::Scalar => {
                let (text, _) = self.until(&[',']);
                set(data, key, self.read(&text)?);
                Ok(())
            }
        }
    }

    fn item(&mut self, mut list: Vec<Value>, index: i64, level: usize) -> Filled {
        if index < 0 {
            return (list, Err(format!("negative {index} index not allowed").into()));
        }
        let at = index as usize;
        let (data, last) = self.until(&['[', '.', '=']);
        if !data.is_empty() {
            return (list, Err(format!("unexpected data at end of array index: {data:?}").into()));
        }
        match last {
            None => (list, Err(Stop::Eof)),
            Some('=') => match self.item_value() {
                Ok(value) => set_index(list, index, value),
                Err(stop) => (list, Err(stop)),
            },
            Some('[') => {
                let inner = match self.index() {
                    Ok(inner) => inner,
                    Err(stop) => return (list, Err(stop)),
                };
                let before = match list.get(at) {
                    None | Some(Value::Nil) => Vec::new(),
                    Some(Value::List(list)) => list.to_vec(),
                    Some(other) => {
                        let stop = conversion(other, "[]interface {}");
                        return (list, Err(stop));
                    }
                };
                match self.item(before, inner, level) {
                    (filled, Ok(())) => set_index(list, index, Value::List(List::new(filled))),
                    (_, Err(stop)) => (list, Err(stop)),
                }
            }
            Some(_) => {
                let inner = match list.get_mut(at) {
                    None => Map::new(),
                    Some(Value::Map(map)) => map.clone(),
                    Some(other) => {
                        let map = Map::new();
                        *other = Value::Map(map.clone());
                        map
                    }
                };
                match self.key(&inner, level) {
                    Ok(()) => set_index(list, index, Value::Map(inner)),
                    Err(stop) => (list, Err(stop)),
                }
            }
        }
    }

    /// The value behind `[index]=`.
    fn item_value(&mut self) -> Result<Value, Stop> {
        match self.mode {
            Mode::Literal => return Ok(Value::from(std::mem::take(&mut self.rest))),
            Mode::Json => return self.json(),
            _ => {}
        }
        Ok(match self.list()? {
            Given::Nothing => Value::from(""),
            Given::List(list) => list,
            Given::Scalar => {
                let (text, _) = self.until(&[',']);
                self.read(&text)?
            }
        })
    }

    fn index(&mut self) -> Result<i64, Stop> {
        let (text, last) = self.until(&[']']);
        if last.is_none() {
            return Err(Stop::Eof);
        }
        text.parse().map_err(|error: std::num::ParseIntError| {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let overflows = matches!(error.kind(), PosOverflow | NegOverflow);
            let what = if overflows { "value out of range" } else { "invalid syntax" };
            Stop::Fault(format!("error parsing index: strconv.Atoi: parsing {text:?}: {what}"))
        })
    }

    /// `{a,b}`, or what else stands there.
    fn list(&mut self) -> Result<Given, Stop> {
        if self.rest.is_empty() {
            return Ok(Given::Nothing);
        }
        let Some(rest) = self.rest.strip_prefix('{') else { return Ok(Given::Scalar) };
        self.rest = rest;
        let mut items = Vec::new();
        loop {
            let (text, last) = self.until(&[',', '}']);
            match last {
                None => return Err("list must terminate with '}'".to_owned().into()),
                Some('}') => {
                    self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                    items.push(self.read(&text)?);
                    return Ok(Given::List(Value::List(List::new(items))));
                }
                Some(_) => items.push(self.read(&text)?),
            }
        }
    }

    fn read(&mut self, text: &str) -> Result<Value, Stop> {
        match &mut self.mode {
            Mode::Typed => Ok(typed(text)),
            Mode::File(reader) => reader(text).map_err(Stop::Fault),
            _ => Ok(Value::from(text)),
        }
    }

    fn json(&mut self) -> Result<Value, Stop> {
        if self.skip_empty() {
            return Ok(Value::Nil);
        }
        let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter::<serde_json::Value>();
        let value = match stream.next() {
            Some(Ok(value)) => from_json(&value),
            Some(Err(error)) => return Err(error.to_string().into()),
            None => return Err("unexpected EOF".to_owned().into()),
        };
        let end = stream.byte_offset();
        self.rest = &self.rest[end..];
        self.skip_empty();
        Ok(value)
    }

    /// Skips white space and a comma; whether nothing else stood there.
    fn skip_empty(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix(',') {
            self.rest = rest;
            return true;
        }
        self.rest.is_empty()
    }

    /// What stands before one of the characters, which is taken too; a backslash takes their meaning.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        let mut characters = self.rest.chars();
        while let Some(character) = characters.next() {
            if stops.contains(&character) {
                self.rest = characters.as_str();
                return (text, Some(character));
            }
            if character == '\\' && !matches!(self.mode, Mode::Literal) {
                text.extend(characters.next());
            } else {
                text.push(character);
            }
        }
        self.rest = "";
        (text, None)
    }
}

/// What stands behind an `=`.
enum Given {
    Nothing,
    List(Value),
    Scalar,
}

fn set(data: &Map, key: &str, value: Value) {
    if !key.is_empty() {
        data.insert(key, value);
    }
}

fn set_index(mut list: Vec<Value>, index: i64, value: Value) -> Filled {
    if index > INDEX_MAX {
        let text = format!("index of {index} is greater than maximum supported index of {INDEX_MAX}");
        return (list, Err(text.into()));
    }
    let at = index as usize;
    if list.len() <= at {
        list.resize(at + 1, Value::Nil);
    }
    list[at] = value;
    (list, Ok(()))
}

/// What Go says when a value is not of the type it is taken for.
fn conversion(value: &Value, wanted: &str) -> Stop {
    let found = if value.is_nil() { "nil".into() } else { value.type_name() };
    Stop::Fault(format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"))
}

fn typed(text: &str) -> Value {
    if text.eq_ignore_ascii_case("true") {
        return Value::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::Bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Value::Nil;
    }
    if text == "0" {
        return Value::int64(0);
    }
    // What begins with a zero stays as it is written: it may be a telephone number.
    if !text.starts_with('0')
        && let Ok(number) = text.parse()
    {
        return Value::int64(number);
    }
    Value::from(text)
}

/// A document of `encoding/json`: numbers are floats.
pub(super) fn from_json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => Value::List(List::new(items.iter().map(from_json).collect())),
        serde_json::Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| (key.as_str(), from_json(value)));
            Value::Map(pairs.collect())
        }
    }
}

#[cfg(test)]
mod tests;
