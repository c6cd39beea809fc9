//! Deep equality.

use super::Value;

/// Values nest no deeper than this when they are compared; what goes deeper is not equal.
const DEPTH_MAX: usize = 500;

/// So many pairs of values are compared: lists can hold the same lists again and again.
const COUNT_MAX: usize = 20_000_000;

/// `reflect.DeepEqual`: the same types all the way down, and the same values.
pub fn deep_equal(a: &Value, b: &Value) -> bool {
    let mut left = COUNT_MAX;
    equal(a, b, DEPTH_MAX, &mut left)
}

fn equal(a: &Value, b: &Value, depth: usize, left: &mut usize) -> bool {
    *left = left.saturating_sub(1);
    if *left == 0 {
        return false;
    }
    match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a_kind, a), Value::Int(b_kind, b)) => a_kind == b_kind && a == b,
        (Value::Uint(a_kind, a), Value::Uint(b_kind, b)) => a_kind == b_kind && a == b,
        #[expect(clippy::float_cmp, reason = "Go compares the numbers themselves")]
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Binary(a), Value::Binary(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            // Go too takes the same memory for equal.
            let same = a.is_same(b);
            a.kind() == b.kind()
                && a.len() == b.len()
                && (same || depth > 0 && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b, depth - 1, left)))
        }
        (Value::Map(a), Value::Map(b)) => {
            if a.kind() != b.kind() || a.len() != b.len() {
                return false;
            }
            let (a_pairs, b_pairs) = (a.pairs(), b.pairs());
            a.is_same(b)
                || depth > 0
                    && a_pairs
                        .iter()
                        .zip(b_pairs.iter())
                        .all(|((a_key, a), (b_key, b))| a_key == b_key && equal(a, b, depth - 1, left))
        }
        (Value::Native(a), Value::Native(b)) => {
            std::rc::Rc::ptr_eq(a, b)
                || a.type_name() == b.type_name()
                    && a.equals(b.as_ref()).unwrap_or_else(|| a.to_document() == b.to_document())
        }
        _ => false,
    }
}
