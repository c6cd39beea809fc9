//! Tests.

use amethyst_object::json;

use super::{Managed, ManagedEntry, Operation, cap};
use crate::{fields::FieldSet, testing::parse};

fn entry(manager: &str, operation: Operation, time: Option<&str>) -> ManagedEntry {
    ManagedEntry {
        manager: manager.into(),
        operation,
        api_version: "v1".into(),
        time: time.map(str::to_owned),
        subresource: String::new(),
        fields: FieldSet::of(&[&["spec", manager]]),
    }
}

fn managers(managed: &Managed) -> Vec<&str> {
    managed.entries().iter().map(|entry| entry.manager.as_str()).collect()
}

#[test]
fn entries_round_trip() {
    let text = r#"[{"apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:a":{}},"manager":"m","operation":"Apply"},{"apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:status":{"f:x":{}}},"manager":"m","operation":"Update","subresource":"status","time":"2020-01-02T03:04:05Z"}]"#;
    let managed = Managed::from_value(&parse(text)).unwrap();
    assert_eq!(json::to_string(&managed.to_value()), text);
    let mut out = Vec::new();
    managed.write_json(&mut out);
    assert_eq!(String::from_utf8(out).unwrap(), text);
}

#[test]
fn nobody_is_null() {
    assert_eq!(Managed::default().to_value(), parse("null"));
    assert_eq!(Managed::from_value(&parse("null")), Ok(Managed::default()));
}

#[test]
fn order_is_upstreams() {
    let managed = Managed::new([
        entry("u2", Operation::Update, Some("2020-01-01T00:00:02Z")),
        entry("b", Operation::Update, Some("2020-01-01T00:00:01Z")),
        entry("a", Operation::Update, Some("2020-01-01T00:00:01Z")),
        entry("z", Operation::Update, None),
        entry("late", Operation::Apply, Some("2021-01-01T00:00:00Z")),
    ]);
    assert_eq!(managers(&managed), ["late", "z", "a", "b", "u2"]);
}

#[test]
fn what_is_unreadable_says_why() {
    let cases = [
        (r#"{"operation":"Frob"}"#, "operation must be `Apply` or `Update`"),
        (r#"{"operation":"Apply"}"#, "apiVersion must not be empty"),
        (r#"{"operation":"Apply","apiVersion":"v1"}"#, "missing fieldsType in managed fields entry 0"),
        (
            r#"{"operation":"Apply","apiVersion":"v1","fieldsType":"X"}"#,
            r#"invalid fieldsType "X" in managed fields entry 0"#,
        ),
        (
            r#"{"operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f":{}}}"#,
            "error decoding set",
        ),
    ];
    for (entry, expect) in cases {
        let error = Managed::from_value(&parse(&format!("[{entry}]"))).unwrap_err();
        assert_eq!(error.to_string(), expect);
    }
}

#[test]
fn updates_start_from_the_right_entries() {
    let live = Managed::new([entry("live", Operation::Update, None)]);
    let own = Managed::new([entry("own", Operation::Update, None)]).to_value();
    let check = |new: Option<&str>, subresource, expect: &[&str]| {
        let new = new.map(parse);
        let managed = Managed::for_update(&live, new.as_ref(), subresource);
        assert_eq!(managers(&managed), expect, "{new:?}");
    };
    check(None, "", &["live"]);
    check(Some("null"), "", &["live"]);
    check(Some("[]"), "", &[]);
    check(Some("[{}]"), "", &[]);
    check(Some(r#"[{"operation":"Frob"}]"#), "", &["live"]);
    check(Some(&json::to_string(&own)), "", &["own"]);
    check(Some(&json::to_string(&own)), "status", &["live"]);
    check(Some("[]"), "status", &["live"]);
}

#[test]
fn old_updaters_are_forgotten_together() {
    let time = |index: usize| format!("2020-01-01T00:00:{index:02}Z");
    let mut entries: Vec<ManagedEntry> =
        (0..12).map(|index| entry(&format!("m{index:02}"), Operation::Update, Some(&time(index)))).collect();
    entries.push(entry("applier", Operation::Apply, None));
    cap(&mut entries);
    let managed = Managed::new(entries);
    assert_eq!(
        managers(&managed),
        ["applier", "ancient-changes", "m03", "m04", "m05", "m06", "m07", "m08", "m09", "m10", "m11"]
    );
    let ancient = &managed.entries()[1];
    assert_eq!(ancient.time, Some(time(2)));
    assert_eq!(ancient.fields, FieldSet::of(&[&["spec", "m00"], &["spec", "m01"], &["spec", "m02"]]));

    let mut few: Vec<_> = (0..10).map(|index| entry(&index.to_string(), Operation::Update, None)).collect();
    cap(&mut few);
    assert_eq!(few.len(), 10);
}

#[test]
fn times_alone_make_no_difference() {
    let one = Managed::new([entry("m", Operation::Apply, Some("2020-01-01T00:00:00Z"))]);
    let two = Managed::new([entry("m", Operation::Apply, None)]);
    let other = Managed::new([entry("n", Operation::Apply, None)]);
    assert!(one.same_but_times(&two) && one != two && !one.same_but_times(&other));
}

#[test]
fn versions_that_are_gone_are_forgotten() {
    let mut managed = Managed::new([entry("m", Operation::Apply, None)]);
    managed.retain_versions(|version| version != "v1");
    assert!(managed.is_empty());
}
