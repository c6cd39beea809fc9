//! What is wrong with an object: its metadata, its schema, its kind's own rules.

use amethyst_object::{FieldPath, Value};
use amethyst_schema::{Fault, FaultKind};
use amethyst_validation::names::NameRule;

use super::metadata;
use super::write::{Attempt, map};
use crate::catalog::Source;

/// What is wrong with a new object.
pub(super) fn create(attempt: &Attempt<'_>, object: &Value) -> Vec<Fault> {
    let resource = attempt.resource;
    let mut faults = (attempt.strategy.validate)(attempt, map(object), None);
    if faults.is_empty() {
        faults.extend(metadata::validate(
            map(object),
            resource.namespaced,
            !resource.is_custom(),
            attempt.strategy.name_rule,
        ));
    }
    if resource.is_custom()
        && let Some(schema) = resource.schema()
    {
        faults.extend(amethyst_schema::validate(object, schema, FieldPath::default()));
        faults.extend(amethyst_schema::check_list_types(object, schema, &FieldPath::default()));
        rules(attempt, object, None, &mut faults);
    }
    faults
}

/// What is wrong with a changed object.
pub(super) fn update(attempt: &Attempt<'_>, new: &Value, old: &Value) -> Vec<Fault> {
    let resource = attempt.resource;
    // Whose rules are known says itself what finalizers may be called.
    let bare =
        resource.is_custom() || amethyst_validation::knows(&resource.gvr.group, &resource.gvr.resource);
    let mut faults = metadata::validate(map(new), resource.namespaced, !bare, NameRule::PathSegment);
    faults.extend(metadata::validate_update(map(new), map(old)));
    faults.extend((attempt.strategy.validate)(attempt, map(new), Some(map(old))));
    if resource.is_custom()
        && let Some(schema) = resource.schema()
    {
        faults.extend(amethyst_schema::validate_update(new, old, schema, FieldPath::default()));
        faults.extend(amethyst_schema::check_list_types(new, schema, &FieldPath::default()));
        rules(attempt, new, Some(old), &mut faults);
    }
    faults
}

/// Runs the rules in CEL of a custom resource, unless the object is not fit for them
/// (apiextensions-apiserver `pkg/registry/customresource/strategy.go`).
fn rules(attempt: &Attempt<'_>, new: &Value, old: Option<&Value>, faults: &mut Vec<Fault>) {
    let Source::Custom(version) = &attempt.resource.source else { return };
    let (rules, Some(schema)) = (version.rules(), version.schema()) else { return };
    if rules.is_empty() {
        return;
    }
    let blocks = |fault: &Fault| {
        matches!(
            fault.kind,
            FaultKind::NotSupported
                | FaultKind::Required
                | FaultKind::TooLong
                | FaultKind::TooMany
                | FaultKind::TypeInvalid
        )
    };
    if faults.iter().any(blocks) {
        let why = "some validation rules were not checked because the object was invalid; correct the existing \
                   errors to complete validation";
        faults.push(Fault::invalid(FieldPath::default(), Value::Null, why));
        return;
    }
    let outcome = rules.check(new, old, schema);
    faults.extend(outcome.faults);
    outcome.warnings.into_iter().for_each(|warning| attempt.call.warnings.add(warning));
}
