//! What containers may do that others may not (`policy/check_privileged.go`,
//! `policy/check_allowPrivilegeEscalation.go`, `policy/check_procMount_*.go`,
//! `policy/check_windowsHostProcess.go`).

use std::collections::BTreeSet;

use amethyst_object::Value;

use super::{Finding, Pod, containers, found, quoted, security, setters};

fn is_set(of: &Value, path: &[&str]) -> bool {
    security(of, path).and_then(Value::as_bool) == Some(true)
}

pub(super) fn privileged(pod: &Pod<'_>) -> Option<Finding> {
    let names = pod.containers_where(|container| is_set(container, &["privileged"]));
    if names.is_empty() {
        return None;
    }
    found("privileged", format!("{} must not set securityContext.privileged=true", containers(&names)))
}

pub(super) fn escalation(pod: &Pod<'_>) -> Option<Finding> {
    let names = pod.containers_where(|container| {
        security(container, &["allowPrivilegeEscalation"]).and_then(Value::as_bool) != Some(false)
    });
    if names.is_empty() {
        return None;
    }
    let detail = format!("{} must set securityContext.allowPrivilegeEscalation=false", containers(&names));
    found("allowPrivilegeEscalation != false", detail)
}

/// Windows knows no such thing.
pub(super) fn escalation_1_25(pod: &Pod<'_>) -> Option<Finding> {
    if pod.is_windows() { None } else { escalation(pod) }
}

pub(super) fn proc_mount(pod: &Pod<'_>) -> Option<Finding> {
    let mut forbidden = BTreeSet::new();
    let names = pod.containers_where(|container| {
        let kind = security(container, &["procMount"]).and_then(Value::as_str);
        let unmasked = kind.filter(|kind| *kind != "Default");
        forbidden.extend(unmasked);
        unmasked.is_some()
    });
    if names.is_empty() {
        return None;
    }
    let detail =
        format!("{} must not set securityContext.procMount to {}", containers(&names), quoted(forbidden));
    found("procMount", detail)
}

/// With users of its own, a pod may see all of its `/proc`.
pub(super) fn proc_mount_unless_own_users(pod: &Pod<'_>) -> Option<Finding> {
    if pod.has_own_users() { None } else { proc_mount(pod) }
}

pub(super) fn host_process(pod: &Pod<'_>) -> Option<Finding> {
    const HOST_PROCESS: [&str; 2] = ["windowsOptions", "hostProcess"];
    let names = pod.containers_where(|container| is_set(container, &HOST_PROCESS));
    let setters = setters(is_set(pod.spec, &HOST_PROCESS), &names)?;
    found("hostProcess", format!("{setters} must not set securityContext.windowsOptions.hostProcess=true"))
}
