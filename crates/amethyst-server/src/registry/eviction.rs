//! Evictions: a pod goes if its PodDisruptionBudget has one left (kubernetes
//! `pkg/registry/core/pod/storage/eviction.go`). The budget is counted down in the very write that checks it.

use amethyst_object::{LabelSelector, Map, Value, value};
use amethyst_store::Revision;

use super::write::{self, Changed, Owners, map, map_mut};
use super::{Call, DeleteOptions, Outcome, Preconditions, Propagation, Registry, delete, metadata, read};
use crate::record::Entry;
use crate::status::{Cause, Reason, Status};

const BUDGETS: &str = "policy/poddisruptionbudgets/";
/// What is said when the budget has none left.
const VIOLATES: &str = "Cannot evict pod as it would violate the pod's disruption budget.";
/// The cause that clients look for.
const CAUSE: &str = "DisruptionBudget";
/// How many evictions may await their confirmation.
const DISRUPTED_MAX: usize = 2000;
/// How often an eviction tries again when the pod changes under it.
const ATTEMPTS_MAX: usize = 20;

/// Evicts the pod that the call names.
pub(super) async fn evict(registry: &Registry, call: &Call, eviction: &Value) -> Result<Outcome, Status> {
    if eviction.str_at(&["metadata", "name"]).unwrap_or_default() != call.name {
        return Err(Status::bad_request("name in URL does not match name in Eviction object"));
    }
    let options = options(call, eviction)?;
    let fixed = options.preconditions.resource_version.is_some();
    for _ in 0..ATTEMPTS_MAX {
        let pod = Pod::read(registry, call)?;
        if !pod.is_free() {
            return evict_counted(registry, call, &pod, options).await;
        }
        let mut options = options.clone();
        if pod.phase == "Pending" && !pod.deleting && !fixed {
            options.preconditions.resource_version = Some(pod.revision.to_string().into());
        }
        match remove(registry, call, options).await {
            Err(status) if status.reason() == Reason::Conflict && !fixed => {}
            done => return done.map(|()| success()),
        }
    }
    Err(Status::conflict("", "pods", &call.name, "the pod changes faster than it can be evicted"))
}

/// A pod as an eviction sees it.
struct Pod {
    phase: String,
    deleting: bool,
    ready: bool,
    revision: Revision,
    budgets: Vec<Map>,
}

impl Pod {
    fn read(registry: &Registry, call: &Call) -> Result<Self, Status> {
        let snapshot = registry.store().snapshot();
        let stored = snapshot
            .get(&call.resource.storage.key(&call.namespace, &call.name))
            .ok_or_else(|| read::not_found(&call.resource, &call.name))?;
        let object = Value::Object(stored.record.object());
        let conditions = object.at(&["status", "conditions"]).and_then(Value::as_array).unwrap_or_default();
        let ready = |condition: &Value| {
            condition.str_at(&["type"]) == Some("Ready") && condition.str_at(&["status"]) == Some("True")
        };
        let prefix = format!("{BUDGETS}{}/", call.namespace);
        let budgets = snapshot.range(&prefix, None);
        Ok(Self {
            phase: object.str_at(&["status", "phase"]).unwrap_or_default().to_owned(),
            deleting: stored.record.index.deleting,
            ready: conditions.iter().any(ready),
            revision: stored.modified,
            budgets: budgets
                .map(|(_, budget)| budget.record.object())
                .filter(|budget| selects(budget, &stored.record))
                .collect(),
        })
    }

    /// Whether no budget is asked: the pod has ended, never ran, or goes already.
    fn is_free(&self) -> bool {
        matches!(self.phase.as_str(), "Succeeded" | "Failed" | "Pending") || self.deleting
    }
}

fn selects(budget: &Map, pod: &Entry) -> bool {
    let selector = budget.get("spec").and_then(|spec| spec.get("selector")).filter(|it| !it.is_null());
    let selector = selector.and_then(|selector| LabelSelector::from_value(selector).ok());
    selector.is_some_and(|selector| selector.matches(|key| pod.index.label(key)))
}

fn options(call: &Call, eviction: &Value) -> Result<DeleteOptions, Status> {
    let options = eviction.get("deleteOptions").cloned().unwrap_or_else(Value::object);
    let unsafe_option = "ignoreStoreReadErrorWithClusterBreakingPotential";
    if options.get(unsafe_option).and_then(Value::as_bool) == Some(true) {
        let why = "can not be set for pod eviction, try after removing the option";
        let at = metadata::path(&["deleteOptions", unsafe_option]);
        let fault = amethyst_schema::Fault::invalid(at, true, why);
        metadata::refuse("policy", "Eviction", &call.name, vec![fault])?;
    }
    let dry_run = options.get("dryRun").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let text =
        |key: &str| options.str_at(&["preconditions", key]).filter(|it| !it.is_empty()).map(Into::into);
    Ok(DeleteOptions {
        grace_period_seconds: options.at(&["gracePeriodSeconds"]).and_then(Value::as_i64),
        propagation: options.str_at(&["propagationPolicy"]).and_then(Propagation::parse),
        orphan_dependents: options.at(&["orphanDependents"]).and_then(Value::as_bool),
        preconditions: Preconditions { uid: text("uid"), resource_version: text("resourceVersion") },
        dry_run: dry_run || call.write.dry_run,
    })
}

async fn evict_counted(
    registry: &Registry,
    call: &Call,
    pod: &Pod,
    mut options: DeleteOptions,
) -> Result<Outcome, Status> {
    let fixed = options.preconditions.resource_version.is_some();
    let mut unhealthy_of = None;
    match pod.budgets.as_slice() {
        [] => {}
        [budget] => {
            if !pod.ready && may_go_unhealthy(budget) {
                options.preconditions.resource_version = Some(pod.revision.to_string().into());
                unhealthy_of = Some(metadata::text(budget, "name").to_owned());
            } else {
                count_down(registry, call, metadata::text(budget, "name"), options.dry_run).await?;
            }
        }
        _ => {
            let why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Ok(Outcome::Status(value!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": why, "code": 500,
            })));
        }
    }
    match (remove(registry, call, options).await, unhealthy_of) {
        // It may have become healthy meanwhile, and then its budget counts.
        (Err(status), Some(budget)) if status.reason() == Reason::Conflict && !fixed => {
            Err(being_processed(&budget))
        }
        (done, _) => done.map(|()| success()),
    }
}

fn success() -> Outcome {
    Outcome::Status(value!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
    }))
}

fn number(budget: &Map, part: &str, key: &str) -> i64 {
    budget.get(part).and_then(|part| part.get(key)).and_then(Value::as_i64).unwrap_or_default()
}

/// Whether a pod that is not ready goes without being counted.
fn may_go_unhealthy(budget: &Map) -> bool {
    let policy = budget.get("spec").and_then(|spec| spec.str_at(&["unhealthyPodEvictionPolicy"]));
    let desired = number(budget, "status", "desiredHealthy");
    policy == Some("AlwaysAllow") || (desired > 0 && number(budget, "status", "currentHealthy") >= desired)
}

fn cause(message: String) -> Vec<Cause> {
    vec![Cause { reason: CAUSE, message, field: String::new() }]
}

fn being_processed(budget: &str) -> Status {
    let why = format!("The disruption budget {budget} is still being processed by the server.");
    Status::new(Reason::TooManyRequests, VIOLATES).with_details().retry_after(10).causes(cause(why))
}

/// Takes one disruption from a budget, or says why it gives none.
async fn count_down(registry: &Registry, call: &Call, name: &str, dry_run: bool) -> Result<(), Status> {
    let catalog = registry.catalog();
    let Some(row) = catalog.resource("policy", "v1", "poddisruptionbudgets") else {
        return Err(Status::internal("no resource for disruption budgets"));
    };
    let pod = call.name.clone();
    let mut call = Call {
        resource: std::sync::Arc::clone(row),
        subresource: "status".into(),
        name: name.into(),
        ..call.clone()
    };
    call.write.dry_run = dry_run;
    "kube-apiserver".clone_into(&mut call.write.field_manager);
    let done = write::change(registry, &call, false, |attempt, live| {
        let mut budget = live.expect("it must exist").object.clone();
        check(map(&budget), name)?;
        let (observed, left) = {
            let budget = map(&budget);
            (
                number(budget, "status", "observedGeneration"),
                number(budget, "status", "disruptionsAllowed") - 1,
            )
        };
        let status = map_mut(&mut budget).object_mut("status");
        status.insert("disruptionsAllowed", left);
        if left == 0 {
            say_insufficient(status, observed, &attempt.now);
        }
        status.object_mut("disruptedPods").insert(pod.as_str(), attempt.now.as_str());
        Ok(Changed { object: budget, owners: Owners::Track(None), replaced: false })
    });
    done.await.map(|_| ())
}

/// The checks before a budget is counted down (`checkAndDecrement`).
fn check(budget: &Map, name: &str) -> Result<(), Status> {
    let of_status = |key: &str| number(budget, "status", key);
    if of_status("observedGeneration") < number(budget, "metadata", "generation") {
        return Err(being_processed(name));
    }
    let forbidden = |why: &str, told: &str| {
        let message = format!("poddisruptionbudget.policy \"{name}\" is forbidden: {why}");
        let told = format!("The disruption budget {name} does not allow evicting pods currently: {told}");
        Status::new(Reason::Forbidden, message)
            .about("policy", "poddisruptionbudget", name)
            .causes(cause(told))
    };
    let allowed = of_status("disruptionsAllowed");
    if allowed < 0 {
        let why = "pdb disruptions allowed is negative";
        return Err(forbidden(why, why));
    }
    let disrupted = budget.get("status").and_then(|status| status.get("disruptedPods"));
    if disrupted.and_then(Value::as_object).is_some_and(|pods| pods.len() > DISRUPTED_MAX) {
        return Err(forbidden(
            "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
            "too many pending evictions not confirmed by PDB controller",
        ));
    }
    if allowed > 0 {
        return Ok(());
    }
    Err(Status::new(Reason::TooManyRequests, VIOLATES).with_details().causes(cause(none_left(budget, name))))
}

fn none_left(budget: &Map, name: &str) -> String {
    let conditions = budget.get("status").and_then(|status| status.get("conditions"));
    let conditions = conditions.and_then(Value::as_array).unwrap_or_default();
    let condition = conditions.iter().find(|it| it.str_at(&["type"]) == Some("DisruptionAllowed"));
    let text = |key: &str| condition.and_then(|it| it.str_at(&[key])).unwrap_or_default();
    let told = text("status") == "False" && !text("message").is_empty();
    let (desired, current) =
        (number(budget, "status", "desiredHealthy"), number(budget, "status", "currentHealthy"));
    let refuses = format!("The disruption budget {name} does not allow evicting pods currently");
    if told && text("reason") == "SyncFailed" {
        format!("{refuses} because it failed sync: {}", text("message"))
    } else if current <= desired {
        format!("The disruption budget {name} needs {desired} healthy pods and has {current} currently")
    } else if told {
        format!("{refuses} ({}): {}", text("reason"), text("message"))
    } else {
        refuses
    }
}

fn say_insufficient(status: &mut Map, observed: i64, now: &str) {
    let list = status.get_or_insert_with("conditions", || Value::Array(Vec::new()));
    let Some(list) = list.as_array_mut() else { return };
    let mut new = metadata::condition("DisruptionAllowed", false, "InsufficientPods", "", now);
    if let Some(new) = new.as_object_mut().filter(|_| observed > 0) {
        new.insert("observedGeneration", observed);
    }
    match list.iter_mut().find(|it| it.str_at(&["type"]) == Some("DisruptionAllowed")) {
        Some(found) => {
            if found.str_at(&["status"]) == Some("False")
                && let (Some(since), Some(new)) =
                    (found.get("lastTransitionTime").cloned(), new.as_object_mut())
            {
                new.insert("lastTransitionTime", since);
            }
            *found = new;
        }
        None => list.push(new),
    }
}

/// Says on the pod that it is evicted, and deletes it.
async fn remove(registry: &Registry, call: &Call, mut options: DeleteOptions) -> Result<(), Status> {
    if !options.dry_run {
        let revision = mark(registry, call, &options.preconditions).await?;
        if options.preconditions.resource_version.is_some() {
            options.preconditions.resource_version = Some(revision.to_string().into());
        }
    }
    let main = Call { subresource: "".into(), ..call.clone() };
    delete::delete_admitted(registry, &main, options).await.map(|_| ())
}

async fn mark(registry: &Registry, call: &Call, wanted: &Preconditions) -> Result<Revision, Status> {
    // As a write of the eviction's own it passes no admission: the eviction has.
    let done = write::change(registry, call, false, |attempt, live| {
        let live = live.expect("it must exist");
        let conflict = |why: String| Err(Status::conflict("", "Pod", &call.name, why));
        let (uid, version) = (&live.stored.record.index.uid, live.stored.modified.to_string());
        if let Some(wanted) = wanted.uid.as_ref().filter(|wanted| *wanted != uid) {
            return conflict(format!(
                "the UID in the precondition ({wanted}) does not match the UID in record ({uid}). The object might have \
                 been deleted and then recreated"
            ));
        }
        if let Some(wanted) = wanted.resource_version.as_ref().filter(|wanted| **wanted != version) {
            return conflict(format!(
                "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record \
                 ({version}). The object might have been modified"
            ));
        }
        let mut object = live.object.clone();
        let status = map_mut(&mut object).object_mut("status");
        let list = status.get_or_insert_with("conditions", || Value::Array(Vec::new()));
        let before = list.as_array().unwrap_or_default();
        let before = before.iter().find(|it| it.str_at(&["type"]) == Some("DisruptionTarget")).cloned();
        let same = before.as_ref().filter(|it| it.str_at(&["status"]) == Some("True"));
        let since = same.and_then(|it| it.str_at(&["lastTransitionTime"])).unwrap_or(&attempt.now);
        let condition = value!({
            "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting", "lastProbeTime": null, "lastTransitionTime": (since),
        });
        if let Some(list) = list.as_array_mut() {
            match list.iter_mut().find(|it| it.str_at(&["type"]) == Some("DisruptionTarget")) {
                Some(found) => *found = condition,
                None => list.push(condition),
            }
        }
        // Upstream writes it past the field manager.
        let owners = Owners::Settled(write::managed_of(&live.stored.record));
        Ok(Changed { object, owners, replaced: false })
    });
    match done.await? {
        Outcome::Object { object, .. } => Ok(object.revision()),
        Outcome::Status(_) => Err(Status::internal("a write of a pod answers the pod")),
    }
}
