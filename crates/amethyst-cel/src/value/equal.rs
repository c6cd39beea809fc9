//! When values are equal: numbers across their types, lists and maps by their elements, lists of documents
//! by the rules of their list type.

use std::cmp::Ordering;

use amethyst_object::{Str, Value as Document};
use amethyst_schema::ListType;

use super::{List, Map, Value};
use crate::error::EvalError;
use crate::rules::{Decl, Shape};

/// Whether two floats, or a float and an integer, are the same number.
fn order_int_double(int: i64, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    // Beyond these an integer is on one side for sure.
    if double < -9_223_372_036_854_775_808.0 {
        return Some(Ordering::Greater);
    }
    if double >= 9_223_372_036_854_775_808.0 {
        return Some(Ordering::Less);
    }
    (int as f64).partial_cmp(&double)
}

fn order_uint_double(uint: u64, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    if double < 0.0 {
        return Some(Ordering::Greater);
    }
    if double >= 18_446_744_073_709_551_616.0 {
        return Some(Ordering::Less);
    }
    (uint as f64).partial_cmp(&double)
}

/// The order of two numbers of any types; nothing where one is none.
pub(crate) fn order_numbers(left: &Value<'_>, right: &Value<'_>) -> Option<Option<Ordering>> {
    Some(match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Uint(left), Value::Uint(right)) => Some(left.cmp(right)),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Int(left), Value::Uint(right)) => Some(i128::from(*left).cmp(&i128::from(*right))),
        (Value::Uint(left), Value::Int(right)) => Some(i128::from(*left).cmp(&i128::from(*right))),
        (Value::Int(left), Value::Double(right)) => order_int_double(*left, *right),
        (Value::Double(left), Value::Int(right)) => order_int_double(*right, *left).map(Ordering::reverse),
        (Value::Uint(left), Value::Double(right)) => order_uint_double(*left, *right),
        (Value::Double(left), Value::Uint(right)) => order_uint_double(*right, *left).map(Ordering::reverse),
        _ => return None,
    })
}

impl<'a> Value<'a> {
    /// Whether both are the same key of a map.
    pub(crate) fn is_key(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::String(left), Self::String(right)) => left.as_str() == right.as_str(),
            (Self::Bool(left), Self::Bool(right)) => left == right,
            _ => order_numbers(self, other) == Some(Some(Ordering::Equal)),
        }
    }

    /// Whether both are equal; an error where upstream has none of its own to compare them.
    pub(crate) fn equals(&self, other: &Self) -> Result<bool, EvalError> {
        if matches!(self, Self::Null) || matches!(other, Self::Null) {
            return Ok(matches!((self, other), (Self::Null, Self::Null)));
        }
        if let Some(order) = order_numbers(self, other) {
            return Ok(order == Some(Ordering::Equal));
        }
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => Ok(left == right),
            (Self::String(left), Self::String(right)) => Ok(left.as_str() == right.as_str()),
            (Self::Bytes(left), Self::Bytes(right)) => Ok(left == right),
            (Self::Timestamp(left), Self::Timestamp(right)) => Ok(left == right),
            (Self::Duration(left), Self::Duration(right)) => Ok(left == right),
            (Self::List(left), Self::List(right)) => equal_lists(left, right),
            (Self::Map(left), Self::Map(right)) => equal_maps(left, right),
            (Self::List(List::Document { decl: Some(_), .. }), _)
            | (Self::Map(Map::Document { decl: Some(_), .. }), _) => Err(EvalError::no_such_overload()),
            (Self::Object(left), Self::Object(right)) => {
                if left.type_name != right.type_name || left.fields.len() != right.fields.len() {
                    return Ok(false);
                }
                for (name, value) in &left.fields {
                    let other = right.fields.iter().find(|(own, _)| own == name);
                    let Some((_, other)) = other else { return Ok(false) };
                    if !value.equals(other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Self::Optional(left), Self::Optional(right)) => match (left, right) {
                (Some(left), Some(right)) => left.equals(right),
                (left, right) => Ok(left.is_none() && right.is_none()),
            },
            (Self::Type(left), Self::Type(right)) => Ok(left.name() == right.name()),
            (Self::Preserved(left), other) => Ok(other.as_document() == Some(*left)),
            _ => self.equals_opaque(other),
        }
    }

    /// The document that a value was read from.
    fn as_document(&self) -> Option<&'a Document> {
        if let Self::Preserved(document) = self { Some(document) } else { None }
    }

    /// Values of the libraries are compared with their like; with anything else there is no overload.
    fn equals_opaque(&self, other: &Self) -> Result<bool, EvalError> {
        match (self, other) {
            (Self::Quantity(left), Self::Quantity(right)) => Ok(left.order(right) == Ordering::Equal),
            (Self::Ip(left), Self::Ip(right)) => Ok(left == right),
            (Self::Cidr(left), Self::Cidr(right)) => Ok(left == right),
            (Self::Url(left), Self::Url(right)) => Ok(left.to_string() == right.to_string()),
            (Self::Semver(left), Self::Semver(right)) => Ok(left.order(right) == Ordering::Equal),
            (Self::Format(left), Self::Format(right)) => Ok(left.name == right.name),
            (Self::Authorizer(left), Self::Authorizer(right)) => Ok(left.is_same(right)),
            (Self::Decision(left), Self::Decision(right)) => Ok(left == right),
            (Self::PathCheck(left), Self::PathCheck(right))
            | (Self::GroupCheck(left), Self::GroupCheck(right)) => {
                Ok(left.0.is_same(&right.0) && left.1 == right.1)
            }
            (Self::ResourceCheck(left), Self::ResourceCheck(right)) => {
                Ok(left.0.is_same(&right.0) && left.1 == right.1)
            }
            (
                Self::Quantity(_)
                | Self::Ip(_)
                | Self::Cidr(_)
                | Self::Url(_)
                | Self::Semver(_)
                | Self::Format(_)
                | Self::Authorizer(_)
                | Self::PathCheck(_)
                | Self::GroupCheck(_)
                | Self::ResourceCheck(_)
                | Self::Decision(_),
                _,
            ) => Err(EvalError::no_such_overload()),
            _ => Ok(false),
        }
    }
}

fn equal_lists<'a>(left: &List<'a>, right: &List<'a>) -> Result<bool, EvalError> {
    if left.len() != right.len() {
        return Ok(false);
    }
    if let List::Document { decl: Some(decl), .. } = left
        && let Shape::List { list, keys, .. } = &decl.shape
    {
        match list {
            ListType::Set => return equal_sets(left, right),
            ListType::Map => return equal_keyed(left, right, keys),
            ListType::Atomic => {}
        }
    }
    for (left, right) in left.iter().zip(right.iter()) {
        if !left?.equals(&right?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_sets<'a>(left: &List<'a>, right: &List<'a>) -> Result<bool, EvalError> {
    let right = right.to_vec()?;
    let left = left.to_vec()?;
    let within = |values: &[Value<'a>], wanted: &Value<'a>| -> Result<bool, EvalError> {
        for value in values {
            if value.equals(wanted)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    for (values, others) in [(&left, &right), (&right, &left)] {
        for value in values {
            if !within(others, value)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The values of an element's keys, by which lists of maps are compared and merged.
pub(crate) fn element_key<'a>(element: &Value<'a>, keys: &[Str]) -> Vec<Option<Value<'a>>> {
    let Value::Map(map) = element else { return Vec::new() };
    keys.iter()
        .map(|key| {
            let name = crate::escape::escape(key).unwrap_or_else(|| key.to_string());
            map.find_name(&name).and_then(Result::ok)
        })
        .collect()
}

pub(crate) fn same_key<'a>(left: &[Option<Value<'a>>], right: &[Option<Value<'a>>]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|pair| match pair {
            (Some(left), Some(right)) => left.equals(right).unwrap_or(false),
            (left, right) => left.is_none() && right.is_none(),
        })
}

fn equal_keyed<'a>(left: &List<'a>, right: &List<'a>, keys: &[Str]) -> Result<bool, EvalError> {
    let keyed = |list: &List<'a>| -> Result<Vec<_>, EvalError> {
        let elements = list.to_vec()?;
        Ok(elements.into_iter().map(|element| (element_key(&element, keys), element)).collect())
    };
    let (left, right): (Vec<_>, Vec<_>) = (keyed(left)?, keyed(right)?);
    for (key, element) in &right {
        let Some((_, own)) = left.iter().find(|(own, _)| same_key(own, key)) else { return Ok(false) };
        if !own.equals(element)? {
            return Ok(false);
        }
    }
    Ok(left.iter().all(|(key, _)| right.iter().any(|(other, _)| same_key(other, key))))
}

fn equal_maps<'a>(left: &Map<'a>, right: &Map<'a>) -> Result<bool, EvalError> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for key in left.keys() {
        match (left.find(&key), right.find(&key)) {
            (Some(left), Some(right)) => {
                if !left?.equals(&right?)? {
                    return Ok(false);
                }
            }
            (None, None) => {}
            _ => return Ok(false),
        }
    }
    let (Map::Document { pairs: left, decl: Some(decl) }, Map::Document { pairs: right, .. }) = (left, right)
    else {
        return Ok(true);
    };
    Ok(equal_unknown(left, right, decl))
}

/// Whether fields that no schema declares are the same where both have them.
fn equal_unknown(left: &amethyst_object::Map, right: &amethyst_object::Map, decl: &Decl) -> bool {
    left.iter()
        .filter(|(name, _)| !decl.knows(name))
        .all(|(name, value)| right.get(name).is_none_or(|other| value == other))
}
