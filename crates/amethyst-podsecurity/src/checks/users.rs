//! As whom containers may run (`policy/check_runAsNonRoot.go`, `policy/check_runAsUser.go`).

use amethyst_object::Value;

use super::{Finding, Pod, containers, found, security, setters};

const REASON: &str = "runAsNonRoot != true";

pub(super) fn non_root(pod: &Pod<'_>) -> Option<Finding> {
    let says = |of: &Value| security(of, &["runAsNonRoot"]).and_then(Value::as_bool);
    let pod_says = says(pod.spec);
    let refusing = pod.containers_where(|container| says(container) == Some(false));
    if let Some(setters) = setters(pod_says == Some(false), &refusing) {
        return found(REASON, format!("{setters} must not set securityContext.runAsNonRoot=false"));
    }
    let silent = pod.containers_where(|container| says(container).is_none() && pod_says != Some(true));
    if silent.is_empty() {
        return None;
    }
    found(REASON, format!("pod or {} must set securityContext.runAsNonRoot=true", containers(&silent)))
}

/// With users of its own, a pod's root is nobody on the host.
pub(super) fn non_root_1_35(pod: &Pod<'_>) -> Option<Finding> {
    if pod.has_own_users() { None } else { non_root(pod) }
}

pub(super) fn run_as(pod: &Pod<'_>) -> Option<Finding> {
    let is_root = |of: &Value| security(of, &["runAsUser"]).and_then(Value::as_i64) == Some(0);
    let names = pod.containers_where(is_root);
    let setters = setters(is_root(pod.spec), &names)?;
    found("runAsUser=0", format!("{setters} must not set runAsUser=0"))
}

/// The same as for [`non_root_1_35`].
pub(super) fn run_as_1_35(pod: &Pod<'_>) -> Option<Finding> {
    if pod.has_own_users() { None } else { run_as(pod) }
}
