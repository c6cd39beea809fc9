//! What pods may mount (`policy/check_hostPathVolumes.go`, `policy/check_restrictedVolumes.go`).

use std::collections::BTreeSet;

use amethyst_object::Value;

use super::{Finding, Pod, found, name, plural, quoted};

const ALLOWED: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
/// What is named when a volume is of it; the first that is there counts.
const RESTRICTED: [&str; 21] = [
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
];

fn volumes<'a>(pod: &Pod<'a>) -> &'a [Value] {
    pod.spec.get("volumes").and_then(Value::as_array).unwrap_or_default()
}

fn is_of(volume: &Value, source: &str) -> bool {
    volume.get(source).is_some_and(|source| !source.is_null())
}

pub(super) fn host_paths(pod: &Pod<'_>) -> Option<Finding> {
    let names: Vec<&str> = volumes(pod).iter().filter(|volume| is_of(volume, "hostPath")).map(name).collect();
    if names.is_empty() {
        return None;
    }
    found("hostPath volumes", format!("{} {}", plural(names.len(), "volume", "volumes"), quoted(names)))
}

pub(super) fn restricted(pod: &Pod<'_>) -> Option<Finding> {
    let (mut names, mut types) = (Vec::new(), BTreeSet::new());
    for volume in volumes(pod) {
        if ALLOWED.iter().any(|source| is_of(volume, source)) {
            continue;
        }
        names.push(name(volume));
        types.insert(RESTRICTED.into_iter().find(|source| is_of(volume, source)).unwrap_or("unknown"));
    }
    if names.is_empty() {
        return None;
    }
    let detail = format!(
        "{} {} {} {} {}",
        plural(names.len(), "volume", "volumes"),
        quoted(&names),
        plural(names.len(), "uses", "use"),
        plural(types.len(), "restricted volume type", "restricted volume types"),
        quoted(types)
    );
    found("restricted volume types", detail)
}
