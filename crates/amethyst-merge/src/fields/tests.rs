//! Tests.

use amethyst_object::{Value, json};
use proptest::prelude::*;

use super::{Element, FieldSet};
use crate::testing::parse;

fn set(text: &str) -> FieldSet {
    FieldSet::from_fields_v1(&parse(text)).unwrap()
}

fn text(set: &FieldSet) -> String {
    let mut out = Vec::new();
    set.write_fields_v1(&mut out);
    let out = String::from_utf8(out).unwrap();
    assert_eq!(json::to_string_in_order(&set.to_fields_v1()), out, "both writers agree");
    out
}

#[test]
fn fields_v1_is_written_as_upstream() {
    let cases = [
        ("{}", "{}"),
        (r#"{"f:b":{},"f:a":{}}"#, r#"{"f:a":{},"f:b":{}}"#),
        (r#"{"f:a":{".":{},"f:b":{}}}"#, r#"{"f:a":{".":{},"f:b":{}}}"#),
        (r#"{"f:a":{".":{}}}"#, r#"{"f:a":{}}"#),
        (r#"{"f:a":{"x:y":{}}}"#, r#"{"f:a":{}}"#),
        (
            r#"{"i:2":{},"v:\"b\"":{},"v:1":{},"k:{\"b\":1,\"a\":\"x\"}":{},"f:z":{},"i:1":{},"v:true":{}}"#,
            r#"{"f:z":{},"k:{\"a\":\"x\",\"b\":1}":{},"v:1":{},"v:\"b\"":{},"v:true":{},"i:1":{},"i:2":{}}"#,
        ),
        // Numbers in keys sort as numbers.
        (
            r#"{"k:{\"port\":8080}":{},"k:{\"port\":443}":{},"k:{\"port\":80}":{}}"#,
            r#"{"k:{\"port\":80}":{},"k:{\"port\":443}":{},"k:{\"port\":8080}":{}}"#,
        ),
        // Go escapes for HTML inside values.
        (r#"{"v:\"a<b&c\"":{}}"#, r#"{"v:\"a\\u003cb\\u0026c\"":{}}"#),
        (r#"{"f:a/b~.c":{}}"#, r#"{"f:a/b~.c":{}}"#),
    ];
    for (read, written) in cases {
        assert_eq!(text(&set(read)), written, "{read}");
        assert_eq!(set(written), set(read), "{read}");
    }
}

#[test]
fn what_is_no_path_element_is_refused() {
    for (fields, expect) in [
        (r#"{"f":{}}"#, "failed to parse `f` as path element: key must be 2 characters long:"),
        (r#"{"fx":{}}"#, "failed to parse `fx` as path element: missing colon: fx"),
        (
            r#"{"i:x":{}}"#,
            r#"failed to parse `i:x` as path element: strconv.Atoi: parsing "x": invalid syntax"#,
        ),
        (r#"{"f:a":1}"#, "expected a map of fields, got integer"),
    ] {
        let error = FieldSet::from_fields_v1(&parse(fields)).unwrap_err();
        assert_eq!(error.to_string(), expect);
    }
    assert!(FieldSet::from_fields_v1(&parse(r#"{"k:{":{}}"#)).is_err());
    assert!(FieldSet::from_fields_v1(&parse(r#"{"v:":{}}"#)).is_err());
}

#[test]
fn paths_print_as_upstream() {
    let set = set(
        r#"{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}},"f:list":{"i:0":{},"v:\"x\"":{},"v:1.5":{},"v:true":{}}}}"#,
    );
    let shown: Vec<String> =
        set.paths().iter().map(|path| path.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(
        shown,
        [
            r".spec.list[=1.5]",
            r#".spec.list[="x"]"#,
            ".spec.list[=true]",
            ".spec.list[0]",
            r#".spec.ports[port=80,protocol="TCP"]"#,
            r#".spec.ports[port=80,protocol="TCP"].port"#,
        ]
    );
}

#[test]
fn differences_differ() {
    let left = set(r#"{"f:a":{".":{},"f:b":{},"f:c":{}},"f:d":{}}"#);
    let right = set(r#"{"f:a":{}}"#);
    assert_eq!(text(&left.difference(&right)), r#"{"f:a":{"f:b":{},"f:c":{}},"f:d":{}}"#);
    assert_eq!(text(&left.recursive_difference(&right)), r#"{"f:d":{}}"#);
    assert_eq!(text(&left.leaves()), r#"{"f:a":{"f:b":{},"f:c":{}},"f:d":{}}"#);
    let path = [Element::field("a"), Element::field("b")];
    assert!(left.contains(&path) && !right.contains(&path) && right.contains(&path[..1]));
    assert_eq!(left.len(), 4);
}

fn elements() -> impl Strategy<Value = Element> {
    prop_oneof![
        "[a-d]".prop_map(Element::field),
        (0_i64..3).prop_map(Element::Index),
        (0_i32..3).prop_map(|value| Element::Value(value.into())),
        "[a<&\"]{0,2}".prop_map(|value| Element::Value(value.into())),
        ("[ab]", 0_i32..3, "[xy]").prop_map(|(name, number, value)| Element::key(vec![
            (name.into(), Value::from(number)),
            ("z".into(), value.into()),
        ])),
    ]
}

fn sets() -> impl Strategy<Value = FieldSet> {
    prop::collection::vec(prop::collection::vec(elements(), 1..4), 0..12).prop_map(|paths| {
        let mut set = FieldSet::default();
        for path in paths {
            set.insert(&path);
        }
        set
    })
}

proptest! {
    #[test]
    fn fields_v1_round_trips(set in sets()) {
        prop_assert_eq!(&FieldSet::from_fields_v1(&set.to_fields_v1()).unwrap(), &set);
        prop_assert_eq!(FieldSet::from_fields_v1(&parse(&text(&set))).unwrap(), set);
    }

    #[test]
    fn sets_obey_the_algebra(a in sets(), b in sets(), c in sets()) {
        prop_assert_eq!(a.union(&b), b.union(&a));
        prop_assert_eq!(a.union(&b).union(&c), a.union(&b.union(&c)));
        prop_assert_eq!(a.intersection(&b), b.intersection(&a));
        prop_assert_eq!(a.difference(&b).union(&a.intersection(&b)), a.clone());
        prop_assert_eq!(a.difference(&b).intersection(&b), FieldSet::default());
        prop_assert_eq!(a.difference(&b.union(&c)), a.difference(&b).difference(&c));
        prop_assert_eq!(a.union(&b).len() + a.intersection(&b).len(), a.len() + b.len());
        prop_assert_eq!(a.recursive_difference(&a), FieldSet::default());
        prop_assert_eq!(a.recursive_difference(&b).difference(&a), FieldSet::default());
    }

    #[test]
    fn sets_hold_what_was_put_in(paths in prop::collection::vec(prop::collection::vec(elements(), 1..4), 0..8)) {
        let mut set = FieldSet::default();
        for path in &paths {
            set.insert(path);
        }
        for path in &paths {
            prop_assert!(set.contains(path));
        }
        prop_assert_eq!(set.paths().len(), set.len());
    }
}
