//! Collection and endings, in virtual time.

use std::time::Duration;

use amethyst_clock::Entropy;
use amethyst_object::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::certificates::tests::{JANE, KUBELET_CLIENT};
use crate::edge::tls::{Pki, PkiHome};
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
        let pki = Pki::open(PkiHome::Memory, &[], server.registry.options().clock.clone()).unwrap();
        let authority = pki.authority(Entropy::seeded(1)).unwrap();
        server.registry.spawn_signers(authority, &mut tasks, &shutdown);
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

/// Conformance: "Garbage collector should not be blocked by dependency circle".
#[tokio::test(start_paused = true)]
async fn a_circle_of_owners_does_not_wait_for_itself() {
    let running = Running::start().await;
    let first = running.map("first", &[]).await;
    let second = running.map("second", &[(&first, true)]).await;
    let third = running.map("third", &[(&second, true)]).await;
    let owner = format!(
        r#"{{"metadata":{{"ownerReferences":[{{"apiVersion":"v1","kind":"ConfigMap","name":"third","uid":"{}","blockOwnerDeletion":true}}]}}}}"#,
        text(&third, "metadata.uid")
    );
    running.server.patch(PatchKind::Merge, "v1/configmaps", "default", "first", &owner).await.unwrap();
    running.settle().await;
    running
        .server
        .delete_with("v1/configmaps", "default", "first", policy(Propagation::Foreground))
        .await
        .unwrap();
    let names = ["first", "second", "third"];
    running.until("the end of the circle", |_| names.iter().all(|name| !running.is_there(name))).await;
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_token_secret_is_filled_and_goes_with_its_account() {
    let running = Running::start().await;
    let server = &running.server;
    server
        .create("v1/serviceaccounts", "default", r#"{"metadata":{"name":"web"},"secrets":[{"name":"s"}]}"#)
        .await
        .unwrap();
    let secret = |name: &str, account: &str| {
        format!(
            r#"{{"metadata":{{"name":"{name}","annotations":{{"kubernetes.io/service-account.name":"{account}"}}}},
                "type":"kubernetes.io/service-account-token"}}"#
        )
    };
    server.create("v1/secrets", "default", &secret("s", "web")).await.unwrap();
    running
        .until("the token", |server| {
            server
                .get("v1/secrets", "default", "s")
                .is_ok_and(|secret| !text(&secret, "data.token").is_empty())
        })
        .await;
    let filled = server.get("v1/secrets", "default", "s").unwrap();
    assert_eq!(text(&filled, "data.namespace"), STANDARD.encode("default"));
    assert_eq!(show(&filled, "data").matches("ca.crt").count(), 1);
    let token = String::from_utf8(STANDARD.decode(text(&filled, "data.token")).unwrap()).unwrap();
    let identity = server.registry.identity();
    let who = identity
        .authenticate(&token, identity.audiences(), &server.registry.store().snapshot())
        .await
        .unwrap();
    assert_eq!(who.user.name, "system:serviceaccount:default:web");

    server.create("v1/secrets", "default", &secret("nobodys", "gone")).await.unwrap();
    running
        .until("the end of nobody's token", |server| server.get("v1/secrets", "default", "nobodys").is_err())
        .await;
    server.delete("v1/secrets", "default", "s").await.unwrap();
    running
        .until("the end of the reference", |server| {
            show(&server.get("v1/serviceaccounts", "default", "web").unwrap(), "secrets").is_empty()
        })
        .await;
    server.create("v1/secrets", "default", &secret("t", "web")).await.unwrap();
    running
        .until("the token", |server| {
            server
                .get("v1/secrets", "default", "t")
                .is_ok_and(|secret| !text(&secret, "data.token").is_empty())
        })
        .await;
    server.delete("v1/serviceaccounts", "default", "web").await.unwrap();
    running.until("the end of the token", |server| server.get("v1/secrets", "default", "t").is_err()).await;
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_certificate_request_is_signed_when_it_is_approved() {
    const PLURAL: &str = "certificates.k8s.io/v1/certificatesigningrequests";
    let running = Running::start().await;
    let server = &running.server;
    let request = |csr: &str, name: &str, signer: &str| {
        format!(
            r#"{{"metadata":{{"name":"{name}"}},"spec":{{"request":"{}","signerName":"{signer}","usages":["client auth","digital signature"]}}}}"#,
            STANDARD.encode(csr)
        )
    };
    server.create(PLURAL, "", &request(JANE, "jane", "kubernetes.io/kube-apiserver-client")).await.unwrap();
    running.settle().await;
    assert_eq!(show(&server.get(PLURAL, "", "jane").unwrap(), "status"), "{}", "nobody approved it");
    let approve = r#"{"status":{"conditions":[{"type":"Approved","status":"True"}]}}"#;
    server.patch(PatchKind::Merge, &format!("{PLURAL}/approval"), "", "jane", approve).await.unwrap();
    let is_signed = |server: &Server, name: &str| {
        server.get(PLURAL, "", name).is_ok_and(|request| !text(&request, "status.certificate").is_empty())
    };
    running.until("the certificate", |server| is_signed(server, "jane")).await;
    // Who may do anything may have a kubelet's certificate, too.
    let kubelet = request(KUBELET_CLIENT, "n1", "kubernetes.io/kube-apiserver-client-kubelet");
    server.create(PLURAL, "", &kubelet).await.unwrap();
    running.until("the kubelet's certificate", |server| is_signed(server, "n1")).await;
    let signed = server.get(PLURAL, "", "n1").unwrap();
    assert_eq!(text(&signed, "status.conditions.0.reason"), "AutoApproved");
    tokio::time::sleep(Duration::from_hours(2)).await;
    running.until("the clearing away", |server| server.get(PLURAL, "", "n1").is_err()).await;
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_in_use_comes_back() {
    let running = Running::start().await;
    let server = &running.server;
    let service = r#"{"metadata":{"name":"s"},"spec":{"clusterIP":"10.96.0.77","ports":[{"port":80}]}}"#;
    server.create("v1/services", "default", service).await.unwrap();
    let addresses = "networking.k8s.io/v1/ipaddresses";
    let first = server.get(addresses, "", "10.96.0.77").unwrap();
    server.delete(addresses, "", "10.96.0.77").await.unwrap();
    running.until("the address", |server| server.get(addresses, "", "10.96.0.77").is_ok()).await;
    let again = server.get(addresses, "", "10.96.0.77").unwrap();
    assert_ne!(text(&first, "metadata.uid"), text(&again, "metadata.uid"));
    server.delete("v1/services", "default", "s").await.unwrap();
    running.settle().await;
    assert!(server.get(addresses, "", "10.96.0.77").is_err());
    running.stop().await;
}
