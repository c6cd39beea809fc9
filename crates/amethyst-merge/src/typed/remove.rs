//! Taking a set of fields out of a value.

use amethyst_object::{Map, Value};

use super::{Atom, ListTy, Ty, list};
use crate::fields::FieldSet;

/// The value without `gone`. As upstream, a map or list that loses its last entry becomes `null`.
pub(crate) fn remove(ty: Ty<'_>, value: &Value, gone: &FieldSet) -> Value {
    match (ty.atom(Some(value)), value) {
        (Atom::Scalar(_) | Atom::Undeclared, _) => value.clone(),
        (Atom::List(ListTy { atomic: false, .. }), Value::Array(items)) if items.is_empty() => Value::Null,
        (Atom::List(list @ ListTy { atomic: false, .. }), Value::Array(items)) => {
            let mut kept = Vec::with_capacity(items.len());
            for item in items {
                let Ok(element) = list::element(list, item) else {
                    kept.push(item.clone());
                    continue;
                };
                match gone.below(&element) {
                    (true, _) => {}
                    (false, Some(below)) => kept.push(remove(list.items, item, below)),
                    (false, None) => kept.push(item.clone()),
                }
            }
            if kept.is_empty() { Value::Null } else { Value::Array(kept) }
        }
        (Atom::Map { atomic: false }, Value::Object(map)) => {
            let kept: Map = map
                .iter()
                .filter_map(|(key, value)| {
                    let value = match gone.below_field(key) {
                        (true, _) => return None,
                        (false, Some(below)) => remove(ty.child(key), value, below),
                        (false, None) => value.clone(),
                    };
                    Some((key.clone(), value))
                })
                .collect();
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        _ => Value::Null,
    }
}
