//! A snapshot of the store as plugins read it.

use amethyst_admission::View;
use amethyst_object::Value;
use amethyst_store::Snapshot;

use crate::record::Entry;

/// One state of the store.
pub(crate) struct SnapshotView<'a>(pub(crate) &'a Snapshot<Entry>);

impl View for SnapshotView<'_> {
    fn get(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Value> {
        let stored = self.0.get(&format!("{group}/{plural}/{namespace}/{name}"))?;
        Some(Value::Object(stored.record.object()))
    }

    fn list(&self, group: &str, plural: &str, namespace: &str) -> Vec<Value> {
        let prefix = match namespace {
            "" => format!("{group}/{plural}/"),
            namespace => format!("{group}/{plural}/{namespace}/"),
        };
        self.0.range(&prefix, None).map(|(_, stored)| Value::Object(stored.record.object())).collect()
    }
}
