//! Who wants to hear of whom: the objects that each key named when it was last observed.
//!
//! An edge carries no payload: a change of the named object wakes those that named it, and they look
//! for themselves.

use std::collections::{BTreeSet, HashMap, HashSet};

use amethyst_object::GroupVersionKind;

use crate::cluster::ObjectKey;

/// An object that somebody depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// Its kind, in the version to watch it by.
    pub gvk: GroupVersionKind,
    /// Its name; the empty one stands for any object of the kind.
    pub key: ObjectKey,
}

impl Edge {
    /// All objects of a kind, those to come included.
    pub fn any(gvk: GroupVersionKind) -> Self {
        Self { gvk, key: ObjectKey::default() }
    }
}

/// The edges of all keys, found from both ends.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    named: HashMap<ObjectKey, BTreeSet<Edge>>,
    namers: HashMap<GroupVersionKind, HashMap<ObjectKey, HashSet<ObjectKey>>>,
}

impl Edges {
    /// Replaces the edges of `namer`. Gives the kinds that are named for the first time.
    pub(crate) fn set(&mut self, namer: &ObjectKey, edges: BTreeSet<Edge>) -> Vec<GroupVersionKind> {
        let before = self.named.remove(namer).unwrap_or_default();
        for edge in before.difference(&edges) {
            self.cut(namer, edge);
        }
        let mut kinds = Vec::new();
        for edge in edges.difference(&before) {
            let of_kind = self.namers.entry(edge.gvk.clone()).or_insert_with(|| {
                kinds.push(edge.gvk.clone());
                HashMap::new()
            });
            of_kind.entry(edge.key.clone()).or_default().insert(namer.clone());
        }
        if !edges.is_empty() {
            self.named.insert(namer.clone(), edges);
        }
        kinds
    }

    /// Who named the object.
    pub(crate) fn namers(&self, gvk: &GroupVersionKind, key: &ObjectKey) -> Vec<ObjectKey> {
        let Some(of_kind) = self.namers.get(gvk) else { return Vec::new() };
        let any = of_kind.get(&ObjectKey::default());
        of_kind.get(key).into_iter().chain(any).flatten().cloned().collect()
    }

    /// Who named any object of the kind.
    pub(crate) fn namers_of_kind(&self, gvk: &GroupVersionKind) -> HashSet<ObjectKey> {
        self.namers.get(gvk).into_iter().flat_map(HashMap::values).flatten().cloned().collect()
    }

    /// The kinds that somebody names.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &GroupVersionKind> {
        self.namers.keys()
    }

    fn cut(&mut self, namer: &ObjectKey, edge: &Edge) {
        let Some(of_kind) = self.namers.get_mut(&edge.gvk) else { return };
        if let Some(namers) = of_kind.get_mut(&edge.key) {
            namers.remove(namer);
            if namers.is_empty() {
                of_kind.remove(&edge.key);
            }
        }
        if of_kind.is_empty() {
            self.namers.remove(&edge.gvk);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use amethyst_object::GroupVersionKind;

    use super::{Edge, Edges};
    use crate::cluster::ObjectKey;

    fn edge(kind: &str, name: &str) -> Edge {
        Edge { gvk: GroupVersionKind::new("", "v1", kind), key: ObjectKey::new("ns", name) }
    }

    #[test]
    fn edges_are_found_from_both_ends_and_cut_when_replaced() {
        let (mut edges, web, db) =
            (Edges::default(), ObjectKey::new("ns", "web"), ObjectKey::new("ns", "db"));
        let secret = edge("Secret", "s");
        assert_eq!(edges.set(&web, BTreeSet::from([secret.clone()])), std::slice::from_ref(&secret.gvk));
        assert!(edges.set(&db, BTreeSet::from([secret.clone(), edge("Secret", "t")])).is_empty());
        let mut namers = edges.namers(&secret.gvk, &secret.key);
        namers.sort();
        assert_eq!(namers, [db.clone(), web.clone()]);
        edges.set(&db, BTreeSet::from([Edge::any(secret.gvk.clone())]));
        assert_eq!(edges.namers(&secret.gvk, &ObjectKey::new("ns", "new")), std::slice::from_ref(&db));
        edges.set(&db, BTreeSet::new());
        assert_eq!(edges.namers(&secret.gvk, &secret.key), std::slice::from_ref(&web));
        edges.set(&web, BTreeSet::new());
        assert_eq!(edges.kinds().count(), 0);
    }
}
