//! Strategic merge patches of pods: a document, then a patch, in one list.
#![no_main]

use amethyst_merge::strategic_merge_patch;
use amethyst_object::{Value, json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(Value::Array(parts)) = json::parse(bytes) else { return };
    let [document, patch] = parts.as_slice() else { return };
    let schema = amethyst_kinds::schema_of("", "v1", "Pod");
    if let Ok(patched) = strategic_merge_patch(document, patch, schema) {
        json::parse(&json::to_vec(&patched)).expect("a patched document can be written");
    }
});
