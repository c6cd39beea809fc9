//! What is wrong with `metadata` (kubernetes/apimachinery `pkg/api/validation/objectmeta.go`).

use amethyst_object::{FieldPath, GroupVersion, Map, Value};
use amethyst_schema::Fault;

use crate::at::At;
use crate::faults::{Faults, IMMUTABLE, NEGATIVE};
use crate::names::{self, NameRule};

const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";
/// What all annotations of an object may be long, keys and values.
pub const ANNOTATION_BYTES_MAX: usize = 256 << 10;

/// What is wrong with the metadata of an object.
pub fn validate(object: &Map, namespaced: bool, built_in: bool, rule: NameRule) -> Vec<Fault> {
    let (at, mut faults) = (At::root(object, "metadata"), Faults::default());
    let generate_name = at.get("generateName");
    if !generate_name.str().is_empty() {
        faults.texts(&generate_name, rule.faults(generate_name.str(), true));
    }
    let name = at.get("name");
    if name.str().is_empty() {
        faults.required(&name.path, "name or generateName is required");
    } else {
        faults.texts(&name, rule.faults(name.str(), false));
    }
    namespace(&at.get("namespace"), namespaced, &mut faults);
    if at.number("generation") < 0 {
        faults.invalid(&at.get("generation"), NEGATIVE);
    }
    common(&at, &mut faults);
    finalizers(&at.get("finalizers"), &mut faults);
    if built_in {
        qualified_finalizers(&at.get("finalizers"), &mut faults);
    }
    faults.into_vec()
}

fn namespace(at: &At<'_>, namespaced: bool, faults: &mut Faults) {
    match (namespaced, at.str()) {
        (true, "") => faults.required(&at.path, ""),
        (true, namespace) => faults.texts(at, names::label(namespace)),
        (false, "") => {}
        (false, _) => faults.forbidden(&at.path, "not allowed on this type"),
    }
}

/// What is wrong with a change of metadata (`ValidateObjectMetaAccessorUpdate`).
pub fn validate_update(new: &Map, old: &Map) -> Vec<Fault> {
    let (at, before) = (At::root(new, "metadata"), At::root(old, "metadata"));
    let mut faults = Faults::default();
    if before.has("deletionTimestamp") {
        let known = before.get("finalizers");
        let mut extra: Vec<&Value> = at
            .get("finalizers")
            .list()
            .iter()
            .filter(|finalizer| !known.list().contains(finalizer))
            .collect();
        extra.sort_unstable_by_key(|finalizer| finalizer.as_str().unwrap_or_default());
        if !extra.is_empty() {
            let extra: Vec<String> = extra
                .iter()
                .map(|finalizer| format!("{:?}", finalizer.as_str().unwrap_or_default()))
                .collect();
            faults.forbidden(
                &at.get("finalizers").path,
                format!(
                    "no new finalizers can be added if the object is being deleted, found new finalizers \
                     []string{{{}}}",
                    extra.join(", ")
                ),
            );
        }
    }
    for key in
        ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"]
    {
        let (now, then) = (at.get(key), before.get(key));
        if now.value() != then.value() {
            let texts = matches!(key, "name" | "namespace" | "uid");
            let shown = if texts { now.str().into() } else { now.shown() };
            faults.invalid_value(&now.path, shown, IMMUTABLE);
        }
    }
    common(&at, &mut faults);
    faults.into_vec()
}

/// A change of a built-in kind's metadata: the same, and what finalizers are called
/// (kubernetes `pkg/apis/core/validation`).
pub(crate) fn change(new: &Map, old: &Map, faults: &mut Faults) {
    faults.extend(validate_update(new, old));
    qualified_finalizers(&At::root(new, "metadata").get("finalizers"), faults);
}

fn common(at: &At<'_>, faults: &mut Faults) {
    labels(&at.get("labels"), faults);
    annotations(&at.get("annotations"), faults);
    owners(&at.get("ownerReferences"), faults);
}

/// Keys and values of labels (`ValidateLabels`).
pub(crate) fn labels(at: &At<'_>, faults: &mut Faults) {
    for (key, value) in at.strings() {
        label_key(&at.path, key, faults);
        for why in names::label_value(value) {
            faults.invalid_value(&at.path, value, why);
        }
    }
}

/// The key of a label (`ValidateLabelName`).
pub(crate) fn label_key(path: &FieldPath, key: &str, faults: &mut Faults) {
    for why in names::qualified(key) {
        faults.invalid_value(path, key, why);
    }
}

/// Keys of annotations and the size of all of them (`ValidateAnnotations`).
pub(crate) fn annotations(at: &At<'_>, faults: &mut Faults) {
    let mut size = 0;
    for (key, value) in at.strings() {
        size += key.len() + value.len();
        for why in names::qualified(&key.to_lowercase()) {
            faults.invalid_value(&at.path, key, why);
        }
    }
    if size > ANNOTATION_BYTES_MAX {
        faults.too_long(&at.path, ANNOTATION_BYTES_MAX as u64);
    }
}

fn owners(at: &At<'_>, faults: &mut Faults) {
    let mut controller: Option<String> = None;
    for owner in at.items() {
        let (api_version, kind) = (owner.get("apiVersion"), owner.text("kind"));
        let parsed = GroupVersion::parse(api_version.str());
        if api_version.str().is_empty() {
            faults.required(&api_version.path, "must not be empty");
        } else if parsed.version.is_empty() || parsed.version.contains('/') {
            faults.invalid(&api_version, "must be <group>/<version> or <version>");
        }
        for key in ["kind", "name", "uid"] {
            if owner.text(key).is_empty() {
                faults.required(&owner.get(key).path, "must not be empty");
            }
        }
        if (api_version.str(), kind) == ("v1", "Event") {
            faults.invalid(&owner, "/v1, Kind=Event is disallowed from being an owner");
        }
        if owner.flag("controller") {
            let this = format!("{kind}/{}", owner.text("name"));
            match &controller {
                Some(first) => faults.invalid(
                    at,
                    format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for \
                         {first} and {this}"
                    ),
                ),
                None => controller = Some(this),
            }
        }
    }
}

fn finalizers(at: &At<'_>, faults: &mut Faults) {
    let list: Vec<&str> = at.list().iter().filter_map(Value::as_str).collect();
    for finalizer in &list {
        for why in names::qualified(finalizer) {
            faults.invalid_value(&at.path, *finalizer, why);
        }
    }
    if list.contains(&ORPHAN) && list.contains(&FOREGROUND) {
        faults.invalid(at, format!("finalizer {ORPHAN} and {FOREGROUND} cannot be both set"));
    }
}

fn qualified_finalizers(at: &At<'_>, faults: &mut Faults) {
    for item in at.items() {
        let finalizer = item.str();
        if !finalizer.contains('/') && ![ORPHAN, FOREGROUND, "kubernetes"].contains(&finalizer) {
            faults.invalid(&item, "name is neither a standard finalizer name nor is it fully qualified");
        }
    }
}
