//! What go-yaml v3 writes, observed by running its encoder with two spaces.

use super::emit;
use crate::yaml::parse_first;

fn check(text: &str, expect: &str) {
    let node = parse_first(text).expect("it is YAML").expect("it has a document");
    assert_eq!(emit(&node.decode(&mut Vec::new())), expect, "{text}");
}

#[test]
fn collections_are_indented() {
    check("{b: [1, {c: 2, d: [x]}], a: {}, e: []}", "a: {}\nb:\n  - 1\n  - c: 2\n    d:\n      - x\ne: []\n");
    check("[[1, 2], [], {}]", "- - 1\n  - 2\n- []\n- {}\n");
    check("{}", "{}\n");
}

#[test]
fn keys_stand_in_natural_order() {
    check("{a10: 1, a2: 2, B: 3, a: 4, _x: 5}", "_x: 5\nB: 3\na: 4\na2: 2\na10: 1\n");
    check("{8080: a, '90': b}", "8080: a\n\"90\": b\n");
}

#[test]
fn strings_take_the_style_they_need() {
    check(
        "['yes', 'on', '1', '1.5', '', 'null', '2020-01-01', '1:20']",
        "- \"yes\"\n- \"on\"\n- \"1\"\n- \"1.5\"\n- \"\"\n- \"null\"\n- \"2020-01-01\"\n- \"1:20\"\n",
    );
    check(
        "['a: b', '- a', ' a', \"it's\", 'a #b', '#', 'x y']",
        "- 'a: b'\n- '- a'\n- ' a'\n- it's\n- 'a #b'\n- '#'\n- x y\n",
    );
    check("[\"a\\tb\", \"\\u00e9\", \"\\U0001F600\"]", "- \"a\\tb\"\n- é\n- \"\\U0001F600\"\n");
    check(
        "a: \"x\\ny\"\nb: \"x\\n\"\nc: \"x\\n\\n\"\nd: \" x\\ny\"",
        "a: |-\n  x\n  y\nb: |\n  x\nc: |+\n  x\n\nd: |2-\n   x\n  y\n",
    );
}

#[test]
fn numbers_are_written_as_go_prints_them() {
    check(
        "[1.0, 1.5, 1e6, 123456789.5, 0.00001, 0x10, 0o7, 010, 1_000]",
        "- 1\n- 1.5\n- 1e+06\n- 1.234567895e+08\n- 1e-05\n- 16\n- 7\n- 8\n- 1000\n",
    );
    check(
        "[2020-01-01, 2020-01-01T10:00:00Z, ~, true, .inf]",
        "- 2020-01-01T00:00:00Z\n- 2020-01-01T10:00:00Z\n- null\n- true\n- .inf\n",
    );
}

#[test]
fn aliases_do_not_nest_without_end() {
    let mut text = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        let (open, close) = ("[".repeat(200), "]".repeat(200));
        text.push_str(&format!("a{level}: &a{level} {open}*a{}{close}\n", level - 1));
    }
    let fault = parse_first(&text).expect_err("it nests too deeply");
    assert_eq!((fault.message.as_str(), fault.line), ("exceeded max depth of 500", 4));
}
