//! Secrets of the type `kubernetes.io/service-account-token`: each gets its token, and goes with its account
//! (kubernetes `pkg/controller/serviceaccount/tokens_controller.go`).

use std::collections::BTreeSet;

use amethyst_object::{Map, Value};
use amethyst_store::{Batch, Snapshot};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{RETRY, Rows, Task, call, parts, settled};
use crate::identity::Object;
use crate::record::Entry;
use crate::registry::write::{self, Changed, Owners, map_mut};
use crate::registry::{DeleteOptions, Preconditions, Registry, scan};
use crate::status::Status;

const WHO: &str = "tokens-controller";
const TYPE: &str = "kubernetes.io/service-account-token";
const ACCOUNT: &str = "kubernetes.io/service-account.name";
const ACCOUNT_UID: &str = "kubernetes.io/service-account.uid";

/// The task.
#[derive(Default)]
pub(super) struct Tokens {
    rows: Rows,
    /// Keys of Secrets to look at.
    dirty: BTreeSet<String>,
    /// Accounts that may still list a Secret that is gone: namespace, account, Secret.
    listed: BTreeSet<(String, String, String)>,
}

impl Task for Tokens {
    fn reset(&mut self, _: &Registry, snapshot: &Snapshot<Entry>) {
        let secrets = snapshot.range("/secrets/", None).filter(|(_, stored)| holds_token(&stored.record));
        self.dirty = secrets.map(|(key, _)| key.as_str().to_owned()).collect();
    }

    fn observe(&mut self, registry: &Registry, batch: &Batch<Entry>) {
        for event in batch {
            let key = event.key.as_str();
            let Some(("", plural, namespace, name)) = parts(key) else { continue };
            match (plural, &event.after) {
                ("secrets", Some(secret)) if holds_token(secret) => {
                    self.dirty.insert(key.to_owned());
                }
                ("secrets", None) => {
                    let before = event.before.as_ref().map(|stored| &stored.record);
                    if let Some(account) =
                        before.filter(|secret| holds_token(secret)).and_then(|secret| account(secret))
                    {
                        self.listed.insert((namespace.to_owned(), account.name, name.to_owned()));
                    }
                }
                ("serviceaccounts", None) => {
                    let prefix = format!("/secrets/{namespace}/");
                    let snapshot = registry.store().snapshot();
                    let secrets =
                        snapshot.range(&prefix, None).filter(|(_, stored)| holds_token(&stored.record));
                    self.dirty.extend(secrets.map(|(key, _)| key.as_str().to_owned()));
                }
                _ => {}
            }
        }
    }

    async fn work(&mut self, registry: &Registry) -> bool {
        self.rows.refresh(&registry.catalog());
        let mut failed = BTreeSet::new();
        for key in std::mem::take(&mut self.dirty) {
            if let Err(status) = self.look(registry, &key).await {
                tracing::warn!(key, %status, retry = ?RETRY, "failed to fill in a service-account token");
                failed.insert(key);
            }
        }
        self.dirty = failed;
        for (namespace, account, secret) in std::mem::take(&mut self.listed) {
            if let Err(status) = self.unlist(registry, &namespace, &account, &secret).await {
                tracing::warn!(namespace, account, %status, "failed to drop a Secret from its service account");
                self.listed.insert((namespace, account, secret));
            }
        }
        !(self.dirty.is_empty() && self.listed.is_empty())
    }
}

impl Tokens {
    async fn look(&self, registry: &Registry, key: &str) -> Result<(), Status> {
        let Some((_, _, namespace, name)) = parts(key) else { return Ok(()) };
        let (object, account, uid) = {
            let snapshot = registry.store().snapshot();
            let Some(stored) = snapshot.get(key).filter(|stored| holds_token(&stored.record)) else {
                return Ok(());
            };
            // Without an account's name it cannot even be written; what is there without one is left alone.
            let Some(wanted) = account(&stored.record) else { return Ok(()) };
            let found = snapshot.get(&format!("/serviceaccounts/{namespace}/{}", wanted.name));
            let found = found.map(|stored| stored.record.index.uid.to_string());
            let found = found.filter(|uid| wanted.uid.is_empty() || wanted.uid == *uid);
            let account = found.map(|uid| Object { name: wanted.name, uid });
            (stored.record.object(), account, stored.record.index.uid.clone())
        };
        let Some(account) = account else {
            let Some(call) = self.rows.call(WHO, key) else { return Ok(()) };
            let preconditions = Preconditions { uid: Some(uid), resource_version: None };
            let options = DeleteOptions { preconditions, ..DeleteOptions::default() };
            return settled(registry.delete(&call, options).await);
        };
        let missing = missing(&object, &registry.options().root_ca_pem);
        if missing.is_empty() {
            return Ok(());
        }
        let token = if missing.contains(&"token") {
            let made = registry.identity().issue_legacy(namespace, &account, name).await;
            Some(made.map_err(Status::internal)?)
        } else {
            None
        };
        self.fill(registry, key, &account, token.as_deref()).await
    }

    async fn fill(
        &self,
        registry: &Registry,
        key: &str,
        account: &Object,
        token: Option<&str>,
    ) -> Result<(), Status> {
        let Some(call) = self.rows.call(WHO, key) else { return Ok(()) };
        let root = &registry.options().root_ca_pem;
        let changed = write::change(registry, &call, false, |_, live| {
            let mut object = live.expect("it must exist").object.clone();
            let secret = map_mut(&mut object);
            let missing = missing(secret, root);
            let mut put = |key: &str, value: &str| {
                if missing.contains(&key) {
                    secret.object_mut("data").insert(key, STANDARD.encode(value));
                }
            };
            put("ca.crt", root);
            put("namespace", &call.namespace);
            if let Some(token) = token {
                put("token", token);
            }
            let annotations = secret.object_mut("metadata").object_mut("annotations");
            annotations.insert(ACCOUNT, account.name.as_str());
            annotations.insert(ACCOUNT_UID, account.uid.as_str());
            Ok(Changed { object, owners: Owners::Track(None), replaced: false })
        });
        settled(changed.await)
    }

    /// An account lists no Secret that is gone.
    async fn unlist(
        &self,
        registry: &Registry,
        namespace: &str,
        account: &str,
        secret: &str,
    ) -> Result<(), Status> {
        let Some(row) = self.rows.get("", "serviceaccounts") else { return Ok(()) };
        let call = call(WHO, row, namespace, account, "");
        let changed = write::change(registry, &call, false, |_, live| {
            let mut object = live.expect("it must exist").object.clone();
            if let Some(list) = map_mut(&mut object).get_mut("secrets").and_then(Value::as_array_mut) {
                list.retain(|listed| listed.str_at(&["name"]) != Some(secret));
            }
            Ok(Changed { object, owners: Owners::Track(None), replaced: false })
        });
        settled(changed.await)
    }
}

fn holds_token(secret: &Entry) -> bool {
    scan::text(&secret.body, &["type"]).is_some_and(|kind| kind == TYPE)
}

/// The account that a Secret names; its uid may be left open.
fn account(secret: &Entry) -> Option<Object> {
    let annotation = |key: &str| scan::text(&secret.body, &["metadata", "annotations", key]);
    let name = annotation(ACCOUNT).filter(|name| !name.is_empty())?;
    Some(Object { name, uid: annotation(ACCOUNT_UID).unwrap_or_default() })
}

/// What a Secret's data lacks.
fn missing(secret: &Map, root_ca_pem: &str) -> Vec<&'static str> {
    let data = |key: &str| secret.get("data").and_then(|data| data.str_at(&[key])).unwrap_or_default();
    let mut missing = Vec::new();
    if !root_ca_pem.is_empty() && data("ca.crt") != STANDARD.encode(root_ca_pem) {
        missing.push("ca.crt");
    }
    missing.extend(["namespace", "token"].into_iter().filter(|key| data(key).is_empty()));
    missing
}
