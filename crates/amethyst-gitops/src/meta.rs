//! The metadata that Flux's controllers look at.

use std::collections::BTreeMap;

use amethyst_controller::REQUESTED_AT;
use serde::Deserialize;

/// `metadata`, in part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Meta {
    /// The name.
    pub name: String,
    /// The namespace.
    pub namespace: String,
    /// The identity.
    pub uid: String,
    /// Counts changes of the spec.
    pub generation: i64,
    /// When deletion was asked for.
    pub deletion_timestamp: Option<String>,
    /// Who must agree to deletion.
    pub finalizers: Vec<String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

impl Meta {
    /// The request for a pass, if there is one.
    pub(crate) fn requested_at(&self) -> Option<&str> {
        self.annotations.get(REQUESTED_AT).map(String::as_str)
    }
}
