//! Create, get, list, update, delete.

use amethyst_object::value;

use super::{Server, at, body, refused, show, text};
use crate::registry::{DeleteOptions, Outcome, Preconditions, Propagation};
use crate::request::{FieldValidation, ListOptions};

#[tokio::test]
async fn an_object_is_created_read_changed_and_deleted() {
    let server = Server::start().await;
    let made = server
        .create("v1/configmaps", "default", r#"{"metadata":{"name":"a"},"data":{"k":"v"}}"#)
        .await
        .unwrap();
    assert_eq!(text(&made, "metadata.creationTimestamp"), "2026-11-24T03:00:00Z");
    assert_eq!(text(&made, "metadata.uid").len(), 36);
    assert_eq!(show(&made, "metadata.managedFields.0.fieldsV1"), r#"{"f:data":{".":{},"f:k":{}}}"#);
    assert!(at(&made, "metadata.generation").is_none());
    assert_eq!(server.get("v1/configmaps", "default", "a").unwrap(), made);

    // Nothing changed: no revision.
    let same = server.update("v1/configmaps", "default", "a", &made).await.unwrap();
    assert_eq!(same, made);
    let mut changed = made.clone();
    changed.as_object_mut().unwrap().insert("data", value!({"k": "w"}));
    let updated = server.update("v1/configmaps", "default", "a", &changed).await.unwrap();
    assert_ne!(text(&updated, "metadata.resourceVersion"), text(&made, "metadata.resourceVersion"));
    assert_eq!(
        refused(server.update("v1/configmaps", "default", "a", &changed).await),
        "409 Conflict: Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please \
         apply your changes to the latest version and try again"
    );
    changed.as_object_mut().unwrap().object_mut("metadata").remove("resourceVersion");
    changed.as_object_mut().unwrap().insert("data", value!({"k": "x"}));
    assert!(server.update("v1/configmaps", "default", "a", &changed).await.is_ok());

    let gone = server.delete("v1/configmaps", "default", "a").await.unwrap();
    let uid = text(&made, "metadata.uid");
    assert_eq!(show(&gone, "details"), format!(r#"{{"kind":"configmaps","name":"a","uid":"{uid}"}}"#));
    assert_eq!(
        refused(server.get("v1/configmaps", "default", "a")),
        "404 NotFound: configmaps \"a\" not found"
    );
    assert_eq!(
        refused(server.delete("v1/configmaps", "default", "a").await),
        "404 NotFound: configmaps \"a\" not found"
    );
}

#[tokio::test]
async fn what_cannot_be_created_is_refused_in_upstreams_words() {
    let server = Server::start().await;
    let check = async |resource: &str, namespace: &str, object: &str, expect: &str| {
        let refusal = refused(server.create(resource, namespace, object).await);
        assert!(refusal.starts_with(expect), "{object}\n{refusal}\n{expect}");
    };
    server.create("v1/configmaps", "default", r#"{"metadata":{"name":"a"}}"#).await.unwrap();
    let maps = "v1/configmaps";
    check(
        maps,
        "default",
        r#"{"metadata":{"name":"a"}}"#,
        "409 AlreadyExists: configmaps \"a\" already exists",
    )
    .await;
    check(maps, "nowhere", r#"{"metadata":{"name":"b"}}"#, "404 NotFound: namespaces \"nowhere\" not found")
        .await;
    check(
        maps,
        "default",
        r#"{"metadata":{"name":"b","namespace":"kube-system"}}"#,
        "400 BadRequest: the namespace of the provided object does not match the namespace sent on the request",
    )
    .await;
    check(
        maps,
        "default",
        r#"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"b"}}"#,
        "400 BadRequest: Secret in version \"v1\" cannot be handled as a ConfigMap",
    )
    .await;
    check(
        maps,
        "default",
        r#"{"apiVersion":"v2","metadata":{"name":"b"}}"#,
        "400 BadRequest: the API version in the data (v2) does not match the expected API version (v1)",
    )
    .await;
    check(
        maps,
        "default",
        r#"{"metadata":{}}"#,
        "422 Invalid: ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required",
    )
    .await;
    check(
        maps,
        "default",
        r#"{"metadata":{"name":"A"}}"#,
        "422 Invalid: ConfigMap \"A\" is invalid: metadata.name: Invalid value: \"A\": a lowercase RFC 1123 \
         subdomain must consist of",
    )
    .await;
    check(
        maps,
        "default",
        r#"{"metadata":{"name":"b"},"data":{"k":1}}"#,
        "400 BadRequest: ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal \
         number into Go struct field ConfigMap.data of type string",
    )
    .await;
    check(
        "v1/namespaces",
        "",
        r#"{"metadata":{"name":"a.b"}}"#,
        "422 Invalid: Namespace \"a.b\" is invalid: metadata.name: Invalid value: \"a.b\": must not contain dots",
    )
    .await;
    check(
        maps,
        "default",
        r#"{"metadata":{"name":"b","labels":{"a b":"c"}}}"#,
        "422 Invalid: ConfigMap \"b\" is invalid: metadata.labels: Invalid value: \"a b\": name part must consist of",
    )
    .await;
    check(
        maps,
        "default",
        r#"{"metadata":{"name":"b","resourceVersion":"4"}}"#,
        "500 Unknown: resourceVersion should not be set on objects to be created",
    )
    .await;
}

#[tokio::test]
async fn unknown_and_duplicate_fields_are_told() {
    let server = Server::start().await;
    let object = r#"{"metadata":{"name":"a"},"spec":{"foo":1,"replicas":1,"replicas":1,
        "selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
        "spec":{"containers":[{"name":"c","image":"i"}]}}}}"#;
    let mut call = server.call("apps/v1/deployments", "default", "");
    call.write.dry_run = true;
    server.registry.create(&call, body(object)).await.unwrap();
    assert_eq!(call.warnings.take(), ["unknown field \"spec.foo\"", "duplicate field \"spec.replicas\""]);
    call.write.field_validation = FieldValidation::Strict;
    assert_eq!(
        refused(server.registry.create(&call, body(object)).await),
        "400 BadRequest: Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: \
         unknown field \"spec.foo\", duplicate field \"spec.replicas\""
    );
    call.write.field_validation = FieldValidation::Ignore;
    server.registry.create(&call, body(object)).await.unwrap();
    assert!(call.warnings.take().is_empty());
    assert!(server.get("apps/v1/deployments", "default", "a").is_err(), "a dry run writes nothing");
}

#[tokio::test]
async fn generated_names_and_generations() {
    let server = Server::start().await;
    let made =
        server.create("v1/configmaps", "default", r#"{"metadata":{"generateName":"a-"}}"#).await.unwrap();
    assert_eq!(text(&made, "metadata.name").len(), 7);
    let deployment = r#"{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{
        "metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"nginx"}]}}},"status":{"replicas":9}}"#;
    let made = server.create("apps/v1/deployments", "default", deployment).await.unwrap();
    assert_eq!((show(&made, "metadata.generation"), show(&made, "status")), ("1".into(), "{}".into()));
    assert_eq!(show(&made, "spec.strategy.rollingUpdate"), r#"{"maxSurge":"25%","maxUnavailable":"25%"}"#);
    assert_eq!(text(&made, "spec.template.spec.containers.0.imagePullPolicy"), "Always");

    let mut status = made.clone();
    status.as_object_mut().unwrap().insert("status", value!({"replicas": 3}));
    status.as_object_mut().unwrap().object_mut("spec").insert("replicas", 5);
    let seen = server.update("apps/v1/deployments/status", "default", "d", &status).await.unwrap();
    assert_eq!(
        [show(&seen, "status.replicas"), show(&seen, "spec.replicas"), show(&seen, "metadata.generation")],
        ["3", "1", "1"]
    );
    let mut spec = seen.clone();
    spec.as_object_mut().unwrap().object_mut("spec").insert("replicas", 5);
    spec.as_object_mut().unwrap().object_mut("status").insert("replicas", 9);
    let seen = server.update("apps/v1/deployments", "default", "d", &spec).await.unwrap();
    assert_eq!(
        [show(&seen, "status.replicas"), show(&seen, "spec.replicas"), show(&seen, "metadata.generation")],
        ["3", "5", "2"]
    );

    let scale = server.get("apps/v1/deployments/scale", "default", "d").unwrap();
    assert_eq!(show(&scale, "status"), r#"{"replicas":3,"selector":"a=b"}"#);
    let mut scale = scale;
    scale.as_object_mut().unwrap().object_mut("spec").insert("replicas", 7);
    let scale = server.update("apps/v1/deployments/scale", "default", "d", &scale).await.unwrap();
    assert_eq!(show(&scale, "spec"), r#"{"replicas":7}"#);
    let seen = server.get("apps/v1/deployments", "default", "d").unwrap();
    assert_eq!([show(&seen, "spec.replicas"), show(&seen, "metadata.generation")], ["7", "3"]);
}

#[tokio::test]
async fn finalizers_hold_an_object_back() {
    let server = Server::start().await;
    let made = server
        .create("v1/configmaps", "default", r#"{"metadata":{"name":"a","finalizers":["x.y/z"]}}"#)
        .await
        .unwrap();
    let marked = server.delete("v1/configmaps", "default", "a").await.unwrap();
    assert_eq!(text(&marked, "metadata.deletionTimestamp"), "2026-11-24T03:00:00Z");
    assert_eq!(show(&marked, "metadata.deletionGracePeriodSeconds"), "0");
    let mut more = marked.clone();
    more.as_object_mut().unwrap().object_mut("metadata").insert("finalizers", vec!["x.y/z", "x.y/w"]);
    assert!(
        refused(server.update("v1/configmaps", "default", "a", &more).await).contains(
            "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found \
             new finalizers []string{\"x.y/w\"}"
        )
    );
    let mut none = marked.clone();
    none.as_object_mut().unwrap().object_mut("metadata").remove("finalizers");
    none.as_object_mut().unwrap().object_mut("metadata").remove("deletionTimestamp");
    server.update("v1/configmaps", "default", "a", &none).await.unwrap();
    assert!(server.get("v1/configmaps", "default", "a").is_err());
    assert_eq!(text(&made, "metadata.uid"), text(&marked, "metadata.uid"));
}

#[tokio::test]
async fn deletions_have_preconditions_and_policies() {
    let server = Server::start().await;
    server.create("v1/configmaps", "default", r#"{"metadata":{"name":"a"}}"#).await.unwrap();
    let wrong = DeleteOptions {
        preconditions: Preconditions { uid: Some("u".into()), resource_version: None },
        ..DeleteOptions::default()
    };
    assert!(
        refused(server.delete_with("v1/configmaps", "default", "a", wrong).await).starts_with(
            "409 Conflict: Operation cannot be fulfilled on ConfigMap \"a\": the UID in the precondition (u) does \
             not match the UID in record ("
        )
    );
    let foreground = DeleteOptions { propagation: Some(Propagation::Foreground), ..DeleteOptions::default() };
    let marked = server.delete_with("v1/configmaps", "default", "a", foreground).await.unwrap();
    assert_eq!(show(&marked, "metadata.finalizers"), r#"["foregroundDeletion"]"#);
}

#[tokio::test]
async fn pods_are_deleted_gracefully() {
    let server = Server::start().await;
    let pod = |name: &str, node: &str| {
        format!(
            r#"{{"metadata":{{"name":"{name}"}},"spec":{{"nodeName":"{node}","containers":[{{"name":"c","image":"i:1"}}]}}}}"#
        )
    };
    server.create("v1/pods", "default", &pod("free", "")).await.unwrap();
    let gone = server.delete("v1/pods", "default", "free").await.unwrap();
    assert_eq!((text(&gone, "kind"), text(&gone, "status.phase")), ("Pod", "Pending"));
    assert!(server.get("v1/pods", "default", "free").is_err());

    server.create("v1/pods", "default", &pod("bound", "n")).await.unwrap();
    let marked = server.delete("v1/pods", "default", "bound").await.unwrap();
    assert_eq!(text(&marked, "metadata.deletionTimestamp"), "2026-11-24T03:00:30Z");
    assert_eq!(show(&marked, "metadata.deletionGracePeriodSeconds"), "30");
    let now = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
    server.delete_with("v1/pods", "default", "bound", now).await.unwrap();
    assert!(server.get("v1/pods", "default", "bound").is_err());
}

#[tokio::test]
async fn lists_select_and_go_on() {
    let server = Server::start().await;
    for (name, label) in [("a", "x"), ("b", "y"), ("c", "x"), ("d", "x")] {
        let object =
            format!(r#"{{"metadata":{{"name":"{name}","labels":{{"l":"{label}"}}}},"type":"t-{label}"}}"#);
        server.create("v1/secrets", "default", &object).await.unwrap();
    }
    let check = |options: ListOptions, expect: &[&str]| {
        assert_eq!(server.names("v1/secrets", "default", &options).unwrap(), expect, "{options:?}");
    };
    let labels = |text: &str| ListOptions { label_selector: text.into(), ..ListOptions::default() };
    let fields = |text: &str| ListOptions { field_selector: text.into(), ..ListOptions::default() };
    check(ListOptions::default(), &["a", "b", "c", "d"]);
    check(labels("l=x"), &["a", "c", "d"]);
    check(labels("l notin (x)"), &["b"]);
    check(fields("metadata.name=b"), &["b"]);
    check(fields("type=t-x,metadata.name!=a"), &["c", "d"]);
    assert_eq!(
        refused(server.names("v1/secrets", "default", &fields("data=x"))),
        "400 BadRequest: field label not supported: data"
    );

    let first = ListOptions { limit: 2, ..ListOptions::default() };
    let call = server.call("v1/secrets", "default", "");
    let page = server.registry.list(&call, &first).unwrap();
    assert_eq!((page.items.len(), page.remaining), (2, Some(2)));
    server.create("v1/secrets", "default", r#"{"metadata":{"name":"bb"}}"#).await.unwrap();
    let next = ListOptions { continue_token: page.continue_token.unwrap(), ..ListOptions::default() };
    let rest = server.registry.list(&call, &next).unwrap();
    let names: Vec<String> = rest.items.iter().map(crate::registry::Rendered::name).collect();
    assert_eq!(
        (names.as_slice(), rest.resource_version),
        (&["c".to_owned(), "d".into()][..], page.resource_version)
    );

    let at = |version: &str, matching: &str| ListOptions {
        resource_version: version.into(),
        resource_version_match: matching.into(),
        ..ListOptions::default()
    };
    let exact = page.resource_version.to_string();
    check(at(&exact, "Exact"), &["a", "b", "c", "d"]);
    check(at(&exact, "NotOlderThan"), &["a", "b", "bb", "c", "d"]);
    check(at("0", ""), &["a", "b", "bb", "c", "d"]);
    assert!(
        refused(server.names("v1/secrets", "default", &at("99999", "")))
            .starts_with("504 Timeout: Too large resource version: 99999, current: ")
    );
    assert!(
        refused(server.names("v1/secrets", "default", &at("", "Exact")))
            .contains("resourceVersionMatch is forbidden unless resourceVersion is provided")
    );
}

#[tokio::test]
async fn collections_are_deleted() {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        let object = format!(r#"{{"metadata":{{"name":"{name}","labels":{{"n":"{name}"}}}}}}"#);
        server.create("v1/configmaps", "default", &object).await.unwrap();
    }
    let some = ListOptions { label_selector: "n!=b".into(), ..ListOptions::default() };
    let call = server.call("v1/configmaps", "default", "");
    let gone = server.registry.delete_collection(&call, &some, DeleteOptions::default()).await.unwrap();
    assert_eq!(gone.items.len(), 2);
    assert_eq!(server.names("v1/configmaps", "default", &ListOptions::default()).unwrap(), ["b"]);
}

#[tokio::test]
async fn puts_create_where_upstream_lets_them() {
    let server = Server::start().await;
    let lease = value!({"metadata": {"name": "l"}, "spec": {"holderIdentity": "me"}});
    let made = server.update("coordination.k8s.io/v1/leases", "default", "l", &lease).await.unwrap();
    assert_eq!(text(&made, "spec.holderIdentity"), "me");
    assert!(
        refused(server.update("coordination.k8s.io/v1/leases", "default", "l", &lease).await)
            .contains("metadata.resourceVersion: Invalid value: 0: must be specified for an update")
    );
    let map = value!({"metadata": {"name": "m"}});
    assert_eq!(
        refused(server.update("v1/configmaps", "default", "m", &map).await),
        "404 NotFound: configmaps \"m\" not found"
    );
}

#[tokio::test]
async fn services_get_addresses_and_ports_that_nobody_else_has() {
    let server = Server::start().await;
    let service = |name: &str, spec: &str| {
        format!(r#"{{"metadata":{{"name":"{name}"}},"spec":{{"ports":[{{"port":80}}]{spec}}}}}"#)
    };
    let made = server.create("v1/services", "default", &service("a", r#","type":"NodePort""#)).await.unwrap();
    let ip = text(&made, "spec.clusterIP").to_owned();
    let port = show(&made, "spec.ports.0.nodePort");
    assert!(ip.starts_with("10.") && port.len() == 5, "{ip} {port}");
    assert_eq!(show(&made, "spec.ports.0.targetPort"), "80");
    assert_eq!(
        [show(&made, "spec.ipFamilies"), show(&made, "spec.ipFamilyPolicy"), show(&made, "status")],
        [r#"["IPv4"]"#, r#""SingleStack""#, r#"{"loadBalancer":{}}"#]
    );
    assert_eq!(
        text(&server.get("networking.k8s.io/v1/ipaddresses", "", &ip).unwrap(), "spec.parentRef.name"),
        "a"
    );
    let taken = format!(r#","clusterIP":"{ip}""#);
    assert!(
        refused(server.create("v1/services", "default", &service("b", &taken)).await)
            .contains("provided IP is already allocated")
    );
    let node_port = format!(
        r#"{{"metadata":{{"name":"b"}},"spec":{{"type":"NodePort","ports":[{{"port":80,"nodePort":{port}}}]}}}}"#
    );
    assert!(refused(server.create("v1/services", "default", &node_port).await).contains(&format!(
        "spec.ports[0].nodePort: Invalid value: {port}: provided port is already allocated"
    )));

    // An update that says nothing of them keeps them.
    let mut update = super::body(&service("a", r#","type":"NodePort""#)).value;
    update.as_object_mut().unwrap().object_mut("metadata").insert("labels", value!({"x": "y"}));
    let kept = server.update("v1/services", "default", "a", &update).await.unwrap();
    assert_eq!(
        (text(&kept, "spec.clusterIP"), show(&kept, "spec.ports.0.nodePort")),
        (ip.as_str(), port.clone())
    );
    let mut moved = kept.clone();
    let spec = moved.as_object_mut().unwrap().object_mut("spec");
    spec.insert("clusterIP", "10.96.0.77");
    spec.insert("clusterIPs", vec!["10.96.0.77"]);
    assert!(
        refused(server.update("v1/services", "default", "a", &moved).await)
            .contains("may not change once set")
    );
    server.delete("v1/services", "default", "a").await.unwrap();
    assert!(server.get("networking.k8s.io/v1/ipaddresses", "", &ip).is_err());
    server.create("v1/services", "default", &service("b", &taken)).await.unwrap();

    let headless =
        server.create("v1/services", "default", &service("h", r#","clusterIP":"None""#)).await.unwrap();
    assert_eq!(show(&headless, "spec.clusterIPs"), r#"["None"]"#);
    let external = r#"{"metadata":{"name":"e"},"spec":{"type":"ExternalName","externalName":"example.com"}}"#;
    let external = server.create("v1/services", "default", external).await.unwrap();
    assert!(at(&external, "spec.clusterIP").is_none() && at(&external, "spec.ipFamilies").is_none());
}

#[tokio::test]
async fn events_are_one_kind_in_two_spellings() {
    let server = Server::start().await;
    let event =
        r#"{"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p"},"message":"m","count":2}"#;
    server.create("v1/events", "default", event).await.unwrap();
    let other = server.get("events.k8s.io/v1/events", "default", "e").unwrap();
    assert_eq!(
        [text(&other, "apiVersion"), text(&other, "regarding.name"), text(&other, "note")],
        ["events.k8s.io/v1", "p", "m"]
    );
    assert_eq!(show(&other, "deprecatedCount"), "2");
}

#[tokio::test]
async fn autoscalers_convert() {
    let server = Server::start().await;
    let scaler = r#"{"metadata":{"name":"h"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"},
        "maxReplicas":3,"targetCPUUtilizationPercentage":60}}"#;
    server.create("autoscaling/v1/horizontalpodautoscalers", "default", scaler).await.unwrap();
    let v2 = server.get("autoscaling/v2/horizontalpodautoscalers", "default", "h").unwrap();
    assert_eq!(
        show(&v2, "spec.metrics.0.resource"),
        r#"{"name":"cpu","target":{"averageUtilization":60,"type":"Utilization"}}"#
    );
    let v1 = server.get("autoscaling/v1/horizontalpodautoscalers", "default", "h").unwrap();
    assert_eq!(show(&v1, "spec.targetCPUUtilizationPercentage"), "60");
}

#[tokio::test]
async fn a_pod_is_bound_once() {
    let server = Server::start().await;
    server
        .create(
            "v1/pods",
            "default",
            r#"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}"#,
        )
        .await
        .unwrap();
    let binding = || body(r#"{"metadata":{"name":"p"},"target":{"kind":"Node","name":"n"}}"#);
    let call = server.call("v1/pods/binding", "default", "p");
    assert!(matches!(server.registry.create(&call, binding()).await.unwrap(), Outcome::Status(_)));
    let pod = server.get("v1/pods", "default", "p").unwrap();
    assert_eq!((text(&pod, "spec.nodeName"), text(&pod, "status.conditions.0.type")), ("n", "PodScheduled"));
    assert!(
        refused(server.registry.create(&call, binding()).await).contains("is already assigned to node \"n\"")
    );
}

#[tokio::test]
async fn a_second_start_finds_everything_and_makes_nothing_new() {
    let server = Server::start().await;
    server.create("apiextensions.k8s.io/v1/customresourcedefinitions", "", super::WIDGETS).await.unwrap();
    server
        .create("example.com/v1/widgets", "default", r#"{"metadata":{"name":"w"},"spec":{"size":1}}"#)
        .await
        .unwrap();
    let store = server.registry.store().fork();
    let revision = store.snapshot().revision();
    let again = Server::over(store).await;
    assert_eq!(again.registry.store().snapshot().revision(), revision);
    let seen = again.get("example.com/v1/widgets", "default", "w").unwrap();
    assert_eq!(seen, server.get("example.com/v1/widgets", "default", "w").unwrap());
    for (resource, namespace, name) in [
        ("v1/namespaces", "", "kube-node-lease"),
        ("v1/services", "default", "kubernetes"),
        ("v1/endpoints", "default", "kubernetes"),
        ("networking.k8s.io/v1/ipaddresses", "", "10.96.0.1"),
    ] {
        assert!(again.get(resource, namespace, name).is_ok(), "{resource} {name}");
    }
}

#[tokio::test]
async fn many_writers_of_one_object_all_get_through() {
    let server = Server::start().await;
    server.create("v1/configmaps", "default", r#"{"metadata":{"name":"a"}}"#).await.unwrap();
    let patches = (0..20).map(|index| {
        let (server, patch) = (&server, format!(r#"{{"data":{{"k{index}":"v"}}}}"#));
        async move {
            server.patch(crate::registry::PatchKind::Merge, "v1/configmaps", "default", "a", &patch).await
        }
    });
    for result in futures::future::join_all(patches).await {
        result.unwrap();
    }
    let seen = server.get("v1/configmaps", "default", "a").unwrap();
    assert_eq!(at(&seen, "data").unwrap().as_object().unwrap().len(), 20);
}

#[tokio::test]
async fn workloads_that_cannot_work_are_refused() {
    let server = Server::start().await;
    let check = async |resource: &str, spec: &str, expect: &str| {
        let refusal = refused(
            server
                .create(resource, "default", &format!(r#"{{"metadata":{{"name":"x"}},"spec":{spec}}}"#))
                .await,
        );
        assert_eq!(refusal.split(" is invalid: ").last().unwrap(), expect, "{spec}");
    };
    let deployments = "apps/v1/deployments";
    check(
        deployments,
        r#"{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}"#,
        r#"spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`"#,
    )
    .await;
    check(
        deployments,
        r#"{"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}"#,
        "[spec.selector: Required value, spec.template.metadata.labels: Invalid value: {\"a\":\"c\"}: `selector` does \
         not match template `labels`]",
    )
    .await;
    check("v1/pods", "{}", "spec.containers: Required value").await;
    check(
        "v1/pods",
        r#"{"containers":[{"name":"c","image":"i"},{"name":"c"}]}"#,
        r#"[spec.containers[1].image: Required value, spec.containers[1].name: Duplicate value: "c"]"#,
    )
    .await;
    check(
        "batch/v1/jobs",
        r#"{"template":{"spec":{"containers":[{"name":"c","image":"i"}]}}}"#,
        r#"spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never""#,
    )
    .await;
    let pod = r#"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}"#;
    server.create("v1/pods", "default", pod).await.unwrap();
    let merge = crate::registry::PatchKind::Merge;
    let host = r#"{"spec":{"hostname":"h"}}"#;
    assert!(
        refused(server.patch(merge, "v1/pods", "default", "p", host).await)
            .contains("spec: Forbidden: pod updates may not change fields other than")
    );
    let grace = r#"{"spec":{"activeDeadlineSeconds":5}}"#;
    server.patch(merge, "v1/pods", "default", "p", grace).await.unwrap();
}

/// Conformance: "should support continue listing from the last key if the original version has been
/// compacted away, though the list is inconsistent".
#[tokio::test(start_paused = true)]
async fn old_lists_go_on_only_inconsistently() {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        server
            .create("v1/configmaps", "default", &format!(r#"{{"metadata":{{"name":"{name}"}}}}"#))
            .await
            .unwrap();
    }
    let call = server.call("v1/configmaps", "default", "");
    let page = server.registry.list(&call, &ListOptions { limit: 1, ..ListOptions::default() }).unwrap();
    let go_on = |token: &str| {
        let options = ListOptions { continue_token: token.to_owned(), ..ListOptions::default() };
        server.registry.list(&call, &options).map(|page| page.items.len())
    };
    let token = page.continue_token.unwrap();
    assert_eq!(go_on(&token).unwrap(), 2);
    tokio::time::advance(std::time::Duration::from_secs(301)).await;
    server.create("v1/configmaps", "default", r#"{"metadata":{"name":"d"}}"#).await.unwrap();
    let refused = go_on(&token).unwrap_err();
    assert_eq!(refused.code().as_u16(), 410);
    let again = refused.to_value().str_at(&["metadata", "continue"]).unwrap().to_owned();
    assert_eq!(go_on(&again).unwrap(), 3);
}

/// Conformance: "Events API should ensure that an event can be fetched, patched, deleted, and listed".
#[tokio::test]
async fn events_are_selected_by_the_names_of_either_group() {
    let server = Server::start().await;
    let event = r#"{"metadata":{"name":"e"},"eventTime":"2026-11-24T03:00:00.000000Z","action":"Do","reason":"Test",
        "type":"Normal","reportingController":"test-controller","reportingInstance":"test",
        "regarding":{"namespace":"default","kind":"Pod","name":"p"}}"#;
    server.create("events.k8s.io/v1/events", "default", event).await.unwrap();
    for (resource, selector, found) in [
        ("v1/events", "source=test-controller", true),
        ("v1/events", "involvedObject.name=p", true),
        ("v1/events", "reportingComponent=other", false),
        ("events.k8s.io/v1/events", "reportingController=test-controller", true),
        ("events.k8s.io/v1/events", "regarding.kind=Pod,regarding.name=p", true),
        ("events.k8s.io/v1/events", "regarding.kind=Node", false),
    ] {
        let options = ListOptions { field_selector: selector.into(), ..ListOptions::default() };
        let names = server.names(resource, "default", &options).unwrap();
        assert_eq!(!names.is_empty(), found, "{resource} {selector}");
    }
}

#[tokio::test(start_paused = true)]
async fn lists_show_what_stands_before_the_version() {
    let server = Server::start().await;
    let slice = r#"{"addressType":"IPv4","metadata":{"name":"s"},"endpoints":[],"ports":[]}"#;
    server.create("discovery.k8s.io/v1/endpointslices", "default", slice).await.unwrap();
    let call = server.call("discovery.k8s.io/v1/endpointslices", "default", "");
    let page = server.registry.list(&call, &ListOptions::default()).unwrap();
    let mut out = Vec::new();
    page.items.last().unwrap().write_bare(&mut out);
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with(r#"{"addressType":"IPv4","endpoints":null,"#), "{text}");
}
