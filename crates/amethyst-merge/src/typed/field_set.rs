//! The fields that a configuration names: what its applier will own.

use std::collections::BTreeMap;

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
        let (leaf, children) = below(ty.child(key), value);
        // A declared field that has something below it is not owned itself, a free key is.
        let empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
        builder.push(Element::Field(key.clone()), leaf || empty || !ty.declares(key), children);
    }
    builder.build()
}

fn of_items(list: ListTy<'_>, items: &[Value]) -> FieldSet {
    let mut counts: BTreeMap<Element, (usize, &Value)> = BTreeMap::new();
    for item in items {
        if let Ok(element) = list::element(list, item) {
            counts.entry(element).or_insert((0, item)).0 += 1;
        }
    }
    let mut builder = Builder::with_capacity(counts.len());
    for (element, (count, item)) in counts {
        // Items that are there twice are owned as one, without what they hold.
        let children = if count == 1 { below(list.items, item).1 } else { FieldSet::default() };
        builder.push(element, true, children);
    }
    builder.build()
}
