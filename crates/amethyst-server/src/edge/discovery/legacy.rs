//! The older documents: `APIVersions`, `APIGroupList`, `APIGroup`, `APIResourceList`.

use amethyst_object::{Map, Value, value};

use crate::catalog::{Catalog, Group, Resource, Source};

pub(super) fn versions(catalog: &Catalog, address: &str) -> Value {
    let versions = catalog.group("").map(|core| core.versions.clone()).unwrap_or_default();
    value!({
        "kind": "APIVersions",
        "versions": versions,
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    })
}

pub(super) fn groups(catalog: &Catalog) -> Value {
    let groups: Vec<Value> =
        catalog.groups.iter().filter(|one| !one.name.is_empty()).map(|one| group(one, false)).collect();
    value!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

pub(super) fn group(group: &Group, alone: bool) -> Value {
    let version =
        |version: &str| value!({"groupVersion": (format!("{}/{version}", group.name)), "version": version});
    let versions: Vec<Value> = group.versions.iter().map(|name| version(name)).collect();
    let mut map = Map::new();
    if alone {
        map.insert("kind", "APIGroup");
        map.insert("apiVersion", "v1");
    }
    map.insert("name", group.name.clone());
    let preferred = versions.first().cloned();
    map.insert("versions", versions);
    if let Some(preferred) = preferred {
        map.insert("preferredVersion", preferred);
    }
    map.into()
}

pub(super) fn resources(catalog: &Catalog, group: &str, version: &str) -> Value {
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut resources = Vec::new();
    for row in catalog.rows(group, version) {
        resources.push(resource(row));
        resources.extend(subresources(row));
    }
    let mut map = Map::new();
    map.insert("kind", "APIResourceList");
    if !group.is_empty() {
        map.insert("apiVersion", "v1");
    }
    map.insert("groupVersion", group_version);
    map.insert("resources", resources);
    map.into()
}

fn resource(row: &Resource) -> Value {
    let mut map = Map::new();
    map.insert("name", row.gvr.resource.clone());
    map.insert("singularName", row.singular.clone());
    map.insert("namespaced", row.namespaced);
    map.insert("kind", row.kind.clone());
    map.insert("verbs", row.verbs.clone());
    if !row.short_names.is_empty() {
        map.insert("shortNames", row.short_names.clone());
    }
    if !row.categories.is_empty() {
        map.insert("categories", row.categories.clone());
    }
    if let Source::BuiltIn(kind) = &row.source
        && !kind.storage_version_hash.is_empty()
    {
        map.insert("storageVersionHash", kind.storage_version_hash);
    }
    map.into()
}

fn subresources(row: &Resource) -> impl Iterator<Item = Value> {
    row.subresources.iter().map(|sub| {
        let mut map = Map::new();
        map.insert("name", format!("{}/{}", row.gvr.resource, sub.name));
        map.insert("singularName", "");
        map.insert("namespaced", row.namespaced);
        if sub.kind.group != row.gvr.group || sub.kind.version != row.gvr.version {
            if !sub.kind.group.is_empty() {
                map.insert("group", sub.kind.group.clone());
            }
            map.insert("version", sub.kind.version.clone());
        }
        map.insert("kind", sub.kind.kind.clone());
        map.insert("verbs", sub.verbs.clone());
        map.into()
    })
}
