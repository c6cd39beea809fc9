//! From the generated tables and the definitions in the store to a catalog.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use amethyst_kinds::Kind;
use amethyst_object::{GroupVersionKind, GroupVersionResource, Str};
use amethyst_store::{Key, Revision, Snapshot};

use super::{Catalog, Group, Resource, Source, StorageKey, Subresource};
use crate::record::Entry;
use crate::strategy::custom;

/// Where definitions lie.
pub(crate) const DEFINITIONS: &str = "apiextensions.k8s.io/customresourcedefinitions/";

/// Makes catalogs; remembers the rows of definitions that did not change.
pub(crate) struct Publisher {
    built_in: Vec<Arc<Resource>>,
    groups: Vec<Group>,
    custom: HashMap<Key, (Revision, Vec<Arc<Resource>>)>,
}

impl Publisher {
    pub(crate) fn new() -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for kind in amethyst_kinds::kinds() {
            push_version(&mut groups, kind.group, kind.version);
        }
        let built_in = amethyst_kinds::kinds().iter().map(|kind| Arc::new(built_in(kind))).collect();
        Self { built_in, groups, custom: HashMap::new() }
    }

    /// The catalog of a state of the store; none when it is that of last time.
    pub(crate) fn publish(&mut self, snapshot: &Snapshot<Entry>, generation: u64) -> Option<Catalog> {
        let mut changed = generation == 0;
        let mut seen = HashMap::new();
        for (key, stored) in snapshot.range(DEFINITIONS, None) {
            let rows = match self.custom.remove(key) {
                Some((revision, rows)) if revision == stored.modified => rows,
                before => {
                    changed = true;
                    let before = before.map(|(_, rows)| rows).unwrap_or_default();
                    custom::rows(&stored.record, stored.modified, &before)
                }
            };
            seen.insert(key.clone(), (stored.modified, rows));
        }
        changed |= !self.custom.is_empty();
        self.custom = seen;
        changed.then(|| self.catalog(generation + 1))
    }

    fn catalog(&self, generation: u64) -> Catalog {
        let mut custom: Vec<&Arc<Resource>> = self.custom.values().flat_map(|(_, rows)| rows).collect();
        custom.sort_by(|a, b| {
            let names = a.gvr.group.cmp(&b.gvr.group).then_with(|| a.gvr.resource.cmp(&b.gvr.resource));
            names.then_with(|| by_priority(&a.gvr.version, &b.gvr.version))
        });
        let mut groups = self.groups.clone();
        for row in &custom {
            push_version(&mut groups, &row.gvr.group, &row.gvr.version);
        }
        for group in groups.iter_mut().skip(self.groups.len()) {
            group.versions.sort_by(|a, b| by_priority(a, b));
        }
        let rows = self.built_in.iter().chain(custom).map(Arc::clone);
        Catalog::new(generation, groups, rows)
    }
}

fn push_version(groups: &mut Vec<Group>, name: &str, version: &str) {
    let at = groups.iter().position(|group| group.name == name).unwrap_or_else(|| {
        groups.push(Group { name: name.into(), versions: Vec::new() });
        groups.len() - 1
    });
    if !groups[at].versions.iter().any(|known| known == version) {
        groups[at].versions.push(version.into());
    }
}

fn built_in(kind: &'static Kind) -> Resource {
    let own = |names: &[&str]| names.iter().map(|name| Str::from(*name)).collect();
    let subresources: Vec<Subresource> = kind
        .subresources
        .iter()
        .map(|sub| Subresource {
            name: sub.name.into(),
            kind: GroupVersionKind::new(sub.group, sub.version, sub.kind),
            verbs: sub.verbs.clone(),
        })
        .collect();
    let (group, version) = kind.storage;
    Resource {
        gvr: GroupVersionResource {
            group: kind.group.into(),
            version: kind.version.into(),
            resource: kind.plural.into(),
        },
        kind: kind.kind.into(),
        list_kind: kind.list_kind.into(),
        singular: kind.singular.into(),
        short_names: own(&kind.short_names),
        categories: own(&kind.categories),
        namespaced: kind.namespaced,
        verbs: kind.verbs.clone(),
        has_status: subresources.iter().any(|sub| sub.name == "status"),
        subresources,
        storage: StorageKey { group: group.into(), plural: kind.plural.into(), version: version.into() },
        source: Source::BuiltIn(kind),
    }
}

/// Orders versions as Kubernetes prefers them: `v2`, `v1`, `v1beta2`, `v1alpha1`, then others by name.
pub(crate) fn by_priority(a: &str, b: &str) -> Ordering {
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => b.cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// Stability, major and minor of `v1beta2`.
fn parse(version: &str) -> Option<(u8, u64, u64)> {
    let rest = version.strip_prefix('v')?;
    let end = rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(rest.len());
    let major = rest[..end].parse().ok()?;
    for (word, stability) in [("alpha", 0), ("beta", 1)] {
        if let Some(minor) = rest[end..].strip_prefix(word) {
            return Some((stability, major, minor.parse().ok()?));
        }
    }
    (end == rest.len()).then_some((2, major, 0))
}

#[cfg(test)]
mod tests {
    use super::by_priority;

    #[test]
    fn versions_stand_in_order_of_preference() {
        let mut versions = ["foo", "v1alpha1", "v1", "v2beta1", "v10", "v1beta2", "bar", "v2"];
        versions.sort_by(|a, b| by_priority(a, b));
        assert_eq!(versions, ["v10", "v2", "v1", "v2beta1", "v1beta2", "v1alpha1", "bar", "foo"]);
    }
}
