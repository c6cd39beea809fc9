//! What yaml-jsonpath 0.4.0 finds, observed by running it.

use super::find;
use crate::value::Value;
use crate::yaml::{emit, parse_first};

const STORE: &str = "
a.b: dotted
kind: Deployment
list: [10, 20, 30, 40]
spec:
  containers:
  - {name: web, port: 80, image: nginx}
  - {name: side, port: 9000, env: [{name: X, value: '1'}]}
  replicas: 1.0
";

fn check(path: &str, expect: &str) {
    let node = parse_first(STORE).expect("it is YAML").expect("it has a document");
    let found = match find(&node.decode(&mut Vec::new()), path) {
        Ok(found) => emit(&Value::List(found)),
        Err(error) => error,
    };
    assert_eq!(found.trim_end(), expect, "{path}");
}

#[test]
fn children_and_subscripts_are_found() {
    check("kind", "- Deployment");
    check("$.kind", "- Deployment");
    check("['a.b']", "- dotted");
    check("[\"kind\", 'a.b']", "- Deployment\n- dotted");
    check("spec.containers[1].name", "- side");
    check("spec.containers[*].name", "- web\n- side");
    check("list[-1]", "- 40");
    check("list[1:3]", "- 20\n- 30");
    check("list[::-2]", "- 40\n- 20");
    check("list[0,3]", "- 10\n- 40");
    check("list[7]", "[]");
    check("spec.*[0].name", "- web");
    check("spec~", "- spec");
}

#[test]
fn a_float_without_a_fraction_is_an_int() {
    let node = parse_first(STORE).expect("it is YAML").expect("it has a document");
    let found = find(&node.decode(&mut Vec::new()), "spec.replicas").expect("it is a path");
    assert_eq!(found, [Value::Int(1)]);
}

#[test]
fn descent_goes_innermost_first() {
    check("..name", "- web\n- X\n- side");
    check("..env[0].value", "- \"1\"");
    check("..[?(@.port>80)].name", "- side");
}

#[test]
fn filters_ask_items_and_nodes() {
    check("spec.containers[?(@.name==\"web\")].port", "- 80");
    check("spec.containers[?(@.name=='web' || @.port >= 9000)].name", "- web\n- side");
    check("spec.containers[?(@.env)].name", "- side");
    check("spec.containers[?(!@.env)].name", "- web");
    check("spec.containers[?(@.image =~ /ngin./)].name", "- web");
    check("spec.containers[?(@.env[?(@.name=='X')])].name", "- side");
    check("list[?(@ > 15 && @ < 35)]", "- 20\n- 30");
    check("spec[?(@.replicas==1)].replicas", "- 1");
}

#[test]
fn what_is_no_path_says_why() {
    check(
        "a..",
        "child name or array access or filter missing after recursive descent at position 3, following \"a..\"",
    );
    check("a.", "child name missing at position 2, following \"a.\"");
    check("list[x]", "invalid array index [x] before position 7: non-integer array index");
    check("list[1", "unmatched [ at position 6, following \"list[1\"");
    check("list[?(@.a==)]", "invalid filter term at position 12, following \"==\"");
    check("a b", "invalid character ' ' at position 1, following \"a\"");
}
