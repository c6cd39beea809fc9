//! Defaults must fit the schema they stand in (`pkg/apiserver/schema/defaulting/validation.go`).

use amethyst_object::FieldPath;

use super::props::Props;
use crate::{Fault, SchemaRef, prune, validate};

/// What is wrong with the defaults in `props`, whose compiled form is `schema`.
pub(super) fn check(props: &Props, schema: SchemaRef<'_>, path: &FieldPath) -> Vec<Fault> {
    let mut faults = Vec::new();
    walk(props, schema, path, &mut faults);
    faults
}

fn walk(props: &Props, schema: SchemaRef<'_>, path: &FieldPath, out: &mut Vec<Fault>) {
    if let Some(default) = &props.default {
        let path = path.child("default");
        let mut value = default.clone();
        if !prune(&mut value, schema, props.embedded).is_empty() || value != *default {
            out.push(Fault::invalid(path.clone(), default.clone(), "must not have unknown fields"));
        }
        out.extend(validate(default, schema, path));
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
