//! `amethyst helm template` and `amethyst helm test`.

mod test;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use amethyst_clock::{Clock, Entropy};
use amethyst_diag::Diagnostic;
use amethyst_helm::{
    Capabilities, Chart, HelmVersion, KubeVersion, OutputFlags, Release, RenderOptions, ValueOptions,
    ValueSource, World, name_from_template, render, to_template_output,
};
use amethyst_kustomize::{HelmChart, HelmInflator};
use amethyst_tree::Tree;
use anyhow::{anyhow, bail};

use crate::arguments::{Helm, HelmMajor, Report, Template};
use crate::output;

/// What Helm calls a release that nobody named.
const RELEASE_NAME: &str = "release-name";

/// Does what was asked for. Exit codes are Helm's: 1 whatever went wrong.
pub(super) fn run(arguments: &Helm) -> anyhow::Result<ExitCode> {
    match arguments {
        Helm::Template(arguments) => template(arguments),
        Helm::Test(arguments) => test::run(arguments),
    }
}

fn template(arguments: &Template) -> anyhow::Result<ExitCode> {
    let (name, path) = match arguments.what.as_slice() {
        [chart] => (None, chart),
        [name, chart] => (Some(name.as_str()), chart),
        _ => bail!("name a chart\nhint: `amethyst helm template [NAME] CHART`"),
    };
    let named = match &arguments.name_from {
        Some(template) => Some(name_from_template(template).map_err(|error| {
            anyhow!(
                "failed to make a name of `{template}`: {error}\nhint: `--name-template` takes a Go template"
            )
        })?),
        None => name.map(str::to_owned),
    };
    let chart = match load(Path::new(path)) {
        Ok(chart) => chart,
        Err(fault) => return faults(&[*fault]),
    };
    let options = ValueOptions {
        files: arguments.values.iter().map(|path| path.display().to_string()).collect(),
        set_json: arguments.set_json.clone(),
        set: arguments.set.clone(),
        set_string: arguments.set_string.clone(),
        set_file: arguments.set_file.clone(),
        set_literal: arguments.set_literal.clone(),
    };
    let values = match options.merge(&mut Disk) {
        Ok(values) => values,
        Err(error) => {
            let mut fault = Diagnostic::error("helm-values", error.text.clone());
            if let Some(file) = &error.file {
                fault = fault.at(amethyst_diag::Location::new(file.clone(), error.line, error.column));
            }
            return faults(&[fault.hint("values are YAML maps; `--set` takes `key=value,other=value`")]);
        }
    };
    let mut release = Release::new(named.as_deref().unwrap_or(RELEASE_NAME), arguments.namespace.clone());
    release.is_upgrade = arguments.is_upgrade;
    let mut options = RenderOptions::new(release);
    options.capabilities = capabilities(arguments)?;
    options.skip_schema_validation = arguments.skip_schema_validation;
    path.trim_end_matches('/').clone_into(&mut options.location);
    if !arguments.deterministic {
        options.world = Some(Arc::new(Machine { clock: Clock::system(), entropy: Entropy::system() }));
    }
    let (rendered, said) = render(&chart, &values, &options);
    if said.iter().any(Diagnostic::is_error) {
        return faults(&said);
    }
    output::diagnostics(&said, Report::Human)?;
    let flags = OutputFlags {
        include_crds: arguments.include_crds,
        skip_tests: arguments.skip_tests,
        no_hooks: arguments.no_hooks,
        show_only: arguments.show_only.clone(),
    };
    let text = to_template_output(&rendered, &flags).map_err(|error| anyhow!("{error}"))?;
    output::raw(&text);
    Ok(ExitCode::SUCCESS)
}

fn faults(faults: &[Diagnostic]) -> anyhow::Result<ExitCode> {
    output::diagnostics(faults, Report::Human)?;
    Ok(ExitCode::from(output::FAULTS))
}

fn capabilities(arguments: &Template) -> anyhow::Result<Capabilities> {
    let helm = match arguments.helm {
        HelmMajor::V3 => HelmVersion::V3,
        HelmMajor::V4 => HelmVersion::V4,
    };
    let mut capabilities =
        Capabilities::new(helm).with_api_versions(arguments.api_versions.iter().map(String::as_str));
    if let Some(version) = &arguments.kube_version {
        capabilities.kube_version = KubeVersion::parse(version).map_err(|error| {
            anyhow!("invalid kube version '{version}': {error}\nhint: write it as `1.37.2`")
        })?;
    }
    Ok(capabilities)
}

/// Loads the chart in a folder or a package.
fn load(path: &Path) -> Result<Chart, Box<Diagnostic>> {
    let shown = path.display().to_string();
    let missing = |reason: String| {
        let fault = Diagnostic::error("chart-missing", format!("failed to load `{shown}`: {reason}"));
        Box::new(fault.hint("name the folder of a chart, or a packaged chart (`.tgz`)"))
    };
    let loaded = if path.is_dir() {
        let tree = amethyst_source::folder(path).map_err(|error| missing(error.to_string()))?;
        Chart::from_tree(&tree, "")
    } else {
        let bytes = std::fs::read(path).map_err(|error| missing(error.to_string()))?;
        Chart::from_archive(&bytes)
    };
    loaded.map_err(|error| Box::new(error.to_diagnostic(&shown)))
}

/// Reads files of values.
struct Disk;

impl ValueSource for Disk {
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        if name == "-" {
            let mut text = Vec::new();
            return std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut text)
                .map(|_| text)
                .map_err(|error| error.to_string());
        }
        std::fs::read(name).map_err(|error| format!("open {name}: {error}"))
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
