//! `cargo xtask peers unittest --corpus CHART...`: the tests of charts, run by ours and by helm-unittest.

use std::path::PathBuf;

use anyhow::{Context, bail};

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
}

/// Prints a table: cases, what passed, lines of output that differ, times.
pub(super) fn run(arguments: &Arguments, charts: &[PathBuf], only: &str) -> anyhow::Result<()> {
    if charts.is_empty() {
        bail!("no charts were named\nhint: `cargo xtask peers unittest --corpus CHART...`");
    }
    let peer = match &arguments.helm_unittest {
        Some(path) => path.clone(),
        None => super::find("helm-unittest")?,
    };
    let mut command = crate::cargo();
    command.current_dir(crate::root()?);
    command.args(["run", "--quiet", "--release", "-p", "amethyst-bench", "--bin", "unittests", "--"]);
    command.arg("--peer").arg(peer).args(["--only", only]);
    if arguments.skip_schema_validation {
        command.arg("--skip-schema-validation");
    }
    for chart in charts {
        command.arg(std::path::absolute(chart)?);
    }
    let status = command.status().context("failed to run the comparison")?;
    if !status.success() {
        bail!("the tests do not come out alike: the comparison ended with {status}");
    }
    Ok(())
}
