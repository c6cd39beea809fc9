//! Patches and server-side apply.

use super::{Server, body, refused, show, text};
use crate::registry::PatchKind;
use crate::request::FieldValidation;

const MAP: &str = "v1/configmaps";

#[tokio::test]
async fn every_kind_of_patch_changes_an_object() {
    let server = Server::start().await;
    let object = r#"{"metadata":{"name":"a","labels":{"l":"1"}},"data":{"k":"v"}}"#;
    server.create(MAP, "default", object).await.unwrap();
    for (kind, patch, expect) in [
        (PatchKind::Json, r#"[{"op":"replace","path":"/data/k","value":"w"}]"#, r#"{"k":"w"}"#),
        (PatchKind::Merge, r#"{"data":{"k":null,"l":"m"}}"#, r#"{"l":"m"}"#),
        (PatchKind::Strategic, r#"{"data":{"n":"o"}}"#, r#"{"l":"m","n":"o"}"#),
    ] {
        let patched = server.patch(kind, MAP, "default", "a", patch).await.unwrap();
        assert_eq!(show(&patched, "data"), expect, "{kind:?}");
    }
    let seen = server.get(MAP, "default", "a").unwrap();
    let same = server.patch(PatchKind::Merge, MAP, "default", "a", r#"{"data":{"l":"m"}}"#).await.unwrap();
    assert_eq!(same, seen, "a patch that changes nothing makes no revision");
    assert_eq!(
        refused(server.patch(PatchKind::Merge, MAP, "default", "b", "{}").await),
        "404 NotFound: configmaps \"b\" not found"
    );
    assert!(
        refused(server.patch(PatchKind::Merge, MAP, "default", "a", r#"{"metadata":{"name":"c"}}"#).await)
            .starts_with("400 BadRequest: the name of the object (c) does not match the name on the URL (a)")
    );
    let stale = r#"{"metadata":{"resourceVersion":"1"},"data":{"z":"z"}}"#;
    assert!(
        refused(server.patch(PatchKind::Merge, MAP, "default", "a", stale).await).starts_with("409 Conflict")
    );
    let none = r#"{"metadata":{"managedFields":[{}]}}"#;
    let reset = server.patch(PatchKind::Merge, MAP, "default", "a", none).await.unwrap();
    assert_eq!(show(&reset, "metadata.managedFields"), "");
}

#[tokio::test]
async fn containers_merge_by_name() {
    let server = Server::start().await;
    let deployment = r#"{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{
        "metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i:1"}]}}}}"#;
    server.create("apps/v1/deployments", "default", deployment).await.unwrap();
    let patch = r#"{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:2"},{"name":"s","image":"j:1"}]}}}}"#;
    let seen =
        server.patch(PatchKind::Strategic, "apps/v1/deployments", "default", "d", patch).await.unwrap();
    let names: Vec<&str> = ["0", "1"]
        .iter()
        .map(|index| text(&seen, &format!("spec.template.spec.containers.{index}.image")))
        .collect();
    assert!(names.contains(&"i:2") && names.contains(&"j:1"), "{names:?}");
    assert_eq!(show(&seen, "metadata.generation"), "2");
}

#[tokio::test]
async fn an_apply_creates_owns_conflicts_and_forgets() {
    let server = Server::start().await;
    let apply = |manager: &str, force: bool, object: &str| {
        let mut call = server.call(MAP, "default", "a");
        call.write.field_manager = manager.into();
        call.write.force = force;
        let (registry, body) = (server.registry.clone(), body(object));
        async move { registry.patch(&call, PatchKind::Apply, body).await.map(|outcome| super::answer(&outcome)) }
    };
    let object = |data: &str| {
        format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"a"}},"data":{data}}}"#)
    };
    let made = apply("one", false, &object(r#"{"k":"v","l":"m"}"#)).await.unwrap();
    assert_eq!(show(&made, "metadata.managedFields.0.fieldsV1"), r#"{"f:data":{"f:k":{},"f:l":{}}}"#);
    assert_eq!(text(&made, "metadata.managedFields.0.operation"), "Apply");
    let again = apply("one", false, &object(r#"{"k":"v","l":"m"}"#)).await.unwrap();
    assert_eq!(again, made);
    assert_eq!(
        refused(apply("two", false, &object(r#"{"k":"w"}"#)).await),
        "409 Conflict: Apply failed with 1 conflict: conflict with \"one\": .data.k"
    );
    let forced = apply("two", true, &object(r#"{"k":"w"}"#)).await.unwrap();
    assert_eq!(show(&forced, "data"), r#"{"k":"w","l":"m"}"#);
    let less = apply("one", false, &object("{}")).await.unwrap();
    assert_eq!(show(&less, "data"), r#"{"k":"w"}"#);
    assert!(
        refused(apply("", false, &object("{}")).await)
            .contains("fieldManager: Required value: is required for apply patch")
    );
    let managed = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","managedFields":[]}}"#;
    assert_eq!(
        refused(apply("one", false, managed).await),
        "400 BadRequest: metadata.managedFields must be nil"
    );
}

#[tokio::test]
async fn strict_patches_name_unknown_fields() {
    let server = Server::start().await;
    server.create(MAP, "default", r#"{"metadata":{"name":"a"}}"#).await.unwrap();
    let mut call = server.call(MAP, "default", "a");
    call.write.field_validation = FieldValidation::Strict;
    let refusal = refused(server.registry.patch(&call, PatchKind::Merge, body(r#"{"foo":1}"#)).await);
    assert!(refusal.starts_with("422 Invalid:  \"\" is invalid: patch: Invalid value: "), "{refusal}");
    assert!(refusal.ends_with("strict decoding error: unknown field \"foo\""), "{refusal}");
}
