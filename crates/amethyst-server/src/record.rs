//! What the store keeps of an object: canonical bytes, its managed fields apart, and a small index.
//!
//! The body holds neither `metadata.resourceVersion` (the store knows it) nor `metadata.managedFields`
//! (kept apart, so that a watch without them and a repeated apply never parse them); both are spliced in
//! when an object goes out. Bodies are canonical JSON: equal objects are equal bytes.

use std::sync::Arc;

use amethyst_object::Str;
use bytes::Bytes;

/// One stored object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Canonical JSON, without resourceVersion and managedFields.
    pub body: Bytes,
    /// `metadata.managedFields` as canonical JSON; empty when there are none.
    pub managed: Bytes,
    /// What selectors and garbage collection read, extracted once.
    pub index: Index,
}

/// What is read of an object without parsing it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// `metadata.uid`.
    pub uid: Str,
    /// `metadata.labels`.
    pub labels: Arc<[(Str, Str)]>,
    /// `metadata.ownerReferences`.
    pub owners: Arc<[Owner]>,
    /// `metadata.finalizers`.
    pub finalizers: Arc<[Str]>,
    /// Whether `metadata.deletionTimestamp` is set.
    pub deleting: bool,
    /// `metadata.generation`.
    pub generation: i64,
}

/// One of `metadata.ownerReferences`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are upstream's own")]
pub struct Owner {
    pub api_version: Str,
    pub kind: Str,
    pub name: Str,
    pub uid: Str,
    pub controller: bool,
    pub block_owner_deletion: bool,
}
