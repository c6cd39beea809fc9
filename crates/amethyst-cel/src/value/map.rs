//! Maps: made by an expression, read in place, or filled when asked.

use std::fmt;
use std::sync::Arc;

use amethyst_object::{Map as Pairs, Str};
use indexmap::IndexMap;

use super::{Key, Value};
use crate::error::EvalError;
use crate::escape::{escape, unescape};
use crate::rules::{Decl, Shape};

/// The entries of a map that an expression made.
pub type Entries<'a> = IndexMap<Key<'a>, Value<'a>, foldhash::fast::RandomState>;

/// A map.
#[derive(Clone)]
pub enum Map<'a> {
    /// Made by an expression, in the order of its keys' appearance.
    Built(Arc<Entries<'a>>),
    /// Read from a document, with what its schema says of it.
    Document {
        /// The pairs.
        pairs: &'a Pairs,
        /// What the schema says of the map.
        decl: Option<&'a Decl>,
    },
    /// Made when a field is asked for.
    Lazy(&'a dyn Fields),
}

/// A map whose values are made when they are asked for: the variables of a policy.
pub trait Fields: Send + Sync {
    /// The value of a field, when there is such a field. What is dear should be kept.
    fn get(&self, name: &str) -> Option<Result<Value<'_>, EvalError>>;

    /// The names of all fields.
    fn names(&self) -> Vec<Str>;
}

impl fmt::Debug for Map<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Built(entries) => f.debug_map().entries(entries.iter()).finish(),
            Self::Document { pairs, .. } => pairs.fmt(f),
            Self::Lazy(fields) => fields.names().fmt(f),
        }
    }
}

impl<'a> Map<'a> {
    /// How many entries there are, fields that no schema declares included.
    pub fn len(&self) -> usize {
        match self {
            Self::Built(entries) => entries.len(),
            Self::Document { pairs, .. } => pairs.len(),
            Self::Lazy(fields) => fields.names().len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value under a key.
    pub fn find(&self, key: &Value<'a>) -> Option<Result<Value<'a>, EvalError>> {
        match (self, key) {
            (Self::Built(entries), _) => entries.get(&Key(key.clone())).cloned().map(Ok),
            (_, Value::String(name)) => self.find_name(name),
            (Self::Document { decl: Some(_), .. }, _) => Some(Err(EvalError::no_such_overload())),
            _ => None,
        }
    }

    /// The value under a key that is a string.
    pub fn find_name(&self, name: &str) -> Option<Result<Value<'a>, EvalError>> {
        match self {
            Self::Built(entries) => entries.get(&Key(Value::text(name))).cloned().map(Ok),
            Self::Document { pairs, decl: None } => pairs.get(name).map(|value| Value::read(value, None)),
            Self::Document { pairs, decl: Some(decl) } => match &decl.shape {
                Shape::Object(_) => {
                    let raw = unescape(name)?;
                    // What is null is as good as missing in an object, whatever its schema says.
                    let value = pairs.get(&raw).filter(|value| !value.is_null())?;
                    Some(Value::read(value, Some(decl.property(&raw)?)))
                }
                Shape::Map(values) => pairs.get(name).map(|value| Value::read(value, Some(values))),
                _ => None,
            },
            Self::Lazy(fields) => fields.get(name),
        }
    }

    /// All keys in order, those of fields that no schema declares left out.
    pub fn keys(&self) -> Vec<Value<'a>> {
        match self {
            Self::Built(entries) => entries.keys().map(|key| key.0.clone()).collect(),
            Self::Document { pairs, decl } => {
                let is_object = decl.is_some_and(|decl| matches!(decl.shape, Shape::Object(_)));
                let known = pairs.keys().filter(|key| decl.is_none_or(|decl| decl.knows(key)));
                let name = |key: &'a Str| match escape(key).filter(|_| is_object) {
                    Some(escaped) if escaped != *key => Value::from(escaped),
                    _ => Value::from(key.as_str()),
                };
                known.map(name).collect()
            }
            Self::Lazy(fields) => fields.names().iter().map(|name| Value::text(name)).collect(),
        }
    }
}
