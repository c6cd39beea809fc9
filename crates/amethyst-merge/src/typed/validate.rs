//! Whether a value fits its schema, as far as merging needs it.

use std::{collections::BTreeSet, fmt};

use amethyst_object::{Map, Value};

use super::{Atom, ListTy, Scalar, Ty, list};
use crate::{fields::Element, golang};

/// What does not fit, each with its path; prints as upstream prints it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Errors(Vec<(String, String)>);

impl Errors {
    pub(crate) fn one(reason: impl Into<String>) -> Self {
        Self(vec![(String::new(), reason.into())])
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes over the errors found below `element`.
    pub(super) fn extend_from(&mut self, element: impl fmt::Display, below: Self) {
        let moved = below.0.into_iter().map(|(path, reason)| (format!("{element}{path}"), reason));
        self.0.extend(moved);
    }

    pub(super) fn push(&mut self, reason: String) {
        self.0.push((String::new(), reason));
    }

    pub(super) fn result<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |(path, reason): &(String, String)| {
            if path.is_empty() { reason.clone() } else { format!("{path}: {reason}") }
        };
        if let [only] = self.0.as_slice() {
            return f.write_str(&text(only));
        }
        f.write_str("errors:")?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {}", text(error)))
    }
}

/// Checks `value`; what is applied may not hold an item of a set or keyed list twice, what lives may.
pub(crate) fn validate(ty: Ty<'_>, value: &Value, allow_duplicates: bool) -> Errors {
    let mut errors = Errors::default();
    match (ty.atom(Some(value)), value) {
        (Atom::Scalar(scalar), _) => errors = check_scalar(scalar, value, ""),
        (_, Value::Null) => {}
        (Atom::List(list), Value::Array(items)) => {
            check_items(list, items, allow_duplicates, &mut errors);
        }
        (Atom::List(_), _) => errors.push(format!("expected list, got {}", pointer(value))),
        (Atom::Map { .. }, Value::Object(map)) => check_map(ty, map, allow_duplicates, &mut errors),
        (Atom::Map { .. }, _) => errors.push(format!("expected map, got {}", pointer(value))),
        (Atom::Undeclared, _) => errors.push("schema error: invalid atom: inlined".into()),
    }
    errors
}

/// Up to this many items are compared one with another, which needs no memory.
pub(super) const PAIRWISE_MAX: usize = 24;

fn check_items(list: ListTy<'_>, items: &[Value], allow_duplicates: bool, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        if !list.atomic
            && let Err(reason) = list::check(list, item)
        {
            // What lies deeper could not even be named.
            return errors.push(format!("element {index}: {reason}"));
        }
        let twice = !list.atomic
            && !allow_duplicates
            && if items.len() <= PAIRWISE_MAX {
                items[..index].iter().any(|other| list::same(list, other, item))
            } else {
                list::element(list, item).is_ok_and(|element| !seen.insert(element))
            };
        let below = validate(list.items, item, allow_duplicates);
        if below.is_empty() && !twice {
            continue;
        }
        let element = match list::element(list, item) {
            Ok(element) if !list.atomic => element,
            _ => Element::Index(index as i64),
        };
        if twice {
            errors.push(format!("duplicate entries for key {element}"));
        }
        errors.extend_from(&element, below);
    }
}

fn check_map(ty: Ty<'_>, map: &Map, allow_duplicates: bool, errors: &mut Errors) {
    for (key, value) in map.iter() {
        let child = ty.child(key);
        if matches!(child, Ty::Undeclared) {
            return errors.extend_from(format!(".{key}"), Errors::one("field not declared in schema"));
        }
        let below = validate(child, value, allow_duplicates);
        if !below.is_empty() {
            errors.extend_from(format!(".{key}"), below);
        }
    }
}

pub(super) fn check_scalar(scalar: Scalar, value: &Value, prefix: &str) -> Errors {
    let reason = match (scalar, value) {
        (_, Value::Null)
        | (Scalar::Numeric, Value::Number(_))
        | (Scalar::String, Value::String(_))
        | (Scalar::Boolean, Value::Bool(_))
        | (Scalar::Untyped, Value::Number(_) | Value::String(_) | Value::Bool(_)) => {
            return Errors::default();
        }
        (Scalar::Numeric, _) => {
            format!("{prefix}expected numeric (int or float), got {}", golang::type_name(value))
        }
        (Scalar::String, _) => {
            format!("{prefix}expected string, got &value.valueUnstructured{{Value:{}}}", golang::sharp(value))
        }
        (Scalar::Boolean, _) => format!("{prefix}expected boolean, got {}", pointer(value)),
        (Scalar::Untyped, _) => format!("{prefix}expected any scalar, got {}", pointer(value)),
    };
    Errors::one(reason)
}

/// As `%v` prints upstream's pointer to the value.
fn pointer(value: &Value) -> String {
    format!("&{{{}}}", golang::plain(value))
}
