//! Paths and their operations.

use std::sync::Arc;

use amethyst_object::{GroupVersionKind, Map, Value, value};

use super::schemas::{DELETE_OPTIONS, PATCH, References, STATUS};
use super::{GroupVersion, reference};
use crate::catalog::{Resource, Subresource};

type Parameter = (&'static str, &'static str);

const LIST: [Parameter; 10] = [
    ("allowWatchBookmarks", "boolean"),
    ("continue", "string"),
    ("fieldSelector", "string"),
    ("labelSelector", "string"),
    ("limit", "integer"),
    ("resourceVersion", "string"),
    ("resourceVersionMatch", "string"),
    ("sendInitialEvents", "boolean"),
    ("timeoutSeconds", "integer"),
    ("watch", "boolean"),
];
const WRITE: [Parameter; 3] =
    [("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string")];
const FORCE: [Parameter; 4] =
    [("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string"), ("force", "boolean")];
const DELETE: [Parameter; 4] = [
    ("dryRun", "string"),
    ("gracePeriodSeconds", "integer"),
    ("orphanDependents", "boolean"),
    ("propagationPolicy", "string"),
];
const DELETE_COLLECTION: [Parameter; 12] = [
    ("continue", "string"),
    ("dryRun", "string"),
    ("fieldSelector", "string"),
    ("gracePeriodSeconds", "integer"),
    ("labelSelector", "string"),
    ("limit", "integer"),
    ("orphanDependents", "boolean"),
    ("propagationPolicy", "string"),
    ("resourceVersion", "string"),
    ("resourceVersionMatch", "string"),
    ("sendInitialEvents", "boolean"),
    ("timeoutSeconds", "integer"),
];
const PATCH_TYPES: [&str; 4] = [
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];

/// Where an operation stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Everywhere,
    Collection,
    Object,
}

/// One endpoint: a resource or a subresource of it.
struct Endpoint<'a> {
    group_version: &'a GroupVersion<'a>,
    row: &'a Resource,
    subresource: Option<&'a Subresource>,
    /// The schemas of the object and of its list.
    schema: String,
    list: String,
}

/// Visits the paths of a group and version, each with its item.
pub(super) fn visit(
    group_version: &GroupVersion<'_>,
    rows: &[Arc<Resource>],
    references: &mut References,
    mut each: impl FnMut(&str, &Value),
) {
    let root = format!("/{}", group_version.path());
    for row in rows {
        let main = Endpoint {
            group_version,
            row,
            subresource: None,
            schema: references.kind(row, &row.gvk()),
            list: references.list(row),
        };
        let scope = if row.namespaced { "/namespaces/{namespace}" } else { "" };
        let collection = format!("{root}{scope}/{}", row.gvr.resource);
        let object = format!("{collection}/{{name}}");
        if row.namespaced && row.verbs.contains(&"list") {
            let everywhere = format!("{root}/{}", row.gvr.resource);
            each(&everywhere, &main.item(Place::Everywhere, references));
        }
        for (path, place) in [(&collection, Place::Collection), (&object, Place::Object)] {
            if main.verbs(place).next().is_some() {
                each(path, &main.item(place, references));
            }
        }
        for subresource in &row.subresources {
            let endpoint = Endpoint {
                subresource: Some(subresource),
                schema: references.kind(row, &subresource.kind),
                list: String::new(),
                ..main
            };
            let path = format!("{object}/{}", subresource.name);
            each(&path, &endpoint.item(Place::Object, references));
        }
    }
}

impl Endpoint<'_> {
    fn verbs(&self, place: Place) -> impl Iterator<Item = &'static str> {
        let verbs = self.subresource.map_or(&self.row.verbs, |subresource| &subresource.verbs);
        let below = self.subresource.is_some();
        ["get", "list", "create", "update", "delete", "deletecollection", "patch"].into_iter().filter(
            move |verb| {
                let here = match *verb {
                    "list" => place != Place::Object,
                    "create" if below => true,
                    "create" | "deletecollection" => place == Place::Collection,
                    _ => place == Place::Object,
                };
                here && verbs.contains(verb)
            },
        )
    }

    fn item(&self, place: Place, references: &mut References) -> Value {
        let mut item = Map::new();
        for verb in self.verbs(place) {
            let method = match verb {
                "list" => "get",
                "create" => "post",
                "update" => "put",
                "deletecollection" => "delete",
                other => other,
            };
            item.insert(method, self.operation(verb, place, references));
        }
        let mut parameters = Vec::new();
        if place == Place::Object {
            parameters.push(path_parameter("name"));
        }
        if self.row.namespaced && place != Place::Everywhere {
            parameters.push(path_parameter("namespace"));
        }
        parameters.push(parameter(&("pretty", "string")));
        item.insert("parameters", parameters);
        item.into()
    }

    fn operation(&self, verb: &'static str, place: Place, references: &mut References) -> Value {
        let gvk = self.subresource.map_or_else(|| self.row.gvk(), |subresource| subresource.kind.clone());
        let parameters: &[Parameter] = match verb {
            "list" => &LIST,
            "deletecollection" => &DELETE_COLLECTION,
            "create" | "update" => &WRITE,
            "patch" => &FORCE,
            "delete" => &DELETE,
            _ => &[],
        };
        let answer = match verb {
            "list" => self.list.clone(),
            "delete" | "deletecollection" => references.add(STATUS),
            _ => self.schema.clone(),
        };
        let mut map = Map::new();
        map.insert("tags", vec![self.tag()]);
        map.insert("operationId", self.operation_id(verb, place));
        if !parameters.is_empty() {
            map.insert("parameters", parameters.iter().map(parameter).collect::<Vec<_>>());
        }
        if let Some(body) = self.body(verb, references) {
            map.insert("requestBody", body);
        }
        let answers: &[&str] = match verb {
            "create" => &["200", "201", "202"],
            "update" | "patch" => &["200", "201"],
            "delete" => &["200", "202"],
            _ => &["200"],
        };
        let content = value!({"application/json": {"schema": (reference(&answer))}});
        let mut responses: Map = answers
            .iter()
            .map(|code| (*code, value!({"description": (described(code)), "content": (content.clone())})))
            .collect();
        responses.insert("401", value!({"description": "Unauthorized"}));
        map.insert("responses", responses);
        map.insert("x-kubernetes-action", action(verb));
        map.insert("x-kubernetes-group-version-kind", group_version_kind(&gvk));
        map.into()
    }

    fn body(&self, verb: &str, references: &mut References) -> Option<Value> {
        let content: Map = match verb {
            "create" | "update" => {
                [("*/*", value!({"schema": (reference(&self.schema))}))].into_iter().collect()
            }
            "delete" | "deletecollection" => {
                let options = references.add(DELETE_OPTIONS);
                let content = value!({"*/*": {"schema": (reference(&options))}});
                return Some(value!({"content": content}));
            }
            "patch" => {
                let patch = references.add(PATCH);
                let types =
                    PATCH_TYPES.iter().filter(|ty| !self.row.is_custom() || !ty.contains("strategic"));
                types.map(|ty| (*ty, value!({"schema": (reference(&patch))}))).collect()
            }
            _ => return None,
        };
        Some(value!({"content": content, "required": true}))
    }

    fn tag(&self) -> String {
        let group = match self.group_version.group {
            "" => "core".to_owned(),
            group => camel(group, false),
        };
        format!("{group}_{}", self.group_version.version)
    }

    fn operation_id(&self, verb: &str, place: Place) -> String {
        let group = match self.group_version.group {
            "" => "Core".to_owned(),
            group => camel(group, true),
        };
        let version = camel(self.group_version.version, true);
        let verb = match verb {
            "get" => "read",
            "update" => "replace",
            "deletecollection" => "delete",
            other => other,
        };
        let collection = if place == Place::Collection && verb == "delete" { "Collection" } else { "" };
        let namespaced = if self.row.namespaced && place != Place::Everywhere { "Namespaced" } else { "" };
        let below = self.subresource.map(|subresource| camel(&subresource.name, true)).unwrap_or_default();
        let everywhere = if place == Place::Everywhere { "ForAllNamespaces" } else { "" };
        format!("{verb}{group}{version}{collection}{namespaced}{}{below}{everywhere}", self.row.kind)
    }
}

fn described(code: &str) -> &'static str {
    match code {
        "201" => "Created",
        "202" => "Accepted",
        _ => "OK",
    }
}

fn action(verb: &str) -> &str {
    match verb {
        "create" => "post",
        "update" => "put",
        other => other,
    }
}

pub(super) fn group_version_kind(gvk: &GroupVersionKind) -> Value {
    value!({"group": (gvk.group.clone()), "version": (gvk.version.clone()), "kind": (gvk.kind.clone())})
}

fn parameter((name, ty): &Parameter) -> Value {
    value!({"name": (*name), "in": "query", "schema": {"type": (*ty), "uniqueItems": true}})
}

fn path_parameter(name: &str) -> Value {
    value!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "uniqueItems": true}})
}

/// `rbac.authorization.k8s.io` as upstream's operation ids have it: `RbacAuthorization`.
fn camel(text: &str, upper: bool) -> String {
    let text = text.strip_suffix(".k8s.io").unwrap_or(text);
    let mut out = String::new();
    for (at, word) in text.split(['.', '-', '_']).enumerate() {
        let mut characters = word.chars();
        match characters.next() {
            Some(first) if upper || at > 0 => out.extend(first.to_uppercase()),
            Some(first) => out.push(first),
            None => {}
        }
        out.push_str(characters.as_str());
    }
    out
}
