//! Which kinds live in namespaces, and what a cluster with these definitions serves.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use amethyst_object::{GroupVersionKind, Str};

use super::packed::Defined;

/// The kinds that are defined besides the built-in ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// Whether a custom kind is namespaced, by group and kind.
    custom: BTreeMap<(Str, Str), bool>,
    /// What they add to the API: `cert-manager.io/v1`, `cert-manager.io/v1/Certificate`.
    api_versions: Vec<Str>,
}

impl Scope {
    /// Adds what a CustomResourceDefinition defines; whether that is new.
    pub(super) fn define(&mut self, defined: &Defined) -> bool {
        let (group, kind) = (&defined.group, &defined.kind);
        let is_new = self.custom.insert((group.clone(), kind.clone()), defined.is_namespaced).is_none();
        for name in &defined.versions {
            for served in [format!("{group}/{name}"), format!("{group}/{name}/{kind}")] {
                if let Err(at) = self.api_versions.binary_search_by(|known| known.as_str().cmp(&served)) {
                    self.api_versions.insert(at, served.into());
                }
            }
        }
        is_new
    }

    /// All API versions that the cluster serves, built-in ones first.
    pub(super) fn api_versions(&self) -> Arc<[Str]> {
        static BUILT_IN: LazyLock<Vec<Str>> = LazyLock::new(|| {
            let mut all: Vec<Str> = Vec::new();
            for kind in amethyst_kinds::kinds() {
                let version = kind.api_version();
                if all.iter().all(|known| *known != version) {
                    all.push(version.as_str().into());
                }
                all.push(format!("{version}/{}", kind.kind).into());
            }
            all
        });
        BUILT_IN.iter().chain(&self.api_versions).cloned().collect()
    }

    /// Whether objects of this kind live in a namespace, as the repository says or else as the project that it
    /// is from says; `None` when nobody knows it.
    pub(super) fn is_namespaced(&self, api_version: &str, kind: &str) -> Option<bool> {
        let gvk = GroupVersionKind::from_api_version(api_version, kind);
        if let Some(kind) = amethyst_kinds::by_kind(&gvk.group, &gvk.version, &gvk.kind) {
            return Some(kind.namespaced);
        }
        let known = || amethyst_kinds::ecosystem_kind(&gvk.group, &gvk.kind).map(|known| known.namespaced);
        self.custom.get(&(gvk.group.clone(), gvk.kind.clone())).copied().or_else(known)
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn well_known_kinds_have_a_scope_but_are_not_served() {
        let scope = Scope::default();
        let namespaced = |api_version: &str, kind: &str| scope.is_namespaced(api_version, kind);
        assert_eq!(namespaced("cert-manager.io/v1", "Certificate"), Some(true));
        assert_eq!(namespaced("cert-manager.io/v1", "ClusterIssuer"), Some(false));
        assert_eq!(namespaced("v1", "Namespace"), Some(false));
        assert_eq!(namespaced("example.org/v1", "Certificate"), None);
        assert!(scope.api_versions().iter().all(|served| !served.starts_with("cert-manager.io/")));
    }
}
