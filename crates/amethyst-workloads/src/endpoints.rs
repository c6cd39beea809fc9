//! Endpoints of Services with selectors, the older form (kubernetes `pkg/controller/endpoint`).

mod plan;
pub(crate) mod subsets;

use std::sync::Arc;

use amethyst_controller::events::{Happened, Recorder, Severity};
use amethyst_controller::{ObjectKey, Reconcile, ReconcileError, Requeue, Wakes};
use amethyst_object::GroupVersionKind;
use k8s_openapi::api::core::v1::{Endpoints, Pod, Service};
use k8s_openapi::jiff::Timestamp;
use kube::api::{DeleteParams, PostParams};
use kube::{Api, Client};

use crate::informer::Cache;
use crate::names::MANAGER;
use crate::pods;
use crate::reference::reference;
use crate::slices::write::{is_code, is_namespace_ending};
use crate::trigger::TriggerTimes;

/// The controller.
pub(crate) struct EndpointsObjects {
    pub(crate) client: Client,
    pub(crate) services: Cache<Service>,
    pub(crate) pods: Cache<Pod>,
    pub(crate) triggers: TriggerTimes,
    pub(crate) recorder: Arc<Recorder>,
}

/// What a pass has read.
pub(crate) enum Observed {
    /// The Service is gone: so go its Endpoints.
    Gone(ObjectKey),
    /// The Service selects pods.
    Selecting {
        service: Arc<Service>,
        pods: Vec<Arc<Pod>>,
        current: Option<Box<Endpoints>>,
        /// Since when they are behind.
        since: Option<Timestamp>,
    },
}

/// What a pass is going to do.
pub(crate) enum Plan {
    Nothing,
    Delete,
    Create(Box<Endpoints>),
    Replace(Box<Endpoints>),
}

impl Reconcile for EndpointsObjects {
    type Observed = Observed;
    type Plan = Plan;

    fn owned(&self) -> GroupVersionKind {
        GroupVersionKind::new("", "v1", "Service")
    }

    async fn observe(&self, key: &ObjectKey, _: &Wakes) -> Result<Option<Observed>, ReconcileError> {
        let Some(service) = self.services.get(key) else {
            self.triggers.forget(key);
            return Ok(Some(Observed::Gone(key.clone())));
        };
        let external = service.spec.as_ref().and_then(|spec| spec.type_.as_deref()) == Some("ExternalName");
        let (Some(selector), false) = (pods::selector(&service), external) else { return Ok(None) };
        let mut selected = self.pods.of_namespace(&key.namespace);
        selected
            .retain(|pod| pod.metadata.labels.as_ref().is_some_and(|labels| pods::selects(selector, labels)));
        let api: Api<Endpoints> = Api::namespaced(self.client.clone(), &key.namespace);
        let current = api.get_opt(&key.name).await?.map(Box::new);
        let since = self.triggers.next(key, &service, &selected);
        Ok(Some(Observed::Selecting { service, pods: selected, current, since }))
    }

    fn plan(&self, observed: &Observed) -> Plan {
        match observed {
            Observed::Gone(_) => Plan::Delete,
            Observed::Selecting { service, pods, current, since } => {
                plan::plan(service, pods, current.as_deref(), *since)
            }
        }
    }

    async fn apply(&self, observed: Observed, plan: Plan, _: &Wakes) -> Result<Requeue, ReconcileError> {
        let key = match &observed {
            Observed::Gone(key) => key.clone(),
            Observed::Selecting { service, .. } => crate::informer::key_of(service.as_ref()),
        };
        let api: Api<Endpoints> = Api::namespaced(self.client.clone(), &key.namespace);
        let how = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        let (written, about, reason, failed) = match plan {
            Plan::Nothing => return Ok(Requeue::Never),
            Plan::Delete => {
                return match api.delete(&key.name, &DeleteParams::default()).await {
                    Err(error) if !is_code(&error, 404) => Err(error.into()),
                    Ok(_) | Err(_) => Ok(Requeue::Never),
                };
            }
            Plan::Create(endpoints) => {
                let what = format!("Failed to create endpoint for service {key}");
                (api.create(&how, &endpoints).await, endpoints, "FailedToCreateEndpoint", what)
            }
            Plan::Replace(endpoints) => {
                let what = format!("Failed to update endpoint {key}");
                (api.replace(&key.name, &how, &endpoints).await, endpoints, "FailedToUpdateEndpoint", what)
            }
        };
        match written {
            Ok(_) => Ok(Requeue::Never),
            Err(error) if is_namespace_ending(&error) => Ok(Requeue::Never),
            // Somebody else was quicker: look again at once.
            Err(error) if is_code(&error, 409) => Ok(Requeue::Now),
            Err(error) => {
                self.recorder
                    .record(Happened {
                        about: &reference(about.as_ref()),
                        severity: Severity::Warning,
                        reason,
                        message: &format!("{failed}: {error}"),
                        annotations: &[],
                    })
                    .await;
                Err(error.into())
            }
        }
    }

    fn forget(&self, key: &ObjectKey) {
        self.triggers.forget(key);
    }
}
