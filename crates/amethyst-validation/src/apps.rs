//! Deployments, ReplicaSets, StatefulSets, DaemonSets and ControllerRevisions
//! (kubernetes `pkg/apis/apps/validation`).

mod stateful;

use amethyst_object::{LabelSelector, Map, Value};
use amethyst_schema::Fault;

pub(crate) use stateful::stateful_set;

use crate::at::At;
use crate::case::Case;
use crate::faults::{Faults, IMMUTABLE};
use crate::names::NameRule;
use crate::{percent, pod, selector};

const UNMATCHED: &str = "`selector` does not match template `labels`";

pub(crate) fn deployment(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(true, NameRule::Subdomain, faults);
    if case.subresource == "status" {
        return counts(case, &DEPLOYMENT_COUNTS, faults);
    }
    let at = case.at("spec");
    faults.non_negative(&at.get("replicas"));
    selector(&at, "deployment", faults);
    selected(case, "ReplicaSet", faults);
    strategy(&at.get("strategy"), faults);
    faults.non_negatives(&at, &["minReadySeconds", "revisionHistoryLimit"]);
    let deadline = at.get("progressDeadlineSeconds");
    if let Some(seconds) = deadline.int() {
        faults.non_negative(&deadline);
        if seconds <= at.number("minReadySeconds") {
            faults.invalid(&deadline, "must be greater than minReadySeconds");
        }
    }
    kept_selector(case, faults);
}

pub(crate) fn replica_set(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(true, NameRule::Subdomain, faults);
    if case.subresource == "status" {
        return counts(case, &REPLICA_COUNTS, faults);
    }
    let at = case.at("spec");
    faults.non_negatives(&at, &["replicas", "minReadySeconds"]);
    // Upstream says deployment here, too.
    selector(&at, "deployment", faults);
    selected(case, "ReplicaSet", faults);
    kept_selector(case, faults);
}

pub(crate) fn daemon_set(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(true, NameRule::Subdomain, faults);
    if case.subresource == "status" {
        return counts(case, &DAEMON_COUNTS, faults);
    }
    kept_selector(case, faults);
    let at = case.at("spec");
    let (labels, template) = (at.get("selector"), at.get("template"));
    selector::labels(&labels, false, faults);
    if let Some(parsed) = selector::parse(&labels) {
        unmatched(&labels, &parsed, &template, faults);
    }
    if labels.is_set() && selector::is_empty(&labels) {
        faults.invalid_as(&labels.path, &selector::shown(&labels), "empty selector is invalid for daemonset");
    }
    pod::template(&template, &case.before("spec").get("template"), faults);
    always(&template, "DaemonSet", faults);
    faults.non_negative(&at.get("minReadySeconds"));
    daemon_strategy(&at.get("updateStrategy"), faults);
    faults.non_negative(&at.get("revisionHistoryLimit"));
}

fn selector(spec: &At<'_>, kind: &str, faults: &mut Faults) {
    let at = spec.get("selector");
    if !at.is_set() {
        return faults.required(&at.path, "");
    }
    selector::labels(&at, false, faults);
    if selector::is_empty(&at) {
        faults.invalid_as(&at.path, &selector::shown(&at), &format!("empty selector is invalid for {kind}"));
    }
}

/// The template, and whether the selector selects it.
fn selected(case: &Case<'_>, kind: &str, faults: &mut Faults) {
    let at = case.at("spec");
    let (labels, template) = (at.get("selector"), at.get("template"));
    let Some(parsed) = selector::parse(&labels) else {
        return faults.invalid_as(&labels.path, &selector::shown(&labels), "invalid label selector");
    };
    if !labels.is_set() || !parsed.is_everything() {
        unmatched(&labels, &parsed, &template, faults);
    }
    pod::template(&template, &case.before("spec").get("template"), faults);
    always(&template, kind, faults);
}

fn unmatched(at: &At<'_>, parsed: &LabelSelector, template: &At<'_>, faults: &mut Faults) {
    let labels = template.get("metadata").get("labels");
    if !selector::selects(at, parsed, &labels) {
        faults.invalid(&labels, UNMATCHED);
    }
}

/// Pods of a controller run for ever.
fn always(template: &At<'_>, kind: &str, faults: &mut Faults) {
    let spec = template.get("spec");
    let restart = spec.get("restartPolicy");
    if restart.str() != "Always" {
        faults.push(Fault::not_supported(restart.path.clone(), restart.str(), &["Always"]));
    }
    if spec.has("activeDeadlineSeconds") {
        let why = format!("activeDeadlineSeconds in {kind} is not Supported");
        faults.forbidden(&spec.get("activeDeadlineSeconds").path, why);
    }
}

fn kept_selector(case: &Case<'_>, faults: &mut Faults) {
    let at = case.at("spec").get("selector");
    if case.is_update() && at.value() != case.before("spec").get("selector").value() {
        faults.invalid_as(&at.path, &selector::shown(&at), IMMUTABLE);
    }
}

fn strategy(at: &At<'_>, faults: &mut Faults) {
    let rolling = at.get("rollingUpdate");
    match at.text("type") {
        "Recreate" => {
            if rolling.is_set() {
                let why = "may not be specified when strategy `type` is 'Recreate'";
                faults.forbidden(&rolling.path, why);
            }
        }
        "RollingUpdate" if !rolling.is_set() => {
            faults.required(&rolling.path, "this should be defaulted and never be nil");
        }
        "RollingUpdate" => {
            let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
            percent::positive(&unavailable, faults);
            percent::positive(&surge, faults);
            if percent::number(&unavailable) == 0 && percent::number(&surge) == 0 {
                faults.invalid(&unavailable, "may not be 0 when `maxSurge` is 0");
            }
            percent::not_more_than_all(&unavailable, faults);
        }
        _ => {
            faults.push(unknown_strategy(
                at,
                &["MaxUnavailable", "MaxSurge"],
                &["Recreate", "RollingUpdate"],
            ));
        }
    }
}

/// A strategy of no known type, as Go's encoder shows upstream's internal type.
fn unknown_strategy(at: &At<'_>, numbers: &[&str], known: &[&str]) -> Fault {
    let rolling = at.get("rollingUpdate");
    let shown = if rolling.is_set() {
        let parts: Vec<String> = numbers
            .iter()
            .map(|name| {
                let key = format!("{}{}", name[..1].to_lowercase(), &name[1..]);
                format!("{name:?}:{}", amethyst_object::json::to_string(&rolling.get(&key).shown()))
            })
            .collect();
        format!("{{{}}}", parts.join(","))
    } else {
        "null".to_owned()
    };
    let known: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
    Fault::not_supported_as(
        at.path.clone(),
        &format!("{{\"Type\":{:?},\"RollingUpdate\":{shown}}}", at.text("type")),
        &format!("supported values: {}", known.join(", ")),
    )
}

fn daemon_strategy(at: &At<'_>, faults: &mut Faults) {
    let rolling = at.get("rollingUpdate");
    match at.text("type") {
        "OnDelete" => {}
        "RollingUpdate" if !rolling.is_set() => faults.required(&rolling.path, ""),
        "RollingUpdate" => {
            let both = [rolling.get("maxUnavailable"), rolling.get("maxSurge")];
            for each in &both {
                percent::positive(each, faults);
            }
            for each in &both {
                percent::not_more_than_all(each, faults);
            }
            match (percent::number(&both[0]) != 0, percent::number(&both[1]) != 0) {
                (true, true) => faults.invalid(&both[1], "may not be set when maxUnavailable is non-zero"),
                (false, false) => faults.required(&both[0].path, "cannot be 0 when maxSurge is 0"),
                _ => {}
            }
        }
        _ => {
            faults.push(unknown_strategy(
                at,
                &["MaxUnavailable", "MaxSurge"],
                &["RollingUpdate", "OnDelete"],
            ));
        }
    }
}

/// The numbers of a status: those that are not negative, and pairs of which the first is not greater.
struct Counts {
    numbers: &'static [&'static str],
    of_all: &'static [&'static str],
    more_than_ready: Option<&'static str>,
    collides: bool,
}

const DEPLOYMENT_COUNTS: Counts = Counts {
    numbers: &[
        "observedGeneration",
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "terminatingReplicas",
        "collisionCount",
    ],
    of_all: &["updatedReplicas", "readyReplicas", "availableReplicas"],
    more_than_ready: Some("cannot be greater than readyReplicas"),
    collides: true,
};
const REPLICA_COUNTS: Counts = Counts {
    numbers: &[
        "replicas",
        "fullyLabeledReplicas",
        "readyReplicas",
        "availableReplicas",
        "observedGeneration",
        "terminatingReplicas",
    ],
    of_all: &["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
    more_than_ready: Some("cannot be greater than readyReplicas"),
    collides: false,
};
const DAEMON_COUNTS: Counts = Counts {
    numbers: &[
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "observedGeneration",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
        "collisionCount",
    ],
    of_all: &[],
    more_than_ready: None,
    collides: true,
};

fn counts(case: &Case<'_>, counts: &Counts, faults: &mut Faults) {
    let (at, before) = (case.at("status"), case.before("status"));
    faults.non_negatives(&at, counts.numbers);
    for key in counts.of_all {
        if at.number(key) > at.number("replicas") {
            faults.invalid(&at.get(key), "cannot be greater than status.replicas");
        }
    }
    if let Some(why) = counts.more_than_ready
        && at.number("availableReplicas") > at.number("readyReplicas")
    {
        faults.invalid(&at.get("availableReplicas"), why);
    }
    let fewer = before.has("collisionCount") && at.number("collisionCount") < before.number("collisionCount");
    if counts.collides && (fewer || before.has("collisionCount") && !at.has("collisionCount")) {
        let path = at.get("collisionCount").path;
        faults.invalid_value(&path, at.number("collisionCount"), "cannot be decremented");
    }
}

pub(crate) fn controller_revision(case: &Case<'_>, faults: &mut Faults) {
    case.both_metadata(true, NameRule::Subdomain, faults);
    faults.non_negative(&case.at("revision"));
    let data = case.at("data");
    if case.is_update() {
        let before = case.before("data");
        if data.value() != before.value() {
            faults.invalid(&data, IMMUTABLE);
        }
        return;
    }
    match data.value() {
        None => faults.required(&data.path, "data is mandatory"),
        Some(Value::Object(_)) => {}
        Some(_) => faults.required(&data.path, "data must be a valid JSON object"),
    }
}

/// A map without what a StatefulSet gives its pods itself.
fn without(map: &Map, keys: &[&str]) -> Map {
    let mut map = map.clone();
    for key in keys {
        map.remove(key);
    }
    map
}
