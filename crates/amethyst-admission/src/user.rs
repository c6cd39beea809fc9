//! Who asks: what authentication found out, and what authorization and admission decide by.

use std::collections::BTreeMap;

/// The group whose members may do anything.
pub const MASTERS: &str = "system:masters";

/// An authenticated user (`authentication.k8s.io` `UserInfo`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The name: `kubernetes-admin`, `system:serviceaccount:ns:name`.
    pub name: String,
    /// The uid, if the authenticator knows one.
    pub uid: String,
    /// The groups, `system:authenticated` included.
    pub groups: Vec<String>,
    /// What else the authenticator says.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// A user of this process with every right; only the assembly makes one.
    pub fn in_process(name: impl Into<String>) -> Self {
        let groups = vec![MASTERS.to_owned(), "system:authenticated".to_owned()];
        Self { name: name.into(), groups, ..Self::default() }
    }

    /// Whether the user may do anything.
    pub fn is_master(&self) -> bool {
        self.groups.iter().any(|group| group == MASTERS)
    }
}
