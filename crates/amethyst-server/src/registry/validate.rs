//! What is wrong with an object: its metadata, its schema, its kind's own rules.

use amethyst_object::{FieldPath, Value};
use amethyst_schema::Fault;
use amethyst_validation::names::NameRule;

use super::metadata;
use super::write::{Attempt, map};

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
    }
    faults
}
