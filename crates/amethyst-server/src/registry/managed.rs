//! What merging and ownership need to know of a resource.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

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

type Zeros = HashMap<(&'static str, &'static str, &'static str), Arc<Value>>;

/// Empty objects by kind: each is made once.
static ZEROS: LazyLock<Mutex<Zeros>> = LazyLock::new(Mutex::default);

/// What a new object holds before anything is written into it.
pub(crate) fn zero(resource: &Resource) -> Option<Arc<Value>> {
    match &resource.source {
        Source::BuiltIn(kind) => {
            let mut known = ZEROS.lock().unwrap_or_else(PoisonError::into_inner);
            let zero = known.entry((kind.group, kind.version, kind.kind)).or_insert_with(|| {
                let mut zero = amethyst_kinds::zero(kind.group, kind.version, kind.kind).unwrap_or_default();
                if let Value::Object(map) = &mut zero {
                    map.insert("apiVersion", kind.api_version());
                    map.insert("kind", kind.kind);
                }
                Arc::new(zero)
            });
            Some(Arc::clone(zero))
        }
        Source::Custom(_) => None,
    }
}
