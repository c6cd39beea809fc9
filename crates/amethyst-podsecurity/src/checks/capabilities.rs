//! Which Linux capabilities containers may have (`policy/check_capabilities_{baseline,restricted}.go`).

use std::collections::BTreeSet;

use amethyst_object::Value;

use super::{Finding, Pod, containers, found, quoted, security};

const DEFAULT: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn list<'a>(container: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    let list = security(container, &["capabilities", key]).and_then(Value::as_array).unwrap_or_default();
    list.iter().filter_map(Value::as_str)
}

/// The containers that add what is not allowed, and what they add.
fn adding<'a>(pod: &Pod<'a>, allowed: &[&str]) -> (Vec<&'a str>, BTreeSet<&'a str>) {
    let mut forbidden = BTreeSet::new();
    let names = pod.containers_where(|container| {
        let before: Vec<&str> = list(container, "add").filter(|added| !allowed.contains(added)).collect();
        forbidden.extend(before.iter().copied());
        !before.is_empty()
    });
    (names, forbidden)
}

fn must_not_add(names: &[&str], forbidden: &BTreeSet<&str>) -> String {
    format!(
        "{} must not include {} in securityContext.capabilities.add",
        containers(names),
        quoted(forbidden)
    )
}

pub(super) fn baseline(pod: &Pod<'_>) -> Option<Finding> {
    let (names, forbidden) = adding(pod, &DEFAULT);
    if names.is_empty() {
        return None;
    }
    found("non-default capabilities", must_not_add(&names, &forbidden))
}

pub(super) fn restricted(pod: &Pod<'_>) -> Option<Finding> {
    let mut details = Vec::new();
    let keeping = pod.containers_where(|container| list(container, "drop").all(|dropped| dropped != "ALL"));
    if !keeping.is_empty() {
        let names = containers(&keeping);
        details.push(format!("{names} must set securityContext.capabilities.drop=[\"ALL\"]"));
    }
    let (names, forbidden) = adding(pod, &["NET_BIND_SERVICE"]);
    if !names.is_empty() {
        details.push(must_not_add(&names, &forbidden));
    }
    if details.is_empty() {
        return None;
    }
    found("unrestricted capabilities", details.join("; "))
}

/// Windows has no capabilities.
pub(super) fn restricted_1_25(pod: &Pod<'_>) -> Option<Finding> {
    if pod.is_windows() { None } else { restricted(pod) }
}
