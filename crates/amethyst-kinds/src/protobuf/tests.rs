//! What bodies decode to, and that nothing panics. Agreement with upstream's fixtures is checked by the example
//! `verify_protobuf`.

use amethyst_object::value;
use proptest::prelude::{any, prop, proptest};

use super::{ProtobufError, Value, decode, decode_with_default, is_protobuf};
use crate::messages::{Form, messages};

/// A field of bytes.
fn part(number: usize, bytes: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(bytes.len()), bytes.to_vec()].concat()
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 127 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn body(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let meta = [part(1, api_version.as_bytes()), part(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), part(1, &meta), part(2, raw)].concat()
}

fn check(api_version: &str, kind: &str, raw: &[u8], wanted: &Value) {
    assert_eq!(&decode(&body(api_version, kind, raw)).unwrap(), wanted);
}

#[test]
fn what_go_writes_when_empty_is_there() {
    let metadata = value!({});
    check(
        "v1",
        "ConfigMap",
        &part(2, &part(2, b"value")),
        &value!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": (metadata.clone()), "data": {"": "value"}}),
    );
    check(
        "rbac.authorization.k8s.io/v1",
        "Role",
        &part(1, &part(1, b"x")),
        &value!({"kind": "Role", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "x"}, "rules": null}),
    );
    let status = value!({"loadBalancer": {}});
    check(
        "v1",
        "Service",
        &[],
        &value!({"kind": "Service", "apiVersion": "v1", "metadata": (metadata), "spec": {}, "status": (status)}),
    );
    check(
        "apps/v1",
        "DeleteOptions",
        &[0x08, 0x00],
        &value!({"kind": "DeleteOptions", "apiVersion": "apps/v1", "gracePeriodSeconds": 0}),
    );
}

#[test]
fn messages_inline_and_join_their_parts() {
    let empty_dir = part(2, &part(2, &part(1, b"Memory")));
    let volume = [part(1, b"v"), empty_dir].concat();
    let spec = [part(1, &volume), part(3, b"Never")].concat();
    let pod = [part(2, &spec), part(2, &part(10, b"node"))].concat();
    let found = decode(&body("v1", "Pod", &pod)).unwrap();
    assert_eq!(
        found.at(&["spec", "volumes"]),
        Some(&value!([{"name": "v", "emptyDir": {"medium": "Memory"}}]))
    );
    assert_eq!(found.at(&["spec", "containers"]), Some(&Value::Null));
    assert_eq!(found.str_at(&["spec", "nodeName"]), Some("node"));
}

#[test]
fn times_and_their_zero() {
    let time = |raw: &[u8]| {
        let pod = part(3, &part(7, raw));
        decode(&body("v1", "Pod", &pod)).map(|pod| pod.at(&["status", "startTime"]).cloned())
    };
    assert_eq!(time(&[0x08, 0x80, 0xde, 0x34]).unwrap(), Some("1970-01-11T00:00:00Z".into()));
    assert_eq!(time(&[]).unwrap(), Some(Value::Null));
    let far = [&[0x08][..], &[0xff; 9], &[0x01]].concat();
    assert_eq!(time(&far).unwrap(), Some("1969-12-31T23:59:59Z".into()));
    assert!(time(&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]).is_err());
}

#[test]
fn broken_bodies_are_refused_by_name() {
    assert_eq!(decode(b"{}"), Err(ProtobufError::NoMagic));
    assert_eq!(decode(b"k8s\0"), Err(ProtobufError::NoKind));
    assert!(matches!(decode(&body("v1", "Nothing", &[])), Err(ProtobufError::UnknownKind { .. })));
    assert_eq!(decode(&body("v1", "Pod", &[0x12, 0x05, 0x00])), Err(ProtobufError::UnexpectedEnd));
    assert!(matches!(decode(&body("v1", "Pod", &[0x10, 0x05])), Err(ProtobufError::Malformed(_))));
    assert!(decode_with_default(b"k8s\0", "v1", "Pod").is_ok());
    assert!(is_protobuf(b"k8s\0\x0a") && !is_protobuf(b"k8s"));
}

#[test]
fn depth_and_size_have_limits() {
    let mut schema = part(5, b"object");
    for _ in 0..300 {
        schema = part(28, &schema);
    }
    let version = part(4, &part(1, &schema));
    let body_of = |raw: &[u8]| body("apiextensions.k8s.io/v1", "CustomResourceDefinition", raw);
    assert_eq!(decode(&body_of(&part(2, &part(7, &version)))), Err(ProtobufError::TooDeep));
    let many = part(2, &[0x12, 0x00].repeat(1_100_000));
    assert_eq!(decode(&body("v1", "Pod", &many)), Err(ProtobufError::TooLarge));
}

#[test]
fn every_kind_has_a_message() {
    for kind in crate::kinds() {
        let found = messages().root(kind.group, kind.version, kind.kind);
        assert!(found.is_some_and(|at| messages().all[at].form == Form::Plain), "{}", kind.kind);
        if kind.can("list") {
            assert!(
                messages().root(kind.group, kind.version, kind.list_kind).is_some(),
                "{}",
                kind.list_kind
            );
        }
        for sub in &kind.subresources {
            assert!(messages().root(sub.group, sub.version, sub.kind).is_some(), "{}", sub.kind);
        }
    }
}

/// The field names of messages are those of schemas, but for what is written in Go alone.
#[test]
fn messages_and_schemas_agree() {
    for kind in crate::kinds() {
        let message = &messages().all[messages().root(kind.group, kind.version, kind.kind).unwrap()];
        for field in message.fields.iter().filter(|field| field.name != "^") {
            assert!(kind.schema().field(field.name).is_some(), "{}.{}", kind.kind, field.name);
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(raw in any::<Vec<u8>>(), pick in any::<prop::sample::Index>()) {
        let kind = &crate::kinds()[pick.index(crate::kinds().len())];
        let _ = decode(&raw);
        let _ = decode(&[b"k8s\0", raw.as_slice()].concat());
        let _ = decode(&body(&kind.api_version(), kind.kind, &raw));
    }
}
