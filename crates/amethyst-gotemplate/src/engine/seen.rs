//! What Go's `reflect.Value` tells beside the value: whether it is there, and whether it sits in an interface.

use std::borrow::Cow;

use crate::Value;

/// A value as the executor holds it. Elements of maps and slices of `interface {}` sit in interfaces until they
/// have gone through a pipeline; errors name them by that type.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) value: Value,
    /// Whether it sits in an interface. Nil in an interface is a value, nil in none is no value.
    pub(super) in_interface: bool,
}

impl Seen {
    /// No value.
    pub(super) const INVALID: Self = Self { value: Value::Nil, in_interface: false };

    /// What an interface holds; no value when it holds nil.
    pub(super) fn concrete(value: Value) -> Self {
        Self { value, in_interface: false }
    }

    /// An element of a collection of interfaces, or of something else.
    pub(super) fn element(value: Value, in_interface: bool) -> Self {
        Self { value, in_interface }
    }

    pub(super) fn is_valid(&self) -> bool {
        self.in_interface || !self.value.is_nil()
    }

    /// Go's name of its type.
    pub(super) fn type_name(&self) -> Cow<'static, str> {
        if self.in_interface { Cow::Borrowed("interface {}") } else { self.value.type_name() }
    }
}
