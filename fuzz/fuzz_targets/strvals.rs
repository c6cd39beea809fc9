//! `--set`, `--set-string`, `--set-literal` and `--set-json`: any text is read or refused, into maps that are there
//! already.
#![no_main]

use amethyst_gotemplate::Value;
use amethyst_helm::{parse_into, parse_json_into, parse_literal_into, parse_string_into};
use amethyst_object::value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for parse in [parse_into, parse_string_into, parse_literal_into, parse_json_into] {
        let document = value!({"a": 1_i64, "b": ["x", {"c": true}], "c": {"d": {"e": null}}});
        let Value::Map(values) = Value::from_document(&document) else { return };
        let _ = parse(text, &values);
    }
});
