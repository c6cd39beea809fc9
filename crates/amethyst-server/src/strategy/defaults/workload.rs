//! Workloads: what owns pods (kubernetes `pkg/apis/{apps,batch,autoscaling,core}/v1/defaults.go`).

use amethyst_object::{Map, Value, value};

use super::pod::{pod_spec, template};
use super::{each, set, set_text, within};
use crate::strategy::simple::TEMPLATE;

pub(in crate::strategy) fn deployment(deployment: &mut Map) {
    let spec = deployment.object_mut("spec");
    set(spec, "replicas", 1);
    template(spec);
    let strategy = spec.object_mut("strategy");
    set_text(strategy, "type", "RollingUpdate");
    if strategy.str("type") == Some("RollingUpdate") {
        let rolling = strategy.object_mut("rollingUpdate");
        set(rolling, "maxUnavailable", "25%");
        set(rolling, "maxSurge", "25%");
    }
    set(spec, "revisionHistoryLimit", 10);
    set(spec, "progressDeadlineSeconds", 600);
}

pub(in crate::strategy) fn replica_set(set_of_replicas: &mut Map) {
    let spec = set_of_replicas.object_mut("spec");
    set(spec, "replicas", 1);
    template(spec);
}

pub(in crate::strategy) fn stateful_set(stateful: &mut Map) {
    let spec = stateful.object_mut("spec");
    set(spec, "replicas", 1);
    set_text(spec, "podManagementPolicy", "OrderedReady");
    template(spec);
    let strategy = spec.object_mut("updateStrategy");
    set_text(strategy, "type", "RollingUpdate");
    if strategy.str("type") == Some("RollingUpdate") {
        let rolling = strategy.object_mut("rollingUpdate");
        set(rolling, "partition", 0);
        set(rolling, "maxUnavailable", 1);
    }
    let retention = spec.object_mut("persistentVolumeClaimRetentionPolicy");
    set_text(retention, "whenDeleted", "Retain");
    set_text(retention, "whenScaled", "Retain");
    set(spec, "revisionHistoryLimit", 10);
    let claims = spec.get_mut("volumeClaimTemplates").and_then(Value::as_array_mut);
    for claim in claims.into_iter().flatten().filter_map(Value::as_object_mut) {
        set(claim, "apiVersion", "v1");
        set(claim, "kind", "PersistentVolumeClaim");
        set(claim.object_mut("spec"), "volumeMode", "Filesystem");
        claim.object_mut("spec").object_mut("resources");
        set(claim, "status", value!({"phase": "Pending"}));
    }
}

pub(in crate::strategy) fn daemon_set(daemons: &mut Map) {
    set(daemons.object_mut("metadata").object_mut("annotations"), TEMPLATE, "0");
    let spec = daemons.object_mut("spec");
    template(spec);
    let strategy = spec.object_mut("updateStrategy");
    set_text(strategy, "type", "RollingUpdate");
    if strategy.str("type") == Some("RollingUpdate") {
        let rolling = strategy.object_mut("rollingUpdate");
        set(rolling, "maxUnavailable", 1);
        set(rolling, "maxSurge", 0);
    }
    set(spec, "revisionHistoryLimit", 10);
}

pub(in crate::strategy) fn replication_controller(controller: &mut Map) {
    let spec = controller.object_mut("spec");
    set(spec, "replicas", 1);
    if spec.get("template").is_some() {
        template(spec);
        let labels = spec.get("template").and_then(|template| template.at(&["metadata", "labels"])).cloned();
        if let Some(labels) = labels {
            let has_selector =
                spec.get("selector").and_then(Value::as_object).is_some_and(|map| !map.is_empty());
            if !has_selector {
                spec.insert("selector", labels.clone());
            }
            let metadata = controller.object_mut("metadata");
            if metadata.get("labels").is_none() {
                metadata.insert("labels", labels);
            }
        }
    }
}

pub(in crate::strategy) fn pod_template(pod_template: &mut Map) {
    template(pod_template);
}

pub(in crate::strategy) fn job(job: &mut Map) {
    let spec = job.object_mut("spec");
    job_spec(spec);
    template(spec);
    let labels = spec.get("template").and_then(|template| template.at(&["metadata", "labels"])).cloned();
    let metadata = job.object_mut("metadata");
    let has_labels = metadata.get("labels").and_then(Value::as_object).is_some_and(|map| !map.is_empty());
    if let Some(labels) = labels.filter(|_| !has_labels) {
        metadata.insert("labels", labels);
    }
}

fn failure_policy(job_spec: &mut Map) {
    if let Some(policy) = within(job_spec, "podFailurePolicy") {
        for rule in each(policy, "rules") {
            each(rule, "onPodConditions").for_each(|condition| set_text(condition, "status", "True"));
        }
    }
}

fn job_spec(spec: &mut Map) {
    failure_policy(spec);
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        spec.insert("completions", 1);
    }
    set(spec, "parallelism", 1);
    let per_index = spec.get("backoffLimitPerIndex").is_some();
    set(spec, "backoffLimit", if per_index { i64::from(i32::MAX) } else { 6 });
    set(spec, "completionMode", "NonIndexed");
    set(spec, "suspend", false);
    set(spec, "manualSelector", false);
    let replacement = if spec.get("podFailurePolicy").is_some() { "Failed" } else { "TerminatingOrFailed" };
    set(spec, "podReplacementPolicy", replacement);
}

pub(in crate::strategy) fn cron_job(cron_job: &mut Map) {
    let spec = cron_job.object_mut("spec");
    set_text(spec, "concurrencyPolicy", "Allow");
    set(spec, "suspend", false);
    set(spec, "successfulJobsHistoryLimit", 3);
    set(spec, "failedJobsHistoryLimit", 1);
    let template = spec.object_mut("jobTemplate");
    template.object_mut("metadata");
    failure_policy(template.object_mut("spec"));
    let inner = template.object_mut("spec").object_mut("template");
    inner.object_mut("metadata");
    pod_spec(inner.object_mut("spec"));
}

pub(in crate::strategy) fn autoscaler(autoscaler: &mut Map) {
    let v2 = autoscaler.str("apiVersion") == Some("autoscaling/v2");
    let spec = autoscaler.object_mut("spec");
    set(spec, "minReplicas", 1);
    if !v2 {
        return;
    }
    if spec.get("metrics").and_then(Value::as_array).is_none_or(<[Value]>::is_empty) {
        spec.insert(
            "metrics",
            value!([{
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
            }]),
        );
    }
    if let Some(behavior) = within(spec, "behavior") {
        scaling_rules(behavior);
    }
}

fn scaling_rules(behavior: &mut Map) {
    let policy = |kind: &str, value: i64| value!({"type": kind, "value": value, "periodSeconds": 15});
    let up = behavior.object_mut("scaleUp");
    set(up, "stabilizationWindowSeconds", 0);
    set(up, "selectPolicy", "Max");
    set(up, "policies", vec![policy("Pods", 4), policy("Percent", 100)]);
    let down = behavior.object_mut("scaleDown");
    set(down, "selectPolicy", "Max");
    set(down, "policies", vec![policy("Percent", 100)]);
}
