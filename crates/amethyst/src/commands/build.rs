//! `amethyst build`: the objects that a repository renders into.

use std::io::Write;
use std::process::ExitCode;

use amethyst_diag::Severity;
use amethyst_render::repository::{Outcome, Packed, Repository, Unit, UnitKind};
use anyhow::bail;
use rayon::prelude::*;

use super::fetched;
use super::rendering::{Side, Wanted};
use super::renders::Renders;
use crate::arguments::{Build, Documents, Report};
use crate::output;

/// What of a repository is wanted.
struct Only {
    kind: UnitKind,
    name: String,
}

/// Prints what was asked for.
pub(super) fn run(arguments: &Build) -> anyhow::Result<ExitCode> {
    let (wanted, only) = understand(&arguments.what)?;
    let side = Side::open(&wanted, &arguments.repository)?;
    let renders = Renders::open(&side.root);
    let charts = fetched::charts()?;
    let repository =
        side.render(&arguments.repository, &charts, &charts.schemas(), !arguments.skip_crds, &renders.cache);
    let units = select(&repository, only.as_ref(), arguments.namespace.as_deref())?;
    print(&units, arguments)?;
    let told: Vec<_> = repository
        .diagnostics
        .iter()
        .filter(|fault| fault.severity >= Severity::Warning || fault.code == fetched::MISSING)
        .filter(|fault| only.is_none() || about(fault, &units))
        .cloned()
        .collect();
    output::diagnostics(&fetched::with_charts_counted(told), Report::Human)?;
    let failed = units.iter().any(|unit| unit.outcome == Outcome::Failed);
    renders.keep();
    std::mem::forget(repository);
    Ok(ExitCode::from(if failed { output::FAULTS } else { 0 }))
}

/// `[DIR|REV] [ks|hr NAME]`.
fn understand(words: &[String]) -> anyhow::Result<(Wanted, Option<Only>)> {
    let kind = |word: &str| match word {
        "ks" | "kustomization" | "kustomizations" => Some(UnitKind::Kustomization),
        "hr" | "helmrelease" | "helmreleases" => Some(UnitKind::HelmRelease),
        _ => None,
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let only = |kind, name: &str| Some(Only { kind, name: name.to_owned() });
    Ok(match words.as_slice() {
        [] => (Wanted::Here, None),
        [side] if kind(side).is_none() => (Wanted::of(side), None),
        [word, name] if kind(word).is_some() => (Wanted::Here, kind(word).and_then(|kind| only(kind, name))),
        [side, word, name] if kind(word).is_some() => {
            (Wanted::of(side), kind(word).and_then(|kind| only(kind, name)))
        }
        words => {
            bail!("`{}` is not understood\nhint: `amethyst build [DIR|REV] [ks|hr NAME]`", words.join(" "))
        }
    })
}

fn select<'a>(
    repository: &'a Repository,
    only: Option<&Only>,
    namespace: Option<&str>,
) -> anyhow::Result<Vec<&'a Unit>> {
    let fits = |unit: &&Unit| {
        only.is_none_or(|only| unit.kind == only.kind && unit.name == only.name)
            && namespace.is_none_or(|namespace| unit.namespace == namespace)
    };
    let units: Vec<&Unit> = repository.units.iter().filter(fits).collect();
    if let (Some(only), []) = (only, units.as_slice()) {
        let known: Vec<&str> = repository
            .units
            .iter()
            .filter(|unit| unit.kind == only.kind)
            .map(|unit| unit.name.as_str())
            .collect();
        bail!(
            "no {} is called `{}`\nhint: there are {}",
            only.kind.name(),
            only.name,
            if known.is_empty() { "none".to_owned() } else { known.join(", ") }
        );
    }
    Ok(units)
}

fn about(fault: &amethyst_diag::Diagnostic, units: &[&Unit]) -> bool {
    let Some(object) = &fault.object else { return false };
    units.iter().any(|unit| {
        *object == unit.object.id().to_string()
            || unit.objects.iter().any(|packed| packed.id.to_string() == *object)
    })
}

/// Prints objects; a reader that goes away ends it quietly.
fn print(units: &[&Unit], arguments: &Build) -> anyhow::Result<()> {
    let documents = arguments.output;
    let wanted = |packed: &&Packed| {
        !arguments.skip_crds || !packed.is("apiextensions.k8s.io", "CustomResourceDefinition")
    };
    let texts: Vec<String> = units
        .par_iter()
        .map(|unit| match documents {
            Documents::Yaml => unit.objects.iter().filter(wanted).map(|packed| yaml(unit, packed)).collect(),
            Documents::Json => {
                let texts =
                    unit.objects.iter().map(|packed| String::from_utf8_lossy(packed.json()).into_owned());
                texts.collect::<Vec<_>>().join(",\n")
            }
        })
        .collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let written = match documents {
        Documents::Yaml => texts.iter().try_for_each(|text| out.write_all(text.as_bytes())),
        Documents::Json => {
            let texts: Vec<&str> = texts.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
            out.write_all(format!("[{}]\n", texts.join(",\n")).as_bytes())
        }
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn yaml(unit: &Unit, packed: &Packed) -> String {
    let template = packed.template.as_ref().map(|template| format!(", {template}")).unwrap_or_default();
    let origin = &packed.origin;
    let text = amethyst_yaml::emit(&packed.object().into_value());
    format!(
        "---\n# {}/{}/{}: {}:{}{template}\n{text}",
        unit.kind.name(),
        unit.namespace,
        unit.name,
        origin.file,
        origin.line,
    )
}
