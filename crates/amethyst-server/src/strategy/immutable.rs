//! Fields that never change once they are written (kubernetes `pkg/apis/*/validation`). Who must change one
//! deletes the object and creates it anew; GitOps tools tell that case by these very messages.

use amethyst_object::{Map, Value, value};
use amethyst_schema::Fault;

use crate::registry::metadata::path;
use crate::registry::write::Attempt;

const IMMUTABLE: &str = "field is immutable";

fn at<'a>(object: &'a Map, keys: &[&str]) -> Option<&'a Value> {
    let (first, rest) = keys.split_first()?;
    object.get(first)?.at(rest)
}

/// The new value of a field that changes; null when it goes.
fn changed(new: &Map, old: Option<&Map>, keys: &[&str]) -> Option<Value> {
    let old = old?;
    let value = at(new, keys);
    (value != at(old, keys)).then(|| value.cloned().unwrap_or_default())
}

/// A field whose new value is told.
fn keep(new: &Map, old: Option<&Map>, keys: &[&str], why: &str, faults: &mut Vec<Fault>) {
    if let Some(value) = changed(new, old, keys) {
        faults.push(Fault::invalid(path(keys), value, why));
    }
}

fn forbid(new: &Map, old: Option<&Map>, keys: &[&str], why: &str, faults: &mut Vec<Fault>) {
    if changed(new, old, keys).is_some() {
        faults.push(Fault::forbidden(path(keys), why));
    }
}

pub(super) fn role_ref(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(value) = changed(new, old, &["roleRef"]) {
        // Shown with the names of the Go type.
        let part = |key: &str| value.str_at(&[key]).unwrap_or_default();
        let shown = value!({"APIGroup": (part("apiGroup")), "Kind": (part("kind")), "Name": (part("name"))});
        faults.push(Fault::invalid(path(&["roleRef"]), shown, IMMUTABLE));
    }
    faults
}

pub(super) fn storage_class(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let mut faults = Vec::new();
    if changed(new, old, &["parameters"]).is_some() {
        faults.push(Fault::invalid(path(&["parameters"]), Value::Null, IMMUTABLE));
    }
    for (key, why) in [
        ("provisioner", "updates to provisioner are forbidden."),
        ("reclaimPolicy", "updates to reclaimPolicy are forbidden."),
    ] {
        forbid(new, old, &[key], why, &mut faults);
    }
    keep(new, old, &["volumeBindingMode"], IMMUTABLE, &mut faults);
    faults
}

pub(super) fn priority_class(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let mut faults = Vec::new();
    forbid(new, old, &["value"], "may not be changed in an update.", &mut faults);
    keep(new, old, &["preemptionPolicy"], IMMUTABLE, &mut faults);
    faults
}
