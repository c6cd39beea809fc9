//! ReplicationControllers and PodTemplates (kubernetes `pkg/apis/core/validation`).

use amethyst_schema::Fault;

use crate::case::Case;
use crate::faults::Faults;
use crate::names::NameRule;
use crate::pod;

pub(crate) fn pod_template(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(true, NameRule::Subdomain, faults);
    pod::template(&case.at("template"), &case.before("template"), faults);
}

pub(crate) fn replication_controller(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(true, NameRule::PathSegment, faults);
    if case.subresource == "status" {
        return status(case, faults);
    }
    let at = case.at("spec");
    let (selector, template) = (at.get("selector"), at.get("template"));
    if selector.is_empty() {
        faults.required(&selector.path, "");
    }
    if !template.is_set() {
        return faults.required(&template.path, "");
    }
    let labels = template.get("metadata").get("labels");
    let known = labels.strings();
    if !selector.strings().iter().all(|pair| known.contains(pair)) {
        faults.invalid(&labels, "`selector` does not match template `labels`");
    }
    pod::template(&template, &case.before("spec").get("template"), faults);
    let spec = template.get("spec");
    let restart = spec.get("restartPolicy");
    if restart.str() != "Always" {
        faults.push(Fault::not_supported(restart.path.clone(), restart.str(), &["Always"]));
    }
    if spec.has("activeDeadlineSeconds") {
        let why = "activeDeadlineSeconds in ReplicationController is not Supported";
        faults.forbidden(&spec.get("activeDeadlineSeconds").path, why);
    }
}

fn status(case: &Case<'_>, faults: &mut Faults) {
    let at = case.at("status");
    let numbers =
        ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"];
    faults.non_negatives(&at, &numbers);
    for key in ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"] {
        if at.number(key) > at.number("replicas") {
            faults.invalid(&at.get(key), "cannot be greater than status.replicas");
        }
    }
    if at.number("availableReplicas") > at.number("readyReplicas") {
        faults.invalid(&at.get("availableReplicas"), "cannot be greater than readyReplicas");
    }
}
