//! StatefulSets (kubernetes `pkg/apis/apps/validation`, `ValidateStatefulSetSpec`).

use amethyst_object::{FieldPath, Value, value};

use super::{Counts, UNMATCHED, always, counts, without};
use crate::at::At;
use crate::case::Case;
use crate::core::claim;
use crate::faults::{Faults, IMMUTABLE};
use crate::names::{self, NameRule};
use crate::{metadata, percent, pod, selector};

const STATEFUL_COUNTS: Counts = Counts {
    numbers: &[
        "replicas",
        "readyReplicas",
        "currentReplicas",
        "updatedReplicas",
        "availableReplicas",
        "observedGeneration",
        "collisionCount",
    ],
    of_all: &["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
    more_than_ready: Some("cannot be greater than status.readyReplicas"),
    collides: true,
};

pub(crate) fn stateful_set(case: &Case<'_>, faults: &mut Faults) {
    if case.subresource == "status" {
        let mut counted = Faults::default();
        counts(case, &STATEFUL_COUNTS, &mut counted);
        faults.extend(counted.into_vec());
        return case.metadata(true, NameRule::Label, faults);
    }
    case.metadata(true, NameRule::Label, faults);
    spec(case, faults);
    if case.is_update() {
        kept(case, faults);
    }
}

fn spec(case: &Case<'_>, faults: &mut Faults) {
    let at = case.at("spec");
    let policy = at.get("podManagementPolicy");
    match policy.str() {
        "OrderedReady" | "Parallel" => {}
        "" => faults.required(&policy.path, ""),
        _ => faults.invalid(&policy, "must be 'OrderedReady' or 'Parallel'"),
    }
    strategy(&at.get("updateStrategy"), faults);
    let retention = at.get("persistentVolumeClaimRetentionPolicy");
    for key in ["whenDeleted", "whenScaled"] {
        if retention.is_set() {
            faults.enumerated(&retention.get(key), &["Retain", "Delete"]);
        }
    }
    let claims = at.get("volumeClaimTemplates");
    if !case.is_update() {
        claims.items().for_each(|each| claim::spec(&each.get("spec"), false, faults));
    }
    faults.non_negatives(&at, &["replicas", "minReadySeconds"]);
    let start = at.get("ordinals").get("start");
    faults.non_negative(&start.called(at.path.child("ordinals.start")));
    let service = at.get("serviceName");
    if !case.is_update() && !service.str().is_empty() {
        faults.texts(&service, names::label(service.str()));
    }
    let labels = at.get("selector");
    if !labels.is_set() {
        faults.required(&labels.path, "");
    }
    selector::labels(&labels, false, faults);
    if labels.is_set() && selector::is_empty(&labels) {
        let why = "empty selector is invalid for statefulset";
        faults.invalid_as(&labels.path, &selector::shown(&labels), why);
    }
    template(case, &at, &labels, faults);
    always(&at.get("template"), "StatefulSet", faults);
}

/// The template, with the claims as volumes, and whether the selector selects it.
fn template(case: &Case<'_>, at: &At<'_>, labels: &At<'_>, faults: &mut Faults) {
    let template = at.get("template");
    let Some(parsed) = selector::parse(labels) else {
        return faults.invalid_as(&labels.path, &selector::shown(labels), "");
    };
    let own = template.get("metadata").get("labels");
    if (!labels.is_set() || !parsed.is_everything()) && !selector::selects(labels, &parsed, &own) {
        faults.invalid(&own, UNMATCHED);
    }
    let whole = with_volumes(&template, &claims(at));
    let whole = At::new(Some(&whole), template.path.clone());
    let old = case.before("spec").get("template");
    let mut judged = Faults::default();
    pod::template(&whole, &At::new(None, FieldPath::default()), &mut judged);
    // What was wrong before may stay so.
    let was_wrong = old.is_set() && {
        let before = with_volumes(&old, &claims(&case.before("spec")));
        let mut before_faults = Faults::default();
        pod::template(
            &At::new(Some(&before), old.path.clone()),
            &At::new(None, FieldPath::default()),
            &mut before_faults,
        );
        before_faults.len() > 0
    };
    if !was_wrong {
        faults.extend(judged.into_vec());
    }
    let meta = template.get("metadata");
    metadata::labels(&meta.get("labels").called(template.path.child("labels")), faults);
    metadata::annotations(&meta.get("annotations").called(template.path.child("annotations")), faults);
}

/// The names of the claims that become volumes.
fn claims<'a>(spec: &At<'a>) -> Vec<&'a str> {
    spec.get("volumeClaimTemplates").items().map(|each| each.get("metadata").text("name")).collect()
}

fn with_volumes(template: &At<'_>, claims: &[&str]) -> Value {
    let mut whole = template.value().and_then(Value::as_object).cloned().unwrap_or_default();
    let spec = whole.object_mut("spec");
    *spec = without(spec, &["subdomain", "hostname"]);
    if !claims.is_empty() {
        let mut volumes: Vec<Value> = claims
            .iter()
            .map(|name| value!({"name": (*name), "persistentVolumeClaim": {"claimName": (*name)}}))
            .collect();
        let own = spec.get("volumes").and_then(Value::as_array).unwrap_or_default();
        volumes.extend(
            own.iter().filter(|own| !claims.contains(&own.str_at(&["name"]).unwrap_or_default())).cloned(),
        );
        spec.insert("volumes", Value::Array(volumes));
    }
    Value::Object(whole)
}

fn strategy(at: &At<'_>, faults: &mut Faults) {
    let rolling = at.get("rollingUpdate");
    let shown = || {
        if !rolling.is_set() {
            return "null".to_owned();
        }
        let unavailable = amethyst_object::json::to_string(&rolling.get("maxUnavailable").shown());
        format!("{{\"Partition\":{},\"MaxUnavailable\":{unavailable}}}", rolling.number("partition"))
    };
    match at.text("type") {
        "" => faults.required(&at.path, ""),
        "OnDelete" => {
            if rolling.is_set() {
                faults.invalid_as(&rolling.path, &shown(), "only allowed for updateStrategy 'RollingUpdate'");
            }
        }
        "RollingUpdate" => {
            faults.non_negative(&rolling.get("partition"));
            let unavailable = rolling.get("maxUnavailable");
            if unavailable.is_set() {
                percent::positive(&unavailable, faults);
                if percent::number(&unavailable) == 0 {
                    faults.invalid(&unavailable, "cannot be 0");
                }
                percent::not_more_than_all(&unavailable, faults);
            }
        }
        other => {
            let shown = format!("{{\"Type\":{other:?},\"RollingUpdate\":{}}}", shown());
            faults.invalid_as(&at.path, &shown, "must be 'RollingUpdate' or 'OnDelete'");
        }
    }
}

/// What never changes of a StatefulSet.
fn kept(case: &Case<'_>, faults: &mut Faults) {
    let (at, before) = (case.at("spec"), case.before("spec"));
    let selector = at.get("selector");
    if selector.value() != before.get("selector").value() {
        faults.invalid_as(&selector.path, &selector::shown(&selector), IMMUTABLE);
    }
    for key in ["volumeClaimTemplates", "serviceName", "podManagementPolicy"] {
        faults.immutable(&at.get(key), &before.get(key));
    }
}
