//! The functions that text/template brings itself.

use super::call::Signature;
use super::seen::Seen;
use super::{Engine, Failure, compare, escape, indexing};
use crate::tree::{Operand, Term, write_operand};
use crate::{CallError, Type, Value, print};

/// A function of text/template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Call,
    Eq,
    Ge,
    Gt,
    Html,
    Index,
    Js,
    Le,
    Len,
    Lt,
    Ne,
    Not,
    Or,
    Print,
    Printf,
    Println,
    Slice,
    UrlQuery,
}

impl Builtin {
    const ALL: [Self; 19] = [
        Self::And,
        Self::Call,
        Self::Eq,
        Self::Ge,
        Self::Gt,
        Self::Html,
        Self::Index,
        Self::Js,
        Self::Le,
        Self::Len,
        Self::Lt,
        Self::Ne,
        Self::Not,
        Self::Or,
        Self::Print,
        Self::Printf,
        Self::Println,
        Self::Slice,
        Self::UrlQuery,
    ];

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|builtin| builtin.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Call => "call",
            Self::Eq => "eq",
            Self::Ge => "ge",
            Self::Gt => "gt",
            Self::Html => "html",
            Self::Index => "index",
            Self::Js => "js",
            Self::Le => "le",
            Self::Len => "len",
            Self::Lt => "lt",
            Self::Ne => "ne",
            Self::Not => "not",
            Self::Or => "or",
            Self::Print => "print",
            Self::Printf => "printf",
            Self::Println => "println",
            Self::Slice => "slice",
            Self::UrlQuery => "urlquery",
        }
    }

    fn signature(self) -> Signature {
        use Type::{Any, Reflect, String};
        let (fixed, variadic): (&'static [Type], _) = match self {
            Self::And | Self::Or | Self::Call | Self::Eq | Self::Index | Self::Slice => {
                (&[Reflect], Some(Reflect))
            }
            Self::Ge | Self::Gt | Self::Le | Self::Lt | Self::Ne => (&[Reflect, Reflect], None),
            Self::Html | Self::Js | Self::UrlQuery | Self::Print | Self::Println => (&[], Some(Any)),
            Self::Len | Self::Not => (&[Reflect], None),
            Self::Printf => (&[String], Some(Any)),
        };
        Signature { fixed, variadic }
    }
}

impl Engine<'_> {
    pub(super) fn call_builtin(
        &mut self,
        builtin: Builtin,
        caller: u32,
        arguments: &[Operand],
        dot: &Seen,
        last: Option<Seen>,
    ) -> Result<Seen, Failure> {
        let result = match builtin {
            Builtin::And | Builtin::Or => return self.and_or(builtin, arguments, dot, last),
            Builtin::Len => {
                self.check_count("len", builtin.signature(), arguments.len(), last.is_some())?;
                let value = match last {
                    Some(last) => last,
                    None => self.argument(Type::Reflect, &arguments[0], dot)?,
                };
                indexing::length(&value)
            }
            Builtin::Slice => {
                let given = arguments.len();
                self.check_count("slice", builtin.signature(), given, last.is_some())?;
                let mut values = Vec::with_capacity(given + 1);
                for argument in arguments {
                    values.push(self.argument(Type::Reflect, argument, dot)?);
                }
                values.extend(last);
                indexing::slice(&values[0].value, &values[1..])
            }
            Builtin::Call => {
                let name = callee(arguments, last.as_ref());
                let values = self.arguments("call", builtin.signature(), arguments, dot, last)?;
                let result = self.call_value(&name, &values);
                self.give_back(values);
                result
            }
            _ => {
                let values = self.arguments(builtin.name(), builtin.signature(), arguments, dot, last)?;
                let result = plain(builtin, &values);
                self.give_back(values);
                result
            }
        };
        match result {
            Ok(value) => self.returned(value),
            Err(error) => {
                self.node = caller;
                Err(self.call_error(builtin.name(), error))
            }
        }
    }

    /// The first argument that decides, or the last one.
    fn and_or(
        &mut self,
        builtin: Builtin,
        arguments: &[Operand],
        dot: &Seen,
        last: Option<Seen>,
    ) -> Result<Seen, Failure> {
        self.check_count(builtin.name(), builtin.signature(), arguments.len(), last.is_some())?;
        let mut value = Seen::INVALID;
        for argument in arguments {
            value = self.argument(Type::Reflect, argument, dot)?;
            if value.value.is_true() == (builtin == Builtin::Or) {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    /// Calls a function that is a value: a native one of that kind, by the method without a name.
    fn call_value(&mut self, name: &str, values: &[Value]) -> Result<Value, CallError> {
        match values {
            [Value::Native(function), arguments @ ..] if function.kind_name() == "func" => {
                let function = std::rc::Rc::clone(function);
                function.method("", arguments, self).unwrap_or_else(|| Err("call of nil".into()))
            }
            [] | [Value::Nil, ..] => Err("call of nil".into()),
            [value, ..] => Err(format!("non-function {name} of type {}", value.type_name()).into()),
        }
    }
}

/// What `call` names the function that it calls.
fn callee(arguments: &[Operand], last: Option<&Seen>) -> String {
    match (arguments.first(), last) {
        (Some(operand), _) => {
            let mut text = String::new();
            write_operand(operand, &mut text);
            // A pipe on its own is printed without parentheses.
            match operand.term {
                Term::Pipe(_) => text[1..text.len() - 1].to_owned(),
                _ => text,
            }
        }
        (None, Some(last)) => match last.value.as_str() {
            Some(text) => text.into_owned(),
            None if last.value.is_nil() => "<invalid Value>".to_owned(),
            None => format!("<{} Value>", last.value.type_name()),
        },
        (None, None) => String::new(),
    }
}

/// The functions that need nothing but their arguments.
fn plain(builtin: Builtin, values: &[Value]) -> Result<Value, CallError> {
    match (builtin, values) {
        (Builtin::Eq, [first, rest @ ..]) => compare::equal(first, rest).map(Value::Bool),
        (Builtin::Ne, [first, rest @ ..]) => compare::equal(first, rest).map(|equal| Value::Bool(!equal)),
        (Builtin::Lt, [a, b]) => compare::less(a, b).map(Value::Bool),
        (Builtin::Le, [a, b]) => compare::less_or_equal(a, b).map(Value::Bool),
        (Builtin::Gt, [a, b]) => compare::less_or_equal(a, b).map(|less| Value::Bool(!less)),
        (Builtin::Ge, [a, b]) => compare::less(a, b).map(|less| Value::Bool(!less)),
        (Builtin::Not, [value]) => Ok(Value::Bool(!value.is_true())),
        (Builtin::Index, [item, indexes @ ..]) => indexing::index(item, indexes),
        (Builtin::Html, values) => Ok(Value::bytes_string(escape::html(&escape::joined(values)))),
        (Builtin::Js, values) => Ok(Value::bytes_string(escape::js(&escape::joined(values)))),
        (Builtin::UrlQuery, values) => Ok(Value::bytes_string(escape::url_query(&escape::joined(values)))),
        (Builtin::Print, values) => Ok(print::sprint(values)),
        (Builtin::Println, values) => Ok(print::sprintln(values)),
        (Builtin::Printf, [format, values @ ..]) => {
            Ok(print::sprintf_bytes(format.as_bytes().unwrap_or_default(), values))
        }
        _ => Err(format!("wrong number of args for {}", builtin.name()).into()),
    }
}
