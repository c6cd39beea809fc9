//! What a caller lends to a build: the way to remote bases, and Helm.

use amethyst_diag::Diagnostic;
use amethyst_object::Value;
use amethyst_tree::Tree;

/// Fetches what kustomizations name by URL. Without one, remote entries are refused by name. A fault needs no
/// place: it is told at the entry.
pub trait Bases: Send + Sync {
    /// The repository that a remote entry of `resources` or `components` names
    /// (`https://github.com/org/repo//folder?ref=v1`), and the folder in it that is meant.
    fn fetch(&self, url: &str) -> Result<(Tree, String), Box<Diagnostic>>;

    /// The content of a file at an `http` or `https` URL; `None` when the URL names no file but a
    /// repository, which is fetched then.
    fn read(&self, url: &str) -> Result<Option<Vec<u8>>, Box<Diagnostic>>;
}

/// Renders the charts of `helmCharts`. Without one, they are refused by name.
pub trait HelmInflator: Send + Sync {
    /// The text of the chart's own `values.yaml`. Asked only for charts that lie not in the tree.
    fn values(&self, chart: &HelmChart) -> Result<String, Box<Diagnostic>>;

    /// Renders the chart as `helm template` does, to the text of its documents. `chart.values` are the value
    /// files, in the order in which they override one another. When `chart.folder` is set, the chart lies
    /// there in `tree`; else it comes from `chart.repo`.
    fn inflate(&self, chart: &HelmChart, tree: &Tree) -> Result<String, Box<Diagnostic>>;
}

/// An entry of `helmCharts`, with `helmGlobals`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HelmChart {
    /// The chart's name.
    pub name: String,
    /// Its version; empty for the newest.
    pub version: String,
    /// The repository's URL, `oci://` too; empty for a chart of the tree.
    pub repo: String,
    /// The release's name; empty for a generated one.
    pub release_name: String,
    /// The release's namespace.
    pub namespace: String,
    /// A template for the release's name.
    pub name_template: String,
    /// The folder of the chart in the tree, when it lies there.
    pub folder: Option<String>,
    /// The texts of the value files, in order; the first holds `valuesInline` merged as asked.
    pub values: Vec<String>,
    /// Whether the chart's CRDs are printed.
    pub include_crds: bool,
    /// Whether hooks are left out.
    pub skip_hooks: bool,
    /// Whether tests are left out.
    pub skip_tests: bool,
    /// API versions that the cluster is said to have.
    pub api_versions: Vec<String>,
    /// The Kubernetes version to render for; empty for the default.
    pub kube_version: String,
    /// Whether development versions count.
    pub devel: bool,
    pub(crate) values_file: String,
    pub(crate) additional_values_files: Vec<String>,
    pub(crate) values_inline: Option<Value>,
    pub(crate) values_merge: String,
    pub(crate) chart_home: String,
}
