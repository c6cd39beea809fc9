//! The cells of services, ingresses, endpoints and their kin.

use amethyst_object::Value;

use super::text::{at, has, integer, list, plain, some_of, strings};

/// The first cluster IP.
pub(super) fn cluster_ip(service: &Value, _now: i64) -> Value {
    strings(service, &["spec", "clusterIPs"]).first().copied().unwrap_or("<none>").into()
}

/// Where a service is reached from outside.
pub(super) fn external_ip(service: &Value, _now: i64) -> Value {
    let external = strings(service, &["spec", "externalIPs"]);
    match at(service, &["spec", "type"]) {
        "ClusterIP" | "NodePort" if external.is_empty() => "<none>".into(),
        "ClusterIP" | "NodePort" => external.join(",").into(),
        "LoadBalancer" => {
            let mut all = load_balancer(service);
            all.extend(external);
            if all.is_empty() { "<pending>".into() } else { all.join(",").into() }
        }
        "ExternalName" => at(service, &["spec", "externalName"]).into(),
        _ => "<unknown>".into(),
    }
}

/// Where an ingress is reached.
pub(super) fn ingress_address(ingress: &Value, _now: i64) -> Value {
    load_balancer(ingress).join(",").into()
}

/// Addresses or else host names, sorted, each once.
fn load_balancer(object: &Value) -> Vec<&str> {
    let points = list(object, &["status", "loadBalancer", "ingress"]).iter();
    let mut all: Vec<&str> = points
        .map(|point| match at(point, &["ip"]) {
            "" => at(point, &["hostname"]),
            ip => ip,
        })
        .filter(|address| !address.is_empty())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// `80/TCP,443:30443/TCP`.
pub(super) fn service_ports(service: &Value, _now: i64) -> Value {
    let ports = list(service, &["spec", "ports"]).iter().map(|port| {
        let (number, protocol) = (integer(port, &["port"]), at(port, &["protocol"]));
        match integer(port, &["nodePort"]) {
            node_port @ 1.. => format!("{number}:{node_port}/{protocol}"),
            _ => format!("{number}/{protocol}"),
        }
    });
    let ports = ports.collect::<Vec<_>>().join(",");
    if ports.is_empty() { "<none>".into() } else { ports.into() }
}

/// The hosts of the first rules, three at most.
pub(super) fn ingress_hosts(ingress: &Value, _now: i64) -> Value {
    let rules = list(ingress, &["spec", "rules"]);
    let (mut hosts, mut more) = (Vec::new(), false);
    for rule in rules {
        more |= hosts.len() == 3;
        let host = at(rule, &["host"]);
        if !more && !host.is_empty() {
            hosts.push(host);
        }
    }
    match (hosts.is_empty(), more) {
        (true, _) => "*".into(),
        (false, true) => format!("{} + {} more...", hosts.join(","), rules.len() - 3).into(),
        (false, false) => hosts.join(",").into(),
    }
}

/// The ports an ingress listens on.
pub(super) fn ingress_ports(ingress: &Value, _now: i64) -> Value {
    if list(ingress, &["spec", "tls"]).is_empty() { "80".into() } else { "80, 443".into() }
}

/// The name of an ingress class, marked when it is the default.
pub(super) fn ingress_class_name(class: &Value, _now: i64) -> Value {
    let name = at(class, &["metadata", "name"]);
    match at(class, &["metadata", "annotations", "ingressclass.kubernetes.io/is-default-class"]) {
        "true" => format!("{name} (default)").into(),
        _ => name.into(),
    }
}

/// `Kind.group/name`.
pub(super) fn ingress_class_parameters(class: &Value, _now: i64) -> Value {
    if !has(class, &["spec", "parameters"]) {
        return "<none>".into();
    }
    let part = |name| at(class, &["spec", "parameters", name]);
    let group = plain(class.at(&["spec", "parameters", "apiGroup"])).map(|group| format!(".{group}"));
    format!("{}{}/{}", part("kind"), group.unwrap_or_default(), part("name")).into()
}

/// `10.0.0.1:80,10.0.0.2:80`.
pub(super) fn endpoints(object: &Value, _now: i64) -> Value {
    let subsets = list(object, &["subsets"]);
    if subsets.is_empty() {
        return "<none>".into();
    }
    let mut all = Vec::new();
    for subset in subsets {
        let addresses = || list(subset, &["addresses"]).iter().map(|address| at(address, &["ip"]));
        let ports = list(subset, &["ports"]);
        if ports.is_empty() {
            all.extend(addresses().map(str::to_owned));
        }
        for port in ports {
            let port = integer(port, &["port"]);
            all.extend(
                addresses().map(|ip| {
                    if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
                }),
            );
        }
    }
    some_of(&all, "").into()
}

/// Numbers, or else names; `*` for all.
pub(super) fn slice_ports(slice: &Value, _now: i64) -> Value {
    let ports = list(slice, &["ports"]).iter().map(|port| {
        let known = plain(port.get("port")).or_else(|| plain(port.get("name")));
        known.unwrap_or_else(|| "*".to_owned())
    });
    some_of(&ports.collect::<Vec<_>>(), "<unset>").into()
}

/// The addresses of all endpoints.
pub(super) fn slice_endpoints(slice: &Value, _now: i64) -> Value {
    let all: Vec<String> = list(slice, &["endpoints"])
        .iter()
        .flat_map(|endpoint| strings(endpoint, &["addresses"]))
        .map(str::to_owned)
        .collect();
    some_of(&all, "<unset>").into()
}

/// `10.96.0.0/16,fd00::/108`.
pub(super) fn cidrs(object: &Value, _now: i64) -> Value {
    strings(object, &["spec", "cidrs"]).join(",").into()
}

/// `services/namespace/name`.
pub(super) fn parent(address: &Value, _now: i64) -> Value {
    if !has(address, &["spec", "parentRef"]) {
        return "<none>".into();
    }
    let part = |name| at(address, &["spec", "parentRef", name]);
    let mut text = part("resource").to_lowercase();
    for (separator, word) in [(".", part("group").to_lowercase()), ("/", part("namespace").to_owned())] {
        if !word.is_empty() {
            text = text + separator + &word;
        }
    }
    format!("{text}/{}", part("name")).into()
}
