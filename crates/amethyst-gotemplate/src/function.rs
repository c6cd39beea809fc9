//! What a template can call: functions with their Go signatures, and what they may ask of the engine.

use std::collections::HashMap;
use std::sync::Arc;

use crate::{Engine, ExecError, Value};

/// A function with its Go signature. The executor holds arguments against it, as Go does by reflection,
/// before it calls.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name in templates.
    pub name: &'static str,
    /// The types of its fixed parameters.
    pub parameters: &'static [Type],
    /// The type of further arguments, when it takes any number of them.
    pub variadic: Option<Type>,
    /// What is called. The arguments have the types that the signature names: a `Type::Int` arrives as
    /// `Value::Int(IntKind::Int, _)`, a `Type::String` as one of the strings, a `Type::Any` as anything.
    pub call: Call,
}

/// The body of a function.
pub type Call = fn(&mut Engine<'_>, &[Value]) -> Result<Value, CallError>;

/// Go types of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`.
    Any,
    /// `reflect.Value`: as [`Type::Any`], but what is not there is refused by another text.
    Reflect,
    /// `bool`.
    Bool,
    /// `string`.
    String,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `uint32`.
    Uint32,
    /// `float64`.
    Float,
    /// `[]interface {}`.
    Anys,
    /// `[]string`.
    Strings,
    /// `map[string]interface {}`.
    Map,
    /// `time.Time`, `time.Duration`, or another native type, by its Go name.
    Native(&'static str),
}

/// Why a call failed: Go's text of the error, without the executor's "error calling".
#[derive(Clone, Debug)]
pub enum CallError {
    /// The function said so.
    Message(String),
    /// A template that the function ran (`include`, `tpl`) failed.
    Nested(Box<ExecError>),
}

impl<T: Into<String>> From<T> for CallError {
    fn from(text: T) -> Self {
        Self::Message(text.into())
    }
}

/// All functions that templates may call, by name. Later ones of a name replace earlier ones.
#[derive(Clone, Default)]
pub struct Functions(HashMap<&'static str, Arc<Function>, foldhash::fast::RandomState>);

impl Functions {
    /// Adds functions.
    #[must_use]
    pub fn with(mut self, functions: &[Function]) -> Self {
        self.0.extend(functions.iter().map(|function| (function.name, Arc::new(*function))));
        self
    }

    /// Takes functions out.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|name, _| !names.contains(name));
        self
    }

    /// The function of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<Function>> {
        self.0.get(name)
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<'_> {
        self.0.keys().copied()
    }
}

/// What the world outside of a template gives to functions. Whoever renders implements it.
pub trait Host {
    /// Nanoseconds since 1970 in UTC. Whoever wants renders that repeat gives a constant.
    fn now(&mut self) -> i128;

    /// Fills `out` with random bytes. Whoever wants renders that repeat gives a seeded sequence.
    fn random(&mut self, out: &mut [u8]);

    /// Told when a function was called whose result differs from run to run (`randAlphaNum`, `now`,
    /// `genCA`), once per call.
    fn not_reproducible(&mut self, function: &'static str);

    /// What the host itself keeps for its functions; they downcast it.
    fn state(&mut self) -> &mut dyn std::any::Any;
}
