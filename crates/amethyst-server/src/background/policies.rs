//! The status of ValidatingAdmissionPolicies: which generation was looked at, and what the types of the
//! matched kinds say against its expressions (kubernetes `pkg/controller/validatingadmissionpolicystatus`).

use std::collections::BTreeSet;

use amethyst_object::{Value, value};
use amethyst_store::{Batch, Snapshot};

use super::{RETRY, Task, call, parts};
use crate::admission::policy;
use crate::record::Entry;
use crate::registry::{Body, PatchKind, Registry};
use crate::status::{Reason, Status};

const POLICIES: &str = "admissionregistration.k8s.io/validatingadmissionpolicies//";
const WHO: &str = "validatingadmissionpolicy-status";

/// The task: policies that may be of a newer generation than their status.
#[derive(Default)]
pub(super) struct Policies(BTreeSet<String>);

impl Task for Policies {
    fn reset(&mut self, _: &Registry, snapshot: &Snapshot<Entry>) {
        self.0 = snapshot.range(POLICIES, None).map(|(key, _)| key.as_str().to_owned()).collect();
    }

    fn observe(&mut self, _: &Registry, batch: &Batch<Entry>) {
        let changed = batch.iter().filter(|event| event.key.as_str().starts_with(POLICIES));
        self.0.extend(changed.map(|event| event.key.as_str().to_owned()));
    }

    async fn work(&mut self, registry: &Registry) -> bool {
        for key in std::mem::take(&mut self.0) {
            match settle(registry, &key).await {
                Err(status) if status.reason() != Reason::NotFound => {
                    tracing::warn!(%key, %status, retry = ?RETRY, "failed to write the status of a policy");
                    self.0.insert(key);
                }
                Ok(()) | Err(_) => {}
            }
        }
        !self.0.is_empty()
    }
}

async fn settle(registry: &Registry, key: &str) -> Result<(), Status> {
    let snapshot = registry.store().snapshot();
    let (Some(stored), Some((group, plural, _, name))) = (snapshot.get(key), parts(key)) else {
        return Ok(());
    };
    let object = Value::Object(stored.record.object());
    let number = |keys: &[&str]| object.at(keys).and_then(Value::as_i64).unwrap_or_default();
    let generation = number(&["metadata", "generation"]);
    if generation <= number(&["status", "observedGeneration"]) {
        return Ok(());
    }
    let catalog = registry.catalog();
    let Some(resource) = catalog.resource(group, "v1", plural) else { return Ok(()) };
    let mut checking = Value::object();
    let warnings = policy::warnings(&object, &catalog);
    if !warnings.is_empty() {
        checking = value!({"expressionWarnings": (Value::Array(warnings))});
    }
    let applied = value!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "status": {"observedGeneration": generation, "typeChecking": checking},
    });
    let mut call = call(WHO, resource, "", name, "status");
    WHO.clone_into(&mut call.write.field_manager);
    call.write.force = true;
    registry.patch(&call, PatchKind::Apply, Body { value: applied, ..Body::default() }).await.map(|_| ())
}
