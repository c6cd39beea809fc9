//! `amethyst helm template` and `amethyst helm test`.

mod chart;
mod template;
mod test;
mod written;

use std::process::ExitCode;

use amethyst_clock::{Clock, Entropy};
use amethyst_diag::Diagnostic;
use amethyst_helm::{
    Capabilities, Chart, KubeVersion, OutputFlags, Release, RenderOptions, ValueOptions, ValueSource, World,
    render, to_template_output,
};
use amethyst_kustomize::{HelmChart, HelmInflator};
use amethyst_tree::Tree;

use crate::arguments::Helm;
use crate::output;

/// What Helm calls a release that nobody named.
const RELEASE_NAME: &str = "release-name";

/// Does what was asked for. Exit codes are Helm's: 1 whatever went wrong.
pub(super) fn run(arguments: &Helm) -> anyhow::Result<ExitCode> {
    match arguments {
        Helm::Template(arguments) => template::run(arguments).or_else(|error| {
            output::failed(&error);
            Ok(ExitCode::from(output::FAULTS))
        }),
        Helm::Test(arguments) => test::run(arguments),
    }
}

/// This machine's time and randomness.
struct Machine {
    clock: Clock,
    entropy: Entropy,
}

impl World for Machine {
    fn now(&self) -> i128 {
        self.clock.now().as_nanosecond()
    }

    fn random(&self, out: &mut [u8]) {
        self.entropy.fill(out);
    }
}

/// Renders the charts that kustomizations name, as far as they lie in the repository.
pub(super) struct Inflator;

impl HelmInflator for Inflator {
    fn values(&self, chart: &HelmChart) -> Result<String, Box<Diagnostic>> {
        Err(Box::new(elsewhere(chart)))
    }

    fn inflate(&self, chart: &HelmChart, tree: &Tree) -> Result<String, Box<Diagnostic>> {
        let folder = chart.folder.as_deref().ok_or_else(|| Box::new(elsewhere(chart)))?;
        let loaded = Chart::from_tree(tree, folder).map_err(|error| error.to_diagnostic(folder))?;
        let given = Given(&chart.values);
        let names = (0..chart.values.len()).map(|at| at.to_string()).collect();
        let options = ValueOptions { files: names, ..ValueOptions::default() };
        let wrong =
            |text: String| Box::new(Diagnostic::error("helm-values", text).hint("values are YAML maps"));
        let values = options.merge(&mut { given }).map_err(|error| wrong(error.text))?;
        let name = if chart.release_name.is_empty() { RELEASE_NAME } else { &chart.release_name };
        let namespace = if chart.namespace.is_empty() { "default" } else { &chart.namespace };
        let mut options = RenderOptions::new(Release::new(name, namespace));
        options.capabilities =
            Capabilities::default().with_api_versions(chart.api_versions.iter().map(String::as_str));
        if !chart.kube_version.is_empty() {
            options.capabilities.kube_version = KubeVersion::parse(&chart.kube_version).map_err(wrong)?;
        }
        folder.clone_into(&mut options.location);
        let (rendered, said) = render(&loaded, &values, &options);
        if let Some(fault) = said.into_iter().find(Diagnostic::is_error) {
            return Err(Box::new(fault));
        }
        let flags = OutputFlags {
            include_crds: chart.include_crds,
            skip_tests: chart.skip_tests,
            no_hooks: chart.skip_hooks,
            show_only: Vec::new(),
        };
        to_template_output(&rendered, &flags).map_err(wrong)
    }
}

/// A chart that lies somewhere else, which nobody fetches for a kustomization.
fn elsewhere(chart: &HelmChart) -> Diagnostic {
    let message = format!("the chart `{}` does not lie in the repository", chart.name);
    let hint = "put the chart into the folder that `helmGlobals.chartHome` names";
    Diagnostic::error("chart-missing", message).hint(hint)
}

/// Texts of values that are there already, by number.
struct Given<'a>(&'a [String]);

impl ValueSource for Given<'_> {
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        let found = name.parse().ok().and_then(|at: usize| self.0.get(at));
        found.map(|text| text.as_bytes().to_vec()).ok_or_else(|| format!("no values {name}"))
    }
}
