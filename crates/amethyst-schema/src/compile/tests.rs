//! Schemas: what is refused, and what becomes of the rest.

use amethyst_object::{FieldPath, Value, json};
use proptest::prelude::*;

use crate::{
    Schemas, canonicalize, check_list_types, coerce, compile, decode_check, default, prune, prune_nulls,
    unknown_fields, validate, validate_embedded, validate_update,
};

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

/// Lists the faults of a schema whose property `x` is `field`.
fn check(field: &str, expect: &[&str]) {
    check_whole(&format!(r#"{{"type":"object","properties":{{"x":{field}}}}}"#), expect);
}

fn check_whole(schema: &str, expect: &[&str]) {
    let schema = parse(schema);
    let mut schemas = Schemas::new();
    let faults = compile(&schema, &mut schemas).err().unwrap_or_default();
    assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), expect, "{schema:?}");
    assert_eq!(schemas.is_empty(), !expect.is_empty(), "a refused schema leaves nothing behind");
}

#[test]
fn refused() {
    check(r#"{"type":"string"}"#, &[]);
    check("{}", &["properties[x].type: Required value: must not be empty for specified object fields"]);
    check(r#"{"type":"array"}"#, &["properties[x].items: Required value: must be specified"]);
    check(
        r#"{"type":"string","anyOf":[{"type":"string"}]}"#,
        &["properties[x].anyOf[0].type: Forbidden: must be empty to be structural"],
    );
    check(
        r#"{"type":"string","pattern":"("}"#,
        &[
            r#"properties[x].pattern: Invalid value: "(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): `(`"#,
        ],
    );
    check(
        r#"{"type":"integer","default":"a"}"#,
        &[r#"properties[x].default: Invalid value: "string":  in body must be of type integer: "string""#],
    );
    check(
        r#"{"type":"object","default":{"a":1}}"#,
        &[r#"properties[x].default: Invalid value: {"a":1}: must not have unknown fields"#],
    );
    check(
        r#"{"type":"foo"}"#,
        &[
            r#"properties[x].type: Unsupported value: "foo": supported values: "array", "boolean", "integer", "number", "object", "string""#,
        ],
    );
    check(r##"{"$ref":"#/x"}"##, &["properties[x].$ref: Forbidden: $ref is not supported"]);
    check(r#"{"type":5}"#, &["properties[x].type: Invalid value: 5: must be of type string"]);
}

#[test]
fn refused_at_the_root() {
    check_whole(r#"{"type":"string"}"#, &[r#"type: Invalid value: "string": must be object at the root"#]);
    check_whole(
        r#"{"type":"object","nullable":true}"#,
        &["nullable: Forbidden: nullable cannot be true at the root"],
    );
    check_whole(
        r#"{"type":"object","allOf":[{"properties":{"z":{"minLength":1}}}]}"#,
        &["properties[z]: Required value: because it is defined in allOf[0].properties[z]"],
    );
    check_whole(
        r#"{"type":"object","properties":{"metadata":{"type":"object","properties":{"labels":{"type":"object"}}}}}"#,
        &[
            "properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
        ],
    );
}

#[test]
fn equal_subtrees_are_one_node_and_cel_is_kept() {
    let schema = parse(
        r#"{"type":"object","properties":{
            "a":{"type":"object","description":"one","properties":{"x":{"type":"string","maxLength":3}}},
            "b":{"type":"object","description":"two","properties":{"x":{"type":"string","maxLength":3}}},
            "c":{"type":"string","x-kubernetes-validations":[{"rule":"self == 'x'"}]}}}"#,
    );
    let mut schemas = Schemas::new();
    let compiled = compile(&schema, &mut schemas).unwrap();
    assert_eq!(schemas.len(), 4, "the string, the object around it, `c` and the root");
    let c = schemas.at(compiled.root).child("c").unwrap();
    assert_eq!(c.node().validations[0].rule, "self == 'x'");
}

#[test]
fn depth_is_limited() {
    let deep = |levels: usize| {
        let open = r#"{"type":"array","items":"#.repeat(levels);
        parse(&format!(
            r#"{{"type":"object","properties":{{"x":{open}{{"type":"string"}}{}}}}}"#,
            "}".repeat(levels)
        ))
    };
    assert!(compile(&deep(150), &mut Schemas::new()).is_ok());
    let faults = compile(&deep(240), &mut Schemas::new()).unwrap_err();
    assert_eq!(faults[0].message, "Forbidden: must not nest deeper than 200 levels");
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(vec!["1.5", "1e3", "-0.0", "1e400", "99999999999999999999"])
            .prop_map(|lexeme| amethyst_object::Number::from_lexeme(lexeme).into()),
        "[a-z0-9:./-]{0,6}".prop_map(Value::from),
    ]
}

fn document(keys: Vec<&'static str>) -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 32, 5, move |inner| {
        let pairs = prop::collection::vec((prop::sample::select(keys.clone()), inner.clone()), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            pairs.prop_map(|pairs| pairs.into_iter().collect::<amethyst_object::Map>().into()),
        ]
    })
}

/// Sound schemas, by construction.
fn sound_schema() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        r#"{"type":"string","default":"d"}"#,
        r#"{"type":"string","nullable":true,"pattern":"^a"}"#,
        r#"{"type":"integer","minimum":3}"#,
        r#"{"x-kubernetes-int-or-string":true}"#,
        r#"{"type":"object","x-kubernetes-preserve-unknown-fields":true}"#,
        r#"{"type":"object","x-kubernetes-preserve-unknown-fields":true,"x-kubernetes-embedded-resource":true}"#,
        r#"{"type":"object","default":{},"properties":{"a":{"type":"integer","default":1}}}"#,
        r#"{"type":"object","additionalProperties":true}"#,
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!(r#"{{"type":"array","items":{inner}}}"#)),
            inner.clone().prop_map(|inner| format!(r#"{{"type":"object","additionalProperties":{inner}}}"#)),
            (inner.clone(), inner).prop_map(|(a, b)| format!(
                r#"{{"type":"object","properties":{{"a":{a},"b":{b}}},"anyOf":[{{"required":["a"]}},{{"required":["b"]}}]}}"#
            )),
        ]
    })
}

const KEYS: [&str; 6] = ["a", "b", "c", "apiVersion", "kind", "metadata"];

proptest! {
    #[test]
    fn compile_never_panics(schema in document(vec![
        "type", "properties", "items", "x", "default", "anyOf", "not", "pattern", "enum", "required", "format",
        "additionalProperties", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "minimum", "nullable",
        "x-kubernetes-embedded-resource", "x-kubernetes-validations", "maxLength", "multipleOf",
    ])) {
        let mut schemas = Schemas::new();
        if let Err(faults) = compile(&schema, &mut schemas) {
            prop_assert!(!faults.is_empty());
        }
    }

    #[test]
    fn laws_of_values(schema in sound_schema(), mut value in document(KEYS.to_vec()), old in document(KEYS.to_vec())) {
        let schema = parse(&format!(r#"{{"type":"object","properties":{{"a":{schema},"b":{schema}}}}}"#));
        let mut schemas = Schemas::new();
        let root = schemas_root(&schema, &mut schemas);
        let schema = schemas.at(root);
        let path = FieldPath::default();
        validate(&value, schema, path.clone());
        validate_embedded(&value, schema, true, &path);
        check_list_types(&value, schema, &path);
        let decodes = decode_check(&value, schema).is_ok();
        let mut canonical = value.clone();
        canonicalize(&mut canonical, schema);
        prop_assert!(!decodes || decode_check(&canonical, schema).is_ok());
        let again = { let mut again = canonical.clone(); canonicalize(&mut again, schema); again };
        prop_assert_eq!(canonical, again);

        let foretold = unknown_fields(&value, schema, true);
        prop_assert_eq!(foretold, prune(&mut value, schema, true));
        prop_assert!(unknown_fields(&value, schema, true).is_empty());
        prune_nulls(&mut value, schema);
        default(&mut value, schema);
        let mut again = value.clone();
        default(&mut again, schema);
        prop_assert_eq!(&again, &value);
        prop_assert!(prune(&mut again, schema, true).is_empty());
        prop_assert_eq!(&again, &value);

        prop_assert!(validate_update(&value, &value, schema, path.clone()).len() <= validate(&value, schema, path.clone()).len());
        validate_update(&value, &old, schema, path.clone());
        if coerce(&mut again, schema, true, true, &path).is_ok() {
            let mut twice = again.clone();
            prop_assert!(coerce(&mut twice, schema, true, true, &path).is_ok_and(|unknown| unknown.is_empty()));
            prop_assert_eq!(twice, again);
        }
    }
}

fn schemas_root(schema: &Value, schemas: &mut Schemas) -> crate::NodeId {
    compile(schema, schemas).expect("the schema is sound by construction").root
}
