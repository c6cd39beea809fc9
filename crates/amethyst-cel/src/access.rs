//! The authorizer library's door to the server (apiserver `pkg/cel/library/authz.go`).

use std::fmt;
use std::sync::Arc;

use amethyst_object::Str;

/// Decides on behalf of an expression; given to it as a value.
pub trait Authorizer: Send + Sync {
    /// Decides on one access. `access.service_account` is empty for the user of the request.
    fn authorize(&self, access: &Access<'_>) -> Decision;
}

/// What an expression asks about.
#[derive(Clone, Debug)]
pub struct Access<'a> {
    /// Asked for this service account (namespace and name) instead of the user of the request.
    pub service_account: Option<&'a (Str, Str)>,
    /// The verb: an HTTP method for paths, an API verb for resources.
    pub verb: &'a str,
    /// What is accessed.
    pub target: Target<'a>,
}

/// What is accessed.
#[derive(Clone, Debug)]
pub enum Target<'a> {
    /// A path that is no resource.
    Path(&'a str),
    /// A resource; its version is `*`.
    Resource(&'a ResourceCheck),
}

/// A resource as the expression described it. Selectors are raw texts, empty when none was given; a text
/// that does not parse is the authorizer's to judge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceCheck {
    /// The API group, empty for core.
    pub group: Str,
    /// The resource.
    pub resource: Str,
    /// The subresource.
    pub subresource: Str,
    /// The namespace.
    pub namespace: Str,
    /// The object's name.
    pub name: Str,
    /// The field selector.
    pub field_selector: Str,
    /// The label selector.
    pub label_selector: Str,
}

/// An answer of an authorizer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why.
    pub reason: String,
    /// What went wrong, if anything did.
    pub error: Option<String>,
}

/// The value of the variable `authorizer`: whom is asked, and for whom.
#[derive(Clone)]
pub struct Identity<'a> {
    /// Who decides.
    pub authorizer: &'a dyn Authorizer,
    /// Whose rights are asked for, when not those of the request's user.
    pub service_account: Option<Arc<(Str, Str)>>,
}

impl Identity<'_> {
    /// Whether both ask the same authorizer for the same user.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.authorizer, other.authorizer) && self.service_account == other.service_account
    }
}

impl fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("service_account", &self.service_account).finish_non_exhaustive()
    }
}
