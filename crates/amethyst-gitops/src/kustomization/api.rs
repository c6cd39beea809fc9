//! The Kustomization of Flux as this version understands it.

use std::collections::BTreeMap;
use std::time::Duration;

use amethyst_controller::{Conditions, ObjectKey};
use serde::{Deserialize, Serialize};

use crate::duration::GoDuration;
use crate::history::Snapshot;
use crate::inventory::Inventory;
use crate::meta::Meta;
use crate::names;

/// The shortest time that health checks get.
const TIMEOUT_MIN: Duration = Duration::from_secs(30);

/// A Kustomization.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Kustomization {
    /// Its metadata, as far as it matters here.
    pub metadata: Meta,
    /// What is wanted.
    pub spec: Spec,
    /// What was found.
    pub status: Status,
}

/// `spec`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Spec {
    /// How often to look for drift.
    pub interval: GoDuration,
    /// How soon to try again after a failure; `interval` when absent.
    pub retry_interval: Option<GoDuration>,
    /// How long objects may take to become healthy.
    pub timeout: Option<GoDuration>,
    /// The folder in the source.
    pub path: String,
    /// Whether to delete what is no longer there.
    pub prune: bool,
    /// Where the files come from.
    pub source_ref: SourceRef,
    /// Leaves everything as it is.
    pub suspend: bool,
    /// Makes objects anew that cannot be changed.
    pub force: bool,
    /// Waits for all objects.
    pub wait: bool,
    /// Waits for these objects.
    pub health_checks: Vec<HealthCheck>,
    /// What must be ready before.
    pub depends_on: Vec<Dependency>,
    /// The namespace of all objects.
    pub target_namespace: Option<String>,
    /// Put before all names.
    pub name_prefix: Option<String>,
    /// Put after all names.
    pub name_suffix: Option<String>,
    /// Labels and annotations of all objects.
    pub common_metadata: Option<CommonMetadata>,
    /// Kustomize patches.
    pub patches: Vec<serde_json::Value>,
    /// Kustomize images.
    pub images: Vec<serde_json::Value>,
    /// Kustomize components.
    pub components: Vec<String>,
    /// Leaves out components that are not there.
    pub ignore_missing_components: bool,
    /// Variables.
    pub post_build: Option<PostBuild>,
    /// All other fields.
    #[serde(flatten)]
    pub other: BTreeMap<String, serde_json::Value>,
}

/// `spec.sourceRef`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SourceRef {
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The namespace; the Kustomization's own when absent.
    pub namespace: Option<String>,
}

/// One of `spec.healthChecks`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct HealthCheck {
    /// The version; `apps/v1` when absent, for v1beta1's sake.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The namespace; empty for objects that have none.
    pub namespace: String,
}

/// One of `spec.dependsOn`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Dependency {
    /// The name.
    pub name: String,
    /// The namespace; the Kustomization's own when absent.
    pub namespace: Option<String>,
    /// A CEL expression: not supported yet.
    pub ready_expr: Option<String>,
}

/// `spec.commonMetadata`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct CommonMetadata {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// `spec.postBuild`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PostBuild {
    /// `WithVariables` (the default) or `Always`.
    pub substitute_strategy: Option<String>,
    /// Variables in line; they win over those from objects.
    pub substitute: BTreeMap<String, String>,
    /// Objects that hold variables; later ones win.
    pub substitute_from: Vec<SubstituteFrom>,
}

/// One of `spec.postBuild.substituteFrom`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SubstituteFrom {
    /// `ConfigMap` or `Secret`.
    pub kind: String,
    /// The name.
    pub name: String,
    /// Whether it may be missing.
    pub optional: bool,
}

/// `status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Status {
    /// The generation that was carried through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The conditions.
    pub conditions: Conditions,
    /// The revision that was applied and became healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_applied_revision: Option<String>,
    /// The revision that was built last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_attempted_revision: Option<String>,
    /// What was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Inventory>,
    /// The last results.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Snapshot>,
    /// The last request for a pass that was served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

/// Fields of Flux's that this version refuses, and what to do about each.
const UNSUPPORTED: [(&str, &str); 10] = [
    ("serviceAccountName", "remove it: objects are applied with Amethyst's own rights"),
    ("kubeConfig", "remove it: only this cluster can be the target"),
    (
        "decryption",
        "sops comes with a later version; until then leave this Kustomization to a cluster under Flux",
    ),
    ("healthCheckExprs", "remove it: health is judged by the objects' conditions"),
    ("deletionPolicy", "remove it or set it to `MirrorPrune`, and set `prune`"),
    ("ignore", "remove it, or annotate the objects with `kustomize.toolkit.fluxcd.io/ssa`"),
    ("buildMetadata", "remove it"),
    ("patchesStrategicMerge", "move its patches to `patches`, as v1 wants them"),
    ("patchesJson6902", "move its patches to `patches`, as v1 wants them"),
    ("validation", "remove it: every object is validated by the API server, as in v1"),
];

impl Kustomization {
    /// Its name.
    pub(crate) fn key(&self) -> ObjectKey {
        ObjectKey::new(self.metadata.namespace.as_str(), self.metadata.name.as_str())
    }

    /// How long objects may take to become healthy.
    pub(crate) fn timeout(&self) -> Duration {
        let default = self.spec.interval.0.saturating_sub(Duration::from_secs(30));
        self.spec.timeout.map_or(default, |timeout| timeout.0).max(TIMEOUT_MIN)
    }

    /// How soon to try again after a failure.
    pub(crate) fn retry_interval(&self) -> Duration {
        self.spec.retry_interval.unwrap_or(self.spec.interval).0
    }

    /// The source's name.
    pub(crate) fn source(&self) -> ObjectKey {
        let namespace = self.spec.source_ref.namespace.as_deref().filter(|namespace| !namespace.is_empty());
        ObjectKey::new(namespace.unwrap_or(&self.metadata.namespace), self.spec.source_ref.name.as_str())
    }

    /// The names of the Kustomizations that come first.
    pub(crate) fn dependencies(&self) -> impl Iterator<Item = ObjectKey> + '_ {
        self.spec.depends_on.iter().map(|dependency| {
            let namespace = dependency.namespace.as_deref().filter(|namespace| !namespace.is_empty());
            ObjectKey::new(namespace.unwrap_or(&self.metadata.namespace), dependency.name.as_str())
        })
    }

    /// What the spec asks for that this version cannot do, one sentence per field with what to do.
    pub(crate) fn unsupported(&self) -> Vec<String> {
        let set = |name: &str, value: &serde_json::Value| match value {
            serde_json::Value::Null | serde_json::Value::Bool(false) => false,
            serde_json::Value::String(text) => {
                !(text.is_empty() || name == "deletionPolicy" && text == "MirrorPrune")
            }
            serde_json::Value::Array(items) => !items.is_empty(),
            serde_json::Value::Object(fields) => !fields.is_empty(),
            _ => true,
        };
        let mut found: Vec<String> = self
            .spec
            .other
            .iter()
            .filter(|(name, value)| set(name, value))
            .map(|(name, _)| {
                let known = UNSUPPORTED.iter().find(|(field, _)| field == name);
                let hint = known.map_or("remove it: it is not a field of Flux's either", |(_, hint)| hint);
                format!("`spec.{name}` is not supported by this version of Amethyst; hint: {hint}")
            })
            .collect();
        if self
            .spec
            .depends_on
            .iter()
            .any(|dependency| dependency.ready_expr.as_ref().is_some_and(|it| !it.is_empty()))
        {
            found.push(
                "`spec.dependsOn[].readyExpr` is not supported by this version of Amethyst; hint: remove it: \
                 a dependency is ready when its condition `Ready` is true"
                    .to_owned(),
            );
        }
        let source = &self.spec.source_ref;
        if source.kind != names::GIT_REPOSITORY {
            found.push(format!(
                "`spec.sourceRef.kind: {}` is not supported by this version of Amethyst; hint: refer to a GitRepository",
                source.kind
            ));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Kustomization;

    fn read(spec: &serde_json::Value) -> Kustomization {
        let object = serde_json::json!({"metadata": {"name": "web", "namespace": "apps"}, "spec": spec});
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn timeouts_are_upstreams() {
        let timeout = |spec: serde_json::Value| read(&spec).timeout().as_secs();
        assert_eq!(timeout(serde_json::json!({"interval": "10m"})), 570);
        assert_eq!(timeout(serde_json::json!({"interval": "10s"})), 30);
        assert_eq!(timeout(serde_json::json!({"interval": "10m", "timeout": "2m"})), 120);
        assert_eq!(timeout(serde_json::json!({"interval": "10m", "timeout": "2s"})), 30);
        let retry = read(&serde_json::json!({"interval": "10m", "retryInterval": "1m"})).retry_interval();
        assert_eq!(retry, Duration::from_mins(1));
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_name() {
        let git = serde_json::json!({"kind": "GitRepository", "name": "x"});
        let fine = serde_json::json!({"sourceRef": git, "deletionPolicy": "MirrorPrune", "serviceAccountName": "",
            "ignoreMissingComponents": true, "healthCheckExprs": []});
        assert_eq!(read(&fine).unsupported(), Vec::<String>::new());
        let bad = serde_json::json!({"sourceRef": {"kind": "Bucket", "name": "x"}, "decryption": {"provider": "sops"},
            "deletionPolicy": "Orphan", "dependsOn": [{"name": "a", "readyExpr": "true"}], "typo": 1});
        let refused = read(&bad).unsupported().join("\n");
        for name in [
            "spec.decryption",
            "spec.deletionPolicy",
            "spec.typo",
            "readyExpr",
            "spec.sourceRef.kind: Bucket",
        ] {
            assert!(refused.contains(name), "{name} in {refused}");
        }
        assert_eq!(refused.matches("hint: ").count(), 5);
    }

    #[test]
    fn names_default_to_the_own_namespace() {
        let kustomization = read(&serde_json::json!({"sourceRef": {"kind": "GitRepository", "name": "x"},
            "dependsOn": [{"name": "a"}, {"name": "b", "namespace": "other"}]}));
        assert_eq!(kustomization.source().to_string(), "apps/x");
        let dependencies: Vec<_> = kustomization.dependencies().map(|key| key.to_string()).collect();
        assert_eq!(dependencies, ["apps/a", "other/b"]);
    }
}
