//! Changes in their places.

use amethyst_object::{FieldPath, Value, value};

use super::{EditError, set};

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
    assert_eq!(told("a: {b: 1}\n", &["a"], &value!(1)), Err("what stands at `a` is no scalar".to_owned()));
    assert_eq!(told("a: 1\n", &["b"], &value!(1)), Err("there is nothing at `b`".to_owned()));
    // An alias elsewhere would change with its anchor.
    let aliased = told("a: &x 1\nb: *x\n", &["a"], &value!(2));
    assert_eq!(aliased, Err("the value at `a` cannot be changed in its place".to_owned()));
    assert!(matches!(set("a: 1\n", 3, &FieldPath::of(["a"]), &value!(2)), Err(EditError::NoDocument(3))));
    assert!(matches!(set("a: [", 0, &FieldPath::of(["a"]), &value!(2)), Err(EditError::Broken(_))));
}
