//! Who a resource is: kind, name and namespace, now and before.

use std::fmt;

use amethyst_object::{GroupVersion, Map, Str, Value};

use crate::specs::is_cluster_scoped;

/// The namespace of what has none.
const NO_NAMESPACE: &str = "_non_namespaceable_";
const DEFAULT_NAMESPACE: &str = "default";

/// A group, a version and a kind; empty parts of a selector match everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Gvk {
    pub(crate) group: Str,
    pub(crate) version: Str,
    pub(crate) kind: Str,
}

impl Gvk {
    pub(crate) fn new(group: &str, version: &str, kind: &str) -> Self {
        Self { group: group.into(), version: version.into(), kind: kind.into() }
    }

    pub(crate) fn of(map: &Map) -> Self {
        let GroupVersion { group, version } = GroupVersion::parse(map.str("apiVersion").unwrap_or_default());
        Self { group, version, kind: map.str("kind").unwrap_or_default().into() }
    }

    pub(crate) fn is_selected(&self, selector: &Self) -> bool {
        let fits = |wanted: &Str, found: &Str| wanted.is_empty() || wanted == found;
        fits(&selector.group, &self.group)
            && fits(&selector.version, &self.version)
            && fits(&selector.kind, &self.kind)
    }

    pub(crate) fn is_cluster_scoped(&self) -> bool {
        is_cluster_scoped(&self.group, &self.version, &self.kind)
    }
}

/// Prints as kustomize does: `Deployment.v1.apps`.
impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or =
            |text: &Str, none: &'static str| if text.is_empty() { none.to_owned() } else { text.to_string() };
        let (kind, version, group) =
            (or(&self.kind, "[noKind]"), or(&self.version, "[noVer]"), or(&self.group, "[noGrp]"));
        write!(f, "{kind}.{version}.{group}")
    }
}

/// Who a resource is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Id {
    pub(crate) gvk: Gvk,
    pub(crate) name: Str,
    pub(crate) namespace: Str,
    pub(crate) cluster_scoped: bool,
}

impl Id {
    /// Who `map` is now.
    pub(crate) fn of(map: &Map) -> Self {
        let gvk = Gvk::of(map);
        let meta =
            |key: &str| map.get("metadata").and_then(|meta| meta.get(key)).map(text).unwrap_or_default();
        Self {
            cluster_scoped: gvk.is_cluster_scoped(),
            name: meta("name"),
            namespace: meta("namespace"),
            gvk,
        }
    }

    pub(crate) fn effective_namespace(&self) -> &str {
        if self.cluster_scoped {
            NO_NAMESPACE
        } else if self.namespace.is_empty() {
            DEFAULT_NAMESPACE
        } else {
            &self.namespace
        }
    }

    /// Equal for ids that are the same.
    pub(crate) fn key(self) -> (Gvk, Str, Str) {
        let namespace = self.effective_namespace().into();
        (self.gvk, self.name, namespace)
    }

    pub(crate) fn same_namespace(&self, other: &Self) -> bool {
        self.effective_namespace() == other.effective_namespace()
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.name == other.name && self.gvk == other.gvk && self.same_namespace(other)
    }
}

/// Prints as kustomize does: `Deployment.v1.apps/web.default`.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "[noName]" } else { &self.name };
        let namespace = if self.namespace.is_empty() { "[noNs]" } else { &self.namespace };
        write!(f, "{}/{name}.{namespace}", self.gvk)
    }
}

/// The text of a scalar as kyaml's nodes hold it; lists and maps have none.
pub(crate) fn text(value: &Value) -> Str {
    match value {
        Value::Null => "null".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::Number(number) => number.as_str().into(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => Str::default(),
    }
}

/// Null, written or empty.
pub(crate) fn is_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Number(number) => number.as_str().is_empty(),
        _ => false,
    }
}
