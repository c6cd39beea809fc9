//! Documents against Go types; the sentences are kube-apiserver's.

use amethyst_object::{Str, Value, json};

use crate::{
    Field, MICRO_TIME, Node, NodeId, PatchStrategy, Schemas, Type, canonicalize, decode_check, omit_empty,
};

fn object(schemas: &mut Schemas, name: &str, fields: &[(&str, NodeId)]) -> NodeId {
    let fields = fields.iter().map(|(name, node)| Field {
        name: Str::from(*name),
        node: *node,
        required: *name == "containers",
        default: None,
        patch: PatchStrategy::default(),
        merge_key: "".into(),
    });
    let id = schemas.add(Node { ty: Type::Object, fields: fields.collect(), ..Node::default() });
    schemas.name(format!("io.k8s.api.core.v1.{name}"), id);
    id
}

/// A small kind with one of everything.
fn arena() -> Schemas {
    let mut schemas = Schemas::new();
    let of = |ty, format: &str| Node { ty, format: format.into(), ..Node::default() };
    let string = schemas.add(of(Type::String, ""));
    let int32 = schemas.add(of(Type::Integer, "int32"));
    let boolean = schemas.add(of(Type::Boolean, ""));
    let time = schemas.add(of(Type::String, "date-time"));
    let micro = schemas.add(of(Type::String, MICRO_TIME));
    let bytes = schemas.add(of(Type::String, "byte"));
    let quantity = schemas.add(of(Type::Quantity, ""));
    let port = schemas.add(of(Type::IntOrString, ""));
    let map = |schemas: &mut Schemas, values| {
        schemas.add(Node { additional: Some(values), ..Node { ty: Type::Object, ..Node::default() } })
    };
    let (data, limits, labels) =
        (map(&mut schemas, bytes), map(&mut schemas, quantity), map(&mut schemas, string));
    let strings = schemas.add(Node { ty: Type::Array, items: Some(string), ..Node::default() });
    let empty_dir = object(&mut schemas, "EmptyDir", &[("medium", string)]);
    let container = object(
        &mut schemas,
        "Container",
        &[("args", strings), ("emptyDir", empty_dir), ("limits", limits), ("port", port)],
    );
    let containers = schemas.add(Node { ty: Type::Array, items: Some(container), ..Node::default() });
    let spec = object(
        &mut schemas,
        "ThingSpec",
        &[
            ("at", time),
            ("containers", containers),
            ("data", data),
            ("labels", labels),
            ("paused", boolean),
            ("renewed", micro),
            ("replicas", int32),
        ],
    );
    object(&mut schemas, "Thing", &[("spec", spec)]);
    schemas
}

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

fn check(spec: &str, expect: &str) {
    let schemas = arena();
    let schema = schemas.named("io.k8s.api.core.v1.Thing").unwrap();
    let value = parse(&format!(r#"{{"spec":{spec}}}"#));
    let said = decode_check(&value, schema).map_err(|fault| fault.message(&schemas, None));
    assert_eq!(said.err().as_deref().unwrap_or("fine"), expect, "{spec}");
}

#[test]
fn misfits() {
    let field = |found: &str, field: &str, ty: &str| {
        format!("json: cannot unmarshal {found} into Go struct field {field} of type {ty}")
    };
    check("{}", "fine");
    check(r#"{"replicas":null,"unknown":{"a":1},"labels":{"a":null}}"#, "fine");
    check(r#"{"replicas":"x"}"#, &field("string", "ThingSpec.spec.replicas", "int32"));
    check(r#"{"replicas":1.0}"#, &field("number 1.0", "ThingSpec.spec.replicas", "int32"));
    check(r#"{"replicas":3000000000}"#, &field("number 3000000000", "ThingSpec.spec.replicas", "int32"));
    check(r#""x""#, &field("string", "Thing.spec", "v1.ThingSpec"));
    check(r#"{"paused":"true"}"#, &field("string", "ThingSpec.spec.paused", "bool"));
    check(r#"{"containers":{}}"#, &field("object", "ThingSpec.spec.containers", "[]v1.Container"));
    check(r#"{"containers":["x"]}"#, &field("string", "ThingSpec.spec.containers", "v1.Container"));
    check(r#"{"labels":["a"]}"#, &field("array", "ThingSpec.spec.labels", "map[string]string"));
    check(r#"{"labels":{"a":1}}"#, &field("number", "ThingSpec.spec.labels", "string"));
    check(r#"{"data":{"a":5}}"#, &field("number", "ThingSpec.spec.data", "[]uint8"));
    check(r#"{"at":5}"#, &field("number", "ThingSpec.spec.at", "string"));
    check(r#"{"containers":[{"port":true}]}"#, &field("bool", "Container.spec.containers.port", "int32"));
    check(
        r#"{"containers":[{"port":1.5}]}"#,
        &field("number 1.5", "Container.spec.containers.port", "int32"),
    );
}

#[test]
fn own_decoders() {
    let time = r#"as "2006-01-02T15:04:05Z07:00": cannot parse"#;
    check(r#"{"at":"x"}"#, &format!(r#"parsing time "x" {time} "x" as "2006""#));
    check(r#"{"at":"2020-13-01T00:00:00Z"}"#, r#"parsing time "2020-13-01T00:00:00Z": month out of range"#);
    check(r#"{"at":"2020-01-01"}"#, &format!(r#"parsing time "2020-01-01" {time} "" as "T""#));
    check(
        r#"{"at":"2020-01-01T00:00:00"}"#,
        &format!(r#"parsing time "2020-01-01T00:00:00" {time} "" as "Z07:00""#),
    );
    check(
        r#"{"renewed":"2020-01-01T00:00:00.123Z"}"#,
        r#"parsing time "2020-01-01T00:00:00.123Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse ".123Z" as ".000000""#,
    );
    let quantity =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    check(r#"{"containers":[{"limits":{"cpu":"x"}}]}"#, quantity);
    check(r#"{"containers":[{"limits":{"cpu":true}}]}"#, quantity);
    check(r#"{"data":{"a":"YWJj*WJj"}}"#, "illegal base64 data at input byte 4");
    check(r#"{"data":{"a":"YQ"}}"#, "illegal base64 data at input byte 0");
}

#[test]
fn canonical() {
    let schemas = arena();
    let schema = schemas.named("io.k8s.api.core.v1.Thing").unwrap();
    let mut value = parse(
        r#"{"spec":{"replicas":null,"at":"2020-01-01T02:00:00.5+02:00","renewed":"2020-01-01T02:00:00.123456+02:00",
            "labels":{"a":null},"data":{"b":null},"containers":[
            {"args":[null,"a"],"limits":{"cpu":"1000m","memory":"1024Mi","x":2},"emptyDir":{}},null]}}"#,
    );
    canonicalize(&mut value, schema);
    let expect = parse(
        r#"{"spec":{"at":"2020-01-01T00:00:00Z","renewed":"2020-01-01T00:00:00.123456Z",
            "labels":{"a":""},"data":{"b":""},"containers":[
            {"args":["","a"],"limits":{"cpu":"1","memory":"1Gi","x":"2"},"emptyDir":{}},{}]}}"#,
    );
    assert_eq!(value, expect);
    let mut value = parse(r#"{"spec":{"containers":[],"labels":{},"data":{}}}"#);
    omit_empty(&mut value, schema);
    assert_eq!(value, parse(r#"{"spec":{"containers":[]}}"#));
}
