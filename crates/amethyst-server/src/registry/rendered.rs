//! Objects on their way out: stored bytes with what is kept apart spliced in.

use amethyst_object::Value;
use amethyst_store::Revision;
use bytes::Bytes;

use crate::record::Index;

impl Rendered {
    /// The object's JSON in the version that was asked for, with resourceVersion and managedFields.
    pub fn bytes(&self) -> Bytes;
    /// Appends the same to `out`.
    pub fn write(&self, out: &mut Vec<u8>);
    /// `metadata` alone, as `PartialObjectMetadata` (`meta.k8s.io/v1`).
    pub fn partial(&self) -> Bytes;
    /// The document, parsed: for Table cells.
    pub fn value(&self) -> Value;
    /// Its revision; 0 for what is computed and has none.
    pub fn revision(&self) -> Revision;
    /// What is known without parsing.
    pub fn index(&self) -> &Index;
}
