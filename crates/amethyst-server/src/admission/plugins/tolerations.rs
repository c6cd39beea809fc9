//! `DefaultTolerationSeconds`: a pod bears a failing node for five minutes
//! (kubernetes `plugin/pkg/admission/defaulttolerationseconds`).

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::{Value, value};

use super::read::{list, list_mut, map_mut, text};

const TAINTS: [&str; 2] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const SECONDS: i64 = 300;

#[derive(Debug)]
pub(super) struct DefaultTolerationSeconds;

impl Plugin for DefaultTolerationSeconds {
    fn name(&self) -> &'static str {
        "DefaultTolerationSeconds"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        matches!(request.operation, Operation::Create | Operation::Update) && request.is_for("", "pods")
    }

    fn mutate(&self, _: &Request<'_>, pod: &mut Value, _: &dyn View, _: &mut Notes) -> Result<(), Denial> {
        for taint in TAINTS {
            let bears = |toleration: &Value| {
                let is = |key: &str, value: &str| {
                    let text = text(toleration, &[key]);
                    text.is_empty() || text == value
                };
                is("key", taint) && is("effect", "NoExecute")
            };
            if !list(pod, &["spec", "tolerations"]).iter().any(bears) {
                list_mut(map_mut(pod, &["spec"]), "tolerations").push(value!({
                    "key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS,
                }));
            }
        }
        Ok(())
    }
}
