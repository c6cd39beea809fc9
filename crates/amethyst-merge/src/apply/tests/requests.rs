//! Requests that are refused, and kubectl's way from the client side to the server side.

use amethyst_object::json;

use super::story::Story;
use crate::{ApplyError, conflict_status_causes, testing::parse};

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

#[test]
fn what_does_not_fit_is_refused() {
    let prefix = "failed to create typed patch object (ns/n; example.com/v1, Kind=Test): ";
    let check = |fields: &str, expect: &str| {
        Story::new().fails("a", fields, &format!("{prefix}{expect}"));
    };
    check(r#"{"bogus":1}"#, ".bogus: field not declared in schema");
    check(r#"{"numeric":"x"}"#, ".numeric: expected numeric (int or float), got string");
    check(r#"{"string":1}"#, ".string: expected string, got &value.valueUnstructured{Value:1}");
    check(r#"{"bool":"x"}"#, ".bool: expected boolean, got &{x}");
    check(r#"{"map":[1]}"#, ".map: expected map, got &{[1]}");
    check(r#"{"list":{"a":1}}"#, ".list: expected list, got &{map[a:1]}");
    check(
        r#"{"list":[{"value":1}]}"#,
        ".list: element 0: associative list with keys has an element that omits all key fields [\"name\"] (and doesn't have default values for any key fields)",
    );
    check(
        r#"{"set":[{}]}"#,
        ".set: element 0: associative list without keys has an element that's a map type",
    );
    check(
        r#"{"numeric":"x","bool":1}"#,
        "errors:\n  .numeric: expected numeric (int or float), got string\n  .bool: expected boolean, got &{1}",
    );
}

#[test]
fn bad_requests_are_told_apart() {
    let mut story = Story::new();
    let error = story.try_apply("a", r#"{"metadata":{"managedFields":[]}}"#, false).unwrap_err();
    assert_eq!(error, ApplyError::BadRequest("metadata.managedFields must be nil".into()));
}

#[test]
fn causes_name_field_and_owner() {
    let mut story = Story::new().update("u", r#"{"numeric":1,"list":[{"name":"x","value":1}]}"#);
    let error = story.try_apply("a", r#"{"numeric":2,"list":[{"name":"x","value":2}]}"#, false).unwrap_err();
    let ApplyError::Conflicts(conflicts) = error else {
        panic!("{error}");
    };
    let message = r#"conflict with "u" using example.com/v1"#;
    let cause = |field: &str| (field.to_owned(), message.to_owned());
    assert_eq!(conflict_status_causes(&conflicts), [cause(".numeric"), cause(r#".list[name="x"].value"#)]);
}

fn client_side(fields: &str) -> String {
    let quoted = json::to_string(&parse(&format!("{fields:?}")));
    let mut object = parse(fields);
    let map = object.as_object_mut().unwrap();
    map.object_mut("metadata").object_mut("annotations").insert(ANNOTATION, parse(&quoted));
    json::to_string(&object)
}

#[test]
fn kubectl_takes_over_what_it_applied_from_the_client_side() {
    let last = r#"{"apiVersion":"example.com/v1","kind":"Test","numeric":1}"#;
    let story = Story::new().update("kubectl-client-side-apply", &client_side(last));
    let story = story
        .fails(
            "other",
            r#"{"numeric":2}"#,
            r#"Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using example.com/v1: .numeric"#,
        )
        .apply("kubectl", r#"{"numeric":2}"#);
    let live = story.live.as_ref().unwrap();
    assert_eq!(live.at(&["numeric"]), Some(&parse("2")));
    assert_eq!(
        live.str_at(&["metadata", "annotations", ANNOTATION]),
        Some(
            "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Test\",\"metadata\":{\"name\":\"n\",\"namespace\":\"ns\"},\"numeric\":2}\n"
        )
    );
}

#[test]
fn kubectl_takes_over_nothing_that_others_changed_since() {
    let last = r#"{"apiVersion":"example.com/v1","kind":"Test","numeric":1}"#;
    let changed = client_side(last).replace(r#""numeric":1}"#, r#""numeric":7}"#);
    Story::new().update("kubectl-client-side-apply", &client_side(last)).update("u", &changed).fails(
        "kubectl",
        r#"{"numeric":2}"#,
        r#"Apply failed with 1 conflict: conflict with "u" using example.com/v1: .numeric"#,
    );
}
