//! The form Go gives an object when it decodes it and writes it again.
//!
//! An API server in Go keeps no field that is empty and `omitempty`, and writes others though they are empty:
//! `status: {}`, `resources: {}`, `rules: null`. Clients compare, so ours must do the same. Fields that the
//! tables do not know are left alone: dropping them is pruning, which is the schema's work.

use amethyst_object::{Map, Value};

use crate::messages::{Field, Form, Message, Shape, Type, messages};
use crate::time;

/// How deep objects are followed; JSON's own limit is not far above.
const DEPTH_MAX: usize = 400;

/// Brings an object of a built-in kind into the form Go writes; says whether the kind is known. What has the
/// wrong type stays as it is, for validation to find.
pub fn normalize(group: &str, version: &str, kind: &str, object: &mut Value) -> bool {
    let Some(at) = messages().root(group, version, kind) else { return false };
    if let Value::Object(map) = object {
        plain(&messages().all[at], map, DEPTH_MAX);
    }
    true
}

/// What Go writes for an empty object of a kind, without `kind` and `apiVersion`.
pub fn zero(group: &str, version: &str, kind: &str) -> Option<Value> {
    let at = messages().root(group, version, kind)?;
    Some(zero_of(Type::Message(at), DEPTH_MAX))
}

fn plain(message: &Message, map: &mut Map, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for field in &message.fields {
        match (field.name, field.ty) {
            ("^", Type::Message(at)) => plain(&messages().all[at], map, depth),
            _ => one_field(field, map, depth),
        }
    }
}

fn one_field(field: &Field, map: &mut Map, depth: usize) {
    let present = map.get(field.name).is_some_and(|value| !value.is_null());
    let is_list = matches!(field.ty, Type::Message(at) if messages().all[at].form == Form::List);
    let nil_when_absent = field.pointer || field.shape != Shape::One || field.ty == Type::Bytes || is_list;
    if !present && nil_when_absent {
        if field.always {
            map.insert(field.name, Value::Null);
        } else {
            map.remove(field.name);
        }
        return;
    }
    if !present {
        let zero = zero_of(field.ty, depth);
        let is_struct = matches!(field.ty, Type::Message(_));
        if field.always || is_struct && !(field.omit_zero && zero.is_null()) {
            map.insert(field.name, zero);
        } else {
            map.remove(field.name);
        }
        return;
    }
    let value = map.get_mut(field.name).expect("it was just found");
    match (field.shape, &mut *value) {
        (Shape::One, value) => typed(field.ty, value, depth),
        (Shape::Repeated, Value::Array(items)) => elements(field.ty, items.iter_mut(), depth),
        (Shape::Map, Value::Object(map)) => elements(field.ty, map.iter_mut().map(|(_, it)| it), depth),
        _ => return,
    }
    let is_struct = field.shape == Shape::One && matches!(field.ty, Type::Message(_)) && !is_list;
    let left_out =
        if is_struct { field.omit_zero && value.is_null() } else { !field.pointer && is_empty(value) };
    if left_out && !field.always {
        map.remove(field.name);
    }
}

/// The elements of a list or map: null is the zero of their type.
fn elements<'a>(ty: Type, values: impl Iterator<Item = &'a mut Value>, depth: usize) {
    for value in values {
        if value.is_null() && ty != Type::Bytes {
            *value = zero_of(ty, depth);
        } else {
            typed(ty, value, depth);
        }
    }
}

/// A value that is not null.
fn typed(ty: Type, value: &mut Value, depth: usize) {
    let Type::Message(at) = ty else { return };
    let message = &messages().all[at];
    match (message.form, &mut *value) {
        (Form::Plain, Value::Object(map)) => plain(message, map, depth),
        (Form::List, Value::Array(items)) => {
            let ty = message.fields.first().map_or(Type::String, |field| field.ty);
            elements(ty, items.iter_mut(), depth);
        }
        (Form::Quantity, Value::String(_) | Value::Number(_)) => canonical_quantity(value),
        (Form::Time, Value::String(_)) => canonical_time(value),
        (Form::OneOrBool | Form::OneOrMany | Form::OneOrStrings, value) => {
            alternatives(message, value, depth);
        }
        _ => {}
    }
}

fn alternatives(message: &Message, value: &mut Value, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let schema = message.fields.iter().find(|field| field.name == "schema");
    let Some(Type::Message(at)) = schema.map(|field| field.ty) else { return };
    match value {
        Value::Object(map) => plain(&messages().all[at], map, depth),
        Value::Array(items) if message.form == Form::OneOrMany => {
            elements(Type::Message(at), items.iter_mut(), depth);
        }
        _ => {}
    }
}

fn canonical_quantity(value: &mut Value) {
    let text = match &*value {
        Value::String(text) => text.trim(),
        Value::Number(number) => number.as_str(),
        _ => return,
    };
    if let Ok(text) = amethyst_schema::canonical_quantity(text) {
        *value = text.into();
    }
}

/// Times are written in UTC, to the second; Go's zero time as null.
fn canonical_time(value: &mut Value) {
    if let Some(seconds) = value.as_str().and_then(time::parse) {
        let text = time::format(seconds) + "Z";
        *value = if text == "0001-01-01T00:00:00Z" { Value::Null } else { text.into() };
    }
}

fn zero_of(ty: Type, depth: usize) -> Value {
    let at = match ty {
        Type::String => return "".into(),
        Type::Bool => return false.into(),
        Type::Int32 | Type::Int64 | Type::Double => return 0.into(),
        Type::Bytes => return Value::Null,
        Type::Message(at) => at,
    };
    let message = &messages().all[at];
    match message.form {
        Form::Plain => {
            let mut map = Map::new();
            plain(message, &mut map, depth);
            map.into()
        }
        Form::Quantity => "0".into(),
        Form::IntOrString => 0.into(),
        Form::Duration => "0s".into(),
        Form::OneOrBool => false.into(),
        Form::List | Form::Embedded | Form::Time | Form::MicroTime | Form::OneOrMany | Form::OneOrStrings => {
            Value::Null
        }
    }
}

/// What `omitempty` leaves out.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Value, json};

    use super::{normalize, zero};

    fn check(group: &str, version: &str, kind: &str, object: &str, wanted: &str) {
        let mut found = json::parse(object.as_bytes()).unwrap();
        assert!(normalize(group, version, kind, &mut found));
        assert_eq!(found, json::parse(wanted.as_bytes()).unwrap(), "{}", json::to_string(&found));
        let again = found.clone();
        normalize(group, version, kind, &mut found);
        assert_eq!(found, again, "normal forms stay");
    }

    #[test]
    fn empty_fields_come_and_go_as_in_go() {
        check(
            "apps",
            "v1",
            "Deployment",
            r#"{"metadata": {"labels": {}, "creationTimestamp": null, "generation": 0}, "spec": {"replicas": 0,
                "paused": false, "selector": null, "template": {"spec": {"hostNetwork": false, "volumes": [],
                "containers": [{"name": "a", "args": [], "stdin": false,
                  "resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}}}]}}}}"#,
            r#"{"metadata": {}, "spec": {"replicas": 0, "selector": null, "strategy": {},
                "template": {"metadata": {}, "spec": {"containers": [{"name": "a",
                  "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}}}]}}}, "status": {}}"#,
        );
        check(
            "rbac.authorization.k8s.io",
            "v1",
            "Role",
            r#"{"metadata": {"name": "r", "creationTimestamp": "2026-01-01T01:00:00+01:00"}}"#,
            r#"{"metadata": {"name": "r", "creationTimestamp": "2026-01-01T00:00:00Z"}, "rules": null}"#,
        );
        check("", "v1", "ConfigMap", r#"{"data": {"a": null}}"#, r#"{"metadata": {}, "data": {"a": ""}}"#);
        assert!(!normalize("example.org", "v1", "Thing", &mut Value::object()));
    }

    #[test]
    fn every_kind_has_a_zero() {
        for kind in crate::kinds() {
            let zero = zero(kind.group, kind.version, kind.kind).unwrap();
            assert!(zero.get("metadata").is_some(), "{}", kind.kind);
            let mut again = zero.clone();
            normalize(kind.group, kind.version, kind.kind, &mut again);
            assert_eq!(zero, again);
        }
    }
}
