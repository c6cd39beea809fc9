//! `amethyst helm ...` and `amethyst kustomize ...`: spelled as the tools whose places they take.

mod untold;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

pub(crate) use untold::{Answer, Untold};

/// `amethyst helm`.
#[derive(Debug, Subcommand)]
pub(crate) enum Helm {
    /// Render a chart, as `helm template` does
    #[command(disable_version_flag = true)]
    Template(Box<Template>),
    /// Run the tests of charts, as `helm unittest` does
    Test(Box<Test>),
}

/// `amethyst helm template`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are Helm's switches")]
pub(crate) struct Template {
    /// Name of the release, then the chart; or the chart alone: a folder, a packaged chart, or one that was
    /// fetched (`oci://...`)
    #[arg(value_name = "[NAME] CHART", num_args = 1.., required = true)]
    pub(crate) what: Vec<String>,
    /// Take values from a file, or from stdin (-); may be given often
    #[arg(short = 'f', long, value_name = "FILE", value_delimiter = ',')]
    pub(crate) values: Vec<String>,
    /// Set values: key1=val1,key2=val2
    #[arg(long, value_name = "VALUES")]
    pub(crate) set: Vec<String>,
    /// Set values that are text
    #[arg(long, value_name = "VALUES")]
    pub(crate) set_string: Vec<String>,
    /// Set values from files: key1=path1
    #[arg(long, value_name = "VALUES")]
    pub(crate) set_file: Vec<String>,
    /// Set values that are JSON
    #[arg(long, value_name = "VALUES")]
    pub(crate) set_json: Vec<String>,
    /// Set one value that is taken as it is
    #[arg(long, value_name = "VALUE")]
    pub(crate) set_literal: Vec<String>,
    /// Namespace of the release
    #[arg(short, long, default_value = "default", value_name = "NAME")]
    pub(crate) namespace: String,
    /// Name the release by a template
    #[arg(long = "name-template", value_name = "TEMPLATE")]
    pub(crate) name_from: Option<String>,
    /// Let the name of the release be made up
    #[arg(short = 'g', long, num_args = 0..=1, require_equals = true, default_value_t = false,
        default_missing_value = "true", hide_default_value = true, hide_possible_values = true,
        action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) generate_name: bool,
    /// Version of Kubernetes that the chart is told
    #[arg(long, value_name = "VERSION")]
    pub(crate) kube_version: Option<String>,
    /// API that the cluster serves, besides the usual ones
    #[arg(short = 'a', long, value_name = "VERSION", value_delimiter = ',')]
    pub(crate) api_versions: Vec<String>,
    /// Print what lies in the chart's crds folder too
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false,
        default_missing_value = "true", hide_default_value = true, hide_possible_values = true,
        action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) include_crds: bool,
    /// Leave out tests
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false,
        default_missing_value = "true", hide_default_value = true, hide_possible_values = true,
        action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) skip_tests: bool,
    /// Leave out hooks
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false,
        default_missing_value = "true", hide_default_value = true, hide_possible_values = true,
        action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) no_hooks: bool,
    /// Print only what the templates of this name or pattern make
    #[arg(short, long, value_name = "TEMPLATE")]
    pub(crate) show_only: Vec<String>,
    /// Render an upgrade instead of an installation
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false,
        default_missing_value = "true", hide_default_value = true, hide_possible_values = true,
        action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) is_upgrade: bool,
    /// Do not hold the values against the chart's schema
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false,
        default_missing_value = "true", hide_default_value = true, hide_possible_values = true,
        action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) skip_schema_validation: bool,
    /// Print manifests even if they are no YAML
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false,
        default_missing_value = "true", hide_default_value = true, hide_possible_values = true,
        action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) debug: bool,
    /// Write each template's manifests to a file below this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Put the name of the release into the paths of those files
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false,
        default_missing_value = "true", hide_default_value = true, hide_possible_values = true,
        action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) release_name: bool,
    /// Send manifests through this program, which Helm 3 does; Helm 4 has plugins for it
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) post_renderer: Option<String>,
    /// Give that program an argument; may be given often
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub(crate) post_renderer_args: Vec<String>,
    /// Version of a chart that was fetched: exact, or a range
    #[arg(long = "version", value_name = "VERSION")]
    pub(crate) chart_version: Option<String>,
    /// URL of the Helm repository of a chart that was fetched
    #[arg(long, value_name = "URL")]
    pub(crate) repo: Option<String>,
    /// Only `client` is simulated here
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_missing_value = "unset",
        hide_default_value = true)]
    pub(crate) dry_run: Option<String>,
    /// Render as this Helm does
    #[arg(long, value_enum, default_value_t = HelmMajor::V4, value_name = "MAJOR")]
    pub(crate) helm: HelmMajor,
    /// Give random and time functions results that are the same in each run
    #[arg(long)]
    pub(crate) deterministic: bool,
    #[command(flatten)]
    pub(crate) untold: Untold,
}

/// `amethyst helm test`: helm-unittest's names.
#[derive(Args, Debug)]
pub(crate) struct Test {
    /// Folders of charts
    #[arg(value_name = "CHART", default_value = ".")]
    pub(crate) charts: Vec<PathBuf>,
    /// Take suites from these files below the chart [default: tests/*_test.yaml]
    #[arg(short, long, value_name = "GLOB")]
    pub(crate) file: Vec<String>,
    /// Take values from a file; may be given often
    #[arg(short = 'v', long, value_name = "FILE")]
    pub(crate) values: Vec<PathBuf>,
    /// Replace snapshots that differ; look at what changed first
    #[arg(short, long)]
    pub(crate) update_snapshot: bool,
    /// Take fields that no suite has for errors
    #[arg(long)]
    pub(crate) strict: bool,
    /// Stop at the first failure
    #[arg(short = 'q', long)]
    pub(crate) failfast: bool,
    /// Run the tests of the subcharts in `charts` too
    #[arg(short = 's', long, value_name = "BOOL", default_value_t = true, default_missing_value = "true",
        num_args = 0..=1, require_equals = true, action = clap::ArgAction::Set, hide_possible_values = true)]
    pub(crate) with_subchart: bool,
    /// Write a report to this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// Write that report as JUnit, NUnit, XUnit, Sonar or Json
    #[arg(short = 't', long, value_name = "FORMAT", default_value = "XUnit")]
    pub(crate) output_type: String,
    /// Colour what is printed, or not, whatever stdout is
    #[arg(long, value_name = "BOOL", default_missing_value = "true", num_args = 0..=1, require_equals = true,
        hide_possible_values = true)]
    pub(crate) color: Option<bool>,
    /// Do not hold the values against the chart's schema
    #[arg(long)]
    pub(crate) skip_schema_validation: bool,
    /// Render suites from the chart in this folder of the chart
    #[arg(long, value_name = "DIR")]
    pub(crate) chart_tests_path: Option<String>,
    /// Tell more about what happens inside; twice for everything
    // As the program's own flag, but without its `-v`, which is helm-unittest's for values.
    #[arg(long, action = clap::ArgAction::Count)]
    verbose: u8,
}

/// Which Helm is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HelmMajor {
    /// Helm 3.
    #[value(name = "3")]
    V3,
    /// Helm 4.
    #[value(name = "4")]
    V4,
}

/// `amethyst kustomize`.
#[derive(Debug, Subcommand)]
pub(crate) enum Kustomize {
    /// Build a kustomization, as `kustomize build` does
    Build(KustomizeBuild),
}

/// `amethyst kustomize build`.
#[derive(Args, Debug)]
pub(crate) struct KustomizeBuild {
    /// Folder with a kustomization file
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Let files be loaded from outside the kustomization's folder (LoadRestrictionsNone) or not
    /// (LoadRestrictionsRootOnly)
    #[arg(long, value_enum, default_value_t = LoadRestrictor::RootOnly, value_name = "RULE", hide_possible_values = true)]
    pub(crate) load_restrictor: LoadRestrictor,
    /// Inflate the charts that kustomizations name
    #[arg(long)]
    pub(crate) enable_helm: bool,
    /// Write to this file instead
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Which files a kustomization may load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LoadRestrictor {
    /// Those below its own folder.
    #[value(name = "LoadRestrictionsRootOnly")]
    RootOnly,
    /// Any.
    #[value(name = "LoadRestrictionsNone")]
    None,
}
