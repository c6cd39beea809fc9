//! What the reader makes of documents, and of texts that are none.

use amethyst_object::json;

use super::{parse_all, parse_one};
use crate::Dialect::{GoV2, GoV3};

fn check(text: &str, expect: &str) {
    let value = parse_one(text, GoV2).unwrap();
    assert_eq!(json::to_string_in_order(&value), expect, "{text}");
}

#[test]
fn documents() {
    check("a: 1\nb: [x, ~, {c: on}]", r#"{"a":1,"b":["x",null,{"c":true}]}"#);
    check("1: a\ntrue: b\n1.5: c", r#"{"1":"a","true":"b","1.5":"c"}"#);
    check("a: &x {b: 1}\nc: *x", r#"{"a":{"b":1},"c":{"b":1}}"#);
    check(
        "a: !env_var FOO\nb: !!str 1\nc: !!float 1\nd: !!binary aGk=",
        r#"{"a":"FOO","b":"1","c":1,"d":"hi"}"#,
    );
    check("x: &x {a: 1, b: 2}\nz: {a: 0, <<: *x, b: 3}", r#"{"x":{"a":1,"b":2},"z":{"a":1,"b":3}}"#);
    check("\u{feff}%YAML 1.1\n--- # note\na: 1\r\nb: 2\r\n...\n", r#"{"a":1,"b":2}"#);
    check("a: |\n  x\n  y", r#"{"a":"x\ny"}"#);
    check("a: |\n  x\n", r#"{"a":"x\n"}"#);
    check("a: 1.0\nb: 1e3\nc: 1e21\nd: 1e-7\ne: -0.0", r#"{"a":1,"b":1000,"c":1e+21,"d":1e-7,"e":-0}"#);
}

#[test]
fn kyaml_never_overrides_by_a_merge() {
    let value = parse_one("x: &x {a: 1, b: 2}\ny: {a: 0, <<: *x}\nz: on\nd: 2020-01-02", GoV3).unwrap();
    let expect = r#"{"x":{"a":1,"b":2},"y":{"a":0,"b":2},"z":"on","d":"2020-01-02T00:00:00Z"}"#;
    assert_eq!(json::to_string_in_order(&value), expect);
}

#[test]
fn a_broken_document_hides_no_other() {
    let (documents, faults) = parse_all("a: 1\n---\n---\nb: 'x\n---\nc: 3\n---\nd: .nan\n---\ne: 5\n", GoV2);
    let found: Vec<(usize, u32, String)> =
        documents.iter().map(|found| (found.index, found.line, json::to_string(&found.value))).collect();
    let expect = [(0, 1, r#"{"a":1}"#), (3, 6, r#"{"c":3}"#), (5, 10, r#"{"e":5}"#)];
    assert_eq!(found, expect.map(|(index, line, text)| (index, line, text.to_owned())));
    assert_eq!(faults.len(), 2);
    assert_eq!((faults[1].line, faults[1].message.as_str()), (8, "json: unsupported value: NaN"));
}

#[test]
fn duplicates_are_told_and_the_last_wins() {
    let (documents, faults) = parse_all("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n", GoV2);
    assert!(faults.is_empty());
    assert_eq!(json::to_string(&documents[0].value), r#"{"a":3,"b":{"c":2}}"#);
    let places: Vec<_> = documents[0]
        .duplicates
        .iter()
        .map(|found| (found.key.as_str(), found.line, found.first_line))
        .collect();
    assert_eq!(places, [("c", 4, 3), ("a", 5, 1)]);
}

#[test]
fn bombs_and_towers_are_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        let list = vec![before; 10].join(", ");
        text.push_str(&[&format!("a{level}: &a{level} ["), list.as_str(), "]\n"].concat());
    }
    assert_eq!(parse_one(&text, GoV2).unwrap_err().message, "document contains excessive aliasing");
    let tower = format!("{}{}", "[".repeat(600), "]".repeat(600));
    assert_eq!(parse_one(&tower, GoV2).unwrap_err().message, "exceeded max depth of 500");
    let tower: Vec<String> = (0..600).map(|depth| format!("{}a:", " ".repeat(depth))).collect();
    let tower = tower.join("\n");
    assert_eq!(parse_one(&tower, GoV2).unwrap_err().message, "exceeded max depth of 500");
    assert_eq!(parse_one("a: &a [*a]", GoV2).unwrap_err().message, "anchor 'a' value contains itself");
}

mod laws {
    //! Properties over any document and any text.

    use amethyst_object::{Map, Value};
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

    use crate::{Dialect, emit, parse_all, parse_one};

    /// Strings that YAML could take for something else, and any printable ones.
    fn strings() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ -~]{0,12}",
            "(yes|no|on|off|null|~|1e3|0x1f|0775|12:30|- a|a: b|#x| x|x )",
            "[a-z\n ]{0,90}"
        ]
    }

    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            strings().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                proptest::collection::vec((strings(), inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_emitted_reads_back(document in documents()) {
            let text = emit(&document);
            assert_eq!(parse_one(&text, Dialect::GoV2).as_ref(), Ok(&document), "{text}");
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[-:{}\\[\\],&*!|>'\"%@#? \n\ta-c0-9.]{0,60}") {
            let _ = parse_all(&text, Dialect::GoV2);
            let _ = parse_all(&text, Dialect::GoV3);
        }
    }
}
