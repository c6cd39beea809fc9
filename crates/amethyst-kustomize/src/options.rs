//! What a caller adds to a build.

use std::fmt;

use amethyst_object::{Map, Value};

use crate::cache::FileCache;
use crate::hooks::{Bases, HelmInflator};

/// How a build differs from a plain `kustomize build`.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// What is merged into the kustomization that is built, as Flux does.
    pub overlay: Option<&'a Overlay>,
    /// The order of objects when the kustomization itself has no `sortOptions`.
    pub order: Order,
    /// Without a kustomization file the folder's files are the resources, as Flux has it; without this,
    /// a missing kustomization file is an error.
    pub generate: bool,
    /// Which files a kustomization may read.
    pub load_restrictions: LoadRestrictions,
    /// The way to remote bases and files; without it they are refused by name.
    pub bases: Option<&'a dyn Bases>,
    /// What renders `helmCharts`; without it they are refused by name.
    pub helm: Option<&'a dyn HelmInflator>,
    /// Parsed files, kept from build to build.
    pub files: Option<&'a FileCache>,
    /// The version that `app.kubernetes.io/managed-by` tells (`kustomize-VERSION`) where the label is asked
    /// for by `buildMetadata` or by `add_managed_by`; the peer's own when empty.
    pub version: &'a str,
    /// Puts `app.kubernetes.io/managed-by` on every object, as `--enable-managedby-label` does.
    pub add_managed_by: bool,
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("overlay", &self.overlay)
            .field("order", &self.order)
            .field("generate", &self.generate)
            .field("load_restrictions", &self.load_restrictions)
            .finish_non_exhaustive()
    }
}

/// The order of objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As they were read.
    #[default]
    Fifo,
    /// By kind: Namespaces first, webhooks last; what the command line of kustomize does.
    Legacy,
}

/// Which files a kustomization may read. Bases may lie anywhere in the tree, and nothing may lie outside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoadRestrictions {
    /// Any file of the tree, as Flux has it (`LoadRestrictionsNone`).
    #[default]
    None,
    /// Files in or below the kustomization's own folder, as `kustomize build` has it
    /// (`LoadRestrictionsRootOnly`).
    RootOnly,
}

/// What a Flux Kustomization adds to the kustomization file it builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// Replaces `namespace`.
    pub namespace: Option<String>,
    /// Replaces `namePrefix`.
    pub name_prefix: Option<String>,
    /// Replaces `nameSuffix`.
    pub name_suffix: Option<String>,
    /// Entries of `patches`, appended; each a map with `patch` and perhaps `target`.
    pub patches: Vec<Value>,
    /// Entries of `images`, merged by name.
    pub images: Vec<Value>,
    /// Folders appended to `components`.
    pub components: Vec<String>,
    /// Components that do not exist are left out instead of being an error.
    pub ignore_missing_components: bool,
    /// Labels put on every object at the end.
    pub common_labels: Vec<(String, String)>,
    /// Annotations put on every object at the end.
    pub common_annotations: Vec<(String, String)>,
}

impl Overlay {
    /// Reads the `spec` of a Flux Kustomization (`kustomize.toolkit.fluxcd.io`).
    pub fn from_flux(spec: &Value) -> Self {
        let text = |key: &str| spec.str_at(&[key]).filter(|text| !text.is_empty()).map(str::to_owned);
        let list = |key: &str| spec.get(key).and_then(Value::as_array).unwrap_or_default();
        let pairs = |key: &str| {
            let map = spec.at(&["commonMetadata", key]).and_then(Value::as_object);
            let pairs = map.into_iter().flat_map(Map::iter);
            pairs.filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_owned()))).collect()
        };
        Self {
            namespace: text("targetNamespace"),
            name_prefix: text("namePrefix"),
            name_suffix: text("nameSuffix"),
            patches: list("patches").to_vec(),
            images: list("images").to_vec(),
            components: list("components")
                .iter()
                .filter_map(|path| path.as_str().map(str::to_owned))
                .collect(),
            ignore_missing_components: spec.get("ignoreMissingComponents").and_then(Value::as_bool)
                == Some(true),
            common_labels: pairs("labels"),
            common_annotations: pairs("annotations"),
        }
    }
}
