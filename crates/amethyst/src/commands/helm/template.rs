//! `amethyst helm template`, spelled and answering as `helm template` does.

use std::process::ExitCode;
use std::sync::Arc;

use amethyst_clock::{Clock, Entropy};
use amethyst_diag::{Diagnostic, Location};
use amethyst_helm::{
    Capabilities, HelmVersion, KubeVersion, OutputFlags, Release, RenderOptions, Rendered, ValueOptions,
    ValuesError, name_from_template, render, to_debug_output, to_output_files, to_post_rendered_output,
    to_post_renderer_input, to_template_output,
};
use anyhow::{anyhow, bail};

use super::chart::{Disk, load};
use super::{Machine, RELEASE_NAME, written};
use crate::arguments::{Answer, HelmMajor, Report, Template};
use crate::commands::fetched;
use crate::output;

pub(super) fn run(arguments: &Template) -> anyhow::Result<ExitCode> {
    let does_update = flags(arguments)?;
    let capabilities = capabilities(arguments)?;
    let post_renderer = written::post_renderer(arguments)?;
    let (name, path) = name_and_chart(arguments)?;
    let values = match value_options(arguments).merge(&mut Disk) {
        Ok(values) => values,
        Err(error) => return faults(&[values_fault(&error)]),
    };
    let chart = match load(&path, arguments) {
        Ok(chart) => chart,
        Err(fault) => return faults(&[*fault]),
    };
    let mut release = Release::new(name, arguments.namespace.clone());
    release.is_upgrade = arguments.is_upgrade;
    let mut options = RenderOptions::new(release);
    options.capabilities = capabilities;
    options.skip_schema_validation = arguments.skip_schema_validation;
    options.schemas = fetched::charts().ok().map(|fetched| fetched.schemas());
    path.trim_end_matches('/').clone_into(&mut options.location);
    if !arguments.deterministic {
        options.world = Some(Arc::new(Machine { clock: Clock::system(), entropy: Entropy::system() }));
    }
    let (rendered, mut said) = render(&chart, &values, &options);
    let flags = OutputFlags {
        include_crds: arguments.include_crds,
        skip_tests: arguments.skip_tests,
        no_hooks: arguments.no_hooks,
        show_only: arguments.show_only.clone(),
    };
    if let Some(error) = &rendered.error {
        if does_update && error.code == "helm-missing-dependency" {
            let hint =
                "`--dependency-update` downloads, which is not done here: run `helm dependency update`";
            said = said
                .into_iter()
                .map(|fault| if fault.is_error() { fault.hint(hint) } else { fault })
                .collect();
        }
        if arguments.debug && !error.files.is_empty() {
            output::raw(&to_debug_output(&rendered, &flags).map_err(|error| anyhow!("{error}"))?);
        }
        return faults(&said);
    }
    output::diagnostics(&said, Report::Human)?;
    print(&rendered, &flags, arguments, &options.release.name, post_renderer.as_ref())?;
    Ok(ExitCode::SUCCESS)
}

/// Writes what was rendered, to stdout or to files.
fn print(
    rendered: &Rendered,
    flags: &OutputFlags,
    arguments: &Template,
    release: &str,
    post_renderer: Option<&written::PostRenderer>,
) -> anyhow::Result<()> {
    if let Some(folder) = &arguments.output_dir {
        let within = arguments.release_name.then_some(release);
        written::files(folder, within, &to_output_files(rendered, flags))?;
        // Helm looks for templates to show in what is left to print.
        if let Some(first) = flags.show_only.first() {
            let hint = "`--show-only` chooses what is printed; `--output-dir` writes all";
            bail!("could not find template {first} in chart\nhint: {hint}");
        }
        output::raw("\n");
        return Ok(());
    }
    let text = match post_renderer {
        Some(program) => {
            let manifests = program.run(&to_post_renderer_input(rendered, flags))?;
            to_post_rendered_output(rendered, &manifests, flags)
        }
        None => to_template_output(rendered, flags),
    };
    let hint = "name a template from the chart's folder on: templates/deployment.yaml";
    output::raw(&text.map_err(|error| anyhow!("{error}\nhint: {hint}"))?);
    Ok(())
}

fn faults(faults: &[Diagnostic]) -> anyhow::Result<ExitCode> {
    output::diagnostics(faults, Report::Human)?;
    Ok(ExitCode::from(output::FAULTS))
}

/// Answers the flags that help does not name; whether dependencies shall be updated.
fn flags(arguments: &Template) -> anyhow::Result<bool> {
    let mut does_update = false;
    for (name, answer) in &arguments.untold.0 {
        match answer {
            Answer::Nothing => {}
            Answer::Deprecated(remark) => {
                output::note(&format!("Flag --{name} has been deprecated, {remark}"));
            }
            Answer::Refused(reason, hint) => bail!("`--{name}` {reason}\nhint: {hint}"),
            Answer::Dependencies => does_update = true,
        }
    }
    match arguments.dry_run.as_deref() {
        None | Some("client") => {}
        Some("unset") => {
            output::note("--dry-run is deprecated and should be replaced with '--dry-run=client'");
        }
        Some(value @ ("1" | "t" | "T" | "TRUE" | "true" | "True")) => output::note(&format!(
            "boolean '--dry-run={value}' flag is deprecated and must be replaced with '--dry-run=client'"
        )),
        Some("server") => bail!(
            "`--dry-run=server` asks a cluster, and no cluster is asked here\nhint: leave it out, or run `helm \
             template --dry-run=server`"
        ),
        Some(value @ ("none" | "0" | "f" | "F" | "FALSE" | "false" | "False")) => {
            bail!("invalid dry-run value ({value:?}). Must be \"server\" or \"client\"\nhint: leave it out")
        }
        Some(value) => bail!(
            "invalid dry-run value ({value:?}). Must be \"none\", \"server\", or \"client\"\nhint: leave it out"
        ),
    }
    Ok(does_update)
}

/// Helm's `NameAndChart`. A release whose name shall be made up is called as one that nobody named: Helm 4
/// takes that for a name already.
fn name_and_chart(arguments: &Template) -> anyhow::Result<(String, String)> {
    let both =
        |flag: &str| anyhow!("cannot set --{flag} and also specify a name\nhint: take one of them out");
    match arguments.what.as_slice() {
        [chart] => {
            let Some(template) = arguments.name_from.as_ref().filter(|template| !template.is_empty()) else {
                return Ok((RELEASE_NAME.to_owned(), chart.clone()));
            };
            let name = name_from_template(template)
                .map_err(|error| anyhow!("{error}\nhint: `--name-template` takes a Go template"))?;
            Ok((name, chart.clone()))
        }
        [_, _] if arguments.generate_name => Err(both("generate-name")),
        [_, _] if arguments.name_from.as_ref().is_some_and(|template| !template.is_empty()) => {
            Err(both("name-template"))
        }
        [name, chart] => Ok((name.clone(), chart.clone())),
        all => {
            let rest = all.get(2..).unwrap_or_default().join(", ");
            Err(anyhow!(
                "expected at most two arguments, unexpected arguments: {rest}\nhint: `amethyst helm template \
                 [NAME] CHART`"
            ))
        }
    }
}

fn value_options(arguments: &Template) -> ValueOptions {
    ValueOptions {
        files: arguments.values.clone(),
        set_json: arguments.set_json.clone(),
        set: arguments.set.clone(),
        set_string: arguments.set_string.clone(),
        set_file: arguments.set_file.clone(),
        set_literal: arguments.set_literal.clone(),
    }
}

fn values_fault(error: &ValuesError) -> Diagnostic {
    let (text, hint) = match error.text.split_once("\nhint: ") {
        Some((text, hint)) => (text, hint),
        None => (error.text.as_str(), "values are YAML maps; `--set` takes `key=value,other=value`"),
    };
    let fault = Diagnostic::error("helm-values", text).hint(hint);
    match &error.file {
        Some(file) => fault.at(Location::new(file.clone(), error.line, error.column)),
        None => fault,
    }
}

fn capabilities(arguments: &Template) -> anyhow::Result<Capabilities> {
    let helm = match arguments.helm {
        HelmMajor::V3 => HelmVersion::V3,
        HelmMajor::V4 => HelmVersion::V4,
    };
    let mut capabilities =
        Capabilities::new(helm).with_api_versions(arguments.api_versions.iter().map(String::as_str));
    if let Some(version) = arguments.kube_version.as_ref().filter(|version| !version.is_empty()) {
        capabilities.kube_version = KubeVersion::parse(version).map_err(|error| {
            anyhow!("invalid kube version '{version}': {error}\nhint: write it as `1.37.2`")
        })?;
    }
    Ok(capabilities)
}
