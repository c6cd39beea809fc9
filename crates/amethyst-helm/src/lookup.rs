//! What `lookup` sees: a view of what a cluster holds.
//!
//! A live cluster is somebody else's [`Lookup`]; [`ObjectView`] is one of objects that are at hand. What a
//! render asked is told in its result, so that the result can be kept for as long as the answers stay.

mod view;

use amethyst_object::Value as Document;
use sha2::{Digest, Sha256};

pub use view::{ObjectView, ServedKind};

/// Answers `lookup`: what a cluster holds.
pub trait Lookup: Send + Sync {
    /// The object of this name, or with no name the list of all in the namespace, or in the cluster when the
    /// namespace is empty too; an empty map when there is none. The error is Helm's text, which the template
    /// fails with.
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Document, String>;
}

/// What a template asked a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookedUp {
    /// `apiVersion` as the template gave it.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for all, and for what has none.
    pub namespace: String,
    /// The name; empty for a list.
    pub name: String,
}

impl LookedUp {
    /// The answer of a view; without one there is nothing.
    pub(crate) fn answer(&self, view: Option<&dyn Lookup>) -> Result<Document, String> {
        view.map_or_else(
            || Ok(Document::object()),
            |view| view.lookup(&self.api_version, &self.kind, &self.namespace, &self.name),
        )
    }
}

/// Names an answer: equal digests mean equal answers.
pub(crate) fn digest(answer: &Result<Document, String>) -> [u8; 32] {
    let mut hash = Sha256::new();
    match answer {
        Ok(found) => {
            hash.update(b"found");
            hash.update(amethyst_object::json::to_vec(found));
        }
        Err(text) => {
            hash.update(b"error");
            hash.update(text);
        }
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
