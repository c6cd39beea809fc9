//! What a Kustomization has applied: names in upstream's format, differences, and the order of kinds.

use std::collections::HashSet;

use amethyst_object::{GroupVersionKind, ObjectId, Str};
use serde::{Deserialize, Serialize};

/// `status.inventory`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// The objects.
    #[serde(default)]
    pub entries: Vec<ResourceRef>,
}

/// One object: `<namespace>_<name>_<group>_<kind>` and the version it was applied in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ResourceRef {
    /// The name, in upstream's spelling.
    pub id: String,
    /// The version of its kind.
    pub v: String,
}

/// An entry that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unable to parse stored object metadata: {0}")]
pub struct ParseIdError(String);

impl ResourceRef {
    /// The entry of an object.
    pub fn new(id: &ObjectId, version: &str) -> Self {
        // Names of RBAC objects may hold colons, which the format spells as two underscores.
        let name = if is_rbac(id) { id.name.replace(':', "__") } else { id.name.to_string() };
        Self { id: format!("{}_{name}_{}_{}", id.namespace, id.group, id.kind), v: version.to_owned() }
    }

    /// The object that it names.
    pub fn object(&self) -> Result<ObjectId, ParseIdError> {
        let bad = || ParseIdError(self.id.clone());
        let (namespace, rest) = self.id.split_once('_').ok_or_else(bad)?;
        let (rest, kind) = rest.rsplit_once('_').ok_or_else(bad)?;
        let (name, group) = rest.rsplit_once('_').ok_or_else(bad)?;
        let name = name.replace("__", ":");
        if name.contains('_') {
            return Err(bad());
        }
        Ok(ObjectId {
            group: group.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        })
    }

    /// The kind of the object in the version it was applied in.
    pub fn gvk(&self, id: &ObjectId) -> GroupVersionKind {
        GroupVersionKind::new(id.group.clone(), self.v.as_str(), id.kind.clone())
    }
}

fn is_rbac(id: &ObjectId) -> bool {
    id.group == "rbac.authorization.k8s.io"
        && matches!(id.kind.as_str(), "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding")
}

impl Inventory {
    /// The entries that `other` lacks, whatever their version, in the order they are applied in.
    /// An entry that cannot be read is left out: nothing can be done about it.
    pub fn without(&self, other: &Self) -> Vec<(ObjectId, GroupVersionKind)> {
        let theirs: HashSet<&str> = other.entries.iter().map(|entry| entry.id.as_str()).collect();
        let mut stale: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| !theirs.contains(entry.id.as_str()))
            .filter_map(|entry| entry.object().ok().map(|id| (id.clone(), entry.gvk(&id))))
            .collect();
        stale.sort_by_cached_key(|(id, _)| order(id));
        stale
    }

    /// Adds objects that are not in it yet.
    pub fn merge(&mut self, more: impl IntoIterator<Item = ResourceRef>) {
        for entry in more {
            if self.entries.iter().all(|found| found.id != entry.id) {
                self.entries.push(entry);
            }
        }
    }
}

/// The kinds that come first, in upstream's order (fluxcd/pkg `ssa/sort.go`).
const FIRST: [&str; 23] = [
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
/// The kinds that come last.
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts objects into the order they are applied in; deletion goes the other way.
pub(crate) fn order(id: &ObjectId) -> (usize, Str, Str, Str, Str) {
    let place = |kinds: &[&str]| kinds.iter().position(|kind| *kind == id.kind);
    let rank = place(&FIRST).or_else(|| Some(FIRST.len() + 1 + place(&LAST)?)).unwrap_or(FIRST.len());
    (rank, id.group.clone(), id.kind.clone(), id.namespace.clone(), id.name.clone())
}

/// Which round of an apply an object belongs to: what others need first, as `ApplyAllStaged` upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// CRDs, namespaces and cluster roles; the next stage waits until they are current.
    Definitions,
    /// Classes of any kind; likewise.
    Classes,
    /// All others.
    Resources,
}

/// The stage of an object.
pub(crate) fn stage(id: &ObjectId) -> Stage {
    match (id.group.as_str(), id.kind.as_str()) {
        ("apiextensions.k8s.io", "CustomResourceDefinition")
        | ("", "Namespace")
        | ("rbac.authorization.k8s.io", "ClusterRole") => Stage::Definitions,
        (_, kind) if kind.ends_with("Class") => Stage::Classes,
        _ => Stage::Resources,
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::ObjectId;

    use super::{Inventory, ResourceRef, Stage, order, stage};

    fn id(group: &str, kind: &str, namespace: &str, name: &str) -> ObjectId {
        ObjectId { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    fn check(object: &ObjectId, expect: &str) {
        let entry = ResourceRef::new(object, "v1");
        assert_eq!(entry.id, expect);
        assert_eq!(entry.object().unwrap(), *object);
    }

    #[test]
    fn ids_are_spelled_as_upstream_spells_them() {
        check(&id("apps", "Deployment", "web", "app"), "web_app_apps_Deployment");
        check(&id("", "Namespace", "", "web"), "_web__Namespace");
        check(
            &id("rbac.authorization.k8s.io", "ClusterRole", "", "system:x"),
            "_system__x_rbac.authorization.k8s.io_ClusterRole",
        );
        for bad in ["", "a_b_c", "a_b_c_d_E"] {
            assert!(ResourceRef { id: bad.to_owned(), v: "v1".to_owned() }.object().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_longer_there_is_stale_whatever_its_version() {
        let entry = |kind: &str, name: &str, v: &str| ResourceRef::new(&id("g", kind, "ns", name), v);
        let old =
            Inventory { entries: vec![entry("B", "x", "v1"), entry("A", "y", "v1"), entry("A", "x", "v1")] };
        let mut new = Inventory { entries: vec![entry("B", "x", "v2")] };
        let stale: Vec<_> = old.without(&new).into_iter().map(|(id, gvk)| format!("{id} {gvk}")).collect();
        assert_eq!(stale, ["A/ns/x g/v1, Kind=A", "A/ns/y g/v1, Kind=A"]);
        new.merge(old.entries.clone());
        assert_eq!(new.entries.len(), 3);
        assert_eq!(new.entries[0].v, "v2");
    }

    #[test]
    fn kinds_are_applied_in_order() {
        let mut kinds = [
            id("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "", "w"),
            id("apps", "Deployment", "b", "x"),
            id("example.com", "Thing", "a", "x"),
            id("apps", "Deployment", "a", "x"),
            id("", "Namespace", "", "a"),
            id("", "Secret", "a", "x"),
            id("apiextensions.k8s.io", "CustomResourceDefinition", "", "things"),
        ];
        kinds.sort_by_key(order);
        let kinds: Vec<_> = kinds.iter().map(ToString::to_string).collect();
        assert_eq!(
            kinds,
            [
                "CustomResourceDefinition/things",
                "Namespace/a",
                "Secret/a/x",
                "Deployment/a/x",
                "Deployment/b/x",
                "Thing/a/x",
                "ValidatingWebhookConfiguration/w",
            ]
        );
    }

    #[test]
    fn what_others_need_is_applied_first() {
        assert_eq!(stage(&id("", "Namespace", "", "a")), Stage::Definitions);
        assert_eq!(stage(&id("x.io", "Namespace", "", "a")), Stage::Resources);
        assert_eq!(stage(&id("gateway.networking.k8s.io", "GatewayClass", "", "a")), Stage::Classes);
        assert_eq!(stage(&id("rbac.authorization.k8s.io", "ClusterRole", "", "a")), Stage::Definitions);
        assert_eq!(stage(&id("apps", "Deployment", "a", "a")), Stage::Resources);
    }
}
