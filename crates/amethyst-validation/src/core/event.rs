//! Events of both groups (kubernetes `pkg/apis/core/validation/events.go`).

use amethyst_object::FieldPath;

use crate::at::At;
use crate::case::Case;
use crate::faults::Faults;
use crate::names::{self, NameRule};

const TEXT_MAX: usize = 128;
const NOTE_MAX: usize = 1024;

/// Names of fields: the newer version calls some by other names than upstream's internal one.
fn field<'a>(case: &Case<'a>, old: bool, internal: &str) -> At<'a> {
    let newer = case.group == "events.k8s.io";
    let key = match internal {
        "involvedObject" if newer => "regarding",
        "message" if newer => "note",
        "source" if newer => "deprecatedSource",
        "firstTimestamp" if newer => "deprecatedFirstTimestamp",
        "lastTimestamp" if newer => "deprecatedLastTimestamp",
        "count" if newer => "deprecatedCount",
        "reportingController" if !newer => "reportingComponent",
        other => other,
    };
    let at = if old { case.before(key) } else { case.at(key) };
    at.called(FieldPath::of([internal]))
}

pub(crate) fn event(case: &Case<'_>, faults: &mut Faults) {
    legacy(case, faults);
    if case.group != "events.k8s.io" {
        return;
    }
    case.metadata(true, NameRule::Subdomain, faults);
    let now = |key: &str| field(case, false, key);
    let (series_now, series_then) = (now("series"), field(case, true, "series"));
    if !case.is_update() || series_now.value() != series_then.value() {
        series(&series_now, faults);
    }
    if case.is_update() {
        for key in [
            "involvedObject",
            "reason",
            "message",
            "source",
            "firstTimestamp",
            "lastTimestamp",
            "count",
            "reason",
            "type",
            "eventTime",
            "action",
            "related",
            "reportingController",
            "reportingInstance",
        ] {
            faults.immutable(&now(key), &field(case, true, key));
        }
        return;
    }
    if !now("eventTime").is_set() {
        faults.required(&now("eventTime").path, "");
    }
    let kind = now("type");
    if !matches!(kind.str(), "Normal" | "Warning") {
        faults.invalid_value(&kind.path, "", format!("has invalid value: {}", kind.str()));
    }
    for key in ["firstTimestamp", "lastTimestamp", "count", "source"] {
        if !now(key).is_empty() {
            faults.invalid_value(&now(key).path, "", "needs to be unset");
        }
    }
}

fn series(at: &At<'_>, faults: &mut Faults) {
    if !at.is_set() {
        return;
    }
    if at.number("count") < 2 {
        faults.invalid_value(&FieldPath::of(["series.count"]), "", "should be at least 2");
    }
    if !at.has("lastObservedTime") {
        faults.required(&FieldPath::of(["series.lastObservedTime"]), "");
    }
}

fn legacy(case: &Case<'_>, faults: &mut Faults) {
    const OTHER: &str = "does not match event.namespace";
    let now = |key: &str| field(case, false, key);
    let namespace = case.at("metadata").text("namespace");
    let about = now("involvedObject").get("namespace");
    if !now("eventTime").is_set() {
        let fine = match about.str() {
            "" => matches!(namespace, "" | "default"),
            about => about == namespace,
        };
        if !fine {
            faults.invalid_text(&about, OTHER);
        }
        return;
    }
    if about.str().is_empty() && !matches!(namespace, "default" | "kube-system") {
        faults.invalid_text(&about, OTHER);
    }
    let called = if case.group == "events.k8s.io" { "reportingController" } else { "reportingComponent" };
    let controller = now("reportingController").called(FieldPath::of([called]));
    faults.needs_text(&controller);
    faults.texts(&controller, names::qualified(controller.str()));
    for key in ["reportingInstance", "action", "reason"] {
        let at = now(key);
        faults.needs_text(&at);
        if at.str().len() > TEXT_MAX {
            faults.invalid_value(&at.path, "", format!("can have at most {TEXT_MAX} characters"));
        }
    }
    if now("message").str().len() > NOTE_MAX {
        faults.invalid_value(&now("message").path, "", format!("can have at most {NOTE_MAX} characters"));
    }
}
