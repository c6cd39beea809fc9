//! What Go decodes into an empty interface.

use amethyst_object::Str;

use crate::Dialect;
use crate::parse::Content;
use crate::resolve::{Scalar, rewrite_timestamp};

/// A value as go-yaml decodes it into `interface {}`. Numbers keep their types, and keys need be no strings.
#[derive(Clone, Debug, PartialEq)]
pub enum Any {
    /// `nil`.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int`.
    Int(i64),
    /// `uint64`: what is too large for an `int`.
    Uint(u64),
    /// `float64`.
    Float(f64),
    /// `time.Time`, as RFC 3339 writes it.
    Time(Str),
    /// `string`.
    String(Str),
    /// `[]interface {}`.
    List(Vec<Any>),
    /// A map.
    Map(AnyMap),
}

/// A map with its keys in the order of their first places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnyMap {
    /// The pairs; no key stands twice.
    pub pairs: Vec<(AnyKey, Any)>,
    /// It is a `map[string]interface {}`, not a `map[interface {}]interface {}`.
    pub is_of_strings: bool,
}

/// A key of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct AnyKey {
    /// What it is.
    pub value: Any,
    /// Its text where it is written.
    pub text: Str,
}

/// The value of a scalar.
pub(super) fn of_content(content: &Content, text: &Str, dialect: Dialect) -> Any {
    match content {
        Content::Tagged | Content::Resolved(Scalar::String) => Any::String(text.clone()),
        Content::Binary(text) => Any::String(text.as_str().into()),
        Content::Resolved(Scalar::Null) => Any::Null,
        Content::Resolved(Scalar::Bool(value)) => Any::Bool(*value),
        Content::Resolved(Scalar::Int(value)) => match (i64::try_from(*value), u64::try_from(*value)) {
            (Ok(value), _) => Any::Int(value),
            (_, Ok(value)) => Any::Uint(value),
            _ => Any::Float(*value as f64),
        },
        Content::Resolved(Scalar::Float(value)) => Any::Float(*value),
        Content::Resolved(Scalar::Timestamp) => match dialect {
            Dialect::GoV2 => Any::String(text.clone()),
            Dialect::GoV3 => {
                Any::Time(rewrite_timestamp(text).map_or_else(|| text.clone(), |time| time.as_str().into()))
            }
        },
    }
}
