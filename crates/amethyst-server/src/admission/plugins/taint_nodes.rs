//! `TaintNodesByCondition`: a node begins as one that is not ready
//! (kubernetes `plugin/pkg/admission/nodetaint`). Who knows better takes the taint off with a later write.

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::{Value, value};

use super::read::{list, list_mut, map_mut, text};

const KEY: &str = "node.kubernetes.io/not-ready";
const EFFECT: &str = "NoSchedule";

#[derive(Debug)]
pub(super) struct TaintNodesByCondition;

impl Plugin for TaintNodesByCondition {
    fn name(&self) -> &'static str {
        "TaintNodesByCondition"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation == Operation::Create && request.is_for("", "nodes")
    }

    fn mutate(&self, _: &Request<'_>, node: &mut Value, _: &dyn View, _: &mut Notes) -> Result<(), Denial> {
        let is_ours = |taint: &Value| text(taint, &["key"]) == KEY && text(taint, &["effect"]) == EFFECT;
        if !list(node, &["spec", "taints"]).iter().any(is_ours) {
            list_mut(map_mut(node, &["spec"]), "taints").push(value!({"key": KEY, "effect": EFFECT}));
        }
        Ok(())
    }
}
