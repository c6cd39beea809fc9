//! Names that leave the program: as kube-controller-manager spells them.

/// The manager of the fields that the controllers write.
pub(crate) const MANAGER: &str = "kube-controller-manager";

/// Labels.
pub(crate) mod labels {
    pub(crate) const SERVICE_NAME: &str = "kubernetes.io/service-name";
    pub(crate) const SLICE_MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
    pub(crate) const SKIP_MIRROR: &str = "endpointslice.kubernetes.io/skip-mirror";
    pub(crate) const ENDPOINTS_MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
    pub(crate) const HEADLESS: &str = "service.kubernetes.io/headless";
    pub(crate) const ZONE: &str = "topology.kubernetes.io/zone";
}

/// Annotations.
pub(crate) mod annotations {
    pub(crate) const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";
    pub(crate) const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";
    pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
    pub(crate) const LEADER: &str = "control-plane.alpha.kubernetes.io/leader";
    pub(crate) const TOPOLOGY_MODE: &str = "service.kubernetes.io/topology-mode";
    pub(crate) const TOPOLOGY_HINTS: &str = "service.kubernetes.io/topology-aware-hints";
}

/// Who manages what.
pub(crate) mod controllers {
    pub(crate) const SLICES: &str = "endpointslice-controller.k8s.io";
    pub(crate) const MIRRORING: &str = "endpointslicemirroring-controller.k8s.io";
    pub(crate) const ENDPOINTS: &str = "endpoint-controller";
}

/// Event sources.
pub(crate) mod components {
    pub(crate) const SLICES: &str = "endpoint-slice-controller";
    pub(crate) const MIRRORING: &str = "endpoint-slice-mirroring-controller";
    pub(crate) const ENDPOINTS: &str = "endpoint-controller";
    pub(crate) const DISRUPTION: &str = "controllermanager";
}
