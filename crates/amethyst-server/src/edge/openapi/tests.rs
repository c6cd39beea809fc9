//! Documents of a few rows, and what kubectl looks for in them.

use std::sync::Arc;

use amethyst_object::{Value, json};
use http::HeaderMap;

use super::{OpenApi, write};
use crate::catalog::{Catalog, CustomVersion, Group, Resource, Source, StorageKey};
use crate::request::Query;

fn widget() -> Resource {
    let version = CustomVersion {
        definition: "widgets.ex.io".into(),
        open_api:
            br#"{"type":"object","description":"a widget","properties":{"spec":{"type":"object"}}}"#[..]
                .into(),
        since: amethyst_store::Revision::default(),
        columns: Vec::new(),
        scale: None,
        selectable: Vec::new(),
        converted_by_webhook: false,
        deprecation: None,
        compiled: std::sync::OnceLock::new(),
        rules: std::sync::OnceLock::new(),
    };
    Resource {
        gvr: amethyst_object::GroupVersionResource {
            group: "ex.io".into(),
            version: "v1".into(),
            resource: "widgets".into(),
        },
        kind: "Widget".into(),
        list_kind: "WidgetList".into(),
        singular: "widget".into(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: vec!["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
        subresources: Vec::new(),
        storage: StorageKey { group: "ex.io".into(), plural: "widgets".into(), version: "v1".into() },
        has_status: false,
        source: Source::Custom(Arc::new(version)),
    }
}

fn catalog() -> Catalog {
    let groups = vec![Group { name: "ex.io".into(), versions: vec!["v1".into()] }];
    Catalog::new(1, groups, [Arc::new(widget())])
}

#[test]
fn a_document_has_paths_and_schemas() {
    let catalog = catalog();
    let group_version = super::GroupVersion { group: "ex.io", version: "v1" };
    let document = json::parse(&write(&catalog, &group_version)).unwrap();
    let paths = document.get("paths").unwrap().as_object().unwrap();
    let names: Vec<&str> = paths.keys().map(amethyst_object::Str::as_str).collect();
    assert_eq!(
        names,
        [
            "/apis/ex.io/v1/widgets",
            "/apis/ex.io/v1/namespaces/{namespace}/widgets",
            "/apis/ex.io/v1/namespaces/{namespace}/widgets/{name}"
        ]
    );
    let patch = paths.get(names[2]).unwrap().get("patch").unwrap();
    let parameters = patch.get("parameters").unwrap().as_array().unwrap();
    for wanted in ["dryRun", "fieldManager", "fieldValidation", "force"] {
        assert!(parameters.iter().any(|parameter| parameter.str_at(&["name"]) == Some(wanted)), "{wanted}");
    }
    assert_eq!(patch.str_at(&["operationId"]), Some("patchExIoV1NamespacedWidget"));
    assert_eq!(patch.str_at(&["x-kubernetes-group-version-kind", "kind"]), Some("Widget"));
    let schemas = document.at(&["components", "schemas"]).unwrap().as_object().unwrap();
    let widget = schemas.get("io.ex.v1.Widget").unwrap();
    assert_eq!(widget.str_at(&["description"]), Some("a widget"));
    assert!(widget.at(&["properties", "metadata"]).is_some());
    assert_every_reference_leads_somewhere(&document, schemas);
}

fn assert_every_reference_leads_somewhere(value: &Value, schemas: &amethyst_object::Map) {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.str("$ref").and_then(|name| name.strip_prefix("#/components/schemas/")) {
                assert!(schemas.contains_key(name), "{name}");
            }
            for value in map.values() {
                assert_every_reference_leads_somewhere(value, schemas);
            }
        }
        Value::Array(items) => {
            for value in items {
                assert_every_reference_leads_somewhere(value, schemas);
            }
        }
        _ => {}
    }
}

#[test]
fn hashes_are_kept_by_clients() {
    let (openapi, catalog) = (OpenApi::default(), catalog());
    let hashes = openapi.hashes(&catalog);
    let (path, hash) = hashes.first().unwrap();
    assert_eq!(path, "apis/ex.io/v1");
    let ask = |query: &str| {
        let answer = openapi.document(&catalog, path, &Query::parse(query), &HeaderMap::new()).unwrap();
        let cache = answer.headers()["cache-control"].to_str().unwrap().to_owned();
        (answer.status().as_u16(), cache)
    };
    assert_eq!(ask(&format!("hash={hash}")), (200, "public, immutable".to_owned()));
    assert_eq!(ask("hash=old").0, 301);
    let known =
        HeaderMap::from_iter([("if-none-match".parse().unwrap(), format!("\"{hash}\"").parse().unwrap())]);
    let answer = openapi.document(&catalog, path, &Query::default(), &known).unwrap();
    assert_eq!(answer.status().as_u16(), 304);
    assert!(openapi.document(&catalog, "apis/nope/v1", &Query::default(), &known).is_none());
}
