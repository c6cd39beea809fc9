//! `cargo xtask peers krusty`: kustomize's own krusty tests, and whole repositories, through ours.
//!
//! The tests are recorded once: `peers/kustomize/krusty` runs them in a copy of their module and writes down what
//! each build read and made. None of that is in this repository. With `--corpus`, every kustomization below the
//! folders is built by ours and by the program instead.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::tally::{Tally, say};
use super::tools;

/// The proof by kustomize's own tests.
const TESTS: &str = "krusty";
/// The proof by kustomizations that people have.
const KUSTOMIZATIONS: &str = "kustomize build";
/// The module whose tests are recorded, as `peers/kustomize/krusty` has it.
const RECORDED: &str = "krusty-v0.21.2";

/// How ours is compared.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Take this kustomize instead of building one
    #[arg(long, value_name = "PATH")]
    kustomize: Option<PathBuf>,
}

impl Arguments {
    /// The kustomize to compare with.
    pub(super) fn kustomize(&self) -> anyhow::Result<PathBuf> {
        self.kustomize.clone().map_or_else(|| super::find("kustomize"), Ok)
    }
}

pub(super) fn run(arguments: &Arguments, corpora: &[PathBuf], only: &str) -> anyhow::Result<()> {
    tools::build(&[tools::KRUSTY])?;
    let tallies = if corpora.is_empty() {
        vec![tests(only)]
    } else {
        corpora.iter().map(|corpus| kustomizations(arguments, corpus)).collect()
    };
    super::known::report(&tallies)
}

/// kustomize's own tests whose names hold `only`.
pub(super) fn tests(only: &str) -> Tally {
    let mut tally = Tally::run(TESTS, "kustomize's tests", || {
        let recorded = record(&crate::root()?)?;
        let mut command = tools::KRUSTY.command()?;
        command.arg(recorded).arg(super::find("helm")?).arg(only);
        Ok(command)
    });
    let test = |name: &str| name.rsplit_once('-').map_or(String::new(), |(test, _)| test.to_owned());
    let outside: BTreeSet<String> = tally.outside.iter().map(|case| test(&case.name)).collect();
    if !outside.is_empty() {
        say("not counted, for they need a plugin or the network, or build nothing:");
        for name in &outside {
            say(&format!("  {name}"));
        }
    }
    let unequal: BTreeSet<String> = tally.unequal().map(|(_, case)| test(&case.name)).collect();
    let equal = tally.equal_names.iter().map(|name| test(name));
    let equal: BTreeSet<String> =
        equal.filter(|name| !unequal.contains(name) && !outside.contains(name)).collect();
    let unequal = unequal.difference(&outside).count();
    let remark = format!("of {} tests equal in all their builds", equal.len() + unequal);
    tally.remarks.insert(remark, equal.len());
    tally
}

/// Every kustomization of a corpus.
pub(super) fn kustomizations(arguments: &Arguments, corpus: &Path) -> Tally {
    Tally::run(KUSTOMIZATIONS, &super::name_of(corpus), || {
        let mut command = tools::KRUSTY.command()?;
        command.arg("--corpus").arg(corpus).arg(arguments.kustomize()?);
        Ok(command)
    })
}

/// The recorded builds, made unless they are there.
fn record(root: &Path) -> anyhow::Result<PathBuf> {
    let output = super::cache().join(RECORDED);
    if output.join("tests.json").exists() {
        return Ok(output);
    }
    let status = Command::new("go")
        .current_dir(root.join("peers/kustomize"))
        .args(["run", "./krusty"])
        .arg(&output)
        .env("KRUSTY_HELM", super::find("helm")?)
        .status()
        .context("failed to run `go`; kustomize's tests need Go 1.26 or newer")?;
    if !status.success() {
        bail!("the tests could not be recorded: go ended with {status}");
    }
    Ok(output)
}
