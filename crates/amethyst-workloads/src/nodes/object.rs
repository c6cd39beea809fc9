//! What a simulated node looks like.

use k8s_openapi::api::core::v1::Node;
use kube::ResourceExt;
use serde_json::{Value, json};

/// kwok's mark of a node that nobody runs.
const FAKE: (&str, &str) = ("kwok.x-k8s.io/node", "fake");
/// The version that says so.
const VERSION: &str = "v1.37.2-amethyst-simulated";
/// The taint of a node that was not ready when it was made.
const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// What a node has if the file does not say it.
const DEFAULT_CPU: &str = "4";
const DEFAULT_MEMORY: &str = "8Gi";
const DEFAULT_STORAGE: &str = "100G";
/// How many pods a kubelet takes.
const PODS: &str = "110";

/// A node of the homelab, as its file tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimulatedNode {
    /// Its host name.
    pub name: String,
    /// `control-plane` or `worker`.
    pub role: String,
    /// `amd64`, `arm64`; `amd64` if nothing is said.
    pub arch: Option<String>,
    /// How many CPUs it has.
    pub cpu: Option<String>,
    /// How much memory it has.
    pub memory: Option<String>,
    /// How large its disk is: a quantity, or as disks are sold (`960GB`).
    pub storage: Option<String>,
    /// Its address.
    pub address: Option<String>,
}

/// A node that is there for the first time.
pub(super) fn new(wanted: &SimulatedNode, now: &str) -> Node {
    let arch = arch(wanted);
    let mut status = status(wanted);
    status["conditions"] = conditions(None, now);
    let node = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": wanted.name,
            "annotations": {FAKE.0: FAKE.1},
            "labels": {
                "beta.kubernetes.io/arch": arch, "beta.kubernetes.io/os": "linux",
                "kubernetes.io/arch": arch, "kubernetes.io/hostname": wanted.name, "kubernetes.io/os": "linux",
                (format!("node-role.kubernetes.io/{}", wanted.role)): "",
            },
        },
        "spec": {},
        "status": status,
    });
    serde_json::from_value(node).expect("it is written as a Node")
}

/// The status that a node reports from time to time.
pub(super) fn report(node: &Node, wanted: &SimulatedNode, now: &str) -> Value {
    let mut status = status(wanted);
    status["conditions"] = conditions(Some(node), now);
    json!({"status": status})
}

fn arch(wanted: &SimulatedNode) -> &str {
    wanted.arch.as_deref().unwrap_or("amd64")
}

fn status(wanted: &SimulatedNode) -> Value {
    let resources = json!({
        "cpu": wanted.cpu.as_deref().unwrap_or(DEFAULT_CPU),
        "memory": wanted.memory.as_deref().map_or_else(|| DEFAULT_MEMORY.to_owned(), bytes),
        "ephemeral-storage": wanted.storage.as_deref().map_or_else(|| DEFAULT_STORAGE.to_owned(), bytes),
        "pods": PODS,
    });
    let mut addresses = vec![json!({"type": "Hostname", "address": wanted.name})];
    if let Some(address) = &wanted.address {
        addresses.insert(0, json!({"type": "InternalIP", "address": address}));
    }
    json!({
        "capacity": resources, "allocatable": resources, "addresses": addresses,
        "nodeInfo": {
            "architecture": arch(wanted), "operatingSystem": "linux", "kubeletVersion": VERSION,
            "kubeProxyVersion": VERSION, "containerRuntimeVersion": "simulated://", "kernelVersion": "simulated",
            "osImage": "simulated", "machineID": "", "systemUUID": "", "bootID": "",
        },
    })
}

/// The conditions of a kubelet that is well; a condition that was so before keeps its time.
fn conditions(node: Option<&Node>, now: &str) -> Value {
    let known = node.and_then(|node| node.status.as_ref()?.conditions.as_ref());
    let wanted = [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "simulated by Amethyst: no kubelet runs here"),
    ];
    let list = wanted.map(|(kind, status, reason, message)| {
        let before = known.into_iter().flatten().find(|it| it.type_ == kind && it.status == status);
        let since = before.and_then(|it| it.last_transition_time.as_ref()).map(|since| since.0.to_string());
        json!({
            "type": kind, "status": status, "reason": reason, "message": message, "lastHeartbeatTime": now,
            "lastTransitionTime": since.unwrap_or_else(|| now.to_owned()),
        })
    });
    Value::Array(list.into())
}

/// A size as a quantity: disks are sold in `GB` and `TB`.
fn bytes(size: &str) -> String {
    let size = size.trim();
    let known = ["K", "M", "G", "T", "P"];
    let decimal = size.strip_suffix('B').filter(|rest| known.iter().any(|unit| rest.ends_with(unit)));
    let binary = size.strip_suffix("iB").map(|rest| format!("{rest}i"));
    binary.or_else(|| decimal.map(|rest| rest.replace('K', "k"))).unwrap_or_else(|| size.to_owned())
}

/// Whether a node is one of ours.
pub(super) fn is_simulated(node: &Node) -> bool {
    let version = node.status.as_ref().and_then(|status| status.node_info.as_ref());
    node.annotations().get(FAKE.0).map(String::as_str) == Some(FAKE.1)
        && version.is_some_and(|info| info.kubelet_version == VERSION)
}

/// Whether the taint of a new node is still on it.
pub(super) fn is_held_off(node: &Node) -> bool {
    node.spec.iter().flat_map(|spec| spec.taints.iter().flatten()).any(|taint| taint.key == NOT_READY)
}

/// A patch that takes the taint of a new node off, as the node lifecycle controller does once it is ready.
pub(super) fn without_hold(node: &Node) -> Option<Value> {
    if !is_held_off(node) {
        return None;
    }
    let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    let rest: Vec<_> = taints.filter(|taint| taint.key != NOT_READY).collect();
    let version = node.metadata.resource_version.as_deref();
    let rest = if rest.is_empty() { Value::Null } else { json!(rest) };
    Some(json!({"metadata": {"resourceVersion": version}, "spec": {"taints": rest}}))
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_of_disks_are_quantities() {
        for (size, expect) in [
            ("960GB", "960G"),
            ("4TB", "4T"),
            ("32Gi", "32Gi"),
            ("32GiB", "32Gi"),
            ("500KB", "500k"),
            ("7", "7"),
        ] {
            assert_eq!(bytes(size), expect);
        }
    }
}
