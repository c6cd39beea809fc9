//! Values against schemas: what is said, word for word.

use amethyst_object::{FieldPath, json};

use crate::{Schemas, compile, default, prune, prune_nulls, validate};

fn parse(text: &str) -> amethyst_object::Value {
    json::parse(text.as_bytes()).unwrap()
}

/// Wraps `field` as `spec.f` of an object and lists the faults of `value` there.
fn check(field: &str, value: &str, expect: &[&str]) {
    let schema = parse(&format!(
        r#"{{"type":"object","properties":{{"spec":{{"type":"object","properties":{{"f":{field}}}}}}}}}"#
    ));
    let mut schemas = Schemas::new();
    let root = compile(&schema, &mut schemas).unwrap().root;
    let value = parse(&format!(r#"{{"spec":{{"f":{value}}}}}"#));
    let mut faults: Vec<String> =
        validate(&value, schemas.at(root), FieldPath::default()).iter().map(ToString::to_string).collect();
    faults.sort();
    assert_eq!(faults, expect, "{field} against {value:?}");
}

#[test]
fn types() {
    let wrong = |expected: &str, found: &str| {
        format!(r#"spec.f: Invalid value: "{found}": spec.f in body must be of type {expected}: "{found}""#)
    };
    check(r#"{"type":"integer"}"#, "1", &[]);
    check(r#"{"type":"integer"}"#, "1.0", &[]);
    check(r#"{"type":"integer"}"#, r#""1""#, &[&wrong("integer", "string")]);
    check(r#"{"type":"string"}"#, "true", &[&wrong("string", "boolean")]);
    check(r#"{"type":"string"}"#, "null", &[&wrong("string", "null")]);
    check(r#"{"type":"string","nullable":true}"#, "null", &[]);
    check(r#"{"type":"number"}"#, "1", &[]);
    check(r#"{"x-kubernetes-int-or-string":true}"#, "true", &[&wrong("integer,string", "boolean")]);
}

#[test]
fn rules() {
    check(
        r#"{"type":"integer","maximum":2}"#,
        "3",
        &["spec.f: Invalid value: 3: spec.f in body should be less than or equal to 2"],
    );
    check(
        r#"{"type":"string","enum":["a","b"]}"#,
        r#""x""#,
        &[r#"spec.f: Unsupported value: "x": supported values: "a", "b""#],
    );
    check(
        r#"{"type":"string","maxLength":2}"#,
        r#""xyz""#,
        &["spec.f: Too long: may not be more than 2 bytes"],
    );
    check(
        r#"{"type":"string","pattern":"^a+$"}"#,
        r#""b""#,
        &[r#"spec.f: Invalid value: "b": spec.f in body should match '^a+$'"#],
    );
    check(
        r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#,
        "{}",
        &["spec.f.a: Required value"],
    );
}

#[test]
fn junctors() {
    check(
        r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"oneOf":[{"required":["a"]},{"required":["b"]}]}"#,
        r#"{"a":"1","b":"2"}"#,
        &[
            r#"<nil>: Invalid value: "": "spec.f" must validate one and only one schema (oneOf). Found 2 valid alternatives"#,
        ],
    );
}

/// Prunes, drops nulls and defaults `value` in the order of the server.
fn check_cleaned(schema: &str, value: &str, unknown: &[&str], expect: &str) {
    let mut schemas = Schemas::new();
    let root = compile(&parse(schema), &mut schemas).unwrap().root;
    let mut value = parse(value);
    let dropped: Vec<_> = prune(&mut value, schemas.at(root), true).iter().map(ToString::to_string).collect();
    assert_eq!(dropped, unknown);
    prune_nulls(&mut value, schemas.at(root));
    default(&mut value, schemas.at(root));
    assert_eq!(value, parse(expect), "{value:?}");
}

#[test]
fn cleaned() {
    check_cleaned(
        r#"{"type":"object","properties":{"spec":{"type":"object","properties":{
            "a":{"type":"string","default":"x"},
            "b":{"type":"object","default":{},"properties":{"c":{"type":"integer","default":3}}},
            "k":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"d":{"type":"object"}}},
            "l":{"type":"array","items":{"type":"object","properties":{"n":{"type":"string"}}}},
            "m":{"type":"object","additionalProperties":{"type":"string"}}}}}}"#,
        r#"{"apiVersion":"v1","kind":"X","metadata":{"name":"n","odd":1},"top":1,
            "spec":{"a":null,"k":{"u":1,"d":{"v":2}},"l":[{"n":"1","o":2}],"m":{"x":"y"},"z":null}}"#,
        &["spec.k.d.v", "spec.l[0].o", "spec.z", "top"],
        r#"{"apiVersion":"v1","kind":"X","metadata":{"name":"n","odd":1},
            "spec":{"a":"x","b":{"c":3},"k":{"u":1,"d":{}},"l":[{"n":"1"}],"m":{"x":"y"}}}"#,
    );
}
