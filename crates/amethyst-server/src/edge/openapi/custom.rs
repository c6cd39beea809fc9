//! Schemas of custom resources: what their authors wrote, in the form upstream publishes it.
//!
//! After kubernetes/apiextensions-apiserver `pkg/controller/openapi/builder/builder.go` and, for v2,
//! `pkg/controller/openapi/v2/conversion.go`: what may be null or keeps unknown fields has no type there,
//! because kubectl would refuse what such a schema does not name.

use amethyst_kinds::Descriptions;
use amethyst_object::{GroupVersionKind, Map, Str, Value, json, value};

use super::paths::group_version_kind;
use super::schemas::META;
use super::{Version, reference};
use crate::catalog::{CustomVersion, Resource};

/// A type whose `apiVersion`, `kind` and `metadata` are described as those of every other.
const DESCRIBED: &str = "io.k8s.api.core.v1.ConfigMap";
const JUNCTORS: [&str; 4] = ["allOf", "anyOf", "oneOf", "not"];

/// `io.cert-manager.v1.Certificate` of `cert-manager.io/v1`.
pub(super) fn name(gvk: &GroupVersionKind, kind: &str) -> String {
    let reversed: Vec<&str> = gvk.group.rsplit('.').collect();
    format!("{}.{}.{kind}", reversed.join("."), gvk.version)
}

/// Visits the schemas of a row: of its kind and of its list.
pub(super) fn visit(
    row: &Resource,
    version: &CustomVersion,
    form: Version,
    words: &mut Descriptions,
    each: &mut impl FnMut(&str, &Value),
) {
    let gvk = row.gvk();
    let own = name(&gvk, &gvk.kind);
    let common = Common::new(words);
    let selectable = selectable(version);
    let mut schema = object(version, form, &common);
    schema.insert("x-kubernetes-group-version-kind", vec![group_version_kind(&gvk)]);
    let list = GroupVersionKind { kind: row.list_kind.clone(), ..gvk };
    let mut list_schema = common.list(&own, &list);
    if let Some(selectable) = selectable {
        schema.insert("x-kubernetes-selectable-fields", selectable.clone());
        list_schema.insert("x-kubernetes-selectable-fields", selectable);
    }
    each(&own, &schema.into());
    each(&name(&list, &list.kind), &list_schema.into());
}

fn selectable(version: &CustomVersion) -> Option<Vec<Value>> {
    let path = |path: &Str| value!({"fieldPath": (path.strip_prefix('.').unwrap_or(path))});
    (!version.selectable.is_empty()).then(|| version.selectable.iter().map(path).collect())
}

fn object(version: &CustomVersion, form: Version, common: &Common) -> Map {
    let bare = || [("type", Value::from("object"))].into_iter().collect();
    let Ok(Value::Object(mut schema)) = json::parse(&version.open_api) else { return bare() };
    match form {
        Version::Second if flag(&schema, "x-kubernetes-preserve-unknown-fields") => return bare(),
        Version::Second => each_schema(&mut schema, &mut second),
        Version::Third => each_schema(&mut schema, &mut unfold),
    }
    each_schema(&mut schema, &mut |schema| common.embedded(schema, form));
    common.type_meta(&mut schema);
    schema
}

fn flag(schema: &Map, key: &str) -> bool {
    schema.get(key).and_then(Value::as_bool) == Some(true)
}

/// Visits a schema and those within it that give values their structure, the outer ones first.
fn each_schema(schema: &mut Map, visit: &mut impl FnMut(&mut Map)) {
    visit(schema);
    for key in ["items", "additionalProperties"] {
        if let Some(Value::Object(inner)) = schema.get_mut(key) {
            each_schema(inner, visit);
        }
    }
    if let Some(Value::Object(fields)) = schema.get_mut("properties") {
        for (_, field) in fields.iter_mut() {
            if let Value::Object(field) = field {
                each_schema(field, visit);
            }
        }
    }
}

/// Says in OpenAPI's own words what `x-kubernetes-int-or-string` means, where the author did not.
fn unfold(schema: &mut Map) {
    if !flag(schema, "x-kubernetes-int-or-string") {
        return;
    }
    let either = || value!([{"type": "integer"}, {"type": "string"}]);
    let spelled = |any: Option<&Value>| any.is_some_and(|any| *any == either());
    let first = schema.get("allOf").and_then(Value::as_array).and_then(|all| all.first());
    if spelled(schema.get("anyOf")) || spelled(first.and_then(|first| first.get("anyOf"))) {
        return;
    }
    if !schema.contains_key("anyOf") {
        schema.insert("anyOf", either());
        return;
    }
    let either = either();
    let all = schema.get_or_insert_with("allOf", || Value::Array(Vec::new()));
    if let Some(all) = all.as_array_mut() {
        all.insert(0, value!({"anyOf": either}));
    }
}

/// Takes away what v2 cannot say.
fn second(schema: &mut Map) {
    for key in JUNCTORS {
        schema.remove(key);
    }
    let is = |schema: &Map, ty: &str| schema.str("type") == Some(ty);
    if flag(schema, "nullable") {
        for key in ["type", "items", "properties"] {
            schema.remove(key);
        }
    }
    schema.remove("nullable");
    let preserves = flag(schema, "x-kubernetes-preserve-unknown-fields");
    if preserves {
        schema.remove("items");
        schema.remove("properties");
    }
    if is(schema, "array") && !schema.contains_key("items") || preserves && is(schema, "object") {
        schema.remove("type");
    }
    optional_nulls(schema);
}

/// What may be null is not required: a client of v2 could not write the null.
fn optional_nulls(schema: &mut Map) {
    let nullable = |value: &Value| value.as_object().is_some_and(|value| flag(value, "nullable"));
    if schema.get("additionalProperties").is_some_and(nullable) {
        schema.remove("required");
        return;
    }
    let fields = schema.get("properties").and_then(Value::as_object);
    let names: Vec<Str> = fields
        .into_iter()
        .flat_map(Map::iter)
        .filter(|(_, field)| nullable(field))
        .map(|(name, _)| name.clone())
        .collect();
    let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) else { return };
    required.retain(|name| !names.iter().any(|other| name.as_str() == Some(other)));
    if required.is_empty() {
        schema.remove("required");
    }
}

/// What every object has: `apiVersion`, `kind` and `metadata`.
struct Common {
    api_version: Option<String>,
    kind: Option<String>,
    metadata: Option<String>,
}

impl Common {
    fn new(words: &mut Descriptions) -> Self {
        let described = words.of(DESCRIBED);
        let field = |name: &str| described.and_then(|words| words.field(name));
        Self { api_version: field("apiVersion"), kind: field("kind"), metadata: field("metadata") }
    }

    fn type_meta(&self, schema: &mut Map) {
        let properties = schema.object_mut("properties");
        properties.insert("apiVersion", described(value!({"type": "string"}), self.api_version.as_deref()));
        properties.insert("kind", described(value!({"type": "string"}), self.kind.as_deref()));
        properties.insert("metadata", self.meta("ObjectMeta"));
    }

    fn meta(&self, kind: &str) -> Value {
        let meta = reference(&format!("{META}.{kind}"));
        described(value!({"allOf": [meta]}), self.metadata.as_deref())
    }

    /// An object within an object says what it is; v2 says nothing of one that keeps unknown fields.
    fn embedded(&self, schema: &mut Map, form: Version) {
        let silent = form == Version::Second && flag(schema, "x-kubernetes-preserve-unknown-fields");
        if silent || !flag(schema, "x-kubernetes-embedded-resource") {
            return;
        }
        self.type_meta(schema);
        let required = schema.get_or_insert_with("required", || Value::Array(Vec::new()));
        let Some(required) = required.as_array_mut() else { return };
        for name in ["kind", "apiVersion"] {
            if !required.iter().any(|known| known.as_str() == Some(name)) {
                required.push(name.into());
            }
        }
    }

    fn list(&self, of: &str, list: &GroupVersionKind) -> Map {
        let items = reference(of);
        let mut schema: Map = [
            ("type", Value::from("object")),
            ("required", value!(["items"])),
            ("properties", value!({"items": {"type": "array", "items": items}})),
            ("x-kubernetes-group-version-kind", vec![group_version_kind(list)].into()),
        ]
        .into_iter()
        .collect();
        self.type_meta(&mut schema);
        schema.object_mut("properties").insert("metadata", self.meta("ListMeta"));
        schema
    }
}

fn described(mut schema: Value, words: Option<&str>) -> Value {
    if let (Some(map), Some(words)) = (schema.as_object_mut(), words) {
        map.insert("description", words);
    }
    schema
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Value, json};

    use super::{each_schema, second, unfold};

    fn check(visit: fn(&mut amethyst_object::Map), schema: &str, expect: &str) {
        let Ok(Value::Object(mut schema)) = json::parse(schema.as_bytes()) else { panic!("{schema}") };
        each_schema(&mut schema, &mut { visit });
        assert_eq!(Value::Object(schema), json::parse(expect.as_bytes()).unwrap());
    }

    /// The cases are those that upstream tells apart.
    #[test]
    fn the_second_version_leaves_out_what_it_cannot_say() {
        let check = |schema: &str, expect: &str| check(second, schema, expect);
        check(r#"{"type": "string", "nullable": true, "description": "a"}"#, r#"{"description": "a"}"#);
        check(
            r#"{"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"a": {"type": "string"}}}"#,
            r#"{"x-kubernetes-preserve-unknown-fields": true}"#,
        );
        check(r#"{"type": "array"}"#, "{}");
        check(
            r#"{"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string", "nullable": true}, "b": {"type": "string"}}}"#,
            r#"{"type": "object", "required": ["b"], "properties": {"a": {}, "b": {"type": "string"}}}"#,
        );
        check(
            r#"{"type": "object", "required": ["a"], "additionalProperties": {"type": "string", "nullable": true}}"#,
            r#"{"type": "object", "additionalProperties": {}}"#,
        );
        check(
            r#"{"type": "string", "anyOf": [{"pattern": "a"}], "minLength": 1}"#,
            r#"{"type": "string", "minLength": 1}"#,
        );
    }

    #[test]
    fn integers_or_strings_are_spelled_out_once() {
        let check = |schema: &str, expect: &str| check(unfold, schema, expect);
        check(
            r#"{"x-kubernetes-int-or-string": true}"#,
            r#"{"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]}"#,
        );
        let spelled =
            r#"{"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]}"#;
        check(spelled, spelled);
        check(
            r#"{"x-kubernetes-int-or-string": true, "anyOf": [{"pattern": "a"}]}"#,
            r#"{"x-kubernetes-int-or-string": true, "anyOf": [{"pattern": "a"}], "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}]}"#,
        );
    }
}
