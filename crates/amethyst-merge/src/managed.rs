//! `metadata.managedFields`: who owns which fields.

mod cap;
mod wire;

use amethyst_object::json;

use crate::fields::FieldSet;

pub(crate) use cap::cap;
pub use wire::ManagedError;

#[cfg(test)]
mod tests;

/// How a manager came to own fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// By server-side apply.
    Apply,
    /// By any other write.
    Update,
}

impl Operation {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

/// What one manager owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedEntry {
    /// The manager's name.
    pub manager: String,
    /// How it wrote.
    pub operation: Operation,
    /// The version of the object that the fields are of.
    pub api_version: String,
    /// When it last changed anything, as it was written (RFC 3339, whole seconds).
    pub time: Option<String>,
    /// The subresource it wrote through; empty for the object itself.
    pub subresource: String,
    /// What it owns.
    pub fields: FieldSet,
}

impl ManagedEntry {
    /// Whether both entries speak of one manager: appliers are the same in all versions, updaters are not.
    pub fn same_manager(&self, other: &Self) -> bool {
        self.manager == other.manager
            && self.operation == other.operation
            && self.subresource == other.subresource
            && (self.operation == Operation::Apply || self.api_version == other.api_version)
    }

    /// The text by which upstream tells managers apart and sorts them.
    pub(crate) fn identifier(&self) -> String {
        let mut pairs = Vec::new();
        let mut pair = |key: &str, value: &str| {
            if !value.is_empty() {
                let mut quoted = Vec::new();
                json::write_string(value, &mut quoted);
                pairs.push(format!("\"{key}\":{}", String::from_utf8_lossy(&quoted)));
            }
        };
        pair("manager", &self.manager);
        pair("operation", self.operation.as_str());
        if self.operation == Operation::Update {
            pair("apiVersion", &self.api_version);
        }
        pair("subresource", &self.subresource);
        format!("{{{}}}", pairs.join(","))
    }
}

/// All managers of an object, in upstream's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Managed(Vec<ManagedEntry>);

impl Managed {
    /// Sorts the entries as upstream does; of entries of one manager the last stays.
    pub fn new(entries: impl IntoIterator<Item = ManagedEntry>) -> Self {
        let mut unique: Vec<ManagedEntry> = Vec::new();
        for entry in entries {
            match unique.iter_mut().find(|known| known.same_manager(&entry)) {
                Some(known) => *known = entry,
                None => unique.push(entry),
            }
        }
        unique.sort_by(wire::order);
        Self(unique)
    }

    /// The entries.
    pub fn entries(&self) -> &[ManagedEntry] {
        &self.0
    }

    /// Takes the entries.
    pub fn into_entries(self) -> Vec<ManagedEntry> {
        self.0
    }

    /// Whether nobody owns anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Drops the entries of versions that are not served any more; upstream forgets them with the next write.
    pub fn retain_versions(&mut self, mut served: impl FnMut(&str) -> bool) {
        self.0.retain(|entry| served(&entry.api_version));
    }

    /// Whether both are the same but for times.
    ///
    /// An API server whose object, too, came out as it was gives the old times back, so that a write that
    /// changes nothing makes no revision.
    pub fn same_but_times(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(left, right)| {
                left.same_manager(right)
                    && left.api_version == right.api_version
                    && left.fields == right.fields
            })
    }
}
