//! `amethyst check`: everything that can be known offline.

use std::path::Path;
use std::process::ExitCode;

use amethyst_diag::Severity;
use amethyst_render::repository::Cache;
use amethyst_render::{Checked, Subject};
use amethyst_source::LocalGit;
use amethyst_tree::Tree;
use anyhow::{Context, anyhow};

use super::fetched::{self, Fetched};
use super::rendering::KUBERNETES_VERSION;
use super::renders::Renders;
use crate::arguments::{Check, Report};
use crate::{output, settings};

/// Checks a repository and prints every fault.
pub(super) fn run(arguments: &Check) -> anyhow::Result<ExitCode> {
    let here = Path::new(".");
    let root = match &arguments.path {
        Some(path) => path.clone(),
        None => settings::repository(here).unwrap_or_else(|_| here.to_owned()),
    };
    let root = &root;
    anyhow::ensure!(
        root.is_dir(),
        "`{}` is no folder\nhint: pass the folder of a homelab's repository",
        root.display()
    );
    let tree = amethyst_source::folder(root).context("failed to list the repository")?;
    let entry = arguments.entry.as_deref().map(|entry| relative(root, entry));
    let renders = Renders::open(root);
    let charts = fetched::charts()?;
    let mut checked = look(&tree, entry.as_deref(), &charts, &renders.cache);
    if let Some(since) = &arguments.since {
        let git = LocalGit::open(root)?;
        let before = git.revision(since).map_err(|error| {
            anyhow!("{error}\nhint: name a branch, a tag or a commit as `git log` takes it")
        })?;
        let before = look(&before.tree, entry.as_deref(), &charts, &renders.cache);
        checked.diagnostics = amethyst_render::new_faults(&before.diagnostics, checked.diagnostics);
    }
    renders.keep();
    checked.diagnostics = fetched::with_charts_counted(checked.diagnostics);
    output::diagnostics(&checked.diagnostics, arguments.output)?;
    let count = |severity| checked.diagnostics.iter().filter(|fault| fault.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if arguments.output == Report::Human {
        let (told, colour) = match (errors, warnings) {
            (0, 0) if arguments.since.is_some() => ("no new faults".to_owned(), output::GREEN),
            (0, 0) => ("no faults".to_owned(), output::GREEN),
            (0, _) => (output::count(warnings, "warning"), output::YELLOW),
            (_, 0) => (output::count(errors, "error"), output::RED),
            _ => (
                format!("{}, {}", output::count(errors, "error"), output::count(warnings, "warning")),
                output::RED,
            ),
        };
        let releases = match checked.releases {
            0 => String::new(),
            releases => format!(", {}", output::count(releases, "HelmRelease")),
        };
        output::note(&format!(
            "{} in {}, {}{}, {}{}",
            output::paint(&told, colour),
            output::count(checked.files, "file"),
            output::count(checked.kustomizations, "Kustomization"),
            releases,
            output::count(checked.objects, "object"),
            if checked.silenced > 0 { format!(", {} silenced", checked.silenced) } else { String::new() },
        ));
    }
    Ok(ExitCode::from(if checked.failed() { output::FAULTS } else { 0 }))
}

fn look(tree: &Tree, entry: Option<&str>, charts: &Fetched, cache: &Cache) -> Checked {
    amethyst_render::check(&Subject {
        tree,
        entry,
        definitions: &amethyst_gitops::definitions(),
        kubernetes_version: KUBERNETES_VERSION,
        charts,
        schemas: Some(&charts.schemas()),
        cache,
    })
}

/// The entry as a path from the repository's root, however the user named it.
fn relative(root: &Path, entry: &str) -> String {
    let stripped = Path::new(entry).canonicalize().ok().and_then(|entry| {
        let root = root.canonicalize().ok()?;
        Some(entry.strip_prefix(root).ok()?.to_str()?.to_owned())
    });
    stripped.unwrap_or_else(|| entry.to_owned())
}
