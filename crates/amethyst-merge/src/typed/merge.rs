//! Laying an applied configuration over a live value.

use std::collections::BTreeMap;

use amethyst_object::{Map, Value};

use super::{Atom, Errors, ListTy, Ty, list, validate::check_scalar};
use crate::fields::Element;

/// `live` with `applied` laid over it. Both are valid.
pub(crate) fn merge(ty: Ty<'_>, live: &Value, applied: &Value) -> Result<Value, Errors> {
    match ty.atom(Some(applied)) {
        Atom::Scalar(scalar) => {
            // One side suffices: the other may be of an older schema.
            let mut errors = check_scalar(scalar, live, "lhs: ");
            let right = check_scalar(scalar, applied, "rhs: ");
            if !errors.is_empty() && !right.is_empty() {
                errors.extend_from("", right);
                return Err(errors);
            }
            Ok(applied.clone())
        }
        Atom::Map { atomic: true } | Atom::List(ListTy { atomic: true, .. }) => Ok(applied.clone()),
        Atom::Map { atomic: false } => {
            let left = live.as_object().filter(|map| !map.is_empty());
            let right = applied.as_object().filter(|map| !map.is_empty());
            match (left, right) {
                (Some(left), Some(right)) => merge_maps(ty, left, right),
                // An empty or null map is said over nothing only.
                (Some(_), None) => Ok(live.clone()),
                (None, _) => Ok(applied.clone()),
            }
        }
        Atom::List(list) => {
            let left = live.as_array().filter(|items| !items.is_empty());
            let right = applied.as_array().filter(|items| !items.is_empty());
            match (left, right) {
                (Some(left), Some(right)) => merge_lists(list, left, right).map(Value::Array),
                (Some(_), None) => Ok(live.clone()),
                (None, _) => Ok(applied.clone()),
            }
        }
        Atom::Undeclared => Err(Errors::one("schema error: invalid atom: inlined")),
    }
}

fn merge_maps(ty: Ty<'_>, live: &Map, applied: &Map) -> Result<Value, Errors> {
    let mut errors = Errors::default();
    let mut merged = live.clone();
    for (key, value) in applied.iter() {
        match merged.get_mut(key) {
            Some(found) => match merge(ty.child(key), found, value) {
                Ok(value) => *found = value,
                Err(below) => errors.extend_from(format!(".{key}"), below),
            },
            None => {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    errors.result(Value::Object(merged))
}

/// An item by its element; `None` when the element is there more than once.
type Index<'a> = BTreeMap<Element, Option<&'a Value>>;

fn index<'a>(
    list: ListTy<'_>,
    items: &'a [Value],
    allow_duplicates: bool,
    errors: &mut Errors,
) -> (Vec<(Element, &'a Value)>, Index<'a>) {
    let mut elements = Vec::with_capacity(items.len());
    let mut by_element = Index::new();
    for (position, item) in items.iter().enumerate() {
        match list::element(list, item) {
            Err(reason) => errors.push(format!("element {position}: {reason}")),
            Ok(element) if by_element.contains_key(&element) => {
                if allow_duplicates {
                    by_element.insert(element.clone(), None);
                    elements.push((element, item));
                } else {
                    errors.push(format!("duplicate entries for key {element}"));
                }
            }
            Ok(element) => {
                by_element.insert(element.clone(), Some(item));
                elements.push((element, item));
            }
        }
    }
    (elements, by_element)
}

/// Merges keyed lists and sets. The applied items keep their order; live items that are not applied stay
/// where they stood, before the applied item that follows them.
fn merge_lists(list: ListTy<'_>, live: &[Value], applied: &[Value]) -> Result<Vec<Value>, Errors> {
    let mut errors = Errors::default();
    let (right, in_right) = index(list, applied, false, &mut errors);
    let (left, in_left) = index(list, live, true, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let join = |element: &Element| {
        let applied = in_right[element].expect("applied elements are there once");
        match in_left.get(element).copied().flatten() {
            Some(live) => merge(list.items, live, applied),
            None => Ok(applied.clone()),
        }
    };
    let mut shared = right.iter().map(|(element, _)| element).filter(|element| in_left.contains_key(element));
    let mut next_shared = shared.next();
    let mut merged_elements = std::collections::BTreeSet::new();
    let mut merged = Vec::with_capacity(left.len().max(right.len()));
    let (mut at_left, mut at_right) = (0, 0);
    while at_left < left.len() || at_right < right.len() {
        if let (Some((one, _)), Some((two, _))) = (left.get(at_left), right.get(at_right)) {
            if one == two {
                merged_elements.insert(one);
                merged.push(join(one)?);
                at_left += 1;
                at_right += 1;
                next_shared = shared.next();
                continue;
            }
            if in_right.contains_key(one) && next_shared.is_some_and(|next| next != one) {
                // A shared item, but not the one whose turn it is.
                at_left += 1;
                continue;
            }
        }
        if let Some((element, item)) = left.get(at_left) {
            if !in_right.contains_key(element) {
                merged.push((*item).clone());
                at_left += 1;
                continue;
            }
            if merged_elements.contains(element) {
                at_left += 1;
            }
        }
        if let Some((element, _)) = right.get(at_right) {
            merged_elements.insert(element);
            merged.push(join(element)?);
            at_right += 1;
            if next_shared == Some(element) {
                next_shared = shared.next();
            }
        }
    }
    Ok(merged)
}
