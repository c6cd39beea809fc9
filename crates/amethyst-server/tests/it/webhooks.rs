//! Webhooks: what they are asked, what they may do, and what bad ones cannot.

mod bad;
mod matching;
mod mutating;

use amethyst_object::{Value, json, value};
use amethyst_server::Server;

use crate::hooks::{Hook, response};
use crate::support::{Answer, ask, server};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1";

/// A webhook about ConfigMaps, with `more` in it.
fn hook(hook: &Hook, name: &str, path: &str, more: Value) -> Value {
    let mut one = value!({
        "name": name, "clientConfig": {"url": (hook.url(path)), "caBundle": (hook.bundle.as_str())},
        "rules": [{"operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}],
        "sideEffects": "None", "admissionReviewVersions": ["v1"],
    });
    let Value::Object(more) = more else { panic!("more is a map") };
    let map = one.as_object_mut().unwrap();
    more.iter().for_each(|(key, value)| {
        map.insert(key.clone(), value.clone());
    });
    one
}

async fn configure(server: &Server, kind: &str, name: &str, hooks: Vec<Value>) {
    let configuration = value!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": name},
        "webhooks": (Value::Array(hooks)),
    });
    let path = format!("POST {CONFIGURATIONS}/{}s", kind.to_lowercase());
    let answer = ask(server, &path, &json::to_string(&configuration)).await;
    assert_eq!(answer.code, 201, "{}", answer.text);
}

async fn validating(server: &Server, hooks: Vec<Value>) {
    configure(server, "ValidatingWebhookConfiguration", "v", hooks).await;
}

async fn create(server: &Server, name: &str) -> Answer {
    let body = format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}","labels":{{"a":"b"}}}}}}"#
    );
    ask(server, &format!("POST {MAPS}"), &body).await
}

fn message(answer: &Answer) -> String {
    answer.json().str_at(&["message"]).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_no_is_passed_on_as_it_is() {
    let server = server().await;
    let webhook = Hook::start(|path, review| {
        let status = match path {
            "/plain?timeout=10s" => value!({"message": "not today", "code": 418, "reason": "Tired"}),
            "/reason?timeout=10s" => {
                value!({"reason": "Tired", "details": {"causes": [{"message": "late"}]}})
            }
            _ => return response(review, value!({"allowed": false})),
        };
        response(review, value!({"allowed": false, "status": status, "warnings": ["soon"]}))
    })
    .await;
    let cases = [("plain", "not today", 418, "Tired"), ("reason", "Tired", 400, "Tired")];
    for (path, said, code, reason) in cases {
        let name = format!("{path}.example.com");
        validating(&server, vec![hook(&webhook, &name, &format!("/{path}"), value!({}))]).await;
        let answer = create(&server, "x").await;
        let denied = format!("admission webhook \"{name}\" denied the request: {said}");
        assert_eq!((answer.code, message(&answer)), (code, denied));
        assert_eq!(answer.json().str_at(&["reason"]), Some(reason));
        assert_eq!(answer.header("warning"), "299 - \"soon\"");
        let details = if path == "reason" { r#"{"causes":[{"message":"late"}]}"# } else { "" };
        let found = answer.json().get("details").map(json::to_string).unwrap_or_default();
        assert_eq!(found, details);
        ask(&server, &format!("DELETE {CONFIGURATIONS}/validatingwebhookconfigurations/v"), "").await;
    }
    validating(&server, vec![hook(&webhook, "mute.example.com", "/mute", value!({}))]).await;
    let answer = create(&server, "x").await;
    let denied = "admission webhook \"mute.example.com\" denied the request without explanation";
    assert_eq!((answer.code, message(&answer).as_str()), (400, denied));
}

#[tokio::test]
async fn reviews_say_all_there_is_to_say() {
    let server = server().await;
    let webhook = Hook::start(|_, review| response(review, value!({"allowed": true}))).await;
    validating(&server, vec![hook(&webhook, "all.example.com", "/all", value!({}))]).await;
    assert_eq!(create(&server, "x").await.code, 201);
    let patch = "PATCH /api/v1/namespaces/default/configmaps/x?fieldManager=me&dryRun=All\n\
                 content-type: application/merge-patch+json";
    assert_eq!(ask(&server, patch, r#"{"data":{"a":"b"}}"#).await.code, 200);
    let delete = format!("DELETE {MAPS}/x");
    assert_eq!(
        ask(&server, &delete, r#"{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":3}"#)
            .await
            .code,
        200
    );
    let seen = webhook.seen();
    let requests: Vec<&Value> = seen.iter().map(|(_, review)| review.get("request").unwrap()).collect();
    let at = |index: usize, keys: &[&str]| requests[index].at(keys).map(json::to_string).unwrap_or_default();
    assert_eq!(requests.len(), 3);
    for (index, operation) in ["CREATE", "UPDATE", "DELETE"].iter().enumerate() {
        assert_eq!(at(index, &["operation"]), format!("\"{operation}\""));
        assert_eq!(at(index, &["kind"]), r#"{"group":"","kind":"ConfigMap","version":"v1"}"#);
        assert_eq!(at(index, &["requestKind"]), at(index, &["kind"]));
        assert_eq!(at(index, &["resource"]), r#"{"group":"","resource":"configmaps","version":"v1"}"#);
        assert_eq!((at(index, &["name"]), at(index, &["namespace"])), ("\"x\"".into(), "\"default\"".into()));
        assert_eq!(
            at(index, &["userInfo"]),
            r#"{"groups":["system:masters","system:authenticated"],"username":"test"}"#
        );
    }
    assert_eq!(at(0, &["oldObject"]), "null");
    assert_eq!(at(0, &["options", "kind"]), "\"CreateOptions\"");
    assert_ne!(at(0, &["object", "metadata", "uid"]), "");
    assert_eq!(at(1, &["object", "data"]), r#"{"a":"b"}"#);
    assert_eq!(at(1, &["dryRun"]), "true");
    assert_eq!(
        at(1, &["options"]),
        r#"{"apiVersion":"meta.k8s.io/v1","dryRun":["All"],"fieldManager":"me","kind":"UpdateOptions"}"#
    );
    assert_ne!(at(1, &["oldObject", "metadata", "resourceVersion"]), "");
    let owners = at(1, &["object", "metadata", "managedFields"]);
    assert!(owners.contains("\"manager\":\"me\""), "{owners}");
    assert_eq!(at(2, &["object"]), "null");
    assert_eq!(at(2, &["oldObject", "metadata", "name"]), "\"x\"");
    assert_eq!(
        at(2, &["options"]),
        r#"{"apiVersion":"meta.k8s.io/v1","gracePeriodSeconds":3,"kind":"DeleteOptions"}"#
    );
}

#[tokio::test]
async fn side_effects_forbid_dry_runs() {
    let server = server().await;
    let webhook = Hook::start(|_, review| response(review, value!({"allowed": true}))).await;
    let some = value!({"sideEffects": "NoneOnDryRun", "failurePolicy": "Ignore"});
    validating(&server, vec![hook(&webhook, "a.example.com", "/", some)]).await;
    let dry = format!("POST {MAPS}?dryRun=All");
    let body = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}"#;
    assert_eq!(ask(&server, &dry, body).await.code, 201);
    assert_eq!(webhook.seen()[0].1.at(&["request", "dryRun"]), Some(&Value::Bool(true)));
}

#[tokio::test]
async fn services_without_endpoints_lead_nowhere() {
    let server = server().await;
    let webhook = Hook::start(|_, review| response(review, value!({"allowed": false}))).await;
    let service = value!({
        "clientConfig": {
            "caBundle": (webhook.bundle.as_str()),
            "service": {"namespace": "default", "name": "hook", "path": "/check", "port": 8443},
        },
    });
    validating(&server, vec![hook(&webhook, "svc.example.com", "/", service)]).await;
    let failed = "Internal error occurred: failed calling webhook \"svc.example.com\": failed to call webhook: Post \
                  \"https://hook.default.svc:8443/check?timeout=10s\": ";
    let answer = create(&server, "x").await;
    assert_eq!((answer.code, message(&answer)), (500, format!("{failed}service \"hook\" not found")));
    let service = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"hook"},
        "spec":{"ports":[{"name":"https","port":8443}]}}"#;
    assert_eq!(ask(&server, "POST /api/v1/namespaces/default/services", service).await.code, 201);
    let answer = create(&server, "x").await;
    assert_eq!(message(&answer), format!("{failed}no endpoints available for service \"hook\""));
    assert!(webhook.seen().is_empty());
}
