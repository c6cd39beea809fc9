//! Evaluates expressions of templates without an executor: calls, pipes, parentheses, literals and methods.

use std::any::Any;
use std::iter::Peekable;
use std::str::Chars;

use amethyst_gotemplate::{
    CallError, Engine, Function, Functions, Host, IntKind, Templates, Type, UintKind, Value,
};

use crate::{HelmVersion, functions, helm_functions, print, to_json};

/// What Go's `%T`, `%v` and `toJson` show of a result.
pub(super) struct Seen {
    pub(super) type_name: String,
    pub(super) printed: String,
    pub(super) json: String,
}

/// A host whose clock stands and whose randomness is counted up.
#[derive(Default)]
pub(super) struct Still {
    next: u8,
    pub(super) told: Vec<&'static str>,
}

impl Host for Still {
    fn now(&mut self) -> i128 {
        1_700_000_000_123_456_789
    }

    fn random(&mut self, out: &mut [u8]) {
        for byte in out {
            self.next = self.next.wrapping_mul(181).wrapping_add(101);
            *byte = self.next;
        }
    }

    fn not_reproducible(&mut self, function: &'static str) {
        self.told.push(function);
    }

    fn state(&mut self) -> &mut dyn Any {
        self
    }
}

pub(super) struct Evaluator {
    functions: Functions,
    pub(super) host: Still,
}

impl Default for Evaluator {
    fn default() -> Self {
        let functions = Functions::default().with(functions()).with(helm_functions(HelmVersion::Four));
        Self { functions, host: Still::default() }
    }
}

impl Evaluator {
    pub(super) fn value(&mut self, expression: &str) -> Result<Value, String> {
        let mut engine = Engine::new(Templates::default(), &self.functions, &mut self.host);
        let mut run = Run { functions: &self.functions, text: expression.chars().peekable() };
        run.pipeline(&mut engine)
    }

    pub(super) fn seen(&mut self, expression: &str) -> Result<Seen, String> {
        let value = self.value(expression)?;
        Ok(Seen {
            type_name: value.type_name().into_owned(),
            printed: String::from_utf8_lossy(&print(&value)).into_owned(),
            json: to_json(&value).unwrap_or_else(|error| error),
        })
    }
}

struct Run<'a> {
    functions: &'a Functions,
    text: Peekable<Chars<'a>>,
}

impl Run<'_> {
    fn pipeline(&mut self, engine: &mut Engine<'_>) -> Result<Value, String> {
        let mut last = None;
        loop {
            let value = self.command(last.take(), engine)?;
            self.space();
            if self.text.peek() != Some(&'|') {
                return Ok(value);
            }
            self.text.next();
            last = Some(value);
        }
    }

    fn space(&mut self) {
        while self.text.peek() == Some(&' ') {
            self.text.next();
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(rune) = self.text.next_if(|rune| rune.is_alphanumeric() || "_.+-".contains(*rune)) {
            word.push(rune);
        }
        word
    }

    fn command(&mut self, last: Option<Value>, engine: &mut Engine<'_>) -> Result<Value, String> {
        self.space();
        let is_name = self.text.peek().is_some_and(|rune| rune.is_alphabetic());
        if !is_name {
            return self.operand(engine);
        }
        let name = self.word();
        if matches!(name.as_str(), "true" | "false" | "nil") {
            return Ok(constant(&name));
        }
        let function = *self.functions.get(&name).ok_or(format!("function {name:?} not defined"))?;
        let mut arguments = Vec::new();
        loop {
            self.space();
            match self.text.peek() {
                None | Some(')' | '|') => break,
                _ => arguments.push(self.operand(engine)?),
            }
        }
        arguments.extend(last);
        call(&function, arguments, engine)
    }

    fn operand(&mut self, engine: &mut Engine<'_>) -> Result<Value, String> {
        match self.text.peek() {
            Some('(') => {
                self.text.next();
                let mut value = self.pipeline(engine)?;
                self.space();
                self.text.next();
                while self.text.next_if_eq(&'.').is_some() {
                    let name = self.word();
                    value = member(&value, &name, engine)?;
                }
                Ok(value)
            }
            Some('"') => Ok(self.quoted()),
            Some('`') => {
                self.text.next();
                Ok(Value::from(self.text.by_ref().take_while(|rune| *rune != '`').collect::<String>()))
            }
            _ => {
                let word = self.word();
                if self.functions.get(&word).is_some() {
                    let function = *self.functions.get(&word).unwrap();
                    return call(&function, Vec::new(), engine);
                }
                Ok(constant(&word))
            }
        }
    }

    fn quoted(&mut self) -> Value {
        self.text.next();
        let mut bytes = Vec::new();
        while let Some(rune) = self.text.next().filter(|rune| *rune != '"') {
            let rune = match rune {
                '\\' => match self.text.next() {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some('x') => {
                        let digits: String = self.text.by_ref().take(2).collect();
                        bytes.push(u8::from_str_radix(&digits, 16).unwrap());
                        continue;
                    }
                    Some('u') => {
                        let digits: String = self.text.by_ref().take(4).collect();
                        char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap()
                    }
                    Some('U') => {
                        let digits: String = self.text.by_ref().take(8).collect();
                        char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap()
                    }
                    other => other.unwrap_or('\\'),
                },
                _ => rune,
            };
            bytes.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Value::bytes_string(bytes)
    }
}

fn constant(word: &str) -> Value {
    match word {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "nil" => Value::Nil,
        _ => match word.parse::<i64>() {
            Ok(number) => Value::int(number),
            Err(_) => Value::Float(word.parse().unwrap_or_else(|_| panic!("what is {word:?}?"))),
        },
    }
}

fn text_of(error: CallError) -> String {
    match error {
        CallError::Message(text) => text,
        CallError::Nested(error) => error.message,
    }
}

fn member(value: &Value, name: &str, engine: &mut Engine<'_>) -> Result<Value, String> {
    match value {
        Value::Native(native) => match native.method(name, &[], engine) {
            Some(result) => result.map_err(text_of),
            None => native.field(name).ok_or(format!("can't evaluate field {name}")),
        },
        Value::Map(map) => Ok(map.get(name).unwrap_or_default()),
        _ => Err(format!("can't evaluate field {name}")),
    }
}

fn call(function: &Function, arguments: Vec<Value>, engine: &mut Engine<'_>) -> Result<Value, String> {
    let wanted = function.parameters.len();
    if arguments.len() < wanted || arguments.len() > wanted && function.variadic.is_none() {
        return Err(format!(
            "wrong number of args for {}: want {wanted} got {}",
            function.name,
            arguments.len()
        ));
    }
    let mut fitted = Vec::new();
    for (index, value) in arguments.into_iter().enumerate() {
        let parameter = function.parameters.get(index).copied().or(function.variadic);
        fitted.push(fit(value, parameter.unwrap_or(Type::Any))?);
    }
    (function.call)(engine, &fitted).map_err(text_of)
}

fn fit(value: Value, parameter: Type) -> Result<Value, String> {
    let wrong = |value: &Value| Err(format!("wrong type for value: got {}", value.type_name()));
    match (parameter, &value) {
        (Type::Any | Type::Reflect, _)
        | (Type::Bool, Value::Bool(_))
        | (Type::String, Value::String(_) | Value::Binary(_))
        | (Type::Int, Value::Int(IntKind::Int, _))
        | (Type::Int64, Value::Int(IntKind::Int64, _))
        | (Type::Float, Value::Float(_))
        | (Type::Anys | Type::Strings, Value::List(_) | Value::Nil)
        | (Type::Map, Value::Map(_) | Value::Nil) => Ok(value),
        (Type::Int64, Value::Int(IntKind::Int, number)) => Ok(Value::int64(*number)),
        (Type::Uint32, Value::Int(IntKind::Int, number)) => Ok(Value::Uint(UintKind::Uint32, *number as u64)),
        (Type::Float, Value::Int(IntKind::Int, number)) => Ok(Value::Float(*number as f64)),
        (Type::Native(name), Value::Native(native)) if native.type_name() == name => Ok(value),
        _ => wrong(&value),
    }
}
