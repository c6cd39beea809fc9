//! kustomize: overlays to objects, with origins.
//!
//! [`build`] reads the kustomization of a folder of a tree and gives the objects that `kustomize build` prints,
//! each with the file and line it came from. Broken input becomes diagnostics; one broken file hides no other.
//! Remote bases and Helm charts come through traits that a caller may lend ([`Bases`], [`HelmInflator`]); plugins
//! that are not built in are refused by name, as kustomize itself refuses them unless told otherwise.
//! This crate does no IO: the tree is handed in, and its blobs are read through it.

mod cache;
mod config;
mod decode;
mod fieldspec;
mod flux;
mod generate;
mod hash;
mod helm;
mod hooks;
mod id;
mod json_patch;
mod kustomization;
mod load;
mod lookup;
mod merge;
mod nameref;
mod options;
mod path;
mod provenance;
mod schema;
mod selector;
mod set;
mod size;
mod sort;
mod specs;
mod target;
mod transform;
mod vars;

use amethyst_diag::Diagnostic;
use amethyst_object::Object;
use amethyst_tree::Tree;

pub use cache::FileCache;
pub use flux::generate_kustomization;
pub use hooks::{Bases, HelmChart, HelmInflator};
pub use options::{LoadRestrictions, Options, Order, Overlay};

/// An object that a build made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The object.
    pub object: Object,
    /// Where it came from.
    pub origin: Origin,
}

/// Where an object came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file, relative to the tree.
    pub file: String,
    /// Its document's place in the file, from 0.
    pub document: usize,
    /// The line it begins at, from 1.
    pub line: u32,
    /// The field of the kustomization in `file` that generated it: `configMapGenerator`.
    pub generated_by: Option<String>,
}

/// Builds the kustomization in the folder `path` of `tree`; `""` is the tree itself.
///
/// The objects are those that could be made; when a diagnostic is an error, some are missing or unfinished,
/// and nobody should apply them.
pub fn build(tree: &Tree, path: &str, options: &Options<'_>) -> (Vec<Resource>, Vec<Diagnostic>) {
    target::build(tree, path, options)
}

/// The objects as `kustomize build` prints them.
pub fn to_yaml(resources: &[Resource]) -> String {
    let documents =
        resources.iter().map(|resource| amethyst_yaml::emit(&resource.object.clone().into_value()));
    documents.collect::<Vec<_>>().join("---\n")
}
