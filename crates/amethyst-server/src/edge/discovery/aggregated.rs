//! The aggregated document: `APIGroupDiscoveryList`.

use amethyst_object::{GroupVersionKind, Map, Value, value};

use super::Root;
use crate::catalog::{Catalog, Group, Resource, Subresource};

pub(super) fn document(catalog: &Catalog, root: Root) -> Value {
    let wanted = |group: &&Group| group.name.is_empty() == (root == Root::Core);
    let items: Vec<Value> = catalog.groups.iter().filter(wanted).map(|group| item(catalog, group)).collect();
    value!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn item(catalog: &Catalog, group: &Group) -> Value {
    let mut metadata = Map::new();
    if !group.name.is_empty() {
        metadata.insert("name", group.name.clone());
    }
    let versions: Vec<Value> = group
        .versions
        .iter()
        .map(|version| {
            let resources: Vec<Value> =
                catalog.rows(&group.name, version).iter().map(|row| resource(row)).collect();
            value!({"version": (version.clone()), "resources": resources, "freshness": "Current"})
        })
        .collect();
    value!({"metadata": metadata, "versions": versions})
}

fn resource(row: &Resource) -> Value {
    let mut map = Map::new();
    map.insert("resource", row.gvr.resource.clone());
    map.insert("responseKind", kind(row, &row.gvk()));
    map.insert("scope", if row.namespaced { "Namespaced" } else { "Cluster" });
    map.insert("singularResource", row.singular.clone());
    map.insert("verbs", row.verbs.clone());
    if !row.short_names.is_empty() {
        map.insert("shortNames", row.short_names.clone());
    }
    if !row.categories.is_empty() {
        map.insert("categories", row.categories.clone());
    }
    if !row.subresources.is_empty() {
        let list: Vec<Value> = row.subresources.iter().map(|sub| subresource(row, sub)).collect();
        map.insert("subresources", list);
    }
    map.into()
}

fn subresource(row: &Resource, subresource: &Subresource) -> Value {
    value!({
        "subresource": (subresource.name.clone()),
        "responseKind": (kind(row, &subresource.kind)),
        "verbs": (subresource.verbs.clone()),
    })
}

/// Upstream leaves group and version empty where a built-in kind is its resource's own.
fn kind(row: &Resource, gvk: &GroupVersionKind) -> Value {
    let own = !row.is_custom() && gvk.group == row.gvr.group && gvk.version == row.gvr.version;
    let (group, version) = if own { ("", "") } else { (gvk.group.as_str(), gvk.version.as_str()) };
    value!({"group": group, "version": version, "kind": (gvk.kind.clone())})
}
