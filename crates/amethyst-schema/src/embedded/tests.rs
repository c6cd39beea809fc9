//! Metadata of embedded objects.

use amethyst_object::{FieldPath, Value, json};

use crate::{Schemas, coerce, compile, validate_embedded};

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

const SCHEMA: &str = r#"{"type":"object","properties":{"t":{
    "type":"object","x-kubernetes-embedded-resource":true,"x-kubernetes-preserve-unknown-fields":true}}}"#;

fn check_coerced(template: &str, drop_malformed: bool, expect: Result<(&str, &[&str]), &str>) {
    let mut schemas = Schemas::new();
    let root = compile(&parse(SCHEMA), &mut schemas).unwrap().root;
    let mut value = parse(&format!(r#"{{"t":{template}}}"#));
    let said = coerce(&mut value, schemas.at(root), false, drop_malformed, &FieldPath::default());
    match (said, expect) {
        (Ok(unknown), Ok((coerced, paths))) => {
            assert_eq!(value.get("t"), Some(&parse(coerced)));
            assert_eq!(unknown.iter().map(ToString::to_string).collect::<Vec<_>>(), paths);
        }
        (Err(fault), Err(text)) => assert_eq!(fault.to_string(), text),
        (said, expect) => panic!("{said:?} instead of {expect:?}"),
    }
}

#[test]
fn coerced() {
    check_coerced(
        r#"{"metadata":{"name":"n","odd":1,"labels":{},"creationTimestamp":null,"generation":0,
            "ownerReferences":[{"name":"o","odd":1}]}}"#,
        false,
        Ok((
            r#"{"metadata":{"name":"n","ownerReferences":[{"name":"o","apiVersion":"","kind":"","uid":""}]}}"#,
            &["t.metadata.odd", "t.metadata.ownerReferences[0].odd"],
        )),
    );
    check_coerced(
        r#"{"metadata":{"labels":{"a":1}}}"#,
        false,
        Err(
            r#"t.metadata: Invalid value: {"labels":{"a":1}}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"#,
        ),
    );
    check_coerced(r#"{"apiVersion":1}"#, false, Err("t.apiVersion: Invalid value: 1: must be a string"));
    check_coerced(
        r#"{"apiVersion":1,"metadata":{"name":"n","labels":{"a":1}}}"#,
        true,
        Ok((r#"{"metadata":{"name":"n"}}"#, &[])),
    );
}

#[test]
fn validated() {
    let mut schemas = Schemas::new();
    let root = compile(&parse(SCHEMA), &mut schemas).unwrap().root;
    let check = |template: &str, expect: &[&str]| {
        let value = parse(&format!(r#"{{"t":{template}}}"#));
        let faults = validate_embedded(&value, schemas.at(root), false, &FieldPath::default());
        assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), expect);
    };
    check(r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"n","labels":{"a.b/c":"d"}}}"#, &[]);
    check("{}", &["t.apiVersion: Required value", "t.kind: Required value"]);
    check(
        r#"{"apiVersion":"a/b/c","kind":"","metadata":{"name":"a/b"}}"#,
        &[
            r#"t.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c"#,
            r#"t.kind: Invalid value: "": must not be empty"#,
            r#"t.metadata.name: Invalid value: "a/b": may not contain '/'"#,
        ],
    );
}
