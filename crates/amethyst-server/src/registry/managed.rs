//! What merging and ownership need to know of a resource.

use amethyst_merge::zero_object;
use amethyst_object::Value;
use amethyst_schema::SchemaRef;

use crate::catalog::{Resource, Source};

/// The schema by which objects merge: with `metadata` typed, for custom resources too.
pub(crate) fn schema(resource: &Resource) -> Option<SchemaRef<'_>> {
    match &resource.source {
        Source::BuiltIn(kind) => Some(kind.schema()),
        Source::Custom(version) => version.merging(),
    }
}

/// What a new object holds before anything is written into it.
pub(crate) fn zero(resource: &Resource) -> Option<Value> {
    match &resource.source {
        Source::BuiltIn(kind) => Some(zero_object(kind.schema(), &kind.api_version(), kind.kind)),
        Source::Custom(_) => None,
    }
}
