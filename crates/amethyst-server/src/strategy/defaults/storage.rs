//! Volumes, claims and classes (kubernetes `pkg/apis/{core,storage}/v1/defaults.go`).

use amethyst_object::{Map, value};

use super::{each, set, set_text, within};

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

/// How many devices a claim, or a template of claims, asks for (kubernetes `pkg/apis/resource/v1/defaults.go`).
pub(in crate::strategy) fn claim(claim: &mut Map) {
    let is_template = claim.str("kind") == Some("ResourceClaimTemplate");
    let flat = claim.str("apiVersion") == Some("resource.k8s.io/v1beta1");
    let Some(mut spec) = within(claim, "spec") else { return };
    if is_template {
        let Some(inner) = within(spec, "spec") else { return };
        spec = inner;
    }
    let Some(devices) = within(spec, "devices") else { return };
    for request in each(devices, "requests") {
        each(request, "firstAvailable").for_each(wanted);
        if !flat {
            within(request, "exactly").into_iter().for_each(wanted);
        } else if request.str("deviceClassName").is_some_and(|class| !class.is_empty()) {
            wanted(request);
        }
    }
}

fn wanted(request: &mut Map) {
    set_text(request, "allocationMode", "ExactCount");
    let none = request.get("count").is_none_or(|count| count.is_null() || count.as_i64() == Some(0));
    if none && request.str("allocationMode") == Some("ExactCount") {
        request.insert("count", 1);
    }
}
