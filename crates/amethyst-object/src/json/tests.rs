//! What the reader takes and refuses, and the laws of the writer.

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::{Limits, parse, parse_with, to_string, to_vec};
use crate::{Map, Number, Value, value};

#[test]
fn lexemes_and_order_survive_reading() {
    let value =
        parse(br#"{"b": 1.0, "a": [1e6, -0, 18446744073709551615], "c": "\u00e9\ud83d\ude00\n"}"#).unwrap();
    let map = value.as_object().unwrap();
    assert_eq!(map.keys().collect::<Vec<_>>(), ["b", "a", "c"]);
    assert_eq!(value.get("b").unwrap().as_number().unwrap().as_str(), "1.0");
    assert_eq!(to_string(&value), "{\"a\":[1e6,-0,18446744073709551615],\"b\":1.0,\"c\":\"é😀\\n\"}");
}

#[test]
fn duplicate_keys_are_told_and_the_last_stands() {
    let parsed = parse_with(br#"{"spec": {"x": [{"a": 1, "a": 2}]}}"#, Limits::default()).unwrap();
    assert_eq!(parsed.duplicates[0].path.to_string(), "spec.x[0].a");
    assert_eq!(parsed.value, value!({"spec": {"x": [{"a": 2}]}}));
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for text in ["", "{", "[1,]", "{\"a\":1,}", "01", "1.", "nul", "\"\t\"", "{a:1}", "1 2", "\"\\x\"", "-"] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
    let error = parse(b"{\n  \"a\": tru\n}").unwrap_err();
    assert_eq!((error.line, error.column), (2, 8));
    assert!(parse("[".repeat(600).as_bytes()).unwrap_err().reason.contains("depth"));
}

#[test]
fn numbers_compare_as_numbers() {
    let number = Number::from_lexeme;
    assert_eq!(number("1.0"), number("1"));
    assert_eq!(number("1e3"), number("1000"));
    assert_ne!(number("9007199254740993"), number("9007199254740992"));
}

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::vec((any::<String>(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map>())),
        ]
    })
}

proptest! {
    #[test]
    fn writing_then_reading_gives_the_same(document in documents()) {
        assert_eq!(parse(&to_vec(&document)).unwrap(), document);
    }

    #[test]
    fn reading_never_panics(text in any::<Vec<u8>>()) {
        let _ = parse(&text);
    }
}
