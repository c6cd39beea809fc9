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
