//! Hints where traffic should stay, as a Service's `trafficDistribution` asks for
//! (k8s.io/endpointslice `trafficdist`).

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointHints, EndpointSlice, ForNode, ForZone};
use kube::ResourceExt;

use crate::names::annotations;

/// What the Service asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hints {
    /// Nothing: no endpoint has a hint.
    None,
    /// Stay in the zone.
    Zone,
    /// Stay on the node, else in the zone.
    Node,
}

impl Hints {
    pub(super) fn of(service: &Service) -> Self {
        let mode = [annotations::TOPOLOGY_HINTS, annotations::TOPOLOGY_MODE];
        let by_annotation = mode.iter().find_map(|key| service.annotations().get(*key));
        if by_annotation.is_some_and(|mode| matches!(mode.as_str(), "Auto" | "auto")) {
            return Self::None;
        }
        let wanted = service.spec.as_ref().and_then(|spec| spec.traffic_distribution.as_deref());
        match wanted {
            Some("PreferClose" | "PreferSameZone") => Self::Zone,
            Some("PreferSameNode") => Self::Node,
            _ => Self::None,
        }
    }

    /// Sets the hints of a slice; tells whether any changed. Endpoints that are not ready keep theirs, unless
    /// there are to be none at all.
    pub(super) fn set(self, slice: &mut EndpointSlice) -> bool {
        let mut changed = false;
        for endpoint in slice.endpoints.iter_mut().flatten() {
            let ready = endpoint.conditions.as_ref().and_then(|conditions| conditions.ready) == Some(true);
            if self == Self::None || ready {
                let hints = self.of_endpoint(endpoint);
                changed |= hints != endpoint.hints;
                endpoint.hints = hints;
            }
        }
        changed
    }

    fn of_endpoint(self, endpoint: &Endpoint) -> Option<EndpointHints> {
        if self == Self::None {
            return None;
        }
        let zone = endpoint.zone.clone().map(|name| vec![ForZone { name }]);
        let node = endpoint.node_name.clone().filter(|_| self == Self::Node);
        let node = node.map(|name| vec![ForNode { name }]);
        (zone.is_some() || node.is_some()).then_some(EndpointHints { for_zones: zone, for_nodes: node })
    }
}
