//! Collection and endings, in virtual time.

use std::time::Duration;

use amethyst_object::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::registry::tests::{Server, refused, show, text};
use crate::registry::{DeleteOptions, PatchKind, Propagation};
use crate::request::ListOptions;

pub(crate) struct Running {
    pub(crate) server: Server,
    tasks: JoinSet<()>,
    shutdown: CancellationToken,
}

impl Running {
    pub(crate) async fn start() -> Self {
        let server = Server::start().await;
        let (mut tasks, shutdown) = (JoinSet::new(), CancellationToken::new());
        server.registry.spawn_background(&mut tasks, &shutdown);
        Self { server, tasks, shutdown }
    }

    /// Waits until something holds; virtual time makes the wait free.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Server) -> bool) {
        for _ in 0..200 {
            if holds(&self.server) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{what} does not come about");
    }

    pub(crate) async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        while self.tasks.join_next().await.is_some() {}
    }

    async fn map(&self, name: &str, owners: &[(&Value, bool)]) -> Value {
        let owners: Vec<String> = owners
            .iter()
            .map(|(owner, block)| {
                format!(
                    r#"{{"apiVersion":"v1","kind":"ConfigMap","name":"{}","uid":"{}","blockOwnerDeletion":{block}}}"#,
                    text(owner, "metadata.name"),
                    text(owner, "metadata.uid")
                )
            })
            .collect();
        let object =
            format!(r#"{{"metadata":{{"name":"{name}","ownerReferences":[{}]}}}}"#, owners.join(","));
        self.server.create("v1/configmaps", "default", &object).await.unwrap()
    }

    fn is_there(&self, name: &str) -> bool {
        self.server.get("v1/configmaps", "default", name).is_ok()
    }
}

fn policy(propagation: Propagation) -> DeleteOptions {
    DeleteOptions { propagation: Some(propagation), ..DeleteOptions::default() }
}

#[tokio::test(start_paused = true)]
async fn dependents_follow_their_owner() {
    let running = Running::start().await;
    let owner = running.map("owner", &[]).await;
    let other = running.map("other", &[]).await;
    let child = running.map("child", &[(&owner, false)]).await;
    running.map("grandchild", &[(&child, false)]).await;
    running.map("shared", &[(&owner, false), (&other, false)]).await;
    running.settle().await;
    running.server.delete("v1/configmaps", "default", "owner").await.unwrap();
    running.until("collection", |_| !running.is_there("child") && !running.is_there("grandchild")).await;
    running.settle().await;
    let shared = running.server.get("v1/configmaps", "default", "shared").unwrap();
    assert_eq!(text(&shared, "metadata.ownerReferences.0.name"), "other");
    assert_eq!(show(&shared, "metadata.ownerReferences.1"), "");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_owner_in_the_foreground_goes_last() {
    let running = Running::start().await;
    let owner = running.map("owner", &[]).await;
    let child = running.map("child", &[(&owner, true)]).await;
    let hold = r#"{"metadata":{"finalizers":["x.y/hold"]}}"#;
    running.server.patch(PatchKind::Merge, "v1/configmaps", "default", "child", hold).await.unwrap();
    running
        .server
        .delete_with("v1/configmaps", "default", "owner", policy(Propagation::Foreground))
        .await
        .unwrap();
    running
        .until("the child's deletion", |server| {
            server
                .get("v1/configmaps", "default", "child")
                .is_ok_and(|child| !text(&child, "metadata.deletionTimestamp").is_empty())
        })
        .await;
    running.settle().await;
    assert!(running.is_there("owner"), "{child:?}");
    let release = r#"{"metadata":{"finalizers":null}}"#;
    running.server.patch(PatchKind::Merge, "v1/configmaps", "default", "child", release).await.unwrap();
    running.until("the owner's end", |_| !running.is_there("owner") && !running.is_there("child")).await;
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn orphans_stay_without_their_owner() {
    let running = Running::start().await;
    let owner = running.map("owner", &[]).await;
    running.map("child", &[(&owner, true)]).await;
    running.settle().await;
    running
        .server
        .delete_with("v1/configmaps", "default", "owner", policy(Propagation::Orphan))
        .await
        .unwrap();
    running.until("the owner's end", |_| !running.is_there("owner")).await;
    running.settle().await;
    let child = running.server.get("v1/configmaps", "default", "child").unwrap();
    assert_eq!(show(&child, "metadata.ownerReferences"), "");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_never_was_is_absent_and_an_unknown_kind_is_not() {
    let running = Running::start().await;
    let reference = |kind: &str| {
        format!(
            r#"{{"metadata":{{"name":"{}","ownerReferences":[{{"apiVersion":"v1","kind":"{kind}","name":"n","uid":"u"}}]}}}}"#,
            kind.to_lowercase()
        )
    };
    for kind in ["Secret", "Nothing"] {
        running.server.create("v1/configmaps", "default", &reference(kind)).await.unwrap();
    }
    running.until("collection", |_| !running.is_there("secret")).await;
    running.settle().await;
    assert!(running.is_there("nothing"));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn namespaces_are_furnished_and_emptied() {
    let running = Running::start().await;
    let server = &running.server;
    server.create("v1/namespaces", "", r#"{"metadata":{"name":"n"}}"#).await.unwrap();
    running.until("furniture", |server| server.get("v1/serviceaccounts", "n", "default").is_ok()).await;
    running.until("furniture", |server| server.get("v1/configmaps", "n", "kube-root-ca.crt").is_ok()).await;
    server.delete("v1/configmaps", "n", "kube-root-ca.crt").await.unwrap();
    running
        .until("new furniture", |server| server.get("v1/configmaps", "n", "kube-root-ca.crt").is_ok())
        .await;

    let held = r#"{"metadata":{"name":"held","finalizers":["x.y/z"]}}"#;
    server.create("v1/secrets", "n", held).await.unwrap();
    let marked = server.delete("v1/namespaces", "", "n").await.unwrap();
    assert_eq!(
        (text(&marked, "status.phase"), show(&marked, "spec")),
        ("Terminating", r#"{"finalizers":["kubernetes"]}"#.into())
    );
    let refusal = refused(server.create("v1/secrets", "n", r#"{"metadata":{"name":"new"}}"#).await);
    assert!(
        refusal.starts_with("403 Forbidden: secrets \"")
            && refusal.contains("unable to create new content in namespace n because it is being terminated"),
        "{refusal}"
    );
    running
        .until("the condition", |server| {
            server.get("v1/namespaces", "", "n").is_ok_and(|namespace| {
                show(&namespace, "status.conditions").contains(
                    "Some content in the namespace has finalizers remaining: x.y/z in 1 resource instances",
                )
            })
        })
        .await;
    assert!(server.get("v1/serviceaccounts", "n", "default").is_err());
    let release = r#"{"metadata":{"finalizers":null}}"#;
    server.patch(PatchKind::Merge, "v1/secrets", "n", "held", release).await.unwrap();
    running.until("the namespace's end", |server| server.get("v1/namespaces", "", "n").is_err()).await;
    assert_eq!(
        refused(server.delete("v1/namespaces", "", "default").await),
        "403 Forbidden: namespaces \"default\" is forbidden: this namespace may not be deleted"
    );
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_definition_takes_its_objects_along() {
    let running = Running::start().await;
    let server = &running.server;
    server
        .create("apiextensions.k8s.io/v1/customresourcedefinitions", "", crate::registry::tests::WIDGETS)
        .await
        .unwrap();
    server
        .create("example.com/v1/widgets", "default", r#"{"metadata":{"name":"w"},"spec":{"size":1}}"#)
        .await
        .unwrap();
    let marked = server
        .delete("apiextensions.k8s.io/v1/customresourcedefinitions", "", "widgets.example.com")
        .await
        .unwrap();
    assert_eq!(show(&marked, "metadata.finalizers"), r#"["customresourcecleanup.apiextensions.k8s.io"]"#);
    running
        .until("the definition's end", |server| {
            server
                .names("apiextensions.k8s.io/v1/customresourcedefinitions", "", &ListOptions::default())
                .unwrap()
                .is_empty()
        })
        .await;
    assert!(server.registry.catalog().resource("example.com", "v1", "widgets").is_none());
    assert!(server.registry.store().snapshot().range("example.com/", None).next().is_none());
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn events_are_kept_for_an_hour() {
    let running = Running::start().await;
    let event =
        r#"{"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p","namespace":"default"}}"#;
    running.server.create("v1/events", "default", event).await.unwrap();
    tokio::time::sleep(Duration::from_mins(50)).await;
    assert!(running.server.get("v1/events", "default", "e").is_ok());
    tokio::time::sleep(Duration::from_mins(30)).await;
    assert!(running.server.get("v1/events", "default", "e").is_err());
    running.stop().await;
}
