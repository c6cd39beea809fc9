//! The project's own tasks: `cargo xtask TASK`.

mod bench;
mod codegen;
mod fuzz;
mod peers;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "Run one of the project's own tasks")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run everything that guards the project: fmt, clippy, tidy, tests, `amethyst check .`
    Test,
    /// Check what no compiler checks: layers, file heads, dependencies, licences, generated files
    Tidy,
    /// Write the generated tables of amethyst-kinds anew
    Codegen(codegen::Arguments),
    /// Run the fuzz targets of the parsers and decoders
    Fuzz(fuzz::Arguments),
    /// Build a peer from its published source and run ours against it
    Peers(Box<peers::Arguments>),
    /// Measure ours beside kube-apiserver with etcd, and write docs/BENCHMARKS.md
    Bench(bench::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Test => test::run(),
        Task::Tidy => tidy::run(),
        Task::Codegen(arguments) => codegen::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Peers(arguments) => peers::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
    }
}

/// The folder of the workspace.
fn root() -> anyhow::Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(Path::to_path_buf).context("xtask lies in no workspace")
}

/// Cargo, as if it were called by hand: what it told this program of its own package would make it build
/// what it has built already.
fn cargo() -> Command {
    let mut command = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// The release build of the program.
fn built(root: &Path) -> anyhow::Result<PathBuf> {
    let arguments = ["build", "--release", "--package", "amethyst-homelab"];
    let status = cargo().current_dir(root).args(arguments).status().context("failed to run cargo")?;
    if !status.success() {
        bail!("the program could not be built: cargo ended with {status}");
    }
    Ok(target(root).join("release/amethyst"))
}

#[expect(clippy::disallowed_methods, reason = "cargo builds where its variable says")]
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}
