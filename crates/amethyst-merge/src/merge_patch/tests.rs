//! Tests.

use amethyst_object::{Value, json};
use proptest::prelude::*;

use super::merge_patch;

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

#[test]
fn the_examples_of_the_rfc() {
    let cases = [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"a":1,"e":null}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        // Not the RFC's: upstream drops nulls in lists, too, when the value is new.
        ("{}", r#"{"a":[{"b":null},null]}"#, r#"{"a":[{},null]}"#),
        (r#"{"a":{"x":1}}"#, r#"{"a":[{"b":null}]}"#, r#"{"a":[{"b":null}]}"#),
    ];
    for (document, patch, expect) in cases {
        assert_eq!(merge_patch(&parse(document), &parse(patch)), parse(expect), "{document} and {patch}");
    }
}

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_i32..5).prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::vec(("[abc]", inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn maps() -> impl Strategy<Value = Value> {
    prop::collection::vec(("[abc]", documents()), 0..4)
        .prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
}

/// Upstream's treatment of nulls inside lists depends on what stood there before.
fn lists_hold_nulls(value: &Value, in_list: bool) -> bool {
    match value {
        Value::Null => in_list,
        Value::Array(items) => items.iter().any(|item| lists_hold_nulls(item, true)),
        Value::Object(map) => map.values().any(|value| lists_hold_nulls(value, in_list)),
        _ => false,
    }
}

proptest! {
    #[test]
    fn patching_twice_is_patching_once(document in maps(), patch in maps()) {
        prop_assume!(!lists_hold_nulls(&patch, false));
        let once = merge_patch(&document, &patch);
        prop_assert_eq!(merge_patch(&once, &patch), once);
    }

    #[test]
    fn an_empty_patch_changes_nothing(document in maps()) {
        prop_assert_eq!(merge_patch(&document, &Value::object()), document);
    }
}
