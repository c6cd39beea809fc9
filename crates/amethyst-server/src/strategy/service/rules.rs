//! What a Service keeps and what is refused (kubernetes `pkg/registry/core/service`, `pkg/apis/core/validation`).

use amethyst_object::{Map, Value};

use super::{kind, ports, spec, wants_node_ports};

/// Fields that only some types have, and the two spellings of the cluster IP.
pub(super) fn normalize(service: &mut Map, old: Option<&Map>) {
    let external = kind(service) == "ExternalName";
    let old_ip = old.and_then(spec).and_then(|spec| spec.str("clusterIP")).unwrap_or_default().to_owned();
    let spec = service.object_mut("spec");
    if let Some(old) = old.and_then(super::spec) {
        drop_dependent(spec, old);
    }
    if external {
        for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] {
            spec.remove(key);
        }
        return;
    }
    let ip = spec.str("clusterIP").unwrap_or_default().to_owned();
    let first = spec.get("clusterIPs").and_then(Value::as_array).and_then(|list| list.first());
    let first = first.and_then(Value::as_str).unwrap_or_default().to_owned();
    if ip.is_empty() {
        spec.remove("clusterIP");
        if !first.is_empty() && first != old_ip {
            spec.insert("clusterIP", first);
        } else if first.is_empty() {
            spec.remove("clusterIPs");
        }
    } else if first.is_empty() || (first == old_ip && ip != old_ip) {
        spec.insert("clusterIPs", vec![ip.as_str()]);
    }
}

/// What a type needs no more goes, unless the client changed it as well (`dropTypeDependentFields`).
fn drop_dependent(new: &mut Map, old: &Map) {
    type Needs = fn(&Map) -> bool;
    let balanced: Needs = |spec| spec.str("type") == Some("LoadBalancer");
    let ported: Needs = |spec| matches!(spec.str("type"), Some("NodePort" | "LoadBalancer"));
    let checked: Needs =
        |spec| spec.str("type") == Some("LoadBalancer") && spec.str("externalTrafficPolicy") == Some("Local");
    let external: Needs = |spec| {
        matches!(spec.str("type"), Some("NodePort" | "LoadBalancer"))
            || spec.str("type") == Some("ClusterIP")
                && spec.get("externalIPs").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
    };
    if ported(old) && !ported(new) && taken(new) == taken(old) {
        for port in new.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(port) = port.as_object_mut() {
                port.remove("nodePort");
            }
        }
    }
    for (key, needs) in [
        ("healthCheckNodePort", checked),
        ("allocateLoadBalancerNodePorts", balanced),
        ("loadBalancerClass", balanced),
        ("externalTrafficPolicy", external),
    ] {
        if needs(old) && !needs(new) && new.get(key) == old.get(key) {
            new.remove(key);
        }
    }
}

/// The node ports of a Service, in order.
fn taken(spec: &Map) -> Vec<i64> {
    let ports = spec.get("ports").and_then(Value::as_array).unwrap_or_default();
    let mut found: Vec<i64> = ports.iter().filter_map(|port| port.get("nodePort")?.as_i64()).collect();
    found.retain(|port| *port != 0);
    found.sort_unstable();
    found.dedup();
    found
}

/// What an update leaves out stays as it was allocated (`patchAllocatedValues`).
pub(super) fn keep_allocated(new: &mut Map, old: &Map) {
    let needs_ip = |service: &Map| kind(service) != "ExternalName";
    let Some(old_spec) = spec(old) else { return };
    if needs_ip(new) && needs_ip(old) {
        let spec = new.object_mut("spec");
        for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            let missing = spec.get(key).is_none_or(|value| *value == Value::from(""));
            if let Some(value) = old_spec.get(key).filter(|_| missing) {
                spec.insert(key, value.clone());
            }
        }
    }
    let checked = |spec: &Map| {
        spec.str("type") == Some("LoadBalancer") && spec.str("externalTrafficPolicy") == Some("Local")
    };
    if checked(old_spec) && spec(new).is_some_and(checked) {
        let spec = new.object_mut("spec");
        let missing = spec.get("healthCheckNodePort").and_then(Value::as_i64).unwrap_or_default() == 0;
        if let Some(port) = old_spec.get("healthCheckNodePort").filter(|_| missing) {
            spec.insert("healthCheckNodePort", port.clone());
        }
    }
    if wants_node_ports(new) && wants_node_ports(old) {
        let old_ports = ports(old);
        let spec = new.object_mut("spec");
        for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            let same = |old: &&Value| {
                old.get("port") == port.get("port") && old.get("protocol") == port.get("protocol")
            };
            let kept = old_ports.iter().find(same).and_then(|old| old.get("nodePort")).cloned();
            let number = port.get("nodePort").and_then(Value::as_i64).unwrap_or_default();
            if let (0, Some(kept), Some(port)) = (number, kept, port.as_object_mut()) {
                port.insert("nodePort", kept);
            }
        }
    }
}
