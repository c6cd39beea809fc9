//! Tests.

use amethyst_object::{Value, json};

use super::json_patch;
use crate::PatchError;

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

fn check(document: &str, patch: &str, expect: &str) {
    let result = json_patch(&parse(document), &parse(patch));
    let shown = match &result {
        Ok(value) => json::to_string(value),
        Err(error) => error.to_string(),
    };
    assert_eq!(shown, expect, "{document} patched by {patch}");
    let is_failure = matches!(&result, Err(PatchError::BadRequest(_) | PatchError::Unprocessable(_)));
    assert_eq!(result.is_err(), is_failure);
}

#[test]
fn operations_apply() {
    check(r#"{"a":1}"#, r#"[{"op":"add","path":"/b","value":{"c":[]}}]"#, r#"{"a":1,"b":{"c":[]}}"#);
    check(r#"{"a":[1,3]}"#, r#"[{"op":"add","path":"/a/1","value":2}]"#, r#"{"a":[1,2,3]}"#);
    check(r#"{"a":[1]}"#, r#"[{"op":"add","path":"/a/-","value":2}]"#, r#"{"a":[1,2]}"#);
    check(r#"{"a":[1,2]}"#, r#"[{"op":"add","path":"/a/-1","value":3}]"#, r#"{"a":[1,2,3]}"#);
    check(r#"{"a":1}"#, r#"[{"op":"add","path":"/b"}]"#, r#"{"a":1,"b":null}"#);
    check(r#"{"a":[1,2,3]}"#, r#"[{"op":"remove","path":"/a/1"}]"#, r#"{"a":[1,3]}"#);
    check(r#"{"a":[1,2,3]}"#, r#"[{"op":"remove","path":"/a/-1"}]"#, r#"{"a":[1,2]}"#);
    check(r#"{"x/y":{"~":1}}"#, r#"[{"op":"remove","path":"/x~1y/~0"}]"#, r#"{"x/y":{}}"#);
    check(r#"{"a":{"b":1}}"#, r#"[{"op":"replace","path":"/a/b","value":"x"}]"#, r#"{"a":{"b":"x"}}"#);
    check(r#"{"a":{}}"#, r#"[{"op":"replace","path":"/a/b","value":1}]"#, r#"{"a":{"b":1}}"#);
    check(r#"{"a":1}"#, r#"[{"op":"replace","path":"","value":{"b":2}}]"#, r#"{"b":2}"#);
    check(r#"{"a":1,"b":{}}"#, r#"[{"op":"move","from":"/a","path":"/b/c"}]"#, r#"{"b":{"c":1}}"#);
    check(r#"{"a":[1]}"#, r#"[{"op":"copy","from":"/a","path":"/b"}]"#, r#"{"a":[1],"b":[1]}"#);
    check(
        r#"{"a":{"b":[1,{"c":"d"}]}}"#,
        r#"[{"op":"test","path":"/a/b/1","value":{"c":"d"}}]"#,
        r#"{"a":{"b":[1,{"c":"d"}]}}"#,
    );
    check(r#"{"a":1}"#, r#"[{"op":"test","path":"/b","value":null}]"#, r#"{"a":1}"#);
    check(r#"{"a":1}"#, "[]", r#"{"a":1}"#);
}

#[test]
fn failures_are_spelled_as_upstream() {
    check(
        "{}",
        r#"[{"op":"add","path":"/a/b","value":1}]"#,
        r#"add operation does not apply: doc is missing path: "/a/b": missing value"#,
    );
    check(
        "{}",
        r#"[{"op":"remove","path":"/a"}]"#,
        "error in remove for path: '/a': Unable to remove nonexistent key: a: missing value",
    );
    check(
        "{}",
        r#"[{"op":"replace","path":"/a/b","value":1}]"#,
        "replace operation does not apply: doc is missing path: /a/b: missing value",
    );
    check(
        r#"{"a":[]}"#,
        r#"[{"op":"replace","path":"/a/0","value":1}]"#,
        "replace operation does not apply: doc is missing key: /a/0: missing value",
    );
    check(
        r#"{"a":[]}"#,
        r#"[{"op":"add","path":"/a/2","value":1}]"#,
        "error in add for path: '/a/2': Unable to access invalid index: 2: invalid index referenced",
    );
    check(
        r#"{"a":[]}"#,
        r#"[{"op":"add","path":"/a/x","value":1}]"#,
        r#"error in add for path: '/a/x': value was not a proper array index: 'x': strconv.Atoi: parsing "x": invalid syntax"#,
    );
    check(r#"{"a":1}"#, r#"[{"op":"test","path":"/a","value":2}]"#, "testing value /a failed: test failed");
    check(
        r#"{"a":1}"#,
        r#"[{"op":"test","path":"/a/b/c","value":2}]"#,
        "test operation does not apply: is missing path: /a/b/c: missing value",
    );
    check(
        "{}",
        r#"[{"op":"move","from":"/a","path":"/b"}]"#,
        "error in move for path: 'a': Unable to remove nonexistent key: a: missing value",
    );
    check(
        "{}",
        r#"[{"op":"move","path":"/b"}]"#,
        "move operation failed to decode from: operation, missing from field: missing value",
    );
    check("{}", r#"[{"op":"add"}]"#, "add operation failed to decode path: missing value");
    check("{}", r#"[{"op":"frob","path":"/a"}]"#, "Unexpected kind: frob");
    check("{}", r#"[{"path":"/a"}]"#, "Unexpected kind: unknown");
    check(
        "{}",
        r#"{"op":"add"}"#,
        "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
    check(
        "{}",
        r#"[{"op":1}]"#,
        "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
    );
}

#[test]
fn nothing_is_half_done() {
    let document = parse(r#"{"a":1}"#);
    let patch = parse(r#"[{"op":"remove","path":"/a"},{"op":"test","path":"/b","value":1}]"#);
    assert!(matches!(json_patch(&document, &patch), Err(PatchError::Unprocessable(_))));
    assert_eq!(document, parse(r#"{"a":1}"#));
}
