//! Containers of all three sorts (kubernetes `pkg/apis/core/validation`, `validateContainers`).

use amethyst_schema::Fault;

use super::{Pod, env, mounts, probe, security};
use crate::at::At;
use crate::faults::Faults;
use crate::{names, resources, text};

const NOT_EPHEMERAL: &str = "cannot be set for an Ephemeral Container";

/// The containers proper.
pub(super) fn containers(at: &At<'_>, pod: &Pod<'_, '_>, faults: &mut Faults) {
    if at.is_empty() {
        return faults.required(&at.path, "");
    }
    let mut seen: Vec<&str> = Vec::new();
    for container in at.items() {
        common(&container, pod, faults);
        let name = container.get("name");
        if seen.contains(&name.str()) {
            faults.duplicate(&name.path, name.str());
        } else {
            seen.push(name.str());
        }
        probe::lifecycle(&container.get("lifecycle"), pod.grace, pod.system, faults);
        probe::probes(&container, pod.grace, faults);
        restart(&container, faults);
    }
    host_ports(at, at.items(), faults);
}

/// Containers that run first, and sidecars among them.
pub(super) fn first(at: &At<'_>, pod: &Pod<'_, '_>, faults: &mut Faults) {
    let mut seen: Vec<&str> = pod.spec.get("containers").items().map(|each| each.text("name")).collect();
    for (index, container) in at.items().enumerate() {
        common(&container, pod, faults);
        restart(&container, faults);
        let sidecar = container.text("restartPolicy") == "Always";
        let name = container.get("name");
        if seen.contains(&name.str()) {
            faults.duplicate(&name.path, name.str());
        } else if !name.str().is_empty() {
            seen.push(name.str());
        }
        host_ports(at, std::iter::once(container.clone()), faults);
        if sidecar {
            probe::lifecycle(&container.get("lifecycle"), pod.grace, pod.system, faults);
            probe::probes(&container, pod.grace, faults);
            continue;
        }
        for key in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
            if container.has(key) {
                let why = "may not be set for init containers without restartPolicy=Always";
                faults.forbidden(&container.get(key).path, why);
            }
        }
        for (place, policy) in container.get("resizePolicy").items().enumerate() {
            if policy.text("restartPolicy") == "RestartContainer" {
                let path = at.path.index(index).child("resizePolicy").index(place).child("restartPolicy");
                let why = "must not be set to 'RestartContainer' for non-sidecar initContainers";
                faults.invalid_value(&path, "RestartContainer", why);
            }
        }
    }
}

/// Containers that somebody adds to look around.
pub(super) fn ephemeral(at: &At<'_>, pod: &Pod<'_, '_>, faults: &mut Faults) {
    let lists = ["containers", "initContainers"];
    let others: Vec<&str> = lists
        .iter()
        .flat_map(|list| pod.spec.get(list).items().map(|each| each.text("name")).collect::<Vec<_>>())
        .collect();
    let mut seen = others.clone();
    for container in at.items() {
        common(&container, pod, faults);
        padded_image(&container, faults);
        let (name, target) = (container.get("name"), container.get("targetContainerName"));
        if seen.contains(&name.str()) {
            faults.duplicate(&name.path, name.str());
        } else {
            seen.push(name.str());
        }
        if !target.str().is_empty() && !others.contains(&target.str()) {
            faults.push(Fault::not_found(target.path.clone(), target.str(), ""));
        }
        for key in [
            "ports",
            "resources",
            "resizePolicy",
            "restartPolicy",
            "restartPolicyRules",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
            "lifecycle",
        ] {
            if container.has(key) && !container.get(key).is_empty() {
                faults.forbidden(&container.get(key).path, NOT_EPHEMERAL);
            }
        }
        for mount in container.get("volumeMounts").items() {
            for key in ["subPath", "subPathExpr"] {
                if !mount.text(key).is_empty() {
                    faults.forbidden(&mount.get(key).path, NOT_EPHEMERAL);
                }
            }
        }
    }
}

/// An image name with white space around it (`validateContainerOnlyForPod`).
pub(super) fn padded_image(container: &At<'_>, faults: &mut Faults) {
    let image = container.get("image");
    if image.str().trim() != image.str() {
        faults.invalid(&image, "must not have leading or trailing whitespace");
    }
}

fn common(at: &At<'_>, pod: &Pod<'_, '_>, faults: &mut Faults) {
    let name = at.get("name");
    if faults.needs_text(&name) {
        faults.texts(&name, names::label(name.str()));
    }
    faults.needs_text(&at.get("image"));
    faults.one_of(&at.get("terminationMessagePolicy"), &["File", "FallbackToLogsOnError"]);
    ports(&at.get("ports"), faults);
    env::variables(&at.get("env"), faults);
    env::from(&at.get("envFrom"), faults);
    mounts::mounts(at, &pod.volumes, faults);
    mounts::devices(at, &pod.volumes, faults);
    faults.one_of(&at.get("imagePullPolicy"), &["Always", "IfNotPresent", "Never"]);
    resources::requirements(&at.get("resources"), resources::container_name, &pod.claims, faults);
    resize(&at.get("resizePolicy"), pod, faults);
    security::container(&at.get("securityContext"), pod.host_users, &pod.old, faults);
}

fn ports(at: &At<'_>, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for port in at.items() {
        let (name, number, host, protocol) =
            (port.get("name"), port.get("containerPort"), port.get("hostPort"), port.get("protocol"));
        if !name.str().is_empty() {
            let wrong = text::port_name(name.str());
            if !wrong.is_empty() {
                faults.texts(&name, wrong);
            } else if seen.contains(&name.str()) {
                faults.duplicate(&name.path, name.str());
            } else {
                seen.push(name.str());
            }
        }
        if number.int().unwrap_or_default() == 0 {
            faults.required(&number.path, "");
        } else {
            faults.port(&number);
        }
        if host.int().unwrap_or_default() != 0 {
            faults.port(&host);
        }
        faults.one_of(&protocol, &["SCTP", "TCP", "UDP"]);
    }
}

/// Ports of the node that two containers want (`checkHostPortConflicts`).
fn host_ports<'a>(list: &At<'_>, containers: impl Iterator<Item = At<'a>>, faults: &mut Faults) {
    let mut seen: Vec<String> = Vec::new();
    for (index, container) in containers.enumerate() {
        for (place, port) in container.get("ports").items().enumerate() {
            let number = port.number("hostPort");
            if number == 0 {
                continue;
            }
            let key = format!("{}/{}/{number}", port.text("protocol"), port.text("hostIP"));
            if seen.contains(&key) {
                let path = list.path.index(index).child("ports").index(place).child("hostPort");
                faults.duplicate(&path, key);
            } else {
                seen.push(key);
            }
        }
    }
}

fn resize(at: &At<'_>, pod: &Pod<'_, '_>, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for policy in at.items() {
        let (resource, restart) = (policy.get("resourceName"), policy.get("restartPolicy"));
        if seen.contains(&resource.str()) {
            faults.duplicate(&policy.path, resource.str());
        }
        seen.push(resource.str());
        faults.one_of(&resource.called(at.path.clone()), &["cpu", "memory"]);
        faults.one_of(&restart.called(at.path.clone()), &["NotRequired", "RestartContainer"]);
        if pod.spec.text("restartPolicy") == "Never" && restart.str() != "NotRequired" {
            let why = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
            faults.invalid_value(&at.path, restart.str(), why);
        }
    }
}

/// When one container starts again (`validateContainerRestartPolicy`).
fn restart(at: &At<'_>, faults: &mut Faults) {
    let (policy, rules) = (at.get("restartPolicy"), at.get("restartPolicyRules"));
    if policy.is_set() {
        faults.enumerated(&policy, &["Always", "Never", "OnFailure"]);
    } else if rules.is_empty() {
        return;
    } else {
        faults.required(&policy.path, "must specify restartPolicy when restart rules are used");
    }
    if rules.list().len() > 20 {
        faults.push(Fault::too_many(rules.path.clone(), rules.list().len(), 20));
    }
    for rule in rules.items() {
        faults.enumerated(&rule.get("action"), &["Restart", "RestartAllContainers"]);
        let codes = rule.get("exitCodes");
        if !codes.is_set() {
            faults.required(&codes.path, "must be specified");
            continue;
        }
        faults.enumerated(&codes.get("operator"), &["In", "NotIn"]);
        let values = codes.get("values");
        if values.list().len() > 255 {
            faults.push(Fault::too_many(values.path.clone(), values.list().len(), 255));
        }
    }
}
