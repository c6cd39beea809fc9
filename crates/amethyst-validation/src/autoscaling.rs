//! HorizontalPodAutoscalers (kubernetes `pkg/apis/autoscaling/validation`).

use amethyst_schema::Fault;

use crate::at::At;
use crate::case::Case;
use crate::faults::{Faults, NEGATIVE};
use crate::names::{self, NameRule};
use crate::resources;

const PERIOD_SECONDS_MAX: i64 = 1800;
const WINDOW_SECONDS_MAX: i64 = 3600;
const SOURCES: [(&str, &str); 5] = [
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];
const NOTHING_GIVEN: &str = "must set either a target raw value or a target utilization";

pub(crate) fn horizontal_pod_autoscaler(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(true, NameRule::Subdomain, faults);
    if case.subresource == "status" {
        let at = case.at("status");
        at.get("conditions").items().for_each(|each| faults.non_negative(&each.get("observedGeneration")));
        return faults.non_negatives(&at, &["currentReplicas", "desiredReplicas"]);
    }
    let at = case.at("spec");
    let (least, most) = (at.get("minReplicas"), at.get("maxReplicas"));
    if least.int().is_some_and(|least| most.int().unwrap_or_default() < least) {
        let why = "must be greater than or equal to `minReplicas`";
        faults.invalid_value(&most.path, most.int().unwrap_or_default(), why);
    }
    let (target, before) = (at.get("scaleTargetRef"), case.before("spec").get("scaleTargetRef"));
    let kept =
        case.is_update() && ["kind", "apiVersion"].iter().all(|key| target.text(key) == before.text(key));
    reference(&target, !kept && target.text("kind") != "ReplicationController", faults);
    let used = at.get("targetCPUUtilizationPercentage");
    if used.int().is_some_and(|percent| percent < 1) {
        let path =
            at.path.child("metrics").index(0).child("resource").child("target").child("averageUtilization");
        faults.invalid(&used.called(path), "must be greater than 0");
    }
    let metrics = at.get("metrics");
    metrics.items().for_each(|each| metric(&each, faults));
    let outside = metrics.items().any(|each| matches!(each.text("type"), "Object" | "External"));
    if least.int() == Some(0) && !outside {
        let why = "must specify at least one Object or External metric to support scaling to zero replicas";
        faults.forbidden(&metrics.path, why);
    }
    for key in ["scaleUp", "scaleDown"] {
        rules(&at.get("behavior").get(key), faults);
    }
}

/// An object of some version (`ValidateCrossVersionObjectReference`).
fn reference(at: &At<'_>, needs_group: bool, faults: &mut Faults) {
    for key in ["kind", "name"] {
        if faults.needs_text(&at.get(key)) {
            faults.texts(&at.get(key), names::path_segment(at.text(key), false));
        }
    }
    let version = at.get("apiVersion");
    let group = version.str().split_once('/').map_or("", |(group, _)| group);
    if version.str().matches('/').count() > 1 {
        faults.invalid(&version, format!("unexpected GroupVersion string: {}", version.str()));
    } else if needs_group && group.is_empty() {
        faults.invalid_text(&version, "apiVersion must specify API group");
    }
}

fn rules(at: &At<'_>, faults: &mut Faults) {
    if !at.is_set() {
        return;
    }
    let (window, policy, policies) =
        (at.get("stabilizationWindowSeconds"), at.get("selectPolicy"), at.get("policies"));
    if window.int().is_some_and(|seconds| seconds < 0) {
        faults.invalid(&window, "must be greater than or equal to zero");
    }
    if window.int().is_some_and(|seconds| seconds > WINDOW_SECONDS_MAX) {
        faults.invalid(&window, format!("must be less than or equal to {WINDOW_SECONDS_MAX}"));
    }
    if policy.is_set() {
        faults.enumerated(&policy, &["Disabled", "Max", "Min"]);
    }
    if policies.is_empty() {
        faults.required(&policies.path, "must specify at least one Policy");
    }
    for each in policies.items() {
        faults.enumerated(&each.get("type"), &["Percent", "Pods"]);
        for key in ["value", "periodSeconds"] {
            if each.number(key) <= 0 {
                faults.invalid_value(&each.get(key).path, each.number(key), "must be greater than zero");
            }
        }
        if each.number("periodSeconds") > PERIOD_SECONDS_MAX {
            let why = format!("must be less than or equal to {PERIOD_SECONDS_MAX}");
            faults.invalid(&each.get("periodSeconds"), why);
        }
    }
    let tolerance = at.get("tolerance");
    if resources::nanos(&tolerance) < 0 {
        faults.invalid_value(&tolerance.path, resources::shown(&tolerance), NEGATIVE);
    }
}

fn metric(at: &At<'_>, faults: &mut Faults) {
    let kind = at.get("type");
    let known: Vec<&str> = SOURCES.iter().map(|(kind, _)| *kind).collect();
    if kind.str().is_empty() {
        faults.required(&kind.path, "must specify a metric source type");
    }
    faults.enumerated(&kind, &known);
    let order = ["object", "external", "pods", "resource", "containerResource"];
    let present: Vec<&str> = order.into_iter().filter(|key| at.has(key)).collect();
    if let Some(first) = present.first() {
        source(&at.get(first), first, faults);
    }
    let expected = SOURCES.iter().find(|(known, _)| *known == kind.str()).map(|(_, key)| *key);
    match expected {
        Some(key) if !at.has(key) => {
            faults.required(&at.get(key).path, "must populate information for the given metric source");
        }
        Some(_) => {}
        None => faults.push(Fault::not_supported(kind.path.clone(), kind.str(), &known)),
    }
    if present.len() != 1 {
        for key in present.iter().filter(|key| Some(**key) != expected) {
            faults.forbidden(&at.get(key).path, "must populate the given metric source only");
        }
    }
}

fn source(at: &At<'_>, key: &str, faults: &mut Faults) {
    match key {
        "resource" | "containerResource" => {
            let name = at.get("name");
            if name.str().is_empty() {
                faults.required(&name.path, "must specify a resource name");
            } else if key == "containerResource" {
                resources::container_name(&name, name.str(), faults);
            }
            if key == "containerResource" {
                let container = at.get("container");
                if container.str().is_empty() {
                    faults.required(&container.path, "must specify a container");
                } else {
                    faults.texts(&container, names::label(container.str()));
                }
            }
        }
        _ => {
            if key == "object" {
                reference(&at.get("describedObject"), false, faults);
            }
            let name = at.get("metric").get("name");
            if name.str().is_empty() {
                faults.required(&name.path, "must specify a metric name");
            } else {
                faults.texts(&name, names::path_segment(name.str(), false));
            }
        }
    }
    target(&at.get("target"), key, faults);
}

fn target(at: &At<'_>, key: &str, faults: &mut Faults) {
    let (kind, value, average, used) =
        (at.get("type"), at.get("value"), at.get("averageValue"), at.get("averageUtilization"));
    if kind.str().is_empty() {
        faults.required(&kind.path, "must specify a metric target type");
    }
    if !matches!(kind.str(), "Utilization" | "Value" | "AverageValue") {
        faults.invalid_text(&kind, "must be either Utilization, Value, or AverageValue");
    }
    for each in [&value, &average] {
        if each.is_set() && resources::nanos(each) <= 0 {
            faults.invalid_value(&each.path, resources::shown(each), "must be positive");
        }
    }
    if used.int().is_some_and(|percent| percent < 1) {
        faults.invalid(&used, "must be greater than 0");
    }
    match key {
        "object" | "external" => {
            if !value.is_set() && !average.is_set() {
                let why = if key == "object" {
                    "must set either a target value or averageValue"
                } else {
                    "must set either a target value for metric or a per-pod target"
                };
                faults.required(&average.path, why);
            }
            if key == "external" && value.is_set() && average.is_set() {
                let why = "may not set both a target value for metric and a per-pod target";
                faults.forbidden(&value.path, why);
            }
        }
        "pods" => {
            if !average.is_set() {
                faults.required(&average.path, "must specify a positive target averageValue");
            }
        }
        _ => {
            if !used.is_set() && !average.is_set() {
                faults.required(&used.path, NOTHING_GIVEN);
            }
            if used.is_set() && average.is_set() {
                let why = "may not set both a target raw value and a target utilization";
                faults.forbidden(&average.path, why);
            }
        }
    }
}
