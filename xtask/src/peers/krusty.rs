//! `cargo xtask peers krusty`: kustomize's own krusty tests, and whole repositories, through ours.
//!
//! The tests are recorded once: `peers/kustomize/krusty` runs them in a copy of their module and writes down what
//! each build read and made. None of that is in this repository. With `--corpus`, every kustomization below the
//! folders is built by ours and by the program instead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// Where differences that are known stand.
const KNOWN: &str = "peers/kustomize/known-differences.txt";
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

/// What came of one build.
struct Verdict {
    /// `equal`, `different`, `refused` or `outside`.
    word: String,
    name: String,
    why: String,
}

#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
pub(super) fn run(arguments: &Arguments, corpus: &[PathBuf], only: &str) -> anyhow::Result<()> {
    let root = crate::root()?;
    let known = known(&root.join(KNOWN))?;
    let mut bad = Vec::new();
    if corpus.is_empty() {
        let recorded = record(&root)?;
        let helm = super::find("helm")?;
        let verdicts = ours(&root, &[recorded.as_path(), &helm, Path::new(only)])?;
        table("krusty", &verdicts);
        let outside: BTreeSet<&str> = verdicts
            .iter()
            .filter(|told| told.word == "outside")
            .filter_map(|told| Some(told.name.rsplit_once('-')?.0))
            .collect();
        println!("not counted, for they need a plugin or the network:");
        for name in &outside {
            println!("  {name}");
        }
        let test =
            |told: &Verdict| told.name.rsplit_once('-').map_or(String::new(), |(test, _)| test.to_owned());
        let tests: BTreeSet<String> = verdicts.iter().map(test).collect();
        let unequal: BTreeSet<String> = verdicts
            .iter()
            .filter(|told| matches!(told.word.as_str(), "different" | "refused"))
            .map(test)
            .collect();
        let counted = tests.iter().filter(|test| !outside.contains(test.as_str())).count();
        println!("tests: {} of {counted} equal, {} not counted", counted - unequal.len(), outside.len());
        bad.extend(verdicts);
    }
    for folder in corpus {
        let kustomize = match &arguments.kustomize {
            Some(path) => path.clone(),
            None => super::find("kustomize")?,
        };
        let verdicts = ours(&root, &[Path::new("--corpus"), folder, &kustomize])?;
        table(&folder.display().to_string(), &verdicts);
        bad.extend(verdicts);
    }
    bad.retain(|told| matches!(told.word.as_str(), "different" | "refused"));
    for told in &bad {
        let reason = known.get(&told.name).map_or("NOT LISTED", String::as_str);
        println!("{} {}: {}\n    {reason}", told.word, told.name, told.why);
    }
    let unlisted = bad.iter().filter(|told| !known.contains_key(&told.name)).count();
    if unlisted > 0 {
        bail!("{unlisted} builds differ that {KNOWN} does not list");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
fn table(name: &str, verdicts: &[Verdict]) {
    let count = |verdict: &str| verdicts.iter().filter(|told| told.word == verdict).count();
    let (equal, different, refused) = (count("equal"), count("different"), count("refused"));
    let all = equal + different + refused;
    let percent = 100.0 * equal as f64 / all.max(1) as f64;
    println!("{name}: {equal} of {all} equal ({percent:.1} %), {different} different, {refused} refused");
}

/// The differences that are known, by name.
fn known(path: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    Ok(lines.filter_map(|line| line.split_once(' ')).map(|(name, why)| (name.into(), why.into())).collect())
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

/// Runs ours on the builds.
fn ours(root: &Path, arguments: &[&Path]) -> anyhow::Result<Vec<Verdict>> {
    let mut command = crate::cargo();
    command.current_dir(root).args([
        "run",
        "--quiet",
        "-p",
        "amethyst-kustomize",
        "--example",
        "krusty",
        "--",
    ]);
    let output = command.args(arguments).output().context("failed to run `cargo`")?;
    if !output.status.success() {
        bail!("ours failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let told = String::from_utf8(output.stdout)?;
    let lines = told.lines().filter_map(|line| {
        let mut parts = line.split('\t').map(str::to_owned);
        Some(Verdict { word: parts.next()?, name: parts.next()?, why: parts.next()? })
    });
    Ok(lines.collect())
}
