//! Services (kubernetes `pkg/apis/core/validation`, `validateService`).

use amethyst_object::{FieldPath, Value};
use amethyst_schema::Fault;

use super::endpoints::reachable;
use crate::at::At;
use crate::case::Case;
use crate::faults::Faults;
use crate::names::{self, NameRule};
use crate::pod::probe;
use crate::{metadata, text};

const RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
const FAMILIES: [&str; 2] = ["IPv4", "IPv6"];
const FIXED: &str = "may not change once set";

pub(crate) fn service(case: &Case<'_>, faults: &mut Faults) {
    let (at, before) = (case.at("spec"), case.before("spec"));
    // Upstream gives addresses out before it looks at anything else.
    if case.subresource.is_empty() {
        let mut wrong = Faults::default();
        addresses(&at, &before, &mut wrong);
        if wrong.len() > 0 {
            return faults.extend(wrong.into_vec());
        }
    }
    let Some(old) = case.old else {
        case.whole_metadata(true, NameRule::Label, faults);
        return whole(case, faults);
    };
    metadata::change(case.new, old, faults);
    if case.subresource == "status" {
        let balancer = case.at("status").get("loadBalancer");
        return status(&balancer, &case.before("status").get("loadBalancer"), &at, faults);
    }
    changed_addresses(&at, &before, faults);
    changed_families(&at, &before, faults);
    let balanced = at.text("type") == "LoadBalancer";
    let class = at.get("loadBalancerClass");
    if balanced
        && before.text("type") == "LoadBalancer"
        && class.value() != before.get("loadBalancerClass").value()
    {
        faults.invalid(&class, FIXED);
    }
    load_balancer_class(&at, faults);
    let port = at.get("healthCheckNodePort");
    if needs_health_check(&at)
        && needs_health_check(&before)
        && port.int() != before.get("healthCheckNodePort").int()
    {
        faults.forbidden(&port.path, "field is immutable");
    }
    whole(case, faults);
}

fn is_headless(spec: &At<'_>) -> bool {
    let list = spec.get("clusterIPs");
    list.list().len() == 1 && list.list()[0].as_str() == Some("None")
}

fn needs_health_check(spec: &At<'_>) -> bool {
    spec.text("type") == "LoadBalancer" && spec.text("externalTrafficPolicy") == "Local"
}

fn is_external(spec: &At<'_>) -> bool {
    matches!(spec.text("type"), "LoadBalancer" | "NodePort")
        || spec.text("type") == "ClusterIP" && !spec.get("externalIPs").is_empty()
}

fn whole(case: &Case<'_>, faults: &mut Faults) {
    let (at, before) = (case.at("spec"), case.before("spec"));
    let (kind, headless, ports) = (at.get("type"), is_headless(&at), at.get("ports"));
    topology(&case.at("metadata").get("annotations"), faults);
    if ports.is_empty() && !headless && kind.str() != "ExternalName" {
        faults.required(&ports.path, "");
    }
    match kind.str() {
        "LoadBalancer" | "NodePort" if headless => {
            let first = at.get("clusterIPs").path.index(0);
            faults.invalid_value(
                &first,
                "None",
                format!("may not be set to 'None' for {} services", kind.str()),
            );
        }
        "ExternalName" => external_name(&at, faults),
        _ => {}
    }
    let mut names: Vec<&str> = Vec::new();
    for each in ports.items() {
        port(&each, ports.list().len() > 1, &mut names, faults);
    }
    metadata::labels(&at.get("selector"), faults);
    affinity(&at, faults);
    addresses(&at, &before, faults);
    external_addresses(&at, &before, faults);
    faults.one_of(&kind, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    doubles(&ports, kind.str(), faults);
    source_ranges(case, faults);
    let allocates = at.get("allocateLoadBalancerNodePorts");
    if allocates.is_set() && kind.str() != "LoadBalancer" {
        faults.forbidden(&allocates.path, "may only be used when `type` is 'LoadBalancer'");
    }
    if !allocates.is_set() && kind.str() == "LoadBalancer" {
        faults.required(&FieldPath::of(["allocateLoadBalancerNodePorts"]), "");
    }
    load_balancer_class(&at, faults);
    traffic(&at, faults);
}

fn topology(annotations: &At<'_>, faults: &mut Faults) {
    const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
    let (hints, mode) = (annotations.key(HINTS), annotations.key("service.kubernetes.io/topology-mode"));
    if hints.is_set() && mode.is_set() && hints.str() != mode.str() {
        faults.invalid(&mode, format!("must match annotations[{HINTS}] when both are specified"));
    }
}

fn external_name(at: &At<'_>, faults: &mut Faults) {
    for (key, set) in [
        ("clusterIPs", !at.get("clusterIPs").is_empty()),
        ("ipFamilies", !at.get("ipFamilies").is_empty()),
        ("ipFamilyPolicy", at.has("ipFamilyPolicy")),
    ] {
        if set {
            faults.forbidden(&at.get(key).path, "may not be set for ExternalName services");
        }
    }
    let name = at.get("externalName");
    let bare = name.str().strip_suffix('.').unwrap_or(name.str());
    if bare.is_empty() {
        faults.required(&name.path, "");
    }
    for why in names::subdomain(bare).into_iter().filter(|_| !bare.is_empty()) {
        faults.invalid_value(&name.path, bare, why);
    }
}

fn port<'a>(at: &At<'a>, needs_name: bool, seen: &mut Vec<&'a str>, faults: &mut Faults) {
    let (name, protocol) = (at.get("name"), at.get("appProtocol"));
    if needs_name && name.str().is_empty() {
        faults.required(&name.path, "");
    } else if !name.str().is_empty() {
        faults.texts(&name, names::label(name.str()));
        if seen.contains(&name.str()) {
            faults.duplicate(&name.path, name.str());
        } else {
            seen.push(name.str());
        }
    }
    faults.port(&at.get("port"));
    faults.one_of(&at.get("protocol"), &["SCTP", "TCP", "UDP"]);
    probe::port(&at.get("targetPort"), faults);
    if protocol.is_set() {
        faults.texts(&protocol, names::qualified(protocol.str()));
    }
}

fn affinity(at: &At<'_>, faults: &mut Faults) {
    const SECONDS_MAX: i64 = 86_400;
    let (kind, config) = (at.get("sessionAffinity"), at.get("sessionAffinityConfig"));
    faults.one_of(&kind, &["ClientIP", "None"]);
    match kind.str() {
        "ClientIP" => {
            let client = config.get("clientIP");
            let seconds = client.get("timeoutSeconds");
            let missing = [&config, &client, &seconds].into_iter().find(|each| !each.is_set());
            if let Some(missing) = missing {
                return faults.required(&missing.path, "when session affinity type is ClientIP");
            }
            if !(1..=SECONDS_MAX).contains(&seconds.int().unwrap_or_default()) {
                faults.invalid(&seconds, format!("must be greater than 0 and less than {SECONDS_MAX}"));
            }
        }
        "None" if config.is_set() => {
            faults.forbidden(&config.path, "must not be set when session affinity is None");
        }
        _ => {}
    }
}

/// Cluster IPs and their families (`ValidateServiceClusterIPsRelatedFields`).
fn addresses(at: &At<'_>, before: &At<'_>, faults: &mut Faults) {
    if at.text("type") == "ExternalName" {
        return;
    }
    let (one, list, families) = (at.text("clusterIP"), at.get("clusterIPs"), at.get("ipFamilies"));
    let first = list.items().next().map(|first| first.str());
    match (one, first) {
        ("", None) => {}
        ("", Some(_)) => faults.invalid(&list, "must be empty when `clusterIP` is not specified"),
        (_, None) => faults.required(&list.path, ""),
        (one, Some(first)) if one != first => faults.invalid(&list, "first value must match `clusterIP`"),
        _ => {}
    }
    let mut seen: Vec<&str> = Vec::new();
    for family in families.items() {
        faults.enumerated(&family, &FAMILIES);
        if seen.contains(&family.str()) {
            faults.duplicate(&family.path, family.str());
        }
        seen.push(family.str());
    }
    if at.has("ipFamilyPolicy") {
        faults.enumerated(&at.get("ipFamilyPolicy"), &["PreferDualStack", "RequireDualStack", "SingleStack"]);
    }
    let before = before.get("clusterIPs");
    let mut wrong = false;
    for (index, ip) in list.items().enumerate() {
        if index == 0 && ip.str() == "None" {
            if list.list().len() > 1 {
                wrong = true;
                faults.invalid(&list, "'None' must be the first and only value");
            }
            continue;
        }
        let why = if before.items().any(|old| old.str() == ip.str()) {
            Vec::new()
        } else {
            text::ip_legacy(ip.str())
        };
        wrong |= !why.is_empty();
        faults.texts(&ip, why);
    }
    if list.list().len() > 2 {
        faults.invalid(&list, "may only hold up to 2 values");
    }
    if wrong {
        return;
    }
    let newer: Vec<bool> = list.items().map(|ip| ip.str().contains(':')).collect();
    if newer.len() > 1 && !(newer.contains(&true) && newer.contains(&false)) {
        faults.invalid(&list, "may specify no more than one IP for each IP family");
    }
    if is_headless(at) {
        return;
    }
    for (index, (ip, family)) in list.items().zip(families.items()).enumerate() {
        let is_newer = ip.str().contains(':');
        if FAMILIES.contains(&family.str()) && is_newer != (family.str() == "IPv6") {
            let why = format!("expected an {} value as indicated by `ipFamilies[{index}]`", family.str());
            faults.invalid(&ip, why);
        }
    }
}

fn external_addresses(at: &At<'_>, before: &At<'_>, faults: &mut Faults) {
    let known = before.get("externalIPs");
    for ip in at.get("externalIPs").items() {
        let kept = known.items().any(|old| old.str() == ip.str());
        let why = if kept { Vec::new() } else { text::ip_legacy(ip.str()) };
        if why.is_empty() {
            reachable(&ip, faults);
        }
        faults.texts(&ip, why);
    }
}

/// Ports that two entries want.
fn doubles(ports: &At<'_>, kind: &str, faults: &mut Faults) {
    for port in ports.items().filter(|port| kind == "ClusterIP" && port.number("nodePort") != 0) {
        faults.forbidden(&port.get("nodePort").path, "may not be used when `type` is 'ClusterIP'");
    }
    let mut seen: Vec<(&str, i64)> = Vec::new();
    for port in ports.items().filter(|port| port.number("nodePort") != 0) {
        let key = (port.text("protocol"), port.number("nodePort"));
        if seen.contains(&key) {
            faults.duplicate(&port.get("nodePort").path, key.1);
        }
        seen.push(key);
    }
    seen.clear();
    for port in ports.items() {
        let key = (port.text("protocol"), port.number("port"));
        if seen.contains(&key) {
            let shown = format!(
                "{{\"Name\":\"\",\"Protocol\":{:?},\"AppProtocol\":null,\"Port\":{},\"TargetPort\":0,\"NodePort\":0}}",
                key.0, key.1
            );
            faults.push(Fault::duplicate_as(port.path.clone(), &shown));
        }
        seen.push(key);
    }
}

fn source_ranges(case: &Case<'_>, faults: &mut Faults) {
    const ONLY: &str = "may only be used when `type` is 'LoadBalancer'";
    let at = case.at("spec");
    let balanced = at.text("type") == "LoadBalancer";
    let list = at.get("loadBalancerSourceRanges");
    if !list.is_empty() {
        let path = at.path.child("LoadBalancerSourceRanges");
        if !balanced {
            faults.forbidden(&path, ONLY);
        }
        let known = case.before("spec").get("loadBalancerSourceRanges");
        for (index, range) in list.items().enumerate() {
            let range = range.str().trim();
            if known.items().any(|old| old.str().trim() == range) {
                continue;
            }
            for why in text::cidr_legacy(range) {
                faults.invalid_value(&path.index(index), range, why);
            }
        }
        return;
    }
    let note = case.at("metadata").get("annotations").key(RANGES);
    if !note.is_set() {
        return;
    }
    if !balanced {
        faults.forbidden(&note.path, ONLY);
    }
    if case.before("metadata").get("annotations").key(RANGES).value() != note.value()
        && !note.str().trim().is_empty()
    {
        for range in note.str().split(',').map(str::trim) {
            for why in text::cidr_legacy(range) {
                faults.invalid_value(&note.path, range, why);
            }
        }
    }
}

fn load_balancer_class(at: &At<'_>, faults: &mut Faults) {
    let class = at.get("loadBalancerClass");
    if at.text("type") == "LoadBalancer" && class.is_set() {
        faults.texts(&class, names::qualified(class.str()));
    } else if class.is_set() {
        faults.forbidden(&class.path, "may only be used when `type` is 'LoadBalancer'");
    }
}

fn traffic(at: &At<'_>, faults: &mut Faults) {
    const POLICIES: [&str; 2] = ["Cluster", "Local"];
    let (external, port) = (at.get("externalTrafficPolicy"), at.get("healthCheckNodePort"));
    if is_external(at) {
        faults.one_of(&external, &POLICIES);
    } else if !external.str().is_empty() {
        faults.invalid(&external, "may only be set for externally-accessible services");
    }
    let number = port.int().unwrap_or_default();
    if !needs_health_check(at) {
        if number != 0 {
            let why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
            faults.invalid(&port, why);
        }
    } else if number == 0 {
        faults.required(&port.path, "");
    } else {
        faults.port(&port);
    }
    let internal = at.get("internalTrafficPolicy");
    if internal.is_set() {
        faults.enumerated(&internal, &POLICIES);
    } else if matches!(at.text("type"), "NodePort" | "LoadBalancer" | "ClusterIP") {
        faults.required(&internal.path, "");
    }
    if at.has("trafficDistribution") {
        let known = ["PreferClose", "PreferSameZone", "PreferSameNode"];
        faults.enumerated(&at.get("trafficDistribution"), &known);
    }
}

fn strings(at: &At<'_>) -> Vec<String> {
    at.list().iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Cluster IPs stay (`validateUpgradeDowngradeClusterIPs`).
fn changed_addresses(at: &At<'_>, before: &At<'_>, faults: &mut Faults) {
    let named = |spec: &At<'_>| spec.text("type") == "ExternalName";
    if named(at) || named(before) || is_headless(at) && is_headless(before) {
        return;
    }
    let list = at.get("clusterIPs");
    let (now, then) = (strings(&list), strings(&before.get("clusterIPs")));
    if now.len() == then.len() {
        for (index, _) in now.iter().zip(&then).enumerate().filter(|(_, (now, then))| now != then) {
            faults.invalid_value(&list.path.index(index), list.shown(), FIXED);
        }
        return;
    }
    let first = list.path.index(0);
    if now.is_empty() {
        faults.invalid_value(&first, list.shown(), "primary clusterIP can not be unset");
    } else if !then.is_empty() && now[0] != then[0] {
        faults.invalid_value(&first, list.shown(), FIXED);
    }
    if now.len() < then.len() && now.len() == 1 && at.text("ipFamilyPolicy") != "SingleStack" {
        let why = "must be set to 'SingleStack' when releasing the secondary clusterIP";
        faults.invalid(&at.get("ipFamilyPolicy"), why);
    }
}

/// Families of addresses stay (`validateUpgradeDowngradeIPFamilies`).
fn changed_families(at: &At<'_>, before: &At<'_>, faults: &mut Faults) {
    let named = |spec: &At<'_>| spec.text("type") == "ExternalName";
    if named(at) || named(before) || is_headless(at) || is_headless(before) {
        return;
    }
    let list = at.get("ipFamilies");
    let (now, then) = (strings(&list), strings(&before.get("ipFamilies")));
    let first = list.path.index(0);
    if now.len() == then.len() {
        for _ in now.iter().zip(&then).filter(|(now, then)| now != then) {
            faults.invalid_value(&first, list.shown(), FIXED);
        }
        return;
    }
    if now.len() < then.len() && at.get("clusterIPs").is_empty() {
        faults.invalid_value(&first, list.shown(), "primary ipFamily can not be unset");
    }
    if !now.is_empty() && !then.is_empty() && now[0] != then[0] {
        faults.invalid_value(&first, at.get("clusterIPs").shown(), FIXED);
    }
    if now.len() < then.len() && now.len() == 1 && at.text("ipFamilyPolicy") != "SingleStack" {
        let why = "must be set to 'SingleStack' when releasing the secondary ipFamily";
        faults.invalid(&at.get("ipFamilyPolicy"), why);
    }
}

/// Where a load balancer is reached (`ValidateLoadBalancerStatus`).
pub(crate) fn status(at: &At<'_>, before: &At<'_>, spec: &At<'_>, faults: &mut Faults) {
    let list = at.get("ingress");
    if spec.text("type") != "LoadBalancer" && !list.is_empty() {
        return faults.forbidden(&list.path, "may only be used when `spec.type` is 'LoadBalancer'");
    }
    let known = before.get("ingress");
    for each in list.items() {
        let (ip, mode, host) = (each.get("ip"), each.get("ipMode"), each.get("hostname"));
        if !ip.str().is_empty() && !known.items().any(|old| old.text("ip") == ip.str()) {
            faults.texts(&ip, text::ip_legacy(ip.str()));
        }
        match (mode.is_set(), ip.str().is_empty()) {
            (false, false) => faults.required(&mode.path, "must be specified when `ip` is set"),
            (true, true) => faults.forbidden(&mode.path, "may not be specified when `ip` is not set"),
            (true, false) => faults.enumerated(&mode, &["Proxy", "VIP"]),
            (false, true) => {}
        }
        if !host.str().is_empty() {
            faults.texts(&host, names::subdomain(host.str()));
            if text::ip_sloppy(host.str()).is_some() {
                faults.invalid(&host, "must be a DNS name, not an IP address");
            }
        }
    }
}
