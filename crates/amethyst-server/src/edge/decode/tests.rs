//! Bodies in, documents or kube-apiserver 1.37.2's messages out.

use amethyst_object::{GroupVersionKind, json};
use bytes::Bytes;
use http::HeaderMap;

use super::{Expected, delete_options, object, read};
use crate::registry::PatchKind;
use crate::request::Query;

fn headers(content_type: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        headers.insert("content-type", content_type.parse().unwrap());
    }
    headers
}

fn check(gvk: (&str, &str, &str), custom: bool, content_type: &str, body: &str, expect: &str) {
    let expected = Expected { gvk: GroupVersionKind::new(gvk.0, gvk.1, gvk.2), custom, name: "" };
    let known =
        |gvk: &GroupVersionKind| ["v1", "apps/v1", "autoscaling/v2"].contains(&gvk.api_version().as_str());
    let bytes = Bytes::copy_from_slice(body.as_bytes());
    let found = match object(&headers(content_type), &bytes, &expected, &known) {
        Ok(body) => json::to_string(&body.value),
        Err(status) => status.to_string(),
    };
    assert_eq!(found, expect, "{body}");
}

const CONFIG_MAP: (&str, &str, &str) = ("", "v1", "ConfigMap");
const WIDGET: (&str, &str, &str) = ("ex.io", "v1", "Widget");
const JSON: &str = "application/json";

#[test]
fn kinds_are_filled_in_or_refused() {
    let check = |body: &str, expect: &str| check(CONFIG_MAP, false, JSON, body, expect);
    check("{}", r#"{"apiVersion":"v1","kind":"ConfigMap"}"#);
    check(r#"{"kind":"ConfigMap"}"#, r#"{"apiVersion":"v1","kind":"ConfigMap"}"#);
    check(
        "",
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)",
    );
    check(
        "{",
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({)",
    );
    check(
        r#"{"apiVersion":"v1","kind":"Secret"}"#,
        "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion",
    );
    check(
        r#"{"apiVersion":"v2","kind":"ConfigMap"}"#,
        "ConfigMap in version \"v2\" cannot be handled as a ConfigMap: no kind \"ConfigMap\" is registered for version \"v2\" in scheme \"pkg/runtime/scheme.go:111\"",
    );
    check(
        r#"{"apiVersion":"apps/v1","kind":"Deployment"}"#,
        "Deployment in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Deployment) to (core.ConfigMap): unknown conversion",
    );
    check(
        "[]",
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" } (5b5d)",
    );
}

#[test]
fn custom_resources_say_their_kind() {
    let check = |body: &str, expect: &str| check(WIDGET, true, JSON, body, expect);
    check(
        r#"{"metadata":{"name":"a"}}"#,
        "the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in '{\"metadata\":{\"name\":\"a\"}}' ({\"metadata\":{\"name\":\"a\"}})",
    );
    check(
        r#"{"apiVersion":"ex.io/v2","kind":"Widget"}"#,
        "the API version in the data (ex.io/v2) does not match the expected API version (ex.io/v1)",
    );
    check(
        r#"{"apiVersion":"ex.io/v1","kind":"Wodget","metadata":{"name":"a"}}"#,
        "Wodget.ex.io \"a\" is invalid: kind: Invalid value: \"Wodget\": must be Widget",
    );
    check(r#"{"apiVersion":"ex.io/v1","kind":"Widget"}"#, r#"{"apiVersion":"ex.io/v1","kind":"Widget"}"#);
}

#[test]
fn content_types_are_upstreams() {
    let refused = "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";
    check(CONFIG_MAP, false, "text/plain", "x", refused);
    check(CONFIG_MAP, false, "application/cbor", "x", refused);
    check(
        CONFIG_MAP,
        false,
        "application/json; charset=utf-8",
        "{}",
        r#"{"apiVersion":"v1","kind":"ConfigMap"}"#,
    );
    let patch = |content_type: &str, custom: bool| {
        PatchKind::of(&headers(content_type), custom).map_err(|status| status.to_string())
    };
    assert_eq!(patch("application/apply-patch+yaml", true), Ok(PatchKind::Apply));
    assert_eq!(patch("application/strategic-merge-patch+json", false), Ok(PatchKind::Strategic));
    assert_eq!(patch("application/json", false), Err("415: Unsupported Media Type".to_owned()));
    assert_eq!(patch("application/strategic-merge-patch+json", true), Err("the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml".to_owned()));
}

#[test]
fn patches_are_of_their_kind() {
    let check = |kind: PatchKind, body: &str, expect: &str| {
        let gvk = GroupVersionKind::new("", "v1", "ConfigMap");
        let expected = Expected { gvk, custom: false, name: "a" };
        let bytes = Bytes::copy_from_slice(body.as_bytes());
        let found = match super::patch(kind, &bytes, &expected, &|_| false) {
            Ok(body) => json::to_string(&body.value),
            Err(status) => status.to_string(),
        };
        assert_eq!(found, expect, "{body}");
    };
    check(PatchKind::Merge, "{", "invalid JSON patch");
    check(
        PatchKind::Merge,
        "[1]",
        "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    );
    check(PatchKind::Json, "[]", "[]");
    check(PatchKind::Apply, "{}", "invalid object type: /, Kind=");
    check(
        PatchKind::Apply,
        r#"{"apiVersion":"v1","kind":"Secret"}"#,
        "invalid object type: /v1, Kind=Secret",
    );
    check(
        PatchKind::Apply,
        "kind: ConfigMap\napiVersion: v1\ndata: {a: b}",
        r#"{"apiVersion":"v1","data":{"a":"b"},"kind":"ConfigMap"}"#,
    );
}

#[test]
fn deletions_have_options() {
    let options = |body: &str| {
        let bytes = Bytes::copy_from_slice(body.as_bytes());
        delete_options(&headers(JSON), &bytes, &Query::parse("gracePeriodSeconds=7"))
    };
    assert_eq!(options("").unwrap().grace_period_seconds, Some(7));
    assert_eq!(options(r#"{"gracePeriodSeconds":1}"#).unwrap().grace_period_seconds, Some(1));
    assert_eq!(
        options("{").unwrap_err().to_string(),
        "couldn't get version/kind; json parse error: unexpected end of JSON input"
    );
    assert_eq!(
        options(r#"{"kind":"Foo","apiVersion":"v1"}"#).unwrap_err().to_string(),
        "no kind \"Foo\" is registered for version \"v1\" in scheme \"pkg/runtime/scheme.go:111\""
    );
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let body = http_body_util::Full::new(Bytes::from(vec![b'x'; super::BODY_BYTES_MAX + 1]));
    let status = read(body).await.unwrap_err();
    assert_eq!(
        (status.code().as_u16(), status.to_string().as_str()),
        (413, "Request entity too large: limit is 3145728")
    );
    let body = http_body_util::Full::new(Bytes::from_static(b"x"));
    assert_eq!(read(body).await.unwrap(), "x");
}

/// What a body of two documents is read as was observed of kube-apiserver's decoder (`YAMLToJSON`).
#[test]
fn of_several_yaml_documents_the_first_one_is_read_and_the_others_are_not_looked_at() {
    let object = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}"#;
    for later in ["---\na: [", "---\nkind: Secret\nkind: Secret\n", "...\n@", ""] {
        let body = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n{later}");
        check(CONFIG_MAP, false, "application/yaml", &body, object);
        let bytes = Bytes::from(body);
        let expected =
            Expected { gvk: GroupVersionKind::new("", "v1", "ConfigMap"), custom: false, name: "a" };
        let applied = super::patch(PatchKind::Apply, &bytes, &expected, &|_| true).unwrap();
        assert!(applied.duplicates.is_empty() && applied.yaml);
        assert_eq!(json::to_string(&applied.value), object);
    }
    // An empty document is one as well.
    let body = "---\n---\napiVersion: v1\nkind: Secret\n";
    check(CONFIG_MAP, false, "application/yaml", body, r#"{"apiVersion":"v1","kind":"ConfigMap"}"#);
}
