//! EndpointSlices that mirror Endpoints which people write for Services without a selector
//! (kubernetes `pkg/controller/endpointslicemirroring`).

mod plan;

use std::sync::Arc;

use amethyst_controller::events::{Happened, Recorder, Severity};
use amethyst_controller::{ObjectKey, Reconcile, ReconcileError, Requeue, Wakes};
use amethyst_object::GroupVersionKind;
use k8s_openapi::api::core::v1::{Endpoints, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::PartialObjectMeta;
use kube::{Api, Client, ResourceExt};

use crate::informer::Cache;
use crate::names::{annotations, controllers, labels};
use crate::pods;
use crate::reference::reference;
use crate::slices::write::{self, Changes};

/// The most addresses of a subset that are mirrored.
const ADDRESSES_MAX: usize = 1000;

/// The controller; its keys are those of Endpoints and of their Services.
pub(crate) struct Mirroring {
    pub(crate) client: Client,
    pub(crate) services: Cache<Service>,
    pub(crate) endpoints: Cache<PartialObjectMeta<Endpoints>>,
    pub(crate) slices: Cache<PartialObjectMeta<EndpointSlice>>,
    pub(crate) recorder: Arc<Recorder>,
}

/// What a pass has read.
pub(crate) struct Observed {
    /// What is to be mirrored; `None` when nothing is.
    endpoints: Option<Endpoints>,
    mirrored: Vec<EndpointSlice>,
    key: ObjectKey,
}

/// What a pass is going to do.
#[derive(Default)]
pub(crate) struct Plan {
    changes: Changes,
    /// Addresses that are none.
    invalid: usize,
    /// Addresses that are left out, the invalid ones among them.
    skipped: usize,
}

/// Whether Endpoints ask to be left alone.
pub(crate) fn is_skipped<K: ResourceExt>(endpoints: &K) -> bool {
    let skip = endpoints.labels().get(labels::SKIP_MIRROR).map(String::as_str);
    skip == Some("true") || endpoints.annotations().contains_key(annotations::LEADER)
}

/// Whether a slice is a mirror's.
pub(crate) fn is_mirror<K: ResourceExt>(slice: &K) -> bool {
    slice.labels().get(labels::SLICE_MANAGED_BY).map(String::as_str) == Some(controllers::MIRRORING)
}

impl Mirroring {
    async fn mirrored(&self, key: &ObjectKey) -> Result<Vec<EndpointSlice>, kube::Error> {
        let of_service = |slice: &PartialObjectMeta<EndpointSlice>| {
            is_mirror(slice) && slice.labels().get(labels::SERVICE_NAME) == Some(&key.name.to_string())
        };
        if !self.slices.of_namespace(&key.namespace).iter().any(|slice| of_service(slice)) {
            return Ok(Vec::new());
        }
        write::list(&self.client, key, controllers::MIRRORING).await
    }
}

impl Reconcile for Mirroring {
    type Observed = Observed;
    type Plan = Plan;

    fn owned(&self) -> GroupVersionKind {
        GroupVersionKind::new("", "v1", "Endpoints")
    }

    async fn observe(&self, key: &ObjectKey, _: &Wakes) -> Result<Option<Observed>, ReconcileError> {
        let known = self.endpoints.get(key).is_some_and(|endpoints| !is_skipped(endpoints.as_ref()));
        let free = self.services.get(key).is_some_and(|service| pods::selector(&service).is_none());
        let endpoints = if known && free {
            let api: Api<Endpoints> = Api::namespaced(self.client.clone(), &key.namespace);
            api.get_opt(&key.name).await?.filter(|endpoints| !is_skipped(endpoints))
        } else {
            None
        };
        let mirrored = match endpoints {
            Some(_) => write::list(&self.client, key, controllers::MIRRORING).await?,
            None => self.mirrored(key).await?,
        };
        Ok(Some(Observed { endpoints, mirrored, key: key.clone() }))
    }

    fn plan(&self, observed: &Observed) -> Plan {
        match &observed.endpoints {
            Some(endpoints) => plan::plan(endpoints, &observed.mirrored),
            None => Plan {
                changes: Changes { delete: observed.mirrored.clone(), ..Changes::default() },
                ..Plan::default()
            },
        }
    }

    async fn apply(&self, observed: Observed, plan: Plan, _: &Wakes) -> Result<Requeue, ReconcileError> {
        let Observed { endpoints, key, .. } = observed;
        let owner = endpoints.unwrap_or_else(|| plan::named(&key));
        for (many, reason, message) in [
            (
                plan.invalid,
                "InvalidIPAddress",
                format!("Skipped {} invalid IP addresses when mirroring to EndpointSlices", plan.invalid),
            ),
            (
                plan.skipped - plan.invalid,
                "TooManyAddressesToMirror",
                format!(
                    "A max of {ADDRESSES_MAX} addresses can be mirrored to EndpointSlices per Endpoints subset. {} \
                     addresses were skipped",
                    plan.skipped
                ),
            ),
        ] {
            if many > 0 {
                let about = &reference(&owner);
                let (severity, message) = (Severity::Warning, message.as_str());
                self.recorder.record(Happened { about, severity, reason, message, annotations: &[] }).await;
            }
        }
        match write::carry_out(&self.client, &owner, plan.changes, "Endpoints").await {
            Ok(()) => Ok(Requeue::Never),
            Err(error) if error.is_conflict() => Ok(Requeue::Now),
            Err(error) => Err(error.into()),
        }
    }

    fn forget(&self, _: &ObjectKey) {}
}
