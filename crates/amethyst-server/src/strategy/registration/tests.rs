//! Upstream's cases (kubernetes `pkg/apis/admissionregistration/validation/validation_test.go`), as facts.

use amethyst_object::{Map, Value, json, value};

use super::{binding, hooks};

fn object(value: Value) -> Map {
    let Value::Object(map) = value else { panic!("an object is a map") };
    map
}

fn told(faults: &[amethyst_schema::Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A valid webhook with some fields written over; null takes a field away.
fn hook(over: &str) -> Value {
    let mut hook = object(value!({
        "name": "webhook.k8s.io", "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "clientConfig": {"url": "https://example.com/path"},
    }));
    let over = json::parse(over.as_bytes()).unwrap();
    for (key, value) in over.as_object().unwrap().iter() {
        hook.insert(key.clone(), value.clone());
    }
    Value::Object(hook)
}

fn check(over: &str, expect: &str) {
    let configuration = object(value!({"webhooks": [(hook(over))]}));
    assert_eq!(told(&hooks::validate(&configuration, None, true)), expect, "{over}");
}

const LABEL: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and \
                     must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation \
                     is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

#[test]
fn webhooks() {
    check("{}", "");
    check(
        r#"{"name":"k8s.io"}"#,
        r#"webhooks[0].name: Invalid value: "k8s.io": should be a domain with at least three segments separated by dots"#,
    );
    check(r#"{"name":""}"#, "webhooks[0].name: Required value");
    check(r#"{"name":"A.b.c"}"#, &format!("webhooks[0].name: Invalid value: \"A.b.c\": {LABEL}"));
    check(
        r#"{"failurePolicy":"other"}"#,
        r#"webhooks[0].failurePolicy: Unsupported value: "other": supported values: "Fail", "Ignore""#,
    );
    check(
        r#"{"matchPolicy":"other"}"#,
        r#"webhooks[0].matchPolicy: Unsupported value: "other": supported values: "Equivalent", "Exact""#,
    );
    check(
        r#"{"sideEffects":null}"#,
        "webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun",
    );
    check(
        r#"{"sideEffects":"Unknown"}"#,
        r#"webhooks[0].sideEffects: Unsupported value: "Unknown": supported values: "None", "NoneOnDryRun""#,
    );
    check(
        r#"{"timeoutSeconds":31}"#,
        "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
    );
    check(
        r#"{"reinvocationPolicy":"Other"}"#,
        r#"webhooks[0].reinvocationPolicy: Unsupported value: "Other": supported values: "IfNeeded", "Never""#,
    );
    check(
        r#"{"admissionReviewVersions":[]}"#,
        "webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1",
    );
    check(
        r#"{"admissionReviewVersions":["v1","v1"]}"#,
        r#"webhooks[0].admissionReviewVersions[1]: Invalid value: "v1": duplicate version"#,
    );
    check(
        r#"{"admissionReviewVersions":["invalidv1"]}"#,
        r#"webhooks[0].admissionReviewVersions: Invalid value: ["invalidv1"]: must include at least one of v1, v1beta1"#,
    );
    check(
        r#"{"namespaceSelector":{"matchExpressions":[{"key":"a","operator":"In"}]}}"#,
        "webhooks[0].namespaceSelector.matchExpressions[0].values: Required value: must be specified when `operator` is \
         'In' or 'NotIn'",
    );
}

#[test]
fn client_configs() {
    let check = |config: &str, expect: &str| check(&format!(r#"{{"clientConfig":{config}}}"#), expect);
    let both = "webhooks[0].clientConfig: Required value: exactly one of url or service is required";
    check("{}", both);
    check(r#"{"url":"https://a.b","service":{"name":"n","namespace":"m","port":443}}"#, both);
    check(r#"{"url":"https://a.b:99/c"}"#, "");
    check(
        r#"{"url":""}"#,
        "webhooks[0].clientConfig.url: Invalid value: \"\": 'https' is the only allowed URL scheme; desired format: \
         https://host[/path]; webhooks[0].clientConfig.url: Invalid value: \"\": host must be specified; desired \
         format: https://host[/path]",
    );
    check(
        r#"{"url":"http://example.com"}"#,
        "webhooks[0].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: \
         https://host[/path]",
    );
    check(
        r#"{"url":"https://user:pass@example.com/?arg=value#anchor"}"#,
        "webhooks[0].clientConfig.url: Invalid value: \"user:pass\": user information is not permitted in the URL; \
         webhooks[0].clientConfig.url: Invalid value: \"anchor\": fragments are not permitted in the URL; \
         webhooks[0].clientConfig.url: Invalid value: \"arg=value\": query parameters are not permitted in the URL",
    );
    let path =
        |path: &str| format!(r#"{{"service":{{"name":"n","namespace":"m","port":443,"path":"{path}"}}}}"#);
    let at = "webhooks[0].clientConfig.service.path: Invalid value";
    check(&path("/"), "");
    check(&path("//"), &format!("{at}: \"//\": segment[0] may not be empty"));
    check(&path("/foo//bar/"), &format!("{at}: \"/foo//bar/\": segment[1] may not be empty"));
    check(&path("foo/"), &format!("{at}: \"foo/\": must start with a '/'"));
    check(
        &path("/apis/foo.bar/v1alpha1--/bad"),
        &format!("{at}: \"/apis/foo.bar/v1alpha1--/bad\": segment[2]: {LABEL}"),
    );
    check(
        r#"{"service":{"name":"n","namespace":"m","port":65536}}"#,
        "webhooks[0].clientConfig.service.port: Invalid value: 65536: port is not valid: must be between 1 and 65535, \
         inclusive",
    );
    check(r#"{"service":{"name":"n","port":443}}"#, "webhooks[0].clientConfig.service.name: Required value");
}

#[test]
fn rules() {
    let check = |over: &str, expect: &str| {
        let mut rule = object(value!({
            "operations": ["CREATE"], "apiGroups": ["a"], "apiVersions": ["a"], "resources": ["a"],
        }));
        let over = json::parse(over.as_bytes()).unwrap();
        for (key, value) in over.as_object().unwrap().iter() {
            rule.insert(key.clone(), value.clone());
        }
        let rules = json::to_string(&value!({"rules": [rule]}));
        let expect = if expect.is_empty() { String::new() } else { format!("webhooks[0].rules[0].{expect}") };
        super::tests::check(&rules, &expect);
    };
    check("{}", "");
    check(r#"{"operations":[]}"#, "operations: Required value");
    check(
        r#"{"operations":["CREATE","*"]}"#,
        r#"operations: Invalid value: ["CREATE","*"]: if '*' is present, must not specify other operations"#,
    );
    check(
        r#"{"operations":["WATCH"]}"#,
        r#"operations[0]: Unsupported value: "WATCH": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE""#,
    );
    check(r#"{"apiGroups":[]}"#, "apiGroups: Required value");
    check(r#"{"apiGroups":[""]}"#, "");
    check(
        r#"{"apiGroups":["a","*"]}"#,
        r#"apiGroups: Invalid value: ["a","*"]: if '*' is present, must not specify other API groups"#,
    );
    check(r#"{"apiVersions":[""]}"#, "apiVersions[0]: Required value");
    check(r#"{"resources":[""]}"#, "resources[0]: Required value");
    check(r#"{"resources":["*","a/b"]}"#, "");
    check(
        r#"{"resources":["*/*","a"]}"#,
        r#"resources: Invalid value: ["*/*","a"]: if '*/*' is present, must not specify other resources"#,
    );
    check(
        r#"{"resources":["a/*","a/x"]}"#,
        r#"resources[1]: Invalid value: "a/x": if 'a/*' is present, must not specify a/x"#,
    );
    check(
        r#"{"resources":["*/a","x/a"]}"#,
        r#"resources[1]: Invalid value: "x/a": if '*/a' is present, must not specify x/a"#,
    );
    check(
        r#"{"resources":["*","a"]}"#,
        r#"resources: Invalid value: ["*","a"]: if '*' is present, must not specify other resources without subresources"#,
    );
    check(
        r#"{"scope":"x"}"#,
        r#"scope: Unsupported value: "x": supported values: "*", "Cluster", "Namespaced""#,
    );
}

#[test]
fn what_was_wrong_before_may_stay() {
    let old =
        object(value!({"webhooks": [(hook(r#"{"sideEffects":"Some","admissionReviewVersions":["v0"]}"#))]}));
    assert_eq!(told(&hooks::validate(&old, Some(&old), true)), "");
    let new = object(value!({"webhooks": [(hook("{}")), (hook("{}"))]}));
    assert_eq!(
        told(&hooks::validate(&new, Some(&old), true)),
        r#"webhooks[1].name: Duplicate value: "webhook.k8s.io""#
    );
}

#[tokio::test]
async fn bindings() {
    let server = crate::registry::tests::Server::start().await;
    let call = server.call("admissionregistration.k8s.io/v1/validatingadmissionpolicybindings", "", "x");
    let attempt = crate::registry::write::Attempt::new(&server.registry, &call);
    let check = |spec: &str, expect: &str| {
        let spec = json::parse(spec.as_bytes()).unwrap();
        let faults = binding::validating_binding(&attempt, &object(value!({"spec": spec})), None);
        assert_eq!(told(&faults), expect);
    };
    check(r#"{"policyName":"p.example.com","validationActions":["Deny"]}"#, "");
    check(r#"{"validationActions":["Deny"]}"#, "spec.policyName: Required value");
    check(
        r#"{"policyName":"p","validationActions":[]}"#,
        "spec.validationActions: Required value: at least one validation action is required",
    );
    check(
        r#"{"policyName":"p","validationActions":["Deny","Warn"]}"#,
        "spec.validationActions: Invalid value: [\"Deny\",\"Warn\"]: must not contain both Deny and Warn (repeating the \
         same validation failure information in the API response and headers serves no purpose)",
    );
    check(
        r#"{"policyName":"p","validationActions":["Deny","Deny"]}"#,
        r#"spec.validationActions[1]: Duplicate value: "Deny""#,
    );
    check(
        r#"{"policyName":"p","validationActions":["deny"]}"#,
        r#"spec.validationActions[0]: Unsupported value: "deny": supported values: "Audit", "Deny", "Warn""#,
    );
    check(
        r#"{"policyName":"p","validationActions":["Deny"],"paramRef":{}}"#,
        "spec.paramRef: Required value: one of name or selector must be specified; \
         spec.paramRef.parameterNotFoundAction: Required value",
    );
    check(
        r#"{"policyName":"p","validationActions":["Deny"],"paramRef":{"name":"a","selector":{},"parameterNotFoundAction":"Deny"}}"#,
        "spec.paramRef.name: Forbidden: name and selector are mutually exclusive; spec.paramRef.selector: Forbidden: name \
         and selector are mutually exclusive",
    );
}
