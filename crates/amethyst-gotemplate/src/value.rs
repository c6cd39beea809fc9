//! The values that templates see: what Go's `reflect` tells apart, and no more.
//!
//! Maps and lists are shared, as Go's are: a clone is the same map, and `set` on it is seen by all who hold
//! it. Values live on one thread; what is kept between renders is kept as [`amethyst_object::Value`].

mod compare;
mod convert;
mod list;
mod map;
mod native;
mod unnest;

use std::borrow::Cow;
use std::rc::Rc;

use amethyst_object::Str;

pub use compare::deep_equal;
pub use list::{List, ListKind};
pub use map::{Map, MapKind};
pub use native::Native;

/// A value of a template.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// An empty interface: JSON's null, the literal `nil`, a key that is not there.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// A signed integer of some width.
    Int(IntKind, i64),
    /// An unsigned integer of some width.
    Uint(UintKind, u64),
    /// `float64`: every number that came from YAML or JSON.
    Float(f64),
    /// `string` that is valid UTF-8.
    String(Str),
    /// `string` that is not valid UTF-8.
    Binary(Rc<[u8]>),
    /// A slice.
    List(List),
    /// A map with string keys.
    Map(Map),
    /// Everything else: structs, times, versions, functions.
    Native(Rc<dyn Native>),
}

/// The widths of signed integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntKind {
    /// `int`, which is 64 bits wide.
    Int,
    /// `int8`.
    Int8,
    /// `int16`.
    Int16,
    /// `int32`, which is `rune`.
    Int32,
    /// `int64`.
    Int64,
}

/// The widths of unsigned integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UintKind {
    /// `uint`, which is 64 bits wide.
    Uint,
    /// `uint8`, which is `byte`.
    Uint8,
    /// `uint16`.
    Uint16,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
}

impl Value {
    /// An `int`.
    pub fn int(value: i64) -> Self {
        Self::Int(IntKind::Int, value)
    }

    /// An `int64`.
    pub fn int64(value: i64) -> Self {
        Self::Int(IntKind::Int64, value)
    }

    /// A string from bytes that may be no UTF-8.
    pub fn bytes_string(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::String(text.into()),
            Err(error) => Self::Binary(error.into_bytes().into()),
        }
    }

    /// Whether it is nil: an empty interface. A nil map or slice of Go is an empty one here.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// The text, if it is a string; what is no UTF-8 is replaced.
    pub fn as_str(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::String(text) => Some(Cow::Borrowed(text)),
            Self::Binary(bytes) => Some(String::from_utf8_lossy(bytes)),
            _ => None,
        }
    }

    /// The bytes, if it is a string.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::String(text) => Some(text.as_bytes()),
            Self::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&List> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// The native value, if it is one of type `T`.
    pub fn as_native<T: Native>(&self) -> Option<&T> {
        let Self::Native(native) = self else { return None };
        let any: &dyn std::any::Any = native.as_ref();
        any.downcast_ref()
    }

    /// Go's name of its type, as `%T` prints it: `map[string]interface {}`, `float64`; `<nil>` for nil.
    pub fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(kind, _) => kind.name(),
            Self::Uint(kind, _) => kind.name(),
            Self::Float(_) => "float64",
            Self::String(_) | Self::Binary(_) => "string",
            Self::List(list) => list.kind().type_name(),
            Self::Map(map) => map.kind().type_name(),
            Self::Native(native) => return native.type_name(),
        })
    }

    /// Go's name of its kind: `map`, `slice`, `struct`; `invalid` for nil.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Nil => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(kind, _) => kind.name(),
            Self::Uint(kind, _) => kind.name(),
            Self::Float(_) => "float64",
            Self::String(_) | Self::Binary(_) => "string",
            Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Native(native) => native.kind_name(),
        }
    }

    /// What `if`, `and`, `or` and `not` make of it: whether it is not the zero of its type, or not empty.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(_, value) => *value != 0,
            Self::Uint(_, value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::Binary(bytes) => !bytes.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Native(native) => native.is_true(),
        }
    }

    /// The value of a YAML or JSON document: every number a `float64`.
    pub fn from_document(document: &amethyst_object::Value) -> Self {
        use amethyst_object::Value as Document;
        match document {
            Document::Null => Self::Nil,
            Document::Bool(value) => Self::Bool(*value),
            Document::Number(number) => Self::Float(number.as_f64()),
            Document::String(text) => Self::String(text.clone()),
            Document::Array(items) => Self::List(List::new(items.iter().map(Self::from_document).collect())),
            Document::Object(map) => {
                let pairs = map.iter().map(|(key, value)| (key.clone(), Self::from_document(value)));
                Self::Map(pairs.collect())
            }
        }
    }
}

impl IntKind {
    /// Go's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }
}

impl UintKind {
    /// Go's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Str> for Value {
    fn from(text: Str) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}
