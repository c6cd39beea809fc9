//! Values with Go methods and fields of their own: structs, times, versions.

use std::any::Any;
use std::borrow::Cow;
use std::fmt::Debug;

use super::Value;
use crate::{CallError, Engine};

/// A value that is no map, slice or scalar. What it has not, it says by `None`.
pub trait Native: Any + Debug {
    /// Go's name of the type: `time.Time`, `*semver.Version`, `time.Duration`.
    fn type_name(&self) -> Cow<'static, str>;

    /// Go's name of the kind: `struct`, `ptr`, `int64`, `map`, `func`.
    fn kind_name(&self) -> &'static str {
        "struct"
    }

    /// An exported field. `None` is "can't evaluate field": Go finds no field and no method of the name.
    fn field(&self, name: &str) -> Option<Value> {
        let _ = name;
        None
    }

    /// Calls a method; `None` when there is none of the name. Methods are looked for before fields.
    fn method(
        &self,
        name: &str,
        arguments: &[Value],
        engine: &mut Engine<'_>,
    ) -> Option<Result<Value, CallError>> {
        let _ = (name, arguments, engine);
        None
    }

    /// What `index x "key"` gives; `None` when it can't be indexed.
    fn index(&self, key: &Value) -> Option<Result<Value, CallError>> {
        let _ = key;
        None
    }

    /// What `range` walks: pairs of key and element; `None` when it can't be walked.
    fn range(&self) -> Option<Vec<(Value, Value)>> {
        None
    }

    /// What `len` gives; `None` when it has none.
    fn length(&self) -> Option<usize> {
        None
    }

    /// Whether it is not the zero of its type. A struct is always true.
    fn is_true(&self) -> bool {
        true
    }

    /// The number, when its kind is an integer: `time.Duration` is an `int64`.
    fn as_int(&self) -> Option<i64> {
        None
    }

    /// How `%v` and plain printing show it: through `Error()` or `String()` where Go would call them.
    fn print(&self) -> String;

    /// How JSON shows it (`toJson`, and `toYaml` through it).
    fn to_document(&self) -> amethyst_object::Value {
        amethyst_object::Value::from(self.print())
    }

    /// Whether `eq` finds it equal to another value of the same type; `None` when Go can't compare them.
    fn equals(&self, other: &dyn Native) -> Option<bool> {
        let _ = other;
        None
    }
}
