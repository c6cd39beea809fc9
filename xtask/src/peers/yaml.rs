//! `cargo xtask peers yaml`: documents made from a seed, and the YAML files below folders, read and written by
//! ours and by Go's libraries.
//!
//! The other side is `peers/yaml`, a program that answers frames on its input.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::tally::Tally;
use super::tools;

const PROOF: &str = "yaml";

/// How the comparison of YAML is called.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// With `yaml` and `render`: how many documents are made
    #[arg(long, value_name = "COUNT", default_value_t = 100_000)]
    documents: usize,
    /// With `yaml` and `render`: what they are made from
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

/// Compares documents that are made, and the files of the folders.
pub(super) fn run(arguments: &Arguments, folders: &[PathBuf]) -> anyhow::Result<()> {
    tools::build(&[tools::YAML])?;
    let made = std::iter::once(documents(arguments));
    let tallies: Vec<Tally> = made.chain(folders.iter().map(|folder| files(folder))).collect();
    super::known::report(&tallies)
}

/// Documents and values from a seed.
pub(super) fn documents(arguments: &Arguments) -> Tally {
    let count = arguments.documents.to_string();
    Tally::run(PROOF, &format!("{count} documents made from seed {}", arguments.seed), || {
        let mut command = tools::YAML.command()?;
        command.arg(build()?).args(["--documents", &count, "--seed", &arguments.seed.to_string()]);
        Ok(command)
    })
}

/// The YAML files below a folder.
pub(super) fn files(folder: &Path) -> Tally {
    Tally::run(PROOF, &super::name_of(folder), || {
        let mut command = tools::YAML.command()?;
        command.arg(build()?).args(["--documents", "0"]).arg(folder);
        Ok(command)
    })
}

/// Builds the other side.
fn build() -> anyhow::Result<PathBuf> {
    let (from, work) = (crate::root()?.join("peers/yaml"), super::cache().join("yaml"));
    std::fs::create_dir_all(&work)?;
    for file in ["go.mod", "go.sum", "main.go"] {
        let from = from.join(file);
        std::fs::copy(&from, work.join(file))
            .with_context(|| format!("failed to copy `{}`", from.display()))?;
    }
    let program = work.join("yaml");
    let status = Command::new("go")
        .current_dir(&work)
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "-buildvcs=false -trimpath")
        .args(["build", "-o"])
        .arg(&program)
        .arg(".")
        .status()
        .context("failed to run `go`; peers are built with Go 1.26 or newer")?;
    if !status.success() {
        bail!("failed to build `peers/yaml`: go ended with {status}");
    }
    Ok(program)
}
