//! Mounts and block devices of a container (kubernetes `pkg/apis/core/validation`, `ValidateVolumeMounts`).

use amethyst_schema::Fault;

use super::Volumes;
use crate::at::At;
use crate::faults::Faults;
use crate::text;

/// The mounts of a container.
pub(super) fn mounts(container: &At<'_>, volumes: &Volumes<'_>, faults: &mut Faults) {
    let (at, devices) = (container.get("volumeMounts"), container.get("volumeDevices"));
    let privileged = container.get("securityContext").flag("privileged");
    let mut paths: Vec<&str> = Vec::new();
    for mount in at.items() {
        let (name, path) = (mount.get("name"), mount.get("mountPath"));
        faults.needs_text(&name);
        if !volumes.has(name.str()) {
            faults.push(Fault::not_found(name.path.clone(), name.str(), ""));
        }
        faults.needs_text(&path);
        if paths.contains(&path.str()) {
            faults.invalid_text(&path, "must be unique");
        }
        paths.push(path.str());
        if devices.items().any(|device| device.text("name") == name.str()) {
            faults.invalid_text(&name, "must not already exist in volumeDevices");
        }
        if devices.items().any(|device| device.text("devicePath") == path.str()) {
            faults.invalid_text(&path, "must not already exist as a path in volumeDevices");
        }
        parts(&at, &mount, faults);
        propagation(&at, &mount, privileged, faults);
        read_only(&at, &mount, faults);
        options(&mount, volumes, faults);
    }
}

/// The part of the volume that is mounted; upstream names the list, not the mount, in these paths.
fn parts(list: &At<'_>, mount: &At<'_>, faults: &mut Faults) {
    let (sub, expression) = (mount.get("subPath"), mount.get("subPathExpr"));
    if !sub.is_empty() {
        faults.texts(&sub.called(list.path.child("subPath")), text::descending_path(sub.str()));
    }
    if !expression.is_empty() {
        if !sub.is_empty() {
            faults.invalid(&expression, "subPathExpr and subPath are mutually exclusive");
        }
        let called = expression.called(list.path.child("subPathExpr"));
        faults.texts(&called, text::descending_path(expression.str()));
    }
}

fn propagation(list: &At<'_>, mount: &At<'_>, privileged: bool, faults: &mut Faults) {
    let at = mount.get("mountPropagation").called(list.path.child("mountPropagation"));
    if !at.is_set() {
        return;
    }
    faults.enumerated(&at, &["Bidirectional", "HostToContainer", "None"]);
    if at.str() == "Bidirectional" && !privileged {
        let why = "Bidirectional mount propagation is available only to privileged containers";
        faults.forbidden(&at.path, why);
    }
}

fn read_only(list: &At<'_>, mount: &At<'_>, faults: &mut Faults) {
    let at = mount.get("recursiveReadOnly").called(list.path.child("recursiveReadOnly"));
    match at.str() {
        _ if !at.is_set() => {}
        "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if !mount.flag("readOnly") {
                faults.forbidden(&at.path, "may only be specified when readOnly is true");
            }
            if mount.has("mountPropagation") && mount.text("mountPropagation") != "None" {
                let why = "may only be specified when mountPropagation is None or not specified";
                faults.forbidden(&at.path, why);
            }
        }
        _ => faults.unsupported(&at, &["Disabled", "Enabled", "IfPossible"]),
    }
}

fn options(mount: &At<'_>, volumes: &Volumes<'_>, faults: &mut Faults) {
    let at = mount.get("bindMountOptions");
    let mut seen: Vec<&str> = Vec::new();
    for option in at.items() {
        faults.enumerated(&option, &["nodev", "noexec", "nosuid"]);
        if seen.contains(&option.str()) {
            faults.duplicate(&option.path, option.str());
        }
        seen.push(option.str());
    }
    if !at.is_empty() && volumes.is(mount.text("name"), "image") {
        faults.invalid(&at, "bindMountOptions may not be used with image volumes");
    }
}

/// The block devices of a container (`ValidateVolumeDevices`).
pub(super) fn devices(container: &At<'_>, volumes: &Volumes<'_>, faults: &mut Faults) {
    let (at, mounts) = (container.get("volumeDevices"), container.get("volumeMounts"));
    let (mut paths, mut names): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for device in at.items() {
        let (name, path) = (device.get("name"), device.get("devicePath"));
        let known = volumes.has(name.str());
        let claimed = volumes.is(name.str(), "persistentVolumeClaim") || volumes.is(name.str(), "ephemeral");
        faults.needs_text(&name);
        if names.contains(&name.str()) {
            faults.invalid_text(&name, "must be unique");
        }
        if known && !claimed {
            let why = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
            faults.invalid_text(&name, why);
        }
        if !known {
            faults.push(Fault::not_found(name.path.clone(), name.str(), ""));
        }
        faults.needs_text(&path);
        if paths.contains(&path.str()) {
            faults.invalid_text(&path, "must be unique");
        }
        if text::backsteps(path.str()).is_some() {
            faults.invalid_text(&path, "can not contain backsteps ('..')");
        } else {
            paths.push(path.str());
        }
        if mounts.items().any(|mount| mount.text("name") == name.str()) {
            faults.invalid_text(&name, "must not already exist in volumeMounts");
        }
        if mounts.items().any(|mount| mount.text("mountPath") == path.str()) {
            faults.invalid_text(&path, "must not already exist as a path in volumeMounts");
        }
        if !name.str().is_empty() {
            names.push(name.str());
        }
    }
}
