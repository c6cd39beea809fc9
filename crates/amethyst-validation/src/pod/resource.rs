//! Devices that a pod claims, and what the whole pod may use (kubernetes `pkg/apis/core/validation`,
//! `validatePodResourceClaims`, `validatePodResources`).

use amethyst_schema::Fault;

use super::{CONTAINERS, Pod};
use crate::at::At;
use crate::faults::Faults;
use crate::{names, resources};

/// The claims of a pod.
pub(super) fn claims(at: &At<'_>, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for claim in at.items() {
        let (name, own, template) =
            (claim.get("name"), claim.get("resourceClaimName"), claim.get("resourceClaimTemplateName"));
        if faults.needs_text(&name) {
            if seen.contains(&name.str()) {
                faults.duplicate(&name.path, name.str());
            } else {
                faults.texts(&name, names::label(name.str()));
                seen.push(name.str());
            }
        }
        if own.is_set() == template.is_set() {
            let why = if own.is_set() {
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            } else {
                "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            };
            let shown = |at: &At<'_>| if at.is_set() { format!("{:?}", at.str()) } else { "null".to_owned() };
            let shown = format!(
                "{{\"Name\":{:?},\"ResourceClaimName\":{},\"ResourceClaimTemplateName\":{}}}",
                name.str(),
                shown(&own),
                shown(&template)
            );
            faults.push(Fault::invalid_as(claim.path.clone(), &shown, why));
        }
        for reference in [own, template].iter().filter(|reference| reference.is_set()) {
            faults.texts(reference, names::subdomain(reference.str()));
        }
    }
}

/// Requests and limits of the whole pod.
pub(super) fn whole(pod: &Pod<'_, '_>, faults: &mut Faults) {
    let at = pod.spec.get("resources");
    if !at.is_set() {
        return;
    }
    if pod.system == Some("windows") {
        return faults.forbidden(&at.path, "may not be set for a windows pod");
    }
    if at.has("claims") {
        faults.forbidden(&at.get("claims").path, "claims may not be set for Resources at pod-level");
    }
    resources::requirements(&at, resources::pod_name, &pod.claims, faults);
    let requests = at.get("requests");
    for (resource, request) in requests.entries() {
        let used = sum(pod.spec, "requests", resource);
        if used > resources::nanos(&request) {
            let why = format!(
                "must be greater than or equal to aggregate container requests of {}",
                show(used, resource)
            );
            faults.invalid_value(&request.path, resources::shown(&request), why);
        }
    }
    let limits = at.get("limits");
    for (resource, limit) in limits.entries().into_iter().filter(|(name, _)| resources::is_huge_page(name)) {
        let used = sum(pod.spec, "limits", resource);
        if used > resources::nanos(&limit) {
            let why = format!(
                "must be greater than or equal to aggregate container limits of {}",
                show(used, resource)
            );
            faults.invalid_value(&limit.path, resources::shown(&limit), why);
        }
    }
    for (index, container) in pod.spec.get("containers").items().enumerate() {
        for (resource, limit) in container.get("resources").get("limits").entries() {
            let most = limits.key(resource);
            if most.is_set() && resources::nanos(&limit) > resources::nanos(&most) {
                let mut path = at.path.child("containers").index(index);
                path.push_map_key(resource);
                let why = format!("must be less than or equal to pod limits of {}", resources::shown(&most));
                faults.invalid_value(&path.child("limits"), resources::shown(&limit), why);
            }
        }
    }
}

/// What containers use together; those that run first one after the other, sidecars beside all.
fn sum(spec: &At<'_>, kind: &str, resource: &str) -> i128 {
    let of = |container: &At<'_>| resources::nanos(&container.get("resources").get(kind).key(resource));
    let mut beside = 0;
    let mut most = 0;
    for container in spec.get("initContainers").items() {
        if container.text("restartPolicy") == "Always" {
            beside += of(&container);
            most = most.max(beside);
        } else {
            most = most.max(beside + of(&container));
        }
    }
    let together: i128 = spec.get("containers").items().map(|container| of(&container)).sum();
    most.max(together + beside)
}

fn show(nanos: i128, resource: &str) -> String {
    let text = if nanos % resources::NANO == 0 {
        let whole = nanos / resources::NANO;
        let mebi = 1 << 20;
        if resource != "cpu" && whole % mebi == 0 { format!("{}Mi", whole / mebi) } else { whole.to_string() }
    } else {
        format!("{nanos}n")
    };
    amethyst_schema::Quantity::parse(&text).map(|quantity| quantity.to_string()).unwrap_or(text)
}

/// Files of variables lie in empty folders (`validateFileKeyRefVolumes`).
pub(super) fn file_volumes(spec: &At<'_>, faults: &mut Faults) {
    for list in CONTAINERS {
        for container in spec.get(list).items() {
            for variable in container.get("env").items() {
                let file = variable.get("valueFrom").get("fileKeyRef");
                if !file.is_set() {
                    continue;
                }
                let name = file.get("volumeName");
                let volume =
                    spec.get("volumes").items().filter(|volume| volume.text("name") == name.str()).last();
                match volume {
                    None => faults.push(Fault::not_found(name.path.clone(), name.str(), "")),
                    Some(volume) if !volume.has("emptyDir") => {
                        faults.invalid_text(&name, "referenced volume must be of type emptyDir");
                    }
                    Some(_) => {}
                }
            }
        }
    }
}
