//! Values of expressions: made by them, or read in place from documents.

mod adapt;
mod equal;
mod key;
mod list;
mod map;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use amethyst_object::{Str, Value as Document};

pub(crate) use equal::{element_key, order_numbers, same_key};
pub use key::Key;
pub use list::List;
pub use map::{Entries, Fields, Map};

use crate::access::{Decision, Identity, ResourceCheck};
use crate::library::{Cidr, Format, Number, Url, Version};
use crate::moment::{Duration, Timestamp};
use crate::types::Type;

/// A value.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A float.
    Double(f64),
    /// A string.
    String(Text<'a>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A moment.
    Timestamp(Timestamp),
    /// A span of time.
    Duration(Duration),
    /// A list.
    List(List<'a>),
    /// A map, or an object read from a document.
    Map(Map<'a>),
    /// An object that the expression constructed.
    Object(Arc<Instance<'a>>),
    /// An optional, with or without a value.
    Optional(Option<Arc<Value<'a>>>),
    /// A type.
    Type(Type),
    /// A quantity.
    Quantity(Arc<Number>),
    /// An IP address.
    Ip(IpAddr),
    /// A network.
    Cidr(Cidr),
    /// A URL.
    Url(Arc<Url>),
    /// A semantic version.
    Semver(Arc<Version>),
    /// A named format.
    Format(&'static Format),
    /// The authorizer.
    Authorizer(Identity<'a>),
    /// A path to be checked.
    PathCheck(Arc<(Identity<'a>, Str)>),
    /// An API group to be checked.
    GroupCheck(Arc<(Identity<'a>, Str)>),
    /// A resource to be checked.
    ResourceCheck(Arc<(Identity<'a>, ResourceCheck)>),
    /// An answer of the authorizer.
    Decision(Arc<Decision>),
    /// Data without a schema inside data with one: it can be compared, and nothing else.
    Preserved(&'a Document),
}

/// A string: of a document, or one's own.
#[derive(Clone)]
pub enum Text<'a> {
    /// In a document.
    Borrowed(&'a str),
    /// Made by an expression, or a literal of one.
    Shared(Arc<str>),
}

/// An object that an expression constructed, with the fields it set, in order.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    /// The full name of its type.
    pub type_name: Str,
    /// The fields that were set.
    pub fields: Vec<(Str, Value<'a>)>,
}

impl Text<'_> {
    /// The characters.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl<'a> Value<'a> {
    /// A string of one's own.
    pub fn text(text: &str) -> Self {
        Self::String(Text::Shared(text.into()))
    }

    /// A list of values.
    pub fn list(values: Vec<Self>) -> Self {
        Self::List(List::Built(Arc::new(values)))
    }

    /// An optional with a value.
    pub fn some(value: Self) -> Self {
        Self::Optional(Some(Arc::new(value)))
    }

    /// The value of the variable `authorizer`.
    pub fn authorizer(identity: Identity<'a>) -> Self {
        Self::Authorizer(identity)
    }

    /// The value of the variable `authorizer.requestResource`.
    pub fn resource_check(identity: Identity<'a>, resource: ResourceCheck) -> Self {
        Self::ResourceCheck(Arc::new((identity, resource)))
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// Its type, as the function `type` gives it: without parameters.
    pub fn ty(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Uint(_) => Type::Uint,
            Self::Double(_) => Type::Double,
            Self::String(_) => Type::String,
            Self::Bytes(_) => Type::Bytes,
            Self::Timestamp(_) => Type::Timestamp,
            Self::Duration(_) => Type::Duration,
            Self::List(_) => Type::list(Type::Dyn),
            Self::Map(_) => Type::map(Type::Dyn, Type::Dyn),
            Self::Object(instance) => Type::object::<Str>(&instance.type_name, []),
            Self::Optional(_) => Type::optional(Type::Dyn),
            Self::Type(_) => Type::Type(None),
            Self::Preserved(_) => Type::Opaque("unknown".into(), Arc::new([])),
            other => crate::library::type_of(other),
        }
    }

    /// How large it is, as `size` and the cost model count: characters, bytes, entries; one for the rest.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::String(text) => text.chars().count() as u64,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::List(list) => list.len() as u64,
            Self::Map(map) => map.len() as u64,
            Self::Ip(ip) => {
                if ip.is_ipv4() {
                    4
                } else {
                    16
                }
            }
            Self::Cidr(cidr) => cidr.size(),
            Self::Format(format) => format.name.chars().count() as u64,
            _ => 1,
        }
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::String(Text::Shared(text.into()))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(Text::Borrowed(text))
    }
}
