//! What makes two endpoints the same endpoint, and two lists of ports the same ports
//! (k8s.io/endpointslice `util/endpointset.go`, `util/controller_utils.go`).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointPort};

/// The part of an endpoint that tells it from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EndpointKey {
    addresses: Vec<String>,
    hostname: String,
    namespace: String,
    name: String,
}

impl EndpointKey {
    pub(crate) fn of(endpoint: &Endpoint) -> Self {
        let mut addresses = endpoint.addresses.clone();
        addresses.sort_unstable();
        let target = endpoint.target_ref.as_ref();
        Self {
            addresses,
            hostname: endpoint.hostname.clone().unwrap_or_default(),
            namespace: target.and_then(|target| target.namespace.clone()).unwrap_or_default(),
            name: target.and_then(|target| target.name.clone()).unwrap_or_default(),
        }
    }
}

/// Endpoints by what tells them apart.
pub(crate) type EndpointSet = BTreeMap<EndpointKey, Endpoint>;

/// Takes the first endpoint of a set.
pub(crate) fn pop(set: &mut EndpointSet) -> Option<Endpoint> {
    set.pop_first().map(|(_, endpoint)| endpoint)
}

/// Whether two endpoints of one key are alike in all else; versions of what they point to don't count.
pub(crate) fn alike(a: &Endpoint, b: &Endpoint) -> bool {
    let target = |endpoint: &Endpoint| {
        let target = endpoint.target_ref.clone();
        target.map(|target| ObjectReference { resource_version: None, ..target })
    };
    let conditions = |endpoint: &Endpoint| endpoint.conditions.clone().unwrap_or_default();
    a.node_name == b.node_name && a.zone == b.zone && conditions(a) == conditions(b) && target(a) == target(b)
}

/// Name, protocol, number and application protocol of a port.
type Port = (Option<String>, Option<String>, Option<i32>, Option<String>);

/// Ports in an order that does not depend on how they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PortsKey(Vec<Port>);

impl PortsKey {
    pub(crate) fn of(ports: &[EndpointPort]) -> Self {
        let mut key: Vec<_> = ports
            .iter()
            .map(|port| (port.name.clone(), port.protocol.clone(), port.port, port.app_protocol.clone()))
            .collect();
        key.sort_unstable();
        Self(key)
    }
}
