//! From a source's files to the objects that are applied.

use std::collections::BTreeMap;
use std::sync::Arc;

use amethyst_object::{Map, Object, Value, json};
use amethyst_render::{KustomizationInput, render_kustomization};
use amethyst_tree::{Trace, Tree};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::artifacts::hex_digest;
use crate::names::{self, reasons};

/// The objects of a Kustomization.
#[derive(Clone, Debug, Default)]
pub(crate) struct Built {
    /// In the order of the build.
    pub(crate) objects: Vec<Object>,
    /// Of their content.
    pub(crate) digest: String,
    /// What people should know though it works, one sentence each.
    pub(crate) warnings: Vec<String>,
    /// What the build looked at in its source.
    pub(crate) trace: Arc<Trace>,
}

/// Nothing came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuildFailure {
    /// The reason of the condition.
    pub(crate) reason: &'static str,
    /// All that is wrong, one line each.
    pub(crate) message: String,
}

impl BuildFailure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { reason: reasons::BUILD_FAILED, message: message.into() }
    }
}

/// Builds the objects of the Kustomization `namespace`/`name` with this `spec`. CPU work: call it where
/// blocking is allowed.
pub(crate) fn build(
    tree: &Tree,
    spec: &Value,
    variables: BTreeMap<String, String>,
    namespace: &str,
    name: &str,
) -> Result<Built, BuildFailure> {
    let mut input = KustomizationInput::from_spec(spec);
    if let Some(substitution) = &mut input.substitution {
        for (name, value) in variables {
            substitution.variables.entry(name).or_insert(value);
        }
    }
    let trace = Arc::new(Trace::default());
    let rendered = render_kustomization(&tree.traced(&trace), &input, None);
    let (errors, warnings): (Vec<_>, Vec<_>) =
        rendered.diagnostics.into_iter().partition(amethyst_diag::Diagnostic::is_error);
    if let Some(missing) = errors.iter().find(|error| error.code == "kustomization-path") {
        return Err(BuildFailure { reason: reasons::ARTIFACT_FAILED, message: missing.message.clone() });
    }
    if !errors.is_empty() {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        return Err(BuildFailure::new(format!("kustomize build failed: {}", lines.join("\n"))));
    }
    let mut objects = Vec::with_capacity(rendered.objects.len());
    let mut hash = Sha256::new();
    for rendered in rendered.objects {
        let mut object = rendered.object;
        hash.update(json::to_string(&Value::Object(object.0.clone())));
        hash.update([0]);
        normalize(&mut object)?;
        own(&mut object, namespace, name);
        objects.push(object);
    }
    let warnings = warnings.iter().map(ToString::to_string).collect();
    Ok(Built { objects, digest: hex_digest(hash), warnings, trace })
}

/// Brings an object into the form that an apply wants (fluxcd/pkg `ssa/normalize`): no status but a
/// definition's, no creation time, a Secret's text as data.
fn normalize(object: &mut Object) -> Result<(), BuildFailure> {
    let id = object.id();
    if id.name.is_empty() || id.kind.is_empty() || object.api_version().is_empty() {
        let text = json::to_string(&Value::Object(object.0.clone()));
        let message = format!("failed to decode Kubernetes apiVersion, kind and name from: {text}");
        return Err(BuildFailure::new(message));
    }
    if id.kind != "CustomResourceDefinition" {
        object.0.remove("status");
    }
    object.metadata_mut().remove("creationTimestamp");
    if object.api_version() == "v1" && id.kind == "Secret" {
        if object.0.contains_key("sops") {
            return Err(BuildFailure {
                reason: reasons::RECONCILIATION_FAILED,
                message: format!(
                    "{id} is SOPS encrypted, configuring decryption is required for this secret to be reconciled"
                ),
            });
        }
        if let Some(Value::Object(texts)) = object.0.remove("stringData") {
            let data = object.0.object_mut("data");
            for (key, text) in texts {
                data.insert(key, STANDARD.encode(text.as_str().unwrap_or_default()));
            }
        }
    }
    Ok(())
}

/// Says to which Kustomization an object belongs.
fn own(object: &mut Object, namespace: &str, name: &str) {
    let labels: &mut Map = object.metadata_mut().object_mut("labels");
    labels.insert(names::OWNER_NAME, name);
    labels.insert(names::OWNER_NAMESPACE, namespace);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use amethyst_object::{Value, value};
    use amethyst_tree::Tree;

    use super::{Built, build};

    fn built(file: &str, spec: &Value, variables: &[(&str, &str)]) -> Result<Built, String> {
        let tree = Tree::from_files([("apps/a.yaml", file)]);
        let variables: BTreeMap<_, _> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        build(&tree, spec, variables, "flux-system", "web")
            .map_err(|failure| format!("{}: {}", failure.reason, failure.message))
    }

    #[test]
    fn objects_carry_their_owner_and_lose_what_is_not_theirs_to_say() {
        let file = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, creationTimestamp: null}\nstringData: {a: b}\nstatus: {x: 1}\n";
        let built = built(file, &value!({"path": "apps"}), &[]).unwrap();
        let secret = &built.objects[0];
        assert_eq!(secret.label("kustomize.toolkit.fluxcd.io/name"), Some("web"));
        assert_eq!(secret.label("kustomize.toolkit.fluxcd.io/namespace"), Some("flux-system"));
        assert_eq!(secret.str_at(&["data", "a"]), Some("Yg=="));
        assert!(secret.at(&["stringData"]).is_none() && secret.at(&["status"]).is_none());
    }

    #[test]
    fn variables_in_line_win_over_those_from_objects() {
        let file = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: \"${A}\", b: \"${B}\"}\n";
        let spec = value!({"path": "apps", "postBuild": {"substitute": {"A": "inline"}}});
        let built = built(file, &spec, &[("A", "object"), ("B", "object")]).unwrap();
        let data = |key| built.objects[0].str_at(&["data", key]).map(ToOwned::to_owned);
        assert_eq!((data("a").as_deref(), data("b").as_deref()), (Some("inline"), Some("object")));
    }

    #[test]
    fn failures_have_upstreams_reasons() {
        let failure = |file: &str, path: &str| built(file, &value!({"path": (path)}), &[]).unwrap_err();
        assert!(failure("a: [", "apps").starts_with("BuildFailed: kustomize build failed: apps/a.yaml:"));
        assert!(failure("", "nope").starts_with("ArtifactFailed: kustomization path not found"));
        let sops = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nsops: {mac: x}\n";
        assert!(failure(sops, "apps").starts_with("ReconciliationFailed: Secret/s is SOPS encrypted"));
    }
}
