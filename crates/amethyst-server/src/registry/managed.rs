//! What merging and ownership need to know of a resource.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use amethyst_merge::{FieldSet, Managed, UpdateRequest};
use amethyst_object::{GroupVersionKind, Value};
use amethyst_schema::SchemaRef;
use bytes::Bytes;

use super::write::{Attempt, encode};
use super::{Call, Registry};
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
                Arc::new(zero_of(&GroupVersionKind::new(kind.group, kind.version, kind.kind)))
            });
            Some(Arc::clone(zero))
        }
        Source::Custom(_) => None,
    }
}

fn zero_of(gvk: &GroupVersionKind) -> Value {
    let mut zero = amethyst_kinds::zero(&gvk.group, &gvk.version, &gvk.kind).unwrap_or_default();
    if let Value::Object(map) = &mut zero {
        map.insert("apiVersion", gvk.api_version());
        map.insert("kind", gvk.kind.clone());
    }
    zero
}

/// Who owns the fields of a question that is answered and never stored, as it is kept: upstream tracks owners
/// of these, too.
pub(crate) fn of_question(
    registry: &Registry,
    call: &Call,
    gvk: &GroupVersionKind,
    question: &Value,
) -> Bytes {
    let attempt = Attempt::new(registry, call);
    let request = UpdateRequest {
        live: Some(&zero_of(gvk)),
        new: question,
        managed: &Managed::default(),
        manager: &attempt.manager(),
        subresource: attempt.subresource(),
        api_version: &gvk.api_version(),
        now: &attempt.now,
        schema: amethyst_kinds::schema_of(&gvk.group, &gvk.version, &gvk.kind),
        reset_fields: &FieldSet::default(),
    };
    encode(&amethyst_merge::update(&request).unwrap_or_default())
}
