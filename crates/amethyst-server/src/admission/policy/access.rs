//! The authorizer of expressions. Rights are those that the server knows without its edge: members of
//! `system:masters` may do everything.

use amethyst_cel::{Access, Authorizer, Decision, Identity};

use crate::user::User;

/// Who asks, for `authorizer`.
pub(crate) struct Rights<'a> {
    user: &'a User,
}

impl<'a> Rights<'a> {
    pub(crate) fn of(user: &'a User) -> Self {
        Self { user }
    }

    pub(super) fn identity(&'a self) -> Identity<'a> {
        Identity { authorizer: self, service_account: None }
    }
}

impl Authorizer for Rights<'_> {
    fn authorize(&self, access: &Access<'_>) -> Decision {
        let allowed = access.service_account.is_none() && self.user.is_master();
        Decision { allowed, ..Decision::default() }
    }
}
