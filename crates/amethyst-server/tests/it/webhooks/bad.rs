//! Webhooks that hang, lie, stall and stream without end.

use amethyst_object::value;

use super::{create, hook, message, validating};
use crate::hooks::{Answer, Hook, response};
use crate::support::server;

const LONG: usize = 2_000_000;

fn bad(path: &str, review: &amethyst_object::Value) -> Answer {
    match path.split('?').next().unwrap() {
        "/hang" => Answer::Hang,
        "/endless" => Answer::Endless,
        "/stall" => Answer::Stall,
        "/drop" => Answer::Drop,
        "/boom" => Answer::Raw(500, "text/plain", "boom\n".to_owned()),
        "/missing" => Answer::Raw(404, "text/plain", "404 page not found".to_owned()),
        "/status" => Answer::Raw(
            403,
            "application/json",
            r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"go away"}"#.to_owned(),
        ),
        "/empty" => Answer::Raw(200, "application/json", String::new()),
        "/text" => Answer::Raw(200, "application/json", "fine".to_owned()),
        "/absent" => Answer::Review(value!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1"})),
        "/uid" => Answer::Review(value!({
            "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
            "response": {"uid": "other", "allowed": true},
        })),
        "/kind" => {
            let uid = review.str_at(&["request", "uid"]).unwrap();
            Answer::Review(value!({"response": {"uid": uid, "allowed": true}}))
        }
        "/long" => response(review, value!({"allowed": false, "status": {"message": ("x".repeat(LONG))}})),
        "/patch" => response(review, value!({"allowed": true, "patchType": "JSONPatch", "patch": "W10="})),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn bad_webhooks_cost_their_time_and_no_more() {
    let server = server().await;
    let webhook = Hook::start(bad).await;
    let url = webhook.url("");
    let post = |path: &str| format!("failed to call webhook: Post \"{url}/{path}?timeout=1s\"");
    let cases = [
        ("hang", format!("{}: context deadline exceeded", post("hang"))),
        ("stall", format!("{}: context deadline exceeded", post("stall"))),
        ("endless", format!("{}: the response is longer than 8388608 bytes", post("endless"))),
        (
            "boom",
            "failed to call webhook: an error on the server (\"boom\") has prevented the request from succeeding"
                .to_owned(),
        ),
        ("missing", "failed to call webhook: the server could not find the requested resource".to_owned()),
        ("status", "failed to call webhook: go away".to_owned()),
        (
            "empty",
            "failed to call webhook: 0-length response with status code: 200 and content type: application/json"
                .to_owned(),
        ),
        ("absent", "received invalid webhook response: webhook response was absent".to_owned()),
        (
            "kind",
            "received invalid webhook response: expected webhook response of admission.k8s.io/v1, \
             Kind=AdmissionReview, got /, Kind="
                .to_owned(),
        ),
        (
            "patch",
            "received invalid webhook response: validating webhook may not return response.patch".to_owned(),
        ),
    ];
    for (path, why) in cases {
        let name = format!("{path}.example.com");
        let one = hook(&webhook, &name, &format!("/{path}"), value!({"timeoutSeconds": 1}));
        super::configure(&server, "ValidatingWebhookConfiguration", path, vec![one]).await;
        let answer = create(&server, "x").await;
        let expect = format!("Internal error occurred: failed calling webhook \"{name}\": {why}");
        assert_eq!((answer.code, message(&answer)), (500, expect));
        let delete = format!("DELETE {}/validatingwebhookconfigurations/{path}", super::CONFIGURATIONS);
        assert_eq!(crate::support::ask(&server, &delete, "").await.code, 200);
    }
}

#[tokio::test]
async fn lies_are_told_apart_from_answers() {
    let server = server().await;
    let webhook = Hook::start(bad).await;
    let names = ["text", "uid", "drop"];
    for (name, part) in names.into_iter().zip(["json parse error", "expected response.uid=\"", "EOF"]) {
        let one = hook(
            &webhook,
            &format!("{name}.example.com"),
            &format!("/{name}"),
            value!({"timeoutSeconds": 2}),
        );
        super::configure(&server, "ValidatingWebhookConfiguration", name, vec![one]).await;
        let answer = create(&server, "x").await;
        assert_eq!(answer.code, 500);
        assert!(message(&answer).contains(part), "{}", message(&answer));
        let delete = format!("DELETE {}/validatingwebhookconfigurations/{name}", super::CONFIGURATIONS);
        crate::support::ask(&server, &delete, "").await;
    }
}

#[tokio::test]
async fn a_failure_may_be_ignored_a_no_may_not() {
    let server = server().await;
    let webhook = Hook::start(bad).await;
    let ignore = || value!({"timeoutSeconds": 1, "failurePolicy": "Ignore"});
    let hooks = ["hang", "uid", "boom"]
        .map(|path| hook(&webhook, &format!("{path}.example.com"), &format!("/{path}"), ignore()));
    validating(&server, hooks.to_vec()).await;
    assert_eq!(create(&server, "x").await.code, 201);
    let one = hook(&webhook, "long.example.com", "/long", ignore());
    super::configure(&server, "ValidatingWebhookConfiguration", "w", vec![one]).await;
    let answer = create(&server, "y").await;
    assert_eq!(answer.code, 400);
    assert!(message(&answer).len() > LONG);
}
