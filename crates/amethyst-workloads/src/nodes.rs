//! Nodes of the homelab, simulated: one Node object for each node of `amethyst.yaml`, marked as kwok marks
//! its own, with the heartbeats of a kubelet. No kubelet runs, and none is claimed to: the version says so.
//!
//! A node that somebody deletes is made again; one that is no longer in the file goes.

mod object;

use std::sync::Arc;
use std::time::Duration;

use amethyst_clock::{Clock, rfc3339_micros, rfc3339_seconds};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Node;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, Client, Resource, ResourceExt};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::informer::{Cache, Informer};
use crate::slices::write::is_code;

pub use object::SimulatedNode;

/// The manager of the fields of nodes: the kubelet's.
const MANAGER: &str = "kubelet";
/// Where nodes say that they live.
const LEASES: &str = "kube-node-lease";
/// How often they say so, as kubelets do.
const RENEW: Duration = Duration::from_secs(10);
/// How long others believe it.
const LEASE_SECONDS: i32 = 40;
/// How often the conditions say when they were last looked at, as kubelets do.
const REPORT: Duration = Duration::from_mins(5);
/// The delay after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// What keeps the nodes.
pub(crate) struct Nodes {
    client: Client,
    clock: Clock,
    wanted: Vec<SimulatedNode>,
    cache: Cache<Node>,
    /// A node went or was changed.
    changed: Arc<Notify>,
}

impl Nodes {
    pub(crate) fn new(
        client: Client,
        clock: Clock,
        wanted: Vec<SimulatedNode>,
        informer: &mut Informer<Node>,
    ) -> Self {
        let changed = Arc::new(Notify::new());
        let (woken, names) =
            (Arc::clone(&changed), wanted.iter().map(|node| node.name.clone()).collect::<Vec<_>>());
        informer.on_change(move |old, new| {
            let ours = old.or(new).is_some_and(|node| names.contains(&node.name_any()));
            if ours && new.is_none_or(object::is_held_off) {
                woken.notify_one();
            }
        });
        Self { client, clock, wanted, cache: informer.cache(), changed }
    }

    /// Keeps the nodes until `stop`; the informer must know what there is.
    pub(crate) async fn run(self, stop: CancellationToken) {
        self.remove_strangers().await;
        let mut report_at = Instant::now();
        loop {
            let report = Instant::now() >= report_at;
            if report {
                report_at = Instant::now() + REPORT;
            }
            let mut wait = RENEW;
            for node in &self.wanted {
                if let Err(error) = self.keep(node, report).await {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(node = %node.name, error, retry = ?RETRY, "failed to keep a simulated node");
                    wait = RETRY;
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.changed.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Removes simulated nodes that the file does not name any more.
    async fn remove_strangers(&self) {
        let api: Api<Node> = Api::all(self.client.clone());
        let known = |node: &Node| self.wanted.iter().any(|wanted| wanted.name == node.name_any());
        for node in self.cache.all().into_iter().filter(|node| object::is_simulated(node) && !known(node)) {
            let name = node.name_any();
            match api.delete(&name, &DeleteParams::default()).await {
                Err(error) if !is_code(&error, 404) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(node = %name, error, "failed to remove a simulated node");
                }
                Ok(_) | Err(_) => {}
            }
        }
    }

    async fn keep(&self, wanted: &SimulatedNode, report: bool) -> Result<(), kube::Error> {
        let api: Api<Node> = Api::all(self.client.clone());
        let now = rfc3339_seconds(self.clock.now());
        let how = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        let node = match api.get_opt(&wanted.name).await? {
            None => api.create(&how, &object::new(wanted, &now)).await?,
            Some(node) if !report => node,
            Some(node) => {
                let how = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
                let status = Patch::Strategic(object::report(&node, wanted, &now));
                api.patch_status(&wanted.name, &how, &status).await?
            }
        };
        if let Some(taints) = object::without_hold(&node) {
            let how = PatchParams {
                field_manager: Some(crate::names::MANAGER.to_owned()),
                ..PatchParams::default()
            };
            api.patch(&wanted.name, &how, &Patch::Merge(taints)).await?;
        }
        self.renew(&node).await
    }

    /// Says that the node lives.
    async fn renew(&self, node: &Node) -> Result<(), kube::Error> {
        let api: Api<Lease> = Api::namespaced(self.client.clone(), LEASES);
        let name = node.name_any();
        let now = rfc3339_micros(self.clock.now());
        let owner = node.owner_ref(&());
        let lease = serde_json::json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": name, "namespace": LEASES, "ownerReferences": [owner]},
            "spec": {"holderIdentity": name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": now},
        });
        let how = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        match api.patch(&name, &how, &Patch::Merge(&lease)).await {
            Err(error) if is_code(&error, 404) => {
                let how = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
                let lease = serde_json::from_value(lease).map_err(kube::Error::SerdeError)?;
                api.create(&how, &lease).await.map(|_| ())
            }
            done => done.map(|_| ()),
        }
    }
}
