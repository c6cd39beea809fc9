//! `amethyst diff`: what changes between two states of a repository, in what is applied.

use std::process::ExitCode;

use amethyst_clock::Entropy;
use amethyst_diag::{Redacted, Severity};
use amethyst_diff::{DiffOptions, HumanOptions};
use amethyst_render::repository::{Outcome, Packed, Repository, Unit, UnitKind};
use anyhow::bail;
use rayon::prelude::*;

use super::fetched;
use super::rendering::{Side, Wanted};
use super::renders::Renders;
use crate::arguments::{Changes, Diff, Report};
use crate::output;

/// Prints what changes.
pub(super) fn run(arguments: &Diff) -> anyhow::Result<ExitCode> {
    let (before, after) = understand(arguments.sides.as_deref())?;
    let charts = fetched::charts()?;
    let schemas = charts.schemas();
    let (before, after) = rayon::join(
        || Side::open(&before, &arguments.repository),
        || Side::open(&after, &arguments.repository),
    );
    let (before, after) = (before?, after?);
    let renders = Renders::open(&after.root);
    // One after the other: the second finds in the cache what did not change.
    let (old, new) = (
        before.render(&arguments.repository, &charts, &schemas, true, &renders.cache),
        after.render(&arguments.repository, &charts, &schemas, true, &renders.cache),
    );
    let mut key = vec![0; 32];
    Entropy::system().fill(&mut key);
    let options = DiffOptions {
        before: before.label.as_str().into(),
        after: after.label.as_str().into(),
        secret_key: Some(Redacted::new(key)),
        embedded: arguments.embedded,
        ..DiffOptions::default()
    };
    let changes = amethyst_diff::diff(&side(&old), &side(&new), &options);
    let text = match arguments.output {
        Changes::Human => {
            let human = HumanOptions {
                colour: output::is_data_coloured(),
                brief: arguments.brief,
                ..HumanOptions::default()
            };
            amethyst_diff::human(&changes, &human)
        }
        Changes::Json => amethyst_diff::json(&changes),
        Changes::Markdown => amethyst_diff::markdown(&changes),
        Changes::Html => amethyst_diff::html(&changes),
    };
    output::data(text.trim_end());
    renders.keep();
    let told = amethyst_render::new_faults(&old.diagnostics, new.diagnostics);
    let told: Vec<_> = told.into_iter().filter(|fault| fault.severity >= Severity::Warning).collect();
    output::diagnostics(&told, Report::Human)?;
    let differs = arguments.exit_code && !changes.is_empty();
    let failed = told.iter().any(amethyst_diag::Diagnostic::is_error);
    Ok(ExitCode::from(if differs || failed { output::FAULTS } else { 0 }))
}

/// `A..B`, `A` or nothing: what is not named is HEAD before and what is checked out after.
fn understand(sides: Option<&str>) -> anyhow::Result<(Wanted, Wanted)> {
    let Some(sides) = sides else { return Ok((Wanted::Revision("HEAD".to_owned()), Wanted::Here)) };
    if sides.contains("...") {
        bail!(
            "`{sides}` is not understood\nhint: write two dots, `A..B`; for what a branch changed since it left `main`: \
             `$(git merge-base main BRANCH)..BRANCH`"
        );
    }
    let wanted = |side: &str, other: Wanted| if side.is_empty() { other } else { Wanted::of(side) };
    // A folder's name may hold dots.
    if std::path::Path::new(sides).is_dir() {
        return Ok((Wanted::of(sides), Wanted::Here));
    }
    Ok(match sides.split_once("..") {
        Some((before, after)) => {
            (wanted(before, Wanted::Revision("HEAD".to_owned())), wanted(after, Wanted::Here))
        }
        None => (Wanted::of(sides), Wanted::Here),
    })
}

/// What is compared of a rendered repository.
fn side(repository: &Repository) -> amethyst_diff::Side {
    let objects = repository
        .units
        .par_iter()
        .flat_map_iter(|unit| unit.objects.iter().map(move |packed| rendered(unit, packed)))
        .collect();
    let failed = repository.units.iter().filter(|unit| unit.outcome != Outcome::Rendered).map(|unit| {
        let about = unit.object.id().to_string();
        let fault = repository
            .diagnostics
            .iter()
            .find(|fault| fault.severity >= Severity::Warning && fault.object.as_ref() == Some(&about));
        let reason = fault.map_or_else(|| "it was not rendered".to_owned(), |fault| fault.message.clone());
        amethyst_diff::Failed { producer: producer(unit), reason }
    });
    amethyst_diff::Side { objects, failed: failed.collect() }
}

fn rendered(unit: &Unit, packed: &Packed) -> amethyst_diff::Rendered {
    let origin = amethyst_diff::Origin {
        file: packed.origin.file.as_str().into(),
        line: packed.origin.line,
        column: 0,
        template: packed.template.as_ref().map(|template| template.as_ref().into()),
    };
    amethyst_diff::Rendered { object: packed.object(), producer: producer(unit), origin }
}

fn producer(unit: &Unit) -> amethyst_diff::Producer {
    amethyst_diff::Producer {
        kind: match unit.kind {
            UnitKind::Kustomization => amethyst_diff::ProducerKind::Kustomization,
            UnitKind::HelmRelease => amethyst_diff::ProducerKind::HelmRelease,
        },
        namespace: unit.namespace.as_str().into(),
        name: unit.name.as_str().into(),
        chart: unit.chart.as_ref().map(|chart| format!("{} {}", chart.name, chart.version).into()),
    }
}
