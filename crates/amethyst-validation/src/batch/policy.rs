//! When a job has failed, and when it has succeeded (kubernetes `pkg/apis/batch/validation`,
//! `validatePodFailurePolicy`, `validateSuccessPolicy`).

use amethyst_schema::Fault;

use super::indexes;
use crate::at::At;
use crate::faults::Faults;
use crate::names;

const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS: [&str; 2] = ["In", "NotIn"];
const STATUSES: [&str; 3] = ["False", "True", "Unknown"];
const RULES_MAX: usize = 20;
const CODES_MAX: usize = 255;

fn at_most(at: &At<'_>, limit: usize, faults: &mut Faults) {
    if at.list().len() > limit {
        faults.push(Fault::too_many(at.path.clone(), at.list().len(), limit as u64));
    }
}

/// A string that must be one of those known; missing, it is told which.
fn chosen(at: &At<'_>, known: &[&str], faults: &mut Faults) {
    if at.str().is_empty() {
        let quoted: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
        faults.required(&at.path, &format!("valid values: [{}]", quoted.join(" ")));
    } else {
        faults.enumerated(at, known);
    }
}

pub(super) fn failure(spec: &At<'_>, faults: &mut Faults) {
    let rules = spec.get("podFailurePolicy").get("rules");
    at_most(&rules, RULES_MAX, faults);
    let pod = spec.get("template").get("spec");
    let lists = ["containers", "initContainers"];
    let containers: Vec<&str> = lists
        .iter()
        .flat_map(|list| pod.get(list).items().map(|each| each.text("name")).collect::<Vec<_>>())
        .collect();
    for rule in rules.items() {
        let (action, codes, conditions) =
            (rule.get("action"), rule.get("onExitCodes"), rule.get("onPodConditions"));
        if action.str() == "FailIndex" && !spec.has("backoffLimitPerIndex") {
            faults.invalid(&action, "requires the backoffLimitPerIndex to be set");
        } else {
            chosen(&action, &ACTIONS, faults);
        }
        if codes.is_set() {
            exit_codes(&codes, &containers, faults);
        }
        at_most(&conditions, RULES_MAX, faults);
        for pattern in conditions.items() {
            faults.texts(&pattern.get("type"), names::qualified(pattern.text("type")));
            chosen(&pattern.get("status"), &STATUSES, faults);
        }
        let what = match (codes.is_set(), conditions.is_empty()) {
            (true, false) => "specifying both OnExitCodes and OnPodConditions is not supported",
            (false, true) => "specifying one of OnExitCodes and OnPodConditions is required",
            _ => continue,
        };
        faults.push(Fault::invalid_bare(rule.path.clone(), what));
    }
}

fn exit_codes(at: &At<'_>, containers: &[&str], faults: &mut Faults) {
    let (operator, container, values) = (at.get("operator"), at.get("containerName"), at.get("values"));
    chosen(&operator, &OPERATORS, faults);
    if container.is_set() && !containers.contains(&container.str()) {
        let why = "must be one of the container or initContainer names in the pod template";
        faults.invalid(&container, why);
    }
    if values.is_empty() {
        faults.invalid(&values, "at least one value is required");
    } else {
        at_most(&values, CODES_MAX, faults);
    }
    let mut seen: Vec<i64> = Vec::new();
    for value in values.items() {
        let code = value.int().unwrap_or_default();
        if operator.str() == "In" && code == 0 {
            faults.invalid(&value, "must not be 0 for the In operator");
        }
        if seen.contains(&code) {
            faults.duplicate(&value.path, code);
        }
        seen.push(code);
    }
    if !seen.is_sorted() {
        faults.invalid(&values, "must be ordered");
    }
}

pub(super) fn success(spec: &At<'_>, faults: &mut Faults) {
    let at = spec.get("successPolicy");
    if spec.text("completionMode") != "Indexed" {
        return faults.invalid_as(&at.path, &shown(&at), "requires indexed completion mode");
    }
    let rules = at.get("rules");
    if rules.is_empty() {
        let why = "at least one rules must be specified when the successPolicy is specified";
        faults.required(&rules.path, why);
    }
    at_most(&rules, RULES_MAX, faults);
    let completions = spec.number("completions");
    for rule in rules.items() {
        let (count, indexes) = (rule.get("succeededCount"), rule.get("succeededIndexes"));
        if !count.is_set() && !indexes.is_set() {
            faults
                .required(&rule.path, "at least one of succeededCount or succeededIndexes must be specified");
        }
        let mut total = 0;
        if indexes.is_set() {
            if indexes.str().len() > 64 << 10 {
                faults.too_long(&indexes.path, 64 << 10);
            }
            match indexes::count(indexes.str(), completions) {
                Ok(count) => total = count,
                Err(why) => faults.invalid(&indexes, format!("error parsing succeededIndexes: {why}")),
            }
        }
        let Some(number) = count.int() else { continue };
        faults.non_negative(&count);
        if number > completions {
            let why =
                format!("must be less than or equal to {completions} (the number of specified completions)");
            faults.invalid(&count, why);
        }
        if indexes.is_set() && number > total {
            let why = format!(
                "must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
            );
            faults.invalid(&count, why);
        }
    }
}

/// A policy as Go's encoder shows upstream's internal type.
fn shown(at: &At<'_>) -> String {
    let rule = |rule: At<'_>| {
        let part = |key: &str| amethyst_object::json::to_string(&rule.get(key).shown());
        format!(
            "{{\"SucceededIndexes\":{},\"SucceededCount\":{}}}",
            part("succeededIndexes"),
            part("succeededCount")
        )
    };
    let rules = at.get("rules");
    if !rules.is_set() {
        return "{\"Rules\":null}".to_owned();
    }
    let rules: Vec<String> = rules.items().map(rule).collect();
    format!("{{\"Rules\":[{}]}}", rules.join(","))
}
