//! `PodResizeValidator`: a running pod grows no larger than its node
//! (kubernetes `plugin/pkg/admission/podresize`).

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::Value;
use amethyst_quota::{ResourceList, pod_requests};
use amethyst_schema::Quantity;

use super::node_features::changes_spec;
use super::read::text;

#[derive(Debug)]
pub(super) struct PodResizeValidator;

impl Plugin for PodResizeValidator {
    fn name(&self) -> &'static str {
        "PodResizeValidator"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation == Operation::Update
            && request.subresource == "resize"
            && (request.resource.group.as_str(), request.resource.resource.as_str()) == ("", "pods")
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
        let missing = || Denial::forbidden(format!("node {name:?} not found"));
        let node = view.get("", "nodes", "", name).ok_or_else(missing)?;
        if let Some(system) =
            node.str_at(&["metadata", "labels", "kubernetes.io/os"]).filter(|system| *system != "linux")
        {
            let why = format!("pod resize is only supported on linux nodes, node {name:?} is {system:?}");
            return Err(Denial::ForbiddenBecause { why, cause: "UnsupportedPlatform" });
        }
        fits(pod, &ResourceList::read(node.at(&["status", "allocatable"])))
            .map_err(|why| Denial::ForbiddenBecause { why, cause: "NodeCapacity" })
    }
}

fn fits(pod: &Value, allocatable: &ResourceList) -> Result<(), String> {
    // What is asked for is what the spec says, whatever the node has set aside.
    let mut asked = pod.as_object().cloned().unwrap_or_default();
    asked.remove("status");
    let requests = pod_requests(&asked);
    let nothing = Quantity::of(0);
    let mut lacking = Vec::new();
    for (name, nanos) in [("cpu", 1_000_000), ("memory", 1_000_000_000)] {
        let (requested, there) =
            (requests.get(name).unwrap_or(&nothing), allocatable.get(name).unwrap_or(&nothing));
        if requested > there {
            let units = |quantity: &Quantity| -(-quantity.nanos()).div_euclid(nanos);
            lacking.push(format!("{name}, requested: {}, allocatable: {}", units(requested), units(there)));
        }
    }
    if lacking.is_empty() {
        return Ok(());
    }
    Err(format!("node didn't have enough allocatable resources: {}", lacking.join("; ")))
}
