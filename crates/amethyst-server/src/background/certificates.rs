//! Certificate requests: which are approved at once, how the cluster's own signers sign, what is cleared away
//! (kubernetes `pkg/controller/certificates`: `approver`, `signer`, `cleaner`).

mod plan;

use std::collections::BTreeSet;

use amethyst_object::{Value, value};
use amethyst_store::{Batch, Snapshot};

use super::{RETRY, Rows, Task, call, parts, settled};
use crate::certificates::Authority;
use crate::rbac::{Attributes, Resource as Asked, decide};
use crate::record::Entry;
use crate::registry::write::{self, Changed, Owners, map_mut};
use crate::registry::{DeleteOptions, Preconditions, Registry};
use crate::status::Status;
use crate::user::User;
use plan::Step;

const WHO: &str = "certificate-controller";
const REQUESTS: &str = "certificates.k8s.io/certificatesigningrequests/";
const POD_REQUESTS: &str = "certificates.k8s.io/podcertificaterequests/";

/// The task.
pub(super) struct Certificates {
    authority: Authority,
    rows: Rows,
    /// Keys of requests to look at.
    dirty: BTreeSet<String>,
}

impl Certificates {
    pub(super) fn new(authority: Authority) -> Self {
        Self { authority, rows: Rows::default(), dirty: BTreeSet::new() }
    }
}

impl Task for Certificates {
    fn reset(&mut self, _: &Registry, snapshot: &Snapshot<Entry>) {
        let all = [REQUESTS, POD_REQUESTS].into_iter().flat_map(|prefix| snapshot.range(prefix, None));
        self.dirty = all.map(|(key, _)| key.as_str().to_owned()).collect();
    }

    fn observe(&mut self, _: &Registry, batch: &Batch<Entry>) {
        let changed =
            batch.iter().filter(|event| event.after.is_some() && event.key.as_str().starts_with(REQUESTS));
        self.dirty.extend(changed.map(|event| event.key.as_str().to_owned()));
    }

    async fn work(&mut self, registry: &Registry) -> bool {
        self.rows.refresh(&registry.catalog());
        let mut failed = BTreeSet::new();
        for key in std::mem::take(&mut self.dirty) {
            if let Err(status) = self.look(registry, &key).await {
                tracing::warn!(key, %status, retry = ?RETRY, "failed to settle a certificate request");
                failed.insert(key);
            }
        }
        self.dirty = failed;
        !self.dirty.is_empty()
    }
}

impl Certificates {
    async fn look(&self, registry: &Registry, key: &str) -> Result<(), Status> {
        let now = registry.options().clock.now();
        let object = {
            let snapshot = registry.store().snapshot();
            let Some(stored) = snapshot.get(key) else { return Ok(()) };
            stored.record.object()
        };
        let step = if key.starts_with(POD_REQUESTS) {
            plan::of_pod_request(&object, now)
        } else {
            plan::of_request(&object, &self.authority, now, |user, below| may(registry, user, below))
        };
        match step {
            Step::Nothing => Ok(()),
            Step::Approve(message) => {
                let condition = value!({
                    "type": "Approved", "status": "True", "reason": "AutoApproved", "message": message,
                });
                self.add_condition(registry, key, "approval", condition).await
            }
            Step::Fail(message) => {
                let condition = value!({
                    "type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": message,
                });
                self.add_condition(registry, key, "status", condition).await
            }
            Step::Sign(certificate) => {
                let change = |object: &mut Value| {
                    map_mut(object).object_mut("status").insert("certificate", certificate.as_str());
                };
                self.change(registry, key, "status", change).await
            }
            Step::Remove => {
                let uid = object.get("metadata").and_then(|meta| meta.str_at(&["uid"])).map(Into::into);
                self.remove(registry, key, uid).await
            }
        }
    }

    async fn add_condition(
        &self,
        registry: &Registry,
        key: &str,
        below: &str,
        condition: Value,
    ) -> Result<(), Status> {
        let change = |object: &mut Value| {
            let status = map_mut(object).object_mut("status");
            let list = status.get_or_insert_with("conditions", || Value::Array(Vec::new()));
            if let Some(list) = list.as_array_mut() {
                list.push(condition.clone());
            }
        };
        self.change(registry, key, below, change).await
    }

    async fn change(
        &self,
        registry: &Registry,
        key: &str,
        below: &str,
        change: impl Fn(&mut Value),
    ) -> Result<(), Status> {
        let Some(found) = parts(key) else { return Ok(()) };
        let Some(row) = self.rows.get(found.0, found.1) else { return Ok(()) };
        let call = call(WHO, row, found.2, found.3, below);
        let changed = write::change(registry, &call, false, |_, live| {
            let mut object = live.expect("it must exist").object.clone();
            change(&mut object);
            Ok(Changed { object, owners: Owners::Track(None), replaced: false })
        });
        settled(changed.await)
    }

    async fn remove(
        &self,
        registry: &Registry,
        key: &str,
        uid: Option<amethyst_object::Str>,
    ) -> Result<(), Status> {
        let Some(call) = self.rows.call(WHO, key) else { return Ok(()) };
        let preconditions = Preconditions { uid, resource_version: None };
        let options = DeleteOptions { preconditions, ..DeleteOptions::default() };
        settled(registry.delete(&call, options).await)
    }
}

/// Whether a user's requests of a kind are approved at once.
fn may(registry: &Registry, user: &User, below: &str) -> bool {
    let resource = Asked {
        group: "certificates.k8s.io",
        resource: "certificatesigningrequests",
        subresource: below,
        namespace: "",
        name: "",
    };
    decide(&registry.access(), user, &Attributes::resource("create", resource)).allowed
}
