//! The legacy order: some kinds first, some last, the rest by name.

use amethyst_object::Str;

use crate::id::{Gvk, Id};
use crate::set::Item;

const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts resources by kind, then by name; `order` replaces the kinds that come first and last.
pub(crate) fn legacy(items: &mut [Item], order: Option<&(Vec<Str>, Vec<Str>)>) {
    let (first, last): (Vec<&str>, Vec<&str>) = match order {
        Some((first, last)) => {
            (first.iter().map(Str::as_str).collect(), last.iter().map(Str::as_str).collect())
        }
        None => (FIRST.to_vec(), LAST.to_vec()),
    };
    items.sort_by_cached_key(|item| {
        let id = item.id();
        (rank(&id.gvk.kind, &first, &last), kind_key(&id.gvk), id_key(&id))
    });
}

fn rank(kind: &str, first: &[&str], last: &[&str]) -> i64 {
    if let Some(at) = last.iter().rposition(|found| *found == kind) {
        1 + at as i64
    } else if let Some(at) = first.iter().rposition(|found| *found == kind) {
        at as i64 - first.len() as i64
    } else {
        0
    }
}

/// The place of a kind among kinds.
pub(crate) fn gvk_key(gvk: &Gvk) -> (i64, String) {
    (rank(&gvk.kind, FIRST, LAST), kind_key(gvk))
}

fn or(text: &Str, none: &'static str) -> String {
    if text.is_empty() { none.to_owned() } else { text.to_string() }
}

fn kind_key(gvk: &Gvk) -> String {
    format!("{}_{}_{}", or(&gvk.group, "~G"), or(&gvk.version, "~V"), or(&gvk.kind, "~K"))
}

fn id_key(id: &Id) -> String {
    format!("{}|{}|{}", id.gvk, or(&id.namespace, "~X"), or(&id.name, "~N"))
}
