//! ClusterRoles that gather the rules of others (kubernetes
//! `pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go`).

use std::sync::Arc;

use amethyst_object::{LabelSelector, Map, Value, value};
use amethyst_store::{Batch, Snapshot};

use super::{RETRY, Rows, Task, call};
use crate::rbac::{GROUP, Rule};
use crate::record::Entry;
use crate::registry::{Body, PatchKind, Registry};
use crate::status::{Reason, Status};

/// Who owns gathered rules.
pub(crate) const MANAGER: &str = "clusterrole-aggregation-controller";
const PREFIX: &str = "rbac.authorization.k8s.io/clusterroles/";

/// The task: whether any ClusterRole changed.
#[derive(Default)]
pub(super) struct Aggregation {
    rows: Rows,
    dirty: bool,
}

impl Task for Aggregation {
    fn reset(&mut self, _: &Registry, _: &Snapshot<Entry>) {
        self.dirty = true;
    }

    fn observe(&mut self, _: &Registry, batch: &Batch<Entry>) {
        self.dirty |= batch.iter().any(|event| event.key.as_str().starts_with(PREFIX));
    }

    async fn work(&mut self, registry: &Registry) -> bool {
        if !std::mem::take(&mut self.dirty) {
            return false;
        }
        self.rows.refresh(&registry.catalog());
        let snapshot = registry.store().snapshot();
        for (key, stored) in snapshot.range(PREFIX, None) {
            // Most roles gather nothing, which is seen without parsing them.
            if crate::registry::scan::find(&stored.record.body, &["aggregationRule"]).is_none() {
                continue;
            }
            let name = key.as_str().rsplit('/').next().unwrap_or_default();
            if let Err(status) = self.gather(registry, &snapshot, name, &stored.record.object()).await {
                tracing::warn!(clusterrole = %name, %status, retry = ?RETRY, "failed to aggregate rules");
                self.dirty = true;
            }
        }
        self.dirty
    }
}

impl Aggregation {
    async fn gather(
        &self,
        registry: &Registry,
        snapshot: &Snapshot<Entry>,
        name: &str,
        role: &Map,
    ) -> Result<(), Status> {
        let Some(row) = self.rows.get(GROUP, "clusterroles") else { return Ok(()) };
        let rules = gathered(snapshot, name, role).map_err(Status::internal)?;
        if rules == Rule::all_of(role) {
            return Ok(());
        }
        let mut call = call(MANAGER, &Arc::clone(row), "", name, "");
        MANAGER.clone_into(&mut call.write.field_manager);
        call.write.force = true;
        let applied = value!({
            "apiVersion": (row.gvk().api_version()), "kind": (row.kind.as_str()), "metadata": {"name": name},
            "rules": (rules.iter().map(Rule::to_value).collect::<Vec<_>>())
        });
        let body = Body { value: applied, ..Body::default() };
        match registry.patch(&call, PatchKind::Apply, body).await {
            Err(status) if status.reason() != Reason::NotFound => Err(status),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// The rules of all roles that a role's selectors choose, each once, in the order of the roles' names.
fn gathered(snapshot: &Snapshot<Entry>, own: &str, role: &Map) -> Result<Vec<Rule>, String> {
    let selectors = role.get("aggregationRule").and_then(|rule| rule.get("clusterRoleSelectors"));
    let mut rules: Vec<Rule> = Vec::new();
    for selector in selectors.and_then(Value::as_array).unwrap_or_default() {
        let selector = LabelSelector::from_value(selector).map_err(|error| error.0)?;
        for (key, stored) in snapshot.range(PREFIX, None) {
            let named_so = key.as_str().rsplit('/').next() == Some(own);
            if named_so || !selector.matches(|label| stored.record.index.label(label)) {
                continue;
            }
            for rule in Rule::all_of(&stored.record.object()) {
                if !rules.contains(&rule) {
                    rules.push(rule);
                }
            }
        }
    }
    Ok(rules)
}
