//! Server-side apply of pods: what is there, what a first and what a second manager apply, in one list. Who
//! applies the same again changes nothing.
#![no_main]

use amethyst_merge::{Applied, ApplyRequest, FieldSet, Managed, apply};
use amethyst_object::{Value, json};
use libfuzzer_sys::fuzz_target;

fn step(live: Option<&Value>, applied: &Value, managed: &Managed, manager: &str) -> Option<Applied> {
    let schema = amethyst_kinds::schema_of("", "v1", "Pod");
    let request = ApplyRequest {
        live,
        empty: None,
        applied,
        managed,
        manager,
        subresource: "",
        api_version: "v1",
        force: true,
        now: "2026-11-24T03:00:00Z",
        schema,
        reset_fields: &FieldSet::default(),
    };
    apply(&request).ok()
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(Value::Array(parts)) = json::parse(bytes) else { return };
    let [first, second] = parts.as_slice() else { return };
    let Some(one) = step(None, first, &Managed::default(), "one") else { return };
    let Some(two) = step(Some(&one.object), second, &one.managed, "two") else { return };
    let Some(again) = step(Some(&two.object), second, &two.managed, "two") else { return };
    assert_eq!(json::to_string(&again.object), json::to_string(&two.object));
    assert!(again.managed.same_but_times(&two.managed));
});
