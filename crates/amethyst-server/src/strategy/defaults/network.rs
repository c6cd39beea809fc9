//! Services, endpoints, ingresses and policies (kubernetes `pkg/apis/{core,networking,discovery}/v1/defaults.go`).

use amethyst_object::{Map, Value, value};

use super::{each, set, set_text, within};

pub(in crate::strategy) fn service(service: &mut Map) {
    let spec = service.object_mut("spec");
    set_text(spec, "sessionAffinity", "None");
    if spec.str("sessionAffinity") == Some("None") {
        spec.remove("sessionAffinityConfig");
    } else {
        let client = spec.object_mut("sessionAffinityConfig").object_mut("clientIP");
        set(client, "timeoutSeconds", 10_800);
    }
    set_text(spec, "type", "ClusterIP");
    for port in each(spec, "ports") {
        set_text(port, "protocol", "TCP");
        let missing = match port.get("targetPort") {
            None | Some(Value::Null) => true,
            Some(Value::String(name)) => name.is_empty(),
            Some(number) => number.as_i64() == Some(0),
        };
        if let Some(number) = port.get("port").filter(|_| missing).cloned() {
            port.insert("targetPort", number);
        }
    }
    let kind = spec.str("type").unwrap_or_default().to_owned();
    let reached = spec.get("externalIPs").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") || kind == "ClusterIP" && reached {
        set_text(spec, "externalTrafficPolicy", "Cluster");
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer" | "ClusterIP") {
        set(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true);
        if let Some(balancer) = within(service, "status").and_then(|status| within(status, "loadBalancer")) {
            for ingress in each(balancer, "ingress").filter(|ingress| ingress.contains_key("ip")) {
                set(ingress, "ipMode", "VIP");
            }
        }
    }
}

pub(in crate::strategy) fn endpoints(endpoints: &mut Map) {
    for subset in each(endpoints, "subsets") {
        each(subset, "ports").for_each(|port| set_text(port, "protocol", "TCP"));
    }
}

pub(in crate::strategy) fn endpoint_slice(slice: &mut Map) {
    for port in each(slice, "ports") {
        set(port, "name", "");
        set(port, "protocol", "TCP");
    }
}

pub(in crate::strategy) fn ingress(ingress: &mut Map) {
    ingress.object_mut("spec");
    let status = ingress.object_mut("status");
    status.object_mut("loadBalancer");
}

pub(in crate::strategy) fn ingress_class(class: &mut Map) {
    let spec = class.object_mut("spec");
    if let Some(parameters) = within(spec, "parameters") {
        set(parameters, "scope", "Cluster");
    }
}

pub(in crate::strategy) fn network_policy(policy: &mut Map) {
    let spec = policy.object_mut("spec");
    spec.object_mut("podSelector");
    for direction in ["ingress", "egress"] {
        for rule in each(spec, direction) {
            each(rule, "ports").for_each(|port| set(port, "protocol", "TCP"));
        }
    }
    let none = spec.get("policyTypes").and_then(Value::as_array).is_none_or(<[Value]>::is_empty);
    if none {
        let egress = spec.get("egress").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        spec.insert("policyTypes", if egress { value!(["Ingress", "Egress"]) } else { value!(["Ingress"]) });
    }
}
