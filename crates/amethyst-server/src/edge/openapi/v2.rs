//! OpenAPI v2 as `gnostic.openapi.v2.Document`, the protobuf of google/gnostic-models that client-go reads.
//!
//! It is written from the values of v3. What v2 cannot say is left out as upstream leaves it out: what may
//! be null or keeps unknown fields has no type, and integers or strings are strings.

use amethyst_object::{Map, Value, json};

use super::schemas::References;
use super::{GroupVersion, paths, schemas};
use crate::catalog::Catalog;

/// The media type of the answer, and how clients ask for it.
pub(super) const MEDIA_TYPES: [&str; 2] = [
    "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
    "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
];

/// A protobuf message that grows field by field. The numbers are those of `openapiv2/OpenAPIv2.proto`.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8 & 0x7f) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, field: u64, text: &str) -> &mut Self {
        self.bytes(field, text.as_bytes());
        self
    }

    fn flag(&mut self, field: u64) -> &mut Self {
        self.varint(field << 3);
        self.varint(1);
        self
    }

    fn message(&mut self, field: u64, message: &Self) -> &mut Self {
        self.bytes(field, &message.0);
        self
    }

    /// A message with one field, itself a message.
    fn holding(field: u64, message: &Self) -> Self {
        let mut outer = Self::default();
        outer.message(field, message);
        outer
    }
}

/// Writes the document of everything that is served.
pub(super) fn write(catalog: &Catalog) -> Vec<u8> {
    let (mut references, mut paths, mut definitions) =
        (References::default(), Message::default(), Message::default());
    for group in &catalog.groups {
        for version in &group.versions {
            let group_version = GroupVersion { group: &group.name, version };
            let rows = catalog.rows(&group.name, version);
            paths::visit(&group_version, rows, &mut references, |path, item| {
                paths.message(2, &named(path, &path_item(item)));
            });
        }
    }
    schemas::visit(catalog.all(), &references, |name, value| {
        definitions.message(1, &named(name, &schema(value)));
    });
    let mut info = Message::default();
    info.text(1, "Kubernetes").text(2, "v1.37.2");
    let mut document = Message::default();
    document.text(1, "2.0").message(2, &info).message(8, &paths).message(9, &definitions);
    document.0
}

/// `NamedSchema`, `NamedPathItem`, ...: a name and a value.
fn named(name: &str, value: &Message) -> Message {
    let mut message = Message::default();
    message.text(1, name).message(2, value);
    message
}

/// `x-kubernetes-*` as `NamedAny`, written as YAML, of which JSON is a part.
fn extensions(map: &Map, field: u64, out: &mut Message) {
    for (key, value) in map.iter().filter(|(key, _)| key.starts_with("x-kubernetes-")) {
        let mut any = Message::default();
        any.text(2, &json::to_string(value));
        out.message(field, &named(key, &any));
    }
}

fn path_item(item: &Value) -> Message {
    let mut message = Message::default();
    for (method, field) in [("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8)] {
        if let Some(Value::Object(operation)) = item.get(method) {
            message.message(field, &self::operation(operation));
        }
    }
    parameters(item.get("parameters"), 9, &mut message);
    message
}

fn operation(map: &Map) -> Message {
    let mut message = Message::default();
    for tag in map.get("tags").and_then(Value::as_array).into_iter().flatten() {
        message.text(1, tag.as_str().unwrap_or_default());
    }
    message.text(5, map.str("operationId").unwrap_or_default());
    message.text(6, "application/json");
    if let Some(body) = map.get("requestBody") {
        let contents = body.get("content").and_then(Value::as_object);
        for media in contents.into_iter().flat_map(Map::keys) {
            message.text(7, media);
        }
        let first = contents.and_then(|contents| contents.values().next()?.get("schema"));
        let mut parameter = Message::default();
        parameter.text(2, "body").text(3, "body");
        if body.get("required").is_some() {
            parameter.flag(4);
        }
        parameter.message(5, &first.map(schema).unwrap_or_default());
        message.message(8, &Message::holding(1, &Message::holding(1, &parameter)));
    }
    parameters(map.get("parameters"), 8, &mut message);
    let mut responses = Message::default();
    for (code, answer) in map.get("responses").and_then(Value::as_object).into_iter().flat_map(Map::iter) {
        let mut response = Message::default();
        response.text(1, answer.str_at(&["description"]).unwrap_or_default());
        if let Some(value) = answer.at(&["content", "application/json", "schema"]) {
            response.message(2, &Message::holding(1, &schema(value)));
        }
        responses.message(1, &named(code, &Message::holding(1, &response)));
    }
    message.message(9, &responses);
    extensions(map, 13, &mut message);
    message
}

fn parameters(list: Option<&Value>, field: u64, out: &mut Message) {
    for parameter in list.and_then(Value::as_array).into_iter().flatten() {
        let text = |keys: &[&str]| parameter.str_at(keys).unwrap_or_default();
        let mut message = Message::default();
        let place = if text(&["in"]) == "path" {
            message.flag(1).text(2, "path").text(4, text(&["name"])).text(5, text(&["schema", "type"]));
            4
        } else {
            message.text(2, "query").text(4, text(&["name"])).text(6, text(&["schema", "type"])).flag(20);
            3
        };
        let non_body = Message::holding(place, &message);
        out.message(field, &Message::holding(1, &Message::holding(2, &non_body)));
    }
}

fn schema(value: &Value) -> Message {
    let mut message = Message::default();
    let Some(map) = value.as_object() else { return message };
    let set = |key: &str| map.get(key).and_then(Value::as_bool) == Some(true);
    let wrapped = map.get("allOf").and_then(Value::as_array).and_then(|all| all.first()?.str_at(&["$ref"]));
    if let Some(reference) = map.str("$ref").or(wrapped) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        message.text(1, &format!("#/definitions/{name}"));
    } else if set("x-kubernetes-int-or-string") || map.str("format") == Some("int-or-string") {
        message.text(2, "int-or-string").message(22, &ty("string"));
    } else if set("nullable") || set("x-kubernetes-preserve-unknown-fields") {
        // Anything goes: v2 has no words for it.
    } else if map.contains_key("oneOf") && !map.contains_key("type") {
        message.message(22, &ty("string"));
    } else {
        typed(map, &mut message);
    }
    if let Some(description) = map.str("description") {
        message.text(4, description);
    }
    extensions(map, 31, &mut message);
    message
}

fn ty(name: &str) -> Message {
    let mut message = Message::default();
    message.text(1, name);
    message
}

fn typed(map: &Map, message: &mut Message) {
    let name = map.str("type").unwrap_or_default();
    let items = map.get("items");
    if name == "array" && items.is_none() {
        return;
    }
    if let Some(format) = map.str("format") {
        message.text(2, format);
    }
    for required in map.get("required").and_then(Value::as_array).into_iter().flatten() {
        message.text(19, required.as_str().unwrap_or_default());
    }
    match map.get("additionalProperties") {
        Some(Value::Bool(true)) => {
            let mut any = Message::default();
            any.flag(2);
            message.message(21, &any);
        }
        Some(values @ Value::Object(_)) => {
            message.message(21, &Message::holding(1, &schema(values)));
        }
        _ => {}
    }
    if !name.is_empty() {
        message.message(22, &ty(name));
    }
    if let Some(items) = items {
        message.message(23, &Message::holding(1, &schema(items)));
    }
    if let Some(fields) = map.get("properties").and_then(Value::as_object) {
        let mut properties = Message::default();
        for (name, value) in fields.iter() {
            properties.message(1, &named(name, &schema(value)));
        }
        message.message(25, &properties);
    }
}
