//! MutatingAdmissionPolicy.

use amethyst_object::json;

use super::{bind, create, message, policy};
use crate::support::{ask, server};

const KIND: &str = "MutatingAdmissionPolicy";
const BINDING: &str = "MutatingAdmissionPolicyBinding";

fn spec(kind: &str, field: &str, expression: &str) -> String {
    let expression = json::to_string(&expression.into());
    format!(r#"{{"mutations":[{{"patchType":"{kind}","{field}":{{"expression":{expression}}}}}]}}"#)
}

fn apply(expression: &str) -> String {
    spec("ApplyConfiguration", "applyConfiguration", expression)
}

fn patch(expression: &str) -> String {
    spec("JSONPatch", "jsonPatch", expression)
}

async fn check(spec: &str, expect: &str) {
    let server = server().await;
    let made = policy(&server, KIND, spec).await;
    assert_eq!(made.code, 201, "{}", made.text);
    bind(&server, BINDING, "{}").await;
    let answer = create(&server, "x", r#","data":{"a":"b"}"#).await;
    let found = match answer.json().get("data") {
        Some(data) => json::to_string(data),
        None => format!("{} {}", answer.code, message(&answer)),
    };
    assert_eq!(found, expect, "{spec}");
}

#[tokio::test]
async fn configurations_are_merged() {
    check(&apply("Object{data: {'c': object.data.a + 'd'}}"), r#"{"a":"b","c":"bd"}"#).await;
    check(&apply("Object{data: {'a': 'other'}}"), r#"{"a":"other"}"#).await;
    let begin = "403 policy 'p' with binding 'b' denied request: ";
    let mismatch = "type mismatch: unexpected type name \"Object.spec\", expected \"Object.data\", which matches field name \
                    path from root Object type";
    check(&apply("Object{data: Object.spec{c: 'd'}}"), &format!("{begin}{mismatch}")).await;
    let wrong = "error applying patch: failed to convert patch object to typed object: .nope: field not declared in schema";
    check(&apply("Object{nope: 'd'}"), &format!("{begin}{wrong}")).await;
    let atomic = "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: \
                  .metadata.managedFields";
    check(&apply("Object{metadata: Object.metadata{managedFields: []}}"), &format!("{begin}{atomic}")).await;
}

#[tokio::test]
async fn patches_are_applied() {
    check(&patch("[JSONPatch{op: 'add', path: '/data/c.d', value: 'e'}]"), r#"{"a":"b","c.d":"e"}"#).await;
    check(
        &patch("[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('c.d'), value: 'e'}]"),
        r#"{"a":"b","c.d":"e"}"#,
    )
    .await;
    check(
        &patch(
            "[JSONPatch{op: 'test', path: '/data/a', value: 'x'}, JSONPatch{op: 'remove', path: '/data/a'}]",
        ),
        r#"{"a":"b"}"#,
    )
    .await;
    check(
        &patch("[JSONPatch{op: 'remove', path: '/data/nope'}]"),
        "403 policy 'p' with binding 'b' denied request: JSON Patch: error in remove for path: '/data/nope': Unable to \
         remove nonexistent key: nope: missing value",
    )
    .await;
    check(
        &patch("[JSONPatch{op: 'add', path: '/nope', value: 1}]"),
        "500 Internal error occurred: strict decoding error: unknown field \"nope\"",
    )
    .await;
}

#[tokio::test]
async fn lists_merge_by_their_keys() {
    let server = server().await;
    let rules = r#"{"matchConstraints":{"resourceRules":[
        {"operations":["CREATE"],"apiGroups":["apps"],"apiVersions":["v1"],"resources":["deployments"]}]},
        "variables":[{"name":"image","expression":"'side:' + string(object.spec.replicas)"}],
        "mutations":[{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":
        "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'side', image: variables.image}]}}}}"}}]}"#;
    let made = policy(&server, KIND, rules).await;
    assert_eq!(made.code, 201, "{}", made.text);
    bind(&server, BINDING, "{}").await;
    let deployment = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":2,
        "selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
        "spec":{"containers":[{"name":"main","image":"i"}]}}}}"#;
    let answer = ask(&server, "POST /apis/apps/v1/namespaces/default/deployments", deployment).await;
    assert_eq!(answer.code, 201, "{}", answer.text);
    let json = answer.json();
    let containers =
        json.at(&["spec", "template", "spec", "containers"]).and_then(|list| list.as_array()).unwrap();
    let names: Vec<&str> = containers.iter().map(|container| container.str_at(&["name"]).unwrap()).collect();
    assert_eq!(names, ["main", "side"]);
    assert_eq!(containers[1].str_at(&["image"]), Some("side:2"));
    // What comes in by a mutation is defaulted as everything else.
    assert_eq!(containers[1].str_at(&["imagePullPolicy"]), Some("IfNotPresent"));
}

#[tokio::test]
async fn policies_are_validated() {
    let server = server().await;
    let cases = [
        (
            r#"{"mutations":[]}"#.to_owned(),
            "spec.mutations: Required value: mutations must contain at least one item",
        ),
        (
            apply("1"),
            "spec.mutations[0].applyConfiguration.expression: Invalid value: \"1\": must evaluate to Object but got int",
        ),
        (
            patch("[1]"),
            "spec.mutations[0].jsonPatch.expression: Invalid value: \"[1]\": must evaluate to list(JSONPatch) but got list(int)",
        ),
        (
            r#"{"mutations":[{"patchType":"JSONPatch"}]}"#.to_owned(),
            "spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch",
        ),
        (
            r#"{"mutations":[{"patchType":"x"}]}"#.to_owned(),
            "spec.mutations[0].patchType: Unsupported value: \"x\": supported values: \"ApplyConfiguration\", \"JSONPatch\"",
        ),
    ];
    for (spec, expect) in cases {
        let answer = policy(&server, KIND, &spec).await;
        assert_eq!(answer.code, 422, "{}", answer.text);
        assert!(message(&answer).contains(expect), "{}", message(&answer));
    }
}
