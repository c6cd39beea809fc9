//! The CustomResourceDefinitions that the reference homelab brings, from the modules of their projects.
//!
//! What is taken are names, types and bounds. Left out are descriptions, CEL rules with their messages,
//! conversion webhooks and everything a release process wrote into metadata: none of that is ours to copy.

use std::path::{Path, PathBuf};

use amethyst_object::{Map, Object, Value, value};
use amethyst_yaml::{Dialect, emit, parse_all};
use anyhow::{Context, bail};

/// One component of the homelab and where its definitions come from.
struct Component {
    /// The folder of the component in the homelab.
    folder: &'static str,
    /// The Go module, with its version.
    module: &'static str,
    /// A file of the module, or a folder of files.
    source: &'static str,
    /// The kinds that are taken; empty for all.
    kinds: &'static [&'static str],
}

const COMPONENTS: &[Component] = &[
    Component {
        folder: "kubernetes/cert-manager/cert-manager",
        module: "github.com/cert-manager/cert-manager@v1.20.3",
        source: "deploy/crds",
        kinds: &[],
    },
    Component {
        folder: "kubernetes/metallb-system/metallb",
        module: "go.universe.tf/metallb@v0.15.3",
        source: "config/crd/bases",
        kinds: &[],
    },
    Component {
        folder: "kubernetes/kube-system/cilium",
        module: "github.com/cilium/cilium@v1.19.0",
        source: "pkg/k8s/apis/cilium.io/client/crds/v2",
        kinds: &["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "CiliumCIDRGroup"],
    },
    Component {
        folder: "kubernetes/kyverno/kyverno",
        module: "github.com/kyverno/kyverno@v1.15.2",
        source: "config/crds/kyverno",
        kinds: &["ClusterPolicy", "Policy", "PolicyException", "ClusterCleanupPolicy", "CleanupPolicy"],
    },
    Component {
        folder: "kubernetes/cnpg-system/cloudnative-pg",
        module: "github.com/cloudnative-pg/cloudnative-pg@v1.28.0",
        source: "config/crd/bases",
        kinds: &[],
    },
    Component {
        folder: "kubernetes/volsync-system/volsync",
        module: "github.com/backube/volsync@v0.14.0",
        source: "config/crd/bases",
        kinds: &[],
    },
    Component {
        folder: "kubernetes/rook-ceph/rook-ceph",
        module: "github.com/rook/rook@v1.15.0",
        source: "deploy/examples/crds.yaml",
        kinds: &[],
    },
    Component {
        folder: "kubernetes/kube-system/secrets-store-csi-driver",
        module: "sigs.k8s.io/secrets-store-csi-driver@v1.5.5",
        source: "config/crd/bases",
        kinds: &[],
    },
    Component {
        folder: "kubernetes/kube-system/snapshot-controller",
        module: "github.com/kubernetes-csi/external-snapshotter/client/v8@v8.4.0",
        source: "client/config/crd",
        kinds: &["VolumeSnapshot", "VolumeSnapshotClass", "VolumeSnapshotContent"],
    },
];

/// Where a group below `k8s.io` says that its API was reviewed.
const APPROVED: &str = "api-approved.kubernetes.io";

/// The files to write, by their path in the repository.
pub(crate) fn files() -> anyhow::Result<Vec<(PathBuf, String)>> {
    COMPONENTS
        .iter()
        .map(|component| Ok((Path::new(component.folder).join("crds.yaml"), text(component)?)))
        .collect()
}

fn text(component: &Component) -> anyhow::Result<String> {
    let mut definitions = read(component.module, component.source)?;
    definitions.retain(|object| {
        let kind = object.str_at(&["spec", "names", "kind"]).unwrap_or_default();
        component.kinds.is_empty() || component.kinds.contains(&kind)
    });
    let missing = component.kinds.iter().find(|kind| {
        !definitions.iter().any(|object| object.str_at(&["spec", "names", "kind"]) == Some(kind))
    });
    if let Some(kind) = missing {
        bail!("`{}` declares no `{kind}`", component.module);
    }
    definitions.sort_by(|a, b| a.name().cmp(b.name()));
    let documents: Vec<String> = definitions.iter().map(|object| emit(&stripped(object))).collect();
    Ok(format!("# from {}\n{}", component.module, documents.join("---\n")))
}

/// The CustomResourceDefinitions in a file of a module, or in the files of a folder of it.
pub(super) fn read(module: &str, source: &str) -> anyhow::Result<Vec<Object>> {
    let folder = super::modules::download(module)?;
    let mut definitions = Vec::new();
    for file in sources(&folder, source)? {
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("failed to read `{}`", file.display()))?;
        let (documents, faults) = parse_all(&text, Dialect::GoV2);
        if let Some(fault) = faults.first() {
            bail!("`{}`: {fault}", file.display());
        }
        definitions.extend(documents.into_iter().filter_map(|document| Object::from_value(document.value)));
    }
    definitions.retain(|object| object.kind() == "CustomResourceDefinition");
    Ok(definitions)
}

fn sources(module: &Path, source: &str) -> anyhow::Result<Vec<PathBuf>> {
    // A module in a folder of its repository has that folder as its root.
    let found = [module.join(source), module.join(source.split_once('/').map_or(source, |(_, rest)| rest))];
    let path = found.iter().find(|path| path.exists()).with_context(|| format!("found no `{source}`"))?;
    if path.is_file() {
        return Ok(vec![path.clone()]);
    }
    let entries = std::fs::read_dir(path).with_context(|| format!("failed to read `{}`", path.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    Ok(files)
}

/// A definition without prose, rules and conversion.
pub(super) fn stripped(object: &Object) -> Value {
    let mut spec = object.at(&["spec"]).cloned().unwrap_or_default();
    if let Some(spec) = spec.as_object_mut() {
        spec.remove("conversion");
        for version in spec.get_mut("versions").and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(version) = version.as_object_mut() else { continue };
            version.remove("deprecationWarning");
            for column in version
                .get_mut("additionalPrinterColumns")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                column.as_object_mut().map(|column| column.remove("description"));
            }
            if let Some(schema) = version
                .get_mut("schema")
                .and_then(|schema| schema.as_object_mut()?.get_mut("openAPIV3Schema"))
            {
                strip_schema(schema);
            }
        }
    }
    let mut metadata = value!({"name": (object.name())});
    // Without this annotation an API server refuses definitions of groups below `k8s.io`.
    if let (Some(approved), Some(metadata)) = (object.annotation(APPROVED), metadata.as_object_mut()) {
        metadata.object_mut("annotations").insert(APPROVED, approved);
    }
    let mut definition =
        value!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"});
    if let Some(map) = definition.as_object_mut() {
        map.insert("metadata", metadata);
        map.insert("spec", spec);
    }
    definition
}

/// Takes prose and rules out of a schema. Names of properties are not keywords, whatever they are called.
fn strip_schema(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    for keyword in ["description", "title", "example", "externalDocs", "x-kubernetes-validations"] {
        map.remove(keyword);
    }
    for keyword in ["properties", "patternProperties", "definitions"] {
        let named = map.get_mut(keyword).and_then(Value::as_object_mut);
        named.into_iter().flat_map(Map::iter_mut).for_each(|(_, schema)| strip_schema(schema));
    }
    for keyword in ["items", "additionalProperties", "not"] {
        map.get_mut(keyword).map(strip_schema);
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        map.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten().for_each(strip_schema);
    }
}
