//! Laying an applied configuration over a live value.

use std::collections::{BTreeMap, BTreeSet};

use amethyst_object::{Map, Value};

use super::{
    Atom, Errors, ListTy, Ty, list,
    validate::{PAIRWISE_MAX, check_scalar},
};
use crate::fields::Element;

/// `live` with `applied` laid over it. Both are valid.
pub(crate) fn merge(ty: Ty<'_>, live: &Value, applied: &Value) -> Result<Value, Errors> {
    let mut merged = live.clone();
    merge_into(ty, &mut merged, applied)?;
    Ok(merged)
}

fn merge_into(ty: Ty<'_>, live: &mut Value, applied: &Value) -> Result<(), Errors> {
    match ty.atom(Some(applied)) {
        Atom::Scalar(scalar) => {
            // One side suffices: the other may be of an older schema.
            let right = check_scalar(scalar, applied, "rhs: ");
            let mut errors =
                if right.is_empty() { Errors::default() } else { check_scalar(scalar, live, "lhs: ") };
            if !errors.is_empty() {
                errors.extend_from("", right);
                return Err(errors);
            }
            take_over(live, applied);
        }
        Atom::Map { atomic: true } | Atom::List(ListTy { atomic: true, .. }) => take_over(live, applied),
        Atom::Map { atomic: false } => match (&mut *live, applied) {
            // An empty or null map is said over nothing only.
            (Value::Object(left), Value::Object(right)) if !left.is_empty() => {
                return merge_maps(ty, left, right);
            }
            (Value::Object(left), _) if !left.is_empty() => {}
            _ => take_over(live, applied),
        },
        Atom::List(list) => match (&mut *live, applied) {
            (Value::Array(left), Value::Array(right)) if !left.is_empty() => {
                if !right.is_empty() {
                    merge_lists(list, left, right)?;
                }
            }
            (Value::Array(left), _) if !left.is_empty() => {}
            _ => take_over(live, applied),
        },
        Atom::Undeclared => return Err(Errors::one("schema error: invalid atom: inlined")),
    }
    Ok(())
}

/// Takes the applied value, and its way of writing it, if it is another one.
fn take_over(live: &mut Value, applied: &Value) {
    if live != applied {
        live.clone_from(applied);
    }
}

fn merge_maps(ty: Ty<'_>, live: &mut Map, applied: &Map) -> Result<(), Errors> {
    let mut errors = Errors::default();
    for (key, value) in applied.iter() {
        if let Some(found) = live.get_mut(key) {
            if let Err(below) = merge_into(ty.child(key), found, value) {
                errors.extend_from(format!(".{key}"), below);
            }
        } else {
            live.insert(key.clone(), value.clone());
        }
    }
    errors.result(())
}

/// Merges keyed lists and sets. The applied items keep their order; live items that are not applied stay
/// where they stood, before the applied item that follows them.
fn merge_lists(list: ListTy<'_>, live: &mut Vec<Value>, applied: &[Value]) -> Result<(), Errors> {
    if in_step(list, live, applied) {
        for (left, right) in live.iter_mut().zip(applied) {
            merge_into(list.items, left, right)?;
        }
        return Ok(());
    }
    let order = Orders::of(list, live, applied)?;
    let mut slots: Vec<Option<Value>> = std::mem::take(live).into_iter().map(Some).collect();
    for step in order.steps() {
        match step {
            Step::Keep(at) => live.extend(slots[at].take()),
            Step::Apply { applied: at, live: found } => {
                let applied = &applied[at];
                live.push(match found.and_then(|at| slots[at].take()) {
                    Some(mut item) => {
                        merge_into(list.items, &mut item, applied)?;
                        item
                    }
                    None => applied.clone(),
                });
            }
        }
    }
    Ok(())
}

/// Whether the applied items are the first live ones, in their order, and no live one is there twice: the
/// usual case, which needs no memory.
fn in_step(list: ListTy<'_>, live: &[Value], applied: &[Value]) -> bool {
    applied.len() <= live.len()
        && live.len() <= PAIRWISE_MAX
        && live.iter().zip(applied).all(|(left, right)| list::same(list, left, right))
        && (1..live.len()).all(|at| !live[..at].iter().any(|other| list::same(list, other, &live[at])))
}

/// Where an item of the merged list comes from.
enum Step {
    /// The live item here stays.
    Keep(usize),
    /// The applied item here, over the live one of the same element if there is exactly one.
    Apply { applied: usize, live: Option<usize> },
}

/// The elements of both lists.
struct Orders {
    left: Vec<Element>,
    right: Vec<Element>,
    /// Where a live element stands; none when it is there more than once.
    in_left: BTreeMap<Element, Option<usize>>,
    in_right: BTreeSet<Element>,
}

impl Orders {
    fn of(list: ListTy<'_>, live: &[Value], applied: &[Value]) -> Result<Self, Errors> {
        let mut errors = Errors::default();
        let mut orders =
            Self { left: vec![], right: vec![], in_left: BTreeMap::new(), in_right: BTreeSet::new() };
        for (position, item) in applied.iter().enumerate() {
            match list::element(list, item) {
                Err(reason) => errors.push(format!("element {position}: {reason}")),
                Ok(element) if !orders.in_right.insert(element.clone()) => {
                    errors.push(format!("duplicate entries for key {element}"));
                }
                Ok(element) => orders.right.push(element),
            }
        }
        for (position, item) in live.iter().enumerate() {
            match list::element(list, item) {
                Err(reason) => errors.push(format!("element {position}: {reason}")),
                Ok(element) => {
                    let place = orders.in_left.entry(element.clone());
                    place.and_modify(|place| *place = None).or_insert(Some(position));
                    orders.left.push(element);
                }
            }
        }
        errors.result(orders)
    }

    fn apply(&self, at: usize) -> Step {
        Step::Apply { applied: at, live: self.in_left.get(&self.right[at]).copied().flatten() }
    }

    fn steps(&self) -> Vec<Step> {
        let (left, right) = (&self.left, &self.right);
        let mut shared = right.iter().filter(|element| self.in_left.contains_key(*element));
        let mut next_shared = shared.next();
        let mut done = BTreeSet::new();
        let mut steps = Vec::with_capacity(left.len().max(right.len()));
        let (mut at_left, mut at_right) = (0, 0);
        while at_left < left.len() || at_right < right.len() {
            if let (Some(one), Some(two)) = (left.get(at_left), right.get(at_right)) {
                if one == two {
                    done.insert(one);
                    steps.push(self.apply(at_right));
                    at_left += 1;
                    at_right += 1;
                    next_shared = shared.next();
                    continue;
                }
                if self.in_right.contains(one) && next_shared.is_some_and(|next| next != one) {
                    // A shared item, but not the one whose turn it is.
                    at_left += 1;
                    continue;
                }
            }
            if let Some(element) = left.get(at_left) {
                if !self.in_right.contains(element) {
                    steps.push(Step::Keep(at_left));
                    at_left += 1;
                    continue;
                }
                if done.contains(element) {
                    at_left += 1;
                }
            }
            if let Some(element) = right.get(at_right) {
                done.insert(element);
                steps.push(self.apply(at_right));
                at_right += 1;
                if next_shared == Some(element) {
                    next_shared = shared.next();
                }
            }
        }
        steps
    }
}
