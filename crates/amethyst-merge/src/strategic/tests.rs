//! Tests: the cases are those of upstream's tables, each as document, patch and outcome.

mod table;

use amethyst_object::json;
use amethyst_schema::Schemas;

use super::strategic_merge_patch;
use crate::{
    PatchError,
    testing::{parse, schemas},
};

/// A kind with every strategy: maps, merging and other lists of maps and of numbers, kept keys.
fn kind() -> Schemas {
    let scalar = r#"{"type":"string"}"#;
    let fields = format!(
        r#""name":{scalar},"value":{scalar},"other":{scalar},
        "simpleMap":{{"type":"object","additionalProperties":{scalar}}},
        "ints":{{"type":"array","items":{{"type":"integer"}},"x-kubernetes-patch-strategy":"merge"}},
        "plainInts":{{"type":"array","items":{{"type":"integer"}}}},
        "list":{{"type":"array","items":{{"$ref":"item"}},"x-kubernetes-patch-strategy":"merge","x-kubernetes-patch-merge-key":"name"}},
        "plainList":{{"type":"array","items":{{"$ref":"item"}}}},
        "item":{{"allOf":[{{"$ref":"item"}}]}},
        "kept":{{"allOf":[{{"$ref":"item"}}],"x-kubernetes-patch-strategy":"retainKeys"}},
        "keptList":{{"type":"array","items":{{"$ref":"item"}},"x-kubernetes-patch-strategy":"merge,retainKeys","x-kubernetes-patch-merge-key":"name"}}"#
    );
    schemas(&format!(r#"{{"item":{{"type":"object","properties":{{{fields}}}}}}}"#))
}

fn run(document: &str, patch: &str) -> Result<String, PatchError> {
    let kind = kind();
    let schema = kind.named("item");
    strategic_merge_patch(&parse(document), &parse(patch), schema).map(|value| json::to_string(&value))
}

fn check(document: &str, patch: &str, expect: &str) {
    let expect = json::to_string(&parse(expect));
    assert_eq!(run(document, patch), Ok(expect), "{document} patched by {patch}");
}

#[test]
fn maps_merge_and_nulls_delete() {
    check(r#"{"name":"a"}"#, r#"{"value":"b"}"#, r#"{"name":"a","value":"b"}"#);
    check(r#"{"name":"a","value":"b"}"#, r#"{"value":null}"#, r#"{"name":"a"}"#);
    check(r#"{"name":"a"}"#, r#"{"simpleMap":{"x":null,"y":"1"}}"#, r#"{"name":"a","simpleMap":{"y":"1"}}"#);
    check(r#"{"simpleMap":{"x":"1"}}"#, r#"{"simpleMap":{"y":"2"}}"#, r#"{"simpleMap":{"x":"1","y":"2"}}"#);
    check(r#"{"simpleMap":{"x":"1"}}"#, r#"{"simpleMap":{"$patch":"delete"}}"#, r#"{"simpleMap":{}}"#);
    check(
        r#"{"simpleMap":{"x":"1"}}"#,
        r#"{"simpleMap":{"$patch":"replace","y":"2"}}"#,
        r#"{"simpleMap":{"y":"2"}}"#,
    );
    check(r#"{"name":"1","value":"1"}"#, r#"{"$patch":"replace"}"#, "{}");
    check(r#"{"name":"1"}"#, r#"{"other":"a","$patch":"replace"}"#, r#"{"other":"a"}"#);
    check(r#"{"name":"1"}"#, r#"{"item":{"$patch":"delete"}}"#, r#"{"name":"1"}"#);
    check(r#"{"name":{"x":1}}"#, r#"{"name":"s"}"#, r#"{"name":"s"}"#);
}

#[test]
fn lists_merge_by_key() {
    check(
        r#"{"list":[{"name":"1"},{"name":"2","value":"2"}]}"#,
        r#"{"list":[{"name":"1","value":"a"}]}"#,
        r#"{"list":[{"name":"1","value":"a"},{"name":"2","value":"2"}]}"#,
    );
    check(
        r#"{"list":[{"name":"1"},{"name":"2","value":"b"},{"name":"3"}]}"#,
        r#"{"list":[{"name":"3","value":"c"},{"name":"1","value":"a"}]}"#,
        r#"{"list":[{"name":"2","value":"b"},{"name":"3","value":"c"},{"name":"1","value":"a"}]}"#,
    );
    check(
        r#"{"list":[{"name":"1"},{"name":"1"},{"name":"2"},{"name":"3"}]}"#,
        r#"{"list":[{"name":"1","$patch":"delete"},{"name":"3","$patch":"delete"}]}"#,
        r#"{"list":[{"name":"2"}]}"#,
    );
    check(r#"{"list":[{"name":"1"}]}"#, r#"{"list":[{"$patch":"replace"}]}"#, r#"{"list":[]}"#);
    check(
        r#"{"list":[{"name":"1"}]}"#,
        r#"{"list":[{"$patch":"replace"},{"name":"9"}]}"#,
        r#"{"list":[{"name":"9"}]}"#,
    );
    check(r#"{"list":[]}"#, r#"{"list":[]}"#, r#"{"list":[]}"#);
    check(
        r#"{"name":"hi"}"#,
        r#"{"list":[{"name":"a"},{"name":"b","$patch":"delete"}]}"#,
        r#"{"name":"hi","list":[{"name":"a"}]}"#,
    );
    check(
        r#"{"list":[{"name":"1","list":[{"name":"x"}]}]}"#,
        r#"{"list":[{"name":"1","list":[{"name":"y"}]}]}"#,
        r#"{"list":[{"name":"1","list":[{"name":"y"},{"name":"x"}]}]}"#,
    );
    check(
        r#"{"plainList":[{"name":"1"}]}"#,
        r#"{"plainList":[{"name":"2"}]}"#,
        r#"{"plainList":[{"name":"2"}]}"#,
    );
}

#[test]
fn lists_of_scalars_are_sets() {
    check(r#"{"ints":[1,2]}"#, r#"{"ints":[2,3]}"#, r#"{"ints":[1,2,3]}"#);
    check(r#"{"ints":[1,2,3]}"#, r#"{"ints":[3,1]}"#, r#"{"ints":[2,3,1]}"#);
    check(r#"{"plainInts":[1,2]}"#, r#"{"plainInts":[3]}"#, r#"{"plainInts":[3]}"#);
    check(r#"{"ints":[1,2,3]}"#, r#"{"$deleteFromPrimitiveList/ints":[2]}"#, r#"{"ints":[1,3]}"#);
    check(r#"{"ints":[1,2]}"#, r#"{"$deleteFromPrimitiveList/ints":[3]}"#, r#"{"ints":[1,2]}"#);
    check(r#"{"plainInts":[1,2]}"#, r#"{"$deleteFromPrimitiveList/plainInts":[2]}"#, r#"{"plainInts":[1]}"#);
    check(r#"{"name":"x"}"#, r#"{"$deleteFromPrimitiveList/ints":[3]}"#, r#"{"name":"x"}"#);
}

#[test]
fn orders_are_obeyed() {
    check(
        r#"{"list":[{"name":"1"},{"name":"3"}]}"#,
        r#"{"$setElementOrder/list":[{"name":"3"},{"name":"2"},{"name":"1"}],"list":[{"name":"3","value":"3"},{"name":"1","value":"1"}]}"#,
        r#"{"list":[{"name":"3","value":"3"},{"name":"1","value":"1"}]}"#,
    );
    check(r#"{"ints":[1,3]}"#, r#"{"$setElementOrder/ints":[3,2,1]}"#, r#"{"ints":[3,1]}"#);
    check(
        r#"{"ints":[1,2,3,3,4]}"#,
        r#"{"$setElementOrder/ints":[1,2],"$deleteFromPrimitiveList/ints":[3]}"#,
        r#"{"ints":[1,2,4]}"#,
    );
    check(
        r#"{"list":[{"name":"1"},{"name":"2","other":"b"},{"name":"4","other":"c"}]}"#,
        r#"{"$setElementOrder/list":[{"name":"2"},{"name":"3"}],"list":[{"name":"3"},{"name":"1","$patch":"delete"}]}"#,
        r#"{"list":[{"name":"2","other":"b"},{"name":"4","other":"c"},{"name":"3"}]}"#,
    );
    check(
        r#"{"list":[{"name":"1"},{"name":"4"}]}"#,
        r#"{"$setElementOrder/list":[{"name":"2"},{"name":"3"}],"list":[{"name":"2"},{"name":"3"},{"name":"1","$patch":"delete"}]}"#,
        r#"{"list":[{"name":"4"},{"name":"2"},{"name":"3"}]}"#,
    );
    check(r#"{"name":"x"}"#, r#"{"$setElementOrder/list":[{"name":"1"}]}"#, r#"{"name":"x"}"#);
}

#[test]
fn kept_keys_clear_the_others() {
    check(
        r#"{"kept":{"name":"foo","value":"a"}}"#,
        r#"{"kept":{"$retainKeys":["name","other"],"other":"b"}}"#,
        r#"{"kept":{"name":"foo","other":"b"}}"#,
    );
    check(
        r#"{"kept":{"name":"foo"}}"#,
        r#"{"kept":{"value":"bar"}}"#,
        r#"{"kept":{"name":"foo","value":"bar"}}"#,
    );
    check(
        r#"{"keptList":[{"name":"a","value":"1"},{"name":"b"}]}"#,
        r#"{"$setElementOrder/keptList":[{"name":"b"},{"name":"a"}],"keptList":[{"$retainKeys":["name","other"],"name":"a","other":"x"}]}"#,
        r#"{"keptList":[{"name":"b"},{"name":"a","other":"x"}]}"#,
    );
}

#[test]
fn failures_are_spelled_as_upstream() {
    let fails =
        |document, patch, expect: PatchError| assert_eq!(run(document, patch), Err(expect), "{patch}");
    let bad = |text: &str| PatchError::BadRequest(text.into());
    let internal = |text: &str| PatchError::Internal(text.into());
    fails(
        r#"{"list":[{"name":"1"}]}"#,
        r#"{"list":[{"value":"b"}]}"#,
        internal("map: map[value:b] does not contain declared merge key: name"),
    );
    fails(
        r#"{"kept":{"name":"a"}}"#,
        r#"{"kept":{"$retainKeys":["name"],"other":"b"}}"#,
        bad("invalid patch format of retainKeys"),
    );
    fails("{}", r#"{"$retainKeys":1}"#, bad("invalid patch format of retainKeys"));
    fails("{}", r#"{"$setElementOrder":[1]}"#, bad("invalid patch format of setElementOrder list"));
    fails("{}", r#"{"$deleteFromPrimitiveList":[1]}"#, bad("invalid patch format of primitive list"));
    fails("{}", r#"{"$patch":"frob"}"#, internal("unknown patch type: frob in map: map[$patch:frob]"));
    fails(
        r#"{"list":[{"name":"1"}]}"#,
        r#"{"list":[{"name":"2"},"x"]}"#,
        internal("list element types are not identical: [[map[name:1]] [map[name:2] x]]"),
    );
    fails(
        r#"{"ints":[[1]]}"#,
        r#"{"ints":[2]}"#,
        PatchError::Unprocessable("lists of lists are not supported".into()),
    );
    let error = run(r#"{"ints":[1,3,2]}"#, r#"{"$setElementOrder/ints":[1,2,3],"ints":[3,1]}"#);
    assert_eq!(
        error,
        Err(internal("The order in patch list:\n[3 1]\n doesn't match $setElementOrder list:\n[1 2 3]\n"))
    );
}
