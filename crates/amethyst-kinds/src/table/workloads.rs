//! The cells of what makes pods.

use amethyst_object::Value;

use super::text::{at, duration, has, integer, is_true, list, plain, selector_text, since};
use crate::time;

/// Ready of desired replicas; `spec.replicas` defaults to nothing once it is stored.
pub(super) fn ready_replicas(object: &Value, _now: i64) -> Value {
    format!("{}/{}", integer(object, &["status", "readyReplicas"]), integer(object, &["spec", "replicas"]))
        .into()
}

/// Upstream writes a Deployment's selector as it is, empty ones too.
pub(super) fn deployment_selector(object: &Value, _now: i64) -> Value {
    selector_text(object.at(&["spec", "selector"])).unwrap_or_else(|| "<invalid>".to_owned()).into()
}

/// `Complete`, `Running`.
pub(super) fn job_status(job: &Value, _now: i64) -> Value {
    let conditions = list(job, &["status", "conditions"]);
    let is = |ty| is_true(conditions, ty);
    match () {
        () if is("Complete") => "Complete",
        () if is("Failed") => "Failed",
        () if has(job, &["metadata", "deletionTimestamp"]) => "Terminating",
        () if is("Suspended") => "Suspended",
        () if is("FailureTarget") => "FailureTarget",
        () if is("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
    .into()
}

/// `1/3`, `0/1 of 5`.
pub(super) fn job_completions(job: &Value, _now: i64) -> Value {
    let succeeded = integer(job, &["status", "succeeded"]);
    if has(job, &["spec", "completions"]) {
        return format!("{succeeded}/{}", integer(job, &["spec", "completions"])).into();
    }
    match integer(job, &["spec", "parallelism"]) {
        parallelism @ 2.. => format!("{succeeded}/1 of {parallelism}").into(),
        _ => format!("{succeeded}/1").into(),
    }
}

/// From its start to its end, or to now.
pub(super) fn job_duration(job: &Value, now: i64) -> Value {
    let time_at = |name| job.str_at(&["status", name]).and_then(time::parse);
    let Some(start) = time_at("startTime") else { return "".into() };
    duration(time_at("completionTime").unwrap_or(now) - start).into()
}

/// `True`, `False`.
pub(super) fn suspended(job: &Value, _now: i64) -> Value {
    match job.at(&["spec", "suspend"]).and_then(Value::as_bool) {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    }
    .into()
}

/// When it last ran.
pub(super) fn last_schedule(job: &Value, now: i64) -> Value {
    let last = job.at(&["status", "lastScheduleTime"]).filter(|time| !time.is_null());
    last.map_or_else(|| "<none>".to_owned(), |last| since(Some(last), now)).into()
}

/// `deployment.apps/web`.
pub(super) fn controller(object: &Value, _now: i64) -> Value {
    let owners = list(object, &["metadata", "ownerReferences"]);
    let is_controller = |owner: &&Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
    let Some(owner) = owners.iter().find(is_controller) else { return "<none>".into() };
    let group = at(owner, &["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
    let (kind, name) = (at(owner, &["kind"]), at(owner, &["name"]));
    let kind = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
    if kind.is_empty() { name.into() } else { format!("{}/{name}", kind.to_lowercase()).into() }
}

/// `Deployment/web`.
pub(super) fn scale_target(object: &Value, _now: i64) -> Value {
    let target = |name| at(object, &["spec", "scaleTargetRef", name]);
    format!("{}/{}", target("kind"), target("name")).into()
}

/// `cpu: 10%/80%, 3/5 (avg)`; only two, then how many more.
pub(super) fn metrics(object: &Value, _now: i64) -> Value {
    let specs = list(object, &["spec", "metrics"]);
    let statuses = list(object, &["status", "currentMetrics"]);
    let texts: Vec<String> =
        specs.iter().enumerate().map(|(index, spec)| metric(spec, statuses.get(index))).collect();
    // The first version of autoscalers knows one metric.
    if let Some(target) = plain(object.at(&["spec", "targetCPUUtilizationPercentage"])) {
        let current = plain(object.at(&["status", "currentCPUUtilizationPercentage"]));
        let current = current.map_or_else(|| "<unknown>".to_owned(), |current| current + "%");
        return format!("cpu: {current}/{target}%").into();
    }
    match texts.as_slice() {
        [] => "<none>".into(),
        [first, second, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second} + {} more...", rest.len()).into()
        }
        few => few.join(", ").into(),
    }
}

fn metric(spec: &Value, status: Option<&Value>) -> String {
    let unknown = || "<unknown>".to_owned();
    let (source, ty) = match at(spec, &["type"]) {
        "External" => ("external", "External"),
        "Pods" => ("pods", "Pods"),
        "Object" => ("object", "Object"),
        "Resource" => ("resource", "Resource"),
        "ContainerResource" => ("containerResource", "ContainerResource"),
        _ => return "<unknown type>".to_owned(),
    };
    let target = |name| spec.at(&[source, "target", name]).filter(|value| !value.is_null());
    let status = status.and_then(|status| status.get(source)).filter(|status| !status.is_null());
    let current =
        |name| status.and_then(|status| status.at(&["current", name])).filter(|value| !value.is_null());
    let is_resource = matches!(ty, "Resource" | "ContainerResource");
    let name = if is_resource { format!("{}: ", at(spec, &[source, "name"])) } else { String::new() };
    if ty == "Pods" {
        let current = status.map_or_else(unknown, |_| shown(current("averageValue")));
        return format!("{current}/{}", shown(target("averageValue")));
    }
    if let Some(average) = target("averageValue") {
        // Of these upstream asks for a status only, of the others for a value too.
        let known = if is_resource { status.is_some() } else { current("averageValue").is_some() };
        let current = if known { shown(current("averageValue")) } else { unknown() };
        let suffix = if is_resource { "" } else { " (avg)" };
        return format!("{name}{current}/{}{suffix}", shown(Some(average)));
    }
    if is_resource {
        let percent = |value: Option<&Value>| plain(value).map(|value| value + "%");
        let current = percent(current("averageUtilization")).unwrap_or_else(unknown);
        let target = percent(target("averageUtilization")).unwrap_or_else(|| "<auto>".to_owned());
        return format!("{name}{current}/{target}");
    }
    let current = status.map_or_else(unknown, |_| shown(current("value")));
    format!("{current}/{}", shown(target("value")))
}

/// A quantity as Go prints the pointer to it.
fn shown(value: Option<&Value>) -> String {
    plain(value).unwrap_or_else(|| "<nil>".to_owned())
}
