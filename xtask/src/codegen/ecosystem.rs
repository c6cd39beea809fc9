//! The CustomResourceDefinitions of the projects that clusters under Flux use most, from their modules.
//!
//! Most repositories install these by charts or by other means, so that no file of theirs says what a
//! `Certificate` may hold. The table tells. What is taken is what `definitions` takes: names, types, bounds.
//!
//! Projects whose definitions no module carries are missing: grafana-operator, tuppr, VictoriaMetrics.

use std::collections::BTreeMap;

use amethyst_object::{Object, Value, json};

use super::definitions;

/// Modules with their versions, and the files or folders in them. What an earlier one defines counts.
const MODULES: &[(&str, &[&str])] = &[
    ("github.com/fluxcd/helm-controller@v1.6.4", &["config/crd/bases"]),
    ("github.com/fluxcd/kustomize-controller@v1.9.5", &["config/crd/bases"]),
    ("github.com/fluxcd/source-controller@v1.9.1", &["config/crd/bases"]),
    (
        // Carries the release manifests of the controllers whose own modules are not to be had.
        "github.com/controlplaneio-fluxcd/flux-operator@v0.58.0",
        &[
            "config/crd/bases",
            "config/data/flux/v2.9.4/image-automation-controller.yaml",
            "config/data/flux/v2.9.4/image-reflector-controller.yaml",
            "config/data/flux/v2.9.4/notification-controller.yaml",
            "config/data/flux/v2.9.4/source-watcher.yaml",
        ],
    ),
    ("github.com/backube/volsync@v0.14.0", &["config/crd/bases"]),
    ("github.com/cert-manager/cert-manager@v1.20.3", &["deploy/crds"]),
    (
        "github.com/cilium/cilium@v1.19.0",
        &["pkg/k8s/apis/cilium.io/client/crds/v2", "pkg/k8s/apis/cilium.io/client/crds/v2alpha1"],
    ),
    ("github.com/cloudnative-pg/cloudnative-pg@v1.28.0", &["config/crd/bases"]),
    ("github.com/cloudnative-pg/plugin-barman-cloud@v0.15.0", &["config/crd/bases"]),
    ("github.com/envoyproxy/gateway@v1.9.1", &["charts/gateway-helm/charts/crds/crds/generated"]),
    ("github.com/external-secrets/external-secrets@v1.3.2", &["config/crds/bases"]),
    (
        "github.com/k8snetworkplumbingwg/network-attachment-definition-client@v1.7.7",
        &["artifacts/networks-crd.yaml"],
    ),
    ("github.com/kedacore/keda/v2@v2.21.0", &["config/crd/bases"]),
    ("github.com/kubernetes-csi/external-snapshotter/client/v8@v8.7.0", &["client/config/crd"]),
    (
        "github.com/kyverno/kyverno@v1.19.1",
        &["config/crds/kyverno", "config/crds/policies.kyverno.io", "config/crds/policyreport"],
    ),
    ("github.com/prometheus-operator/prometheus-operator@v0.85.0", &["example/prometheus-operator-crd"]),
    ("github.com/rook/rook@v1.15.0", &["deploy/examples/crds.yaml"]),
    ("go.universe.tf/metallb@v0.16.2", &["config/crd/bases"]),
    ("sigs.k8s.io/external-dns@v0.22.0", &["config/crd/standard"]),
    // The experimental channel has all that the standard one has, and more fields.
    ("sigs.k8s.io/gateway-api@v1.6.3", &["config/crd/experimental"]),
    ("sigs.k8s.io/node-feature-discovery@v0.18.3", &["deployment/base/nfd-crds/nfd-api-crds.yaml"]),
    ("sigs.k8s.io/secrets-store-csi-driver@v1.5.5", &["config/crd/bases"]),
];

/// A line for each definition, sorted: `GROUP/KIND SCOPE PLURAL VERSION,VERSION MODULE JSON`. The versions are
/// those that are served.
pub(super) fn table() -> anyhow::Result<String> {
    let mut lines: BTreeMap<(String, String), String> = BTreeMap::new();
    for (module, sources) in MODULES {
        for source in *sources {
            for object in definitions::read(module, source)? {
                let text = |keys: &[&str]| object.str_at(keys).unwrap_or_default().to_owned();
                let key = (text(&["spec", "group"]), text(&["spec", "names", "kind"]));
                let (scope, plural) = (text(&["spec", "scope"]), text(&["spec", "names", "plural"]));
                lines.entry(key).or_insert_with_key(|(group, kind)| {
                    let mut definition = definitions::stripped(&object);
                    if group == "notification.toolkit.fluxcd.io" {
                        widen(&mut definition);
                    }
                    let (versions, json) = (served(&object), json::to_string(&definition));
                    format!("{group}/{kind} {scope} {plural} {versions} {module} {json}\n")
                });
            }
        }
    }
    Ok(lines.into_values().collect())
}

fn served(object: &Object) -> String {
    let versions = object.at(&["spec", "versions"]).and_then(Value::as_array).unwrap_or_default();
    let is_served = |version: &&Value| version.get("served").and_then(Value::as_bool) == Some(true);
    let names: Vec<&str> =
        versions.iter().filter(is_served).filter_map(|version| version.str_at(&["name"])).collect();
    names.join(",")
}

/// Kinds of flux-operator's that it adds to what alerts and receivers may name (`internal/builder/templates.go`).
const NAMED_BY_ALERTS: &[&str] = &["FluxInstance", "ResourceSet", "ResourceSetInputProvider"];

/// Makes of a definition of notification-controller's what flux-operator installs.
fn widen(definition: &mut Value) {
    for version in list_at(definition, &["spec", "versions"]).into_iter().flatten() {
        for named in ["eventSources", "resources"] {
            let schema = ["schema", "openAPIV3Schema", "properties", "spec", "properties", named];
            let path = [schema.as_slice(), &["items", "properties", "kind", "enum"]].concat();
            if let Some(kinds) = list_at(version, &path) {
                kinds.extend(NAMED_BY_ALERTS.iter().map(|kind| Value::from(*kind)));
            }
        }
    }
}

fn list_at<'a>(value: &'a mut Value, path: &[&str]) -> Option<&'a mut Vec<Value>> {
    let mut at = value;
    for key in path {
        at = at.as_object_mut()?.get_mut(key)?;
    }
    at.as_array_mut()
}
