//! `NodeDeclaredFeatureValidator`: a running pod is changed only in ways that its node knows
//! (kubernetes `plugin/pkg/admission/nodedeclaredfeatures`, k8s.io/component-helpers
//! `nodedeclaredfeatures/features`).

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::Value;
use amethyst_quota::ResourceList;

use super::read::{list, some, text};

#[derive(Debug)]
pub(super) struct NodeDeclaredFeatureValidator;

/// A feature that a change of a pod asks for, in the order in which they are named.
type Feature = (&'static str, fn(&Value, &Value) -> bool);

const FEATURES: [Feature; 3] = [
    ("InPlacePodLevelResourcesVerticalScaling", resizes_pod),
    ("InPlacePodVerticalScalingInitContainers", resizes_init_containers),
    ("InPlacePodVerticalScalingMemoryBackedVolumes", resizes_memory_volumes),
];

impl Plugin for NodeDeclaredFeatureValidator {
    fn name(&self) -> &'static str {
        "NodeDeclaredFeatureValidator"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation == Operation::Update
            && (request.resource.group.as_str(), request.resource.resource.as_str()) == ("", "pods")
            && matches!(request.subresource, "" | "resize")
    }

    fn validate(
        &self,
        request: &Request<'_>,
        pod: Option<&Value>,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let (Some(pod), Some(old)) = (pod, request.old) else { return Ok(()) };
        let name = text(pod, &["spec", "nodeName"]);
        if name.is_empty() || !changes_spec(pod, old) {
            return Ok(());
        }
        let needed: Vec<&str> =
            FEATURES.iter().filter(|(_, needs)| needs(old, pod)).map(|(feature, _)| *feature).collect();
        if needed.is_empty() {
            return Ok(());
        }
        let missing = || Denial::forbidden(format!("node {name:?} not found"));
        let node = view.get("", "nodes", "", name).ok_or_else(missing)?;
        let declared = list(&node, &["status", "declaredFeatures"]);
        let lacking: Vec<&str> = needed
            .into_iter()
            .filter(|need| declared.iter().all(|known| known.as_str() != Some(need)))
            .collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let lacking = lacking.join(", ");
        Err(Denial::forbidden(format!(
            "pod update requires features {lacking} which are not available on node {name:?}"
        )))
    }
}

/// Whether the generation counts, which it does for changes of the spec.
pub(super) fn changes_spec(pod: &Value, old: &Value) -> bool {
    pod.at(&["metadata", "generation"]) != old.at(&["metadata", "generation"])
}

fn resources(of: &Value) -> [ResourceList; 2] {
    ["requests", "limits"].map(|key| ResourceList::read(of.at(&["resources", key])))
}

fn resizes_pod(old: &Value, new: &Value) -> bool {
    let empty = Value::object();
    let own = |pod: &Value| resources(pod.get("spec").unwrap_or(&empty));
    own(old) != own(new)
}

fn resizes_init_containers(old: &Value, new: &Value) -> bool {
    let pairs = list(old, &["spec", "initContainers"]).iter().zip(list(new, &["spec", "initContainers"]));
    pairs
        .filter(|(old, _)| text(old, &["restartPolicy"]) != "Always")
        .any(|(old, new)| old.get("resources") != new.get("resources"))
}

fn resizes_memory_volumes(old: &Value, new: &Value) -> bool {
    let (old, new) = (list(old, &["spec", "volumes"]), list(new, &["spec", "volumes"]));
    let limit = |volume: &Value| {
        // Of the fields of an `emptyDir` only this one is a quantity.
        ResourceList::read(some(volume, &["emptyDir"])).get("sizeLimit").cloned()
    };
    old.len() == new.len()
        && old.iter().zip(new).any(|(old, new)| {
            text(old, &["name"]) == text(new, &["name"])
                && text(new, &["emptyDir", "medium"]) == "Memory"
                && matches!((limit(old), limit(new)), (Some(old), Some(new)) if old != new)
        })
}
