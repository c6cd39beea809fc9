//! A configuration merged into an object without anyone coming to own what it says: what a
//! MutatingAdmissionPolicy applies (kubernetes/apiserver `pkg/admission/plugin/policy/mutating/patch/smd.go`).

use amethyst_object::Value;
use amethyst_schema::SchemaRef;

use crate::typed::{self, Atom, Ty};

/// `live` with `configuration` laid over it. What is atomic can only be replaced whole, so a configuration
/// that touches it is refused.
///
/// # Errors
/// What does not fit, in upstream's words.
pub fn configure(
    live: &Value,
    configuration: &Value,
    schema: Option<SchemaRef<'_>>,
) -> Result<Value, String> {
    let ty = Ty::root(schema);
    let errors = typed::validate(ty, configuration, false);
    if !errors.is_empty() {
        return Err(format!("failed to convert patch object to typed object: {errors}"));
    }
    let mut atomics = Vec::new();
    find_atomics(ty, configuration, &mut String::new(), &mut atomics);
    if !atomics.is_empty() {
        let why = "may not mutate atomic arrays, maps or structs";
        return Err(format!("invalid ApplyConfiguration: {why}: {}", atomics.join(", ")));
    }
    let errors = typed::validate(ty, live, true);
    if !errors.is_empty() {
        return Err(format!("failed to convert original object to typed object: {errors}"));
    }
    typed::merge(ty, live, configuration).map_err(|errors| format!("failed to merge patch: {errors}"))
}

fn find_atomics(ty: Ty<'_>, value: &Value, path: &mut String, found: &mut Vec<String>) {
    let length = path.len();
    match (ty.atom(Some(value)), value) {
        (Atom::Map { atomic }, Value::Object(map)) => {
            if atomic {
                found.push(path.clone());
            }
            for (key, value) in map.iter().filter(|(key, _)| ty.declares(key)) {
                path.push('.');
                path.push_str(key);
                find_atomics(ty.child(key), value, path, found);
                path.truncate(length);
            }
        }
        (Atom::List(list), Value::Array(items)) => {
            if list.atomic {
                found.push(path.clone());
            }
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                find_atomics(list.items, item, path, found);
                path.truncate(length);
            }
        }
        _ => {}
    }
}
