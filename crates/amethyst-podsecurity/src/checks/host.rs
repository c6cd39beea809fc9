//! What of the host a pod may use (`policy/check_host{Namespaces,Ports,ProbesAndhostLifecycle}.go`,
//! `policy/check_sysctls.go`).

use std::collections::BTreeSet;

use amethyst_object::Value;

use super::{Finding, Pod, containers, found, name, plural, quoted};

pub(super) fn namespaces(pod: &Pod<'_>) -> Option<Finding> {
    let shared = |key: &&str| pod.spec.get(key).and_then(Value::as_bool) == Some(true);
    let shared: Vec<String> = ["hostNetwork", "hostPID", "hostIPC"]
        .into_iter()
        .filter(shared)
        .map(|key| format!("{key}=true"))
        .collect();
    if shared.is_empty() { None } else { found("host namespaces", shared.join(", ")) }
}

pub(super) fn ports(pod: &Pod<'_>) -> Option<Finding> {
    let mut forbidden = BTreeSet::new();
    let names = pod.containers_where(|container| {
        let ports = container.get("ports").and_then(Value::as_array).unwrap_or_default();
        let taken: Vec<String> = ports
            .iter()
            .filter_map(|port| port.get("hostPort")?.as_i64())
            .filter(|port| *port != 0)
            .map(|port| port.to_string())
            .collect();
        let any = !taken.is_empty();
        forbidden.extend(taken);
        any
    });
    if names.is_empty() {
        return None;
    }
    let detail = format!(
        "{} {} {} {}",
        containers(&names),
        plural(names.len(), "uses", "use"),
        plural(forbidden.len(), "hostPort", "hostPorts"),
        forbidden.into_iter().collect::<Vec<_>>().join(", ")
    );
    found("hostPort", detail)
}

/// Probes and hooks ask the pod, not another host.
pub(super) fn probes(pod: &Pod<'_>) -> Option<Finding> {
    const HANDLERS: [&[&str]; 5] = [
        &["livenessProbe"],
        &["readinessProbe"],
        &["startupProbe"],
        &["lifecycle", "postStart"],
        &["lifecycle", "preStop"],
    ];
    let (mut names, mut hosts) = (BTreeSet::new(), BTreeSet::new());
    for container in pod.containers() {
        let handlers = HANDLERS.iter().filter_map(|path| container.at(path));
        let asked = handlers.flat_map(|handler| {
            ["httpGet", "tcpSocket"].into_iter().filter_map(|action| handler.str_at(&[action, "host"]))
        });
        for host in asked.filter(|host| !host.is_empty()) {
            names.insert(name(container));
            hosts.insert(host);
        }
    }
    if names.is_empty() {
        return None;
    }
    let names: Vec<&str> = names.into_iter().collect();
    let detail = format!(
        "{} {} {} {}",
        containers(&names),
        plural(names.len(), "uses", "use"),
        plural(hosts.len(), "probe or lifecycle host", "probe or lifecycle hosts"),
        quoted(&hosts)
    );
    found("probe or lifecycle host", detail)
}

/// Those that touch the pod alone, with the minor version from which they are known to.
const SAFE: [(&str, u32); 14] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
    ("net.ipv4.tcp_notsent_lowat", 37),
];

fn sysctls_as_of(pod: &Pod<'_>, minor: u32) -> Option<Finding> {
    let set = pod.security(&["sysctls"]).and_then(Value::as_array).unwrap_or_default();
    let is_safe = |sysctl: &str| SAFE.iter().any(|(known, since)| *known == sysctl && *since <= minor);
    let forbidden: Vec<&str> = set.iter().map(name).filter(|sysctl| !is_safe(sysctl)).collect();
    if forbidden.is_empty() { None } else { found("forbidden sysctls", forbidden.join(", ")) }
}

pub(super) fn sysctls(pod: &Pod<'_>) -> Option<Finding> {
    sysctls_as_of(pod, 0)
}

pub(super) fn sysctls_1_27(pod: &Pod<'_>) -> Option<Finding> {
    sysctls_as_of(pod, 27)
}

pub(super) fn sysctls_1_29(pod: &Pod<'_>) -> Option<Finding> {
    sysctls_as_of(pod, 29)
}

pub(super) fn sysctls_1_32(pod: &Pod<'_>) -> Option<Finding> {
    sysctls_as_of(pod, 32)
}

pub(super) fn sysctls_1_37(pod: &Pod<'_>) -> Option<Finding> {
    sysctls_as_of(pod, 37)
}
