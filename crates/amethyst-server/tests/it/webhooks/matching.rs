//! Which requests webhooks are asked about.

use amethyst_object::{Value, json, value};

use super::{CONFIGURATIONS, MAPS, configure, create, hook};
use crate::hooks::{Hook, response};
use crate::support::{ask, server};

#[tokio::test]
async fn selectors_look_at_namespaces_and_objects() {
    let server = server().await;
    let webhook = Hook::start(|_, review| response(review, value!({"allowed": true}))).await;
    let on = || value!({"matchLabels": {"hooked": "yes"}});
    let everything = || value!([{"operations": ["*"], "apiGroups": [""], "apiVersions": ["*"], "resources": ["configmaps", "namespaces"]}]);
    let hooks = vec![
        hook(
            &webhook,
            "ns.example.com",
            "/ns",
            value!({"namespaceSelector": (on()), "rules": (everything())}),
        ),
        hook(&webhook, "obj.example.com", "/obj", value!({"objectSelector": (on())})),
    ];
    configure(&server, "ValidatingWebhookConfiguration", "v", hooks).await;
    let asked = |from: usize| {
        let seen = webhook.seen();
        seen[from..].iter().map(|(path, _)| path.split('?').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(create(&server, "plain").await.code, 201);
    assert_eq!(asked(0), [""; 0]);
    let labelled =
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"l","labels":{"hooked":"yes"}}}"#;
    assert_eq!(ask(&server, &format!("POST {MAPS}"), labelled).await.code, 201);
    assert_eq!(asked(0), ["/obj"]);
    // The old object's labels count too.
    let bare = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"l"}}"#;
    assert_eq!(ask(&server, &format!("PUT {MAPS}/l"), bare).await.code, 200);
    assert_eq!(asked(1), ["/obj"]);
    let namespace =
        r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n","labels":{"hooked":"yes"}}}"#;
    assert_eq!(ask(&server, "POST /api/v1/namespaces", namespace).await.code, 201);
    assert_eq!(asked(2), ["/ns"]);
    let below = "POST /api/v1/namespaces/n/configmaps";
    assert_eq!(ask(&server, below, &labelled.replace("hooked", "free")).await.code, 201);
    assert_eq!(asked(3), ["/ns"]);
    let review = &webhook.seen()[2].1;
    assert_eq!(review.at(&["request", "namespace"]).and_then(Value::as_str), Some("n"));
}

#[tokio::test]
async fn equivalent_versions_are_converted() {
    let server = server().await;
    let webhook = Hook::start(|_, review| response(review, value!({"allowed": true}))).await;
    let of = |version: &str| {
        let rules = value!([{
            "operations": ["CREATE"], "apiGroups": ["autoscaling"], "apiVersions": [version],
            "resources": ["horizontalpodautoscalers"],
        }]);
        rules
    };
    let hooks = vec![
        hook(&webhook, "exact.example.com", "/exact", value!({"matchPolicy": "Exact", "rules": (of("v1"))})),
        hook(&webhook, "like.example.com", "/like", value!({"rules": (of("v1"))})),
    ];
    configure(&server, "ValidatingWebhookConfiguration", "v", hooks).await;
    let scaler = r#"{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"x"},"spec":{
        "maxReplicas":3,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"},
        "metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60}}}]}}"#;
    let path = "POST /apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
    let answer = ask(&server, path, scaler).await;
    assert_eq!(answer.code, 201, "{}", answer.text);
    let seen = webhook.seen();
    assert_eq!(seen.len(), 1);
    let request = seen[0].1.get("request").unwrap();
    let at = |keys: &[&str]| request.at(keys).map(json::to_string).unwrap_or_default();
    assert_eq!(at(&["kind", "version"]), "\"v1\"");
    assert_eq!(at(&["requestKind", "version"]), "\"v2\"");
    assert_eq!(at(&["resource", "version"]), "\"v1\"");
    assert_eq!(at(&["object", "apiVersion"]), "\"autoscaling/v1\"");
    assert_eq!(at(&["object", "spec", "targetCPUUtilizationPercentage"]), "60");
}

#[tokio::test]
async fn nobody_locks_himself_out() {
    let server = server().await;
    let webhook = Hook::start(|_, review| response(review, value!({"allowed": false}))).await;
    let all = value!([{"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"]}]);
    configure(
        &server,
        "ValidatingWebhookConfiguration",
        "v",
        vec![hook(&webhook, "all.example.com", "/", value!({"rules": all}))],
    )
    .await;
    assert_eq!(create(&server, "x").await.code, 400);
    let delete = format!("DELETE {CONFIGURATIONS}/validatingwebhookconfigurations/v");
    assert_eq!(ask(&server, &delete, "").await.code, 200);
    assert_eq!(create(&server, "x").await.code, 201);
}
