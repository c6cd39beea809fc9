//! What is created below a pod: its binding to a node, its eviction.

use amethyst_object::{Map, Value, value};

use super::write::{self, Changed, Owners, map, map_mut};
use super::{Body, Call, Outcome, Registry, eviction, metadata};
use crate::status::Status;

pub(super) async fn create(registry: &Registry, call: &Call, body: Body) -> Result<Outcome, Status> {
    if call.subresource == "eviction" {
        return eviction::evict(registry, call, &body.value).await;
    }
    bind(registry, call, &body.value).await?;
    Ok(Outcome::Status(value!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
    })))
}

/// Assigns a pod to a node (kubernetes `pkg/registry/core/pod/storage`, `BindingREST`).
async fn bind(registry: &Registry, call: &Call, binding: &Value) -> Result<(), Status> {
    let node = binding.str_at(&["target", "name"]).unwrap_or_default().to_owned();
    let kind = binding.str_at(&["target", "kind"]).unwrap_or_default();
    if node.is_empty() || !matches!(kind, "" | "Node") {
        let at = metadata::path(&["target", if node.is_empty() { "name" } else { "kind" }]);
        let fault = if node.is_empty() {
            amethyst_schema::Fault::required(at, "")
        } else {
            amethyst_schema::Fault::not_supported(at, kind, &["Node", "<empty>"])
        };
        return metadata::refuse("", "Binding", &call.name, vec![fault]);
    }
    write::change(registry, call, false, |attempt, live| {
        let live = live.expect("it must exist");
        let mut object = live.object.clone();
        let conflict = |why: String| Status::conflict("", "pods/binding", &call.name, why);
        if metadata::is_deleting(map(&object)) {
            return Err(conflict(format!(
                "pod {} is being deleted, cannot be assigned to a host",
                call.name
            )));
        }
        let bound = object.str_at(&["spec", "nodeName"]).unwrap_or_default().to_owned();
        if !bound.is_empty() {
            return Err(conflict(format!("pod {} is already assigned to node \"{bound}\"", call.name)));
        }
        let gates = object.at(&["spec", "schedulingGates"]).and_then(Value::as_array).unwrap_or_default();
        if !gates.is_empty() {
            return Err(conflict(format!("pod {} has non-empty .spec.schedulingGates", call.name)));
        }
        let pod = map_mut(&mut object);
        for key in ["annotations", "labels"] {
            let carried = binding.at(&["metadata", key]).and_then(Value::as_object);
            for (name, value) in carried.into_iter().flat_map(Map::iter) {
                pod.object_mut("metadata").object_mut(key).insert(name.clone(), value.clone());
            }
        }
        pod.object_mut("spec").insert("nodeName", node.as_str());
        let now = attempt.now.as_str();
        let conditions =
            pod.object_mut("status").get_or_insert_with("conditions", || Value::Array(Vec::new()));
        if let Some(list) = conditions.as_array_mut() {
            list.retain(|condition| condition.str_at(&["type"]) != Some("PodScheduled"));
            list.push(value!({
                "type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": now,
            }));
        }
        // Upstream writes a binding past the field manager.
        let owners = Owners::Settled(write::managed_of(&live.stored.record));
        Ok(Changed { object, owners, replaced: false })
    })
    .await
    .map(|_| ())
}
