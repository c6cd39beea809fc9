//! Admission as writes pass it: quotas charged with the write, subresources admitted as what they are.

use std::sync::Arc;

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::Value;
use amethyst_store::{Options, Store};

use super::{Server, answer, at, body, refused, show, text};
use crate::registry::{Call, PatchKind};

const POD: &str = r#"{"metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i"}]}}"#;

fn pod(name: &str, cpu: &str) -> String {
    format!(
        r#"{{"metadata":{{"name":"{name}"}},"spec":{{"containers":[{{"name":"c","image":"i","resources":{{"requests":{{"cpu":"{cpu}"}}}}}}]}}}}"#
    )
}

/// A quota that was counted already.
async fn quota(server: &Server, hard: &str, used: &str) {
    let object = format!(r#"{{"metadata":{{"name":"q"}},"spec":{{"hard":{hard}}}}}"#);
    server.create("v1/resourcequotas", "default", &object).await.unwrap();
    let status = format!(r#"{{"status":{{"hard":{hard},"used":{used}}}}}"#);
    server.patch(PatchKind::Merge, "v1/resourcequotas/status", "default", "q", &status).await.unwrap();
}

fn used(server: &Server) -> String {
    show(&server.get("v1/resourcequotas", "default", "q").unwrap(), "status.used")
}

#[tokio::test]
async fn a_quota_is_charged_with_the_write() {
    let server = Server::start().await;
    quota(&server, r#"{"pods":"2","requests.cpu":"1"}"#, r#"{"pods":"0","requests.cpu":"0"}"#).await;
    let made = server.create("v1/pods", "default", &pod("a", "600m")).await.unwrap();
    assert_eq!(used(&server), r#"{"pods":"1","requests.cpu":"600m"}"#);
    // One transaction: pod and quota have one revision.
    let charged = server.get("v1/resourcequotas", "default", "q").unwrap();
    assert_eq!(text(&charged, "metadata.resourceVersion"), text(&made, "metadata.resourceVersion"));
    let managers = show(&charged, "metadata.managedFields");
    assert!(
        managers.contains(r#""manager":"kube-apiserver","operation":"Update","subresource":"status""#),
        "{managers}"
    );

    assert_eq!(
        refused(server.create("v1/pods", "default", &pod("b", "600m")).await),
        "403 Forbidden: pods \"b\" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: \
         requests.cpu=600m, limited: requests.cpu=1"
    );
    assert_eq!(
        refused(server.create("v1/pods", "default", &POD.replace("\"a\"", "\"b\"")).await),
        "403 Forbidden: pods \"b\" is forbidden: failed quota: q: must specify requests.cpu for: c"
    );
    let mut dry = server.call("v1/pods", "default", "");
    dry.write.dry_run = true;
    server.registry.create(&dry, body(&pod("b", "100m"))).await.unwrap();
    assert_eq!(used(&server), r#"{"pods":"1","requests.cpu":"600m"}"#);
    // What was there already is told before anything is charged.
    assert!(
        refused(server.create("v1/pods", "default", &pod("a", "100m")).await)
            .starts_with("409 AlreadyExists")
    );
    assert_eq!(used(&server), r#"{"pods":"1","requests.cpu":"600m"}"#);
}

#[tokio::test]
async fn a_quota_that_nobody_counted_refuses() {
    let server = Server::start().await;
    quota(&server, r#"{"pods":"2"}"#, "{}").await;
    assert_eq!(
        refused(server.create("v1/pods", "default", POD).await),
        "403 Forbidden: pods \"a\" is forbidden: status unknown for quota: q, resources: pods"
    );
}

/// However many write at once, a quota is never overrun.
#[tokio::test]
async fn writers_at_once_do_not_overrun_a_quota() {
    let server = Server::start().await;
    quota(&server, r#"{"configmaps":"5"}"#, r#"{"configmaps":"0"}"#).await;
    let mut writers = tokio::task::JoinSet::new();
    for index in 0..20 {
        let (registry, call) = (server.registry.clone(), server.call("v1/configmaps", "default", ""));
        writers.spawn(async move {
            let object = format!(r#"{{"metadata":{{"name":"m{index}"}}}}"#);
            registry.create(&call, body(&object)).await.is_ok()
        });
    }
    let made = writers.join_all().await.into_iter().filter(|made| *made).count();
    assert_eq!((made, used(&server).as_str()), (5, r#"{"configmaps":"5"}"#));
}

#[tokio::test(start_paused = true)]
async fn a_pod_waits_for_its_account() {
    let server = Server::start().await;
    server.create("v1/namespaces", "", r#"{"metadata":{"name":"n"}}"#).await.unwrap();
    let (made, ()) = tokio::join!(server.create("v1/pods", "n", POD), server.account("n"));
    assert_eq!(text(&made.unwrap(), "spec.serviceAccountName"), "default");

    server.create("v1/namespaces", "", r#"{"metadata":{"name":"m"}}"#).await.unwrap();
    let since = tokio::time::Instant::now();
    assert_eq!(
        refused(server.create("v1/pods", "m", POD).await),
        "403 Forbidden: pods \"a\" is forbidden: error looking up service account m/default: serviceaccount \
         \"default\" not found"
    );
    assert!(since.elapsed() >= std::time::Duration::from_secs(1));
    let named = POD.replace(r#""spec":{"#, r#""spec":{"serviceAccountName":"web","#);
    let since = tokio::time::Instant::now();
    assert!(refused(server.create("v1/pods", "m", &named).await).contains("m/web"));
    assert!(since.elapsed().is_zero());
}

/// Notes what it is shown.
#[derive(Debug, Default)]
struct Witness(std::sync::Mutex<Vec<String>>);

impl Plugin for Witness {
    fn name(&self) -> &'static str {
        "Witness"
    }

    fn handles(&self, _: &Request<'_>) -> bool {
        true
    }

    fn validate(
        &self,
        request: &Request<'_>,
        object: Option<&Value>,
        _: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let kind = object.and_then(|object| object.str_at(&["kind"])).unwrap_or("-");
        let below = if request.subresource.is_empty() { "" } else { "/" };
        let operation = request.operation.as_str();
        let resource = &request.resource.resource;
        self.0.lock().unwrap().push(format!("{operation} {resource}{below}{} {kind}", request.subresource));
        Ok(())
    }
}

async fn witnessed() -> (Server, Arc<Witness>) {
    let witness = Arc::new(Witness::default());
    let plugins: Vec<Arc<dyn Plugin>> = vec![witness.clone()];
    let server = Server::with(Store::memory(Options::default()), plugins).await;
    witness.0.lock().unwrap().clear();
    (server, witness)
}

fn seen(witness: &Witness) -> String {
    std::mem::take(&mut *witness.0.lock().unwrap()).join("; ")
}

#[tokio::test]
async fn what_is_below_is_admitted_as_what_it_is() {
    let (server, witness) = witnessed().await;
    server.create("v1/pods", "default", POD).await.unwrap();
    assert_eq!(seen(&witness), "CREATE pods Pod");
    let below = async |subresource: &str, object: &str| {
        let call: Call = server.call(&format!("v1/pods/{subresource}"), "default", "a");
        server.registry.create(&call, body(object)).await.map(|outcome| answer(&outcome))
    };
    below("binding", r#"{"kind":"Binding","metadata":{"name":"a"},"target":{"kind":"Node","name":"n"}}"#)
        .await
        .unwrap();
    assert_eq!(seen(&witness), "CREATE pods/binding Binding");
    server
        .patch(PatchKind::Merge, "v1/pods/status", "default", "a", r#"{"status":{"phase":"Running"}}"#)
        .await
        .unwrap();
    assert_eq!(seen(&witness), "UPDATE pods/status Pod");
    // An eviction is no deletion that anybody is asked about.
    below("eviction", r#"{"kind":"Eviction","metadata":{"name":"a"}}"#).await.unwrap();
    assert_eq!(seen(&witness), "CREATE pods/eviction Eviction");
    // Nor is one that is under way already.
    server.delete("v1/pods", "default", "a").await.unwrap();
    assert_eq!(seen(&witness), "");
    server.create("v1/configmaps", "default", r#"{"metadata":{"name":"a"}}"#).await.unwrap();
    server.delete("v1/configmaps", "default", "a").await.unwrap();
    assert_eq!(seen(&witness), "CREATE configmaps ConfigMap; DELETE configmaps -");
}

#[tokio::test]
async fn a_scale_is_admitted_as_a_scale() {
    let (server, witness) = witnessed().await;
    let object = r#"{"metadata":{"name":"a"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}"#;
    server.create("apps/v1/deployments", "default", object).await.unwrap();
    seen(&witness);
    let scaled = server
        .patch(PatchKind::Merge, "apps/v1/deployments/scale", "default", "a", r#"{"spec":{"replicas":3}}"#)
        .await
        .unwrap();
    assert_eq!(
        (seen(&witness).as_str(), show(&scaled, "spec").as_str()),
        ("UPDATE deployments/scale Scale", r#"{"replicas":3}"#)
    );
}

#[tokio::test]
async fn a_namespace_on_its_way_out_takes_nothing_new() {
    let server = Server::start().await;
    server.create("v1/pods", "default", POD).await.unwrap();
    server.create("v1/namespaces", "", r#"{"metadata":{"name":"n"}}"#).await.unwrap();
    server.account("n").await;
    server.create("v1/pods", "n", POD).await.unwrap();
    server.delete("v1/namespaces", "", "n").await.unwrap();
    let why = "unable to create new content in namespace n because it is being terminated";
    let unnamed = r#"{"metadata":{"generateName":"web-"}}"#;
    assert_eq!(
        refused(server.create("v1/configmaps", "n", unnamed).await),
        format!("403 Forbidden: configmaps \"web-\" is forbidden: {why}")
    );
    let call = server.call("v1/pods/eviction", "n", "a");
    let eviction = r#"{"kind":"Eviction","metadata":{"name":"a"}}"#;
    assert_eq!(
        refused(server.registry.create(&call, body(eviction)).await),
        format!("403 Forbidden: pods \"a\" is forbidden: {why}")
    );
    server.delete("v1/pods", "n", "a").await.unwrap();
}

#[tokio::test]
async fn warnings_and_annotations_reach_the_call() {
    let server = Server::start().await;
    let labels = r#"{"metadata":{"labels":{"pod-security.kubernetes.io/warn":"baseline","pod-security.kubernetes.io/enforce":"privileged"}}}"#;
    server.patch(PatchKind::Merge, "v1/namespaces", "", "default", labels).await.unwrap();
    let call = server.call("v1/pods", "default", "");
    let host = POD.replace(r#""spec":{"#, r#""spec":{"hostNetwork":true,"#);
    server.registry.create(&call, body(&host)).await.unwrap();
    assert_eq!(
        call.warnings.take(),
        ["would violate PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)"]
    );
    assert_eq!(
        call.warnings.take_annotations(),
        [("pod-security.kubernetes.io/enforce-policy".to_owned(), "privileged:latest".to_owned())]
    );
    let unnamed = r#"{"metadata":{"generateName":"web-"},"spec":{"priorityClassName":"none","containers":[{"name":"c","image":"i"}]}}"#;
    assert_eq!(
        refused(server.create("v1/pods", "default", unnamed).await),
        "403 Forbidden: pods \"web-\" is forbidden: no PriorityClass with name none was found"
    );
}

#[tokio::test]
async fn a_node_begins_tainted_and_can_be_freed() {
    let server = Server::start().await;
    let node = server.create("v1/nodes", "", r#"{"metadata":{"name":"n"}}"#).await.unwrap();
    assert_eq!(
        show(&node, "spec.taints"),
        r#"[{"effect":"NoSchedule","key":"node.kubernetes.io/not-ready"}]"#
    );
    let freed =
        server.patch(PatchKind::Merge, "v1/nodes", "", "n", r#"{"spec":{"taints":null}}"#).await.unwrap();
    assert!(at(&freed, "spec.taints").is_none());
    assert!(server.delete("scheduling.k8s.io/v1/priorityclasses", "", "system-node-critical").await.is_err());
    assert_eq!(Operation::Create.as_str(), "CREATE");
}
