//! Schemas for tests, from OpenAPI as JSON.

use std::collections::HashMap;

use amethyst_object::{Map, Str, Value, json};
use amethyst_schema::{Field, ListType, Node, NodeId, PatchStrategy, Schemas, Type};

pub(crate) fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{}: {text}", error.reason))
}

/// An arena of the named definitions; `$ref`s name them by their last segment.
pub(crate) fn schemas(definitions: &str) -> Schemas {
    let definitions = parse(definitions);
    let definitions = definitions.as_object().unwrap();
    let mut schemas = Schemas::new();
    let mut names = HashMap::new();
    for name in definitions.keys() {
        let id = schemas.add(Node::default());
        schemas.name(name.clone(), id);
        names.insert(name.to_string(), id);
    }
    for (name, definition) in definitions.iter() {
        let node = node(&mut schemas, &names, definition);
        schemas.set(names[name.as_str()], node);
    }
    schemas
}

/// A schema of one definition.
pub(crate) fn schema(definition: &str) -> Schemas {
    schemas(&format!("{{\"root\":{definition}}}"))
}

fn add(schemas: &mut Schemas, names: &HashMap<String, NodeId>, definition: &Value) -> NodeId {
    let reference = definition
        .str_at(&["$ref"])
        .or_else(|| definition.get("allOf")?.as_array()?.first()?.str_at(&["$ref"]));
    if let Some(reference) = reference {
        return names[reference.rsplit('/').next().unwrap()];
    }
    let node = node(schemas, names, definition);
    schemas.add(node)
}

fn node(schemas: &mut Schemas, names: &HashMap<String, NodeId>, definition: &Value) -> Node {
    let empty = Map::new();
    let flag = |key: &str| definition.get(key).and_then(Value::as_bool).unwrap_or_default();
    let format = definition.str_at(&["format"]).unwrap_or_default();
    let ty = match definition.str_at(&["type"]) {
        Some("boolean") => Type::Boolean,
        Some("integer") => Type::Integer,
        Some("number") => Type::Number,
        Some("string") => Type::String,
        Some("object") => Type::Object,
        Some("array") => Type::Array,
        _ if format == "int-or-string" || flag("x-kubernetes-int-or-string") => Type::IntOrString,
        _ => Type::Any,
    };
    let required: Vec<&str> = definition
        .get("required")
        .and_then(Value::as_array)
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let mut fields = Vec::new();
    for (name, field) in definition.get("properties").and_then(Value::as_object).unwrap_or(&empty).iter() {
        let strategy = field.str_at(&["x-kubernetes-patch-strategy"]).unwrap_or_default();
        fields.push(Field {
            name: name.clone(),
            node: add(schemas, names, field),
            required: required.contains(&name.as_str()),
            default: field.get("default").cloned(),
            patch: PatchStrategy {
                merge: strategy.contains("merge"),
                retain_keys: strategy.contains("retainKeys"),
                replace: strategy.contains("replace"),
            },
            merge_key: field.str_at(&["x-kubernetes-patch-merge-key"]).unwrap_or_default().into(),
        });
    }
    fields.sort_by(|left, right| left.name.cmp(&right.name));
    let list_keys: Vec<Str> = definition
        .get("x-kubernetes-list-map-keys")
        .and_then(Value::as_array)
        .unwrap_or_default()
        .iter()
        .filter_map(|key| key.as_str().map(Str::from))
        .collect();
    Node {
        ty,
        fields: fields.into(),
        additional: definition
            .get("additionalProperties")
            .filter(|additional| additional.as_bool() != Some(false))
            .map(|additional| add(schemas, names, additional)),
        items: definition.get("items").map(|items| add(schemas, names, items)),
        list: match definition.str_at(&["x-kubernetes-list-type"]) {
            Some("map") => ListType::Map,
            Some("set") => ListType::Set,
            _ => ListType::Atomic,
        },
        list_keys: list_keys.into(),
        map_atomic: definition.str_at(&["x-kubernetes-map-type"]) == Some("atomic"),
        preserve_unknown: flag("x-kubernetes-preserve-unknown-fields"),
        nullable: flag("nullable"),
        format: format.into(),
        ..Node::default()
    }
}
