//! `cargo xtask peers yaml`: builds a program that reads and writes YAML with Go's libraries; `--run` compares
//! ours with it.
//!
//! The program is `peers/yaml`, which answers frames on its input. `--run` asks it about documents made from a
//! seed and about the files below folders that are given.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};

/// How the comparison of YAML is called.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// With `yaml --run`: how many documents are made
    #[arg(long, value_name = "COUNT", default_value_t = 100_000)]
    documents: usize,
    /// With `yaml --run`: what they are made from
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

/// Builds the program and prints its path, or compares ours with it.
#[expect(clippy::print_stdout, reason = "the path is what is asked for")]
pub(super) fn run(arguments: &Arguments, corpus: &[PathBuf], is_run: bool) -> anyhow::Result<()> {
    let program = build()?;
    if !is_run {
        println!("{}", program.display());
        return Ok(());
    }
    let status = crate::cargo()
        .current_dir(crate::root()?)
        .args(["run", "--quiet", "--release", "-p", "amethyst-yaml", "--example", "peer", "--"])
        .arg(program)
        .args(["--documents", &arguments.documents.to_string(), "--seed", &arguments.seed.to_string()])
        .args(corpus)
        .status()
        .context("failed to run the comparison")?;
    if !status.success() {
        bail!("YAML is not read and written as by Go everywhere: the differences stand above");
    }
    Ok(())
}

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
