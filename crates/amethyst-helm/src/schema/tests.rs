//! Schemas, with the texts that Helm 4.3.1 printed.

use amethyst_gotemplate::{Map, Value};

use super::compile::{Unresolved, compile};
use super::{Schemas, validate};
use crate::values::load_values;

fn check_with(schema: &str, values: &str, schemas: Option<&dyn Schemas>) -> String {
    let set = compile(schema.as_bytes(), schemas).unwrap();
    let values = match Value::from_document(&load_values(values.as_bytes()).unwrap()) {
        Value::Map(map) => map,
        _ => Map::new(),
    };
    validate::validate(&set, &values).err().unwrap_or_default()
}

fn check(schema: &str, values: &str) -> String {
    check_with(schema, values, None)
}

#[test]
fn faults_have_the_texts_of_helm_4() {
    // Each schema is that of the key `v` under draft 7; the texts are what `helm template` 4.3.1 printed.
    let fault = |schema: &str, value: &str, expected: &str| {
        let schema = format!(
            "{{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"properties\": {{\"v\": {schema}}}, \"definitions\": {{\"str\": {{\"type\": \"string\"}}, \"two\": {{\"required\": [\"q\"], \"properties\": {{\"a\": {{\"type\": \"string\"}}}}}}}}}}"
        );
        assert_eq!(check(&schema, &format!("v: {value}")), expected, "{schema}");
    };
    fault("{\"maximum\": 65535}", "70000", "- at '/v': maximum: got 70,000, want 65,535\n");
    fault("{\"minimum\": 1}", "0.5", "- at '/v': minimum: got 0.5, want 1\n");
    fault(
        "{\"exclusiveMinimum\": 0}",
        "-12345678.125",
        "- at '/v': exclusiveMinimum: got -1.2345678125×10⁰⁷, want 0\n",
    );
    fault("{\"maximum\": 5}", "1e21", "- at '/v': maximum: got 1×10²¹, want 5\n");
    fault("{\"multipleOf\": 2}", "7", "- at '/v': multipleOf: got 7, want 2\n");
    fault("{\"type\": [\"string\", \"null\"]}", "5", "- at '/v': got number, want null or string\n");
    fault("{\"enum\": [\"a\", 1, true, null]}", "x", "- at '/v': value must be one of 'a', 1, true, <nil>\n");
    fault(
        "{\"uniqueItems\": true, \"maxItems\": 2}",
        "[1, 2, 2]",
        "- at '/v': maxItems: got 3, want 2\n- at '/v': items at 1 and 2 are equal\n",
    );
    fault(
        "{\"oneOf\": [{\"type\": \"integer\"}, {\"type\": \"number\"}]}",
        "3",
        "- at '/v': 'oneOf' failed, subschemas 0, 1 matched\n",
    );
    fault("{\"format\": \"uri\"}", "not a uri", "- at '/v': 'not a uri' is not valid uri: relative url\n");
    fault(
        "{\"maxLength\": 3, \"pattern\": \"^b'+\"}",
        "aaaaaaaaaaaa",
        "- at '/v': maxLength: got 12, want 3\n- at '/v': 'aaaaaaaaaaaa' does not match pattern '^b\\'+'\n",
    );
    fault(
        "{\"items\": {\"properties\": {\"x\": {\"type\": \"integer\"}}}}",
        "[{x: 1}, {x: a}]",
        "- at '/v/1/x': got string, want integer\n",
    );
    fault("{\"$ref\": \"#/definitions/str\", \"maximum\": 1}", "5", "- at '/v': got number, want string\n");
    fault(
        "{\"$ref\": \"#/definitions/two\"}",
        "{a: 1}",
        "- at '/v': validation failed\n  - at '/v': missing property 'q'\n  - at '/v/a': got number, want string\n",
    );
    fault(
        "{\"anyOf\": [{\"type\": \"string\"}, {\"required\": [\"z\"]}, {\"allOf\": [{\"type\": \"array\"}, {\"minProperties\": 4}]}]}",
        "{k: v}",
        "- at '/v': 'anyOf' failed\n  - at '/v': got object, want string\n  - at '/v': missing property 'z'\n  - at '/v': 'allOf' failed\n    - at '/v': got object, want array\n    - at '/v': minProperties: got 1, want 4\n",
    );
    fault(
        "{\"additionalProperties\": false}",
        "{b: 1, a: 2}",
        "- at '/v': additional properties 'a', 'b' not allowed\n",
    );
    fault(
        "{\"propertyNames\": {\"pattern\": \"^z\"}}",
        "{a: 1}",
        "- at '/v': invalid propertyName 'a'\n  - at '': 'a' does not match pattern '^z'\n",
    );
    fault("{\"not\": {\"type\": \"integer\"}}", "1", "- at '/v': 'not' failed\n");
    fault("{\"const\": 2}", "1", "- at '/v': value must be 2\n");
    fault(
        "{\"if\": {\"type\": \"string\"}, \"then\": {\"minLength\": 2}, \"else\": {\"minimum\": 9}}",
        "1",
        "- at '/v': minimum: got 1, want 9\n",
    );
    fault(
        "{\"dependencies\": {\"a\": [\"b\", \"c\"]}}",
        "{a: 1}",
        "- at '/v': properties 'b', 'c' required, if 'a' exists\n",
    );
    fault("false", "1", "- at '/v': false schema\n");
    fault("{\"type\": \"integer\", \"minimum\": 1}", "3", "");
}

#[test]
fn later_drafts_know_what_was_evaluated() {
    let schema = "{\"allOf\": [{\"properties\": {\"a\": {\"type\": \"number\"}}}], \"properties\": {\"b\": true}, \"unevaluatedProperties\": false}";
    assert_eq!(check(schema, "{a: 1, b: 2}"), "");
    assert_eq!(check(schema, "{a: 1, c: 2}"), "- at '/c': false schema\n");
    let schema = "{\"properties\": {\"l\": {\"prefixItems\": [{\"type\": \"string\"}], \"items\": {\"type\": \"number\"}, \"contains\": {\"const\": 7}}}}";
    assert_eq!(check(schema, "l: [x, 1, 7]"), "");
    assert_eq!(check(schema, "l: [x, z, 7]"), "- at '/l/1': got string, want number\n");
    assert_eq!(
        check("{\"properties\": {\"l\": {\"contains\": {\"const\": 7}}}}", "l: [1]"),
        "- at '/l': no items match contains schema\n  - at '/l/0': value must be 7\n"
    );
    assert_eq!(
        check(
            "{\"dependentRequired\": {\"a\": [\"b\"]}, \"$ref\": \"#/$defs/x\", \"$defs\": {\"x\": {\"required\": [\"q\"]}}}",
            "a: 1"
        ),
        "- at '': missing property 'q'\n- at '': properties 'b' required, if 'a' exists\n"
    );
}

struct One;

impl Schemas for One {
    fn get(&self, url: &str) -> Option<Vec<u8>> {
        (url == "https://example.com/schemas/defs.json")
            .then(|| b"{\"$defs\": {\"port\": {\"type\": \"integer\", \"$anchor\": \"p\"}}}".to_vec())
    }
}

#[test]
fn schemas_elsewhere_come_from_the_caller() {
    for reference in ["https://example.com/schemas/defs.json#/$defs/port", "../schemas/defs.json#p"] {
        let schema = format!(
            "{{\"$id\": \"https://example.com/charts/values.json\", \"properties\": {{\"v\": {{\"$ref\": \"{reference}\"}}}}}}"
        );
        assert_eq!(check_with(&schema, "v: x", Some(&One)), "- at '/v': got string, want integer\n");
        assert_eq!(
            compile(schema.as_bytes(), None).err(),
            Some(Unresolved::Missing("https://example.com/schemas/defs.json".to_owned()))
        );
    }
}

#[test]
fn references_in_a_circle_end() {
    assert!(check("{\"$ref\": \"#\"}", "a: 1").contains("circle"));
}
