//! A place in an object, with its path.

use amethyst_object::{FieldPath, Map, Value};
use amethyst_schema::Fault;

/// A field, there or not.
#[derive(Clone)]
pub(super) struct At<'a> {
    pub(super) path: FieldPath,
    pub(super) value: Option<&'a Value>,
}

impl<'a> At<'a> {
    /// A field of the object itself.
    pub(super) fn of(object: &'a Map, key: &str) -> Self {
        Self { path: FieldPath::of([key]), value: set(object.get(key)) }
    }

    pub(super) fn get(&self, key: &str) -> Self {
        Self { path: self.path.child(key), value: set(self.value.and_then(|value| value.get(key))) }
    }

    pub(super) fn items(&self) -> impl Iterator<Item = Self> + use<'a> {
        let path = self.path.clone();
        self.list()
            .iter()
            .enumerate()
            .map(move |(index, value)| Self { path: path.index(index), value: Some(value) })
    }

    pub(super) fn list(&self) -> &'a [Value] {
        self.value.and_then(Value::as_array).unwrap_or_default()
    }

    pub(super) fn texts(&self) -> Vec<&'a str> {
        self.list().iter().map(|text| text.as_str().unwrap_or_default()).collect()
    }

    pub(super) fn text(&self) -> &'a str {
        self.value.and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is_set(&self) -> bool {
        self.value.is_some()
    }

    /// The value as errors show it.
    pub(super) fn shown(&self) -> Value {
        self.value.cloned().unwrap_or_default()
    }

    pub(super) fn invalid(&self, why: impl AsRef<str>) -> Fault {
        Fault::invalid(self.path.clone(), self.shown(), why)
    }

    pub(super) fn required(&self, why: impl AsRef<str>) -> Fault {
        Fault::required(self.path.clone(), why)
    }

    pub(super) fn forbidden(&self, why: impl AsRef<str>) -> Fault {
        Fault::forbidden(self.path.clone(), why)
    }

    pub(super) fn duplicate(&self) -> Fault {
        Fault::duplicate(self.path.clone(), self.shown())
    }
}

fn set(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}
