//! The rules of the built-in kinds.

use amethyst_object::{Object, Value};
use jiff::{SignedDuration, Timestamp};

use super::{Verdict, conditions};

/// How long a pod may be unscheduled before it counts as unschedulable.
const SCHEDULE_WINDOW: SignedDuration = SignedDuration::from_secs(15);

/// The verdict on a built-in kind; `None` for all others.
pub(super) fn compute(object: &Object, now: Timestamp) -> Option<Verdict> {
    let group = object.gvk().group;
    Some(match (group.as_str(), object.kind()) {
        ("", "Secret" | "ConfigMap") | ("batch", "CronJob") => Verdict::current("Resource is always ready"),
        ("", "Service") => service(object),
        ("", "Pod") => pod(object, now),
        ("", "PersistentVolumeClaim") => claim(object),
        ("apps", "StatefulSet") => stateful_set(object),
        ("apps" | "extensions", "DaemonSet") => daemon_set(object),
        ("apps" | "extensions", "Deployment") => deployment(object),
        ("apps" | "extensions", "ReplicaSet") => replica_set(object),
        ("policy", "PodDisruptionBudget") => Verdict::current("AllowedDisruptions has been computed."),
        ("batch", "Job") => job(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        _ => return None,
    })
}

fn number(object: &Object, path: &[&str]) -> Option<i64> {
    object.at(path).and_then(Value::as_i64)
}

fn spec(object: &Object, key: &str) -> Option<i64> {
    number(object, &["spec", key])
}

fn status(object: &Object, key: &str) -> i64 {
    number(object, &["status", key]).unwrap_or(0)
}

/// The first of `checks` that has fewer than it wants, as `In progress: have/want`.
fn fewer<const N: usize>(checks: [(&str, &str, i64, i64); N]) -> Option<Verdict> {
    checks
        .into_iter()
        .find(|(_, _, have, want)| want > have)
        .map(|(reason, word, have, want)| Verdict::in_progress(reason, format!("{word}: {have}/{want}")))
}

fn surplus(have: i64, want: i64) -> Option<Verdict> {
    (have > want).then(|| Verdict::in_progress("ExtraPods", format!("Pending termination: {}", have - want)))
}

fn deployment(object: &Object) -> Verdict {
    // Without a deadline the controller never sets `Progressing`.
    let deadline = spec(object, "progressDeadlineSeconds").unwrap_or(i64::from(i32::MAX));
    let mut progressing = deadline == i64::from(i32::MAX);
    let mut available = false;
    for condition in conditions(object) {
        match (condition.kind, condition.status, condition.reason) {
            ("Progressing", _, "ProgressDeadlineExceeded") => {
                return Verdict::failed(condition.reason, "Progress deadline exceeded");
            }
            ("Progressing", "True", "NewReplicaSetAvailable") => progressing = true,
            ("Available", "True", _) => available = true,
            _ => {}
        }
    }
    let want = spec(object, "replicas").unwrap_or(1);
    let (replicas, updated) = (status(object, "replicas"), status(object, "updatedReplicas"));
    fewer([("LessReplicas", "Replicas", replicas, want), ("LessUpdated", "Updated", updated, want)])
        .or_else(|| surplus(replicas, want))
        .or_else(|| {
            fewer([
                ("LessAvailable", "Available", status(object, "availableReplicas"), updated),
                ("LessReady", "Ready", status(object, "readyReplicas"), want),
            ])
        })
        .unwrap_or_else(|| match (progressing, available) {
            (false, _) => Verdict::in_progress("ReplicaSetNotAvailable", "ReplicaSet not Available"),
            (true, false) => Verdict::in_progress("DeploymentNotAvailable", "Deployment not Available"),
            (true, true) => Verdict::current(format!("Deployment is available. Replicas: {replicas}")),
        })
}

fn stateful_set(object: &Object) -> Verdict {
    if object.str_at(&["spec", "updateStrategy", "type"]) == Some("OnDelete") {
        return Verdict::current("StatefulSet is using the ondelete update strategy");
    }
    let want = spec(object, "replicas").unwrap_or(1);
    let (replicas, updated) = (status(object, "replicas"), status(object, "updatedReplicas"));
    let ready = status(object, "readyReplicas");
    let early = fewer([("LessReplicas", "Replicas", replicas, want), ("LessReady", "Ready", ready, want)])
        .or_else(|| surplus(replicas, want));
    if let Some(verdict) = early {
        return verdict;
    }
    let partition = number(object, &["spec", "updateStrategy", "rollingUpdate", "partition"]);
    if let Some(partition) = partition.filter(|partition| *partition != -1) {
        return fewer([("PartitionRollout", "updated", updated, want - partition)])
            .unwrap_or_else(|| Verdict::current(format!("Partition rollout complete. updated: {updated}")));
    }
    if let Some(verdict) = fewer([("LessCurrent", "current", status(object, "currentReplicas"), want)]) {
        return verdict;
    }
    let revision = |key| object.str_at(&["status", key]).unwrap_or_default();
    if revision("currentRevision") != revision("updateRevision") {
        return Verdict::in_progress("RevisionMismatch", "Waiting for updated revision to match current");
    }
    Verdict::current(format!("All replicas scheduled as expected. Replicas: {replicas}"))
}

fn replica_set(object: &Object) -> Verdict {
    if conditions(object).any(|condition| condition.kind == "ReplicaFailure" && condition.status == "True") {
        return Verdict::in_progress("ReplicaFailure", "Replica Failure condition. Check Pods");
    }
    let want = spec(object, "replicas").unwrap_or(1);
    let replicas = status(object, "replicas");
    fewer([
        ("LessLabelled", "Labelled", status(object, "fullyLabeledReplicas"), want),
        ("LessAvailable", "Available", status(object, "availableReplicas"), want),
        ("LessReady", "Ready", status(object, "readyReplicas"), want),
    ])
    .or_else(|| surplus(replicas, want))
    .unwrap_or_else(|| Verdict::current(format!("ReplicaSet is available. Replicas: {replicas}")))
}

fn daemon_set(object: &Object) -> Verdict {
    // Its controller always observes the generation: not observed means not seen yet.
    for (path, reason) in [
        (["metadata", "generation"], "NoGeneration"),
        (["status", "observedGeneration"], "NoObservedGeneration"),
    ] {
        if number(object, &path).is_none() {
            let message = format!("{} {} not found", object.kind(), path.join("."));
            return Verdict::in_progress(reason, message);
        }
    }
    let Some(want) = number(object, &["status", "desiredNumberScheduled"]) else {
        return Verdict::in_progress("NoDesiredNumber", "Missing .status.desiredNumberScheduled");
    };
    fewer([
        ("LessCurrent", "Current", status(object, "currentNumberScheduled"), want),
        ("LessUpdated", "Updated", status(object, "updatedNumberScheduled"), want),
        ("LessAvailable", "Available", status(object, "numberAvailable"), want),
        ("LessReady", "Ready", status(object, "numberReady"), want),
    ])
    .unwrap_or_else(|| Verdict::current(format!("All replicas scheduled as expected. Replicas: {want}")))
}

fn claim(object: &Object) -> Verdict {
    match object.str_at(&["status", "phase"]).unwrap_or("unknown") {
        "Bound" => Verdict::current("PVC is Bound"),
        phase => Verdict::in_progress("NotBound", format!("PVC is not Bound. phase: {phase}")),
    }
}

fn pod(object: &Object, now: Timestamp) -> Verdict {
    let has = |kind, status| conditions(object).find(|c| c.kind == kind && c.status == status);
    match object.str_at(&["status", "phase"]).unwrap_or_default() {
        "Succeeded" => Verdict::current("Pod has completed successfully"),
        "Failed" => Verdict::current("Pod has completed, but not successfully"),
        "Running" if has("Ready", "True").is_some() => Verdict::current("Pod is Ready"),
        "Running" => {
            let looping = crash_looping(object);
            if looping.is_empty() {
                Verdict::in_progress("PodRunningNotReady", "Pod is running but is not Ready")
            } else {
                let message = format!("Containers in CrashLoop state: {}", looping.join(","));
                Verdict::failed("ContainerCrashLooping", message)
            }
        }
        "Pending" if has("PodScheduled", "False").is_some_and(|c| c.reason == "Unschedulable") => {
            let created = object.str_at(&["metadata", "creationTimestamp"]).and_then(|at| at.parse().ok());
            if created.is_some_and(|created: Timestamp| now.duration_since(created) < SCHEDULE_WINDOW) {
                Verdict::in_progress("PodNotScheduled", "Pod has not been scheduled")
            } else {
                Verdict::failed("PodUnschedulable", "Pod could not be scheduled")
            }
        }
        "Pending" => Verdict::in_progress("PodPending", "Pod is in the Pending phase"),
        "" => Verdict::in_progress("PodNotObserved", "Pod phase not available"),
        phase => Verdict::unknown(format!("unknown phase {phase}")),
    }
}

fn crash_looping(object: &Object) -> Vec<&str> {
    let containers = object.at(&["status", "containerStatuses"]).and_then(Value::as_array);
    let looping =
        |container: &&Value| container.str_at(&["state", "waiting", "reason"]) == Some("CrashLoopBackOff");
    let names = containers.unwrap_or_default().iter().filter(looping);
    names.filter_map(|container| container.get("name")?.as_str()).collect()
}

/// As Flux reads a Job (fluxcd/pkg `runtime/statusreaders/job.go`): it is current when it has completed,
/// not already when it runs.
fn job(object: &Object) -> Verdict {
    if object.at(&["spec", "suspend"]).and_then(Value::as_bool) == Some(true) {
        return Verdict::current("Job is suspended");
    }
    let parallelism = spec(object, "parallelism").unwrap_or(1);
    let completions = spec(object, "completions").unwrap_or(parallelism);
    let (succeeded, failed) = (status(object, "succeeded"), status(object, "failed"));
    for condition in conditions(object).filter(|condition| condition.status == "True") {
        match condition.kind {
            "Complete" => {
                return Verdict::current(format!("Job Completed. succeeded: {succeeded}/{completions}"));
            }
            "Failed" => {
                return Verdict::failed("JobFailed", format!("Job Failed. failed: {failed}/{completions}"));
            }
            _ => {}
        }
    }
    if object.str_at(&["status", "startTime"]).is_none_or(str::is_empty) {
        let message = format!("Job not started. active: 0/{parallelism}");
        return Verdict::in_progress("JobNotStarted", message);
    }
    let active = status(object, "active");
    let message = format!("Job in progress. success:{succeeded}, active: {active}, failed: {failed}");
    Verdict::in_progress("JobInProgress", message)
}

fn service(object: &Object) -> Verdict {
    let balanced = object.str_at(&["spec", "type"]) == Some("LoadBalancer");
    if balanced && object.str_at(&["spec", "clusterIP"]).is_none_or(str::is_empty) {
        return Verdict::in_progress("NoIPAssigned", "ClusterIP not set. Service type: LoadBalancer");
    }
    Verdict::current("Service is ready")
}

fn definition(object: &Object) -> Verdict {
    for condition in conditions(object) {
        match (condition.kind, condition.status) {
            ("NamesAccepted", "False") => return Verdict::failed(condition.reason, condition.message),
            ("Established", "False") if condition.reason != "Installing" => {
                return Verdict::failed(condition.reason, condition.message);
            }
            ("Established", "True") => return Verdict::current("CRD is established"),
            _ => {}
        }
    }
    Verdict::in_progress("Installing", "Install in progress")
}
