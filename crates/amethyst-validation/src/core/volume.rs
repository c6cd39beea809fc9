//! PersistentVolumes (kubernetes `pkg/apis/core/validation`, `ValidatePersistentVolume`).

use amethyst_object::{FieldPath, Map, Value};
use amethyst_schema::Fault;

use super::claim;
use crate::at::At;
use crate::case::Case;
use crate::faults::Faults;
use crate::names::{self, NameRule};
use crate::volume::{self, Source, source};
use crate::{metadata, resources, selector};

const BEFORE_FLEX: [Source; 12] = [
    source("hostPath", volume::host_path),
    Source { called: "persistentDisk", ..source("gcePersistentDisk", volume::gce) },
    source("awsElasticBlockStore", volume::aws),
    source("glusterfs", volume::persistent_glusterfs),
    source("flocker", volume::flocker),
    source("nfs", volume::nfs),
    source("rbd", volume::rbd),
    source("quobyte", volume::quobyte),
    Source { refused: "cephFS", ..source("cephfs", volume::ceph_fs) },
    source("iscsi", volume::persistent_iscsi),
    source("cinder", volume::persistent_cinder),
    source("fc", volume::fc),
];
const BEHIND_FLEX: [Source; 9] = [
    source("azureFile", volume::persistent_azure_file),
    source("vsphereVolume", volume::vsphere),
    source("photonPersistentDisk", volume::photon),
    source("portworxVolume", volume::portworx),
    source("azureDisk", volume::azure_disk),
    source("scaleIO", volume::scale_io),
    source("local", volume::local),
    source("storageos", volume::persistent_storage_os),
    source("csi", volume::persistent_csi),
];

pub(crate) fn persistent_volume(case: &Case<'_>, faults: &mut Faults) {
    if let (Some(old), "status") = (case.old, case.subresource) {
        return metadata::change(case.new, old, faults);
    }
    case.whole_metadata(false, NameRule::Subdomain, faults);
    spec(&case.at("spec"), case.at("metadata").text("name"), false, &case.before("spec"), faults);
    if case.is_update() {
        changed(&case.at("spec"), &case.before("spec"), faults);
    }
}

/// What a volume is (`ValidatePersistentVolumeSpec`); `inline` ones belong to an attachment.
pub(crate) fn spec(at: &At<'_>, name: &str, inline: bool, old: &At<'_>, faults: &mut Faults) {
    const INLINE: &str = "may not be specified in the context of inline volumes";
    let only_alone = |key: &str, faults: &mut Faults| faults.forbidden(&at.get(key).path, INLINE);
    if inline {
        if at.has("claimRef") {
            only_alone("claimRef", faults);
        }
        if !at.get("capacity").is_empty() {
            only_alone("capacity", faults);
        }
        if !at.has("csi") {
            faults.required(&at.get("csi").path, "has to be specified in the context of inline volumes");
        }
    }
    let modes = at.get("accessModes");
    if modes.is_empty() {
        faults.required(&modes.path, "");
    }
    claim::access_modes(&modes, faults);
    if !inline {
        capacity(&at.get("capacity"), faults);
    }
    let policy = at.get("persistentVolumeReclaimPolicy");
    if inline && !matches!(policy.str(), "" | "Retain") {
        faults.forbidden(&policy.path, "may only be Retain in the context of inline volumes");
    } else if !policy.str().is_empty() {
        faults.enumerated(&policy, &["Delete", "Recycle", "Retain"]);
    }
    let affinity = at.get("nodeAffinity");
    if affinity.is_set() && inline {
        only_alone("nodeAffinity", faults);
    } else if affinity.is_set() {
        let required = affinity.get("required");
        if required.is_set() {
            let before = old.get("nodeAffinity").get("required");
            let wrong = |value: At<'_>| !names::label_value(value.str()).is_empty();
            let lenient = before.get("nodeSelectorTerms").items().any(|term| {
                term.get("matchExpressions").items().any(|each| each.get("values").items().any(wrong))
            });
            selector::nodes(&required, lenient, faults);
        } else {
            faults.required(&required.path, "must specify required node constraints");
        }
    }
    volume_sources(at, name, faults);
    let class = at.get("storageClassName");
    if !class.str().is_empty() && inline {
        only_alone("storageClassName", faults);
    } else if !class.str().is_empty() {
        faults.texts(&class, names::subdomain(class.str()));
    }
    let mode = at.get("volumeMode");
    if inline && mode.is_set() && mode.str() != "Filesystem" {
        let why = "may not specify volumeMode other than Filesystem in the context of inline volumes";
        faults.forbidden(&mode.path, why);
    } else if mode.is_set() {
        faults.enumerated(&mode, &["Block", "Filesystem"]);
    }
    let attributes = at.get("volumeAttributesClassName");
    if attributes.is_set() {
        if attributes.str().is_empty() {
            faults.required(&attributes.path, "an empty string is disallowed");
        } else {
            faults.texts(&attributes, names::subdomain(attributes.str()));
        }
        if !at.has("csi") {
            let why = "has to be specified when using volumeAttributesClassName";
            faults.required(&at.get("csi").path, why);
        }
    }
}

fn capacity(at: &At<'_>, faults: &mut Faults) {
    let entries = at.entries();
    if entries.is_empty() {
        faults.required(&at.path, "");
    }
    if !at.key("storage").is_set() || entries.len() > 1 {
        faults.push(Fault::not_supported(at.path.clone(), at.shown(), &["storage"]));
    }
    for (_, amount) in entries {
        resources::basic(&amount, faults);
        resources::positive(&amount, faults);
    }
}

fn volume_sources(at: &At<'_>, name: &str, faults: &mut Faults) {
    let mut taken = 0;
    for source in &BEFORE_FLEX {
        volume::sources(at, std::slice::from_ref(source), &mut taken, faults);
    }
    let iscsi = at.get("iscsi");
    if iscsi.has("initiatorName") && name.len() + 1 + iscsi.text("targetPortal").len() > 64 {
        let why = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if \
                   iscsi.initiatorName is specified.";
        faults.invalid_text(&iscsi.get("targetPortal").called(iscsi.path.child("targetportal")), why);
    }
    if at.has("flexVolume") {
        taken += 1;
        volume::flex(&at.get("flexVolume"), faults);
    }
    for source in &BEHIND_FLEX {
        let before = taken;
        volume::sources(at, std::slice::from_ref(source), &mut taken, faults);
        if source.key == "local" && taken > before && !at.has("nodeAffinity") {
            faults.required(&at.get("nodeAffinity").path, "Local volume requires node affinity");
        }
    }
    if taken == 0 {
        faults.required(&at.path, "must specify a volume type");
    }
    let path = at.get("hostPath").get("path");
    let root = path.str().starts_with('/') && path.str().split('/').all(|part| matches!(part, "" | "."));
    if root && at.text("persistentVolumeReclaimPolicy") == "Recycle" {
        let why = "may not be 'recycle' for a hostPath mount of '/'";
        faults.forbidden(&at.get("persistentVolumeReclaimPolicy").path, why);
    }
}

fn changed(spec: &At<'_>, before: &At<'_>, faults: &mut Faults) {
    let sources = |at: &At<'_>| {
        let mut map = Map::new();
        let keys = BEFORE_FLEX.iter().chain(&BEHIND_FLEX).map(|source| source.key).chain(["flexVolume"]);
        for key in keys.filter(|key| at.has(key)) {
            map.insert(key, at.get(key).shown());
        }
        map
    };
    let (mut now, then) = (sources(spec), sources(before));
    if before.has("csi")
        && !before.get("csi").has("controllerExpandSecretRef")
        && let Some(csi) = now.get_mut("csi").and_then(Value::as_object_mut)
    {
        csi.remove("controllerExpandSecretRef");
    }
    if now != then {
        let path = FieldPath::of(["spec", "persistentvolumesource"]);
        faults.forbidden(&path, "spec.persistentvolumesource is immutable after creation");
    }
    let mode = spec.get("volumeMode").called(FieldPath::of(["volumeMode"]));
    faults.immutable(&mode, &before.get("volumeMode"));
    let affinity = spec.get("nodeAffinity").called(FieldPath::of(["nodeAffinity"]));
    if before.has("nodeAffinity") && affinity.value() != before.get("nodeAffinity").value() {
        faults.invalid(&affinity, "field is immutable, except for updating from beta label to GA");
    }
    if before.has("volumeAttributesClassName") && !spec.has("volumeAttributesClassName") {
        let path = spec.get("volumeAttributesClassName").path;
        faults.forbidden(&path, "update from non-nil value to nil is forbidden");
    }
}
