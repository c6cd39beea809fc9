//! JSON patches and merge patches: a document, then a patch, in one list.
#![no_main]

use amethyst_merge::{json_patch, merge_patch};
use amethyst_object::{Value, json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(Value::Array(parts)) = json::parse(bytes) else { return };
    let [document, patch] = parts.as_slice() else { return };
    let merged = merge_patch(document, patch);
    assert_eq!(merge_patch(&merged, patch), merged, "a merge patch changes nothing the second time");
    if let Ok(patched) = json_patch(document, patch) {
        json::parse(&json::to_vec(&patched)).expect("a patched document can be written");
    }
});
