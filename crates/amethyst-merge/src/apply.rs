//! Server-side apply, and the tracking of who owns which fields on every other write.
//!
//! As upstream's field manager over structured-merge-diff. One thing is simpler: an object is not converted
//! to the versions that other managers wrote in; their paths are taken to mean the same in all versions of
//! a kind. [`Managed::retain_versions`] forgets those of versions that are gone.

mod conflict;
mod last_applied;
mod nulls;
mod owners;
mod prune;
mod track;

use amethyst_object::Value;
use amethyst_schema::SchemaRef;
use thiserror::Error;

pub use conflict::{Conflict, conflict_message, conflict_status_causes};
pub use track::{UpdateRequest, update};

use crate::{
    fields::FieldSet,
    managed::{Managed, ManagedEntry, Operation},
    typed::{self, Ty},
};
use owners::Owners;

#[cfg(test)]
mod tests;

/// What is applied to what, by whom.
#[derive(Clone, Copy, Debug)]
pub struct ApplyRequest<'a> {
    /// The object as it is, in the request's version; `None` when there is none.
    pub live: Option<&'a Value>,
    /// What a new object of the kind holds before anything is written into it: for built-in kinds what Go
    /// writes for an empty one (`spec: {}`, lists that are always there as null), with its `apiVersion` and
    /// `kind`; for custom resources nothing. It decides whether a creator owns `f:spec` itself.
    pub empty: Option<&'a Value>,
    /// The configuration.
    pub applied: &'a Value,
    /// Who owns what in `live`.
    pub managed: &'a Managed,
    /// Who applies.
    pub manager: &'a str,
    /// Through which subresource; empty for the object itself.
    pub subresource: &'a str,
    /// The request's version.
    pub api_version: &'a str,
    /// Take fields over from others instead of failing.
    pub force: bool,
    /// The time now: RFC 3339, whole seconds, `Z`.
    pub now: &'a str,
    /// The kind's schema; `None` when there is none.
    pub schema: Option<SchemaRef<'a>>,
    /// Fields that this request cannot change, so that nobody comes to own them by it.
    pub reset_fields: &'a FieldSet,
}

/// What an apply makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The object, without `metadata.managedFields`.
    pub object: Value,
    /// Who owns what in it.
    pub managed: Managed,
    /// Whether the object differs from the live one. The owners may differ all the same.
    pub changed: bool,
}

/// Why an apply fails.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApplyError {
    /// 409 `Conflict`: others own fields that the configuration changes.
    #[error("{}", conflict_message(.0))]
    Conflicts(Vec<Conflict>),
    /// 400 `BadRequest`: the configuration cannot be applied at all.
    #[error("{0}")]
    BadRequest(String),
    /// 500 `InternalError`, as upstream answers: an object or a configuration does not fit its schema.
    #[error("{0}")]
    Invalid(String),
}

/// Applies a configuration to an object.
///
/// # Errors
/// [`ApplyError`]; the texts are the API server's.
pub fn apply(request: &ApplyRequest<'_>) -> Result<Applied, ApplyError> {
    check(request)?;
    let nothing = Value::object();
    let empty = request.empty.unwrap_or(&nothing);
    let live = without_managed(request.live.unwrap_or(empty));
    let mut owners = Owners::new(request.managed);
    if owners.is_empty() && request.live.is_some() {
        // What was there before anyone applied belongs to nobody in particular.
        let before = track::Write {
            live: empty,
            new: &live,
            manager: "before-first-apply",
            subresource: request.subresource,
            api_version: request.api_version,
            now: request.now,
            schema: request.schema,
            reset_fields: request.reset_fields,
        };
        owners = before.track(owners).map_err(ApplyError::Invalid)?;
    }
    let mut applied = match run(request, &live, owners.clone(), request.force) {
        Err(ApplyError::Conflicts(conflicts)) if request.manager == "kubectl" => {
            let conflicts = last_applied::disallowed(request, &live, conflicts);
            if !conflicts.is_empty() {
                return Err(ApplyError::Conflicts(conflicts));
            }
            run(request, &live, owners, true)?
        }
        other => other?,
    };
    if request.manager == "kubectl" {
        last_applied::refresh(&mut applied.object, request.applied);
    }
    applied.changed = request.live.is_none() || applied.object != *live;
    Ok(applied)
}

fn check(request: &ApplyRequest<'_>) -> Result<(), ApplyError> {
    let found = request.applied.str_at(&["apiVersion"]).unwrap_or_default();
    if found != request.api_version {
        return Err(ApplyError::BadRequest(format!(
            "Incorrect version specified in apply patch. Specified patch version: {found}, expected: {}",
            request.api_version
        )));
    }
    if request.applied.at(&["metadata", "managedFields"]).is_some_and(|fields| fields.as_array().is_some()) {
        return Err(ApplyError::BadRequest("metadata.managedFields must be nil".into()));
    }
    Ok(())
}

fn run(
    request: &ApplyRequest<'_>,
    live: &Value,
    mut owners: Owners,
    force: bool,
) -> Result<Applied, ApplyError> {
    let ty = Ty::root(request.schema);
    let fits = |what: &str, value: &Value, allow_duplicates| {
        let errors = typed::validate(ty, value, allow_duplicates);
        if errors.is_empty() {
            return Ok(());
        }
        let object = name_of(value);
        Err(ApplyError::Invalid(format!("failed to create typed {what} object ({object}): {errors}")))
    };
    fits("patch", request.applied, false)?;
    fits("live", live, true)?;

    owners.reconcile(ty);
    let merged = typed::merge(ty, live, request.applied)
        .map_err(|errors| ApplyError::Invalid(format!("failed to merge config: {errors}")))?;
    let fields = typed::field_set(ty, request.applied).recursive_difference(request.reset_fields);
    let me = ManagedEntry {
        manager: or_unknown(request.manager),
        operation: Operation::Apply,
        api_version: request.api_version.to_owned(),
        time: None,
        subresource: request.subresource.to_owned(),
        fields,
    };
    let last = owners.put(me.clone());
    let mut object = match &last {
        Some(last) => prune::prune(ty, merged, &owners, &last.fields),
        None => merged,
    };
    let comparison = typed::compare(ty, live, &object)
        .map_err(|errors| ApplyError::Invalid(format!("failed to compare objects: {errors}")))?
        .without(request.reset_fields);
    owners.hand_over(&comparison, Some(&me), force).map_err(ApplyError::Conflicts)?;
    owners.strip(&me);
    // Upstream takes the time before it decodes the object and so loses its nulls.
    let written = object != *live;
    nulls::drop_nulls(ty, &mut object, live);
    owners.stamp(&me, if written { Some(request.now.to_owned()) } else { last.and_then(|last| last.time) });
    Ok(Applied { object, managed: owners.finish(), changed: written })
}

fn or_unknown(manager: &str) -> String {
    if manager.is_empty() { "unknown" } else { manager }.to_owned()
}

/// The object without `metadata.managedFields`, which no owner sees.
fn without_managed(object: &Value) -> std::borrow::Cow<'_, Value> {
    if object.at(&["metadata", "managedFields"]).is_none() {
        return std::borrow::Cow::Borrowed(object);
    }
    let mut object = object.clone();
    if let Some(metadata) =
        object.as_object_mut().and_then(|map| map.get_mut("metadata")).and_then(Value::as_object_mut)
    {
        metadata.remove("managedFields");
    }
    std::borrow::Cow::Owned(object)
}

/// As upstream names an object in its errors: `namespace/name; group/version, Kind=Kind`.
fn name_of(object: &Value) -> String {
    let text = |path: &[&str]| object.str_at(path).unwrap_or_default().to_owned();
    let api_version = text(&["apiVersion"]);
    let api_version = if api_version.contains('/') { api_version } else { format!("/{api_version}") };
    format!(
        "{}/{}; {api_version}, Kind={}",
        text(&["metadata", "namespace"]),
        text(&["metadata", "name"]),
        text(&["kind"])
    )
}
