//! The status that a budget is to have.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

use super::{DELETION_TIMEOUT, Observed};
use crate::pods;

const ALLOWED: &str = "DisruptionAllowed";

/// What a pass is going to do.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The budget with its new status, if that changes.
    pub(super) changed: Option<Box<PodDisruptionBudget>>,
    /// When a pod that was evicted counts again.
    pub(super) recheck: Option<Duration>,
    /// Pods that were to be gone by now.
    pub(super) overdue: Vec<String>,
}

pub(super) fn plan(observed: &Observed) -> Plan {
    let budget = observed.budget.as_ref();
    let status = budget.status.clone().unwrap_or_default();
    let expected = match &observed.expected {
        Ok(expected) => expected,
        Err(why) => return failed(budget, &status, why, observed.now),
    };
    let (disrupted, first, overdue) = disrupted(observed, &status);
    let healthy = observed.pods.iter().filter(|pod| {
        pod.metadata.deletion_timestamp.is_none()
            && !disrupted.contains_key(&pod.name_any())
            && pods::is_ready(pod)
    });
    let current = i32::try_from(healthy.count()).unwrap_or(i32::MAX);
    let allowed = if expected.count <= 0 { 0 } else { (current - expected.healthy).max(0) };
    let mut new = PodDisruptionBudgetStatus {
        current_healthy: Some(current),
        desired_healthy: Some(expected.healthy),
        expected_pods: Some(expected.count),
        disruptions_allowed: Some(allowed),
        disrupted_pods: (!disrupted.is_empty()).then_some(disrupted),
        observed_generation: budget.metadata.generation,
        conditions: status.conditions.clone(),
    };
    let (truth, reason) =
        if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    set_condition(&mut new, truth, reason, "", observed.now);
    let recheck = first.map(|at| {
        let left = at.as_millisecond() - observed.now.as_millisecond();
        Duration::from_millis(u64::try_from(left).unwrap_or_default() + 1)
    });
    Plan { changed: changed(budget, &status, new), recheck, overdue }
}

fn changed(
    budget: &PodDisruptionBudget,
    old: &PodDisruptionBudgetStatus,
    new: PodDisruptionBudgetStatus,
) -> Option<Box<PodDisruptionBudget>> {
    let mut old = old.clone();
    old.disrupted_pods = old.disrupted_pods.filter(|pods| !pods.is_empty());
    if old == new {
        return None;
    }
    let mut budget = budget.clone();
    budget.status = Some(new);
    Some(Box::new(budget))
}

/// A budget that cannot be counted allows nothing.
fn failed(
    budget: &PodDisruptionBudget,
    status: &PodDisruptionBudgetStatus,
    why: &str,
    now: Timestamp,
) -> Plan {
    let mut new = PodDisruptionBudgetStatus { disruptions_allowed: Some(0), ..status.clone() };
    set_condition(&mut new, "False", "SyncFailed", why, now);
    Plan { changed: changed(budget, status, new), ..Plan::default() }
}

/// Evicted pods that are still awaited, when the first of them is no more, and those that are overdue.
fn disrupted(
    observed: &Observed,
    status: &PodDisruptionBudgetStatus,
) -> (BTreeMap<String, Time>, Option<Timestamp>, Vec<String>) {
    let (mut awaited, mut first, mut overdue) = (BTreeMap::new(), None::<Timestamp>, Vec::new());
    let Some(known) = &status.disrupted_pods else { return (awaited, first, overdue) };
    for pod in observed.pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()) {
        let name = pod.name_any();
        let Some(since) = known.get(&name) else { continue };
        let timeout = k8s_openapi::jiff::SignedDuration::try_from(DELETION_TIMEOUT).unwrap_or_default();
        let end = since.0.checked_add(timeout).unwrap_or(since.0);
        if end < observed.now {
            overdue.push(name);
        } else {
            first = Some(first.map_or(end, |first| first.min(end)));
            awaited.insert(name, since.clone());
        }
    }
    (awaited, first, overdue)
}

fn set_condition(
    status: &mut PodDisruptionBudgetStatus,
    truth: &str,
    reason: &str,
    message: &str,
    now: Timestamp,
) {
    let conditions = status.conditions.get_or_insert_default();
    let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let condition = Condition {
        type_: ALLOWED.to_owned(),
        status: truth.to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        observed_generation: status.observed_generation,
        last_transition_time: Time(second),
    };
    match conditions.iter_mut().find(|condition| condition.type_ == ALLOWED) {
        Some(found) if found.status == condition.status => {
            let since = found.last_transition_time.clone();
            *found = Condition { last_transition_time: since, ..condition };
        }
        Some(found) => *found = condition,
        None => conditions.push(condition),
    }
}

/// What is said of pods that no controller owns.
pub(super) fn unmanaged(budget: &PodDisruptionBudget) -> String {
    let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let selector = selector.map(|it| serde_json::to_string(it).unwrap_or_default()).unwrap_or_default();
    format!(
        "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a result, the \
         status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these \
         pods please set \".spec.minAvailable\" field of the PDB to an integer value."
    )
}

#[cfg(test)]
mod tests;
