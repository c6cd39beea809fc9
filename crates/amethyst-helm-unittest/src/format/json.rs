//! JSON: the whole report.

use amethyst_object::{Map, Value, json};

use crate::report::{Counts, Report, SuiteReport, TestReport};

pub(super) fn write(report: &Report) -> String {
    let charts = report.charts.iter().map(|chart| {
        let mut map = Map::new();
        map.insert("name", chart.name.as_str());
        map.insert("folder", chart.folder.as_str());
        map.insert("passed", chart.passed());
        optional(&mut map, "error", chart.error.as_deref());
        map.insert("suites", Value::Array(chart.suites.iter().map(suite).collect()));
        Value::Object(map)
    });
    let (snapshots, _) = report.snapshot_counts();
    let mut map = Map::new();
    map.insert("passed", report.passed());
    map.insert("suites", counts(report.suite_counts()));
    map.insert("tests", counts(report.test_counts()));
    map.insert("snapshots", snapshot_counts(&snapshots));
    map.insert("charts", Value::Array(charts.collect()));
    let mut text = json::to_string_in_order(&Value::Object(map));
    text.push('\n');
    text
}

fn optional(map: &mut Map, key: &'static str, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        map.insert(key, text);
    }
}

fn counts(counts: Counts) -> Value {
    let pairs = [
        ("passed", counts.passed),
        ("failed", counts.failed),
        ("errored", counts.errored),
        ("skipped", counts.skipped),
    ];
    Value::Object(pairs.into_iter().collect())
}

fn snapshot_counts(counts: &crate::report::SnapshotCounts) -> Value {
    let pairs = [
        ("total", counts.total),
        ("failed", counts.failed),
        ("created", counts.created),
        ("vanished", counts.vanished),
    ];
    Value::Object(pairs.into_iter().collect())
}

fn suite(suite: &SuiteReport) -> Value {
    let mut map = Map::new();
    map.insert("name", suite.name.as_str());
    map.insert("file", suite.file.as_str());
    map.insert("passed", suite.passed);
    map.insert("skipped", suite.skipped);
    optional(&mut map, "error", suite.error.as_deref());
    map.insert("snapshots", snapshot_counts(&suite.snapshots));
    map.insert("tests", Value::Array(suite.tests.iter().map(test).collect()));
    Value::Object(map)
}

fn test(test: &TestReport) -> Value {
    let mut map = Map::new();
    map.insert("name", test.name.as_str());
    map.insert("line", test.line);
    map.insert("passed", test.passed);
    map.insert("skipped", test.skipped);
    optional(&mut map, "error", test.error.as_deref());
    let failed = test.assertions.iter().filter(|assertion| !assertion.passed).map(|assertion| {
        let mut map = Map::new();
        map.insert("index", assertion.index);
        map.insert("line", assertion.line);
        map.insert("kind", assertion.kind);
        map.insert("not", assertion.not);
        map.insert("info", Value::from(assertion.info.clone()));
        Value::Object(map)
    });
    let failed: Vec<Value> = failed.collect();
    if !failed.is_empty() {
        map.insert("failures", Value::Array(failed));
    }
    Value::Object(map)
}
