//! OpenAPI v2 as `gnostic.openapi.v2.Document`, the protobuf of google/gnostic-models that client-go reads.
//!
//! It is written from the values of v2 (`second`). The numbers are those of `openapiv2/OpenAPIv2.proto`.

use amethyst_object::{Map, Value};

use super::second::{self, Writer, line};
use crate::catalog::Catalog;

/// The media types under which clients ask for it; the first one stands in the answer.
pub(super) const MEDIA_TYPES: [&str; 2] = [
    "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
    "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
];

/// A protobuf message that grows field by field.
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

    fn double(&mut self, field: u64, value: f64) {
        self.varint(field << 3 | 1);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn number(&mut self, field: u64, value: i64) {
        self.varint(field << 3);
        self.varint(value as u64);
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
    let mut document = Document::default();
    second::visit(catalog, &mut document);
    let mut info = Message::default();
    info.text(1, "Kubernetes").text(2, "v1.37.2");
    let mut out = Message::default();
    out.text(1, "2.0").message(2, &info).message(8, &document.paths).message(9, &document.definitions);
    let mut token = Message::default();
    token.text(1, "apiKey").text(2, "authorization").text(3, "header").text(4, "Bearer Token authentication");
    let definition = named("BearerToken", &Message::holding(2, &token));
    let requirement = named("BearerToken", &Message::default());
    out.message(12, &Message::holding(1, &requirement)).message(13, &Message::holding(1, &definition));
    out.0
}

#[derive(Default)]
struct Document {
    paths: Message,
    definitions: Message,
}

impl Writer for Document {
    fn path(&mut self, path: &str, item: &Value) {
        self.paths.message(2, &named(path, &path_item(item)));
    }

    fn definition(&mut self, name: &str, value: &Value) {
        self.definitions.message(1, &named(name, &schema(value)));
    }
}

/// `NamedSchema`, `NamedPathItem`, ...: a name and a value.
fn named(name: &str, value: &Message) -> Message {
    let mut message = Message::default();
    message.text(1, name).message(2, value);
    message
}

/// `Any`, whose value is written as YAML.
fn any(value: &Value) -> Message {
    let mut any = Message::default();
    any.text(2, &line(value));
    any
}

fn extensions(map: &Map, field: u64, out: &mut Message) {
    for (key, value) in map.iter().filter(|(key, _)| key.starts_with("x-")) {
        out.message(field, &named(key, &any(value)));
    }
}

fn texts(list: Option<&Value>, field: u64, out: &mut Message) {
    for text in list.and_then(Value::as_array).into_iter().flatten() {
        out.text(field, text.as_str().unwrap_or_default());
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
    texts(map.get("tags"), 1, &mut message);
    message.text(5, map.str("operationId").unwrap_or_default());
    texts(map.get("produces"), 6, &mut message);
    texts(map.get("consumes"), 7, &mut message);
    parameters(map.get("parameters"), 8, &mut message);
    let mut responses = Message::default();
    for (code, answer) in map.get("responses").and_then(Value::as_object).into_iter().flat_map(Map::iter) {
        let mut response = Message::default();
        response.text(1, answer.str_at(&["description"]).unwrap_or_default());
        if let Some(value) = answer.get("schema") {
            response.message(2, &Message::holding(1, &schema(value)));
        }
        responses.message(1, &named(code, &Message::holding(1, &response)));
    }
    message.message(9, &responses);
    texts(map.get("schemes"), 10, &mut message);
    extensions(map, 13, &mut message);
    message
}

fn parameters(list: Option<&Value>, field: u64, out: &mut Message) {
    for parameter in list.and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| parameter.str_at(&[key]).unwrap_or_default();
        let mut message = Message::default();
        let parameter = match text("in") {
            "body" => {
                message.text(2, "body").text(3, "body");
                if parameter.get("required").is_some() {
                    message.flag(4);
                }
                message.message(5, &parameter.get("schema").map(schema).unwrap_or_default());
                Message::holding(1, &message)
            }
            "path" => {
                message.flag(1).text(2, "path").text(4, text("name")).text(5, text("type")).flag(19);
                Message::holding(2, &Message::holding(4, &message))
            }
            place => {
                message.text(2, place).text(4, text("name")).text(6, text("type")).flag(20);
                Message::holding(2, &Message::holding(3, &message))
            }
        };
        out.message(field, &Message::holding(1, &parameter));
    }
}

fn schema(value: &Value) -> Message {
    let mut message = Message::default();
    let Some(map) = value.as_object() else { return message };
    for (key, field) in [("$ref", 1), ("format", 2), ("title", 3), ("description", 4), ("pattern", 13)] {
        if let Some(text) = map.str(key) {
            message.text(field, text);
        }
    }
    for (key, field) in [("multipleOf", 6), ("maximum", 7), ("minimum", 9)] {
        if let Some(number) = map.get(key).and_then(Value::as_number) {
            message.double(field, number.as_f64());
        }
    }
    for (key, field) in COUNTS {
        if let Some(number) = map.get(key).and_then(Value::as_i64) {
            message.number(field, number);
        }
    }
    for (key, field) in [("exclusiveMaximum", 8), ("exclusiveMinimum", 10), ("uniqueItems", 16)] {
        if map.get(key).and_then(Value::as_bool) == Some(true) {
            message.flag(field);
        }
    }
    texts(map.get("required"), 19, &mut message);
    for value in map.get("enum").and_then(Value::as_array).into_iter().flatten() {
        message.message(20, &any(value));
    }
    structure(map, &mut message);
    if let Some(docs) = map.get("externalDocs") {
        let mut words = Message::default();
        words.text(1, docs.str_at(&["description"]).unwrap_or_default());
        words.text(2, docs.str_at(&["url"]).unwrap_or_default());
        message.message(29, &words);
    }
    if let Some(example) = map.get("example") {
        message.message(30, &any(example));
    }
    extensions(map, 31, &mut message);
    message
}

const COUNTS: [(&str, u64); 6] = [
    ("maxLength", 11),
    ("minLength", 12),
    ("maxItems", 14),
    ("minItems", 15),
    ("maxProperties", 17),
    ("minProperties", 18),
];

/// The type of a value and the schemas of what is in it.
fn structure(map: &Map, message: &mut Message) {
    match map.get("additionalProperties") {
        Some(Value::Bool(allows)) => {
            let mut any = Message::default();
            any.number(2, i64::from(*allows));
            message.message(21, &any);
        }
        Some(values @ Value::Object(_)) => {
            message.message(21, &Message::holding(1, &schema(values)));
        }
        _ => {}
    }
    if let Some(name) = map.str("type") {
        let mut ty = Message::default();
        ty.text(1, name);
        message.message(22, &ty);
    }
    if let Some(items) = map.get("items") {
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
