//! `amethyst check`: everything that can be known offline.

use std::path::Path;
use std::process::ExitCode;

use amethyst_diag::Severity;
use anyhow::Context;

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
    let definitions = amethyst_gitops::definitions();
    let entry = arguments.entry.as_deref().map(|entry| relative(root, entry));
    let checked = amethyst_render::check(&tree, entry.as_deref(), &definitions);
    output::diagnostics(&checked.diagnostics, arguments.output)?;
    let count = |severity| checked.diagnostics.iter().filter(|fault| fault.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if arguments.output == Report::Human {
        let (told, colour) = match (errors, warnings) {
            (0, 0) => ("no faults".to_owned(), output::GREEN),
            (0, _) => (output::count(warnings, "warning"), output::YELLOW),
            (_, 0) => (output::count(errors, "error"), output::RED),
            _ => (
                format!("{}, {}", output::count(errors, "error"), output::count(warnings, "warning")),
                output::RED,
            ),
        };
        output::note(&format!(
            "{} in {}, {}, {}",
            output::paint(&told, colour),
            output::count(checked.files, "file"),
            output::count(checked.kustomizations, "Kustomization"),
            output::count(checked.objects, "object"),
        ));
    }
    Ok(ExitCode::from(if checked.failed() { output::FAULTS } else { 0 }))
}

/// The entry as a path from the repository's root, however the user named it.
fn relative(root: &Path, entry: &str) -> String {
    let stripped = Path::new(entry).canonicalize().ok().and_then(|entry| {
        let root = root.canonicalize().ok()?;
        Some(entry.strip_prefix(root).ok()?.to_str()?.to_owned())
    });
    stripped.unwrap_or_else(|| entry.to_owned())
}
