//! What apimachinery 0.37.2's `pkg/util/strategicpatch` gives, gathered once into `cases.jsonl`: results, and
//! errors in full. Every document and patch that its own tables apply is there; those of the cases `made-` were
//! made by chance, to mix directives as no table does.

use amethyst_object::{Value, json};
use amethyst_schema::Schemas;

use super::strategic_merge_patch;
use crate::testing::{parse, schemas};

/// The types of upstream's tables: `MergeItem`, `RetainKeysMergeItem` and `PrecisionItem`.
fn types() -> Schemas {
    let shared = r#"
        "name": {"type": "string"}, "value": {"type": "string"}, "other": {"type": "string"},
        "simpleMap": {"type": "object", "additionalProperties": {"type": "string"}},
        "mergingIntList": {"type": "array", "items": {"type": "integer"},
            "x-kubernetes-patch-strategy": "merge"},
        "mergingList": {"type": "array", "items": {"$ref": "mergeItem"},
            "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"},
        "nonMergingList": {"type": "array", "items": {"$ref": "mergeItem"}}"#;
    let merge_item = r#"
        "nonMergingIntList": {"type": "array", "items": {"type": "integer"}},
        "mergeItemPtr": {"$ref": "mergeItem",
            "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"},
        "replacingItem": {"type": "object", "properties": {"Raw": {"type": "string"}},
            "x-kubernetes-patch-strategy": "replace"},
        "jsonItem": {},
        "retainKeysMap": {"$ref": "retainKeysMergeItem", "x-kubernetes-patch-strategy": "retainKeys"},
        "retainKeysMergingList": {"type": "array", "items": {"$ref": "mergeItem"},
            "x-kubernetes-patch-strategy": "merge,retainKeys", "x-kubernetes-patch-merge-key": "name"}"#;
    let precision_item = r#"
        "name": {"type": "string"}, "int32": {"type": "integer"}, "int64": {"type": "integer"},
        "float32": {"type": "number"}, "float64": {"type": "number"}"#;
    schemas(&format!(
        r#"{{"mergeItem": {{"type": "object", "properties": {{{shared}, {merge_item}}}}},
            "retainKeysMergeItem": {{"type": "object", "properties": {{{shared}}}}},
            "precisionItem": {{"type": "object", "properties": {{{precision_item}}}}}}}"#
    ))
}

/// What applying the case's patch gives where it differs from what the case says.
fn difference(types: &Schemas, case: &Value) -> Option<String> {
    let name = case.str_at(&["case"]).unwrap();
    let root = if name.starts_with("numbers-") { "precisionItem" } else { "mergeItem" };
    let schema = types.named(root);
    assert!(schema.is_some(), "{root}");
    let field = |key: &str| case.get(key).unwrap_or_else(|| panic!("{name} has no {key}"));
    let found =
        strategic_merge_patch(field("document"), field("patch"), schema).map_err(|error| error.to_string());
    let expected = match case.str_at(&["error"]) {
        Some(error) => Err(error.to_owned()),
        None => Ok(field("result").clone()),
    };
    let shown = |outcome: Result<Value, String>| outcome.map(|value| json::to_string(&value));
    (found != expected)
        .then(|| format!("{name}: expected {:?}\n   found {:?}", shown(expected), shown(found)))
}

#[test]
fn patches_give_what_upstream_gives() {
    let types = types();
    let wrong: Vec<String> =
        include_str!("cases.jsonl").lines().filter_map(|line| difference(&types, &parse(line))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
