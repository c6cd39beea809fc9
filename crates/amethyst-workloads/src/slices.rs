//! EndpointSlices of Services with selectors (kubernetes `pkg/controller/endpointslice`).
//!
//! The Service, its pods and their nodes come from informers, the slices from the API itself; a pass plans
//! the slices anew and writes what differs.

mod endpoint;
mod hints;
pub(crate) mod keys;
mod plan;
pub(crate) mod write;

use std::sync::Arc;

use amethyst_controller::events::{Happened, Recorder, Severity};
use amethyst_controller::{ObjectKey, Reconcile, ReconcileError, Requeue, Wakes};
use amethyst_object::GroupVersionKind;
use k8s_openapi::api::core::v1::{Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::jiff::Timestamp;
use kube::Client;

use crate::informer::Cache;
use crate::names::controllers;
use crate::pods;
use crate::reference::reference;
use crate::trigger::TriggerTimes;

pub(crate) use endpoint::{publishes_not_ready, target};
pub(crate) use plan::{has_cluster_ip, prefix};

/// The controller.
pub(crate) struct EndpointSlices {
    pub(crate) client: Client,
    pub(crate) services: Cache<Service>,
    pub(crate) pods: Cache<Pod>,
    pub(crate) nodes: Cache<Node>,
    pub(crate) triggers: TriggerTimes,
    pub(crate) recorder: Arc<Recorder>,
}

/// What a pass has read.
pub(crate) struct Observed {
    pub(crate) service: Arc<Service>,
    /// The pods that endpoints may name, each with its node if that is known.
    pub(crate) pods: Vec<(Arc<Pod>, Option<Arc<Node>>)>,
    /// The slices that are this controller's.
    pub(crate) slices: Vec<EndpointSlice>,
    /// Since when the slices are behind.
    pub(crate) since: Option<Timestamp>,
}

impl Reconcile for EndpointSlices {
    type Observed = Observed;
    type Plan = plan::Plan;

    fn owned(&self) -> GroupVersionKind {
        GroupVersionKind::new("", "v1", "Service")
    }

    async fn observe(&self, key: &ObjectKey, _: &Wakes) -> Result<Option<Observed>, ReconcileError> {
        // The slices of a Service that is gone are collected with it.
        let Some(service) = self.services.get(key) else { return Ok(None) };
        let external = service.spec.as_ref().and_then(|spec| spec.type_.as_deref()) == Some("ExternalName");
        let (Some(selector), false) = (pods::selector(&service), external) else { return Ok(None) };
        let selected: Vec<Arc<Pod>> = self
            .pods
            .of_namespace(&key.namespace)
            .into_iter()
            .filter(|pod| pods::selects(selector, pod.metadata.labels.as_ref().unwrap_or(&NO_LABELS)))
            .collect();
        let mut slices = write::list(&self.client, key, controllers::SLICES).await?;
        slices.retain(|slice| slice.metadata.deletion_timestamp.is_none());
        let since = self.triggers.next(key, &service, &selected);
        let pods = selected
            .into_iter()
            .filter(|pod| pods::is_endpoint(pod, true))
            .map(|pod| {
                let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default();
                let node = self.nodes.get(&ObjectKey::new("", node));
                (pod, node)
            })
            .collect();
        Ok(Some(Observed { service, pods, slices, since }))
    }

    fn plan(&self, observed: &Observed) -> plan::Plan {
        plan::plan(observed)
    }

    async fn apply(
        &self,
        observed: Observed,
        plan: plan::Plan,
        _: &Wakes,
    ) -> Result<Requeue, ReconcileError> {
        let service = &observed.service;
        let result = write::carry_out(&self.client, service.as_ref(), plan.changes, "Service").await;
        let failed = match (result, plan.skipped.is_empty()) {
            (Ok(()), true) => return Ok(Requeue::Never),
            // A pass that lost a race looks again at once.
            (Err(error), _) if error.is_conflict() => return Ok(Requeue::Now),
            (Err(error), _) => error.to_string(),
            (Ok(()), false) => plan.skipped.join(", "),
        };
        let key = crate::informer::key_of(service.as_ref());
        self.recorder
            .record(Happened {
                about: &reference(service.as_ref()),
                severity: Severity::Warning,
                reason: "FailedToUpdateEndpointSlices",
                message: &format!("Error updating Endpoint Slices for Service {key}: {failed}"),
                annotations: &[],
            })
            .await;
        Err(failed.into())
    }

    fn forget(&self, key: &ObjectKey) {
        self.triggers.forget(key);
    }
}

static NO_LABELS: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
