//! Events: `events.k8s.io/v1` is another spelling of core's (kubernetes `pkg/apis/core/v1/conversion.go`).

use amethyst_object::Map;

/// Core's name, and that of `events.k8s.io`.
const NAMES: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
];

pub(super) fn from_core(event: &mut Map) {
    for (core, other) in NAMES {
        rename(event, core, other);
    }
    // Core always writes these two, `events.k8s.io` when they say something.
    for key in ["reportingController", "reportingInstance"] {
        if event.str(key) == Some("") {
            event.remove(key);
        }
    }
}

pub(super) fn to_core(event: &mut Map) {
    for (core, other) in NAMES {
        rename(event, other, core);
    }
}

fn rename(event: &mut Map, from: &str, to: &str) {
    if let Some(value) = event.remove(from) {
        event.insert(to, value);
    }
}
