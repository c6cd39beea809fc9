//! YAML in both of Go's dialects: what is read is written, and reads as the same document.
#![no_main]

use amethyst_object::{Value, json};
use amethyst_yaml::{Dialect, emit, parse_all, parse_one, parse_raw};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for dialect in [Dialect::GoV2, Dialect::GoV3] {
        let _ = parse_one(text, dialect);
        let (documents, _) = parse_all(text, dialect);
        for document in documents {
            check(&document.value);
        }
    }
    let _ = parse_raw(text);
});

/// All text is written as `sigs.k8s.io/yaml` writes it, in whichever dialect it was read.
fn check(value: &Value) {
    let written = emit(value);
    let (again, faults) = parse_all(&written, Dialect::GoV2);
    let wanted = json::to_string(value);
    // Go's negative zero is written as an integer, which has no sign; its line breaks U+2028 and U+2029 are
    // folded when they are read; and a `<<` is written without quotes, and read as a merge.
    if wanted.contains("<<") {
        return;
    }
    assert!(faults.is_empty(), "{faults:?} in {written:?}");
    if !value.is_null() && !wanted.contains("-0") && !wanted.contains(['\u{2028}', '\u{2029}']) {
        let found = again.first().map(|document| json::to_string(&document.value)).unwrap_or_default();
        assert_eq!(found, wanted, "{written:?}");
    }
}
