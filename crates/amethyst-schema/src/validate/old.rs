//! What an object was before an update, kept beside the walk for ratcheting (apiserver `cel/common/equality.go`).

use amethyst_object::Value;

use crate::golang::Num;
use crate::{ListType, Node, SchemaRef};

/// The value before an update, and its schema outside of any junctor.
#[derive(Clone, Copy)]
pub struct Old<'a> {
    pub(super) value: &'a Value,
    pub(super) main: SchemaRef<'a>,
}

impl<'a> Old<'a> {
    /// The whole object before an update.
    pub fn new(value: &'a Value, schema: SchemaRef<'a>) -> Self {
        Self { value, main: schema }
    }

    /// The value.
    pub fn value(self) -> &'a Value {
        self.value
    }

    /// What was under `key`, where the schema knows it.
    pub fn field(self, key: &str) -> Option<Self> {
        let main = self.main.child(key)?;
        // A key that `additionalProperties: true` lets pass has no schema to follow.
        let is_followed = self.main.field(key).is_some() || *main.node() != Node::anything();
        is_followed.then_some(())?;
        Some(Self { value: self.value.get(key)?, main })
    }

    /// An element of the list that is known to be the one before.
    pub fn item(self, value: &'a Value) -> Option<Self> {
        Some(Self { value, main: self.main.items()? })
    }

    /// The element with the same keys, in a list that has keys.
    pub fn element(self, item: &Value) -> Option<Self> {
        let node = self.main.node();
        if node.list != ListType::Map || node.list_keys.is_empty() {
            return None;
        }
        let has_keys = |other: &&Value| {
            node.list_keys.iter().all(|key| item.get(key).is_some_and(|value| other.get(key) == Some(value)))
        };
        Some(Self { value: self.value.as_array()?.iter().find(has_keys)?, main: self.main.items()? })
    }

    /// Whether nothing changed: lists with keys compare without their order, and what no schema knows
    /// counts as changed.
    pub fn is_equal(self, value: &Value) -> bool {
        match (value, self.value) {
            (Value::Array(new), Value::Array(old)) => {
                let has_keys = self.main.node().list == ListType::Map;
                new.len() == old.len()
                    && if has_keys {
                        new.iter().all(|item| self.element(item).is_some_and(|old| old.is_equal(item)))
                    } else {
                        new == old
                    }
            }
            (Value::Object(new), Value::Object(old)) => {
                new.len() == old.len()
                    && new.iter().all(|(key, value)| self.field(key).is_some_and(|old| old.is_equal(value)))
            }
            // As in Go, a float is no integer.
            (Value::Number(new), Value::Number(old)) => Num::of(new) == Num::of(old),
            (new, old) => new == old,
        }
    }
}
