//! PATCH: JSON patch, merge patch, strategic merge patch, and server-side apply.

use amethyst_merge::{ApplyError, ApplyRequest, PatchError};
use amethyst_object::{FieldPath, Value};
use amethyst_schema::Fault;

use super::write::{self, Attempt, Changed, Live, Owners, managed_of, map, map_mut};
use super::{
    Body, Call, Outcome, PatchKind, Registry, decode, managed, metadata, read, scale, strict, update,
};
use crate::request::FieldValidation;
use crate::status::{Cause, Reason, Status};

pub(super) async fn patch(
    registry: &Registry,
    call: &Call,
    kind: PatchKind,
    body: Body,
) -> Result<Outcome, Status> {
    check(call, kind)?;
    match call.subresource.as_str() {
        "scale" => return scale::patch(registry, call, kind, body).await,
        sub if !update::is_whole(sub) => return Err(read::unserved(&call.resource, sub)),
        _ => {}
    }
    let apply = kind == PatchKind::Apply;
    if apply {
        tell_duplicates(call, &body)?;
    }
    write::change(registry, call, apply && call.subresource.is_empty(), |attempt, live| {
        let mut changed =
            if apply { applied(attempt, live, &body)? } else { patched(attempt, live, kind, &body)? };
        decode::settle(call, &mut changed.object, true)?;
        Ok(changed)
    })
    .await
}

fn check(call: &Call, kind: PatchKind) -> Result<(), Status> {
    let at = |key: &str| FieldPath::of([key]);
    let mut faults = Vec::new();
    if kind == PatchKind::Apply {
        if call.write.field_manager.is_empty() {
            faults.push(Fault::required(at("fieldManager"), "is required for apply patch"));
        }
    } else if call.write.force {
        faults.push(Fault::forbidden(at("force"), "may not be specified for non-apply patch"));
    }
    metadata::refuse("meta.k8s.io", "PatchOptions", "", faults)?;
    if kind == PatchKind::Strategic && call.resource.is_custom() {
        let message = "the body of the request was in an unknown format - accepted media types include: \
                       application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
        return Err(Status::new(Reason::UnsupportedMediaType, message));
    }
    Ok(())
}

/// An apply's body is read as YAML, whatever it is.
fn tell_duplicates(call: &Call, body: &Body) -> Result<(), Status> {
    if body.duplicates.is_empty() {
        return Ok(());
    }
    let text = strict::yaml(&body.duplicates);
    match call.write.field_validation {
        FieldValidation::Ignore => {}
        FieldValidation::Warn => call.warnings.add(text),
        FieldValidation::Strict => {
            return Err(Status::bad_request(format!(
                "error strict decoding patch: error converting YAML to JSON: {text}"
            )));
        }
    }
    Ok(())
}

fn patched(
    attempt: &Attempt<'_>,
    live: Option<&Live>,
    kind: PatchKind,
    body: &Body,
) -> Result<Changed, Status> {
    let Some(live) = live else { return Err(read::not_found(attempt.resource, &attempt.call.name)) };
    let document = live.whole();
    let value = apply_patch(kind, &document, &body.value, attempt.resource)?;
    let shown = (kind == PatchKind::Strategic).then(|| amethyst_merge::go_text(&body.value));
    let mut object = decode::reshape(attempt.call, value, body, shown.as_deref())?;
    // What a patch leaves alone is not the client's word on who owns what.
    let list = map_mut(&mut object).object_mut("metadata").remove("managedFields");
    let untouched = list.as_ref() == document.at(&["metadata", "managedFields"]);
    let list = if untouched { None } else { Some(list.unwrap_or_else(|| Value::Array(Vec::new()))) };
    Ok(Changed { object, owners: Owners::Track(list), replaced: false })
}

/// Applies a patch that is no apply to a document.
pub(super) fn apply_patch(
    kind: PatchKind,
    document: &Value,
    patch: &Value,
    resource: &crate::catalog::Resource,
) -> Result<Value, Status> {
    match kind {
        PatchKind::Json => amethyst_merge::json_patch(document, patch).map_err(patch_status),
        PatchKind::Merge if patch.as_object().is_none() => Err(Status::bad_request("Invalid JSON Patch")),
        PatchKind::Merge => Ok(amethyst_merge::merge_patch(document, patch)),
        PatchKind::Strategic => {
            let schema = managed::schema(resource);
            amethyst_merge::strategic_merge_patch(document, patch, schema).map_err(patch_status)
        }
        PatchKind::Apply => unreachable!("an apply goes its own way"),
    }
}

fn patch_status(error: PatchError) -> Status {
    match error {
        PatchError::BadRequest(message) => Status::bad_request(message),
        // Upstream keeps to itself what a JSON patch stumbled over.
        PatchError::Unprocessable(_) => {
            Status::new(Reason::Invalid, "the server rejected our request due to an error in our request")
                .with_details()
        }
        PatchError::TooLarge(message) => Status::new(Reason::RequestEntityTooLarge, message),
        PatchError::Internal(message) => Status::new(Reason::Unknown, message),
    }
}

fn applied(attempt: &Attempt<'_>, live: Option<&Live>, body: &Body) -> Result<Changed, Status> {
    let resource = attempt.resource;
    let before = live.map(|live| managed_of(&live.stored.record)).unwrap_or_default();
    let mut applied = body.value.clone();
    if applied.as_object().is_none() {
        return Err(Status::bad_request(
            "error decoding patch: json: cannot unmarshal into Go value of type map",
        ));
    }
    check_applied(attempt, &applied)?;
    let sent_version = version_of(&mut applied);
    let zero = managed::zero(resource);
    let request = ApplyRequest {
        live: live.map(|live| &live.object),
        empty: zero.as_deref(),
        applied: &applied,
        managed: &before,
        manager: &attempt.call.write.field_manager,
        subresource: attempt.subresource(),
        api_version: &resource.gvk().api_version(),
        force: attempt.call.write.force,
        now: &attempt.now,
        schema: managed::schema(resource),
        reset_fields: &attempt.reset_fields(map(&applied)),
    };
    let done = amethyst_merge::apply(&request).map_err(apply_status)?;
    let mut object = done.object;
    decode::complete(attempt.call, &mut object)?;
    // What is merged into the live object goes with the live object's version.
    if let Some(version) = sent_version.or_else(|| live.map(|live| live.stored.modified.to_string())) {
        map_mut(&mut object).object_mut("metadata").insert("resourceVersion", version);
    }
    Ok(Changed { object, owners: Owners::Settled(done.managed), replaced: false })
}

fn check_applied(attempt: &Attempt<'_>, applied: &Value) -> Result<(), Status> {
    let kind = applied.str_at(&["kind"]).unwrap_or_default();
    if kind != attempt.resource.kind {
        let gvk = attempt.resource.gvk();
        let message = format!(
            "{kind} in version {:?} cannot be handled as a {}: converting to {gvk}: unknown conversion",
            gvk.version, gvk.kind
        );
        return Err(Status::bad_request(message));
    }
    Ok(())
}

/// An applied resourceVersion is a precondition and nothing anyone owns.
fn version_of(applied: &mut Value) -> Option<String> {
    let Some(Value::Object(metadata)) = map_mut(applied).get_mut("metadata") else { return None };
    match metadata.remove("resourceVersion") {
        Some(Value::String(version)) if !version.is_empty() => Some(version.to_string()),
        _ => None,
    }
}

fn apply_status(error: ApplyError) -> Status {
    match error {
        ApplyError::Conflicts(conflicts) => {
            let causes = amethyst_merge::conflict_status_causes(&conflicts)
                .into_iter()
                .map(|(field, message)| Cause { reason: "FieldManagerConflict", message, field })
                .collect();
            Status::new(Reason::Conflict, amethyst_merge::conflict_message(&conflicts)).causes(causes)
        }
        ApplyError::BadRequest(message) => Status::bad_request(message),
        ApplyError::Invalid(message) => Status::new(Reason::Unknown, message),
    }
}
