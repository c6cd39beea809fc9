//! Annotations of pods that mean something (kubernetes `pkg/apis/core/validation`,
//! `ValidatePodSpecificAnnotations`).

use super::CONTAINERS;
use crate::at::At;
use crate::faults::Faults;
use crate::text;

const MIRROR: &str = "kubernetes.io/config.mirror";
const COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const MATCH: &str = "seccomp type in annotation and field must match";

fn containers<'a>(spec: &At<'a>) -> impl Iterator<Item = At<'a>> {
    CONTAINERS
        .iter()
        .flat_map(|list| spec.get(list).items().collect::<Vec<_>>())
        .collect::<Vec<_>>()
        .into_iter()
}

pub(super) fn annotations(at: &At<'_>, spec: &At<'_>, faults: &mut Faults) {
    let mirror = at.key(MIRROR);
    if mirror.is_set() && spec.text("nodeName").is_empty() {
        faults.invalid(&mirror, "must set spec.nodeName if mirror pod annotation is set");
    }
    let cost = at.key(COST);
    if cost.is_set() && !is_cost(cost.str()) {
        faults.invalid(&cost, "must be a 32bit integer");
    }
    let profile = at.key(SECCOMP);
    if profile.is_set() {
        seccomp(&profile.called(at.path.child(SECCOMP)), faults);
    }
    for (key, profile) in at.entries().into_iter().filter(|(key, _)| key.starts_with(CONTAINER_SECCOMP)) {
        seccomp(&profile.called(at.path.child(key)), faults);
    }
    for (key, profile) in at.entries() {
        let Some(name) = key.strip_prefix(APP_ARMOR) else { continue };
        if !containers(spec).any(|container| container.text("name") == name) {
            faults.invalid_value(&profile.path, name, "container not found");
        }
        let text = profile.str();
        if !text.is_empty()
            && !matches!(text, "runtime/default" | "unconfined")
            && !text.starts_with("localhost/")
        {
            faults.invalid(&profile, format!("invalid AppArmor profile name: {text:?}"));
        }
    }
}

/// A cost in the one spelling that upstream takes.
fn is_cost(text: &str) -> bool {
    text.parse::<i32>().is_ok() && !text.starts_with('+') && !(text.len() > 1 && text.starts_with('0'))
}

fn seccomp(at: &At<'_>, faults: &mut Faults) {
    match at.str() {
        "runtime/default" | "docker/default" | "unconfined" => {}
        profile => match profile.strip_prefix("localhost/") {
            Some(path) => {
                for why in text::descending_path(path) {
                    faults.invalid_value(&at.path, path, why);
                }
            }
            None => faults.invalid(at, "must be a valid seccomp profile"),
        },
    }
}

/// Profiles said twice must be one (`validateSeccompAnnotationsAndFields` and its like of AppArmor).
pub(super) fn agree(meta: &At<'_>, spec: &At<'_>, faults: &mut Faults) {
    seccomp_agrees(meta, spec, faults);
    let annotations = meta.get("annotations");
    if spec.get("os").text("name") == "windows" {
        return;
    }
    for container in containers(spec) {
        let own = container.get("securityContext").get("appArmorProfile");
        let field =
            if own.is_set() { own.clone() } else { spec.get("securityContext").get("appArmorProfile") };
        let annotation = annotations.key(&format!("{APP_ARMOR}{}", container.text("name")));
        if !field.is_set() || !annotation.is_set() {
            continue;
        }
        let (says, path) = (annotation.str(), own.path.clone());
        let kind_differs = match field.text("type") {
            "Unconfined" => says != "unconfined",
            "RuntimeDefault" => says != "runtime/default",
            "Localhost" => !says.starts_with("localhost/"),
            _ => false,
        };
        if kind_differs {
            faults.forbidden(&path.child("type"), "apparmor type in annotation and field must match");
        } else if field.text("type") == "Localhost"
            && says.strip_prefix("localhost/") != Some(field.text("localhostProfile"))
        {
            let why = "apparmor profile in annotation and field must match";
            faults.forbidden(&path.child("localhostProfile"), why);
        }
    }
}

fn seccomp_agrees(meta: &At<'_>, spec: &At<'_>, faults: &mut Faults) {
    let annotations = meta.get("annotations");
    one_agrees(&annotations.key(SECCOMP), &spec.get("securityContext").get("seccompProfile"), faults);
    for container in containers(spec) {
        let annotation = annotations.key(&format!("{CONTAINER_SECCOMP}{}", container.text("name")));
        one_agrees(&annotation, &container.get("securityContext").get("seccompProfile"), faults);
    }
}

fn one_agrees(annotation: &At<'_>, field: &At<'_>, faults: &mut Faults) {
    if !annotation.is_set() || !field.is_set() {
        return;
    }
    let says = annotation.str();
    let differs = match field.text("type") {
        "Unconfined" => says != "unconfined",
        "RuntimeDefault" => !matches!(says, "runtime/default" | "docker/default"),
        "Localhost" => !says.starts_with("localhost/"),
        _ => false,
    };
    if differs {
        faults.forbidden(&field.get("type").path, MATCH);
    } else if field.text("type") == "Localhost"
        && says.strip_prefix("localhost/") != Some(field.text("localhostProfile"))
    {
        let why = "seccomp profile in annotation and field must match";
        faults.forbidden(&field.get("localhostProfile").path, why);
    }
}

/// What may change of these annotations (`ValidatePodSpecificAnnotationUpdates`).
pub(super) fn change(new: &At<'_>, old: &At<'_>, spec: &At<'_>, faults: &mut Faults) {
    for (key, before) in old.entries() {
        let at = new.key(key);
        if at.value() == before.value() {
            continue;
        }
        if key.starts_with(APP_ARMOR) {
            faults.forbidden(&at.path, "may not remove or update AppArmor annotations");
        }
        if key == MIRROR {
            faults.forbidden(&at.path, "may not remove or update mirror pod annotation");
        }
    }
    for (key, at) in new.entries() {
        if old.key(key).is_set() {
            continue;
        }
        if key.starts_with(APP_ARMOR) {
            faults.forbidden(&at.path, "may not add AppArmor annotations");
        }
        if key == MIRROR {
            faults.forbidden(&at.path, "may not add mirror pod annotation");
        }
    }
    annotations(new, spec, faults);
}
