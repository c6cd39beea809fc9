//! Slices. A clone shares its elements, as a Go slice does; no function of sprig or Helm writes into one, and
//! so an element cannot be seen to change, only a map that is one.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::Value;
use super::unnest::drop_all;

/// A slice of Go.
#[derive(Clone)]
pub struct List(Rc<Inner>);

struct Inner {
    kind: ListKind,
    items: Vec<Value>,
}

/// The types of slices that templates can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// `[]interface {}`.
    Any,
    /// `[]string`.
    String,
    /// `[]int`.
    Int,
    /// `[]uint8`: bytes.
    Byte,
    /// `[]float64`.
    Float,
    /// `[]map[string]interface {}`.
    Map,
    /// `[][]interface {}`.
    Lists,
    /// `[][]string`.
    StringLists,
    /// A slice of a struct, such as the dependencies of a chart.
    Native(&'static str),
}

impl ListKind {
    /// Go's name of the type.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Any => "[]interface {}",
            Self::String => "[]string",
            Self::Int => "[]int",
            Self::Byte => "[]uint8",
            Self::Float => "[]float64",
            Self::Map => "[]map[string]interface {}",
            Self::Lists => "[][]interface {}",
            Self::StringLists => "[][]string",
            Self::Native(name) => name,
        }
    }
}

impl List {
    /// A `[]interface {}`.
    pub fn new(items: Vec<Value>) -> Self {
        Self::with_kind(ListKind::Any, items)
    }

    /// A slice of `kind`; the caller vouches for its elements.
    pub fn with_kind(kind: ListKind, items: Vec<Value>) -> Self {
        Self(Rc::new(Inner { kind, items }))
    }

    /// A `[]string`.
    pub fn strings<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::with_kind(ListKind::String, items.into_iter().map(Into::into).collect())
    }

    /// Its type.
    pub fn kind(&self) -> ListKind {
        self.0.kind
    }

    /// Whether both are the very same slice.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Its elements.
    pub fn items(&self) -> &[Value] {
        &self.0.items
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.items.iter().any(|item| matches!(item, Value::List(_) | Value::Map(_))) {
            drop_all(self.items.drain(..));
        }
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0.items
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.items.iter()).finish()
    }
}
