//! What changed between two values.

use std::collections::BTreeMap;

use amethyst_object::{Map, Value};

use super::{Atom, Errors, ListTy, Ty, list, validate::check_scalar};
use crate::fields::{Builder, Element, FieldSet};

/// The fields that differ between two values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) removed: FieldSet,
    pub(crate) modified: FieldSet,
    pub(crate) added: FieldSet,
}

impl Comparison {
    /// Leaves out `fields` and what lies below them.
    pub(crate) fn without(self, fields: &FieldSet) -> Self {
        Self {
            removed: self.removed.recursive_difference(fields),
            modified: self.modified.recursive_difference(fields),
            added: self.added.recursive_difference(fields),
        }
    }
}

/// Compares two valid values of one type.
pub(crate) fn compare(ty: Ty<'_>, old: &Value, new: &Value) -> Result<Comparison, Errors> {
    Ok(walk(ty, Some(old), Some(new))?.below)
}

/// What happened to a place and to what lies below it.
#[derive(Default)]
struct Outcome {
    removed: bool,
    modified: bool,
    added: bool,
    below: Comparison,
}

impl Outcome {
    fn leaf(old: Option<&Value>, new: Option<&Value>) -> Self {
        Self {
            removed: new.is_none(),
            added: old.is_none(),
            modified: old.is_some() && new.is_some() && old != new,
            below: Comparison::default(),
        }
    }

    fn inner(old: Option<&Value>, new: Option<&Value>, below: Comparison) -> Self {
        Self { removed: new.is_none(), added: old.is_none(), modified: false, below }
    }

    fn join(self, other: &Self) -> Self {
        Self {
            removed: self.removed || other.removed,
            modified: self.modified || other.modified,
            added: self.added || other.added,
            below: Comparison {
                removed: self.below.removed.union(&other.below.removed),
                modified: self.below.modified.union(&other.below.modified),
                added: self.below.added.union(&other.below.added),
            },
        }
    }
}

#[derive(Default)]
struct Builders {
    removed: Builder,
    modified: Builder,
    added: Builder,
    errors: Errors,
}

impl Builders {
    fn take(&mut self, element: &Element, outcome: Result<Outcome, Errors>) {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(errors) => return self.errors.extend_from(element, errors),
        };
        self.removed.push(element, outcome.removed, outcome.below.removed);
        self.modified.push(element, outcome.modified, outcome.below.modified);
        self.added.push(element, outcome.added, outcome.below.added);
    }

    fn finish(self) -> Result<Comparison, Errors> {
        let comparison = Comparison {
            removed: self.removed.build(),
            modified: self.modified.build(),
            added: self.added.build(),
        };
        self.errors.result(comparison)
    }
}

fn walk(ty: Ty<'_>, old: Option<&Value>, new: Option<&Value>) -> Result<Outcome, Errors> {
    match (old, new) {
        (Some(old), Some(new)) if old == new => Ok(Outcome::default()),
        (Some(old_value), Some(new_value)) if !ty.same_form(old_value, new_value) => {
            let as_old = walk_atom(ty, ty.atom(old), old, new)?;
            let as_new = walk_atom(ty, ty.atom(new), old, new)?;
            Ok(as_old.join(&as_new))
        }
        _ => walk_atom(ty, ty.atom(new.or(old)), old, new),
    }
}

fn walk_atom(
    ty: Ty<'_>,
    atom: Atom<'_>,
    old: Option<&Value>,
    new: Option<&Value>,
) -> Result<Outcome, Errors> {
    match atom {
        Atom::Scalar(scalar) => {
            let check = |value: Option<&Value>, side| {
                value.map_or_else(Errors::default, |value| check_scalar(scalar, value, side))
            };
            let (mut left, right) = (check(old, "lhs: "), check(new, "rhs: "));
            if !left.is_empty() && !right.is_empty() {
                left.extend_from("", right);
                return Err(left);
            }
            Ok(Outcome::leaf(old, new))
        }
        Atom::Map { atomic: true } | Atom::List(ListTy { atomic: true, .. }) => Ok(Outcome::leaf(old, new)),
        Atom::Map { atomic: false } => {
            let filled = |value: Option<&'_ Value>| {
                value.and_then(Value::as_object).is_some_and(|map| !map.is_empty())
            };
            if !filled(old) && !filled(new) {
                return Ok(Outcome::leaf(old, new));
            }
            let below = maps(ty, old.and_then(Value::as_object), new.and_then(Value::as_object))?;
            Ok(Outcome::inner(old, new, below))
        }
        Atom::List(list) => {
            let left = old.and_then(Value::as_array).unwrap_or_default();
            let right = new.and_then(Value::as_array).unwrap_or_default();
            if left.is_empty() && right.is_empty() {
                return Ok(Outcome::leaf(old, new));
            }
            Ok(Outcome::inner(old, new, lists(list, left, right)?))
        }
        Atom::Undeclared => Err(Errors::one("schema error: invalid atom: inlined")),
    }
}

fn maps(ty: Ty<'_>, old: Option<&Map>, new: Option<&Map>) -> Result<Comparison, Errors> {
    let mut builders = Builders::default();
    for (key, value) in old.into_iter().flat_map(Map::iter) {
        let other = new.and_then(|new| new.get(key));
        builders.take(&Element::Field(key.clone()), walk(ty.child(key), Some(value), other));
    }
    for (key, value) in new.into_iter().flat_map(Map::iter) {
        if old.is_none_or(|old| !old.contains_key(key)) {
            builders.take(&Element::Field(key.clone()), walk(ty.child(key), None, Some(value)));
        }
    }
    builders.finish()
}

fn lists(list: ListTy<'_>, old: &[Value], new: &[Value]) -> Result<Comparison, Errors> {
    let mut builders = Builders::default();
    let mut by_element: BTreeMap<Element, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
    for (values, is_new) in [(old, false), (new, true)] {
        for (index, value) in values.iter().enumerate() {
            match list::element(list, value) {
                Err(reason) => builders.errors.push(format!("element {index}: {reason}")),
                Ok(element) => {
                    let pair = by_element.entry(element).or_default();
                    if is_new { pair.1.push(value) } else { pair.0.push(value) }
                }
            }
        }
    }
    for (element, (old, new)) in by_element {
        let outcome = match (old.as_slice(), new.as_slice()) {
            ([] | [_], [] | [_]) => walk(list.items, old.first().copied(), new.first().copied()),
            // Items that are there twice count as one atomic thing.
            ([_, _, ..], [_, _, ..]) => Ok(Outcome { modified: old != new, ..Outcome::default() }),
            ([_, _, ..], rest) => rest
                .first()
                .map_or_else(|| Ok(Outcome::default()), |new| walk(list.items, None, Some(new)))
                .map(|outcome| Outcome { removed: true, ..outcome }),
            (rest, _) => rest
                .first()
                .map_or_else(|| Ok(Outcome::default()), |old| walk(list.items, Some(old), None))
                .map(|outcome| Outcome { added: true, ..outcome }),
        };
        builders.take(&element, outcome);
    }
    builders.finish()
}
