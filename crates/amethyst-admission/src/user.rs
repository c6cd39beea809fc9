//! Who asks: what authentication found out, and what authorization and admission decide by.

use std::collections::BTreeMap;

/// The group whose members may do anything.
pub const MASTERS: &str = "system:masters";

/// The group of all who showed credentials.
pub const AUTHENTICATED: &str = "system:authenticated";

/// The group of those who showed none.
pub const UNAUTHENTICATED: &str = "system:unauthenticated";

/// The name of those who showed none.
pub const ANONYMOUS: &str = "system:anonymous";

/// The groups of a namespace's service accounts.
pub fn service_account_groups(namespace: &str) -> Vec<String> {
    vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")]
}

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
        let groups = vec![MASTERS.to_owned(), AUTHENTICATED.to_owned()];
        Self { name: name.into(), groups, ..Self::default() }
    }

    /// Who shows no credentials.
    pub fn anonymous() -> Self {
        Self { name: ANONYMOUS.to_owned(), groups: vec![UNAUTHENTICATED.to_owned()], ..Self::default() }
    }

    /// Adds the group of all who showed credentials, as upstream's `AuthenticatedGroupAdder` does.
    #[must_use]
    pub fn authenticated(mut self) -> Self {
        let settled = |group: &String| group == AUTHENTICATED || group == UNAUTHENTICATED;
        if self.name != ANONYMOUS && !self.groups.iter().any(settled) {
            self.groups.push(AUTHENTICATED.to_owned());
        }
        self
    }

    /// Whether the user may do anything.
    pub fn is_master(&self) -> bool {
        self.groups.iter().any(|group| group == MASTERS)
    }
}
