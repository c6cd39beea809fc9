//! Changes in their places.

use amethyst_object::{FieldPath, Value, value};

use super::{EditError, remove, set};

fn check(text: &str, path: &FieldPath, value: &Value, expect: &str) {
    let changed = set(text, 0, path, value).unwrap_or_else(|error| panic!("{error} in {text:?}"));
    assert_eq!(changed, expect);
}

#[test]
fn only_the_scalar_changes() {
    let path = FieldPath::of(["spec", "image"]).child("tag");
    let text = "# head\nspec:\n  image: # why\n    repo: a\n    tag: \"1.0\" # renovate\nz: [1, 2]\n";
    check(text, &path, &value!("1.1"), &text.replace("1.0", "1.1"));
    check(text, &FieldPath::of(["z"]).index(1), &value!("a, b"), &text.replace("[1, 2]", "[1, 'a, b']"));
    check("a: 'x' # c\n", &FieldPath::of(["a"]), &value!("it's"), "a: 'it''s' # c\n");
    check("a: x\n", &FieldPath::of(["a"]), &value!("1"), "a: \"1\"\n");
    check("a: x\n", &FieldPath::of(["a"]), &value!(1), "a: 1\n");
    check("a: x\n", &FieldPath::of(["a"]), &value!("x\ny"), "a: \"x\\ny\"\n");
    check("a:\nb: 1\n", &FieldPath::of(["a"]), &value!("x"), "a: x\nb: 1\n");
    check("a: |\n  x\n  y\nb: 1\n", &FieldPath::of(["a"]), &value!("z"), "a: z\nb: 1\n");
    check(
        "- a: é # ü\n- b: c\n",
        &FieldPath::default().index(1).child("b"),
        &value!("d"),
        "- a: é # ü\n- b: d\n",
    );
    check("a: !!str 1\n", &FieldPath::of(["a"]), &value!("2"), "a: !!str \"2\"\n");
    check("\u{feff}a: b\n", &FieldPath::of(["a"]), &value!("c"), "\u{feff}a: c\n");
}

#[test]
fn later_documents_are_reached() {
    let changed = set("a: 1\n---\n---\na: 2\n", 2, &FieldPath::of(["a"]), &value!(3));
    assert_eq!(changed.ok().as_deref(), Some("a: 1\n---\n---\na: 3\n"));
}

#[test]
fn what_cannot_be_changed_is_told() {
    let told = |text: &str, path: &[&str], value: &Value| {
        set(text, 0, &FieldPath::of(path.iter().copied()), value).map_err(|error| error.to_string())
    };
    let no_scalar = "what stands at `a` (line 1, column 4) is no scalar".to_owned();
    assert_eq!(told("a: {b: 1}\n", &["a"], &value!(1)), Err(no_scalar));
    let no_parts = "what stands at `a` (line 1, column 4) has no such part".to_owned();
    assert_eq!(told("a: 1\n", &["a", "b"], &value!(1)), Err(no_parts));
    // An alias elsewhere would change with its anchor.
    let aliased = told("a: &x 1\nb: *x\n", &["a"], &value!(2));
    assert_eq!(aliased, Err("the value at `a` (line 1, column 7) cannot be changed in its place".to_owned()));
    assert!(matches!(set("a: 1\n", 3, &FieldPath::of(["a"]), &value!(2)), Err(EditError::NoDocument(3))));
    assert!(matches!(set("a: [", 0, &FieldPath::of(["a"]), &value!(2)), Err(EditError::Broken(_))));
}

#[test]
fn missing_keys_are_added() {
    let path = |keys: &[&str]| FieldPath::of(keys.iter().copied());
    check("a: 1\n", &path(&["b"]), &value!(2), "a: 1\nb: 2\n");
    check("a: 1", &path(&["b"]), &value!(2), "a: 1\nb: 2");
    check("a: 1\r\nc: 3\r\n", &path(&["b"]), &value!("x"), "a: 1\r\nc: 3\r\nb: x\r\n");
    let text = "spec:\n    a: 1 # one\n    # foot\nz: 1 # end\n";
    check(
        text,
        &path(&["spec", "b"]),
        &value!(2),
        "spec:\n    a: 1 # one\n    b: 2\n    # foot\nz: 1 # end\n",
    );
    check(text, &path(&["w", "on"]), &value!(true), &format!("{text}w:\n  \"on\": true\n"));
    check("a: {}\n", &path(&["a", "b"]), &value!(1), "a: {b: 1}\n");
    check("a: {b: 1, } # c\n", &path(&["a", "c"]), &value!("x, y"), "a: {b: 1, c: 'x, y', } # c\n");
    check("a: {b: 1}\n", &path(&["a", "c", "d"]), &value!(1), "a: {b: 1, c: {d: 1}}\n");
    check("a: # why\nb: 1\n", &path(&["a", "c"]), &value!(1), "a: # why\n  c: 1\nb: 1\n");
    check("a: null # why\nb: 1\n", &path(&["a", "c"]), &value!(1), "a: # why\n  c: 1\nb: 1\n");
    check("x:\n  a: ~\n", &path(&["x", "a", "c"]), &value!(1), "x:\n  a:\n    c: 1\n");
    check("a: |\n  x\n", &path(&["b"]), &value!(1), "a: |\n  x\nb: 1\n");
    check("a: |+\n  x\n\n", &path(&["b"]), &value!(1), "a: |+\n  x\n\nb: 1\n");
    check("a: |-\n  x", &path(&["b"]), &value!(1), "a: |-\n  x\nb: 1");
    // The text would gain a line break.
    assert!(matches!(set("a: |\n  x", 0, &path(&["b"]), &value!(1)), Err(EditError::Unfit { .. })));
    check("a: 1\n...\n", &path(&["b"]), &value!(1), "a: 1\nb: 1\n...\n");
    check(
        "a: 1\n---\nb: 1\n",
        &path(&["c"]),
        &value!({"x": [1, 2]}),
        "a: 1\nc:\n  x:\n    - 1\n    - 2\n---\nb: 1\n",
    );
}

#[test]
fn items_are_appended() {
    let at = |index| FieldPath::of(["a"]).index(index);
    check("a:\n- 1 # one\nb: 1\n", &at(1), &value!(2), "a:\n- 1 # one\n- 2\nb: 1\n");
    check(
        "a:\n  - b: 1\n    c: 2\n",
        &at(1),
        &value!({"x": 1, "z": 2}),
        "a:\n  - b: 1\n    c: 2\n  - x: 1\n    z: 2\n",
    );
    check("a: [1, 2]\n", &at(2), &value!("x"), "a: [1, 2, x]\n");
    check("a: []\n", &at(0), &value!(1), "a: [1]\n");
    check("a:\n", &at(0), &value!(1), "a:\n  - 1\n");
    check("a:\n  - b: 1\n", &at(0).child("c"), &value!(1), "a:\n  - b: 1\n    c: 1\n");
    check("a:\n  -\n", &at(0).child("c"), &value!(1), "a:\n  -\n    c: 1\n");
    assert!(matches!(set("a: [1]\n", 0, &at(2), &value!(1)), Err(EditError::NotFound(_))));
}

fn without(text: &str, path: &FieldPath, expect: &str) {
    let changed = remove(text, 0, path).unwrap_or_else(|error| panic!("{error} in {text:?}"));
    assert_eq!(changed, expect);
}

#[test]
fn parts_are_removed() {
    let path = |keys: &[&str]| FieldPath::of(keys.iter().copied());
    without("# h\na: 1 # c\nb: 2\n", &path(&["a"]), "# h\nb: 2\n");
    without("a: 1\nb:\n  c: |\n    x\n  d: 1\ne: 1", &path(&["b"]), "a: 1\ne: 1");
    without("a: 1\nb: 2", &path(&["b"]), "a: 1");
    without("a: 1\r\nb: 2\r\n", &path(&["a"]), "b: 2\r\n");
    without("a:\n  b: 1 # c\n", &path(&["a", "b"]), "a:\n  {} # c\n");
    without("a: {b: 1, c: 2}\n", &path(&["a", "b"]), "a: {c: 2}\n");
    without("a: {b: 1, c: 2}\n", &path(&["a", "c"]), "a: {b: 1}\n");
    let item = |index| FieldPath::default().index(index);
    without("- a: 1\n  b: 2\n", &item(0).child("a"), "- b: 2\n");
    without("- a\n- b # x\n- c\n", &item(1), "- a\n- c\n");
    without("- a # -\n- b\n", &item(0), "- b\n");
    without("- - a\n  - b\n- c\n", &item(0).index(0), "- - b\n- c\n");
    without("[a, b]\n", &item(1), "[a]\n");
    without("- a\n", &item(0), "[]\n");
    let told = remove("a: &x\n  b: 1\n  d: 2\nc: *x\n", 0, &path(&["a", "b"]));
    assert!(matches!(told, Err(EditError::Unfit { .. })));
    assert!(matches!(remove("a: 1\n", 0, &path(&["b"])), Err(EditError::NotFound(_))));
}

proptest::proptest! {
    /// Whatever is there: the change is made and no line of anything else moves, or it is refused.
    #[test]
    fn only_what_is_meant_changes(picks in proptest::collection::vec((0_usize..8, 0_usize..4), 1..9), at in 0_usize..9) {
        const VALUES: [&str; 8] =
            ["1", "x # c", "\"q\"", "{b: 1, c: [2]}", "[1, 2]", "\n    b: 1 # b\n    # foot\n    c: |\n      t", "\n  - 1\n  - b: 2\n    c: 3", ""];
        let mut text = String::from("# head\n");
        for (number, (value, before)) in picks.iter().enumerate() {
            text.push_str(["", "# note\n", "\n", ""][*before]);
            let space = if VALUES[*value].starts_with('\n') { "" } else { " " };
            text.push_str(&format!("k{number}:{space}{}\n", VALUES[*value]));
        }
        let key = format!("k{at}");
        for path in [FieldPath::of([key.as_str()]), FieldPath::of([key.as_str(), "b"]), FieldPath::of([key.as_str()]).index(0), FieldPath::of([key.as_str()]).index(2)] {
            for changed in [set(&text, 0, &path, &value!("new")), remove(&text, 0, &path)].into_iter().flatten() {
                let (old, new): (Vec<&str>, Vec<&str>) = (text.lines().collect(), changed.lines().collect());
                let same_before = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
                let rest = old.len().min(new.len()) - same_before;
                let same_behind = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
                let touched = old.len() - same_before - same_behind;
                let own = VALUES[picks.get(at).map_or(0, |pick| pick.0)].lines().count().max(1);
                proptest::prop_assert!(touched <= own, "{text:?} {changed:?}");
                proptest::prop_assert!(changed.ends_with('\n'));
            }
        }
    }
}
