//! Pods and pod templates (kubernetes `pkg/apis/core/v1/defaults.go`).

use amethyst_object::{Map, Value, value};

use super::{each, empty, field_ref, handler, probe, set, set_text, within};

pub(in crate::strategy) fn pod(pod: &mut Map) {
    let spec = pod.object_mut("spec");
    pod_spec(spec);
    // Ports of the host's network are the host's; in templates the pods will do it.
    if spec.get("hostNetwork").and_then(Value::as_bool) == Some(true) {
        for list in ["initContainers", "containers"] {
            for port in each(spec, list).flat_map(|container| each(container, "ports")) {
                if let Some(number) = port.get("containerPort").cloned() {
                    set(port, "hostPort", number);
                }
            }
        }
    }
    set(spec, "enableServiceLinks", true);
    // Requests follow limits in pods; in templates the pods will do it.
    for list in ["initContainers", "containers"] {
        for container in each(spec, list) {
            requests_from_limits(container);
        }
    }
}

fn requests_from_limits(container: &mut Map) {
    let resources = container.object_mut("resources");
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else { return };
    let requests = resources.object_mut("requests");
    for (name, limit) in limits.iter() {
        set(requests, name, limit.clone());
    }
}

/// The template of a workload: its metadata and its pods' spec.
pub(super) fn template(owner: &mut Map) {
    let template = owner.object_mut("template");
    template.object_mut("metadata");
    pod_spec(template.object_mut("spec"));
}

pub(super) fn pod_spec(spec: &mut Map) {
    set_text(spec, "dnsPolicy", "ClusterFirst");
    set_text(spec, "restartPolicy", "Always");
    set(spec, "securityContext", empty());
    set(spec, "terminationGracePeriodSeconds", 30);
    set_text(spec, "schedulerName", "default-scheduler");
    // The older name is written along with the newer one.
    let account = spec.str("serviceAccountName").unwrap_or_default().to_owned();
    let deprecated = spec.str("serviceAccount").unwrap_or_default().to_owned();
    if account.is_empty() && !deprecated.is_empty() {
        spec.insert("serviceAccountName", deprecated);
    } else if !account.is_empty() {
        spec.insert("serviceAccount", account);
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        each(spec, list).for_each(container);
    }
    each(spec, "volumes").for_each(volume);
}

fn pull_policy(image: &str) -> &'static str {
    if is_latest(image) { "Always" } else { "IfNotPresent" }
}

fn container(container: &mut Map) {
    let image = container.str("image").unwrap_or_default().to_owned();
    let policy = pull_policy(&image);
    set_text(container, "imagePullPolicy", policy);
    set_text(container, "terminationMessagePath", "/dev/termination-log");
    set_text(container, "terminationMessagePolicy", "File");
    container.object_mut("resources");
    for port in each(container, "ports") {
        set_text(port, "protocol", "TCP");
    }
    for variable in each(container, "env") {
        if let Some(from) = within(variable, "valueFrom") {
            field_ref(from, "fieldRef");
            if let Some(file) = within(from, "fileKeyRef") {
                set(file, "optional", false);
            }
        }
    }
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(found) = within(container, key) {
            probe(found);
        }
    }
    if let Some(lifecycle) = within(container, "lifecycle") {
        for key in ["postStart", "preStop"] {
            if let Some(hook) = within(lifecycle, key) {
                handler(hook);
            }
        }
    }
    if let Some(context) = within(container, "securityContext")
        && context.get("procMount").is_some_and(Value::is_null)
    {
        context.remove("procMount");
    }
}

/// An image without a tag, or tagged `latest`, is pulled always.
fn is_latest(image: &str) -> bool {
    if image.is_empty() || image.contains('@') {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    name.rsplit_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn volume(volume: &mut Map) {
    let has_source = volume.keys().any(|key| key != "name");
    if !has_source {
        volume.insert("emptyDir", empty());
    }
    for (source, mode) in [("secret", 420), ("configMap", 420), ("downwardAPI", 420), ("projected", 420)] {
        if let Some(source) = within(volume, source) {
            set(source, "defaultMode", mode);
        }
    }
    if let Some(downward) = within(volume, "downwardAPI") {
        each(downward, "items").for_each(|item| field_ref(item, "fieldRef"));
    }
    if let Some(projected) = within(volume, "projected") {
        for source in each(projected, "sources") {
            if let Some(token) = within(source, "serviceAccountToken") {
                set(token, "expirationSeconds", 3600);
            }
            if let Some(downward) = within(source, "downwardAPI") {
                each(downward, "items").for_each(|item| field_ref(item, "fieldRef"));
            }
        }
    }
    if let Some(image) = within(volume, "image") {
        let policy = pull_policy(image.str("reference").unwrap_or_default());
        set_text(image, "pullPolicy", policy);
    }
    if let Some(path) = within(volume, "hostPath") {
        set(path, "type", "");
    }
    if let Some(iscsi) = within(volume, "iscsi") {
        set_text(iscsi, "iscsiInterface", "default");
    }
    if let Some(rbd) = within(volume, "rbd") {
        set_text(rbd, "pool", "rbd");
        set_text(rbd, "user", "admin");
        set_text(rbd, "keyring", "/etc/ceph/keyring");
    }
    if let Some(disk) = within(volume, "azureDisk") {
        for (key, default) in [
            ("cachingMode", value!("ReadWrite")),
            ("fsType", value!("ext4")),
            ("readOnly", value!(false)),
            ("kind", value!("Shared")),
        ] {
            set(disk, key, default);
        }
    }
    if let Some(scale) = within(volume, "scaleIO") {
        set_text(scale, "storageMode", "ThinProvisioned");
        set_text(scale, "fsType", "xfs");
    }
    let claim = within(volume, "ephemeral").and_then(|ephemeral| within(ephemeral, "volumeClaimTemplate"));
    if let Some(spec) = claim.map(|template| template.object_mut("spec")) {
        set(spec, "volumeMode", "Filesystem");
        spec.object_mut("resources");
    }
}

#[cfg(test)]
mod tests {
    use super::is_latest;

    #[test]
    fn only_the_latest_image_is_always_pulled() {
        for (image, latest) in [
            ("nginx", true),
            ("nginx:latest", true),
            ("nginx:1.29", false),
            ("registry:5000/nginx", true),
            ("registry:5000/nginx:1", false),
            ("nginx@sha256:0123", false),
            ("", false),
        ] {
            assert_eq!(is_latest(image), latest, "{image}");
        }
    }
}
