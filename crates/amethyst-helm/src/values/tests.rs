//! Helm's own example of coalescing, and files of values.

use amethyst_gotemplate::{Map, Value};

use super::{
    Defaults, Warnings, coalesce_tables, coalesce_values, load_values, merge_maps, merge_values, path_value,
    print, table,
};

struct Fake {
    name: &'static str,
    values: &'static str,
    dependencies: Vec<Fake>,
}

impl Defaults for Fake {
    fn name(&self) -> &str {
        self.name
    }

    fn values(&self) -> Map {
        values(self.values)
    }

    fn dependencies(&self) -> &[Self] {
        &self.dependencies
    }
}

fn values(text: &str) -> Map {
    match Value::from_document(&load_values(text.as_bytes()).unwrap()) {
        Value::Map(map) => map,
        _ => Map::new(),
    }
}

fn fake(name: &'static str, values: &'static str, dependencies: Vec<Fake>) -> Fake {
    Fake { name, values, dependencies }
}

fn moby() -> Fake {
    let ahab = fake(
        "ahab",
        "{global: {nested: {foo: bar, foo2: bar2}, nested2: {l2: ahab}}, scope: ahab, name: ahab, boat: true, nested: {foo: false, boat: true}, object: {foo: bar}}",
        Vec::new(),
    );
    let pequod = fake(
        "pequod",
        "{name: pequod, scope: pequod, global: {nested2: {l1: pequod}}, boat: false, ahab: {boat: false, nested: {boat: false}}}",
        vec![ahab],
    );
    let spouter = fake("spouter", "{scope: spouter, global: {nested2: {l1: spouter}}}", Vec::new());
    fake(
        "moby",
        "{back: exists, bottom: exists, front: exists, left: exists, name: moby, nested: {boat: true}, override: bad, right: exists, scope: moby, top: nope, global: {nested2: {l0: moby}}, pequod: {boat: maybe, ahab: {boat: maybe, nested: {boat: maybe}}}}",
        vec![pequod, spouter],
    )
}

const GIVEN: &str = "
top: yup
bottom: null
right: Null
left: NULL
front: ~
back: ''
nested:
  boat: null
global:
  name: Ishmael
  subject: Queequeg
  nested:
    boat: true
pequod:
  boat: null
  global:
    name: Stinky
    harpooner: Tashtego
    nested:
      boat: false
      sail: true
      foo2: null
  ahab:
    scope: whale
    boat: null
    nested:
      foo: true
      boat: null
    object: null
";

/// The value at a path, `-` when there is none.
fn at(values: &Map, path: &str) -> String {
    let (folder, key) = path.rsplit_once('.').unwrap_or(("", path));
    let folder = if folder.is_empty() { Ok(values.clone()) } else { table(values, folder) };
    folder.ok().and_then(|map| map.get(key)).map_or("-".to_owned(), |value| print(&value))
}

#[test]
fn coalescing_follows_helms_own_example() {
    let given = values(GIVEN);
    let before = print(&Value::Map(given.clone()));
    let found = coalesce_values(&moby(), &given, &mut Warnings::default()).unwrap();
    for (path, expected) in [
        ("top", "yup"),
        ("back", ""),
        ("name", "moby"),
        ("global.name", "Ishmael"),
        ("global.harpooner", "-"),
        ("pequod.name", "pequod"),
        ("pequod.ahab.scope", "whale"),
        ("pequod.ahab.nested.foo", "true"),
        ("pequod.ahab.global.name", "Ishmael"),
        ("pequod.ahab.global.nested.foo", "bar"),
        ("pequod.ahab.global.nested.foo2", "-"),
        ("pequod.ahab.global.harpooner", "Tashtego"),
        ("pequod.global.name", "Ishmael"),
        ("pequod.global.nested.foo", "-"),
        ("spouter.global.name", "Ishmael"),
        ("spouter.global.harpooner", "-"),
        ("global.nested.boat", "true"),
        ("pequod.global.nested.boat", "true"),
        ("spouter.global.nested.boat", "true"),
        ("pequod.global.nested.sail", "true"),
        ("spouter.global.nested.sail", "-"),
        ("global.nested2.l0", "moby"),
        ("global.nested2.l1", "-"),
        ("pequod.global.nested2.l0", "moby"),
        ("pequod.global.nested2.l1", "pequod"),
        ("pequod.global.nested2.l2", "-"),
        ("pequod.ahab.global.nested2.l2", "ahab"),
        ("spouter.global.nested2.l1", "spouter"),
        ("bottom", "-"),
        ("front", "-"),
        ("nested.boat", "-"),
        ("pequod.boat", "-"),
        ("pequod.ahab.boat", "-"),
        ("pequod.ahab.nested.boat", "-"),
        ("pequod.ahab.object", "-"),
    ] {
        assert_eq!(at(&found, path), expected, "{path}");
    }
    assert_eq!(print(&Value::Map(given)), before);
}

#[test]
fn merging_keeps_nulls() {
    let found = merge_values(&moby(), &values(GIVEN), &mut Warnings::default()).unwrap();
    for path in ["bottom", "right", "left", "front", "nested.boat", "pequod.boat", "pequod.ahab.boat"] {
        assert_eq!(at(&found, path), "<nil>", "{path}");
    }
}

#[test]
fn a_subchart_sees_the_map_that_its_parent_sees() {
    let found = coalesce_values(&moby(), &Map::new(), &mut Warnings::default()).unwrap();
    table(&found, "pequod.ahab").unwrap().insert("set", true);
    assert_eq!(at(&found, "pequod.ahab.set"), "true");
}

#[test]
fn tables_that_meet_scalars_are_warned_of() {
    let destination = values(
        "{name: Ishmael, address: {street: 123, country: null}, details: {friends: [Tashtego]}, boat: pequod, hole: null}",
    );
    let source = values(
        "{occupation: whaler, address: {state: MA, street: 234, country: US}, details: empty, boat: {mast: true}, hole: black}",
    );
    let mut warnings = Warnings::default();
    coalesce_tables(&destination, &source, false, &mut warnings);
    assert_eq!(
        print(&Value::Map(destination)),
        "map[address:map[state:MA street:123] boat:pequod details:map[friends:[Tashtego]] name:Ishmael occupation:whaler]"
    );
    assert_eq!(
        warnings.into_texts(),
        [
            "warning: cannot overwrite table with non table for boat (map[mast:true])",
            "warning: destination for details is a table. Ignoring non-table value (empty)",
        ]
    );
}

#[test]
fn a_subcharts_values_must_be_a_table() {
    let check = |text: &str, expected: &str| {
        let error = coalesce_values(&moby(), &values(text), &mut Warnings::default()).unwrap_err();
        assert_eq!(error, expected);
    };
    check("spouter: exploded", "type mismatch on spouter: %!t(string=exploded)");
    check("spouter: 5", "type mismatch on spouter: %!t(float64=5)");
    check("spouter: true", "type mismatch on spouter: true");
}

#[test]
fn files_of_values_may_have_several_documents() {
    let read = |text: &str| load_values(text.as_bytes()).map(|value| print(&Value::from_document(&value)));
    assert_eq!(
        read("a: 1\nb: {x: 1}\n---\nb: {z: 2}\n--- # more\na: 3\n").unwrap(),
        "map[a:3 b:map[x:1 z:2]]"
    );
    assert_eq!(read("").unwrap(), "map[]");
    assert_eq!(read("# nothing\n").unwrap(), "map[]");
    let fault = load_values(b"a: 1\n---\n- b\n").unwrap_err();
    assert_eq!(
        fault.text,
        "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}"
    );
    assert_eq!(fault.line, 3);
    let fault = load_values(b"--- x\n").unwrap_err();
    assert_eq!(fault.text, "error reading yaml document: invalid Yaml document separator: x");
    assert_eq!(load_values(b"a: \xff\n").unwrap_err().line, 1);
}

#[test]
fn paths_lead_to_values_and_tables() {
    let found = values("{a: {b: {c: 1}}, d: true}");
    assert_eq!(path_value(&found, "a.b.c").map(|value| print(&value)).as_deref(), Some("1"));
    assert!(path_value(&found, "a.b").is_none() && path_value(&found, "a.x.c").is_none());
    assert!(path_value(&found, "d").is_some());
    assert_eq!(table(&found, "a.x").unwrap_err(), "x");
}

#[test]
fn merged_maps_share_nothing_that_changes() {
    let (a, b) = (values("{a: {x: 1}, l: [1]}"), values("{a: {z: 2}, l: [2]}"));
    assert_eq!(print(&Value::Map(merge_maps(&a, &b))), "map[a:map[x:1 z:2] l:[2]]");
    assert_eq!(print(&Value::Map(a)), "map[a:map[x:1] l:[1]]");
}
