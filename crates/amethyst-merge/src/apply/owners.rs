//! The managers of one object while a write is worked out.

use std::sync::LazyLock;

use super::Conflict;
use crate::{
    fields::FieldSet,
    managed::{Managed, ManagedEntry, cap},
    typed::{self, Comparison, Ty},
};

/// Fields that nobody ever owns.
static STRIPPED: LazyLock<FieldSet> = LazyLock::new(|| {
    FieldSet::of(&[
        &["apiVersion"],
        &["kind"],
        &["metadata"],
        &["metadata", "name"],
        &["metadata", "namespace"],
        &["metadata", "creationTimestamp"],
        &["metadata", "selfLink"],
        &["metadata", "uid"],
        &["metadata", "clusterName"],
        &["metadata", "generation"],
        &["metadata", "managedFields"],
        &["metadata", "resourceVersion"],
    ])
});

#[derive(Clone)]
pub(super) struct Owners(Vec<ManagedEntry>);

impl Owners {
    pub(super) fn new(managed: &Managed) -> Self {
        Self(managed.entries().to_vec())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn finish(self) -> Managed {
        Managed::new(self.0)
    }

    fn find(&mut self, me: &ManagedEntry) -> Option<usize> {
        self.0.iter().position(|entry| entry.same_manager(me))
    }

    /// Puts an entry in; gives back the manager's former one.
    pub(super) fn put(&mut self, me: ManagedEntry) -> Option<ManagedEntry> {
        if let Some(at) = self.find(&me) {
            return Some(std::mem::replace(&mut self.0[at], me));
        }
        self.0.push(me);
        None
    }

    /// Takes an entry out.
    pub(super) fn take(&mut self, me: &ManagedEntry) -> Option<ManagedEntry> {
        self.find(me).map(|at| self.0.remove(at))
    }

    /// Everything that anyone owns.
    pub(super) fn all_fields(&self) -> FieldSet {
        self.0.iter().fold(FieldSet::default(), |all, entry| all.union(&entry.fields))
    }

    /// Sees all fields as the schema of today does.
    pub(super) fn reconcile(&mut self, ty: Ty<'_>) {
        for entry in &mut self.0 {
            if let Some(fields) = typed::reconcile(ty, &entry.fields) {
                entry.fields = fields;
            }
        }
    }

    /// Takes changed and removed fields away from everyone but `me`. Without `force` a changed field of
    /// another manager is a conflict and nothing happens.
    pub(super) fn hand_over(
        &mut self,
        comparison: &Comparison,
        me: Option<&ManagedEntry>,
        force: bool,
    ) -> Result<(), Vec<Conflict>> {
        let written = comparison.modified.union(&comparison.added);
        let others = |entry: &ManagedEntry| me.is_none_or(|me| !entry.same_manager(me));
        if !force {
            let mut conflicts: Vec<Conflict> = self
                .0
                .iter()
                .filter(|entry| others(entry))
                .filter_map(|entry| Conflict::new(entry, &entry.fields.intersection(&written)))
                .collect();
            if !conflicts.is_empty() {
                conflicts.sort_by_cached_key(Conflict::identifier);
                return Err(conflicts);
            }
        }
        for entry in self.0.iter_mut().filter(|entry| others(entry)) {
            entry.fields = entry.fields.difference(&written).difference(&comparison.removed);
        }
        self.0.retain(|entry| !entry.fields.is_empty());
        Ok(())
    }

    /// Takes away from `me` what nobody ever owns.
    pub(super) fn strip(&mut self, me: &ManagedEntry) {
        if let Some(at) = self.find(me) {
            self.0[at].fields = self.0[at].fields.difference(&STRIPPED);
            if self.0[at].fields.is_empty() {
                self.0.remove(at);
            }
        }
    }

    /// Sets when `me` last changed anything.
    pub(super) fn stamp(&mut self, me: &ManagedEntry, time: Option<String>) {
        if let Some(at) = self.find(me) {
            self.0[at].time = time;
        }
    }

    /// Forgets the oldest updaters when there are too many.
    pub(super) fn cap(&mut self) {
        cap(&mut self.0);
    }
}

/// What nobody ever owns.
pub(super) fn stripped() -> &'static FieldSet {
    &STRIPPED
}
