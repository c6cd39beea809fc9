//! The volumes of a pod (kubernetes `pkg/apis/core/validation`, `ValidateVolumes`).

use amethyst_object::Map;

use super::{env, projected};
use crate::at::At;
use crate::core::claim;
use crate::faults::Faults;
use crate::volume::{self, Source, needs, source};
use crate::{metadata, names, resources, text};

const SOURCES: [Source; 30] = [
    source("emptyDir", empty_dir),
    source("hostPath", volume::host_path),
    source("gitRepo", git),
    Source { called: "persistentDisk", ..source("gcePersistentDisk", volume::gce) },
    source("awsElasticBlockStore", volume::aws),
    source("secret", secret),
    source("nfs", volume::nfs),
    source("iscsi", volume::iscsi),
    source("glusterfs", volume::glusterfs),
    source("flocker", volume::flocker),
    source("persistentVolumeClaim", |at, faults| needs(at, &["claimName"], faults)),
    source("rbd", volume::rbd),
    source("cinder", volume::cinder),
    Source { refused: "cephFS", ..source("cephfs", volume::ceph_fs) },
    source("quobyte", volume::quobyte),
    Source { refused: "downwarAPI", ..source("downwardAPI", downward) },
    source("fc", volume::fc),
    source("flexVolume", volume::flex),
    source("configMap", config_map),
    source("azureFile", volume::azure_file),
    source("vsphereVolume", volume::vsphere),
    source("photonPersistentDisk", volume::photon),
    source("portworxVolume", volume::portworx),
    source("azureDisk", volume::azure_disk),
    source("storageos", volume::storage_os),
    source("projected", projected::projected),
    source("scaleIO", volume::scale_io),
    source("csi", volume::csi),
    source("ephemeral", ephemeral),
    source("image", image),
];

/// The volumes that are well, by name.
#[derive(Debug, Default)]
pub(super) struct Volumes<'a>(Vec<(&'a str, At<'a>)>);

impl Volumes<'_> {
    /// Whether there is a volume of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    /// Whether the volume of this name has such a source.
    pub(super) fn is(&self, name: &str, source: &str) -> bool {
        self.0.iter().any(|(known, volume)| *known == name && volume.has(source))
    }
}

/// What is wrong with the volumes; the pod's name, where it is known, names claims.
pub(super) fn volumes<'a>(at: &At<'a>, pod: &str, faults: &mut Faults) -> Volumes<'a> {
    let mut well = Volumes::default();
    let made = |claim: &str| {
        !pod.is_empty()
            && at
                .items()
                .any(|volume| volume.has("ephemeral") && format!("{pod}-{}", volume.text("name")) == claim)
    };
    for volume in at.items() {
        let (name, before) = (volume.get("name"), faults.len());
        one(&volume, pod, faults);
        if faults.needs_text(&name) {
            faults.texts(&name, names::label(name.str()));
        }
        if well.has(name.str()) {
            faults.duplicate(&name.path, name.str());
        }
        if faults.len() == before {
            well.0.push((name.str(), volume.clone()));
        }
        let claim = volume.get("persistentVolumeClaim").get("claimName");
        if claim.is_set() && made(claim.str()) {
            faults.invalid(&claim, "must not reference a PVC that gets created for an ephemeral volume");
        }
    }
    well
}

fn one(at: &At<'_>, pod: &str, faults: &mut Faults) {
    let mut taken = 0;
    let name = at.text("name");
    for source in &SOURCES {
        let before = taken;
        volume::sources(at, std::slice::from_ref(source), &mut taken, faults);
        if source.key == "iscsi" && at.get("iscsi").has("initiatorName") {
            let portal = at.get("iscsi").text("targetPortal");
            if name.len() + 1 + portal.len() > 64 {
                let why = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if \
                           iscsi.initiatorName is specified.";
                faults.invalid_text(&at.get("name"), why);
            }
        }
        if source.key == "ephemeral" && taken > before && !pod.is_empty() && !name.is_empty() {
            let claim = format!("{pod}-{name}");
            for why in names::subdomain(&claim) {
                faults.invalid_text(&at.get("name"), format!("PVC name {claim:?}: {why}"));
            }
        }
    }
    if taken == 0 {
        faults.required(&at.path, "must specify a volume type");
    }
}

fn empty_dir(at: &At<'_>, faults: &mut Faults) {
    if resources::nanos(&at.get("sizeLimit")) < 0 {
        faults.forbidden(&at.get("sizeLimit").path, "SizeLimit field must be a valid resource quantity");
    }
    if at.get("mode").int().is_some_and(|mode| !(0..=0o1777).contains(&mode)) {
        faults.invalid(&at.get("mode"), "must be a number between 0 and 01777 (octal), both inclusive");
    }
}

fn git(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["repository"], faults);
    faults.texts(&at.get("directory"), text::descending_path(at.text("directory")));
}

fn secret(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["secretName"], faults);
    files(at, faults);
}

fn config_map(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["name"], faults);
    files(at, faults);
}

fn files(at: &At<'_>, faults: &mut Faults) {
    volume::mode(at, "defaultMode", faults);
    volume::user(at, "defaultUser", faults);
    at.get("items").items().for_each(|item| key_to_path(&item, faults));
}

/// A key and the file that holds it (`validateKeyToPath`).
pub(super) fn key_to_path(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["key", "path"], faults);
    faults.texts(&at.get("path"), text::local_path(at.text("path")));
    volume::mode(at, "mode", faults);
    volume::user(at, "user", faults);
}

fn downward(at: &At<'_>, faults: &mut Faults) {
    volume::mode(at, "defaultMode", faults);
    volume::user(at, "defaultUser", faults);
    // Upstream names the volume, not the file.
    at.get("items").items().for_each(|item| downward_file(&item.called(at.path.clone()), faults));
}

/// A file with something of the pod (`validateDownwardAPIVolumeFile`).
pub(super) fn downward_file(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["path"], faults);
    faults.texts(&at.get("path"), text::local_path(at.text("path")));
    let (field, resource) = (at.get("fieldRef"), at.get("resourceFieldRef"));
    if field.is_set() {
        env::file_field(&field, faults);
        if resource.is_set() {
            let why = "fieldRef and resourceFieldRef can not be specified simultaneously";
            faults.invalid_value(&at.path, "resource", why);
        }
    } else if resource.is_set() {
        env::resource(&resource, true, faults);
    } else {
        faults.required(&at.path, "one of fieldRef and resourceFieldRef is required");
    }
    volume::mode(at, "mode", faults);
    volume::user(at, "user", faults);
}

fn ephemeral(at: &At<'_>, faults: &mut Faults) {
    let template = at.get("volumeClaimTemplate");
    if !template.is_set() {
        return faults.required(&template.path, "");
    }
    let meta = template.get("metadata");
    metadata::annotations(&meta.get("annotations"), faults);
    metadata::labels(&meta.get("labels"), faults);
    let more = meta.value().and_then(amethyst_object::Value::as_object);
    for key in
        more.into_iter().flat_map(Map::keys).filter(|key| !matches!(key.as_str(), "annotations" | "labels"))
    {
        if !meta.get(key).is_empty() {
            faults.forbidden(&meta.get(key).path, "cannot be set");
        }
    }
    claim::spec(&template.get("spec"), false, faults);
}

fn image(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["reference"], faults);
    faults.one_of(&at.get("pullPolicy"), &["Always", "IfNotPresent", "Never"]);
}
