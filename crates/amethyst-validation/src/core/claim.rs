//! PersistentVolumeClaims (kubernetes `pkg/apis/core/validation`, `ValidatePersistentVolumeClaim`).

use amethyst_object::{FieldPath, Map, Value};

use crate::at::At;
use crate::case::Case;
use crate::faults::Faults;
use crate::names::{self, NameRule};
use crate::{metadata, resources, selector};

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const CLASS: &str = "volume.beta.kubernetes.io/storage-class";
const KEPT: &str = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

pub(crate) fn persistent_volume_claim(case: &Case<'_>, faults: &mut Faults) {
    let Some(old) = case.old else {
        case.whole_metadata(true, NameRule::Subdomain, faults);
        return spec(&case.at("spec"), false, faults);
    };
    metadata::change(case.new, old, faults);
    if case.subresource == "status" {
        return status(case, faults);
    }
    case.whole_metadata(true, NameRule::Subdomain, faults);
    let before = case.before("spec");
    let grouped = |key: &str| before.get(key).has("apiGroup");
    spec(&case.at("spec"), grouped("dataSource") || grouped("dataSourceRef"), faults);
    changed(case, faults);
}

/// How a volume may be used; of the core's claims and volumes alike.
pub(crate) fn access_modes(at: &At<'_>, faults: &mut Faults) {
    for mode in at.items() {
        faults.enumerated(&mode.called(at.path.clone()), &MODES);
    }
    let alone = at.items().any(|mode| mode.str() == "ReadWriteOncePod");
    let others = at.items().any(|mode| MODES[..3].contains(&mode.str()));
    if alone && others {
        faults.forbidden(&at.path, "may not use ReadWriteOncePod with other access modes");
    }
}

/// What is claimed (`ValidatePersistentVolumeClaimSpec`).
pub(crate) fn spec(at: &At<'_>, lenient_groups: bool, faults: &mut Faults) {
    let modes = at.get("accessModes");
    if modes.is_empty() {
        faults.required(&modes.path, "at least 1 access mode is required");
    }
    selector::labels(&at.get("selector"), false, faults);
    access_modes(&modes, faults);
    let mut path = at.path.child("resources");
    path.push_map_key("storage");
    let storage = at.get("resources").get("requests").key("storage").called(path);
    if !storage.is_set() {
        faults.required(&storage.path, "");
    } else if resources::positive(&storage, faults) {
        resources::amount(&storage, "storage", faults);
    }
    named(&at.get("storageClassName"), faults);
    if at.has("volumeMode") {
        faults.enumerated(&at.get("volumeMode"), &["Block", "Filesystem"]);
    }
    let (source, reference) = (at.get("dataSource"), at.get("dataSourceRef"));
    for each in [&source, &reference] {
        data_source(each, lenient_groups, faults);
    }
    let namespace = reference.get("namespace");
    if !namespace.str().is_empty() {
        faults.texts(&namespace, names::label(namespace.str()));
    }
    // Upstream shows the path object, which has no public fields.
    if source.is_set() && !namespace.str().is_empty() {
        let why = "may not be specified when dataSourceRef.namespace is specified";
        faults.push(amethyst_schema::Fault::invalid_as(at.path.clone(), "{}", why));
    } else if source.is_set() && reference.is_set() && !same(&source, &reference) {
        faults.push(amethyst_schema::Fault::invalid_as(at.path.clone(), "{}", "must match dataSourceRef"));
    }
    named(&at.get("volumeAttributesClassName"), faults);
}

fn same(source: &At<'_>, reference: &At<'_>) -> bool {
    ["apiGroup", "kind", "name"].iter().all(|key| source.get(key).value() == reference.get(key).value())
}

fn named(at: &At<'_>, faults: &mut Faults) {
    if !at.str().is_empty() {
        faults.texts(at, names::subdomain(at.str()));
    }
}

fn data_source(at: &At<'_>, lenient: bool, faults: &mut Faults) {
    if !at.is_set() {
        return;
    }
    faults.needs_text(&at.get("name"));
    faults.needs_text(&at.get("kind"));
    let group = at.get("apiGroup");
    if group.str().is_empty() && at.text("kind") != "PersistentVolumeClaim" {
        let why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        faults.invalid_value(&at.path, at.text("kind"), why);
    }
    if !group.str().is_empty() && !lenient {
        faults.texts(&group, names::subdomain(group.str()));
    }
}

fn changed(case: &Case<'_>, faults: &mut Faults) {
    let (spec, before) = (case.at("spec"), case.before("spec"));
    let note = |meta: At<'_>| meta.get("annotations").key(CLASS).str().to_owned();
    let (class, old_class) = (note(case.at("metadata")), note(case.before("metadata")));
    let upgraded = !old_class.is_empty()
        && !before.has("storageClassName")
        && spec.text("storageClassName") == old_class
        && (class.is_empty() || class == old_class);
    if !upgraded && class != old_class {
        let path = FieldPath::of(["metadata", "annotations", CLASS]);
        faults.invalid_value(&path, class.as_str(), "field is immutable");
    }
    let bound = case.at("status").text("phase") == "Bound";
    let first_class = !before.has("storageClassName")
        && spec.has("storageClassName")
        && (old_class.is_empty() || spec.text("storageClassName") == old_class);
    let fixed = |at: &At<'_>| {
        let mut map = at.value().and_then(Value::as_object).cloned().unwrap_or_default();
        if bound {
            map.remove("volumeAttributesClassName");
            let requests = map.object_mut("resources").object_mut("requests");
            requests.remove("storage");
        }
        if before.text("volumeName").is_empty() {
            map.remove("volumeName");
        }
        if upgraded || first_class {
            map.remove("storageClassName");
        }
        prune(&mut map);
        map
    };
    if fixed(&spec) != fixed(&before) {
        faults.forbidden(&spec.path, KEPT);
    }
    let size = |at: At<'_>, list: &str| resources::nanos(&at.get(list).key("storage"));
    let (now, then) = (size(spec.get("resources"), "requests"), size(before.get("resources"), "requests"));
    if now < then && now <= size(case.before("status"), "capacity") {
        let path = FieldPath::of(["spec", "resources", "requests", "storage"]);
        faults.forbidden(&path, "field can not be less than status.capacity");
    }
    let mode = spec.get("volumeMode").called(FieldPath::of(["volumeMode"]));
    faults.immutable(&mode, &before.get("volumeMode"));
    let attributes = spec.get("volumeAttributesClassName");
    if attributes.value() != before.get("volumeAttributesClassName").value()
        && case.before("status").has("currentVolumeAttributesClassName")
        && attributes.str().is_empty()
    {
        let what = if attributes.is_set() { "empty string" } else { "nil" };
        let why =
            format!("update to {what} is forbidden when status.currentVolumeAttributesClassName is not nil");
        faults.forbidden(&attributes.path, why);
    }
}

/// Takes out what Go reads as its zero value.
fn prune(map: &mut Map) {
    map.retain(|_, value| {
        if let Some(inner) = value.as_object_mut() {
            prune(inner);
        }
        match value {
            Value::Object(inner) => !inner.is_empty(),
            Value::Array(list) => !list.is_empty(),
            Value::Null => false,
            _ => true,
        }
    });
}

fn status(case: &Case<'_>, faults: &mut Faults) {
    const RESIZES: [&str; 5] = [
        "ControllerResizeInProgress",
        "ControllerResizeInfeasible",
        "NodeResizeInProgress",
        "NodeResizeInfeasible",
        "NodeResizePending",
    ];
    if case.at("spec").get("accessModes").is_empty() {
        faults.required(&FieldPath::of(["Spec", "accessModes"]), "");
    }
    let at = case.at("status");
    at.get("capacity").entries().iter().for_each(|(_, amount)| resources::basic(amount, faults));
    let statuses = at.get("allocatedResourceStatuses");
    for (key, value) in statuses.entries() {
        resource_key(&statuses, key, faults);
        if !RESIZES.contains(&value.str()) {
            faults.push(amethyst_schema::Fault::not_supported(statuses.path.clone(), key, &RESIZES));
        }
    }
    let allocated = at.get("allocatedResources");
    for (key, amount) in allocated.entries() {
        if resource_key(&allocated, key, faults) {
            let before = faults.len();
            resources::basic(&amount, faults);
            if faults.len() == before {
                resources::amount(&amount, "storage", faults);
            }
        }
    }
}

fn resource_key(at: &At<'_>, key: &str, faults: &mut Faults) -> bool {
    let before = faults.len();
    metadata::label_key(&at.path, key, faults);
    if faults.len() == before && resources::is_native(key) && key != "storage" {
        faults.push(amethyst_schema::Fault::not_supported(at.path.clone(), key, &["storage"]));
    }
    faults.len() == before
}
