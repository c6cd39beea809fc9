//! Defaults must fit the schema they stand in (`pkg/apiserver/schema/defaulting/validation.go`).

use amethyst_object::FieldPath;

use super::props::Props;
use crate::{Fault, SchemaRef, coerce, prune, validate, validate_embedded};

/// What is wrong with the defaults in `props`, whose compiled form is `schema`.
pub(super) fn check(props: &Props, schema: SchemaRef<'_>, path: &FieldPath) -> Vec<Fault> {
    let mut faults = Vec::new();
    walk(props, schema, path, &mut faults);
    faults
}

fn walk(props: &Props, schema: SchemaRef<'_>, path: &FieldPath, out: &mut Vec<Fault>) {
    if let Some(default) = &props.default {
        let path = path.child("default");
        let mut coerced = default.clone();
        let outcome = coerce(&mut coerced, schema, props.embedded, false, &path);
        let mut pruned = default.clone();
        if !prune(&mut pruned, schema, props.embedded).is_empty() || pruned != *default {
            out.push(Fault::invalid(path.clone(), coerced.clone(), "must not have unknown fields"));
        }
        if let Err(fault) = outcome {
            out.push(fault);
        } else {
            let embedded = validate_embedded(&coerced, schema, props.embedded, &path);
            out.extend(if embedded.is_empty() { validate(&coerced, schema, path) } else { embedded });
        }
    }
    // Defaults of free keys' values are not looked at, as upstream.
    if let (Some(items), Some(schema)) = (&props.items, schema.items()) {
        walk(items, schema, &path.child("items"), out);
    }
    for (name, child) in &props.properties {
        let Some(field) = schema.field(name) else { continue };
        let mut path = path.child("properties");
        path.push_map_key(name.clone());
        walk(child, schema.go(field.node), &path, out);
    }
}
