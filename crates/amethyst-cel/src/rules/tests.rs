//! Rules on definitions and on objects: cases after apiextensions' `schema/cel/validation_test.go`.

use amethyst_object::{FieldPath, Value, json};
use amethyst_schema::Schemas;

use super::{Rules, check_definition};

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

fn compiled(schema: &str) -> (Schemas, amethyst_schema::NodeId) {
    let mut schemas = Schemas::new();
    let root = amethyst_schema::compile(&parse(schema), &mut schemas).unwrap().root;
    (schemas, root)
}

/// What rules say of an object, and of a change to it.
fn run(schema: &str, new: &str, old: Option<&str>) -> (Vec<String>, Vec<String>) {
    let (schemas, root) = compiled(schema);
    let schema = schemas.at(root);
    let old = old.map(parse);
    let outcome = Rules::compile(schema).check(&parse(new), old.as_ref(), schema);
    (outcome.faults.iter().map(ToString::to_string).collect(), outcome.warnings)
}

fn define(schema: &str) -> Vec<String> {
    let (schemas, root) = compiled(schema);
    let path = FieldPath::of(["s"]);
    check_definition(schemas.at(root), &path).iter().map(ToString::to_string).collect()
}

/// A schema whose `spec` has a rule about `replicas`, `min` and a list with keys.
fn spec(rule: &str) -> String {
    format!(
        r#"{{"type":"object","properties":{{"spec":{{"type":"object","x-kubernetes-validations":[{rule}],"properties":{{
            "replicas":{{"type":"integer"}},"min":{{"type":"integer"}},
            "name":{{"type":"string","maxLength":20}},
            "when":{{"type":"string","format":"date-time"}},
            "port":{{"x-kubernetes-int-or-string":true}},
            "a-b":{{"type":"integer"}},
            "tags":{{"type":"array","maxItems":9,"x-kubernetes-list-type":"set","items":{{"type":"string","maxLength":9}}}}}}}}}}}}"#
    )
}

#[test]
fn rules_hold_or_say_why() {
    for (rule, spec_value, expected) in [
        (r#"{"rule":"self.replicas >= self.min"}"#, r#"{"replicas":3,"min":1}"#, ""),
        (
            r#"{"rule":"self.replicas >= self.min"}"#,
            r#"{"replicas":0,"min":1}"#,
            "spec: Invalid value: failed rule: self.replicas >= self.min",
        ),
        (
            r#"{"rule":"self.replicas >= self.min","message":"too few"}"#,
            r#"{"replicas":0,"min":1}"#,
            "spec: Invalid value: too few",
        ),
        (
            r#"{"rule":"self.replicas >= self.min","messageExpression":"'want ' + string(self.min)","fieldPath":".replicas","reason":"FieldValueForbidden"}"#,
            r#"{"replicas":0,"min":1}"#,
            "spec.replicas: Forbidden: want 1",
        ),
        (
            r#"{"rule":"self.replicas >= self.min"}"#,
            r#"{"replicas":0}"#,
            "spec: Invalid value: \"object\": no such key: min evaluating rule: self.replicas >= self.min",
        ),
        (r#"{"rule":"self.__dash__ == 1"}"#, "{}", "compile"),
        (r#"{"rule":"self.a__dash__b == 1"}"#, r#"{"a-b":1}"#, ""),
        (
            r#"{"rule":"self.when > timestamp('2020-01-01T00:00:00Z')"}"#,
            r#"{"when":"2021-01-01T00:00:00Z"}"#,
            "",
        ),
        (r#"{"rule":"self.tags == ['b', 'a']"}"#, r#"{"tags":["a","b"]}"#, ""),
        (
            r#"{"rule":"type(self.port) == int ? self.port > 5 : self.port.startsWith('h')"}"#,
            r#"{"port":"http"}"#,
            "",
        ),
        (
            r#"{"rule":"self.port.startsWith('h')"}"#,
            r#"{"port":7}"#,
            "spec: Invalid value: \"object\": 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self.port.startsWith('h')",
        ),
    ] {
        let (faults, _) = run(&spec(rule), &format!(r#"{{"spec":{spec_value}}}"#), None);
        if expected == "compile" {
            assert!(
                faults[0].contains(
                    "rule compile error: compilation failed: ERROR: <input>:1:5: undefined field '__dash__'"
                ),
                "{faults:?}"
            );
            continue;
        }
        assert_eq!(faults.join("; "), expected, "{rule} on {spec_value}");
    }
}

#[test]
fn transitions_need_an_old_value_and_unchanged_values_pass() {
    let rule = spec(r#"{"rule":"self.replicas >= oldSelf.replicas"}"#);
    let (new, old) = (r#"{"spec":{"replicas":1}}"#, r#"{"spec":{"replicas":2}}"#);
    assert!(run(&rule, new, None).0.is_empty());
    assert_eq!(run(&rule, new, Some(old)).0.len(), 1);
    assert!(run(&rule, new, Some(r#"{"spec":null}"#)).0.is_empty());

    let optional = spec(r#"{"rule":"oldSelf.hasValue() || self.replicas == 1","optionalOldSelf":true}"#);
    assert!(run(&optional, new, None).0.is_empty());
    assert_eq!(run(&optional, old, None).0.len(), 1);

    let always = spec(r#"{"rule":"self.replicas > 5"}"#);
    let (faults, warnings) = run(&always, new, Some(new));
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(warnings, ["spec: Invalid value: failed rule: self.replicas > 5"]);
    assert_eq!(run(&always, new, Some(old)).0.len(), 1);
}

#[test]
fn elements_of_keyed_lists_are_followed() {
    let schema = r#"{"type":"object","properties":{"l":{"type":"array","maxItems":9,"x-kubernetes-list-type":"map",
        "x-kubernetes-list-map-keys":["k"],"items":{"type":"object","required":["k"],
        "x-kubernetes-validations":[{"rule":"self.v >= oldSelf.v"}],
        "properties":{"k":{"type":"string"},"v":{"type":"integer"}}}}}}"#;
    let old = r#"{"l":[{"k":"a","v":1},{"k":"b","v":5}]}"#;
    assert!(run(schema, r#"{"l":[{"k":"b","v":5},{"k":"c","v":0}]}"#, Some(old)).0.is_empty());
    let (faults, _) = run(schema, r#"{"l":[{"k":"b","v":4}]}"#, Some(old));
    assert_eq!(faults, ["l[0]: Invalid value: failed rule: self.v >= oldSelf.v"]);
}

#[test]
fn definitions_are_checked() {
    let rule_at = "s.properties[spec].x-kubernetes-validations[0]";
    for (rule, expected) in [
        (r#"{"rule":"self.replicas > 1"}"#, String::new()),
        (
            r#"{"rule":"self.replicas"}"#,
            format!(
                "{rule_at}.rule: Invalid value: {{\"Rule\":\"self.replicas\",\"Message\":\"\",\"MessageExpression\":\"\",\"Reason\":null,\"FieldPath\":\"\",\"OptionalOldSelf\":null}}: cel expression must evaluate to a bool"
            ),
        ),
        (
            r#"{"rule":"true","optionalOldSelf":true}"#,
            format!(
                "{rule_at}.optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule"
            ),
        ),
        (
            r#"{"rule":"true","fieldPath":".nope"}"#,
            format!("{rule_at}.fieldPath: Invalid value: \".nope\": must be a valid path"),
        ),
    ] {
        assert_eq!(define(&spec(rule)).join("; "), expected, "{rule}");
    }
}

#[test]
fn dear_rules_are_refused() {
    let schema = r#"{"type":"object","properties":{"l":{"type":"array","items":{"type":"string",
        "x-kubernetes-validations":[{"rule":"self.contains('x') && oldSelf == self"}]}}}}"#;
    let faults = define(schema);
    assert!(
        faults[0].starts_with("s.properties[l].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying"),
        "{faults:#?}"
    );
    assert_eq!(
        faults[1],
        "s.properties[l].items.x-kubernetes-validations[0].rule: Invalid value: \"self.contains('x') && oldSelf == self\": oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[l]"
    );
    assert!(
        faults[2].contains("contributed to estimated rule cost total exceeding cost limit"),
        "{faults:#?}"
    );
    assert!(faults[3].starts_with("s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x"), "{faults:#?}");
}
