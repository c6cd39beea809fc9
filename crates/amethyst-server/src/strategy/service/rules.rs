//! What a Service keeps and what is refused (kubernetes `pkg/registry/core/service`, `pkg/apis/core/validation`).

use amethyst_object::{Map, Value};
use amethyst_schema::Fault;

use super::{kind, ports, spec, wants_node_ports};
use crate::registry::metadata::path;
use crate::registry::names;
use crate::registry::write::Attempt;

/// Fields that only some types have, and the two spellings of the cluster IP.
pub(super) fn normalize(service: &mut Map, old: Option<&Map>) {
    let external = kind(service) == "ExternalName";
    let node_ports = matches!(kind(service), "NodePort" | "LoadBalancer");
    let had = old.is_some_and(|old| matches!(kind(old), "NodePort" | "LoadBalancer"));
    let old_ip = old.and_then(spec).and_then(|spec| spec.str("clusterIP")).unwrap_or_default().to_owned();
    let spec = service.object_mut("spec");
    if external {
        for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] {
            spec.remove(key);
        }
        return;
    }
    if !node_ports && had {
        // The type changed: what nobody asked for again is given back.
        for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(port) = port.as_object_mut() {
                port.remove("nodePort");
            }
        }
        for key in ["externalTrafficPolicy", "healthCheckNodePort", "allocateLoadBalancerNodePorts"] {
            spec.remove(key);
        }
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

pub(crate) fn validate(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let at = path(&["spec"]);
    let ip = spec(new).and_then(|spec| spec.str("clusterIP")).unwrap_or_default();
    match kind(new) {
        "ClusterIP" | "NodePort" | "LoadBalancer" => {}
        "ExternalName" => {
            let name = spec(new).and_then(|spec| spec.str("externalName")).unwrap_or_default();
            if name.is_empty() {
                faults.push(Fault::required(at.child("externalName"), ""));
            } else {
                let name = name.strip_suffix('.').unwrap_or(name);
                for why in names::subdomain(name) {
                    faults.push(Fault::invalid(at.child("externalName"), name, why));
                }
            }
        }
        other => {
            let supported = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
            faults.push(Fault::not_supported(at.child("type"), other, &supported));
        }
    }
    if ip == "None" && kind(new) != "ClusterIP" && kind(new) != "ExternalName" {
        let why = format!("may not be set to 'None' for {} services", kind(new));
        faults.push(Fault::invalid(at.child("clusterIPs").index(0), "None", why));
    }
    if ports(new).is_empty() && ip != "None" && kind(new) != "ExternalName" {
        faults.push(Fault::required(at.child("ports"), ""));
    }
    validate_ports(new, &mut faults);
    let selector = spec(new).and_then(|spec| spec.get("selector")).and_then(Value::as_object);
    for (key, value) in selector.into_iter().flat_map(Map::iter) {
        let value = value.as_str().unwrap_or_default();
        let names = names::qualified(key).into_iter().map(|why| (key.as_str(), why));
        let values = names::label_value(value).into_iter().map(|why| (value, why));
        faults.extend(names.chain(values).map(|(of, why)| Fault::invalid(at.child("selector"), of, why)));
    }
    let affinity = spec(new).and_then(|spec| spec.str("sessionAffinity")).unwrap_or("None");
    if !matches!(affinity, "None" | "ClientIP") {
        faults.push(Fault::not_supported(at.child("sessionAffinity"), affinity, &["ClientIP", "None"]));
    }
    let ingress = new.get("status").and_then(|status| status.at(&["loadBalancer", "ingress"]));
    if kind(new) != "LoadBalancer" && ingress.and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
        let why = "may only be used when `spec.type` is 'LoadBalancer'";
        faults.push(Fault::forbidden(path(&["status", "loadBalancer", "ingress"]), why));
    }
    let old_ip = old.and_then(spec).and_then(|spec| spec.str("clusterIP")).unwrap_or_default();
    let both = kind(new) != "ExternalName" && old.is_some_and(|old| kind(old) != "ExternalName");
    if both && !old_ip.is_empty() && ip != old_ip {
        let value = spec(new).and_then(|spec| spec.get("clusterIPs")).cloned().unwrap_or_default();
        faults.push(Fault::invalid(at.child("clusterIPs").index(0), value, "may not change once set"));
    }
    faults
}

fn validate_ports(service: &Map, faults: &mut Vec<Fault>) {
    let list = ports(service);
    let mut seen: Vec<(i64, &str)> = Vec::new();
    let mut names_seen: Vec<&str> = Vec::new();
    for (index, port) in list.iter().enumerate() {
        let at = path(&["spec", "ports"]).index(index);
        let name = port.str_at(&["name"]).unwrap_or_default();
        if name.is_empty() {
            if list.len() > 1 {
                faults.push(Fault::required(at.child("name"), ""));
            }
        } else {
            for why in names::label(name) {
                faults.push(Fault::invalid(at.child("name"), name, why));
            }
            if names_seen.contains(&name) {
                faults.push(Fault::duplicate(at.child("name"), name));
            }
            names_seen.push(name);
        }
        let number = port.get("port").and_then(Value::as_i64).unwrap_or_default();
        if !(1..=65_535).contains(&number) {
            faults.push(Fault::invalid(at.child("port"), number, "must be between 1 and 65535, inclusive"));
        }
        let target = port.get("targetPort").and_then(Value::as_i64);
        if let Some(target) = target.filter(|target| !(1..=65_535).contains(target)) {
            let why = "must be between 1 and 65535, inclusive";
            faults.push(Fault::invalid(at.child("targetPort"), target, why));
        }
        let protocol = port.str_at(&["protocol"]).unwrap_or("TCP");
        if !matches!(protocol, "TCP" | "UDP" | "SCTP") {
            faults.push(Fault::not_supported(at.child("protocol"), protocol, &["SCTP", "TCP", "UDP"]));
        }
        if seen.contains(&(number, protocol)) {
            let mut value = Map::new();
            for key in ["port", "protocol"] {
                value.insert(key, port.get(key).cloned().unwrap_or_default());
            }
            faults.push(Fault::duplicate(at, Value::Object(value)));
        }
        seen.push((number, protocol));
    }
}
