//! How long kubelets may keep what they read: an annotation of each node, by how many nodes there are
//! (kubernetes `pkg/controller/ttl`).

use std::sync::atomic::{AtomicUsize, Ordering};

use amethyst_controller::{ObjectKey, Reconcile, ReconcileError, Requeue, Wakes};
use amethyst_object::GroupVersionKind;
use k8s_openapi::api::core::v1::Node;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use crate::informer::Cache;
use crate::names::MANAGER;
use crate::slices::write::is_code;

const ANNOTATION: &str = "node.alpha.kubernetes.io/ttl";

/// From how few to how many nodes a step holds, and its seconds. Steps overlap, so that a number near a
/// border does not move it back and forth.
const STEPS: [(usize, usize, u32); 5] =
    [(0, 100, 0), (90, 500, 15), (450, 1000, 30), (900, 2000, 60), (1800, usize::MAX, 300)];

/// The controller.
pub(crate) struct Ttl {
    pub(crate) client: Client,
    pub(crate) nodes: Cache<Node>,
    /// The step that holds now.
    pub(crate) step: AtomicUsize,
}

/// The step that holds for a number of nodes after another one held.
fn next_step(mut step: usize, nodes: usize) -> usize {
    while nodes > STEPS[step].1 {
        step += 1;
    }
    while nodes < STEPS[step].0 {
        step -= 1;
    }
    step
}

impl Reconcile for Ttl {
    type Observed = (String, Option<String>, u32);
    type Plan = Option<String>;

    fn owned(&self) -> GroupVersionKind {
        GroupVersionKind::new("", "v1", "Node")
    }

    async fn observe(&self, key: &ObjectKey, _: &Wakes) -> Result<Option<Self::Observed>, ReconcileError> {
        let step = next_step(self.step.load(Ordering::Relaxed), self.nodes.len());
        self.step.store(step, Ordering::Relaxed);
        let node = self.nodes.get(key);
        let seen =
            |node: &Node| (node.name_any(), node.annotations().get(ANNOTATION).cloned(), STEPS[step].2);
        Ok(node.as_deref().map(seen))
    }

    fn plan(&self, (_, has, seconds): &Self::Observed) -> Option<String> {
        let wanted = seconds.to_string();
        (has.as_ref() != Some(&wanted)).then_some(wanted)
    }

    async fn apply(
        &self,
        (name, ..): Self::Observed,
        plan: Option<String>,
        _: &Wakes,
    ) -> Result<Requeue, ReconcileError> {
        let Some(seconds) = plan else { return Ok(Requeue::Never) };
        let how = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let patch = json!({"metadata": {"annotations": {ANNOTATION: seconds}}});
        let api: Api<Node> = Api::all(self.client.clone());
        match api.patch_metadata(&name, &how, &Patch::Strategic(patch)).await {
            Err(error) if !is_code(&error, 404) => Err(error.into()),
            Ok(_) | Err(_) => Ok(Requeue::Never),
        }
    }

    fn forget(&self, _: &ObjectKey) {}
}

#[cfg(test)]
mod tests {
    use super::next_step;

    #[test]
    fn steps_overlap() {
        for (step, nodes, expect) in
            [(0, 3, 0), (0, 100, 0), (0, 101, 1), (1, 95, 1), (1, 89, 0), (0, 5000, 4), (4, 1, 0)]
        {
            assert_eq!(next_step(step, nodes), expect, "{step} {nodes}");
        }
    }
}
