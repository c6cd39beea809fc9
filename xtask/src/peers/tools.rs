//! The programs of this workspace that run a comparison, built once and called by their paths.
//!
//! One call of cargo builds all that is asked for, so that none of them is built twice with other features of
//! what they share, and so that building is in no measured time.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};

/// A program of ours that compares.
#[derive(Clone, Copy)]
pub(super) struct Tool {
    package: &'static str,
    /// `--example` or `--bin`.
    kind: &'static str,
    name: &'static str,
}

/// kustomize's tests, and the kustomizations of a folder.
pub(super) const KRUSTY: Tool = Tool::example("amethyst-kustomize", "krusty");
/// Documents and files, by Go's libraries.
pub(super) const YAML: Tool = Tool::example("amethyst-yaml", "peer");
/// Helm's own tests of `helm template`.
pub(super) const GOLDENS: Tool = Tool::example("amethyst-helm", "helm_goldens");
/// Charts and HelmReleases by `helm template`.
pub(super) const TEMPLATE: Tool = Tool::example("amethyst-helm", "against_helm");
/// The tests of charts by helm-unittest.
pub(super) const UNITTESTS: Tool = Tool { kind: "--bin", ..Tool::example("amethyst-bench", "unittests") };
/// What the sync of a repository comes to.
pub(super) const WORK: Tool = Tool { kind: "--bin", ..Tool::example("amethyst-bench", "work") };
/// All of them.
pub(super) const ALL: &[Tool] = &[KRUSTY, YAML, GOLDENS, TEMPLATE, UNITTESTS, WORK];

impl Tool {
    const fn example(package: &'static str, name: &'static str) -> Self {
        Self { package, kind: "--example", name }
    }

    /// A call of it; it must have been built.
    pub(super) fn command(self) -> anyhow::Result<Command> {
        let folder = if self.kind == "--example" { "release/examples" } else { "release" };
        let path: PathBuf = crate::target(&crate::root()?).join(folder).join(self.name);
        Ok(Command::new(path))
    }
}

/// Builds these.
pub(super) fn build(tools: &[Tool]) -> anyhow::Result<()> {
    let mut command = crate::cargo();
    command.current_dir(crate::root()?).args(["build", "--release"]);
    for tool in tools {
        command.args(["--package", tool.package, tool.kind, tool.name]);
    }
    let status = command.status().context("failed to run cargo")?;
    if !status.success() {
        bail!("the programs that compare could not be built: cargo ended with {status}");
    }
    Ok(())
}
