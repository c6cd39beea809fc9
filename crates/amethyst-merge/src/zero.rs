//! What an object of a built-in kind holds before anything is written into it.

use amethyst_object::{Map, Value};
use amethyst_schema::{SchemaRef, Type};

/// The object that upstream compares a new one of a built-in kind with: structs that are always there are
/// empty maps, lists that are always there are null. Custom resources start from nothing instead.
///
/// A struct is always there when its field's default is an empty map; that is how the published schemas
/// tell it from an optional one.
pub fn zero_object(schema: SchemaRef<'_>, api_version: &str, kind: &str) -> Value {
    let mut object = zero_map(schema);
    object.insert("apiVersion", api_version);
    object.insert("kind", kind);
    Value::Object(object)
}

fn zero_map(schema: SchemaRef<'_>) -> Map {
    let mut map = Map::new();
    for field in &schema.node().fields {
        let child = schema.go(field.node);
        match &field.default {
            Some(Value::Object(default)) if default.is_empty() => {
                map.insert(field.name.clone(), Value::Object(zero_map(child)));
            }
            None if field.required && child.node().ty == Type::Array => {
                map.insert(field.name.clone(), Value::Null);
            }
            _ => {}
        }
    }
    map
}
