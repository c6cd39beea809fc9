//! `PodTopologyLabels`: a pod that gets a node gets the node's zone and region as labels
//! (kubernetes `plugin/pkg/admission/podtopologylabels`). A binding carries them to its pod.

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::Value;

use super::read::{map_mut, text};

const LABELS: [&str; 2] = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

#[derive(Debug)]
pub(super) struct PodTopologyLabels;

impl Plugin for PodTopologyLabels {
    fn name(&self) -> &'static str {
        "PodTopologyLabels"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation == Operation::Create
            && (request.resource.group.as_str(), request.resource.resource.as_str()) == ("", "pods")
            && matches!(request.subresource, "" | "binding")
    }

    fn mutate(
        &self,
        request: &Request<'_>,
        object: &mut Value,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let node = match request.subresource {
            "" => text(object, &["spec", "nodeName"]),
            _ if text(object, &["target", "kind"]) == "Node" => text(object, &["target", "name"]),
            _ => "",
        };
        if node.is_empty() {
            return Ok(());
        }
        let Some(node) = view.get("", "nodes", "", node) else { return Ok(()) };
        for label in LABELS {
            if let Some(value) = node.str_at(&["metadata", "labels", label]) {
                map_mut(object, &["metadata", "labels"]).insert(label, value);
            }
        }
        Ok(())
    }
}
