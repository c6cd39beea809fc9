//! The authorizer of expressions: the server's own, asked for the user of the request or for a service account
//! that the expression names (kubernetes/apiserver `pkg/cel/library/authz.go`).

use std::sync::Arc;

use amethyst_cel::{Access, Authorizer, Decision, Identity, Target};

use crate::rbac::{self, Attributes, Index, Resource};
use crate::registry::write::Attempt;
use crate::user::{User, service_account_groups};

/// Who asks, for `authorizer`.
pub(crate) struct Rights<'a> {
    user: &'a User,
    index: Arc<Index>,
}

impl<'a> Rights<'a> {
    /// The rights of who makes the request, as they are now.
    pub(crate) fn of(attempt: &'a Attempt<'_>) -> Self {
        Self { user: &attempt.call.user, index: attempt.registry.access() }
    }

    pub(super) fn identity(&'a self) -> Identity<'a> {
        Identity { authorizer: self, service_account: None }
    }
}

impl Authorizer for Rights<'_> {
    fn authorize(&self, access: &Access<'_>) -> Decision {
        let target = match access.target {
            Target::Path(path) => rbac::Target::Path(path),
            Target::Resource(check) => rbac::Target::Resource(Resource {
                group: &check.group,
                resource: &check.resource,
                subresource: &check.subresource,
                namespace: &check.namespace,
                name: &check.name,
            }),
        };
        let account = access.service_account.map(|(namespace, name)| User {
            name: format!("system:serviceaccount:{namespace}:{name}"),
            groups: service_account_groups(namespace),
            ..User::default()
        });
        let user = account.map(User::authenticated);
        let attributes = Attributes { verb: access.verb, target };
        let decided = rbac::decide(&self.index, user.as_ref().unwrap_or(self.user), &attributes);
        Decision { allowed: decided.allowed, reason: decided.reason, error: None }
    }
}
