//! Pods and templates of pods (kubernetes `pkg/apis/core/validation`, `ValidatePodSpec`).

mod affinity;
mod annotations;
mod container;
mod env;
mod mounts;
mod network;
pub(crate) mod probe;
mod projected;
mod resource;
pub(crate) mod security;
mod update;
mod volumes;
mod windows;

use amethyst_object::{FieldPath, Map};

pub(crate) use affinity::{taint_effect, tolerations};
pub(crate) use update::change;
use volumes::Volumes;

use crate::at::At;
use crate::faults::Faults;
use crate::names::{self, NameRule};
use crate::{metadata, resources};

/// The lists of containers, in the order in which upstream looks through them.
const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];
const ONE_TO_MAX: &str = "must be between 1 and 2147483647, inclusive";

/// What rules of a pod's parts want to know of the whole.
struct Pod<'a, 'b> {
    spec: &'b At<'a>,
    /// The spec that is there already: what it breaks, it may go on breaking.
    old: At<'a>,
    /// Whether this is a pod, not a template.
    is_whole: bool,
    grace: Option<i64>,
    system: Option<&'a str>,
    host_users: bool,
    volumes: Volumes<'a>,
    claims: Vec<&'a str>,
}

/// What is wrong with a new pod (`ValidatePodCreate`).
pub(crate) fn create(pod: &Map, faults: &mut Faults) {
    let old = At::new(None, FieldPath::default());
    whole(pod, &old, faults);
    let spec = At::root(pod, "spec");
    if !spec.get("ephemeralContainers").is_empty() {
        faults.forbidden(&spec.get("ephemeralContainers").path, "cannot be set on create");
    }
    if !spec.text("nodeName").is_empty() && !spec.get("schedulingGates").is_empty() {
        let why = "cannot be set until all schedulingGates have been cleared";
        faults.forbidden(&spec.get("nodeName").path, why);
    }
    annotations::agree(&At::root(pod, "metadata"), &spec, faults);
}

/// What is wrong with a pod as it stands (`validatePodMetadataAndSpec`).
fn whole<'a>(pod: &'a Map, old: &At<'a>, faults: &mut Faults) {
    faults.extend(metadata::validate(pod, true, true, NameRule::Subdomain));
    let (meta, at) = (At::root(pod, "metadata"), At::root(pod, "spec"));
    annotations::annotations(&meta.get("annotations"), &at, faults);
    spec(&at, &meta, old, true, faults);
    if at.text("serviceAccountName").is_empty() {
        for volume in at.get("volumes").items() {
            for source in volume.get("projected").get("sources").items() {
                if source.has("serviceAccountToken") {
                    let why = "must not be specified when serviceAccountName is not set";
                    faults.forbidden(&source.get("serviceAccountToken").path, why);
                }
            }
        }
    }
    faults.non_negative(&at.get("terminationGracePeriodSeconds"));
    for list in ["containers", "initContainers"] {
        at.get(list).items().for_each(|container| container::padded_image(&container, faults));
    }
}

/// What is wrong with a template of pods (`ValidatePodTemplateSpec`); `old` is the template before.
pub(crate) fn template<'a>(at: &At<'a>, old: &At<'a>, faults: &mut Faults) {
    let (meta, inner) = (at.get("metadata"), at.get("spec"));
    let annotations = meta.get("annotations").called(at.path.child("annotations"));
    metadata::labels(&meta.get("labels").called(at.path.child("labels")), faults);
    metadata::annotations(&annotations, faults);
    annotations::annotations(&annotations, &inner, faults);
    let nobody = At::new(None, FieldPath::default());
    spec(&inner, &nobody, &old.get("spec"), false, faults);
    annotations::agree(&meta, &inner, faults);
    if !inner.get("ephemeralContainers").is_empty() {
        let why = "ephemeral containers not allowed in pod template";
        faults.forbidden(&inner.get("ephemeralContainers").path, why);
    }
}

fn spec<'a>(at: &At<'a>, meta: &At<'a>, old: &At<'a>, is_pod: bool, faults: &mut Faults) {
    let grace = at.get("terminationGracePeriodSeconds");
    if !grace.is_set() {
        faults.required(&grace.path, "");
    }
    let volumes = volumes::volumes(&at.get("volumes"), meta.text("name"), faults);
    let claims =
        at.get("resourceClaims").items().map(|claim| claim.text("name")).filter(|name| !name.is_empty());
    let pod = Pod {
        spec: at,
        old: old.clone(),
        is_whole: is_pod,
        grace: grace.int(),
        system: at.has("os").then(|| at.get("os").text("name")),
        host_users: !at.has("hostUsers") || at.flag("hostUsers"),
        volumes,
        claims: claims.collect(),
    };
    resource::claims(&at.get("resourceClaims"), faults);
    container::containers(&at.get("containers"), &pod, faults);
    container::first(&at.get("initContainers"), &pod, faults);
    container::ephemeral(&at.get("ephemeralContainers"), &pod, faults);
    resource::whole(&pod, faults);
    network::host_ports(&pod, faults);
    faults.one_of(&at.get("restartPolicy"), &["Always", "OnFailure", "Never"]);
    faults.one_of(&at.get("dnsPolicy"), &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
    metadata::labels(&at.get("nodeSelector"), faults);
    security::pod(at, old, faults);
    if at.flag("hostPID") && at.flag("shareProcessNamespace") {
        let why = "ShareProcessNamespace and HostPID cannot both be enabled";
        faults.invalid(&at.get("shareProcessNamespace"), why);
    }
    affinity::affinity(&at.get("affinity"), old, faults);
    network::dns(at, faults);
    for gate in at.get("readinessGates").items() {
        metadata::label_key(&gate.get("conditionType").path, gate.text("conditionType"), faults);
    }
    affinity::gates(&at.get("schedulingGates"), faults);
    affinity::spread(&at.get("topologySpreadConstraints"), faults);
    windows::host_process(at, faults);
    network::host_users(at, &pod, faults);
    network::host_name(at, faults);
    rest(at, faults);
    windows::system(at, faults);
    let group = at.get("schedulingGroup").get("podGroupName");
    if at.has("schedulingGroup") {
        if group.is_set() {
            faults.texts(&group, names::subdomain(group.str()));
        } else {
            faults.invalid(&group, "must specify one of: `podGroupName`");
        }
    }
    resource::file_volumes(at, faults);
}

/// Fields of one rule each.
fn rest(at: &At<'_>, faults: &mut Faults) {
    let named = |key: &str, rule: fn(&str) -> Vec<String>, faults: &mut Faults| {
        if !at.text(key).is_empty() {
            faults.texts(&at.get(key), rule(at.text(key)));
        }
    };
    named("serviceAccountName", names::subdomain, faults);
    let account = at.text("serviceAccountName");
    if at.text("serviceAccount") != account {
        let path = at.path.child("deprecatedServiceAccount");
        let why = format!("must be the same as serviceAccountName: {account:?}");
        faults.invalid_value(&path, at.text("serviceAccount"), why);
    }
    named("nodeName", names::subdomain, faults);
    let deadline = at.get("activeDeadlineSeconds");
    if deadline.int().is_some_and(|seconds| !(1..=i64::from(i32::MAX)).contains(&seconds)) {
        faults.invalid(&deadline, ONE_TO_MAX);
    }
    named("hostname", names::label, faults);
    named("subdomain", names::label, faults);
    tolerations(&at.get("tolerations"), faults);
    network::aliases(&at.get("hostAliases"), faults);
    named("priorityClassName", names::subdomain, faults);
    if at.has("runtimeClassName") {
        faults.texts(&at.get("runtimeClassName"), names::subdomain(at.text("runtimeClassName")));
    }
    if at.has("preemptionPolicy") {
        faults.one_of(&at.get("preemptionPolicy"), &["PreemptLowerPriority", "Never"]);
    }
    let overhead = at.get("overhead");
    for (resource, amount) in overhead.entries() {
        // Upstream looks at it as at limits.
        let mut path = overhead.path.child("limits");
        path.push_map_key(resource);
        let amount = amount.called(path);
        resources::container_name(&amount, resource, faults);
        resources::amount(&amount, resource, faults);
    }
}
