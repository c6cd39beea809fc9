//! What CRDs may not say in OpenAPI (`pkg/apis/apiextensions/validation`, the part about schemas).

use amethyst_object::{FieldPath, Value};

use super::props::{Additional, Props};
use crate::Fault;

/// What surrounds a schema.
#[derive(Clone, Default)]
struct Place {
    is_root: bool,
    in_meta: bool,
    no_defaults: Option<String>,
}

/// Adds what is wrong with `props` to `out`.
pub(super) fn check(props: &Props, path: &FieldPath, out: &mut Vec<Fault>) {
    if props.nullable {
        out.push(Fault::forbidden(path.child("nullable"), "nullable cannot be true at the root"));
    }
    walk(props, path, &Place { is_root: true, ..Place::default() }, out);
}

fn property(path: &FieldPath, name: &str) -> FieldPath {
    let mut path = path.child("properties");
    path.push_map_key(name);
    path
}

fn walk(props: &Props, path: &FieldPath, place: &Place, out: &mut Vec<Fault>) {
    standard(props, path, place, out);
    if props.items_unique {
        out.push(Fault::forbidden(
            path.child("uniqueItems"),
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        ));
    }
    children(props, path, place, out);
    if props.preserve_unknown == Some(false) {
        out.push(Fault::invalid(
            path.child("x-kubernetes-preserve-unknown-fields"),
            false,
            "must be true or undefined",
        ));
    }
    topology(props, path, out);
    list_map(props, path, out);
    keys(props, path, out);
    validations(props, path, out);
}

fn standard(props: &Props, path: &FieldPath, place: &Place, out: &mut Vec<Fault>) {
    const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
    if !props.ty.is_empty() && !TYPES.contains(&props.ty.as_str()) {
        out.push(Fault::not_supported(path.child("type"), props.ty.clone(), &TYPES));
    }
    if let (Some(_), Some(reason)) = (&props.default, &place.no_defaults) {
        out.push(Fault::forbidden(path.child("default"), format!("must not be set {reason}")));
    }
    let refused = [
        (props.id, "id"),
        (props.additional_items, "additionalItems"),
        (props.pattern_properties, "patternProperties"),
        (props.definitions, "definitions"),
        (props.dependencies, "dependencies"),
        (props.reference, "$ref"),
    ];
    for (_, key) in refused.into_iter().filter(|(is_set, _)| *is_set) {
        out.push(Fault::forbidden(path.child(key), format!("{key} is not supported")));
    }
    if props.ty == "null" {
        let detail = "type cannot be set to null, use nullable as an alternative";
        out.push(Fault::forbidden(path.child("type"), detail));
    }
    if props.items_are_many {
        out.push(Fault::forbidden(path.child("items"), "items must be a schema object and not an array"));
    }
    if place.in_meta && props.embedded {
        let detail = "must not be used inside of resource meta";
        out.push(Fault::forbidden(path.child("x-kubernetes-embedded-resource"), detail));
    }
}

fn children(props: &Props, path: &FieldPath, place: &Place, out: &mut Vec<Fault>) {
    let inner = Place { is_root: false, ..place.clone() };
    if let Some(additional) = &props.additional {
        let path = path.child("additionalProperties");
        if !props.properties.is_empty() && *additional != Additional::Allowed(true) {
            let detail = "additionalProperties and properties are mutual exclusive";
            out.push(Fault::forbidden(path.clone(), detail));
        }
        let mut inner = inner.clone();
        if place.in_meta {
            inner.no_defaults = Some("inside additionalProperties applying to object metadata".to_owned());
        }
        if let Additional::Schema(schema) = additional {
            walk(schema, &path, &inner, out);
        }
    }
    for (name, child) in &props.properties {
        let mut inner = inner.clone();
        if (place.is_root || props.embedded) && is_meta(name) {
            inner.in_meta = true;
            if place.is_root {
                inner.no_defaults = Some(format!("in top-level {name}"));
            }
        }
        walk(child, &property(path, name), &inner, out);
    }
    if let Some(child) = &props.not {
        walk(child, &path.child("not"), &inner, out);
    }
    for (key, many) in [("allOf", &props.all_of), ("oneOf", &props.one_of), ("anyOf", &props.any_of)] {
        for (index, child) in many.iter().enumerate() {
            walk(child, &path.child(key).index(index), &inner, out);
        }
    }
    if let Some(child) = &props.items {
        walk(child, &path.child("items"), &inner, out);
    }
}

fn is_meta(name: &str) -> bool {
    matches!(name, "metadata" | "kind" | "apiVersion")
}

/// `x-kubernetes-map-type` and `x-kubernetes-list-type` against the type.
fn topology(props: &Props, path: &FieldPath, out: &mut Vec<Fault>) {
    let wrong_type = |expected: &str, extension: &str| {
        let detail = format!("must be {expected} if {extension} is specified");
        if props.ty.is_empty() {
            Fault::required(path.child("type"), detail)
        } else {
            Fault::invalid(path.child("type"), props.ty.clone(), detail)
        }
    };
    if let Some(map_type) = &props.map_type {
        if props.ty != "object" {
            out.push(wrong_type("object", "x-kubernetes-map-type"));
        }
        if map_type != "atomic" && map_type != "granular" {
            let at = path.child("x-kubernetes-map-type");
            out.push(Fault::not_supported(at, map_type.clone(), &["atomic", "granular"]));
        }
    }
    let Some(list_type) = &props.list_type else { return };
    if props.ty != "array" {
        out.push(wrong_type("array", "x-kubernetes-list-type"));
    } else if let (Some(items), "set") = (&props.items, list_type.as_str()) {
        set_items(items, path, out);
    }
    if !matches!(list_type.as_str(), "atomic" | "set" | "map") {
        let at = path.child("x-kubernetes-list-type");
        out.push(Fault::not_supported(at, list_type.clone(), &["atomic", "set", "map"]));
    }
}

fn set_items(items: &Props, path: &FieldPath, out: &mut Vec<Fault>) {
    let key = match items.ty.as_str() {
        "array" if items.list_type.as_ref().is_some_and(|ty| ty != "atomic") => "x-kubernetes-list-type",
        "object" if items.map_type.as_deref() != Some("atomic") => "x-kubernetes-map-type",
        _ => return,
    };
    // Upstream shows the list type in both cases.
    let shown = items.list_type.clone().map_or(Value::Null, Value::from);
    out.push(Fault::invalid(
        path.child("items").child(key),
        shown,
        "must be atomic as item of a list with x-kubernetes-list-type=set",
    ));
}

fn list_map(props: &Props, path: &FieldPath, out: &mut Vec<Fault>) {
    let list_type = path.child("x-kubernetes-list-type");
    if !props.list_keys.is_empty() && props.list_type.as_deref() != Some("map") {
        let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
        out.push(match &props.list_type {
            None => Fault::required(list_type, detail),
            Some(other) => Fault::invalid(list_type, other.clone(), detail),
        });
    }
    if props.list_type.as_deref() != Some("map") {
        return;
    }
    let list_keys = path.child("x-kubernetes-list-map-keys");
    if props.list_keys.is_empty() {
        let detail = "must not be empty if x-kubernetes-list-type is map";
        out.push(Fault::required(list_keys.clone(), detail));
    }
    let Some(items) = &props.items else {
        if !props.items_are_many {
            let detail = "must have a schema if x-kubernetes-list-type is map";
            out.push(Fault::required(path.child("items"), detail));
        }
        return;
    };
    if items.ty != "object" {
        let detail = "must be object if parent array's x-kubernetes-list-type is map";
        out.push(Fault::invalid(path.child("items").child("type"), items.ty.clone(), detail));
        return;
    }
    let shown = || Value::Array(props.list_keys.iter().cloned().map(Value::from).collect());
    for (index, key) in props.list_keys.iter().enumerate() {
        match items.property(key) {
            Some(child) if child.ty == "array" || child.ty == "object" => {
                let at = property(&path.child("items"), key).child("type");
                let detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
                out.push(Fault::invalid(at, items.ty.clone(), detail));
            }
            Some(_) => {}
            None => {
                let detail = "entries must all be names of item properties";
                out.push(Fault::invalid(list_keys.clone(), shown(), detail));
            }
        }
        if props.list_keys[..index].contains(key) {
            out.push(Fault::invalid(list_keys.clone(), shown(), "must not contain duplicate entries"));
        }
    }
}

/// Elements of sets and maps are never null; keys are there or have a default.
fn keys(props: &Props, path: &FieldPath, out: &mut Vec<Fault>) {
    let (Some(items), Some(list_type @ ("set" | "map"))) = (&props.items, props.list_type.as_deref()) else {
        return;
    };
    let at = path.child("items");
    if items.nullable {
        let detail = format!("cannot be nullable when x-kubernetes-list-type is {list_type}");
        out.push(Fault::forbidden(at.child("nullable"), detail));
    }
    if list_type == "set" {
        return;
    }
    for key in &props.list_keys {
        let Some(child) = items.property(key) else { continue };
        if !items.required.contains(key) && child.default.is_none() {
            out.push(Fault::required(
                property(&at, key).child("default"),
                "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
            ));
        }
        if child.nullable {
            out.push(Fault::forbidden(
                property(&at, key).child("nullable"),
                "this property is in x-kubernetes-list-map-keys, so it cannot be nullable",
            ));
        }
    }
}

/// The outer form of CEL rules; what they say is another crate's business.
fn validations(props: &Props, path: &FieldPath, out: &mut Vec<Fault>) {
    const REASONS: [&str; 4] =
        ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
    for (index, rule) in props.validations.iter().enumerate() {
        let at = path.child("x-kubernetes-validations").index(index);
        let text = |key: &str| rule.get(key).and_then(Value::as_str).unwrap_or_default();
        let (source, message) = (text("rule").trim(), text("message"));
        let has_newline = |text: &str| text.contains(['\n', '\r']);
        if source.is_empty() {
            out.push(Fault::required(at.child("rule"), "rule is not specified"));
        } else if !message.is_empty() && message.trim().is_empty() {
            out.push(Fault::invalid(at.child("message"), message, "must be non-empty if specified"));
        } else if has_newline(message.trim()) {
            out.push(Fault::invalid(at.child("message"), message, "must not contain line breaks"));
        } else if has_newline(source) && message.trim().is_empty() {
            let detail = "message must be specified if rule contains line breaks";
            out.push(Fault::required(at.child("message"), detail));
        }
        let expression = text("messageExpression");
        if !expression.is_empty() && expression.trim().is_empty() {
            let detail = "messageExpression must be non-empty if specified";
            out.push(Fault::required(at.child("messageExpression"), detail));
        }
        if let Some(reason) = rule.get("reason").and_then(Value::as_str)
            && !REASONS.contains(&reason)
        {
            out.push(Fault::not_supported(at.child("reason"), reason, &REASONS));
        }
        let field_path = text("fieldPath");
        if !field_path.is_empty() && field_path.trim().is_empty() {
            out.push(Fault::invalid(at.child("fieldPath"), field_path, "must be non-empty if specified"));
        }
        if has_newline(field_path) {
            out.push(Fault::invalid(at.child("fieldPath"), field_path, "must not contain line breaks"));
        }
    }
}
