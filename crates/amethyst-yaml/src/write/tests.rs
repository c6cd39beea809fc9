//! Texts as goyaml.v2 writes them, and the law that what is written reads back.

use amethyst_object::value;

use super::Writer;
use crate::emit;

fn check(value: &amethyst_object::Value, expect: &str) {
    assert_eq!(emit(value), expect);
}

#[test]
fn structures() {
    check(
        &value!({"b": [1, {"x": 1, "a": [[1, 2], []]}], "a": {}}),
        "a: {}\nb:\n- 1\n- a:\n  - - 1\n    - 2\n  - []\n  x: 1\n",
    );
    check(&value!([]), "[]\n");
    check(&value!("x"), "x\n");
    check(&value!({"<<": "<<"}), "<<: <<\n");
}

#[test]
fn keys_stand_in_natural_order() {
    let value = value!({"a10": 1, "a2": 1, "B": 1, "b": 1, "_": 1, "1": 1});
    check(&value, "_: 1\n\"1\": 1\nB: 1\na2: 1\na10: 1\nb: 1\n");
}

#[test]
fn strings_that_would_be_something_else_are_quoted() {
    for text in ["yes", "on", "1", "1.5", "0x1", "null", "~", "", "2020-01-01", "12:30:45", "true", ".inf"] {
        check(&value!(text), &format!("\"{text}\"\n"));
    }
    check(&value!("a: b"), "'a: b'\n");
    check(&value!("it's: x"), "'it''s: x'\n");
    check(&value!("tab\there"), "\"tab\\there\"\n");
    check(&value!("\u{1f600}"), "\"\\U0001F600\"\n");
}

#[test]
fn lines_are_literal_and_long_lines_fold() {
    check(&value!({"a": "x\ny\n"}), "a: |\n  x\n  y\n");
    check(&value!({"a": " x\ny"}), "a: |2-\n   x\n  y\n");
    check(&value!({"a": "x\n\n"}), "a: |+\n  x\n\n");
    let long = format!("{} tail", "x".repeat(90));
    check(&value!({"a": (long.as_str())}), &format!("a: {}\n  tail\n", "x".repeat(90)));
}

fn indented(value: &amethyst_object::Value, expect: &str) {
    let mut writer = Writer::indented();
    crate::write_value(&mut writer, value);
    assert_eq!(writer.finish(), expect);
}

#[test]
fn go_yaml_3_indents_lists_and_folds_nothing() {
    indented(
        &value!({"b": [1, {"a": [[1, 2], []], "x": 1}], "a": {}}),
        "a: {}\nb:\n  - 1\n  - a:\n      - - 1\n        - 2\n      - []\n    x: 1\n",
    );
    let long = format!("{} {}", "x".repeat(90), "y".repeat(90));
    indented(&value!({"a": (long.as_str())}), &format!("a: {long}\n"));
    indented(&value!({"a": "x\ty", "b": "x\ty\nz"}), "a: \"x\\ty\"\nb: |-\n  x\ty\n  z\n");
    indented(&value!(["on", "1:30", "y", "off"]), "- \"on\"\n- \"1:30\"\n- \"y\"\n- \"off\"\n");
}

#[test]
fn bytes_that_are_no_text_are_binary() {
    let mut writer = Writer::new();
    writer.begin_map(false);
    writer.key("a");
    writer.binary(b"\xff\xfe");
    writer.key("b");
    writer.binary(&[0xff; 60]);
    writer.end();
    let expect = format!("a: !!binary //4=\nb: !!binary |\n  {}\n  {}\n", "/".repeat(70), "/".repeat(10));
    assert_eq!(writer.finish(), expect);
}
