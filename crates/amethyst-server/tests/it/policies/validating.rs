//! ValidatingAdmissionPolicy.

use amethyst_object::{Value, json};

use super::{GROUP, MAPS, bind, create, message, policy};
use crate::support::{ask, server};

const KIND: &str = "ValidatingAdmissionPolicy";
const BINDING: &str = "ValidatingAdmissionPolicyBinding";
const DENY: &str = r#"{"validationActions":["Deny"]}"#;

/// A ConfigMap with `data` is created under a policy of this spec; what is said is checked.
async fn check(spec: &str, binding: &str, data: &str, code: u16, expect: &str) {
    let server = server().await;
    let made = policy(&server, KIND, spec).await;
    assert_eq!(made.code, 201, "{}", made.text);
    bind(&server, BINDING, binding).await;
    let answer = create(&server, "x", &format!(r#","data":{data}"#)).await;
    let expect = match expect {
        "" => String::new(),
        why => format!(
            "configmaps \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: {why}"
        ),
    };
    assert_eq!((answer.code, message(&answer)), (code, expect), "{spec}");
}

#[tokio::test]
async fn validations_refuse_in_upstreams_words() {
    let plain = r#"{"validations":[{"expression":"object.data.a == 'b'"}]}"#;
    check(plain, DENY, r#"{"a":"b"}"#, 201, "").await;
    check(plain, DENY, r#"{"a":"c"}"#, 422, "failed expression: object.data.a == 'b'").await;
    let missing = "expression 'object.data.a == 'b'' resulted in error: no such key: a";
    check(plain, DENY, r#"{"c":"c"}"#, 422, missing).await;
    let ignoring = r#"{"failurePolicy":"Ignore","validations":[{"expression":"object.data.a == 'b'"}]}"#;
    check(ignoring, DENY, r#"{"c":"c"}"#, 201, "").await;
    let worded = r#"{"validations":[{"expression":"false","message":"no!","reason":"Forbidden"}]}"#;
    check(worded, DENY, "{}", 403, "no!").await;
    let expressed = r#"{"validations":[{"expression":"false","message":"no!",
        "messageExpression":"'no ' + object.metadata.name"}]}"#;
    check(expressed, DENY, "{}", 422, "no x").await;
    let broken =
        r#"{"validations":[{"expression":"false","message":"no!","messageExpression":"object.nope"}]}"#;
    let server = server().await;
    let refused = policy(&server, KIND, broken).await;
    assert_eq!(refused.code, 422);
    assert!(message(&refused).contains("must evaluate to string but got dyn"), "{}", message(&refused));
}

#[tokio::test]
async fn variables_are_evaluated_when_they_are_named() {
    let spec = r#"{
        "variables":[{"name":"a","expression":"object.data.a"},{"name":"long","expression":"size(variables.a) > 3"},
            {"name":"bad","expression":"object.data.nope"}],
        "validations":[{"expression":"!variables.long || variables.bad == 'x'"}]}"#;
    check(spec, DENY, r#"{"a":"b"}"#, 201, "").await;
    let why = "expression '!variables.long || variables.bad == 'x'' resulted in error: composited variable \"bad\" fails \
               to evaluate: no such key: nope";
    check(spec, DENY, r#"{"a":"bbbb"}"#, 422, why).await;
}

#[tokio::test]
async fn conditions_come_first() {
    let spec = |condition: &str| {
        format!(
            r#"{{"matchConditions":[{{"name":"c.example.com","expression":"{condition}"}}],
                "validations":[{{"expression":"false"}}]}}"#
        )
    };
    check(&spec("request.userInfo.username == 'nobody'"), DENY, "{}", 201, "").await;
    check(&spec("request.operation == 'CREATE'"), DENY, "{}", 422, "failed expression: false").await;
    check(
        &spec("authorizer.group('').resource('pods').check('get').allowed()"),
        DENY,
        "{}",
        422,
        "failed expression: false",
    )
    .await;
    check(&spec("namespaceObject.metadata.name == 'default'"), DENY, "{}", 422, "failed expression: false")
        .await;
    let why = "expression 'object.nope == 1' resulted in error: no such key: nope";
    check(&spec("object.nope == 1"), DENY, "{}", 422, why).await;
}

#[tokio::test]
async fn parameters_are_read_from_the_state_that_the_write_sees() {
    let spec = r#"{"paramKind":{"apiVersion":"v1","kind":"Secret"},
        "validations":[{"expression":"params == null || size(object.data) <= int(params.metadata.labels.max)"}]}"#;
    let named =
        r#"{"validationActions":["Deny"],"paramRef":{"name":"limit","parameterNotFoundAction":"Deny"}}"#;
    let server = server().await;
    assert_eq!(policy(&server, KIND, spec).await.code, 201);
    bind(&server, BINDING, named).await;
    let data = r#","data":{"a":"","b":""}"#;
    let answer = create(&server, "x", data).await;
    let begin =
        "configmaps \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ";
    let none =
        "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction";
    assert_eq!(message(&answer), format!("{begin}{none}"));
    let secret = |max: u32| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"limit","labels":{{"max":"{max}"}}}}}}"#
        )
    };
    assert_eq!(ask(&server, "POST /api/v1/namespaces/default/secrets", &secret(1)).await.code, 201);
    assert!(message(&create(&server, "x", data).await).contains("failed expression: params == null"));
    assert_eq!(ask(&server, "PUT /api/v1/namespaces/default/secrets/limit", &secret(2)).await.code, 200);
    assert_eq!(create(&server, "x", data).await.code, 201);
}

#[tokio::test]
async fn actions_are_warnings_too() {
    let server = server().await;
    assert_eq!(
        policy(&server, KIND, r#"{"validations":[{"expression":"false","message":"hm"}]}"#).await.code,
        201
    );
    bind(&server, BINDING, r#"{"validationActions":["Warn","Audit"]}"#).await;
    let answer = create(&server, "x", "").await;
    assert_eq!(answer.code, 201);
    let warning = "299 - \"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': hm\"";
    assert_eq!(answer.header("warning"), warning);
}

#[tokio::test]
async fn budgets_end_what_costs_too_much() {
    let list = format!("[{}]", (0..200).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
    let nested = format!("{list}.all(a, {list}.all(b, {list}.all(c, a + b + c >= 0)))");
    let spec = format!(r#"{{"validations":[{{"expression":"{nested}"}}]}}"#);
    let why =
        format!("expression '{nested}' resulted in error: operation cancelled: actual cost limit exceeded");
    check(&spec, DENY, "{}", 422, &why).await;
}

#[tokio::test]
async fn policies_are_validated() {
    let server = server().await;
    let cases = [
        (
            r#"{"validations":[]}"#,
            "spec.validations: Required value: validations or auditAnnotations must contain at least one item",
        ),
        (
            r#"{"validations":[{"expression":"object.x in [1, 2, "}]}"#,
            "spec.validations[0].expression: Invalid value: \"object.x in [1, 2, \": compilation failed: ERROR: <input>:1:20: \
             Syntax error: ",
        ),
        (
            r#"{"validations":[{"expression":"1 + 1"}]}"#,
            "spec.validations[0].expression: Invalid value: \"1 + 1\": must evaluate to bool but got int",
        ),
        (
            r#"{"variables":[{"name":"in","expression":"1"}],"validations":[{"expression":"true"}]}"#,
            "spec.variables[0].name: Invalid value: \"in\": must be a valid CEL identifier",
        ),
        (
            r#"{"validations":[{"expression":"params.x"}]}"#,
            "undeclared reference to 'params' (in container '')",
        ),
        (
            r#"{"auditAnnotations":[{"key":"k","valueExpression":"true"}]}"#,
            "spec.auditAnnotations[0].valueExpression: Invalid value: \"true\": must evaluate to one of [string null_type] \
             but got bool",
        ),
        (
            r#"{"paramKind":{"apiVersion":"a/b/c","kind":"K"},"validations":[{"expression":"true"}]}"#,
            "spec.paramKind.apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion string: a/b/c",
        ),
        (
            r#"{"validations":[{"expression":"true","reason":"other"}]}"#,
            "spec.validations[0].reason: Unsupported value: \"other\": supported values: \"Forbidden\", \"Invalid\", \
             \"RequestEntityTooLarge\"",
        ),
    ];
    for (spec, expect) in cases {
        let answer = policy(&server, KIND, spec).await;
        assert_eq!(answer.code, 422, "{}", answer.text);
        assert!(message(&answer).contains(expect), "{}", message(&answer));
    }
    let path = format!("GET {GROUP}/validatingadmissionpolicies");
    assert_eq!(ask(&server, &path, "").await.json().get("items").map(json::to_string), Some("[]".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn expressions_ask_what_roles_and_bindings_allow() {
    let server = server().await;
    let secrets = "resource('secrets').namespace('default').check('get').allowed()";
    let expression = format!(
        "authorizer.group('').{secrets} && !authorizer.serviceAccount('default', 'app').group('').{secrets}"
    );
    let spec =
        format!(r#"{{"validations":[{{"expression":{}}}]}}"#, json::to_string(&Value::from(expression)));
    let made = policy(&server, KIND, &spec).await;
    assert_eq!(made.code, 201, "{}", made.text);
    bind(&server, BINDING, DENY).await;
    let role = r#"{"metadata":{"name":"NAME"},"rules":[{"apiGroups":[""],"resources":["RESOURCE"],"verbs":["get","create"]}]}"#;
    let binding = r#"{"metadata":{"name":"NAME"},"roleRef":{"kind":"ClusterRole","name":"NAME"},"subjects":[{"kind":"User","name":"jo"}]}"#;
    let mut codes = Vec::new();
    for resource in ["configmaps", "secrets"] {
        for (plural, body) in [("clusterroles", role), ("clusterrolebindings", binding)] {
            let body = body.replace("NAME", resource).replace("RESOURCE", resource);
            let path = format!("POST /apis/rbac.authorization.k8s.io/v1/{plural}");
            assert_eq!(ask(&server, &path, &body).await.code, 201);
        }
        let map = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"m-"}}"#;
        codes.push(ask(&server, &format!("POST {MAPS}\nimpersonate-user: jo"), map).await.code);
    }
    assert_eq!(codes, [422, 201]);
}
