//! A snapshot of the store as plugins read it.

use amethyst_admission::{Question, View};
use amethyst_object::Value;
use amethyst_store::Snapshot;

use crate::rbac::{Attributes, Resource, decide};
use crate::record::Entry;
use crate::registry::Registry;
use crate::user::User;

/// One state of the store, and who may do what now.
pub(crate) struct SnapshotView<'a> {
    pub(crate) snapshot: &'a Snapshot<Entry>,
    pub(crate) registry: &'a Registry,
}

impl View for SnapshotView<'_> {
    fn get(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Value> {
        let stored = self.snapshot.get(&format!("{group}/{plural}/{namespace}/{name}"))?;
        Some(Value::Object(stored.record.object()))
    }

    fn list(&self, group: &str, plural: &str, namespace: &str) -> Vec<Value> {
        let prefix = match namespace {
            "" => format!("{group}/{plural}/"),
            namespace => format!("{group}/{plural}/{namespace}/"),
        };
        let found = self.snapshot.range(&prefix, None);
        found.map(|(_, stored)| Value::Object(stored.record.object())).collect()
    }

    fn allows(&self, user: &User, question: &Question<'_>) -> bool {
        let resource = Resource {
            group: question.group,
            resource: question.resource,
            subresource: question.subresource,
            namespace: question.namespace,
            name: question.name,
        };
        decide(&self.registry.access(), user, &Attributes::resource(question.verb, resource)).allowed
    }
}
