//! The columns of each kind, as upstream's printers and table convertors have them.

use super::{Cell, Column, network, others, pod, storage, workloads};

use Cell::{Boolean, Containers, Count, Filled, Integer, Labels, Selector, Text, With};

const NAME: Column = Column { name: "Name", ty: "string", format: "name", priority: 0, cell: Cell::Name };
const AGE: Column = text("Age", Cell::Age);
const CREATED: Column =
    Column { name: "Created At", ty: "date", format: "", priority: 0, cell: Cell::Created };

const fn text(name: &'static str, cell: Cell) -> Column {
    Column { name, ty: "string", format: "", priority: 0, cell }
}

const fn integer(name: &'static str, cell: Cell) -> Column {
    Column { name, ty: "integer", format: "", priority: 0, cell }
}

const fn boolean(name: &'static str, cell: Cell) -> Column {
    Column { name, ty: "boolean", format: "", priority: 0, cell }
}

impl Column {
    /// The same, printed by `-o wide` only.
    const fn wide(mut self) -> Self {
        self.priority = 1;
        self
    }

    /// The same with the format `name`.
    const fn named(mut self) -> Self {
        self.format = "name";
        self
    }
}

const CONTAINERS: super::Path = &["spec", "template", "spec", "containers"];
const CONTAINER_NAMES: Column = text("Containers", Containers(CONTAINERS, "name")).wide();
const CONTAINER_IMAGES: Column = text("Images", Containers(CONTAINERS, "image")).wide();
const SELECTOR: Column = text("Selector", Selector(&["spec", "selector"])).wide();

static NAME_AGE: &[Column] = &[NAME, AGE];
static NAME_CREATED: &[Column] = &[NAME, CREATED];

static POD: &[Column] = &[
    NAME,
    text("Ready", With(pod::ready)),
    text("Status", With(pod::status)),
    text("Restarts", With(pod::restarts)),
    AGE,
    text("IP", With(pod::address)).wide(),
    text("Node", Filled(&["spec", "nodeName"], "<none>")).wide(),
    text("Nominated Node", Filled(&["status", "nominatedNodeName"], "<none>")).wide(),
    text("Readiness Gates", With(pod::readiness_gates)).wide(),
];

static POD_TEMPLATE: &[Column] = &[
    NAME,
    text("Containers", Containers(&["template", "spec", "containers"], "name")),
    text("Images", Containers(&["template", "spec", "containers"], "image")),
    text("Pod Labels", Labels(&["template", "metadata", "labels"])),
];

static POD_DISRUPTION_BUDGET: &[Column] = &[
    NAME,
    text("Min Available", Text(&["spec", "minAvailable"], "N/A")),
    text("Max Unavailable", Text(&["spec", "maxUnavailable"], "N/A")),
    integer("Allowed Disruptions", Integer(&["status", "disruptionsAllowed"])),
    AGE,
];

static REPLICATION_CONTROLLER: &[Column] = &[
    NAME,
    integer("Desired", Integer(&["spec", "replicas"])),
    integer("Current", Integer(&["status", "replicas"])),
    integer("Ready", Integer(&["status", "readyReplicas"])),
    AGE,
    CONTAINER_NAMES,
    CONTAINER_IMAGES,
    text("Selector", Labels(&["spec", "selector"])).wide(),
];

static REPLICA_SET: &[Column] = &[
    NAME,
    integer("Desired", Integer(&["spec", "replicas"])),
    integer("Current", Integer(&["status", "replicas"])),
    integer("Ready", Integer(&["status", "readyReplicas"])),
    AGE,
    CONTAINER_NAMES,
    CONTAINER_IMAGES,
    SELECTOR,
];

static DAEMON_SET: &[Column] = &[
    NAME,
    integer("Desired", Integer(&["status", "desiredNumberScheduled"])),
    integer("Current", Integer(&["status", "currentNumberScheduled"])),
    integer("Ready", Integer(&["status", "numberReady"])),
    integer("Up-to-date", Integer(&["status", "updatedNumberScheduled"])),
    integer("Available", Integer(&["status", "numberAvailable"])),
    text("Node Selector", Labels(&["spec", "template", "spec", "nodeSelector"])),
    AGE,
    CONTAINER_NAMES,
    CONTAINER_IMAGES,
    SELECTOR,
];

static JOB: &[Column] = &[
    NAME,
    text("Status", With(workloads::job_status)),
    text("Completions", With(workloads::job_completions)),
    text("Duration", With(workloads::job_duration)),
    AGE,
    CONTAINER_NAMES,
    CONTAINER_IMAGES,
    SELECTOR,
];

const JOB_CONTAINERS: super::Path = &["spec", "jobTemplate", "spec", "template", "spec", "containers"];

static CRON_JOB: &[Column] = &[
    NAME,
    text("Schedule", Text(&["spec", "schedule"], "")),
    text("Timezone", Text(&["spec", "timeZone"], "<none>")),
    boolean("Suspend", With(workloads::suspended)),
    integer("Active", Count(&["status", "active"])),
    text("Last Schedule", With(workloads::last_schedule)),
    AGE,
    text("Containers", Containers(JOB_CONTAINERS, "name")).wide(),
    text("Images", Containers(JOB_CONTAINERS, "image")).wide(),
    text("Selector", Selector(&["spec", "jobTemplate", "spec", "selector"])).wide(),
];

static SERVICE: &[Column] = &[
    NAME,
    text("Type", Text(&["spec", "type"], "")),
    text("Cluster-IP", With(network::cluster_ip)),
    text("External-IP", With(network::external_ip)),
    text("Port(s)", With(network::service_ports)),
    AGE,
    text("Selector", Labels(&["spec", "selector"])).wide(),
];

static INGRESS: &[Column] = &[
    NAME,
    text("Class", Text(&["spec", "ingressClassName"], "<none>")),
    text("Hosts", With(network::ingress_hosts)),
    text("Address", With(network::ingress_address)),
    text("Ports", With(network::ingress_ports)),
    AGE,
];

static INGRESS_CLASS: &[Column] = &[
    Column { cell: With(network::ingress_class_name), ..NAME },
    text("Controller", Text(&["spec", "controller"], "")),
    text("Parameters", With(network::ingress_class_parameters)),
    AGE,
];

static STATEFUL_SET: &[Column] =
    &[NAME, text("Ready", With(workloads::ready_replicas)), AGE, CONTAINER_NAMES, CONTAINER_IMAGES];

static ENDPOINTS: &[Column] = &[NAME, text("Endpoints", With(network::endpoints)), AGE];

static NODE: &[Column] = &[
    NAME,
    text("Status", With(others::node_status)),
    text("Roles", With(others::node_roles)),
    AGE,
    text("Version", Text(&["status", "nodeInfo", "kubeletVersion"], "")),
    text("Internal-IP", With(others::node_internal_ip)).wide(),
    text("External-IP", With(others::node_external_ip)).wide(),
    text("OS-Image", Filled(&["status", "nodeInfo", "osImage"], "<unknown>")).wide(),
    text("Kernel-Version", With(others::node_kernel)).wide(),
    text("Container-Runtime", Filled(&["status", "nodeInfo", "containerRuntimeVersion"], "<unknown>")).wide(),
];

static EVENT: &[Column] = &[
    text("Last Seen", With(others::event_last_seen)),
    text("Type", Text(&["type"], "")),
    text("Reason", Text(&["reason"], "")),
    text("Object", With(others::event_object)),
    text("Subobject", With(others::event_subobject)).wide(),
    text("Source", With(others::event_source)).wide(),
    text("Message", With(others::event_message)),
    text("First Seen", With(others::event_first_seen)).wide(),
    text("Count", With(others::event_count)).wide(),
    NAME.wide(),
];

static NAMESPACE: &[Column] = &[NAME, text("Status", Text(&["status", "phase"], "")), AGE];

static SECRET: &[Column] = &[NAME, text("Type", Text(&["type"], "")), text("Data", Count(&["data"])), AGE];

static CONFIG_MAP: &[Column] = &[NAME, text("Data", With(storage::config_data)), AGE];

static PERSISTENT_VOLUME: &[Column] = &[
    NAME,
    text("Capacity", With(storage::volume_capacity)),
    text("Access Modes", With(storage::volume_modes)),
    text("Reclaim Policy", Text(&["spec", "persistentVolumeReclaimPolicy"], "")),
    text("Status", With(storage::phase)),
    text("Claim", With(storage::claim)),
    text("StorageClass", With(storage::class)),
    text("VolumeAttributesClass", Text(&["spec", "volumeAttributesClassName"], "<unset>")),
    text("Reason", Text(&["status", "reason"], "")),
    AGE,
    text("VolumeMode", Text(&["spec", "volumeMode"], "<unset>")).wide(),
];

static PERSISTENT_VOLUME_CLAIM: &[Column] = &[
    NAME,
    text("Status", With(storage::phase)),
    text("Volume", Text(&["spec", "volumeName"], "")),
    text("Capacity", With(storage::claim_capacity)),
    text("Access Modes", With(storage::claim_modes)),
    text("StorageClass", With(storage::class)),
    text("VolumeAttributesClass", Text(&["spec", "volumeAttributesClassName"], "<unset>")),
    AGE,
    text("VolumeMode", Text(&["spec", "volumeMode"], "<unset>")).wide(),
];

static COMPONENT_STATUS: &[Column] = &[
    NAME,
    text("Status", With(others::component_status)),
    text("Message", With(others::component_message)),
    text("Error", With(others::component_error)),
];

static DEPLOYMENT: &[Column] = &[
    NAME,
    text("Ready", With(workloads::ready_replicas)),
    text("Up-to-date", Integer(&["status", "updatedReplicas"])),
    text("Available", Integer(&["status", "availableReplicas"])),
    AGE,
    CONTAINER_NAMES,
    CONTAINER_IMAGES,
    text("Selector", With(workloads::deployment_selector)).wide(),
];

static AUTOSCALER: &[Column] = &[
    NAME,
    text("Reference", With(workloads::scale_target)),
    text("Targets", With(workloads::metrics)),
    text("MinPods", Text(&["spec", "minReplicas"], "<unset>")),
    text("MaxPods", Integer(&["spec", "maxReplicas"])),
    text("Replicas", Integer(&["status", "currentReplicas"])),
    AGE,
];

static NETWORK_POLICY: &[Column] = &[NAME, text("Pod-Selector", Selector(&["spec", "podSelector"])), AGE];

static BINDING: &[Column] = &[
    NAME,
    text("Role", With(others::role)),
    AGE,
    text("Users", With(others::users)).wide(),
    text("Groups", With(others::groups)).wide(),
    text("ServiceAccounts", With(others::service_accounts)).wide(),
];

static SIGNING_REQUEST: &[Column] = &[
    NAME,
    AGE,
    text("SignerName", Filled(&["spec", "signerName"], "<none>")),
    text("Requestor", Text(&["spec", "username"], "")),
    text("RequestedDuration", With(others::signing_duration)),
    text("Condition", With(others::signing_condition)),
];

static TRUST_BUNDLE: &[Column] = &[NAME, text("SignerName", Filled(&["spec", "signerName"], "<none>"))];

static POD_CERTIFICATE_REQUEST: &[Column] = &[
    NAME,
    text("PodName", Text(&["spec", "podName"], "")),
    text("ServiceAccountName", Text(&["spec", "serviceAccountName"], "")),
    text("NodeName", Text(&["spec", "nodeName"], "")),
    text("SignerName", Text(&["spec", "signerName"], "")),
    text("State", With(others::pod_certificate_state)),
    text("UnverifiedUserAnnotations", Labels(&["spec", "unverifiedUserAnnotations"])),
];

static LEASE: &[Column] = &[NAME, text("Holder", Text(&["spec", "holderIdentity"], "")), AGE];

static STORAGE_CLASS: &[Column] = &[
    NAME,
    text("Provisioner", Text(&["provisioner"], "")),
    text("ReclaimPolicy", Text(&["reclaimPolicy"], "Delete")),
    text("VolumeBindingMode", Text(&["volumeBindingMode"], "Immediate")),
    text("AllowVolumeExpansion", Boolean(&["allowVolumeExpansion"], false)),
    AGE,
];

static VOLUME_ATTRIBUTES_CLASS: &[Column] = &[NAME, text("DriverName", Text(&["driverName"], "")), AGE];

static STATUS: &[Column] = &[
    text("Status", Text(&["status"], "")),
    text("Reason", Text(&["reason"], "")),
    text("Message", Text(&["message"], "")),
];

static CONTROLLER_REVISION: &[Column] =
    &[NAME, text("Controller", With(workloads::controller)), text("Revision", Integer(&["revision"])), AGE];

static RESOURCE_QUOTA: &[Column] =
    &[NAME, text("Request", With(storage::quota_requests)), text("Limit", With(storage::quota_limits)), AGE];

static PRIORITY_CLASS: &[Column] = &[
    NAME,
    integer("Value", Integer(&["value"])),
    boolean("Global-Default", Boolean(&["globalDefault"], false)),
    AGE,
    text("PreemptionPolicy", Text(&["preemptionPolicy"], "")),
];

static RUNTIME_CLASS: &[Column] = &[NAME, text("Handler", Text(&["handler"], "")), AGE];

static VOLUME_ATTACHMENT: &[Column] = &[
    NAME,
    text("Attacher", Text(&["spec", "attacher"], "")).named(),
    text("PV", Text(&["spec", "source", "persistentVolumeName"], "")),
    text("Node", Text(&["spec", "nodeName"], "")),
    boolean("Attached", Boolean(&["status", "attached"], false)),
    AGE,
];

static ENDPOINT_SLICE: &[Column] = &[
    NAME,
    text("AddressType", Text(&["addressType"], "")),
    text("Ports", With(network::slice_ports)),
    text("Endpoints", With(network::slice_endpoints)),
    AGE,
];

static CSI_NODE: &[Column] = &[NAME, integer("Drivers", Count(&["spec", "drivers"])), AGE];

static CSI_DRIVER: &[Column] = &[
    NAME,
    boolean("AttachRequired", Boolean(&["spec", "attachRequired"], true)),
    boolean("PodInfoOnMount", Boolean(&["spec", "podInfoOnMount"], false)),
    boolean("StorageCapacity", Boolean(&["spec", "storageCapacity"], false)),
    text("TokenRequests", With(storage::token_requests)),
    boolean("RequiresRepublish", Boolean(&["spec", "requiresRepublish"], false)),
    text("Modes", With(storage::lifecycle_modes)),
    AGE,
];

static WEBHOOKS: &[Column] = &[NAME, integer("Webhooks", Count(&["webhooks"])), AGE];

static VALIDATING_POLICY: &[Column] = &[
    NAME,
    integer("Validations", Count(&["spec", "validations"])),
    text("ParamKind", With(others::param_kind)),
    AGE,
];

static MUTATING_POLICY: &[Column] = &[
    NAME,
    integer("Mutations", Count(&["spec", "mutations"])),
    text("ParamKind", With(others::param_kind)),
    AGE,
];

static POLICY_BINDING: &[Column] = &[
    NAME,
    text("PolicyName", Text(&["spec", "policyName"], "")),
    text("ParamRef", With(others::param_ref)),
    AGE,
];

static FLOW_SCHEMA: &[Column] = &[
    NAME,
    text("PriorityLevel", Text(&["spec", "priorityLevelConfiguration", "name"], "")),
    text("MatchingPrecedence", Integer(&["spec", "matchingPrecedence"])),
    text("DistinguisherMethod", Text(&["spec", "distinguisherMethod", "type"], "<none>")),
    AGE,
    text("MissingPL", With(others::missing_priority_level)),
];

static PRIORITY_LEVEL: &[Column] = &[
    NAME,
    text("Type", Text(&["spec", "type"], "")),
    text("NominalConcurrencyShares", With(others::shares)),
    text("Queues", With(others::queues)),
    text("HandSize", With(others::hand_size)),
    text("QueueLengthLimit", With(others::queue_length)),
    AGE,
];

static SCALE: &[Column] = &[
    text("Name", Cell::Name),
    integer("Desired", Integer(&["spec", "replicas"])),
    integer("Available", Integer(&["status", "replicas"])),
    AGE,
];

static RESOURCE_CLAIM: &[Column] = &[NAME, text("State", With(others::claim_state)), AGE];

static RESOURCE_SLICE: &[Column] = &[
    NAME,
    text("Node", Text(&["spec", "nodeName"], "")),
    text("Driver", Text(&["spec", "driver"], "")),
    text("Pool", Text(&["spec", "pool", "name"], "")),
    AGE,
];

static DEVICE_TAINT_RULE: &[Column] = &[
    NAME,
    text("Key", Text(&["spec", "taint", "key"], "")),
    text("Value", Text(&["spec", "taint", "value"], "")),
    text("Effect", Text(&["spec", "taint", "effect"], "")),
    text("TimeAdded", With(others::taint_added)),
    AGE,
];

static SERVICE_CIDR: &[Column] = &[NAME, text("CIDRs", With(network::cidrs)), AGE];

static IP_ADDRESS: &[Column] = &[NAME, text("ParentRef", With(network::parent))];

static MIGRATION: &[Column] = &[
    text("Name", Cell::Name),
    text("Resource", With(others::migrated_resource)),
    text("Status", With(others::migration_status)),
];

static DEFINITION: &[Column] = &[
    NAME,
    text("Scope", Text(&["spec", "scope"], "")),
    text("Versions", With(others::definition_versions)),
    CREATED,
    text("Group", Text(&["spec", "group"], "")).wide(),
    text("Kind", Text(&["spec", "names", "kind"], "")).wide(),
    text("ShortNames", With(others::definition_short_names)).wide(),
    boolean("Established", With(others::definition_established)).wide(),
];

static API_SERVICE: &[Column] =
    &[NAME, text("Service", With(others::api_service)), text("Available", With(others::api_available)), AGE];

/// The columns of a kind. Those that upstream has no printer for have a name and a time.
pub(super) fn of(group: &str, kind: &str) -> &'static [Column] {
    match (group, kind) {
        ("", _) => core(kind),
        ("events.k8s.io", "Event") => EVENT,
        ("apps", "Deployment") => DEPLOYMENT,
        ("apps", "ReplicaSet") => REPLICA_SET,
        ("apps", "StatefulSet") => STATEFUL_SET,
        ("apps", "DaemonSet") => DAEMON_SET,
        ("apps", "ControllerRevision") => CONTROLLER_REVISION,
        ("batch", "Job") => JOB,
        ("batch", "CronJob") => CRON_JOB,
        ("policy", "PodDisruptionBudget") => POD_DISRUPTION_BUDGET,
        ("autoscaling", "HorizontalPodAutoscaler") => AUTOSCALER,
        ("autoscaling", "Scale") => SCALE,
        ("networking.k8s.io", "Ingress") => INGRESS,
        ("networking.k8s.io", "IngressClass") => INGRESS_CLASS,
        ("networking.k8s.io", "NetworkPolicy") => NETWORK_POLICY,
        ("networking.k8s.io", "ServiceCIDR") => SERVICE_CIDR,
        ("networking.k8s.io", "IPAddress") => IP_ADDRESS,
        ("discovery.k8s.io", "EndpointSlice") => ENDPOINT_SLICE,
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => BINDING,
        ("coordination.k8s.io", "Lease") => LEASE,
        ("scheduling.k8s.io", "PriorityClass") => PRIORITY_CLASS,
        ("node.k8s.io", "RuntimeClass") => RUNTIME_CLASS,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => DEFINITION,
        ("apiregistration.k8s.io", "APIService") => API_SERVICE,
        ("storagemigration.k8s.io", "StorageVersionMigration") => MIGRATION,
        ("flowcontrol.apiserver.k8s.io", "FlowSchema") => FLOW_SCHEMA,
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration") => PRIORITY_LEVEL,
        ("certificates.k8s.io", "CertificateSigningRequest") => SIGNING_REQUEST,
        ("certificates.k8s.io", "ClusterTrustBundle") => TRUST_BUNDLE,
        ("certificates.k8s.io", "PodCertificateRequest") => POD_CERTIFICATE_REQUEST,
        ("storage.k8s.io", _) => storage_kinds(kind),
        ("admissionregistration.k8s.io", _) => admission(kind),
        ("resource.k8s.io", "DeviceClass" | "ResourceClaimTemplate") => NAME_AGE,
        ("resource.k8s.io", "ResourceClaim") => RESOURCE_CLAIM,
        ("resource.k8s.io", "ResourceSlice") => RESOURCE_SLICE,
        ("resource.k8s.io", "DeviceTaintRule") => DEVICE_TAINT_RULE,
        _ => NAME_CREATED,
    }
}

fn core(kind: &str) -> &'static [Column] {
    match kind {
        "Pod" => POD,
        "PodTemplate" => POD_TEMPLATE,
        "ReplicationController" => REPLICATION_CONTROLLER,
        "Service" => SERVICE,
        "Endpoints" => ENDPOINTS,
        "Node" => NODE,
        "Event" => EVENT,
        "Namespace" => NAMESPACE,
        "Secret" => SECRET,
        "ServiceAccount" => NAME_AGE,
        "PersistentVolume" => PERSISTENT_VOLUME,
        "PersistentVolumeClaim" => PERSISTENT_VOLUME_CLAIM,
        "ComponentStatus" => COMPONENT_STATUS,
        "ConfigMap" => CONFIG_MAP,
        "ResourceQuota" => RESOURCE_QUOTA,
        "Status" => STATUS,
        _ => NAME_CREATED,
    }
}

fn storage_kinds(kind: &str) -> &'static [Column] {
    match kind {
        "StorageClass" => STORAGE_CLASS,
        "VolumeAttributesClass" => VOLUME_ATTRIBUTES_CLASS,
        "VolumeAttachment" => VOLUME_ATTACHMENT,
        "CSINode" => CSI_NODE,
        "CSIDriver" => CSI_DRIVER,
        _ => NAME_CREATED,
    }
}

fn admission(kind: &str) -> &'static [Column] {
    match kind {
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => WEBHOOKS,
        "ValidatingAdmissionPolicy" => VALIDATING_POLICY,
        "MutatingAdmissionPolicy" => MUTATING_POLICY,
        "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" => POLICY_BINDING,
        _ => NAME_CREATED,
    }
}
