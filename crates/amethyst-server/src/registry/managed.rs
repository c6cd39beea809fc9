//! What merging and ownership need to know of a resource.

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
        Source::BuiltIn(kind) => {
            let mut zero = amethyst_kinds::zero(kind.group, kind.version, kind.kind)?;
            let map = zero.as_object_mut()?;
            map.insert("apiVersion", kind.api_version());
            map.insert("kind", kind.kind);
            Some(zero)
        }
        Source::Custom(_) => None,
    }
}
