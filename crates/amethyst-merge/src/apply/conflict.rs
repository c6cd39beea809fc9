//! Conflicts between managers, and how an API server tells of them.

use crate::{
    fields::FieldSet,
    golang,
    managed::{ManagedEntry, Operation},
};

/// The fields of one manager that a configuration would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Whose they are.
    pub manager: String,
    /// The subresource through which they came; empty for the object itself.
    pub subresource: String,
    /// In which version they were written.
    pub api_version: String,
    /// How they were written.
    pub operation: Operation,
    /// The fields, as paths.
    pub fields: FieldSet,
}

impl Conflict {
    pub(super) fn new(entry: &ManagedEntry, fields: &FieldSet) -> Option<Self> {
        (!fields.is_empty()).then(|| Self {
            manager: entry.manager.clone(),
            subresource: entry.subresource.clone(),
            api_version: entry.api_version.clone(),
            operation: entry.operation,
            fields: fields.clone(),
        })
    }

    /// The fields' paths as they are printed: `.spec.ports[port=80,protocol="TCP"]`.
    pub fn paths(&self) -> Vec<String> {
        self.fields.paths().iter().map(|path| path.iter().map(ToString::to_string).collect()).collect()
    }

    pub(super) fn identifier(&self) -> String {
        ManagedEntry {
            manager: self.manager.clone(),
            operation: self.operation,
            api_version: self.api_version.clone(),
            time: None,
            subresource: self.subresource.clone(),
            fields: FieldSet::default(),
        }
        .identifier()
    }

    fn who(&self) -> String {
        let mut who = golang::quote(&self.manager);
        if !self.subresource.is_empty() {
            who.push_str(" with subresource ");
            who.push_str(&golang::quote(&self.subresource));
        }
        if self.operation == Operation::Update {
            who.push_str(" using ");
            who.push_str(&self.api_version);
        }
        who
    }
}

/// The causes of the answer's details, of type `FieldManagerConflict`: field and message.
pub fn conflict_status_causes(conflicts: &[Conflict]) -> Vec<(String, String)> {
    conflicts
        .iter()
        .flat_map(|conflict| {
            let message = format!("conflict with {}", conflict.who());
            conflict.paths().into_iter().map(move |path| (path, message.clone()))
        })
        .collect()
}

/// The answer's message.
pub fn conflict_message(conflicts: &[Conflict]) -> String {
    let paths: Vec<Vec<String>> = conflicts.iter().map(Conflict::paths).collect();
    let count: usize = paths.iter().map(Vec::len).sum();
    if let ([conflict], 1) = (conflicts, count) {
        return format!("Apply failed with 1 conflict: conflict with {}: {}", conflict.who(), paths[0][0]);
    }
    let mut lines = Vec::new();
    for (conflict, paths) in conflicts.iter().zip(paths) {
        lines.push(format!("conflicts with {}:", conflict.who()));
        lines.extend(paths.into_iter().map(|path| format!("- {path}")));
    }
    format!("Apply failed with {count} conflicts: {}", lines.join("\n"))
}
