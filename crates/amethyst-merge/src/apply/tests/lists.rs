//! Sets and keyed lists.

use super::story::Story;

#[test]
fn keyed_lists_merge_item_by_item() {
    Story::new()
        .apply("a", r#"{"list":[{"name":"1","value":1},{"name":"2"}]}"#)
        .owns(
            "a",
            r#"{"f:list":{"k:{\"name\":\"1\"}":{".":{},"f:name":{},"f:value":{}},"k:{\"name\":\"2\"}":{".":{},"f:name":{}}}}"#,
        )
        .apply("b", r#"{"list":[{"name":"2","other":"x"},{"name":"3"}]}"#)
        .is(r#"{"list":[{"name":"1","value":1},{"name":"2","other":"x"},{"name":"3"}]}"#)
        .apply("a", r#"{"list":[{"name":"1"}]}"#)
        .is(r#"{"list":[{"name":"1"},{"name":"2","other":"x"},{"name":"3"}]}"#)
        .apply("a", "{}")
        .is(r#"{"list":[{"name":"2","other":"x"},{"name":"3"}]}"#)
        .apply("b", "{}")
        .is("{}");
}

#[test]
fn applied_items_bring_their_order() {
    for (live, applied, expect) in [
        ("abcde", "cba", "cdeba"),
        ("abcd", "da", "bcda"),
        ("abc", "xab", "xabc"),
        ("abc", "cxb", "acxb"),
        ("abc", "def", "abcdef"),
        ("ac", "abc", "abc"),
        ("bacd", "ab", "acdb"),
    ] {
        let list = |names: &str| {
            let items: Vec<String> = names.chars().map(|name| format!("{{\"name\":\"{name}\"}}")).collect();
            format!("{{\"list\":[{}]}}", items.join(","))
        };
        let set =
            |names: &str| format!("{{\"set\":{:?}}}", names.chars().map(String::from).collect::<Vec<_>>());
        Story::new().update("u", &list(live)).apply("a", &list(applied)).is(&list(expect));
        Story::new().update("u", &set(live)).apply("a", &set(applied)).is(&set(expect));
    }
}

#[test]
fn missing_keys_take_their_defaults() {
    Story::new()
        .apply("a", r#"{"ports":[{"port":80},{"port":80,"protocol":"UDP"}]}"#)
        .owns(
            "a",
            r#"{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}},"k:{\"port\":80,\"protocol\":\"UDP\"}":{".":{},"f:port":{},"f:protocol":{}}}}"#,
        )
        .update("u", r#"{"ports":[{"port":80,"protocol":"TCP"},{"port":80,"protocol":"UDP"}]}"#)
        .apply("b", r#"{"ports":[{"port":80,"name":"web"}]}"#)
        .is(r#"{"ports":[{"port":80,"protocol":"TCP","name":"web"},{"port":80,"protocol":"UDP"}]}"#)
        .fails(
            "c",
            r#"{"ports":[{"port":80},{"port":80,"protocol":"TCP"}]}"#,
            "failed to create typed patch object (ns/n; example.com/v1, Kind=Test): .ports: duplicate entries for key [port=80,protocol=\"TCP\"]",
        );
}

#[test]
fn sets_merge_value_by_value() {
    Story::new()
        .apply("a", r#"{"set":["x","y"]}"#)
        .owns("a", r#"{"f:set":{"v:\"x\"":{},"v:\"y\"":{}}}"#)
        .apply("b", r#"{"set":["y","z"]}"#)
        .is(r#"{"set":["x","y","z"]}"#)
        .apply("a", r#"{"set":[]}"#)
        .is(r#"{"set":["y","z"]}"#)
        .fails(
            "c",
            r#"{"set":["q","q"]}"#,
            "failed to create typed patch object (ns/n; example.com/v1, Kind=Test): .set: duplicate entries for key [=\"q\"]",
        );
}

#[test]
fn atomic_lists_have_one_owner() {
    Story::new()
        .apply("a", r#"{"atomicList":["x"]}"#)
        .fails(
            "b",
            r#"{"atomicList":["x","y"]}"#,
            r#"Apply failed with 1 conflict: conflict with "a": .atomicList"#,
        )
        .force("b", r#"{"atomicList":["y"]}"#)
        .is(r#"{"atomicList":["y"]}"#)
        .owns("a", "{}");
}

#[test]
fn duplicates_that_live_are_one_item() {
    Story::new()
        .update("u", r#"{"list":[{"name":"a","value":1},{"name":"a","value":2},{"name":"b"}]}"#)
        .owns("u", r#"{"f:list":{".":{},"k:{\"name\":\"a\"}":{},"k:{\"name\":\"b\"}":{".":{},"f:name":{}}}}"#)
        .apply("a", r#"{"list":[{"name":"b","value":3}]}"#)
        .is(r#"{"list":[{"name":"a","value":1},{"name":"a","value":2},{"name":"b","value":3}]}"#)
        .force("a", r#"{"list":[{"name":"a","value":4}]}"#)
        .is(r#"{"list":[{"name":"a","value":4},{"name":"b"}]}"#);
}

#[test]
fn emptied_maps_and_lists_are_dropped() {
    Story::new()
        .apply("a", r#"{"mapOfMaps":{"m":{"x":"1"}},"list":[{"name":"1"}]}"#)
        .apply("a", r#"{"mapOfMaps":{"m":{}},"list":[]}"#)
        .owns("a", r#"{"f:mapOfMaps":{"f:m":{}}}"#)
        .apply("a", "{}")
        .is("{}");
}

#[test]
fn nulls_that_live_stay() {
    Story::new()
        .update("u", r#"{"atomicList":null,"numeric":1}"#)
        .apply("a", r#"{"numeric":1,"set":null}"#)
        .is(r#"{"atomicList":null,"numeric":1}"#);
}
