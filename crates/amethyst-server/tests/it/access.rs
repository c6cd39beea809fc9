//! Who may do what, over the whole way of a request.

use amethyst_object::Value;
use amethyst_server::Server;

use crate::support::{Answer, ask, server};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

/// Asks as another user.
async fn ask_as(server: &Server, user: &str, request: &str, body: &str) -> Answer {
    ask(server, &format!("{request}\nimpersonate-user: {user}"), body).await
}

fn message(answer: &Answer) -> String {
    answer.json().str_at(&["message"]).unwrap_or_default().to_owned()
}

async fn put(server: &Server, path: &str, body: &str) {
    let answer = ask(server, &format!("POST {RBAC}/{path}"), body).await;
    assert_eq!(answer.code, 201, "{}", answer.text);
}

async fn give(server: &Server, role: &str, rules: &str, user: &str) {
    put(server, "clusterroles", &format!(r#"{{"metadata":{{"name":"{role}"}},"rules":{rules}}}"#)).await;
    let binding = format!(
        r#"{{"metadata":{{"name":"{role}"}},"roleRef":{{"kind":"ClusterRole","name":"{role}"}},"subjects":[{{"kind":"User","name":"{user}"}}]}}"#
    );
    put(server, "clusterrolebindings", &binding).await;
}

#[tokio::test(start_paused = true)]
async fn a_binding_counts_at_once() {
    let server = server().await;
    let pods = "GET /api/v1/namespaces/default/pods";
    assert_eq!(ask_as(&server, "jo", pods, "").await.code, 403);
    give(&server, "pods", r#"[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]"#, "jo").await;
    assert_eq!(ask_as(&server, "jo", pods, "").await.code, 200);
    assert_eq!(ask_as(&server, "jo", "DELETE /api/v1/namespaces/default/pods", "").await.code, 403);
    let gone = ask(&server, &format!("DELETE {RBAC}/clusterroles/pods"), "").await;
    assert_eq!(gone.code, 200);
    let refused = ask_as(&server, "jo", pods, "").await;
    assert!(
        message(&refused).ends_with("rbac: RBAC: clusterrole.rbac.authorization.k8s.io \"pods\" not found"),
        "{}",
        refused.text
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_gives_what_they_do_not_have() {
    let server = server().await;
    give(
        &server,
        "maker",
        r#"[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["*"],"verbs":["*"],"resourceNames":["x"]},{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["create"]}]"#,
        "jo",
    )
    .await;
    let role = r#"{"metadata":{"name":"x"},"rules":[{"apiGroups":["apps"],"resources":["deployments"],"verbs":["get","list"]}]}"#;
    let refused = ask_as(&server, "jo", &format!("POST {RBAC}/namespaces/default/roles"), role).await;
    assert_eq!(refused.code, 403);
    assert_eq!(
        message(&refused),
        "roles.rbac.authorization.k8s.io \"x\" is forbidden: user \"jo\" (groups=[\"system:authenticated\"]) is \
         attempting to grant RBAC permissions not currently held:\n\
         {APIGroups:[\"apps\"], Resources:[\"deployments\"], Verbs:[\"get\" \"list\"]}"
    );
    give(&server, "more", r#"[{"apiGroups":["apps"],"resources":["*"],"verbs":["*"]}]"#, "jo").await;
    let made = ask_as(&server, "jo", &format!("POST {RBAC}/namespaces/default/roles"), role).await;
    assert_eq!(made.code, 201, "{}", made.text);
}

#[tokio::test(start_paused = true)]
async fn rules_are_gathered() {
    let server = server().await;
    let (mut tasks, shutdown) = (tokio::task::JoinSet::new(), tokio_util::sync::CancellationToken::new());
    server.registry().spawn_background(&mut tasks, &shutdown);
    let gathers = r#"{"metadata":{"name":"all"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"to":"all"}}]},"rules":[]}"#;
    put(&server, "clusterroles", gathers).await;
    let part = r#"{"metadata":{"name":"part","labels":{"to":"all"}},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}"#;
    put(&server, "clusterroles", part).await;
    let mut changes = server.registry().store().watch(amethyst_store::Revision(0)).unwrap();
    let all = loop {
        let answer = ask(&server, &format!("GET {RBAC}/clusterroles/all"), "").await.json();
        if answer.get("rules").and_then(Value::as_array).is_some_and(|rules| !rules.is_empty()) {
            break answer;
        }
        changes.next().await.unwrap();
    };
    assert_eq!(all.str_at(&["metadata", "managedFields", "0", "manager"]), None);
    let owners = all.at(&["metadata", "managedFields"]).and_then(Value::as_array).unwrap();
    let owner = owners.iter().find(|owner| owner.at(&["fieldsV1", "f:rules"]).is_some()).unwrap();
    assert_eq!(owner.str_at(&["manager"]), Some("clusterrole-aggregation-controller"));
    shutdown.cancel();
}

#[tokio::test(start_paused = true)]
async fn the_roles_of_every_cluster_are_there_and_stay() {
    let registry = crate::support::registry().await;
    let store = registry.store().clone();
    let before = store.snapshot().revision();
    let edit = store.snapshot().get("rbac.authorization.k8s.io/clusterroles//edit").unwrap().clone();
    assert!(
        edit.record.object().get("rules").and_then(Value::as_array).is_some_and(|rules| rules.len() > 10)
    );
    drop(registry);
    // Another start finds nothing to do.
    let again = crate::support::registry_over(store.clone()).await;
    assert_eq!(store.snapshot().revision(), before);
    let server = Server::start(again, amethyst_server::ServerOptions::new(amethyst_clock::Clock::system()));
    let patch = r#"{"metadata":{"labels":null,"annotations":{"rbac.authorization.kubernetes.io/autoupdate":"false"}},"rules":[]}"#;
    let merge = "content-type: application/merge-patch+json";
    let name = "system:basic-user";
    let kept = ask(&server, &format!("PATCH {RBAC}/clusterroles/{name}\n{merge}"), patch).await;
    assert_eq!(kept.code, 200, "{}", kept.text);
    for (path, patch) in [
        ("clusterroles/view", r#"{"metadata":{"labels":null},"aggregationRule":null}"#),
        (
            "clusterrolebindings/system:discovery",
            r#"{"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"jo"}]}"#,
        ),
    ] {
        let changed = ask(&server, &format!("PATCH {RBAC}/{path}\n{merge}"), patch).await;
        assert_eq!(changed.code, 200, "{}", changed.text);
    }
    let _again = crate::support::registry_over(store).await;
    let get = |path: &'static str| {
        let server = server.clone();
        async move { ask(&server, &format!("GET {RBAC}/{path}"), "").await.json() }
    };
    let basic = get("clusterroles/system:basic-user").await;
    assert!(basic.get("rules").is_none_or(Value::is_null), "it is left alone");
    let view = get("clusterroles/view").await;
    assert!(view.at(&["aggregationRule"]).is_some() && view.at(&["metadata", "labels"]).is_some());
    let discovery = get("clusterrolebindings/system:discovery").await;
    assert_eq!(discovery.get("subjects").and_then(Value::as_array).map(<[_]>::len), Some(2));
}
