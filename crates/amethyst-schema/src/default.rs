//! Filling in defaults (apiextensions-apiserver `schema/defaulting`).

use amethyst_object::Value;

use crate::{Field, SchemaRef};

/// Fills in what is missing, and what is `null` where null is no value.
pub fn default(value: &mut Value, schema: SchemaRef<'_>) {
    match value {
        Value::Object(map) => {
            for field in &schema.node().fields {
                let Some(default) = &field.default else { continue };
                let is_missing = match map.get(&field.name) {
                    None => true,
                    Some(value) => value.is_null() && !schema.go(field.node).node().nullable,
                };
                if is_missing {
                    map.insert(field.name.clone(), default.clone());
                }
            }
            for (key, value) in map.iter_mut() {
                if let Some(field) = schema.field(key) {
                    self::default(value, schema.go(field.node));
                } else if let Some(additional) = schema.node().additional {
                    element(value, schema.go(additional));
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.items() else { return };
            for item in items {
                element(item, schema);
            }
        }
        _ => {}
    }
}

fn element(value: &mut Value, schema: SchemaRef<'_>) {
    if value.is_null()
        && !schema.node().nullable
        && let Some(default) = element_default(schema)
    {
        *value = default.clone();
    }
    default(value, schema);
}

fn element_default(schema: SchemaRef<'_>) -> Option<&Value> {
    schema.node().rules.as_ref()?.default.as_ref()
}

/// Drops what is `null` where null is no value and no default will take its place.
pub fn prune_nulls(value: &mut Value, schema: SchemaRef<'_>) {
    match value {
        Value::Object(map) => map.retain(|key, value| {
            let (child, has_default) = if let Some(Field { node, default, .. }) = schema.field(key) {
                (schema.go(*node), default.is_some())
            } else {
                let Some(child) = schema.node().additional.map(|id| schema.go(id)) else { return true };
                (child, element_default(child).is_some())
            };
            if value.is_null() {
                return child.node().nullable || has_default;
            }
            prune_nulls(value, child);
            true
        }),
        Value::Array(items) => {
            let Some(schema) = schema.items() else { return };
            for item in items {
                prune_nulls(item, schema);
            }
        }
        _ => {}
    }
}
