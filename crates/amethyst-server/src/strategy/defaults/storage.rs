//! Volumes, claims and classes (kubernetes `pkg/apis/{core,storage}/v1/defaults.go`).

use amethyst_object::{Map, value};

use super::{set, set_text, within};

pub(in crate::strategy) fn persistent_volume(volume: &mut Map) {
    let spec = volume.object_mut("spec");
    set_text(spec, "persistentVolumeReclaimPolicy", "Retain");
    set(spec, "volumeMode", "Filesystem");
    if let Some(path) = within(spec, "hostPath") {
        set(path, "type", "");
    }
    if let Some(iscsi) = within(spec, "iscsi") {
        set_text(iscsi, "iscsiInterface", "default");
    }
}

pub(in crate::strategy) fn persistent_volume_claim(claim: &mut Map) {
    let spec = claim.object_mut("spec");
    set(spec, "volumeMode", "Filesystem");
    spec.object_mut("resources");
    // A source named the old way is named the new way, too.
    if let (Some(source), None) = (spec.get("dataSource").cloned(), spec.get("dataSourceRef")) {
        spec.insert("dataSourceRef", source);
    }
}

pub(in crate::strategy) fn storage_class(class: &mut Map) {
    set(class, "reclaimPolicy", "Delete");
    set(class, "volumeBindingMode", "Immediate");
}

pub(in crate::strategy) fn csi_driver(driver: &mut Map) {
    let spec = driver.object_mut("spec");
    for (key, default) in [
        ("attachRequired", value!(true)),
        ("podInfoOnMount", value!(false)),
        ("storageCapacity", value!(false)),
        ("preventPodSchedulingIfMissing", value!(false)),
        ("fsGroupPolicy", value!("ReadWriteOnceWithFSType")),
        ("requiresRepublish", value!(false)),
        ("seLinuxMount", value!(false)),
        ("preventPodSchedulingIfMissing", value!(false)),
        ("volumeLifecycleModes", value!(["Persistent"])),
    ] {
        set(spec, key, default);
    }
}
