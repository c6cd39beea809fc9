//! Ways into values: variables, fields and elements (cel-go `interpreter/attributes.go`).

use super::{Eval, Result};
use crate::error::EvalError;
use crate::library::show;
use crate::plan::{Attribute, Index, Qualifier, Root};
use crate::value::{Text, Value};

/// What a step found.
enum Found<'a> {
    Value(Value<'a>),
    /// Nothing, where nothing may be.
    Nothing,
}

impl<'p, 'a> Eval<'p, 'a, '_> {
    pub(super) fn attribute(&mut self, attribute: &'p Attribute) -> Result<Value<'a>> {
        let value = self.resolve(attribute);
        if matches!(value, Err(EvalError::CostLimit)) {
            return value;
        }
        // A choice costs what it chooses; a test of presence what leads to it.
        let costs = !attribute.tests && !matches!(attribute.root, Root::Conditional { .. });
        self.budget.spend(u64::from(costs))?;
        value
    }

    fn resolve(&mut self, attribute: &'p Attribute) -> Result<Value<'a>> {
        let root = match &attribute.root {
            Root::Slot(slot) => self.slot(*slot)?,
            Root::Variable(name) => match self.bindings.get(name) {
                Some(value) => value?,
                None => return Err(EvalError::new(format!("no such attribute(s): {name}"))),
            },
            Root::Value(node) => self.node(node)?,
            Root::Conditional { condition, ways } => match self.node(condition)? {
                Value::Bool(true) => self.resolve(&ways[0])?,
                Value::Bool(false) => self.resolve(&ways[1])?,
                _ => return Err(EvalError::no_such_overload()),
            },
        };
        if attribute.qualifiers.is_empty() {
            return Ok(root);
        }
        self.walk(root, attribute)
    }

    fn walk(&mut self, root: Value<'a>, attribute: &'p Attribute) -> Result<Value<'a>> {
        let mut optional = false;
        let mut at = match root {
            Value::Optional(None) if attribute.tests => return Ok(Value::Bool(false)),
            Value::Optional(None) => return Ok(Value::Optional(None)),
            Value::Optional(Some(inner)) => {
                optional = true;
                (*inner).clone()
            }
            other => other,
        };
        let last = attribute.qualifiers.len() - 1;
        for (position, qualifier) in attribute.qualifiers.iter().enumerate() {
            optional |= qualifier.optional;
            let tests = attribute.tests && position == last;
            let found = self.step(&at, qualifier, optional || tests);
            // A step that finds nothing where nothing may be is free.
            let is_free = matches!(found, Ok(Found::Nothing)) && !tests;
            self.budget.spend(u64::from(!is_free))?;
            match found? {
                Found::Value(_) if tests => return Ok(Value::Bool(true)),
                Found::Nothing if attribute.tests => return Ok(Value::Bool(false)),
                Found::Nothing => return Ok(Value::Optional(None)),
                Found::Value(value) => at = value,
            }
        }
        Ok(if optional { Value::some(at) } else { at })
    }

    fn step(&mut self, at: &Value<'a>, qualifier: &'p Qualifier, may_miss: bool) -> Result<Found<'a>> {
        match &qualifier.index {
            Index::Field(name) => {
                let found = match at {
                    Value::Map(map) => map.find_name(name),
                    Value::Object(instance) => {
                        let field = instance.fields.iter().find(|(own, _)| own.as_str() == &**name);
                        field.map(|(_, value)| Ok(value.clone()))
                    }
                    _ => return missing(at, &Value::String(Text::Shared(name.clone())), may_miss),
                };
                match found {
                    Some(value) => value.map(Found::Value),
                    None if may_miss => Ok(Found::Nothing),
                    None => Err(EvalError::new(format!("no such key: {name}"))),
                }
            }
            Index::Const(key) => index(at, key, may_miss),
            Index::Computed(way) => {
                let key = self.resolve(way)?;
                index(at, &key, may_miss)
            }
        }
    }
}

fn missing<'a>(at: &Value<'a>, key: &Value<'a>, may_miss: bool) -> Result<Found<'a>> {
    if matches!(at, Value::List(_)) {
        return index(at, key, may_miss);
    }
    if may_miss { Ok(Found::Nothing) } else { Err(EvalError::new(format!("no such key: {}", show(key)))) }
}

fn index<'a>(at: &Value<'a>, key: &Value<'a>, may_miss: bool) -> Result<Found<'a>> {
    match at {
        Value::Map(map) => match map.find(key) {
            Some(value) => value.map(Found::Value),
            None => missing(at, key, may_miss),
        },
        Value::List(list) => {
            let index = index_of(key)?;
            let value = usize::try_from(index).ok().and_then(|index| list.get(index));
            match value {
                Some(value) => value.map(Found::Value),
                None if may_miss => Ok(Found::Nothing),
                None => Err(EvalError::new(format!("index out of bounds: {}", show(key)))),
            }
        }
        _ => missing(at, key, may_miss),
    }
}

/// The index that a number is.
fn index_of(key: &Value<'_>) -> Result<i64> {
    match key {
        Value::Int(index) => Ok(*index),
        Value::Double(index) if index.fract() == 0.0 && index.abs() < 9e18 => Ok(*index as i64),
        Value::Double(index) => Err(EvalError::new(format!("unsupported index value {index} in list"))),
        Value::Uint(index) => i64::try_from(*index)
            .map_err(|_| EvalError::new(format!("unsupported index value {index} in list"))),
        other => Err(EvalError::new(format!("unsupported index type '{}' in list", other.ty().name()))),
    }
}
