//! JSON: what is read is written, and reads as the same document.
#![no_main]

use amethyst_object::json;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(parsed) = json::parse_with(bytes, json::Limits::default()) else { return };
    let written = json::to_vec(&parsed.value);
    let again = json::parse(&written).expect("what we write is JSON");
    assert_eq!(json::to_vec(&again), written);
});
