//! The cases of kubernetes-sigs/cli-utils' own table, written afresh as the smallest object that shows each.

use amethyst_object::{Object, Value, value};

use super::{Status, compute};

fn check(kind: &str, spec: Value, status: Value, expect: Status, message: &str) {
    let (api_version, kind) = kind.rsplit_once('/').expect("apiVersion/kind");
    let object = value!({
        "apiVersion": (api_version), "kind": (kind), "metadata": {"name": "x", "generation": 1,
        "creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": (spec), "status": (status),
    });
    let verdict = compute(&Object::from_value(object).unwrap(), "2026-01-01T00:00:05Z".parse().unwrap());
    assert_eq!((verdict.status, verdict.message.as_str()), (expect, message), "{kind}");
}

#[test]
fn every_kind_says_whether_it_is_being_deleted_or_unobserved() {
    let object = value!({"kind": "Pod", "apiVersion": "v1", "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}});
    let verdict = compute(&Object::from_value(object).unwrap(), jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(verdict.status, Status::Terminating);
    check(
        "example.com/v1/Thing",
        value!({}),
        value!({"observedGeneration": 0}),
        Status::InProgress,
        "Thing generation is 1, but latest observed generation is 0",
    );
    check(
        "example.com/v1/Thing",
        value!({}),
        value!({"observedGeneration": 1}),
        Status::Current,
        "Resource is current",
    );
    check("example.com/v1/Thing", value!({}), value!({}), Status::Current, "Resource is current");
}

#[test]
fn conditions_decide_for_custom_kinds() {
    let condition = |kind: &str, status: &str| value!({"conditions": [{"type": (kind), "status": (status), "reason": "Because", "message": "it is so"}]});
    let thing = "example.com/v1/Thing";
    check(thing, value!({}), condition("Reconciling", "True"), Status::InProgress, "it is so");
    check(thing, value!({}), condition("Reconciling", "False"), Status::Current, "Resource is current");
    check(thing, value!({}), condition("Stalled", "True"), Status::Failed, "it is so");
    check(thing, value!({}), condition("Ready", "True"), Status::Current, "Resource is Ready");
    check(thing, value!({}), condition("Ready", "False"), Status::InProgress, "it is so");
    check(thing, value!({}), condition("Ready", "Unknown"), Status::InProgress, "it is so");
    check(thing, value!({}), condition("Synced", "False"), Status::Current, "Resource is current");
}

#[test]
fn pods() {
    let pod = |status: Value, expect, message| check("v1/Pod", value!({}), status, expect, message);
    pod(value!({}), Status::InProgress, "Pod phase not available");
    pod(value!({"phase": "Succeeded"}), Status::Current, "Pod has completed successfully");
    pod(value!({"phase": "Failed"}), Status::Current, "Pod has completed, but not successfully");
    pod(value!({"phase": "Pending"}), Status::InProgress, "Pod is in the Pending phase");
    pod(value!({"phase": "Odd"}), Status::Unknown, "unknown phase Odd");
    let ready = value!([{"type": "Ready", "status": "True"}]);
    pod(value!({"phase": "Running", "conditions": (ready)}), Status::Current, "Pod is Ready");
    pod(value!({"phase": "Running"}), Status::InProgress, "Pod is running but is not Ready");
    let looping = value!([
        {"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
        {"name": "b", "state": {"running": {}}},
        {"name": "c", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
    ]);
    pod(
        value!({"phase": "Running", "containerStatuses": (looping)}),
        Status::Failed,
        "Containers in CrashLoop state: a,c",
    );
    let unscheduled = value!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]);
    pod(
        value!({"phase": "Pending", "conditions": (unscheduled)}),
        Status::InProgress,
        "Pod has not been scheduled",
    );
}

#[test]
fn a_pod_that_stays_unscheduled_has_failed() {
    let object = value!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"},
        "status": {"phase": "Pending",
            "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]},
    });
    let verdict = compute(&Object::from_value(object).unwrap(), "2026-01-01T00:00:16Z".parse().unwrap());
    assert_eq!((verdict.status, verdict.message.as_str()), (Status::Failed, "Pod could not be scheduled"));
}

#[test]
fn deployments() {
    let check = |spec: Value, status: Value, expect, message| {
        check("apps/v1/Deployment", spec, status, expect, message);
    };
    check(value!({}), value!({}), Status::InProgress, "Replicas: 0/1");
    check(value!({"replicas": 2}), value!({"replicas": 2}), Status::InProgress, "Updated: 0/2");
    let status = |ready: i64, available: i64, conditions: Value| {
        value!({"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": (ready),
            "availableReplicas": (available), "conditions": (conditions)})
    };
    check(value!({"replicas": 2}), status(2, 1, value!([])), Status::InProgress, "Available: 1/2");
    check(value!({"replicas": 2}), status(1, 2, value!([])), Status::InProgress, "Ready: 1/2");
    check(value!({"replicas": 1}), status(2, 2, value!([])), Status::InProgress, "Pending termination: 1");
    check(
        value!({"replicas": 2, "progressDeadlineSeconds": 45}),
        status(2, 2, value!([])),
        Status::InProgress,
        "ReplicaSet not Available",
    );
    check(value!({"replicas": 2}), status(2, 2, value!([])), Status::InProgress, "Deployment not Available");
    let good = value!([
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        {"type": "Available", "status": "True"},
    ]);
    check(
        value!({"replicas": 2, "progressDeadlineSeconds": 45}),
        status(2, 2, good),
        Status::Current,
        "Deployment is available. Replicas: 2",
    );
    let late = value!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]);
    check(value!({}), status(0, 0, late), Status::Failed, "Progress deadline exceeded");
}

#[test]
fn stateful_sets() {
    let check = |spec: Value, status: Value, expect, message| {
        check("apps/v1/StatefulSet", spec, status, expect, message);
    };
    check(value!({}), value!({}), Status::InProgress, "Replicas: 0/1");
    check(
        value!({"replicas": 4}),
        value!({"replicas": 4, "readyReplicas": 2}),
        Status::InProgress,
        "Ready: 2/4",
    );
    check(
        value!({"replicas": 4}),
        value!({"replicas": 5, "readyReplicas": 4}),
        Status::InProgress,
        "Pending termination: 1",
    );
    check(
        value!({"updateStrategy": {"type": "OnDelete"}}),
        value!({}),
        Status::Current,
        "StatefulSet is using the ondelete update strategy",
    );
    let partition = value!({"replicas": 4, "updateStrategy": {"rollingUpdate": {"partition": 1}}});
    let status = |updated: i64| value!({"replicas": 4, "readyReplicas": 4, "updatedReplicas": (updated)});
    check(partition.clone(), status(2), Status::InProgress, "updated: 2/3");
    check(partition, status(3), Status::Current, "Partition rollout complete. updated: 3");
    let status = |current: i64, to: &str| {
        value!({"replicas": 2, "readyReplicas": 2, "currentReplicas": (current), "currentRevision": "a",
            "updateRevision": (to)})
    };
    check(value!({"replicas": 2}), status(1, "a"), Status::InProgress, "current: 1/2");
    check(
        value!({"replicas": 2}),
        status(2, "b"),
        Status::InProgress,
        "Waiting for updated revision to match current",
    );
    check(
        value!({"replicas": 2}),
        status(2, "a"),
        Status::Current,
        "All replicas scheduled as expected. Replicas: 2",
    );
}

#[test]
fn replica_and_daemon_sets() {
    let set = |status: Value, expect, message| {
        check("apps/v1/ReplicaSet", value!({"replicas": 2}), status, expect, message);
    };
    set(value!({}), Status::InProgress, "Labelled: 0/2");
    set(value!({"fullyLabeledReplicas": 2}), Status::InProgress, "Available: 0/2");
    set(value!({"fullyLabeledReplicas": 2, "availableReplicas": 2}), Status::InProgress, "Ready: 0/2");
    let full = |replicas: i64| value!({"fullyLabeledReplicas": 2, "availableReplicas": 2, "readyReplicas": 2, "replicas": (replicas)});
    set(full(4), Status::InProgress, "Pending termination: 2");
    set(full(2), Status::Current, "ReplicaSet is available. Replicas: 2");
    set(
        value!({"conditions": [{"type": "ReplicaFailure", "status": "True"}]}),
        Status::InProgress,
        "Replica Failure condition. Check Pods",
    );
    let daemons = |status: Value, expect, message| {
        check("apps/v1/DaemonSet", value!({}), status, expect, message);
    };
    daemons(value!({}), Status::InProgress, "DaemonSet status.observedGeneration not found");
    daemons(value!({"observedGeneration": 1}), Status::InProgress, "Missing .status.desiredNumberScheduled");
    let status = |current: i64, updated: i64, available: i64, ready: i64| {
        value!({"observedGeneration": 1, "desiredNumberScheduled": 4, "currentNumberScheduled": (current),
            "updatedNumberScheduled": (updated), "numberAvailable": (available), "numberReady": (ready)})
    };
    daemons(status(3, 4, 4, 4), Status::InProgress, "Current: 3/4");
    daemons(status(4, 3, 4, 4), Status::InProgress, "Updated: 3/4");
    daemons(status(4, 4, 3, 4), Status::InProgress, "Available: 3/4");
    daemons(status(4, 4, 4, 3), Status::InProgress, "Ready: 3/4");
    daemons(status(4, 4, 4, 4), Status::Current, "All replicas scheduled as expected. Replicas: 4");
}

#[test]
fn storage_services_and_budgets() {
    check(
        "v1/PersistentVolumeClaim",
        value!({}),
        value!({}),
        Status::InProgress,
        "PVC is not Bound. phase: unknown",
    );
    check(
        "v1/PersistentVolumeClaim",
        value!({}),
        value!({"phase": "Bound"}),
        Status::Current,
        "PVC is Bound",
    );
    check("v1/Service", value!({"type": "ClusterIP"}), value!({}), Status::Current, "Service is ready");
    check(
        "v1/Service",
        value!({"type": "LoadBalancer"}),
        value!({}),
        Status::InProgress,
        "ClusterIP not set. Service type: LoadBalancer",
    );
    check(
        "v1/Service",
        value!({"type": "LoadBalancer", "clusterIP": "10.0.0.1"}),
        value!({}),
        Status::Current,
        "Service is ready",
    );
    check(
        "policy/v1/PodDisruptionBudget",
        value!({}),
        value!({"observedGeneration": 1}),
        Status::Current,
        "AllowedDisruptions has been computed.",
    );
    check("v1/ConfigMap", value!({}), value!({}), Status::Current, "Resource is always ready");
    check("batch/v1/CronJob", value!({}), value!({}), Status::Current, "Resource is always ready");
}

#[test]
fn jobs_are_current_when_they_have_completed() {
    let check =
        |spec: Value, status: Value, expect, message| check("batch/v1/Job", spec, status, expect, message);
    check(value!({}), value!({}), Status::InProgress, "Job not started. active: 0/1");
    check(value!({"suspend": true}), value!({}), Status::Current, "Job is suspended");
    let started = "2026-01-01T00:00:01Z";
    check(
        value!({}),
        value!({"startTime": (started), "active": 1}),
        Status::InProgress,
        "Job in progress. success:0, active: 1, failed: 0",
    );
    let done = |kind: &str| value!({"startTime": (started), "succeeded": 1, "failed": 3, "conditions": [{"type": (kind), "status": "True"}]});
    check(value!({}), done("Complete"), Status::Current, "Job Completed. succeeded: 1/1");
    check(value!({"completions": 4}), done("Failed"), Status::Failed, "Job Failed. failed: 3/4");
}

#[test]
fn definitions_are_current_when_established() {
    let check = |conditions: Value, expect, message| {
        let kind = "apiextensions.k8s.io/v1/CustomResourceDefinition";
        check(kind, value!({}), value!({"conditions": (conditions)}), expect, message);
    };
    check(value!([]), Status::InProgress, "Install in progress");
    check(
        value!([{"type": "Established", "status": "False", "reason": "Installing"}]),
        Status::InProgress,
        "Install in progress",
    );
    check(
        value!([{"type": "Established", "status": "False", "reason": "Other", "message": "no"}]),
        Status::Failed,
        "no",
    );
    check(
        value!([{"type": "NamesAccepted", "status": "False", "message": "taken"}]),
        Status::Failed,
        "taken",
    );
    check(
        value!([{"type": "NamesAccepted", "status": "True"}, {"type": "Established", "status": "True"}]),
        Status::Current,
        "CRD is established",
    );
}
