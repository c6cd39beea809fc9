//! Classes of storage, and what CSI drivers say of themselves (kubernetes `pkg/apis/storage/validation`).

use amethyst_object::{FieldPath, Map, Value};
use amethyst_schema::Fault;

use crate::at::At;
use crate::case::Case;
use crate::core::volume as persistent;
use crate::faults::{Faults, IMMUTABLE, NEGATIVE};
use crate::names::{self, NameRule};
use crate::{metadata, resources, selector, volume};

const PARAMETERS_MAX: usize = 512;
const PARAMETER_BYTES_MAX: usize = 256 << 10;

pub(crate) fn storage_class(case: &Case<'_>, faults: &mut Faults) {
    case.whole_metadata(false, NameRule::Subdomain, faults);
    let who = case.at("provisioner");
    if case.is_update() && who.str().is_empty() {
        // On a create a declared rule tells it.
        faults.required(&who.path, "");
    }
    provisioner(&who, faults);
    parameters(&case.at("parameters"), true, faults);
    let (policy, mode) = (case.at("reclaimPolicy"), case.at("volumeBindingMode"));
    if !policy.str().is_empty() {
        faults.enumerated(&policy, &["Delete", "Retain"]);
    }
    if mode.is_set() {
        faults.enumerated(&mode, &["Immediate", "WaitForFirstConsumer"]);
    } else {
        faults.required(&mode.path, "");
    }
    topologies(&case.at("allowedTopologies"), faults);
    if let Some(old) = case.old {
        metadata::change(case.new, old, faults);
    }
}

/// What provides the volumes; a missing one is told by a declared rule.
fn provisioner(at: &At<'_>, faults: &mut Faults) {
    if !at.str().is_empty() {
        let lower = at.str().to_lowercase();
        for why in names::qualified(&lower) {
            faults.invalid_value(&at.path, lower.as_str(), why);
        }
    }
}

fn parameters(at: &At<'_>, may_be_empty: bool, faults: &mut Faults) {
    let pairs = at.strings();
    if pairs.len() > PARAMETERS_MAX {
        return faults.too_long(&at.path, PARAMETERS_MAX as u64);
    }
    for (key, _) in pairs.iter().filter(|(key, _)| key.is_empty()) {
        faults.invalid_value(&at.path, *key, "field can not be empty.");
    }
    if pairs.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() > PARAMETER_BYTES_MAX {
        faults.too_long(&at.path, PARAMETER_BYTES_MAX as u64);
    }
    if !may_be_empty && pairs.is_empty() {
        faults.required(&at.path, "must contain at least one key/value pair");
    }
}

fn topologies(at: &At<'_>, faults: &mut Faults) {
    // Upstream starts with as many empty ones as there are terms, so that no term may be empty.
    let mut seen: Vec<Map> = vec![Map::new(); at.list().len()];
    for term in at.items() {
        let expressions = term.get("matchLabelExpressions");
        let mut map = Map::new();
        for each in expressions.items() {
            let (key, values) = (each.get("key"), each.get("values"));
            let mut known: Vec<&str> = Vec::new();
            if values.is_empty() {
                faults.required(&values.path, "");
            }
            for value in values.items() {
                if known.contains(&value.str()) {
                    faults.duplicate(&value.path, value.str());
                }
                known.push(value.str());
            }
            metadata::label_key(&key.path, key.str(), faults);
            if map.contains_key(key.str()) {
                faults.duplicate(&key.path, key.str());
            }
            known.sort_unstable();
            known.dedup();
            map.insert(key.str(), known.into_iter().map(Value::from).collect::<Vec<_>>());
        }
        for _ in seen.iter().filter(|other| **other == map) {
            faults.duplicate(&expressions.path, "");
        }
        seen.push(map);
    }
}

pub(crate) fn volume_attributes_class(case: &Case<'_>, faults: &mut Faults) {
    let (driver, pairs) = (case.at("driverName"), case.at("parameters"));
    if let Some(old) = case.old {
        metadata::change(case.new, old, faults);
        if driver.str() != case.before("driverName").str() {
            faults.forbidden(&driver.path, "updates to driverName are forbidden.");
        }
        if pairs.value() != case.before("parameters").value() {
            faults.forbidden(&pairs.path, "updates to parameters are forbidden.");
        }
    }
    case.whole_metadata(false, NameRule::Subdomain, faults);
    if driver.str().is_empty() {
        faults.required(&driver.path, "");
    }
    provisioner(&driver, faults);
    parameters(&pairs, false, faults);
}

pub(crate) fn csi_driver(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(false, NameRule::Subdomain, faults);
    let at = case.at("spec");
    for (key, called) in [
        ("attachRequired", "attachedRequired"),
        ("podInfoOnMount", "podInfoOnMount"),
        ("storageCapacity", "storageCapacity"),
    ] {
        if !at.has(key) {
            faults.required(&at.path.child(called), "");
        }
    }
    if at.has("fsGroupPolicy") {
        faults.enumerated(&at.get("fsGroupPolicy"), &["File", "None", "ReadWriteOnceWithFSType"]);
    }
    tokens(&at.get("tokenRequests"), faults);
    let modes = at.get("volumeLifecycleModes");
    modes
        .items()
        .for_each(|mode| faults.enumerated(&mode.called(modes.path.clone()), &["Persistent", "Ephemeral"]));
    let period = at.get("nodeAllocatableUpdatePeriodSeconds");
    if period.int().is_some_and(|seconds| seconds < 10) {
        faults.invalid(&period, "must be greater than or equal to 10 seconds");
    }
    let secret = at.get("serviceAccountTokenInSecrets");
    if secret.is_set() && at.get("tokenRequests").is_empty() {
        let why = "serviceAccountTokenInSecrets is set but no tokenRequests are specified";
        faults.invalid(&secret, why);
    }
    if case.is_update() {
        let attach = at.get("attachRequired").called(FieldPath::of(["spec", "attachedRequired"]));
        if attach.value() != case.before("spec").get("attachRequired").value() {
            faults.invalid(&attach, IMMUTABLE);
        }
        faults.immutable(&modes, &case.before("spec").get("volumeLifecycleModes"));
    }
}

fn tokens(at: &At<'_>, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for token in at.items() {
        let (audience, seconds) = (token.get("audience"), token.get("expirationSeconds"));
        if seen.contains(&audience.str()) {
            faults.duplicate(&audience.path, audience.str());
            continue;
        }
        seen.push(audience.str());
        if seconds.int().is_some_and(|number| number < 600) {
            faults.invalid(&seconds, "may not specify a duration less than 10 minutes");
        }
        if seconds.int().is_some_and(|number| number > 1 << 32) {
            faults.invalid(&seconds, "may not specify a duration larger than 2^32 seconds");
        }
    }
}

pub(crate) fn csi_node(case: &Case<'_>, faults: &mut Faults) {
    if let (Some(old), "status") = (case.old, case.subresource) {
        return metadata::change(case.new, old, faults);
    }
    case.whole_metadata(false, NameRule::Subdomain, faults);
    let at = case.at("spec").get("drivers");
    let mut seen: Vec<&str> = Vec::new();
    for each in at.items() {
        let (name, node) = (each.get("name"), each.get("nodeID"));
        volume::driver(&name, faults);
        if node.str().is_empty() {
            faults.required(&node.path, "");
        }
        if node.str().len() > 256 {
            faults.invalid(&node, "must be 256 characters or less");
        }
        faults.non_negative(&each.get("allocatable").get("count"));
        if seen.contains(&name.str()) {
            faults.duplicate(&name.path, name.str());
        }
        seen.push(name.str());
        topology_keys(&each, faults);
    }
    let before = case.before("spec").get("drivers");
    for old in before.items() {
        for new in at.items().filter(|new| new.text("name") == old.text("name")) {
            let without = |at: &At<'_>| {
                let mut map = at.value().and_then(Value::as_object).cloned().unwrap_or_default();
                map.remove("allocatable");
                map
            };
            if without(&new) != without(&old) {
                let keys = new.get("topologyKeys");
                let keys = keys.value().map_or_else(|| "null".to_owned(), amethyst_object::json::to_string);
                let shown = format!(
                    "{{\"Name\":{:?},\"NodeID\":{:?},\"TopologyKeys\":{keys},\"Allocatable\":null}}",
                    new.text("name"),
                    new.text("nodeID")
                );
                faults.push(Fault::invalid_as(at.path.clone(), &shown, IMMUTABLE));
            }
        }
    }
}

fn topology_keys(driver: &At<'_>, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for key in driver.get("topologyKeys").items() {
        if key.str().is_empty() {
            faults.required(&driver.path, "");
        }
        if seen.contains(&key.str()) {
            faults.duplicate(&driver.path, key.str());
        }
        seen.push(key.str());
        metadata::label_key(&driver.path, key.str(), faults);
    }
}

pub(crate) fn volume_attachment(case: &Case<'_>, faults: &mut Faults) {
    const ONE: &str = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    if let (Some(old), "status") = (case.old, case.subresource) {
        return metadata::change(case.new, old, faults);
    }
    case.whole_metadata(false, NameRule::Subdomain, faults);
    let at = case.at("spec");
    let (source, node) = (at.get("source"), at.get("nodeName"));
    let (name, inline) = (source.get("persistentVolumeName"), source.get("inlineVolumeSpec"));
    if case.is_update() && at.value() != case.before("spec").value() {
        // The declared rule stops at the change.
        volume::driver(&at.get("attacher"), faults);
    }
    match (name.is_set(), inline.is_set()) {
        (false, false) => faults.required(&source.path, ONE),
        (true, true) => faults.forbidden(&source.path, ONE),
        (true, false) if name.str().is_empty() => {
            faults.required(&name.path, "must specify non empty persistentVolumeName");
        }
        (true, false) => {}
        (false, true) => persistent::spec(&inline, "", true, &At::new(None, FieldPath::default()), faults),
    }
    faults.texts(&node, names::subdomain(node.str()));
    for key in ["attachError", "detachError"] {
        let error = case.at("status").get(key);
        if error.text("message").len() > 1024 {
            faults.too_long(&error.get("message").path, 1024);
        }
        if error.number("errorCode") < 0 {
            faults.invalid(&error.get("errorCode"), "must be between 0 and 2147483647, inclusive");
        }
    }
    if name.is_set() {
        let called = name.called(FieldPath::of(["spec.source.persistentVolumeName"]));
        faults.texts(&called, names::subdomain(name.str()));
    }
}

pub(crate) fn csi_storage_capacity(case: &Case<'_>, faults: &mut Faults) {
    case.whole_metadata(true, NameRule::Subdomain, faults);
    let (topology, class, capacity) =
        (case.at("nodeTopology"), case.at("storageClassName"), case.at("capacity"));
    selector::labels(&topology, selector::has_wrong_value(&case.before("nodeTopology")), faults);
    faults.texts(&class, names::subdomain(class.str()));
    if resources::nanos(&capacity) < 0 {
        faults.invalid_value(&capacity.path, resources::shown(&capacity), NEGATIVE);
    }
    if let Some(old) = case.old {
        metadata::change(case.new, old, faults);
        if topology.value() != case.before("nodeTopology").value() {
            faults.invalid_as(&topology.path, &selector::shown(&topology), IMMUTABLE);
        }
        if class.str() != case.before("storageClassName").str() {
            faults.invalid_text(&class, IMMUTABLE);
        }
    }
}
