//! Jobs and CronJobs (kubernetes `pkg/apis/batch/validation`).

mod indexes;
mod policy;
mod schedule;
mod status;

use amethyst_object::{FieldPath, Map, Value};

use crate::at::At;
use crate::case::Case;
use crate::faults::{Faults, IMMUTABLE};
use crate::names::{self, NameRule};
use crate::{pod, selector, text};

const PARALLEL_MAX: i64 = 100_000;
const COMPLETIONS_MANY: i64 = 100_000;
const PARALLEL_OF_MANY_MAX: i64 = 10_000;
const CRON_NAME_MAX: usize = 52;

pub(crate) fn job(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(true, NameRule::Subdomain, faults);
    if case.subresource == "status" {
        return status::status(case, faults);
    }
    let at = case.at("spec");
    if !case.is_update() {
        generated(case, &at, faults);
    }
    spec(&at, &case.before("spec"), faults);
    let (labels, template) = (at.get("selector"), at.get("template"));
    if labels.is_set() {
        selector::labels(&labels, false, faults);
    } else {
        faults.required(&labels.path, "");
    }
    if let Some(parsed) = selector::parse(&labels) {
        let own = template.get("metadata").get("labels");
        if !selector::selects(&labels, &parsed, &own) {
            faults.invalid(&own, "`selector` does not match template `labels`");
        }
    }
    if case.is_update() {
        kept(case, faults);
    }
    let completions = at.number("completions");
    if at.text("completionMode") == "Indexed" && completions > 0 {
        let name = case.at("metadata").get("name");
        let host = format!("{}-{}", name.str(), completions - 1);
        if !names::label(&host).is_empty() {
            let why = format!("will not able to create pod with invalid DNS label: {host}");
            faults.invalid_text(&name, why);
        }
    }
}

/// Labels and selector that the server makes must be those (`validateGeneratedSelector`).
fn generated(case: &Case<'_>, spec: &At<'_>, faults: &mut Faults) {
    let selector = spec.get("selector");
    if spec.flag("manualSelector") || !selector.is_set() {
        return;
    }
    let meta = case.at("metadata");
    let (uid, name) = (meta.text("uid"), meta.text("name"));
    let labels = spec.get("template").get("metadata").get("labels");
    let wanted = [
        ("controller-uid", uid),
        ("job-name", name),
        ("batch.kubernetes.io/controller-uid", uid),
        ("batch.kubernetes.io/job-name", name),
    ];
    for (key, value) in wanted {
        let label = labels.key(key);
        if !label.is_set() {
            faults.required(&label.path, &format!("must be '{value}'"));
        } else if label.str() != value {
            faults.invalid_value(&labels.path.child("labels"), label.str(), format!("must be '{value}'"));
        }
    }
    if let Some(parsed) = selector::parse(&selector) {
        let own = |key: &str| wanted.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
        if !parsed.matches(own) {
            faults.invalid_as(&selector.path, &selector::shown(&selector), "`selector` not auto-generated");
        }
    }
}

/// What a job says, whether it is one or the template of some (`validateJobSpec`).
fn spec(at: &At<'_>, old: &At<'_>, faults: &mut Faults) {
    let numbers = [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ];
    faults.non_negatives(at, &numbers);
    if at.has("maxFailedIndexes") && !at.has("backoffLimitPerIndex") {
        faults.required(&at.get("backoffLimitPerIndex").path, "when maxFailedIndexes is specified");
    }
    managed_by(&at.get("managedBy"), faults);
    mode(at, faults);
    if at.has("podFailurePolicy") {
        policy::failure(at, faults);
    }
    if at.has("successPolicy") {
        policy::success(at, faults);
    }
    let replacement = at.get("podReplacementPolicy");
    if replacement.is_set() {
        let all: &[&str] = &["Failed", "TerminatingOrFailed"];
        faults.enumerated(&replacement, if at.has("podFailurePolicy") { &all[..1] } else { all });
    }
    pod::template(&at.get("template"), &old.get("template"), faults);
    let restart = at.get("template").get("spec").get("restartPolicy");
    match restart.str() {
        "Always" | "" => faults.required(&restart.path, "valid values: \"OnFailure\", \"Never\""),
        "OnFailure" if at.has("podFailurePolicy") => {
            faults.invalid(&restart, "only \"Never\" is supported when podFailurePolicy is specified");
        }
        "Never" | "OnFailure" => {}
        _ => faults.unsupported(&restart, &["OnFailure", "Never"]),
    }
}

/// Who runs the job.
fn managed_by(at: &At<'_>, faults: &mut Faults) {
    if at.is_set() {
        text::domain_path(at, faults);
        if at.str().len() > 63 {
            faults.too_long(&at.path, 63);
        }
    }
}

/// Whether each completion has an index of its own, and what follows.
fn mode(at: &At<'_>, faults: &mut Faults) {
    let mode = at.get("completionMode");
    let (parallel, completions, failed, per_index) = (
        at.get("parallelism"),
        at.get("completions"),
        at.get("maxFailedIndexes"),
        at.get("backoffLimitPerIndex"),
    );
    if mode.is_set() {
        faults.enumerated(&mode, &["NonIndexed", "Indexed"]);
    }
    if !mode.is_set() || mode.str() == "NonIndexed" {
        for each in [&per_index, &failed].into_iter().filter(|each| each.is_set()) {
            faults.invalid(each, "requires indexed completion mode");
        }
    }
    if mode.str() != "Indexed" {
        return;
    }
    if !completions.is_set() {
        faults.required(&completions.path, "when completion mode is Indexed");
    }
    if parallel.int().is_some_and(|number| number > PARALLEL_MAX) {
        let why = format!("must be less than or equal to {PARALLEL_MAX} when completion mode is Indexed");
        faults.invalid(&parallel, why);
    }
    if let (Some(all), Some(most)) = (completions.int(), failed.int())
        && most > all
    {
        faults.invalid(&failed, "must be less than or equal to completions");
    }
    if failed.int().is_some_and(|number| number > PARALLEL_MAX) {
        faults.invalid(&failed, format!("must be less than or equal to {PARALLEL_MAX}"));
    }
    if completions.int().is_none_or(|number| number <= COMPLETIONS_MANY) || !per_index.is_set() {
        return;
    }
    if !failed.is_set() {
        let why = format!("must be specified when completions is above {COMPLETIONS_MANY}");
        faults.required(&failed.path, &why);
    }
    for each in [&parallel, &failed] {
        if each.int().is_some_and(|number| number > PARALLEL_OF_MANY_MAX) {
            let why = format!(
                "must be less than or equal to {PARALLEL_OF_MANY_MAX} when completions are above {COMPLETIONS_MANY} \
                 and used with backoff limit per index"
            );
            faults.invalid(each, why);
        }
    }
}

/// What never changes of a job.
fn kept(case: &Case<'_>, faults: &mut Faults) {
    let (at, before) = (case.at("spec"), case.before("spec"));
    let completions = at.get("completions");
    if completions.value() != before.get("completions").value() {
        if at.text("completionMode") != "Indexed" {
            faults.invalid(&completions, IMMUTABLE);
        } else if completions.is_set() && completions.int() != at.get("parallelism").int() {
            faults.invalid(&completions, "can only be modified in tandem with spec.parallelism");
        }
    }
    let selector = at.get("selector");
    if selector.value() != before.get("selector").value() {
        faults.invalid_as(&selector.path, &selector::shown(&selector), IMMUTABLE);
    }
    template(&at, &before, faults);
    for key in ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] {
        faults.immutable(&at.get(key), &before.get(key));
    }
}

/// A template changes while the job is suspended only: where its pods may run, and what they may use.
fn template(at: &At<'_>, before: &At<'_>, faults: &mut Faults) {
    let suspended = before.flag("suspend");
    let reduced = |spec: &At<'_>| {
        let mut map = spec.get("template").value().and_then(Value::as_object).cloned().unwrap_or_default();
        if suspended {
            let pod = map.object_mut("spec");
            for key in ["nodeSelector", "tolerations", "schedulingGates"] {
                pod.remove(key);
            }
            if let Some(affinity) = pod.get_mut("affinity").and_then(Value::as_object_mut) {
                affinity.remove("nodeAffinity");
            }
            if pod.get("affinity").and_then(Value::as_object).is_some_and(Map::is_empty) {
                pod.remove("affinity");
            }
            for list in ["containers", "initContainers"] {
                for container in pod.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                    if let Some(container) = container.as_object_mut() {
                        container.remove("resources");
                    }
                }
            }
            map.remove("metadata");
        }
        map
    };
    if reduced(at) != reduced(before) {
        let template = at.get("template");
        let (path, shown) = if suspended {
            (at.path.child("template.spec"), template.get("spec"))
        } else {
            (template.path.clone(), template)
        };
        faults.invalid_value(&path, shown.shown(), IMMUTABLE);
    }
}

pub(crate) fn cron_job(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(true, NameRule::Subdomain, faults);
    if case.subresource == "status" {
        return;
    }
    let (at, before) = (case.at("spec"), case.before("spec"));
    schedule::schedule(&at, &before, faults);
    faults.non_negative(&at.get("startingDeadlineSeconds"));
    let zone = at.get("timeZone");
    if !case.is_update() || zone.value() != before.get("timeZone").value() {
        schedule::time_zone(&zone, faults);
    }
    faults.one_of(&at.get("concurrencyPolicy"), &["Allow", "Forbid", "Replace"]);
    let inner = at.get("jobTemplate").get("spec");
    spec(&inner, &before.get("jobTemplate").get("spec"), faults);
    let selector = inner.get("selector");
    if selector.is_set() {
        faults.invalid_as(&selector.path, &selector::shown(&selector), "`selector` will be auto-generated");
    }
    if inner.flag("manualSelector") {
        let path = inner.get("manualSelector").path;
        faults.push(amethyst_schema::Fault::not_supported(path, true, &["nil", "false"]));
    }
    faults.non_negatives(&at, &["successfulJobsHistoryLimit", "failedJobsHistoryLimit"]);
    let name = case.at("metadata").text("name");
    if !case.is_update() && name.len() > CRON_NAME_MAX {
        let why = format!("must be no more than {CRON_NAME_MAX} characters");
        faults.invalid_value(&FieldPath::of(["metadata", "name"]), name, why);
    }
}
