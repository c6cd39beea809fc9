//! LimitRanges (kubernetes `pkg/apis/core/validation`, `ValidateLimitRange`).

use crate::at::At;
use crate::case::Case;
use crate::faults::Faults;
use crate::names::{self, NameRule};
use crate::resources;

pub(crate) fn limit_range(case: &Case<'_>, faults: &mut Faults) {
    case.whole_metadata(true, NameRule::Subdomain, faults);
    let mut seen: Vec<&str> = Vec::new();
    for limit in case.at("spec").get("limits").items() {
        let kind = limit.get("type");
        type_name(&kind, faults);
        if seen.contains(&kind.str()) {
            faults.duplicate(&kind.path, kind.str());
        }
        seen.push(kind.str());
        one(&limit, faults);
    }
}

fn type_name(at: &At<'_>, faults: &mut Faults) {
    let before = faults.len();
    faults.texts(at, names::qualified(at.str()));
    let known = ["Pod", "Container", "PersistentVolumeClaim"].contains(&at.str());
    if faults.len() == before && !at.str().contains('/') && !known {
        faults.invalid_text(at, "must be a standard limit type or fully qualified");
    }
}

fn one(limit: &At<'_>, faults: &mut Faults) {
    let kind = limit.text("type");
    let mut keys: Vec<&str> = Vec::new();
    let mut names = |list: &str, faults: &mut Faults| {
        for (key, entry) in limit.get(list).entries() {
            if matches!(kind, "Pod" | "Container") {
                resources::container_name(&entry, key, faults);
            } else {
                resources::name(&entry, key, faults);
            }
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    };
    names("max", faults);
    names("min", faults);
    for list in ["default", "defaultRequest"] {
        if kind != "Pod" {
            names(list, faults);
        } else if !limit.get(list).is_empty() {
            faults.forbidden(&limit.get(list).path, "may not be specified when `type` is 'Pod'");
        }
    }
    let storage = |list: &str| limit.get(list).key("storage").is_set();
    if kind == "PersistentVolumeClaim" && !storage("min") && !storage("max") {
        let why = "either minimum or maximum storage value is required, but neither was provided";
        faults.required(&limit.get("limits").path, why);
    }
    names("maxLimitRequestRatio", faults);
    for key in keys {
        bounds(limit, key, kind == "Pod", faults);
    }
}

/// How the bounds of one resource stand to each other.
fn bounds(limit: &At<'_>, key: &str, of_pod: bool, faults: &mut Faults) {
    let of = |list: &str| limit.get(list).key(key);
    let (min, max, ratio) = (of("min"), of("max"), of("maxLimitRequestRatio"));
    let default = if of_pod { At::new(None, of("default").path) } else { of("default") };
    let request = if of_pod { At::new(None, of("defaultRequest").path) } else { of("defaultRequest") };
    let mut order =
        |low: &At<'_>, high: &At<'_>, at: &At<'_>, shown: &At<'_>, low_name: &str, high_name: &str| {
            if low.is_set() && high.is_set() && resources::nanos(low) > resources::nanos(high) {
                let why = format!(
                    "{low_name} value {} is greater than {high_name} value {}",
                    resources::shown(low),
                    resources::shown(high)
                );
                faults.invalid_value(&at.path, resources::shown(shown), why);
            }
        };
    order(&min, &max, &min, &min, "min", "max");
    order(&min, &request, &request, &request, "min", "default request");
    order(&request, &max, &request, &request, "default request", "max");
    order(&request, &default, &request, &request, "default request", "default limit");
    order(&min, &default, &default, &min, "min", "default");
    order(&default, &max, &default, &max, "default", "max");
    if ratio.is_set() {
        self::ratio(&ratio, &min, &max, faults);
    }
    let exact = resources::is_huge_page(key) || resources::is_extended(key);
    if exact
        && default.is_set()
        && request.is_set()
        && resources::nanos(&default) != resources::nanos(&request)
    {
        let why = format!(
            "default value {} must equal to defaultRequest value {} in {key}",
            resources::shown(&default),
            resources::shown(&request)
        );
        faults.invalid_value(&request.path, resources::shown(&request), why);
    }
}

fn ratio(at: &At<'_>, min: &At<'_>, max: &At<'_>, faults: &mut Faults) {
    let worth = resources::nanos(at);
    let shown = resources::shown(at);
    if worth < resources::NANO {
        faults.invalid_value(&at.path, shown.as_str(), format!("ratio {shown} is less than 1"));
    }
    if min.is_set() && max.is_set() {
        let most = resources::nanos(max) as f64 / resources::nanos(min) as f64;
        if worth as f64 / resources::NANO as f64 > most {
            let why = format!("ratio {shown} is greater than max/min = {most:.6}");
            faults.invalid_value(&at.path, shown.as_str(), why);
        }
    }
}
