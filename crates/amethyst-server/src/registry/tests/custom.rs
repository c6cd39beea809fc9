//! Custom resources and their definitions.

use amethyst_object::value;

use super::{Server, WIDGETS, at, body, refused, show, text};
use crate::registry::PatchKind;
use crate::request::ListOptions;

const DEFINITIONS: &str = "apiextensions.k8s.io/v1/customresourcedefinitions";
const V1: &str = "example.com/v1/widgets";

async fn with_widgets() -> Server {
    let server = Server::start().await;
    server.create(DEFINITIONS, "", WIDGETS).await.unwrap();
    server
}

#[tokio::test]
async fn a_definition_is_established_and_served_at_once() {
    let server = Server::start().await;
    let mut changes = server.registry.catalog_changes();
    let made = server.create(DEFINITIONS, "", WIDGETS).await.unwrap();
    assert!(changes.has_changed().unwrap());
    changes.borrow_and_update();
    assert_eq!(
        show(&made, "status.acceptedNames"),
        r#"{"categories":["all"],"kind":"Widget","listKind":"WidgetList","plural":"widgets","shortNames":["wd"],"singular":"widget"}"#
    );
    let conditions: Vec<String> = ["0", "1"]
        .iter()
        .map(|index| {
            let of = |key: &str| text(&made, &format!("status.conditions.{index}.{key}")).to_owned();
            format!("{}={} {}: {}", of("type"), of("status"), of("reason"), of("message"))
        })
        .collect();
    assert_eq!(
        conditions,
        [
            "NamesAccepted=True NoConflicts: no conflicts found",
            "Established=True InitialNamesAccepted: the initial names have been accepted"
        ]
    );
    assert_eq!(show(&made, "status.storedVersions"), r#"["v1"]"#);
    assert_eq!(show(&made, "spec.conversion"), r#"{"strategy":"None"}"#);
    assert_eq!(show(&made, "metadata.generation"), "1");
    let catalog = server.registry.catalog();
    let row = catalog.resource("example.com", "v1", "widgets").unwrap();
    assert_eq!((row.short_names[0].as_str(), row.has_status, row.subresources.len()), ("wd", true, 2));
    assert_eq!(catalog.group("example.com").unwrap().versions, ["v1", "v1beta1"]);
}

#[tokio::test]
async fn definitions_that_make_no_sense_are_refused() {
    let server = Server::start().await;
    let check = async |from: &str, to: &str, expect: &str| {
        let definition = WIDGETS.replacen(from, to, 1);
        assert_ne!(definition, WIDGETS, "{from}");
        let refusal = refused(server.create(DEFINITIONS, "", &definition).await);
        assert!(refusal.contains(expect), "{refusal}\n{expect}");
    };
    check(
        "\"name\": \"widgets.example.com\"",
        "\"name\": \"gadgets.example.com\"",
        "metadata.name: Invalid value: \"gadgets.example.com\": must be spec.names.plural+\".\"+spec.group",
    )
    .await;
    check(
        "\"Namespaced\"",
        "\"Sometimes\"",
        "spec.scope: Unsupported value: \"Sometimes\": supported values: ",
    )
    .await;
    check(
        "\"storage\": true",
        "\"storage\": false",
        "must have exactly one version marked as storage version",
    )
    .await;
    check("\"type\": \"integer\", \"minimum\"", "\"minimum\"", "type: Required value").await;
    check("\"v1beta1\"", "\"v1\"", "must contain unique version names").await;
}

#[tokio::test]
async fn objects_are_pruned_defaulted_and_validated() {
    let server = with_widgets().await;
    let object = r#"{"metadata":{"name":"w"},"spec":{"size":2,"extra":1,"free":{"a":1},
        "parts":[{"name":"p","value":"v"}]},"status":{"replicas":9}}"#;
    let call = server.call(V1, "default", "");
    let made = super::answer(&server.registry.create(&call, super::body_of(&call, object)).await.unwrap());
    assert_eq!(call.warnings.take(), ["unknown field \"spec.extra\""]);
    assert_eq!(
        show(&made, "spec"),
        r#"{"color":"red","free":{"a":1},"parts":[{"name":"p","value":"v"}],"size":2}"#
    );
    assert!(at(&made, "status").is_none());
    let check = async |spec: &str, expect: &str| {
        let object = format!(r#"{{"metadata":{{"name":"x"}},"spec":{spec}}}"#);
        let refusal = refused(server.create(V1, "default", &object).await);
        assert_eq!(refusal, format!("422 Invalid: Widget.example.com \"x\" is invalid: {expect}"), "{spec}");
    };
    check(
        r#"{"size":11}"#,
        "spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10",
    )
    .await;
    check("{}", "spec.size: Required value").await;
    check(
        r#"{"size":1,"color":"green"}"#,
        r#"spec.color: Unsupported value: "green": supported values: "red", "blue""#,
    )
    .await;
    check(
        r#"{"size":1,"parts":[{"name":"p"},{"name":"p"}]}"#,
        r#"spec.parts[1]: Duplicate value: {"name":"p"}"#,
    )
    .await;
    check(
        r#"{"size":"big"}"#,
        r#"spec.size: Invalid value: "string": spec.size in body must be of type integer: "string""#,
    )
    .await;
}

#[tokio::test]
async fn versions_share_objects_and_subresources_work() {
    let server = with_widgets().await;
    let made = server
        .create(V1, "default", r#"{"metadata":{"name":"w"},"spec":{"size":2,"replicas":3}}"#)
        .await
        .unwrap();
    let beta = server.get("example.com/v1beta1/widgets", "default", "w").unwrap();
    assert_eq!((text(&beta, "apiVersion"), show(&beta, "spec.size")), ("example.com/v1beta1", "2".into()));
    let version = text(&made, "metadata.resourceVersion");
    let status = value!({
        "metadata": {"name": "w", "labels": {"no": "no"}, "resourceVersion": version}, "spec": {"size": 9},
        "status": {"replicas": 1, "selector": "a=b"}
    });
    let seen = server.update("example.com/v1/widgets/status", "default", "w", &status).await;
    assert!(seen.is_ok(), "{seen:?}");
    let seen = seen.unwrap();
    assert_eq!(
        [show(&seen, "spec.size"), show(&seen, "status.replicas"), show(&seen, "metadata.labels")],
        ["2", "1", ""]
    );
    assert_eq!(show(&seen, "metadata.generation"), "1");
    let scale = server.get("example.com/v1/widgets/scale", "default", "w").unwrap();
    assert_eq!(
        (show(&scale, "spec"), show(&scale, "status")),
        (r#"{"replicas":3}"#.into(), r#"{"replicas":1,"selector":"a=b"}"#.into())
    );
    let patch = r#"{"spec":{"replicas":5}}"#;
    server.patch(PatchKind::Merge, "example.com/v1/widgets/scale", "default", "w", patch).await.unwrap();
    let seen = server.get(V1, "default", "w").unwrap();
    assert_eq!((show(&seen, "spec.replicas"), show(&seen, "metadata.generation")), ("5".into(), "2".into()));

    let red = ListOptions { field_selector: "spec.color=red".into(), ..ListOptions::default() };
    assert_eq!(server.names(V1, "default", &red).unwrap(), ["w"]);
    let size = ListOptions { field_selector: "spec.size=2".into(), ..ListOptions::default() };
    assert_eq!(
        refused(server.names(V1, "default", &size)),
        "400 BadRequest: field label not supported: spec.size"
    );
}

#[tokio::test]
async fn an_apply_merges_lists_by_key_and_finalizers_as_a_set() {
    let server = with_widgets().await;
    let apply = async |manager: &str, extra: &str, parts: &str| {
        let mut call = server.call(V1, "default", "w");
        call.write.field_manager = manager.into();
        let object = format!(
            r#"{{"apiVersion":"example.com/v1","kind":"Widget","metadata":{{"name":"w"{extra}}},"spec":{{"size":2,"parts":{parts}}}}}"#
        );
        super::answer(&server.registry.patch(&call, PatchKind::Apply, body(&object)).await.unwrap())
    };
    apply("one", r#","finalizers":["x.y/one"]"#, r#"[{"name":"a","value":"1"}]"#).await;
    let seen = apply("two", r#","finalizers":["x.y/two"]"#, r#"[{"name":"b","value":"2"}]"#).await;
    assert_eq!(show(&seen, "spec.parts"), r#"[{"name":"a","value":"1"},{"name":"b","value":"2"}]"#);
    assert_eq!(show(&seen, "metadata.finalizers"), r#"["x.y/one","x.y/two"]"#);
    assert_eq!(show(&seen, "spec.color"), r#""red""#);
    assert!(
        show(&seen, "metadata.managedFields")
            .contains(r#""k:{\"name\":\"b\"}":{".":{},"f:name":{},"f:value":{}}"#)
    );
}

#[tokio::test]
async fn names_that_are_taken_are_not_accepted() {
    let server = with_widgets().await;
    let other = WIDGETS.replace("widgets.example.com", "gizmos.example.com").replace(
        "\"plural\": \"widgets\", \"kind\": \"Widget\"",
        "\"plural\": \"gizmos\", \"kind\": \"Widget\"",
    );
    let made = server.create(DEFINITIONS, "", &other).await.unwrap();
    assert_eq!(text(&made, "status.conditions.0.reason"), "ListKindConflict");
    assert_eq!(text(&made, "status.acceptedNames.plural"), "gizmos");
    assert_eq!(text(&made, "status.conditions.1.status"), "False");
    assert!(server.registry.catalog().resource("example.com", "v1", "gizmos").is_none());
}

/// The widgets with a rule about their spec.
fn with_rule(rule: &str) -> String {
    let spec = r#""spec": {"type": "object", "required": ["size"],"#;
    let ruled =
        format!(r#""spec": {{"type": "object", "x-kubernetes-validations": [{rule}], "required": ["size"],"#);
    WIDGETS.replacen(spec, &ruled, 1)
}

#[tokio::test]
async fn rules_in_cel_are_enforced() {
    let server = Server::start().await;
    let rules = with_rule(
        r#"{"rule": "self.size > 1", "message": "too small"}, {"rule": "self.size >= oldSelf.size", "fieldPath": ".size", "reason": "FieldValueForbidden"}"#,
    );
    let call = server.call(DEFINITIONS, "", "");
    server.registry.create(&call, body(&rules)).await.unwrap();
    assert!(call.warnings.take().is_empty());

    let small = server.create(V1, "default", r#"{"metadata":{"name":"w"},"spec":{"size":1}}"#).await;
    assert!(refused(small).contains("spec: Invalid value: too small"));
    server.create(V1, "default", r#"{"metadata":{"name":"w"},"spec":{"size":3}}"#).await.unwrap();
    let shrunk = server.patch(PatchKind::Merge, V1, "default", "w", r#"{"spec":{"size":2}}"#).await;
    let shrunk = refused(shrunk);
    assert!(shrunk.contains("spec.size: Forbidden: failed rule: self.size >= oldSelf.size"), "{shrunk}");
    let none = server.create(V1, "default", r#"{"metadata":{"name":"x"},"spec":{}}"#).await;
    assert!(refused(none).contains("some validation rules were not checked because the object was invalid"));
}

#[tokio::test]
async fn rules_that_make_no_sense_are_refused() {
    let server = Server::start().await;
    let wrong = server.create(DEFINITIONS, "", &with_rule(r#"{"rule": "self.sizes > 1"}"#)).await;
    let wrong = refused(wrong);
    let expect = "x-kubernetes-validations[0].rule: Invalid value: {\"Rule\":\"self.sizes > 1\"";
    assert!(wrong.contains(expect), "{wrong}");
    assert!(wrong.contains("compilation failed: ERROR: <input>:1:5: undefined field 'sizes'"), "{wrong}");
}

#[tokio::test]
async fn older_objects_catch_up_with_a_newer_schema() {
    let server = with_widgets().await;
    server.create(V1, "default", r#"{"metadata":{"name":"w"},"spec":{"size":2}}"#).await.unwrap();
    let path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
    let patch = format!(
        r#"[{{"op":"add","path":"{path}/shape","value":{{"type":"string","default":"round"}}}},
            {{"op":"remove","path":"{path}/color"}},{{"op":"remove","path":"/spec/versions/0/selectableFields"}}]"#
    );
    server.patch(PatchKind::Json, DEFINITIONS, "", "widgets.example.com", &patch).await.unwrap();
    let seen = server.get(V1, "default", "w").unwrap();
    assert_eq!(show(&seen, "spec"), r#"{"shape":"round","size":2}"#);
    let label = r#"{"metadata":{"labels":{"a":"b"}}}"#;
    let seen = server.patch(PatchKind::Merge, V1, "default", "w", label).await.unwrap();
    assert_eq!(show(&seen, "spec"), r#"{"shape":"round","size":2}"#);
}

#[tokio::test]
async fn a_definition_that_ends_takes_no_new_objects() {
    let server = with_widgets().await;
    let hold = r#"{"metadata":{"name":"w","finalizers":["x.y/z"]},"spec":{"size":2}}"#;
    server.create(V1, "default", hold).await.unwrap();
    server.delete(DEFINITIONS, "", "widgets.example.com").await.unwrap();
    assert_eq!(
        refused(server.create(V1, "default", r#"{"metadata":{"name":"x"},"spec":{"size":2}}"#).await),
        "405 MethodNotAllowed: create not allowed while custom resource definition is terminating"
    );
    assert!(server.get(V1, "default", "w").is_ok());
}

#[tokio::test]
async fn a_deprecated_version_says_so() {
    let server = Server::start().await;
    let old = WIDGETS.replacen("\"name\": \"v1beta1\",", "\"name\": \"v1beta1\", \"deprecated\": true,", 1);
    server.create(DEFINITIONS, "", &old).await.unwrap();
    let call = server.call("example.com/v1beta1/widgets", "default", "");
    server.registry.list(&call, &ListOptions::default()).unwrap();
    assert_eq!(call.warnings.take(), ["example.com/v1beta1 Widget is deprecated"]);
}

#[tokio::test]
async fn versions_that_a_webhook_would_convert_are_refused_by_name() {
    let server = Server::start().await;
    let schema = r#"{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}"#;
    let definition = format!(
        r#"{{"metadata":{{"name":"gears.example.com"}},"spec":{{"group":"example.com","scope":"Namespaced",
        "names":{{"plural":"gears","kind":"Gear"}},
        "conversion":{{"strategy":"Webhook","webhook":{{"conversionReviewVersions":["v1"],"clientConfig":{{"url":"https://127.0.0.1:1/convert"}}}}}},
        "versions":[{{"name":"v1","served":true,"storage":true,"schema":{schema}}},
                    {{"name":"v2","served":true,"storage":false,"schema":{schema}}}]}}}}"#
    );
    server.create(DEFINITIONS, "", &definition).await.unwrap();
    let gear = |version: &str| {
        format!(r#"{{"apiVersion":"example.com/{version}","kind":"Gear","metadata":{{"name":"g"}}}}"#)
    };
    server.create("example.com/v1/gears", "default", &gear("v1")).await.unwrap();
    assert!(server.get("example.com/v1/gears", "default", "g").is_ok());
    let expect = "500 InternalError: Internal error occurred: conversion webhook for example.com/v2, Kind=Gear \
                  failed: this version of the server calls no conversion webhooks; ask for example.com/v1, which \
                  objects are stored in";
    assert_eq!(refused(server.get("example.com/v2/gears", "default", "g")), expect);
    assert_eq!(refused(server.create("example.com/v2/gears", "default", &gear("v2")).await), expect);
}
