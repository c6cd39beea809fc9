//! `cargo xtask peers unittest --suites DIR...`: the tests of charts, run by ours and by helm-unittest.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::tally::Tally;
use super::tools;

const PROOF: &str = "helm-unittest";

/// What is compared.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Take this helm-unittest instead of building one
    #[arg(long, value_name = "PATH")]
    helm_unittest: Option<PathBuf>,
    /// Do not check values against schemas, some of which lie on other hosts
    #[arg(long)]
    skip_schema_validation: bool,
    /// With `unittest` and `render`: look for charts with tests below these folders; with `render` for
    /// yaml-test-suite's data, too
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub(super) suites: Vec<PathBuf>,
}

/// Compares the tests of the charts below `--suites`.
pub(super) fn run(arguments: &Arguments, only: &str) -> anyhow::Result<()> {
    let mut charts = Vec::new();
    for folder in &arguments.suites {
        charts.extend(find(folder)?.into_iter().map(|chart| (folder.clone(), chart)));
    }
    charts.retain(|(_, chart)| chart.to_string_lossy().contains(only));
    if charts.is_empty() {
        bail!("found no charts with tests\nhint: `cargo xtask peers unittest --suites DIR...`");
    }
    tools::build(&[tools::UNITTESTS])?;
    let tallies: Vec<Tally> = charts.iter().map(|(folder, chart)| tests(arguments, folder, chart)).collect();
    super::known::report(&tallies)
}

/// The tests of one chart that was found below `folder`.
pub(super) fn tests(arguments: &Arguments, folder: &Path, chart: &Path) -> Tally {
    let inside = chart.strip_prefix(folder).unwrap_or(chart);
    let name = Path::new(&super::name_of(folder)).join(inside).display().to_string();
    Tally::run(PROOF, name.trim_end_matches('/'), || {
        let mut command = tools::UNITTESTS.command()?;
        let peer = arguments.helm_unittest.clone().map_or_else(|| super::find("helm-unittest"), Ok)?;
        command.arg("--peer").arg(peer);
        if arguments.skip_schema_validation {
            command.arg("--skip-schema-validation");
        }
        command.arg(std::path::absolute(chart)?);
        Ok(command)
    })
}

/// The charts below a folder that have tests, a chart within a chart left out.
pub(super) fn find(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut charts = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if folder.join("Chart.yaml").exists()
            && ["tests", "unittests"].iter().any(|name| has_suite(&folder.join(name)))
        {
            charts.push(folder);
            continue;
        }
        let entries = std::fs::read_dir(&folder);
        for entry in entries.with_context(|| format!("failed to read `{}`", folder.display()))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() && entry.file_name() != ".git" {
                folders.push(entry.path());
            }
        }
    }
    charts.sort();
    Ok(charts)
}

fn has_suite(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| {
        let path = entry.path();
        path.to_string_lossy().ends_with("_test.yaml") || path.is_dir() && has_suite(&path)
    })
}
