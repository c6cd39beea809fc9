//! The fields that a configuration names: what its applier will own.

use amethyst_object::{Map, Value};

use super::{Atom, ListTy, Ty, list};
use crate::fields::{Builder, Element, FieldSet};

/// The fields of a valid value.
pub(crate) fn field_set(ty: Ty<'_>, value: &Value) -> FieldSet {
    below(ty, value).1
}

/// Whether the place itself is named, and the fields below it.
fn below(ty: Ty<'_>, value: &Value) -> (bool, FieldSet) {
    match (ty.atom(Some(value)), value) {
        (Atom::Scalar(_) | Atom::Map { atomic: true } | Atom::List(ListTy { atomic: true, .. }), _) => {
            (true, FieldSet::default())
        }
        (Atom::List(list), Value::Array(items)) => (false, of_items(list, items)),
        (Atom::Map { .. }, Value::Object(map)) => (false, of_map(ty, map)),
        _ => (false, FieldSet::default()),
    }
}

fn of_map(ty: Ty<'_>, map: &Map) -> FieldSet {
    let mut builder = Builder::with_capacity(map.len());
    for (key, value) in map.iter() {
        let (child, declared) = ty.enter(key);
        let (leaf, children) = below(child, value);
        // A declared field that has something below it is not owned itself, a free key is.
        let empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
        builder.push(&Element::Field(key.clone()), leaf || empty || !declared, children);
    }
    builder.build()
}

fn of_items(list: ListTy<'_>, items: &[Value]) -> FieldSet {
    let named = items.iter().filter_map(|item| Some((list::element(list, item).ok()?, item)));
    let mut named: Vec<(Element, &Value)> = named.collect();
    named.sort_by(|left, right| left.0.cmp(&right.0));
    let mut builder = Builder::with_capacity(named.len());
    let mut rest = named.into_iter().peekable();
    while let Some((element, item)) = rest.next() {
        let mut twice = false;
        while rest.next_if(|(other, _)| *other == element).is_some() {
            twice = true;
        }
        // Items that are there twice are owned as one, without what they hold.
        let children = if twice { FieldSet::default() } else { below(list.items, item).1 };
        builder.push(&element, true, children);
    }
    builder.build()
}

/// Whether the value goes on below a path where `fields` end.
pub(crate) fn goes_on(ty: Ty<'_>, value: &Value, fields: &FieldSet) -> bool {
    match (ty.atom(Some(value)), value) {
        (Atom::Map { atomic: false }, Value::Object(map)) => {
            if fields.is_empty() {
                return !map.is_empty();
            }
            fields.iter().any(|(element, _, below)| match element {
                Element::Field(name) => {
                    map.get(name).is_some_and(|value| goes_on(ty.child(name), value, below))
                }
                _ => false,
            })
        }
        (Atom::List(list @ ListTy { atomic: false, .. }), Value::Array(items)) => {
            if fields.is_empty() {
                return !items.is_empty();
            }
            // Mostly the items stand in the order of their elements.
            let mut from = 0;
            fields.iter().any(|(element, _, below)| {
                let found = (from..items.len()).chain(0..from);
                let at = found.into_iter().find(|at| list::is_named(list, &items[*at], element));
                at.is_some_and(|at| {
                    from = at + 1;
                    goes_on(list.items, &items[at], below)
                })
            })
        }
        _ => false,
    }
}
