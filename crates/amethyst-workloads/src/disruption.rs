//! What PodDisruptionBudgets allow (kubernetes `pkg/controller/disruption`). An eviction counts the budget
//! down in the server; here it is counted anew.

mod scale;
mod status;

use std::sync::Arc;
use std::time::Duration;

use amethyst_clock::Clock;
use amethyst_controller::events::{Happened, Recorder, Severity};
use amethyst_controller::{Cluster, ObjectKey, Reconcile, ReconcileError, Requeue, Wakes};
use amethyst_object::{GroupVersionKind, LabelSelector, json as document};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::PostParams;
use kube::{Api, Client, ResourceExt};

use crate::informer::Cache;
use crate::names::MANAGER;
use crate::pods;
use crate::reference::reference;
use crate::slices::write::is_code;

use scale::{Expected, Scales};
use status::Plan;

/// How long an evicted pod may stay before it counts again.
pub(crate) const DELETION_TIMEOUT: Duration = Duration::from_mins(2);

/// The controller.
pub(crate) struct Disruption {
    pub(crate) client: Client,
    pub(crate) cluster: Cluster,
    pub(crate) clock: Clock,
    pub(crate) pods: Cache<Pod>,
    pub(crate) recorder: Arc<Recorder>,
}

/// What a pass has read.
pub(crate) struct Observed {
    budget: Arc<PodDisruptionBudget>,
    pods: Vec<Arc<Pod>>,
    /// How many pods there should be, or why that cannot be told.
    expected: Result<Expected, String>,
    now: k8s_openapi::jiff::Timestamp,
}

/// The selector of a budget; none selects nothing, an empty one everything.
pub(crate) fn selector(budget: &PodDisruptionBudget) -> Option<LabelSelector> {
    let selector = budget.spec.as_ref()?.selector.as_ref()?;
    let text = serde_json::to_vec(selector).ok()?;
    LabelSelector::from_value(&document::parse(&text).ok()?).ok()
}

/// Whether a budget is for a pod.
pub(crate) fn selects(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    let same = budget.namespace() == pod.namespace();
    same && selector(budget).is_some_and(|it| it.matches(|key| pod.labels().get(key).map(String::as_str)))
}

impl Disruption {
    async fn tell(&self, budget: &PodDisruptionBudget, severity: Severity, reason: &str, message: &str) {
        let about = &reference(budget);
        self.recorder.record(Happened { about, severity, reason, message, annotations: &[] }).await;
    }

    /// What is odd about the pods, told when it changes something.
    async fn tell_count(&self, observed: &Observed) {
        let budget = observed.budget.as_ref();
        if observed.pods.is_empty() {
            self.tell(budget, Severity::Normal, "NoPods", "No matching pods found").await;
        }
        match &observed.expected {
            Err(why) => {
                let message = format!("Failed to calculate the number of expected pods: {why}");
                let reason = "CalculateExpectedPodCountFailed";
                self.tell(budget, Severity::Warning, reason, &message).await;
            }
            Ok(expected) if !expected.unmanaged.is_empty() => {
                self.tell(budget, Severity::Warning, "UnmanagedPods", &status::unmanaged(budget)).await;
            }
            Ok(_) => {}
        }
    }
}

impl Reconcile for Disruption {
    type Observed = Observed;
    type Plan = Plan;

    fn owned(&self) -> GroupVersionKind {
        GroupVersionKind::new("policy", "v1", "PodDisruptionBudget")
    }

    async fn observe(&self, key: &ObjectKey, _: &Wakes) -> Result<Option<Observed>, ReconcileError> {
        // Its status is written under the condition that nothing else was.
        let api: Api<PodDisruptionBudget> = Api::namespaced(self.client.clone(), &key.namespace);
        let Some(budget) = api.get_opt(&key.name).await?.map(Arc::new) else { return Ok(None) };
        let mut selected = self.pods.of_namespace(&key.namespace);
        selected.retain(|pod| selects(&budget, pod));
        let expected = Scales { cluster: &self.cluster }.expected(&budget, &selected).await;
        let now = k8s_openapi::jiff::Timestamp::from_nanosecond(self.clock.now().as_nanosecond())?;
        Ok(Some(Observed { budget, pods: selected, expected, now }))
    }

    fn plan(&self, observed: &Observed) -> Plan {
        status::plan(observed)
    }

    async fn apply(&self, observed: Observed, plan: Plan, _: &Wakes) -> Result<Requeue, ReconcileError> {
        let budget = observed.budget.as_ref();
        if plan.changed.is_some() {
            self.tell_count(&observed).await;
        }
        for name in &plan.overdue {
            let pod = observed.pods.iter().find(|pod| pod.name_any() == *name);
            let Some(pod) = pod else { continue };
            let namespace = budget.namespace().unwrap_or_default();
            let message =
                format!("Pod was expected by PDB {namespace}/{namespace} to be deleted but it wasn't");
            let about = &reference(pod.as_ref());
            let (severity, reason) = (Severity::Warning, "NotDeleted");
            self.recorder
                .record(Happened { about, severity, reason, message: &message, annotations: &[] })
                .await;
        }
        if let Some(changed) = plan.changed {
            let name = budget.name_any();
            let api: Api<PodDisruptionBudget> =
                Api::namespaced(self.client.clone(), &budget.namespace().unwrap_or_default());
            let how = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
            match api.replace_status(&name, &how, &changed).await {
                Ok(_) => {}
                Err(error) if is_code(&error, 404) => return Ok(Requeue::Never),
                Err(error) if is_code(&error, 409) => return Ok(Requeue::Now),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(plan.recheck.map_or(Requeue::Never, Requeue::After))
    }

    fn forget(&self, _: &ObjectKey) {}
}

/// Whether a change of a pod can change what its budget allows.
pub(crate) fn counts_otherwise(old: Option<&Pod>, new: Option<&Pod>) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return true };
    old.labels() != new.labels()
        || pods::is_ready(old) != pods::is_ready(new)
        || old.metadata.deletion_timestamp != new.metadata.deletion_timestamp
        || old.metadata.owner_references != new.metadata.owner_references
        || old.metadata.uid != new.metadata.uid
}
