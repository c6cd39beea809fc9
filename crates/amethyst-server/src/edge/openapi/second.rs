//! OpenAPI v2, whose values are made from those of v3; as JSON, and as the protobuf of `gnostic`.
//!
//! Parameters and bodies are spelled in another way, references have no wrapper, and defaults are left out, as
//! upstream prunes them (kubernetes/kube-openapi `pkg/handler/default_pruning.go`).

use amethyst_object::{Map, Value, json};

use super::schemas::{self, References};
use super::{GroupVersion, Version, member, paths};
use crate::catalog::Catalog;

/// Takes the parts of a document one after the other.
pub(super) trait Writer {
    /// One path with its operations.
    fn path(&mut self, path: &str, item: &Value);
    /// One named schema.
    fn definition(&mut self, name: &str, schema: &Value);
}

/// Visits the document of everything that is served: first all paths, then all definitions.
pub(super) fn visit(catalog: &Catalog, writer: &mut impl Writer) {
    let mut references = References::default();
    for group in &catalog.groups {
        for version in &group.versions {
            let group_version = GroupVersion { group: &group.name, version };
            let rows = catalog.rows(&group.name, version);
            paths::visit(&group_version, rows, &mut references, |path, item| {
                writer.path(path, &path_item(item));
            });
        }
    }
    schemas::visit(catalog.all(), &references, Version::Second, |name, value| {
        writer.definition(name, &schema(value));
    });
}

/// Writes the document as JSON.
pub(super) fn json(catalog: &Catalog) -> Vec<u8> {
    let mut writer = JsonWriter { out: Vec::with_capacity(4 << 20), place: Place::Start };
    writer.out.extend_from_slice(
        br#"{"swagger":"2.0","info":{"title":"Kubernetes","version":"v1.37.2"},"paths":{"#,
    );
    visit(catalog, &mut writer);
    let mut out = writer.out;
    out.extend_from_slice(
        br#"},"securityDefinitions":{"BearerToken":{"description":"Bearer Token authentication","type":"apiKey","name":"authorization","in":"header"}},"security":[{"BearerToken":[]}]}"#,
    );
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Paths,
    Definitions,
}

struct JsonWriter {
    out: Vec<u8>,
    place: Place,
}

impl Writer for JsonWriter {
    fn path(&mut self, path: &str, item: &Value) {
        let mut first = std::mem::replace(&mut self.place, Place::Paths) == Place::Start;
        member(&mut first, path, item, &mut self.out);
    }

    fn definition(&mut self, name: &str, schema: &Value) {
        let mut first = std::mem::replace(&mut self.place, Place::Definitions) != Place::Definitions;
        if first {
            self.out.extend_from_slice(b"},\"definitions\":{");
        }
        member(&mut first, name, schema, &mut self.out);
    }
}

fn path_item(item: &Value) -> Value {
    let mut out = Map::new();
    for (key, value) in item.as_object().into_iter().flat_map(Map::iter) {
        match value {
            Value::Object(operation) => drop(out.insert(key.clone(), self::operation(operation))),
            Value::Array(list) => {
                out.insert(key.clone(), list.iter().map(parameter).collect::<Vec<_>>());
            }
            _ => {}
        }
    }
    out.into()
}

fn operation(operation: &Map) -> Value {
    let mut out = Map::new();
    let list = operation.get("parameters").and_then(Value::as_array).unwrap_or_default();
    let mut parameters: Vec<Value> = list.iter().map(parameter).collect();
    let mut consumes = vec![Value::from("*/*")];
    if let Some(body) = operation.get("requestBody") {
        let contents = body.get("content").and_then(Value::as_object);
        consumes = contents.into_iter().flat_map(Map::keys).map(|media| media.clone().into()).collect();
        parameters.insert(0, body_parameter(body, contents));
    }
    out.insert("consumes", consumes);
    let answers = operation.get("responses").and_then(Value::as_object);
    out.insert("produces", produces(answers));
    for (key, value) in operation.iter().filter(|(key, _)| *key == "tags" || *key == "operationId") {
        out.insert(key.clone(), value.clone());
    }
    if !parameters.is_empty() {
        out.insert("parameters", parameters);
    }
    let answers: Map =
        answers.into_iter().flat_map(Map::iter).map(|(code, it)| (code.clone(), answer(it))).collect();
    out.insert("responses", answers);
    out.insert("schemes", vec![Value::from("https")]);
    for (key, value) in operation.iter().filter(|(key, _)| key.starts_with("x-kubernetes-")) {
        out.insert(key.clone(), value.clone());
    }
    out.into()
}

fn body_parameter(body: &Value, contents: Option<&Map>) -> Value {
    let first = contents.and_then(|contents| contents.values().next()?.get("schema"));
    let mut parameter = Map::new();
    parameter.insert("name", "body");
    parameter.insert("in", "body");
    if body.get("required").is_some() {
        parameter.insert("required", true);
    }
    parameter.insert("schema", first.map(schema).unwrap_or_default());
    parameter.into()
}

/// The media types of the first answer that has a body.
fn produces(answers: Option<&Map>) -> Vec<Value> {
    let mut contents = answers.into_iter().flat_map(Map::values).filter_map(|answer| answer.get("content"));
    let first = contents.next().and_then(Value::as_object);
    first.into_iter().flat_map(Map::keys).map(|media| media.clone().into()).collect()
}

fn answer(answer: &Value) -> Value {
    let mut out = Map::new();
    out.insert("description", answer.str_at(&["description"]).unwrap_or_default());
    if let Some(found) = answer.at(&["content", "application/json", "schema"]) {
        out.insert("schema", schema(found));
    }
    out.into()
}

fn parameter(parameter: &Value) -> Value {
    let mut out = Map::new();
    for (key, value) in parameter.as_object().into_iter().flat_map(Map::iter) {
        match value {
            Value::Object(schema) if key == "schema" => {
                for (key, value) in schema.iter() {
                    out.insert(key.clone(), value.clone());
                }
            }
            _ => drop(out.insert(key.clone(), value.clone())),
        }
    }
    out.into()
}

/// A schema of v3 in v2's words.
fn schema(value: &Value) -> Value {
    let Some(map) = value.as_object() else { return value.clone() };
    let mut out = Map::new();
    for (key, value) in map.iter().filter(|(key, _)| *key != "default") {
        match (key.as_str(), value) {
            ("$ref", Value::String(reference)) => {
                let name = reference.rsplit('/').next().unwrap_or_default();
                out.insert("$ref", format!("#/definitions/{name}"));
            }
            ("allOf", Value::Array(all)) => {
                if let Some(reference) = all.first().map(schema).filter(|first| first.get("$ref").is_some()) {
                    out.insert("$ref", reference.get("$ref").cloned().unwrap_or_default());
                }
            }
            // A quantity, or an integer or string: strings in v2.
            ("oneOf", _) => drop(out.insert("type", "string")),
            ("items" | "additionalProperties", inner @ Value::Object(_)) => {
                out.insert(key.clone(), schema(inner));
            }
            ("properties", Value::Object(fields)) => {
                let fields = fields.iter().map(|(name, field)| (name.clone(), schema(field)));
                out.insert("properties", fields.collect::<Map>());
            }
            _ => drop(out.insert(key.clone(), value.clone())),
        }
    }
    if out.contains_key("$ref") {
        // Beside a reference only words have a meaning, and upstream writes no others.
        out.retain(|key, _| matches!(key, "$ref" | "description") || key.starts_with("x-kubernetes-"));
    }
    out.into()
}

/// A value in one line, which YAML reads too.
pub(super) fn line(value: &Value) -> String {
    json::to_string(value)
}

#[cfg(test)]
mod tests {
    use amethyst_object::json;

    use super::schema;

    #[test]
    fn schemas_are_spelled_in_the_older_way() {
        let check = |third: &str, second: &str| {
            let found = schema(&json::parse(third.as_bytes()).unwrap());
            assert_eq!(found, json::parse(second.as_bytes()).unwrap(), "{third}");
        };
        check(
            r##"{"allOf": [{"$ref": "#/components/schemas/a.B"}], "default": {}, "description": "x"}"##,
            r##"{"$ref": "#/definitions/a.B", "description": "x"}"##,
        );
        check(
            r#"{"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}"#,
            r#"{"format": "int-or-string", "type": "string"}"#,
        );
        check(
            r##"{"type": "object", "properties": {"default": {"items": {"$ref": "#/components/schemas/a.B"}, "type": "array"}}}"##,
            r##"{"type": "object", "properties": {"default": {"items": {"$ref": "#/definitions/a.B"}, "type": "array"}}}"##,
        );
    }
}
