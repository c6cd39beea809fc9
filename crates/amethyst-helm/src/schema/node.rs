//! Compiled schemas: an arena of nodes.

use std::collections::HashMap;

use amethyst_object::{Str, Value};
use regex::Regex;

use super::formats::Format;

/// A node's place in the arena.
pub(super) type Id = usize;

/// All nodes that a schema reaches; the first is the schema itself.
#[derive(Debug, Default)]
pub(crate) struct Set {
    pub(super) nodes: Vec<Node>,
    /// The URLs of schemas elsewhere that it was made of.
    pub(super) documents: Vec<String>,
}

/// What is not there is not checked.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// 4, 6, 7, 2019 or 2020.
    pub(super) draft: u16,
    /// `true` and `false` as schemas.
    pub(super) always: Option<bool>,
    pub(super) reference: Option<Id>,
    pub(super) dynamic_references: Vec<Id>,
    pub(super) types: Types,
    pub(super) constant: Option<Value>,
    pub(super) enumeration: Option<Vec<Value>>,
    pub(super) format: Option<Format>,
    pub(super) object: Option<Box<ObjectRules>>,
    pub(super) array: Option<Box<ArrayRules>>,
    pub(super) string: Option<Box<StringRules>>,
    pub(super) number: Option<Box<NumberRules>>,
    pub(super) all_of: Vec<Id>,
    pub(super) any_of: Vec<Id>,
    pub(super) one_of: Vec<Id>,
    pub(super) not: Option<Id>,
    pub(super) condition: Option<Id>,
    pub(super) then: Option<Id>,
    pub(super) otherwise: Option<Id>,
    pub(super) unevaluated_properties: Option<Id>,
    pub(super) unevaluated_items: Option<Id>,
}

#[derive(Debug, Default)]
pub(super) struct ObjectRules {
    pub(super) properties_min: Option<usize>,
    pub(super) properties_max: Option<usize>,
    pub(super) required: Vec<Str>,
    pub(super) dependencies: Vec<(Str, Dependency)>,
    pub(super) properties: HashMap<Str, Id, foldhash::fast::RandomState>,
    pub(super) pattern_properties: Vec<(Regex, Id)>,
    pub(super) additional: Option<Additional>,
    pub(super) property_names: Option<Id>,
    pub(super) dependent_schemas: Vec<(Str, Id)>,
    pub(super) dependent_required: Vec<(Str, Vec<Str>)>,
}

#[derive(Debug)]
pub(super) enum Dependency {
    Required(Vec<Str>),
    Schema(Id),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Additional {
    Allowed(bool),
    Schema(Id),
}

#[derive(Debug, Default)]
pub(super) struct ArrayRules {
    pub(super) items_min: Option<usize>,
    pub(super) items_max: Option<usize>,
    pub(super) unique: bool,
    /// Of the first items, one each.
    pub(super) prefix: Vec<Id>,
    /// Of the others.
    pub(super) rest: Option<Additional>,
    pub(super) contains: Option<Id>,
    pub(super) contains_min: Option<usize>,
    pub(super) contains_max: Option<usize>,
}

#[derive(Debug, Default)]
pub(super) struct StringRules {
    pub(super) length_min: Option<usize>,
    pub(super) length_max: Option<usize>,
    /// The expression, and how it was written.
    pub(super) pattern: Option<(Regex, String)>,
}

#[derive(Debug, Default)]
pub(super) struct NumberRules {
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) exclusive_minimum: Option<f64>,
    pub(super) exclusive_maximum: Option<f64>,
    pub(super) multiple_of: Option<f64>,
}

/// A set of JSON types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Types(u8);

/// JSON's types in the order of messages.
const TYPES: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];

impl Types {
    pub(super) fn add(&mut self, name: &str) {
        if let Some(at) = TYPES.iter().position(|known| *known == name) {
            self.0 |= 1 << at;
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn contains(self, name: &str) -> bool {
        TYPES.iter().position(|known| *known == name).is_some_and(|at| self.0 & (1 << at) != 0)
    }

    pub(super) fn names(self) -> Vec<&'static str> {
        TYPES
            .into_iter()
            .enumerate()
            .filter(|(at, _)| self.0 & (1 << at) != 0)
            .map(|(_, name)| name)
            .collect()
    }
}
