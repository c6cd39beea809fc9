//! The audit log, line by line.

use amethyst_clock::Clock;
use amethyst_object::{Value, json};
use amethyst_server::audit::{Audit, Log, LogOptions, Policy};
use amethyst_server::{Server, ServerOptions};
use http_body_util::BodyExt;

use crate::support::{ask, registry};

/// Asks what `requests` say and gives the lines of the log.
async fn lines(policy: &str, requests: &[(&str, &str)]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.log");
    let clock = Clock::at("2026-11-24T03:00:00Z".parse().unwrap());
    let policy = Policy::parse(&format!("{{apiVersion: audit.k8s.io/v1, kind: Policy, {policy}}}")).unwrap();
    let audit = Audit::new(policy, Log::open(LogOptions::new(&path)).unwrap(), clock.clone());
    let options = ServerOptions { audit: Some(audit), ..ServerOptions::new(clock) };
    let server = Server::start(registry().await, options);
    for (request, body) in requests {
        ask(&server, request, body).await;
    }
    // The log is closed, and with it written, when nobody has the server any more.
    drop(server);
    let text = std::fs::read_to_string(&path).unwrap();
    text.lines().map(|line| json::parse(line.as_bytes()).unwrap()).collect()
}

fn text(line: &Value) -> String {
    json::to_string_in_order(line)
}

#[tokio::test(start_paused = true)]
async fn a_write_is_told_whole() {
    let create = "POST /api/v1/namespaces/default/configmaps?fieldManager=x\naudit-id: one\nuser-agent: me\nimpersonate-user: jo\nimpersonate-group: system:masters";
    let found = lines(
        "omitManagedFields: true, rules: [{level: RequestResponse, verbs: [create]}]",
        &[
            (create, r#"{"metadata":{"name":"a"},"data":{"k":"v"}}"#),
            ("GET /api/v1/namespaces/default/configmaps/a", ""),
        ],
    )
    .await;
    assert_eq!(found.len(), 2);
    assert_eq!(
        text(&found[0]),
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"one","stage":"RequestReceived","requestURI":"/api/v1/namespaces/default/configmaps?fieldManager=x","verb":"create","user":{"username":"test","groups":["system:masters","system:authenticated"]},"userAgent":"me","objectRef":{"resource":"configmaps","namespace":"default","apiVersion":"v1"},"requestReceivedTimestamp":"2026-11-24T03:00:00.000000Z","stageTimestamp":"2026-11-24T03:00:00.000000Z"}"#
    );
    let end = &found[1];
    let part = |keys: &[&str]| end.at(keys).map(text).unwrap_or_default();
    assert_eq!(part(&["stage"]), r#""ResponseComplete""#);
    assert_eq!(
        part(&["objectRef"]),
        r#"{"resource":"configmaps","namespace":"default","name":"a","apiVersion":"v1"}"#
    );
    assert_eq!(part(&["impersonatedUser", "username"]), r#""jo""#);
    assert_eq!(part(&["responseStatus"]), r#"{"metadata":{},"code":201}"#);
    assert_eq!(part(&["requestObject", "data"]), r#"{"k":"v"}"#);
    assert_eq!(part(&["responseObject", "metadata", "name"]), r#""a""#);
    assert_eq!(part(&["responseObject", "metadata", "managedFields"]), "");
    assert_eq!(
        part(&["annotations"]),
        r#"{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":""}"#
    );
}

#[tokio::test(start_paused = true)]
async fn refusals_and_metadata_are_told() {
    let found = lines(
        "omitStages: [RequestReceived], rules: [{level: Metadata}]",
        &[
            ("GET /api/v1/namespaces/default/secrets/s\nimpersonate-user: jo", ""),
            ("GET /metrics", ""),
            (
                "PUT /api/v1/namespaces/default/configmaps/a",
                r#"{"metadata":{"name":"a","uid":"u"},"data":{"k":"v"}}"#,
            ),
        ],
    )
    .await;
    assert_eq!(found.len(), 3);
    let part = |line: usize, keys: &[&str]| found[line].at(keys).map(text).unwrap_or_default();
    assert_eq!(part(0, &["responseStatus", "reason"]), r#""Forbidden""#);
    assert_eq!(part(0, &["responseStatus", "code"]), "403");
    assert_eq!(part(0, &["authenticationMetadata", "impersonationConstraint"]), r#""impersonate:user-info""#);
    assert_eq!(part(0, &["annotations", "authorization.k8s.io/decision"]), r#""forbid""#);
    assert_eq!(part(1, &["objectRef"]), "");
    assert_eq!(part(1, &["verb"]), r#""get""#);
    assert_eq!(part(2, &["objectRef", "uid"]), r#""u""#);
    assert_eq!(part(2, &["requestObject"]), "");
}

#[tokio::test(start_paused = true)]
async fn what_admission_notes_is_told() {
    let name = "n";
    let labels = r#"{"pod-security.kubernetes.io/audit":"restricted"}"#;
    let space = format!(r#"{{"metadata":{{"name":"{name}","labels":{labels}}}}}"#);
    let pod = r#"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}"#;
    let account = r#"{"metadata":{"name":"default"}}"#;
    let found = lines(
        "omitStages: [RequestReceived], rules: [{level: Metadata, resources: [{resources: [pods]}]}]",
        &[
            ("POST /api/v1/namespaces", &space),
            ("POST /api/v1/namespaces/n/serviceaccounts", account),
            ("POST /api/v1/namespaces/n/pods", pod),
        ],
    )
    .await;
    let noted = found[0].at(&["annotations"]).map(text).unwrap_or_default();
    assert!(noted.contains("pod-security.kubernetes.io/audit-violations"), "{noted}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_is_told_when_it_begins_and_ends() {
    let found = lines(
        "rules: [{level: Metadata}]",
        &[("GET /api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=1", "")],
    )
    .await;
    let stages: Vec<&str> = found.iter().filter_map(|line| line.str_at(&["stage"])).collect();
    assert_eq!(stages, ["RequestReceived", "ResponseStarted", "ResponseComplete"]);
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_an_id() {
    let server = crate::support::server().await;
    for request in ["GET /healthz", "GET /nothing", "GET /api/v1/namespaces/default/pods"] {
        assert_eq!(ask(&server, request, "").await.header("audit-id").len(), 36, "{request}");
    }
    assert_eq!(ask(&server, "GET /healthz\naudit-id: mine", "").await.header("audit-id"), "mine");
    let request = http::Request::get("/healthz").body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
    let user = amethyst_server::user::User { name: "jo".into(), ..Default::default() };
    let answer = tower::ServiceExt::oneshot(server.service(user), request).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(answer.headers().contains_key("audit-id"));
    assert!(answer.into_body().collect().await.is_ok());
}
