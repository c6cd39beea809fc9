//! Names, addresses and ports of pods (kubernetes `pkg/apis/core/validation`).

use super::{CONTAINERS, Pod};
use crate::at::At;
use crate::faults::Faults;
use crate::{names, text};

const NAMESERVERS_MAX: usize = 3;
const SEARCHES_MAX: usize = 32;
const SEARCH_BYTES_MAX: usize = 2048;

/// In the network of the node, ports are the node's (`validatePodHostNetworkDeps`).
pub(super) fn host_ports(pod: &Pod<'_, '_>, faults: &mut Faults) {
    if !pod.spec.flag("hostNetwork") {
        return;
    }
    for container in pod.spec.get("containers").items() {
        for port in container.get("ports").items() {
            let (host, own) = (port.number("hostPort"), port.number("containerPort"));
            if (pod.is_whole || host != 0) && host != own {
                let why = "must match `containerPort` when `hostNetwork` is true";
                faults.invalid_value(&port.get("hostPort").path, host, why);
            }
        }
    }
}

/// How the pod asks for names (`validatePodDNSConfig`).
pub(super) fn dns(spec: &At<'_>, faults: &mut Faults) {
    let at = spec.get("dnsConfig");
    let (servers, searches) = (at.get("nameservers"), at.get("searches"));
    if spec.text("dnsPolicy") == "None" {
        if !at.is_set() {
            return faults.required(&at.path, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        if servers.is_empty() {
            let why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            return faults.required(&servers.path, why);
        }
    }
    if servers.list().len() > NAMESERVERS_MAX {
        faults.invalid(&servers, format!("must not have more than {NAMESERVERS_MAX} nameservers"));
    }
    servers.items().for_each(|server| faults.texts(&server, text::ip_legacy(server.str())));
    if searches.list().len() > SEARCHES_MAX {
        faults.invalid(&searches, format!("must not have more than {SEARCHES_MAX} search paths"));
    }
    let bytes: usize = searches.items().map(|search| search.str().len() + 1).sum();
    if bytes > SEARCH_BYTES_MAX + 1 {
        let why = format!(
            "must not have more than {SEARCH_BYTES_MAX} characters (including spaces) in the search list"
        );
        faults.invalid(&searches, why);
    }
    for search in searches.items().filter(|search| search.str() != ".") {
        let name = search.str().strip_suffix('.').unwrap_or(search.str());
        for why in text::subdomain_with_underscore(name) {
            faults.invalid_value(&search.path, name, why);
        }
    }
    for option in at.get("options").items().filter(|option| option.text("name").is_empty()) {
        faults.required(&option.path, "must not be empty");
    }
}

/// What a pod with users of its own cannot share with its node (`validateHostUsers`).
pub(super) fn host_users(spec: &At<'_>, pod: &Pod<'_, '_>, faults: &mut Faults) {
    const WHY: &str = "when `hostUsers` is false";
    if pod.host_users {
        return;
    }
    let own = |old: &At<'_>| old.has("hostUsers") && !old.flag("hostUsers");
    if spec.flag("hostNetwork") && !(own(&pod.old) && pod.old.flag("hostNetwork")) {
        faults.forbidden(&spec.get("hostNetwork").path, WHY);
    }
    for (key, called) in [("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
        if spec.flag(key) {
            faults.forbidden(&spec.path.child(called), WHY);
        }
    }
    let devices = |spec: &At<'_>| -> Vec<amethyst_object::FieldPath> {
        let containers = CONTAINERS.iter().flat_map(|list| spec.get(list).items().collect::<Vec<_>>());
        containers
            .map(|each| each.get("volumeDevices"))
            .filter(|each| !each.is_empty())
            .map(|each| each.path)
            .collect()
    };
    if !own(&pod.old) || devices(&pod.old).is_empty() {
        for path in devices(spec) {
            faults.forbidden(&path, WHY);
        }
    }
}

/// The name that the pod has for itself (`validatePodHostName`).
pub(super) fn host_name(spec: &At<'_>, faults: &mut Faults) {
    let name = spec.get("hostnameOverride");
    if !name.is_set() {
        return;
    }
    if spec.flag("setHostnameAsFQDN") {
        faults.forbidden(&name.path, "may not be specified when setHostnameAsFQDN is true");
    }
    if spec.flag("hostNetwork") {
        faults.forbidden(&name.path, "may not be specified when hostNetwork is true");
    }
    if name.str().len() > 64 {
        faults.too_long(&name.path, 64);
    }
    faults.texts(&name, names::subdomain(name.str()));
}

/// Names that the pod knows by itself (`ValidateHostAliases`).
pub(super) fn aliases(at: &At<'_>, faults: &mut Faults) {
    for alias in at.items() {
        faults.texts(&alias.get("ip"), text::ip_legacy(alias.text("ip")));
        alias.get("hostnames").items().for_each(|name| faults.texts(&name, names::subdomain(name.str())));
    }
}
