//! What a request asks for, read from its method, path and query.
//!
//! Everything here is pure: no body, no catalog, no connection. Errors are spelled as upstream's, because
//! clients show them.

mod delete;
mod field;
mod options;
mod path;
mod query;

use amethyst_object::Str;

pub(crate) use field::{exact_match, terms};
pub use path::Asked;
pub use query::Query;
pub(crate) use query::decoded;

/// What is to be done, in the words of authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are upstream's own")]
pub enum Verb {
    Get,
    List,
    Watch,
    Create,
    Update,
    Patch,
    Delete,
    DeleteCollection,
}

impl Verb {
    /// The verb as authorization spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }

    /// Whether it takes selectors that may name one object.
    pub(crate) fn chooses(self) -> bool {
        matches!(self, Self::List | Self::Watch)
    }

    /// Whether it only reads.
    pub fn is_read(self) -> bool {
        matches!(self, Self::Get | Self::List | Self::Watch)
    }
}

/// How unknown and duplicate fields are met (`fieldValidation`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// Dropped in silence.
    Ignore,
    /// Dropped, with a `Warning` header.
    #[default]
    Warn,
    /// Refused.
    Strict,
}

/// A request for objects: `/api/v1/...` or `/apis/<group>/<version>/...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestInfo {
    /// What is to be done.
    pub verb: Verb,
    /// The group, empty for core.
    pub group: Str,
    /// The version.
    pub version: Str,
    /// The plural.
    pub resource: Str,
    /// The subresource, empty for none.
    pub subresource: Str,
    /// The namespace, empty for none or all.
    pub namespace: Str,
    /// The name, empty for collections.
    pub name: Str,
}

/// How a list or watch chooses objects, and from when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are upstream's own")]
pub struct ListOptions {
    pub label_selector: String,
    pub field_selector: String,
    pub resource_version: String,
    pub resource_version_match: String,
    pub limit: u64,
    pub continue_token: String,
    pub watch: bool,
    pub allow_watch_bookmarks: bool,
    pub send_initial_events: Option<bool>,
    pub timeout_seconds: Option<u64>,
}

/// How a write is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are upstream's own")]
pub struct WriteOptions {
    pub dry_run: bool,
    pub field_manager: String,
    pub field_validation: FieldValidation,
    pub force: bool,
}

#[cfg(test)]
mod tests;
