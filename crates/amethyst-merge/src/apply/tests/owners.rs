//! Who owns what.

use super::story::Story;

#[test]
fn appliers_own_what_they_apply() {
    Story::new()
        .apply("a", r#"{"numeric":1,"struct":{"string":"s"},"map":{"x":"1"},"atomicMap":{"y":"2"},"atomicList":["l"]}"#)
        .owns("a", r#"{"f:atomicList":{},"f:atomicMap":{},"f:map":{"f:x":{}},"f:numeric":{},"f:struct":{"f:string":{}}}"#)
        .apply("b", r#"{"numeric":1,"map":{"z":"3"}}"#)
        .owns("b", r#"{"f:map":{"f:z":{}},"f:numeric":{}}"#)
        .is(r#"{"numeric":1,"struct":{"string":"s"},"map":{"x":"1","z":"3"},"atomicMap":{"y":"2"},"atomicList":["l"]}"#)
        .apply("a", r#"{"map":{"x":"1"}}"#)
        .is(r#"{"numeric":1,"map":{"x":"1","z":"3"}}"#)
        .owns("a", r#"{"f:map":{"f:x":{}}}"#)
        .apply("a", "{}")
        .is(r#"{"numeric":1,"map":{"z":"3"}}"#)
        .owns("a", "{}");
}

#[test]
fn conflicts_name_their_owners() {
    Story::new()
        .apply("a", r#"{"numeric":1,"map":{"x":"1"}}"#)
        .fails("b", r#"{"numeric":2}"#, r#"Apply failed with 1 conflict: conflict with "a": .numeric"#)
        .fails(
            "b",
            r#"{"numeric":2,"map":{"x":"2"}}"#,
            "Apply failed with 2 conflicts: conflicts with \"a\":\n- .numeric\n- .map.x",
        )
        .update("u", r#"{"numeric":5,"map":{"x":"1"},"string":"s"}"#)
        .owns("a", r#"{"f:map":{"f:x":{}}}"#)
        .owns("u", r#"{"f:numeric":{},"f:string":{}}"#)
        .fails(
            "b",
            r#"{"numeric":2,"string":"t","map":{"x":"2"}}"#,
            "Apply failed with 3 conflicts: conflicts with \"a\":\n- .map.x\nconflicts with \"u\" using example.com/v1:\n- .numeric\n- .string",
        )
        .force("b", r#"{"numeric":2,"map":{"x":"2"}}"#)
        .owns("a", "{}")
        .owns("u", r#"{"f:string":{}}"#)
        .owns("b", r#"{"f:map":{"f:x":{}},"f:numeric":{}}"#)
        .is(r#"{"numeric":2,"map":{"x":"2"},"string":"s"}"#);
}

#[test]
fn equal_values_are_shared_without_conflict() {
    Story::new()
        .apply("a", r#"{"numeric":1}"#)
        .apply("b", r#"{"numeric":1}"#)
        .apply("a", "{}")
        .is(r#"{"numeric":1}"#)
        .apply("b", "{}")
        .is("{}");
}

#[test]
fn what_updaters_wrote_stays_when_appliers_leave() {
    Story::new()
        .apply("a", r#"{"map":{"x":"1"},"string":"s"}"#)
        .update("u", r#"{"map":{"x":"1","y":"2"},"string":"t"}"#)
        .owns("a", r#"{"f:map":{"f:x":{}}}"#)
        .owns("u", r#"{"f:map":{"f:y":{}},"f:string":{}}"#)
        .apply("a", "{}")
        .is(r#"{"map":{"y":"2"},"string":"t"}"#);
}

#[test]
fn removing_a_field_takes_it_from_all() {
    Story::new()
        .apply("a", r#"{"map":{"x":"1"},"string":"s"}"#)
        .update("u", r#"{"string":"s"}"#)
        .owns("a", r#"{"f:string":{}}"#)
        .is(r#"{"string":"s"}"#)
        .apply("a", r#"{"map":{"x":"1"},"string":"s"}"#)
        .is(r#"{"map":{"x":"1"},"string":"s"}"#);
}

#[test]
fn creators_own_their_structs_too() {
    Story::new()
        .update("u", r#"{"struct":{"numeric":1},"map":{"x":"1"},"list":[{"name":"a"}]}"#)
        .owns(
            "u",
            r#"{"f:list":{".":{},"k:{\"name\":\"a\"}":{".":{},"f:name":{}}},"f:map":{".":{},"f:x":{}},"f:struct":{".":{},"f:numeric":{}}}"#,
        );
}

#[test]
fn what_was_there_before_belongs_to_nobody_in_particular() {
    Story::new()
        .update("u", r#"{"numeric":1,"string":"s"}"#)
        .forget()
        .update("u", r#"{"numeric":1,"string":"t"}"#)
        .owns("u", "{}")
        .fails(
            "a",
            r#"{"numeric":2}"#,
            r#"Apply failed with 1 conflict: conflict with "before-first-apply" using example.com/v1: .numeric"#,
        )
        .apply("a", r#"{"numeric":1}"#)
        .owns("before-first-apply", r#"{"f:numeric":{},"f:string":{}}"#)
        .owns("a", r#"{"f:numeric":{}}"#);
}

#[test]
fn times_tell_of_changes() {
    Story::new()
        .apply("a", r#"{"numeric":1}"#)
        .since("a", Some(1))
        .apply("a", r#"{"numeric":1}"#)
        .since("a", Some(1))
        .apply("b", r#"{"numeric":1}"#)
        .since("b", None)
        .apply("a", r#"{"numeric":1,"string":"s"}"#)
        .since("a", Some(4))
        .update("u", r#"{"numeric":1,"string":"t"}"#)
        .since("u", Some(5))
        .update("u", r#"{"numeric":1,"string":"t"}"#)
        .since("u", Some(5))
        .since("a", Some(4));
}

#[test]
fn what_a_request_cannot_change_it_does_not_own() {
    Story::new()
        .reset(&[&["status"]])
        .apply("a", r#"{"numeric":1,"status":{"phase":"x"}}"#)
        .owns("a", r#"{"f:numeric":{}}"#)
        .update("u", r#"{"numeric":1,"string":"s","status":{"phase":"y"}}"#)
        .owns("u", r#"{"f:string":{}}"#);
}

#[test]
fn what_identifies_an_object_is_never_owned() {
    Story::new()
        .apply("a", r#"{"metadata":{"labels":{"l":"1"},"uid":"u"}}"#)
        .owns("a", r#"{"f:metadata":{"f:labels":{"f:l":{}}}}"#);
}

#[test]
fn without_schema_maps_are_granular_and_lists_atomic() {
    Story::deduced()
        .apply("a", r#"{"spec":{"x":{"y":1},"l":[{"name":"a"}]}}"#)
        .owns("a", r#"{"f:spec":{".":{},"f:l":{},"f:x":{".":{},"f:y":{}}}}"#)
        .apply("b", r#"{"spec":{"x":{"z":[]}}}"#)
        .is(r#"{"spec":{"x":{"y":1,"z":[]},"l":[{"name":"a"}]}}"#)
        .fails("b", r#"{"spec":{"l":[]}}"#, r#"Apply failed with 1 conflict: conflict with "a": .spec.l"#)
        .apply("a", "{}")
        .is(r#"{"spec":{"x":{"z":[]}}}"#);
}

#[test]
fn any_field_takes_any_form() {
    Story::new()
        .apply("a", r#"{"any":{"x":1},"free":{"p":{"q":1}}}"#)
        .owns("a", r#"{"f:any":{"f:x":{}},"f:free":{"f:p":{".":{},"f:q":{}}}}"#)
        .apply("a", r#"{"any":[1,2]}"#)
        .owns("a", r#"{"f:any":{}}"#)
        .is(r#"{"any":[1,2]}"#)
        .apply("a", r#"{"any":"s"}"#)
        .is(r#"{"any":"s"}"#);
}

#[test]
fn owners_follow_a_schema_that_became_atomic() {
    let atomic = r#"{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},
        "metadata":{"type":"object"},
        "map":{"type":"object","additionalProperties":{"type":"string"},"x-kubernetes-map-type":"atomic"}}}"#;
    Story::new()
        .apply("a", r#"{"map":{"x":"1"}}"#)
        .apply("b", r#"{"map":{"y":"1"}}"#)
        .migrate(atomic)
        .fails("b", r#"{"map":{"y":"2"}}"#, r#"Apply failed with 1 conflict: conflict with "a": .map"#)
        .force("b", r#"{"map":{"y":"2"}}"#)
        .is(r#"{"map":{"y":"2"}}"#)
        .owns("a", "{}")
        .owns("b", r#"{"f:map":{}}"#);
}
