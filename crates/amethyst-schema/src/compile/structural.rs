//! The rules of structural schemas (apiextensions-apiserver `pkg/apiserver/schema/validation.go`).

use amethyst_object::{FieldPath, Value};

use super::props::{Additional, Props};
use crate::{Fault, pattern};

#[derive(Clone, Copy, PartialEq)]
enum Level {
    Root,
    Item,
    Field,
}

/// Which `anyOf` may name types, because it spells out int-or-string.
#[derive(Clone, Copy, Default)]
struct Skip {
    any_of: bool,
    first_all_of: bool,
}

/// What makes `props` no structural schema, sorted by text.
pub(super) fn check(props: &Props, path: &FieldPath) -> Vec<Fault> {
    let mut faults = Vec::new();
    invariants(props, Level::Root, path, &mut faults);
    complete_value(props, Some(props), path, path, &mut faults);
    faults.sort_by_cached_key(ToString::to_string);
    faults
}

fn property(path: &FieldPath, name: &str) -> FieldPath {
    let mut path = path.child("properties");
    path.push_map_key(name);
    path
}

fn invariants(props: &Props, level: Level, path: &FieldPath, out: &mut Vec<Fault>) {
    if props.ty == "array" && props.items.is_none() {
        out.push(Fault::required(path.child("items"), "must be specified"));
    }
    if let Some(items) = &props.items {
        invariants(items, Level::Item, &path.child("items"), out);
    }
    for (name, child) in &props.properties {
        invariants(child, Level::Field, &property(path, name), out);
    }
    if props.additional.is_some() {
        let path = path.child("additionalProperties");
        if level == Level::Root {
            out.push(Fault::forbidden(path.clone(), "must not be used at the root"));
        }
        if let Some(schema) = props.additional_schema() {
            invariants(schema, Level::Field, &path, out);
        }
    }
    extensions(props, path, out);
    let skip = Skip {
        any_of: is_int_or_string(&props.any_of),
        first_all_of: props.all_of.first().is_some_and(|first| is_int_or_string(&first.any_of)),
    };
    value(props, skip, path, out);
    types(props, level, path, out);
    metadata(props, level, path, out);
    if props.embedded && !props.preserves() && props.properties.is_empty() {
        out.push(Fault::required(path.child("properties"), "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"));
    }
}

fn extensions(props: &Props, path: &FieldPath, out: &mut Vec<Fault>) {
    let detail = "must be false if x-kubernetes-int-or-string is true";
    if props.int_or_string && props.preserves() {
        out.push(Fault::invalid(path.child("x-kubernetes-preserve-unknown-fields"), true, detail));
    }
    if props.int_or_string && props.embedded {
        out.push(Fault::invalid(path.child("x-kubernetes-embedded-resource"), true, detail));
    }
}

fn types(props: &Props, level: Level, path: &FieldPath, out: &mut Vec<Fault>) {
    let at = path.child("type");
    if props.embedded && props.ty != "object" {
        let detail = "must be object if x-kubernetes-embedded-resource is true";
        out.push(if props.ty.is_empty() {
            Fault::required(at.clone(), detail)
        } else {
            Fault::invalid(at.clone(), props.ty.clone(), detail)
        });
    } else if props.ty.is_empty() && !props.int_or_string && !props.preserves() {
        let detail = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        out.push(Fault::required(at.clone(), detail));
    }
    if props.embedded && props.additional.is_some() {
        out.push(Fault::forbidden(
            path.child("additionalProperties"),
            "must not be used if x-kubernetes-embedded-resource is set",
        ));
    }
    if level == Level::Root && !props.ty.is_empty() && props.ty != "object" {
        out.push(Fault::invalid(at, props.ty.clone(), "must be object at the root"));
    }
}

fn metadata(props: &Props, level: Level, path: &FieldPath, out: &mut Vec<Fault>) {
    let is_resource = level == Level::Root || props.embedded;
    for name in ["kind", "apiVersion"] {
        if let Some(child) = props.property(name).filter(|child| is_resource && child.ty != "string") {
            out.push(Fault::invalid(property(path, name).child("type"), child.ty.clone(), "must be string"));
        }
    }
    let Some(meta) = props.property("metadata") else { return };
    let path = property(path, "metadata");
    if is_resource && meta.ty != "object" {
        out.push(Fault::invalid(path.child("type"), meta.ty.clone(), "must be object"));
    }
    if level == Level::Root && !restricts_only_names(meta) {
        out.push(Fault::forbidden(path, "must not specify anything other than name and generateName, but metadata is implicitly specified"));
    }
}

/// Whether nothing is said about metadata but its type, its default, and `name` and `generateName`.
fn restricts_only_names(meta: &Props) -> bool {
    let names_only = meta.properties.iter().all(|(name, _)| name == "name" || name == "generateName");
    let mut rest = meta.clone();
    rest.ty = "".into();
    rest.default = None;
    if names_only {
        rest.properties = Vec::new();
    }
    rest == Props::default()
}

fn is_int_or_string(any_of: &[Props]) -> bool {
    let of = |ty: &str| Props { ty: ty.into(), ..Props::default() };
    any_of.len() == 2 && any_of[0] == of("integer") && any_of[1] == of("string")
}

fn value(props: &Props, skip: Skip, path: &FieldPath, out: &mut Vec<Fault>) {
    if !skip.any_of {
        for (index, child) in props.any_of.iter().enumerate() {
            nested(child, Skip::default(), &path.child("anyOf").index(index), out);
        }
    }
    for (index, child) in props.all_of.iter().enumerate() {
        let skip = Skip { any_of: skip.first_all_of && index == 0, first_all_of: false };
        nested(child, skip, &path.child("allOf").index(index), out);
    }
    for (index, child) in props.one_of.iter().enumerate() {
        nested(child, Skip::default(), &path.child("oneOf").index(index), out);
    }
    if let Some(child) = &props.not {
        nested(child, Skip::default(), &path.child("not"), out);
    }
    if !props.pattern.is_empty()
        && let Err(reason) = pattern::translate(&props.pattern).and_then(|_| pattern::check(&props.pattern))
    {
        out.push(Fault::invalid(
            path.child("pattern"),
            props.pattern.clone(),
            format!("must be a valid regular expression, but isn't: {reason}"),
        ));
    }
}

/// A schema under `allOf`, `anyOf`, `oneOf` or `not` may restrict values, and say nothing of structure.
fn nested(props: &Props, skip: Skip, path: &FieldPath, out: &mut Vec<Fault>) {
    value(props, skip, path, out);
    if let Some(items) = &props.items {
        nested(items, Skip::default(), &path.child("items"), out);
    }
    for (name, child) in &props.properties {
        nested(child, Skip::default(), &property(path, name), out);
    }
    let mut forbid = |is_set: bool, key: &str, must: &str| {
        if is_set {
            out.push(Fault::forbidden(path.child(key), format!("must be {must} to be structural")));
        }
    };
    forbid(!props.ty.is_empty(), "type", "empty");
    let says_additional = !matches!(props.additional, None | Some(Additional::Allowed(false)));
    forbid(says_additional, "additionalProperties", "undefined");
    forbid(props.default.as_ref().is_some_and(|value| *value != Value::Null), "default", "undefined");
    forbid(props.title, "title", "empty");
    forbid(props.description, "description", "empty");
    forbid(props.nullable, "nullable", "false");
    forbid(props.preserves(), "x-kubernetes-preserve-unknown-fields", "false");
    forbid(props.embedded, "x-kubernetes-embedded-resource", "false");
    forbid(props.int_or_string, "x-kubernetes-int-or-string", "false");
    forbid(!props.list_keys.is_empty(), "x-kubernetes-list-map-keys", "empty");
    forbid(props.list_type.is_some(), "x-kubernetes-list-type", "undefined");
    forbid(props.map_type.is_some(), "x-kubernetes-map-type", "undefined");
    forbid(!props.validations.is_empty(), "x-kubernetes-validations", "empty");
    if props.property("metadata").is_some() {
        out.push(Fault::forbidden(property(path, "metadata"), "must not be specified in a nested context"));
    }
}

/// Every value that is restricted under a junctor must be specified outside of it.
fn complete_value(
    rules: &Props,
    structure: Option<&Props>,
    at: &FieldPath,
    from: &FieldPath,
    out: &mut Vec<Fault>,
) {
    if let Some(child) = &rules.not {
        complete(child, structure, at, &from.child("not"), out);
    }
    for (key, children) in [("allOf", &rules.all_of), ("anyOf", &rules.any_of), ("oneOf", &rules.one_of)] {
        for (index, child) in children.iter().enumerate() {
            complete(child, structure, at, &from.child(key).index(index), out);
        }
    }
}

fn complete(
    rules: &Props,
    structure: Option<&Props>,
    at: &FieldPath,
    from: &FieldPath,
    out: &mut Vec<Fault>,
) {
    let Some(inner) = structure else {
        out.push(Fault::required(at.clone(), format!("because it is defined in {from}")));
        return;
    };
    complete_value(rules, structure, at, from, out);
    if let Some(items) = &rules.items {
        complete(items, inner.items.as_deref(), &at.child("items"), &from.child("items"), out);
    }
    for (name, child) in &rules.properties {
        complete(child, inner.property(name), &property(at, name), &property(from, name), out);
    }
}
