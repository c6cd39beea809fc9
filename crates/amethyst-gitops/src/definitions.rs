//! The CustomResourceDefinitions of the kinds that are served here: the fields, types and limits of
//! Flux's own, without descriptions and without CEL rules.
//!
//! GitRepository and Kustomization are acted on, and written out here. HelmRelease and the sources of charts
//! are stored and nothing more; their definitions are those of the ecosystem's table.
//!
//! Older versions are served with the schema of `v1` and a warning that names the migration; fields that
//! only they had are kept, so that the controller can refuse them by name. `file://` is a URL here.

use amethyst_object::{Map, Object, Value, json, value};

use crate::names::{GIT_REPOSITORY, HELM_GROUP, KUSTOMIZATION, KUSTOMIZE_GROUP, SOURCE_GROUP};

/// Kinds that are stored, and that nothing here acts on.
const STORED: &[(&str, &str)] = &[
    (SOURCE_GROUP, "Bucket"),
    (SOURCE_GROUP, "HelmChart"),
    (SOURCE_GROUP, "HelmRepository"),
    (SOURCE_GROUP, "OCIRepository"),
    (HELM_GROUP, "HelmRelease"),
];

/// How a duration is written; git operations know no hours.
const DURATION: &str = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$";
const SHORT_DURATION: &str = "^([0-9]+(\\.[0-9]+)?(ms|s|m))+$";

/// The definitions of GitRepository and Kustomization, then those of the kinds that are stored and not acted on.
pub fn definitions() -> Vec<Object> {
    let git = Definition {
        group: SOURCE_GROUP,
        kind: GIT_REPOSITORY,
        plural: "gitrepositories",
        short: "gitrepo",
        category: "fluxcd-sources",
        columns: vec![column("URL", "string", ".spec.url")],
        spec: git_repository(),
        status: git_repository_status(),
    };
    let kustomization = Definition {
        group: KUSTOMIZE_GROUP,
        kind: KUSTOMIZATION,
        plural: "kustomizations",
        short: "ks",
        category: "fluxcd-appliers",
        columns: Vec::new(),
        spec: kustomization(),
        status: kustomization_status(),
    };
    let mut definitions = vec![git.object(), kustomization.object()];
    definitions.extend(STORED.iter().filter_map(|(group, kind)| stored(group, kind)));
    definitions
}

/// The definition of a kind as its project has it; a test holds that there is one for each.
fn stored(group: &str, kind: &str) -> Option<Object> {
    let definition = amethyst_kinds::ecosystem(group, kind)?;
    let mut object = Object::from_value(json::parse(definition.object.as_bytes()).ok()?)?;
    object.metadata_mut().object_mut("annotations").insert(SUBSTITUTE, "disabled");
    Some(object)
}

/// Variables of a Kustomization do not reach into a definition that it brings.
const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";

struct Definition {
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    short: &'static str,
    category: &'static str,
    columns: Vec<Value>,
    spec: Value,
    status: Value,
}

impl Definition {
    fn object(self) -> Object {
        let versions: Vec<Value> =
            ["v1", "v1beta2", "v1beta1"].iter().map(|version| self.version(version)).collect();
        let definition = value!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": (format!("{}.{}", self.plural, self.group)),
                "annotations": {"kustomize.toolkit.fluxcd.io/substitute": "disabled"},
            },
            "spec": {
                "group": (self.group),
                "names": {
                    "categories": ["all", "fluxcd", (self.category)],
                    "kind": (self.kind),
                    "listKind": (format!("{}List", self.kind)),
                    "plural": (self.plural),
                    "shortNames": [(self.short)],
                    "singular": (self.kind.to_lowercase()),
                },
                "scope": "Namespaced",
                "versions": (versions),
            },
        });
        Object::from_value(definition).expect("it was written as a map")
    }

    fn version(&self, name: &str) -> Value {
        let mut columns = self.columns.clone();
        let ready = |field: &str| format!(".status.conditions[?(@.type==\"Ready\")].{field}");
        columns.extend([
            column("Age", "date", ".metadata.creationTimestamp"),
            column("Ready", "string", &ready("status")),
            column("Status", "string", &ready("message")),
        ]);
        let schema = object([
            ("apiVersion", string()),
            ("kind", string()),
            ("metadata", value!({"type": "object"})),
            ("spec", self.spec.clone()),
            ("status", self.status.clone()),
        ]);
        let stored = name == "v1";
        let mut version = value!({
            "additionalPrinterColumns": (columns),
            "name": (name),
            "schema": {"openAPIV3Schema": (schema)},
            "served": true,
            "storage": (stored),
            "subresources": {"status": {}},
        });
        if let Some(version) = version.as_object_mut().filter(|_| !stored) {
            let warning = format!("{name} {} is deprecated, upgrade to v1", self.kind);
            version.insert("deprecated", true);
            version.insert("deprecationWarning", warning);
        }
        version
    }
}

fn kustomization() -> Value {
    let fields = [
        ("buildMetadata", list(choice(&["originAnnotations", "transformerAnnotations"]))),
        ("commonMetadata", object([("annotations", strings()), ("labels", strings())])),
        ("components", list(string())),
        (
            "decryption",
            required(
                object([
                    ("provider", choice(&["sops"])),
                    ("secretRef", reference()),
                    ("serviceAccountName", string()),
                ]),
                &["provider"],
            ),
        ),
        ("deletionPolicy", choice(&["MirrorPrune", "Delete", "WaitForTermination", "Orphan"])),
        (
            "dependsOn",
            list(required(
                object([("name", string()), ("namespace", string()), ("readyExpr", string())]),
                &["name"],
            )),
        ),
        ("force", with(boolean(), "default", false)),
        (
            "healthCheckExprs",
            list(required(
                object(
                    ["apiVersion", "current", "failed", "inProgress", "kind"].map(|name| (name, string())),
                ),
                &["apiVersion", "current"],
            )),
        ),
        (
            "healthChecks",
            list(required(
                object(["apiVersion", "kind", "name", "namespace"].map(|name| (name, string()))),
                &["kind", "name"],
            )),
        ),
        ("ignore", list(required(object([("paths", list(string())), ("target", target())]), &["paths"]))),
        ("ignoreMissingComponents", boolean()),
        (
            "images",
            list(required(
                object(["digest", "name", "newName", "newTag"].map(|name| (name, string()))),
                &["name"],
            )),
        ),
        ("interval", pattern(DURATION)),
        (
            "kubeConfig",
            object([
                ("configMapRef", reference()),
                ("secretRef", required(object([("key", string()), ("name", string())]), &["name"])),
            ]),
        ),
        ("namePrefix", sized(1, 200)),
        ("nameSuffix", sized(1, 200)),
        ("patches", list(required(object([("patch", string()), ("target", target())]), &["patch"]))),
        ("patchesJson6902", anything_in_a_list()),
        ("patchesStrategicMerge", anything_in_a_list()),
        ("path", string()),
        ("postBuild", post_build()),
        ("prune", boolean()),
        ("retryInterval", pattern(DURATION)),
        ("serviceAccountName", string()),
        (
            "sourceRef",
            required(
                object([
                    ("apiVersion", string()),
                    ("kind", choice(&["OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"])),
                    ("name", string()),
                    ("namespace", string()),
                ]),
                &["kind", "name"],
            ),
        ),
        ("suspend", boolean()),
        ("targetNamespace", sized(1, 63)),
        ("timeout", pattern(DURATION)),
        ("validation", choice(&["none", "client", "server"])),
        ("wait", boolean()),
    ];
    required(object(fields), &["interval", "prune", "sourceRef"])
}

fn post_build() -> Value {
    let from = object([
        ("kind", choice(&["Secret", "ConfigMap"])),
        ("name", sized(1, 253)),
        ("optional", with(boolean(), "default", false)),
    ]);
    object([
        ("substitute", strings()),
        ("substituteFrom", list(required(from, &["kind", "name"]))),
        ("substituteStrategy", choice(&["WithVariables", "Always"])),
    ])
}

fn kustomization_status() -> Value {
    let result = object([
        ("digest", string()),
        ("firstReconciled", date()),
        ("lastReconciled", date()),
        ("lastReconciledDuration", string()),
        ("lastReconciledStatus", string()),
        ("metadata", strings()),
        ("totalReconciliations", integer()),
    ]);
    let result_fields = [
        "digest",
        "firstReconciled",
        "lastReconciled",
        "lastReconciledDuration",
        "lastReconciledStatus",
        "totalReconciliations",
    ];
    let entry = required(object([("id", string()), ("v", string())]), &["id", "v"]);
    status([
        ("history", list(required(result, &result_fields))),
        ("inventory", required(object([("entries", list(entry))]), &["entries"])),
        ("lastAppliedOriginRevision", string()),
        ("lastAppliedRevision", string()),
        ("lastAttemptedRevision", string()),
    ])
}

fn git_repository() -> Value {
    let fields = [
        ("ignore", string()),
        ("include", list(include())),
        ("interval", pattern(DURATION)),
        ("provider", choice(&["generic", "aws", "azure", "github"])),
        ("proxySecretRef", reference()),
        ("recurseSubmodules", boolean()),
        ("ref", object(["branch", "commit", "name", "semver", "tag"].map(|name| (name, string())))),
        ("secretRef", reference()),
        ("serviceAccountName", string()),
        ("sparseCheckout", list(string())),
        ("suspend", boolean()),
        ("timeout", with(pattern(SHORT_DURATION), "default", "60s")),
        ("url", pattern("^(http|https|ssh|file)://.*$")),
        (
            "verify",
            required(
                object([
                    ("mode", with(choice(&["head", "HEAD", "Tag", "TagAndHEAD"]), "default", "HEAD")),
                    ("secretRef", reference()),
                ]),
                &["secretRef"],
            ),
        ),
    ];
    required(object(fields), &["interval", "url"])
}

fn include() -> Value {
    let fields = object([("fromPath", string()), ("repository", reference()), ("toPath", string())]);
    required(fields, &["repository"])
}

fn git_repository_status() -> Value {
    let artifact = || {
        let fields = object([
            ("digest", pattern("^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$")),
            ("lastUpdateTime", date()),
            ("metadata", strings()),
            ("path", string()),
            ("revision", string()),
            ("size", integer()),
            ("url", string()),
        ]);
        required(fields, &["digest", "lastUpdateTime", "path", "revision", "url"])
    };
    status([
        ("artifact", artifact()),
        ("includedArtifacts", list(artifact())),
        ("observedIgnore", string()),
        ("observedInclude", list(include())),
        ("observedRecurseSubmodules", boolean()),
        ("observedSparseCheckout", list(string())),
        ("sourceVerificationMode", string()),
    ])
}

/// A status with the fields that all have. It says `-1` before anyone has looked, so that kstatus sees
/// work in flight.
fn status<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut status = object(fields);
    if let Some(status) = status.as_object_mut() {
        let properties = status.object_mut("properties");
        properties.insert("conditions", list(condition()));
        properties.insert("lastHandledReconcileAt", string());
        properties.insert("observedGeneration", integer());
    }
    with(status, "default", value!({"observedGeneration": (-1_i64)}))
}

fn condition() -> Value {
    let name = "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$";
    let fields = [
        ("lastTransitionTime", date()),
        ("message", with(string(), "maxLength", 32_768)),
        ("observedGeneration", with(integer(), "minimum", 0)),
        (
            "reason",
            with(
                with(pattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"), "minLength", 1),
                "maxLength",
                1024,
            ),
        ),
        ("status", choice(&["True", "False", "Unknown"])),
        ("type", with(pattern(name), "maxLength", 316)),
    ];
    required(object(fields), &["lastTransitionTime", "message", "reason", "status", "type"])
}

fn column(name: &str, kind: &str, path: &str) -> Value {
    value!({"jsonPath": (path), "name": (name), "type": (kind)})
}

fn string() -> Value {
    value!({"type": "string"})
}

fn boolean() -> Value {
    value!({"type": "boolean"})
}

fn integer() -> Value {
    value!({"type": "integer", "format": "int64"})
}

fn date() -> Value {
    value!({"type": "string", "format": "date-time"})
}

fn pattern(pattern: &str) -> Value {
    value!({"type": "string", "pattern": (pattern)})
}

fn sized(min: i64, max: i64) -> Value {
    value!({"type": "string", "minLength": (min), "maxLength": (max)})
}

fn choice(words: &[&str]) -> Value {
    value!({"type": "string", "enum": (words.to_vec())})
}

fn strings() -> Value {
    value!({"type": "object", "additionalProperties": {"type": "string"}})
}

fn list(items: Value) -> Value {
    value!({"type": "array", "items": (items)})
}

fn anything_in_a_list() -> Value {
    list(value!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}))
}

fn reference() -> Value {
    required(object([("name", string())]), &["name"])
}

fn target() -> Value {
    let names = ["annotationSelector", "group", "kind", "labelSelector", "name", "namespace", "version"];
    object(names.map(|name| (name, string())))
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let properties: Map = fields.into_iter().collect();
    value!({"type": "object", "properties": (properties)})
}

fn required(schema: Value, names: &[&str]) -> Value {
    with(schema, "required", names.to_vec())
}

fn with(mut schema: Value, key: &str, value: impl Into<Value>) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert(key, value);
    }
    schema
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Object, Value};

    use super::definitions;

    #[test]
    fn one_version_is_stored_and_the_older_ones_warn() {
        let definitions = definitions();
        let names: Vec<_> = definitions.iter().map(Object::name).collect();
        assert_eq!(
            names,
            [
                "gitrepositories.source.toolkit.fluxcd.io",
                "kustomizations.kustomize.toolkit.fluxcd.io",
                "buckets.source.toolkit.fluxcd.io",
                "helmcharts.source.toolkit.fluxcd.io",
                "helmrepositories.source.toolkit.fluxcd.io",
                "ocirepositories.source.toolkit.fluxcd.io",
                "helmreleases.helm.toolkit.fluxcd.io",
            ]
        );
        for definition in &definitions[..2] {
            let versions = definition.at(&["spec", "versions"]).and_then(Value::as_array).unwrap();
            let stored: Vec<_> =
                versions.iter().filter(|it| it.at(&["storage"]) == Some(&true.into())).collect();
            assert_eq!(stored.len(), 1);
            for version in versions.iter().filter(|it| it.str_at(&["name"]) != Some("v1")) {
                assert!(version.str_at(&["deprecationWarning"]).unwrap().ends_with("upgrade to v1"));
            }
        }
        for definition in &definitions[2..] {
            let wanted = if definition.name().starts_with("helmreleases") { "v2" } else { "v1" };
            let versions = definition.at(&["spec", "versions"]).and_then(Value::as_array).unwrap();
            let stored = versions.iter().find(|it| it.at(&["storage"]) == Some(&true.into())).unwrap();
            assert_eq!(stored.str_at(&["name"]), Some(wanted), "{}", definition.name());
            assert_eq!(definition.annotation(super::SUBSTITUTE), Some("disabled"));
        }
    }
}
