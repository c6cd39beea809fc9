//! What a Service costs (kubernetes `pkg/quota/v1/evaluator/core/services.go`).

use amethyst_object::{Map, Value};
use amethyst_schema::Quantity;

use crate::list::ResourceList;

pub(crate) const RESOURCES: [&str; 4] =
    ["count/services", "services", "services.nodeports", "services.loadbalancers"];

pub(crate) fn usage(service: &Map) -> ResourceList {
    let spec = service.get("spec");
    let ports = spec.and_then(|spec| spec.get("ports")).and_then(Value::as_array).unwrap_or_default();
    let allocates = spec.and_then(|spec| spec.get("allocateLoadBalancerNodePorts")).and_then(Value::as_bool);
    let named = |port: &&Value| port.get("nodePort").and_then(Value::as_i64).is_some_and(|port| port != 0);
    let (node_ports, balancers) = match spec.and_then(|spec| spec.str_at(&["type"])) {
        Some("NodePort") => (ports.len(), 0),
        // Ports are not allocated yet; unless that is refused, each is going to be.
        Some("LoadBalancer") if allocates == Some(false) => (ports.iter().filter(named).count(), 1),
        Some("LoadBalancer") => (ports.len(), 1),
        _ => (0, 0),
    };
    let counts = [1, 1, node_ports as i64, balancers];
    RESOURCES.into_iter().zip(counts.map(Quantity::of)).collect()
}
