//! What mutating webhooks make of objects.

use amethyst_object::{Value, json, value};

use super::{MAPS, configure, create, hook, message};
use crate::hooks::{Hook, patch, response};
use crate::support::{ask, server};

const KIND: &str = "MutatingWebhookConfiguration";

fn data(answer: &crate::support::Answer) -> String {
    answer.json().get("data").map(json::to_string).unwrap_or_default()
}

/// Appends its path to `data.trace`.
fn trace(path: &str, review: &Value) -> crate::hooks::Answer {
    let name = path.trim_start_matches('/').split('?').next().unwrap();
    let so_far = review.at(&["request", "object", "data", "trace"]).and_then(Value::as_str);
    patch(
        review,
        &match so_far {
            None => format!(r#"[{{"op":"add","path":"/data","value":{{"trace":"{name}"}}}}]"#),
            Some(so_far) => format!(r#"[{{"op":"replace","path":"/data/trace","value":"{so_far}{name}"}}]"#),
        },
    )
}

#[tokio::test]
async fn they_run_by_the_names_of_their_configurations() {
    let server = server().await;
    let webhook = Hook::start(trace).await;
    let one = |name: &str| hook(&webhook, &format!("{name}.example.com"), &format!("/{name}"), value!({}));
    configure(&server, KIND, "second", vec![one("c")]).await;
    configure(&server, KIND, "first", vec![one("a"), one("b")]).await;
    assert_eq!(data(&create(&server, "x").await), r#"{"trace":"abc"}"#);
}

#[tokio::test]
async fn those_that_want_to_are_asked_again() {
    let server = server().await;
    let webhook = Hook::start(trace).await;
    let again = || value!({"reinvocationPolicy": "IfNeeded"});
    let hooks = vec![
        hook(&webhook, "a.example.com", "/a", again()),
        hook(&webhook, "b.example.com", "/b", value!({})),
        hook(&webhook, "c.example.com", "/c", again()),
    ];
    configure(&server, KIND, "all", hooks).await;
    // The last one saw all changes of the first round, but not what the first one did when it was asked again.
    assert_eq!(data(&create(&server, "x").await), r#"{"trace":"abcac"}"#);
}

#[tokio::test]
async fn a_patch_is_decoded_as_a_body_is() {
    let server = server().await;
    let webhook = Hook::start(|path, review| {
        patch(
            review,
            match path.split('?').next().unwrap() {
                "/unknown" => r#"[{"op":"add","path":"/spezial","value":1}]"#,
                "/type" => r#"[{"op":"add","path":"/data","value":{"a":1}}]"#,
                "/gone" => r#"[{"op":"remove","path":"/data/nope"}]"#,
                "/kind" => r#"[{"op":"replace","path":"/kind","value":"Secret"}]"#,
                "/owners" => r#"[{"op":"add","path":"/metadata/managedFields","value":[{"manager":"x"}]}]"#,
                "/namespace" => r#"[{"op":"add","path":"/metadata/namespace","value":"kube-system"}]"#,
                _ => r#"{"op":"remove"}"#,
            },
        )
    })
    .await;
    let fails = |what: &'static str| (500, what);
    let cases = [
        ("unknown", (201, "")),
        ("type", fails("json: cannot unmarshal number into Go struct field ConfigMap.data of type string")),
        (
            "gone",
            fails("remove operation does not apply: doc is missing path: \"/data/nope\": missing value"),
        ),
        ("kind", fails("unknown conversion")),
        ("owners", (201, "")),
        (
            "namespace",
            (400, "the namespace of the provided object does not match the namespace sent on the request"),
        ),
        ("list", fails("received undecodable patch in webhook response")),
    ];
    for (path, (code, part)) in cases {
        configure(
            &server,
            KIND,
            path,
            vec![hook(&webhook, &format!("{path}.example.com"), &format!("/{path}"), value!({}))],
        )
        .await;
        let answer = create(&server, path).await;
        assert_eq!(answer.code, code, "{path}: {}", answer.text);
        assert!(message(&answer).contains(part), "{path}: {}", message(&answer));
        if path == "owners" {
            assert!(
                answer
                    .header("warning")
                    .contains(".metadata.managedFields was in an invalid state after admission")
            );
            assert!(answer.text.contains("\"managedFields\""));
        }
        let delete = format!("DELETE {}/mutatingwebhookconfigurations/{path}", super::CONFIGURATIONS);
        ask(&server, &delete, "").await;
    }
}

#[tokio::test]
async fn a_deletion_is_told_and_cannot_be_changed() {
    let server = server().await;
    assert_eq!(create(&server, "x").await.code, 201);
    let webhook = Hook::start(|_, review| patch(review, r#"[{"op":"add","path":"/data","value":{}}]"#)).await;
    configure(&server, KIND, "all", vec![hook(&webhook, "a.example.com", "/a", value!({}))]).await;
    let answer = ask(&server, &format!("DELETE {MAPS}/x"), "").await;
    let why = "Internal error occurred: admission webhook \"a.example.com\" attempted to modify the object, which is \
               not supported for this operation";
    assert_eq!((answer.code, message(&answer).as_str()), (500, why));
}

#[tokio::test]
async fn old_reviews_are_still_spoken() {
    let server = server().await;
    let webhook = Hook::start(|_, review| {
        let patch = "W3sib3AiOiJhZGQiLCJwYXRoIjoiL2RhdGEiLCJ2YWx1ZSI6eyJhIjoiYiJ9fV0=";
        response(review, value!({"allowed": true, "patch": patch}))
    })
    .await;
    let old = value!({"admissionReviewVersions": ["v2", "v1beta1", "v1"]});
    configure(&server, KIND, "old", vec![hook(&webhook, "a.example.com", "/a", old)]).await;
    assert_eq!(data(&create(&server, "x").await), r#"{"a":"b"}"#);
    assert_eq!(webhook.seen()[0].1.str_at(&["apiVersion"]), Some("admission.k8s.io/v1beta1"));
}
