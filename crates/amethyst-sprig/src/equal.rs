//! `reflect.DeepEqual`: same types, same contents.

use std::cell::Cell;

use amethyst_gotemplate::Value;

use crate::arguments::DEPTH_MAX;
use crate::nil::{is_nil_list, is_nil_map};

/// Whether both are the same to `reflect.DeepEqual`.
pub(crate) fn deep_equal(left: &Value, right: &Value) -> bool {
    let steps = Cell::new(STEPS_MAX);
    equal(left, right, 0, &steps)
}

/// How many parts are compared: of maps that hold themselves twice there is no end of them.
const STEPS_MAX: usize = 10_000_000;

fn equal(left: &Value, right: &Value, depth: usize, steps: &Cell<usize>) -> bool {
    steps.set(steps.get().saturating_sub(1));
    match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(kind, left), Value::Int(other, right)) => kind == other && left == right,
        (Value::Uint(kind, left), Value::Uint(other, right)) => kind == other && left == right,
        #[expect(clippy::float_cmp, reason = "Go compares the numbers themselves")]
        (Value::Float(left), Value::Float(right)) => left == right,
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Binary(left), Value::Binary(right)) => left == right,
        // Go takes what it is already comparing for equal; so is what only a map that holds itself reaches.
        (Value::List(_) | Value::Map(_), _) if depth > DEPTH_MAX || steps.get() == 0 => true,
        (Value::List(left), Value::List(right)) => {
            left.kind() == right.kind()
                && left.len() == right.len()
                && is_nil_list(left) == is_nil_list(right)
                && left.iter().zip(right.iter()).all(|(left, right)| equal(left, right, depth + 1, steps))
        }
        (Value::Map(left), Value::Map(right)) => {
            if left.is_same(right) {
                return true;
            }
            let (left_pairs, right_pairs) = (left.pairs(), right.pairs());
            left.kind() == right.kind()
                && left_pairs.len() == right_pairs.len()
                && is_nil_map(left) == is_nil_map(right)
                && left_pairs
                    .iter()
                    .zip(right_pairs.iter())
                    .all(|((key, left), (other, right))| key == other && equal(left, right, depth + 1, steps))
        }
        (Value::Native(left), Value::Native(right)) => {
            std::rc::Rc::ptr_eq(left, right)
                || left.type_name() == right.type_name() && left.equals(right.as_ref()) == Some(true)
        }
        _ => false,
    }
}
