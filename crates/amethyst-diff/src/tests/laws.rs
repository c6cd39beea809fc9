//! Laws that hold for every pair of sides.

use std::collections::BTreeMap;

use amethyst_diag::Redacted;
use amethyst_object::{Map, Object, Value, json as codec};
use proptest::prelude::*;

use crate::testing::options;
use crate::{
    Change, ChangeKind, Diff, DiffOptions, HumanOptions, Origin, Path, Producer, Rendered, Side, Step, diff,
    html, human, json, markdown,
};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_i32..4).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::vec(("[a-d]|name|port|key", inner), 0..5)
                .prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    })
}

fn object(kind: &str, name: &str, body: Value) -> Object {
    let mut map = Map::new();
    map.insert("apiVersion", "example.org/v1");
    map.insert("kind", kind);
    map.object_mut("metadata").insert("name", name);
    map.insert("spec", body);
    Object(map)
}

fn rendered(object: Object) -> Rendered {
    Rendered { object, producer: Producer::default(), origin: Origin::default() }
}

fn one(body: Value) -> Side {
    Side { objects: vec![rendered(object("Thing", "t", body))], failed: Vec::new() }
}

/// The scalars of a value, by their path with the places in lists left out, as a bag.
fn leaves(value: &Value, path: &str, bag: &mut BTreeMap<(String, String), i64>, weight: i64) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter() {
                leaves(value, &format!("{path}/{key}"), bag, weight);
            }
        }
        Value::Array(items) => {
            for item in items {
                leaves(item, &format!("{path}/*"), bag, weight);
            }
        }
        leaf => *bag.entry((path.to_owned(), codec::to_string(leaf))).or_default() += weight,
    }
}

fn place(path: &Path) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => format!("/{key}"),
        Step::Index(_) | Step::Item(_) => "/*".into(),
        Step::Embedded => "/|".into(),
    };
    path.steps().iter().map(step).collect()
}

/// The leaves that the comparison tells as gone and new, as a bag.
fn told(diff: &Diff) -> BTreeMap<(String, String), i64> {
    let mut bag = BTreeMap::new();
    for field in diff.objects.iter().flat_map(|change| &change.fields) {
        let path = place(&field.path);
        match &field.change {
            Change::Added(after) => leaves(after, &path, &mut bag, 1),
            Change::Removed(before) => leaves(before, &path, &mut bag, -1),
            Change::Changed { before, after } | Change::SameValue { before, after } => {
                leaves(before, &path, &mut bag, -1);
                leaves(after, &path, &mut bag, 1);
            }
            Change::Reordered { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    bag.retain(|_, weight| *weight != 0);
    bag
}

fn outputs(diff: &Diff) -> Vec<String> {
    let full = HumanOptions { full: true, colour: true, ..HumanOptions::default() };
    vec![
        human(diff, &HumanOptions::default()),
        human(diff, &full),
        json(diff),
        markdown(diff),
        html(diff),
        format!("{diff:?}"),
    ]
}

proptest! {
    #[test]
    fn every_leaf_that_differs_is_told_and_no_other(before in value(), after in value()) {
        let mut expect = BTreeMap::new();
        leaves(&before, "/spec", &mut expect, -1);
        leaves(&after, "/spec", &mut expect, 1);
        expect.retain(|_, weight| *weight != 0);
        let found = diff(&one(before.clone()), &one(after.clone()), &DiffOptions::default());
        prop_assert_eq!(told(&found), expect);
        prop_assert_eq!(found.objects.is_empty(), before == after);
    }

    #[test]
    fn equal_sides_differ_in_nothing(body in value()) {
        let found = diff(&one(body.clone()), &one(body), &options());
        prop_assert!(found.is_empty() && found.dangers.is_empty());
    }

    #[test]
    fn the_order_of_objects_does_not_matter(
        bodies in proptest::collection::vec(value(), 6),
        order in Just((0_usize..6).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let side = |bodies: &[Value], from: usize| Side {
            objects: bodies.iter().enumerate().map(|(at, body)| rendered(object("Thing", &format!("t{}", at + from), body.clone()))).collect(),
            failed: Vec::new(),
        };
        let (before, after) = (side(&bodies[..4], 0), side(&bodies[2..], 1));
        let mut shuffled = after.clone();
        shuffled.objects = order.iter().filter_map(|at| after.objects.get(*at).cloned()).collect();
        let (left, right) = (diff(&before, &after, &options()), diff(&before, &shuffled, &options()));
        prop_assert_eq!(json(&left), json(&right));
        prop_assert_eq!(html(&left), html(&right));
    }

    #[test]
    fn nothing_of_a_secret_reaches_an_output(
        old in "[A-Z]{9,20}",
        new in "[A-Z]{9,20}",
        text in "[a-z]{0,5}",
        shape in 0_usize..4,
    ) {
        let secret = |value: &str| {
            let mut map = Map::new();
            map.insert("apiVersion", "v1");
            map.insert("kind", "Secret");
            map.object_mut("metadata").insert("name", "s");
            match shape {
                0 => { map.object_mut("stringData").insert("a", value); }
                1 => { map.insert("data", value); }
                2 => { map.object_mut("data").object_mut("a").insert("b", format!("{text}\n{value}")); }
                _ => {
                    map.object_mut("metadata").object_mut("annotations")
                        .insert("kubectl.kubernetes.io/last-applied-configuration", format!("{{\"data\":\"{value}\"}}"));
                }
            }
            rendered(Object(map))
        };
        // The same text elsewhere, which the caller calls secret, and a field that the caller hides.
        let other = |value: &str| {
            let mut map = object("HelmRelease", &format!("x-{value}"), Value::object()).0;
            map.object_mut("spec").insert("password", value);
            map.object_mut("spec").insert("hosts", vec![format!("{text}.{value}"), format!("image: {value}")]);
            map.object_mut("spec").object_mut("image").insert("repository", value);
            map.object_mut("spec").insert("text", format!("a\n{value}\nb"));
            map.object_mut("spec").object_mut("labels").insert(value, "key");
            rendered(Object(map))
        };
        let side = |value: &str, more: bool| Side {
            objects: if more { vec![secret(value), other(value)] } else { vec![other(value)] },
            failed: Vec::new(),
        };
        let options = DiffOptions {
            secret_texts: vec![Redacted::new(old.clone()), Redacted::new(new.clone())],
            ..options()
        };
        for (before, after) in [
            (side(&old, true), side(&new, true)),
            (side(&old, true), side(&new, false)),
            (side(&old, false), side(&new, true)),
        ] {
            for output in outputs(&diff(&before, &after, &options)) {
                prop_assert!(!output.contains(&old) && !output.contains(&new), "{}", output);
            }
        }
    }

    #[test]
    fn hostile_text_stays_text(name in "[<>\"'&`a-z\\]\\[|@*_\u{202e}\u{0}\u{1b}\n]{1,12}", body in "[<>\"'&`\\-\\n|\u{1b}]{0,12}") {
        let hostile = |text: &str| {
            let mut map = object("<script>", &name, Value::object()).0;
            map.object_mut("spec").insert(name.as_str(), format!("<script>alert(1)</script>{text}"));
            map.object_mut("spec").insert("lines", format!("```\n</pre><img src=x onerror=x>{text}\n{body}"));
            Side { objects: vec![rendered(Object(map))], failed: Vec::new() }
        };
        let found = diff(&hostile("a"), &hostile("b"), &options());
        let page = html(&found);
        // One script and one style element are ours; nothing else opens a tag that is not.
        prop_assert_eq!(page.matches("<script").count(), 1);
        let steers = |text: &str| text.contains(['\u{1b}', '\u{202e}']);
        prop_assert!(!page.contains("<img") && !steers(&page));
        prop_assert!(codec::parse(json(&found).as_bytes()).is_ok());
        let terminal = human(&found, &HumanOptions::default());
        prop_assert!(!terminal.contains(char::from(0x1b)));
        let comment = markdown(&found);
        // What is not in a block or a span of code opens no tag.
        prop_assert!(!comment.contains("\n<script") && !comment.contains("\n</pre"));
    }
}

#[test]
fn a_comment_fits() {
    let side = |lines: usize| {
        let objects = (0..400).map(|at| {
            let body: String =
                (0..lines).fold(String::new(), |text, line| format!("{text}line {line} of {at}\n"));
            let mut spec = Map::new();
            spec.insert("text", body);
            rendered(object("Thing", &format!("thing-with-quite-a-long-name-{at}"), Value::Object(spec)))
        });
        Side { objects: objects.collect(), failed: Vec::new() }
    };
    for lines in [1, 8, 200] {
        let found = diff(&Side::default(), &side(lines), &options());
        let comment = markdown(&found);
        assert!(comment.len() < crate::MARKDOWN_BYTES_MAX, "{}", comment.len());
        assert!(comment.contains("Shortened to fit into a comment"), "{lines}");
        assert_eq!(comment.matches("<details>").count(), comment.matches("</details>").count());
        assert!(found.objects.iter().all(|change| change.kind == ChangeKind::Added));
    }
}

#[test]
fn deep_and_long_values_end() {
    let deep = |leaf: i32| (0..400).fold(Value::from(leaf), |value, _| Value::Array(vec![value]));
    let found = diff(&one(deep(1)), &one(deep(2)), &options());
    assert_eq!(found.objects.len(), 1);
    assert!(outputs(&found).iter().all(|output| !output.is_empty()));
    let long = |from: i32| Value::Array((from..from + 20_000).map(Value::from).collect());
    assert_eq!(diff(&one(long(0)), &one(long(50_000)), &options()).objects[0].fields.len(), 20_000);
}
