//! Values: equality, copies, documents.

use amethyst_gotemplate::{
    IntKind, List, ListKind, Map, MapKind, Templates, UintKind, Value, deep_equal, sprint,
};
use amethyst_object::json;

use crate::support::{data, functions};

#[test]
fn equality_asks_for_types_too() {
    assert!(deep_equal(&data(), &data()));
    assert!(deep_equal(&Value::Nil, &Value::Nil));
    assert!(!deep_equal(&Value::int(1), &Value::int64(1)));
    assert!(!deep_equal(&Value::int(1), &Value::Float(1.0)));
    assert!(!deep_equal(&List::strings(["a"]).into(), &List::new(vec!["a".into()]).into()));
    assert!(!deep_equal(&Value::Float(f64::NAN), &Value::Float(f64::NAN)));
    let empty = Map::with_kind(MapKind::String, Vec::new());
    assert!(!deep_equal(&empty.into(), &Map::new().into()));
}

#[test]
fn copies_share_nothing() {
    let original = data();
    let copy = original.deep_copy();
    assert!(deep_equal(&original, &copy));
    original.as_map().unwrap().get("map").unwrap().as_map().unwrap().insert("one", "changed");
    assert!(!deep_equal(&original, &copy));
}

#[test]
fn documents_are_those_of_go() {
    let bytes = b"any".iter().map(|byte| Value::Uint(UintKind::Uint8, u64::from(*byte))).collect();
    let value: Map = [
        ("a", Value::Float(1.0)),
        ("b", Value::Float(1e21)),
        ("c", Value::Float(1.5e-7)),
        ("d", Value::Float(123_456_789.0)),
        ("e", Value::Int(IntKind::Int8, -3)),
        ("f", List::with_kind(ListKind::Byte, bytes).into()),
        ("g", Value::bytes_string(b"a\xffb".to_vec())),
        ("h", Value::Float(-0.0)),
    ]
    .into_iter()
    .collect();
    let document = Value::from(value).to_document().unwrap();
    assert_eq!(
        json::to_string(&document),
        "{\"a\":1,\"b\":1e+21,\"c\":1.5e-7,\"d\":123456789,\"e\":-3,\"f\":\"YW55\",\"g\":\"a\u{fffd}b\",\"h\":-0}"
    );
    let error = Value::Float(f64::INFINITY).to_document().unwrap_err();
    assert_eq!(error, "json: unsupported value: +Inf");
}

#[test]
fn what_holds_itself_ends() {
    let map = Map::new();
    map.insert("a", map.clone());
    map.insert("b", map.clone());
    let value = Value::from(map.clone());
    assert!(value.to_document().unwrap_err().starts_with("json: unsupported value: encountered a cycle"));
    let small = Map::new();
    small.insert("a", small.clone());
    assert!(sprint(&[small.clone().into()]).as_str().unwrap().starts_with("map[a:map[a:"));
    let _ = Value::from(small.clone()).deep_copy();
    // Else they would be lost.
    small.remove("a");
    map.remove("a");
    map.remove("b");
}

#[test]
fn a_set_is_shared_between_threads() {
    let functions = functions();
    let mut builder = Templates::builder(&functions).delimiters("<<", ">>");
    builder.parse("t", "t", "<< .name >>{{.}}<< tpl \"<<.int>>\" . >>").unwrap();
    let templates = builder.build();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let templates = templates.clone();
            std::thread::spawn(move || {
                let functions = crate::support::functions();
                let mut host = crate::support::Still::default();
                let mut engine = amethyst_gotemplate::Engine::new(templates, &functions, &mut host);
                engine.execute("t", &data()).unwrap()
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), b"x{{.}}17");
    }
}

#[test]
fn later_templates_replace_earlier_ones() {
    let functions = functions();
    let mut builder = Templates::builder(&functions);
    builder.parse("a", "a", "{{define \"x\"}}1{{end}}{{template \"x\"}}").unwrap();
    builder.parse("b", "b", "{{define \"x\"}}2{{end}}").unwrap();
    builder.parse("c", "c", "{{define \"x\"}} {{/* nothing */}} {{end}}").unwrap();
    builder.parse("a", "a", "\n").unwrap();
    let error = builder.parse("d", "d", "{{define \"x\"}}3{{end}}\n{{").unwrap_err();
    assert_eq!((error.message.as_str(), error.line), ("template: d:2: unclosed action", 2));
    let mut host = crate::support::Still::default();
    let mut engine = amethyst_gotemplate::Engine::new(builder.build(), &functions, &mut host);
    assert_eq!(engine.execute("a", &Value::Nil).unwrap(), b"2");
    assert_eq!(engine.execute("b", &Value::Nil).unwrap(), b"");
}
