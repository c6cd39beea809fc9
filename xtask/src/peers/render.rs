//! `cargo xtask peers render --corpus DIR... --suites DIR...`: all proofs of the renderer in one command.
//!
//! First what comes out: kustomize's own tests and every kustomization of the corpora, YAML beside Go's libraries,
//! Helm's goldens, every chart and HelmRelease of the corpora by `helm template`, the tests of charts by
//! helm-unittest. Then how long it takes: ours, helm and kustomize two at a time, flate, and flux-local, in turns,
//! on the same files. Two tables at the end say all of it.

mod measure;
mod times;
mod work;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::bail;

use super::tally::Tally;
use super::{find, flux_local, helm, known, krusty, name_of, tools, unittest, yaml};
use times::Programs;

/// How the comparison is called.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// With `render`: measure this often and take the middle
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    rounds: usize,
    /// With `render`: only measure
    #[arg(long)]
    times_only: bool,
    /// With `render`: do not measure
    #[arg(long, conflicts_with = "times_only")]
    proofs_only: bool,
    /// With `render`: start the sync of a corpus at this file, where it is not found: `NAME=FILE`, where NAME is the
    /// corpus' folder
    #[arg(long, value_name = "NAME=FILE")]
    entry: Vec<String>,
    /// With `render`: the folder of the cluster that flate and flux-local are given, if it is not the one that the
    /// entry applies: `NAME=FOLDER`
    #[arg(long, value_name = "NAME=FOLDER")]
    cluster: Vec<String>,
    /// With `render`: install flux-local for this Python, 3.13 or newer
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
}

/// What each proof is run by.
pub(super) struct Parts<'a> {
    pub(super) krusty: &'a krusty::Arguments,
    pub(super) yaml: &'a yaml::Arguments,
    pub(super) unittest: &'a unittest::Arguments,
}

/// Compares and measures.
#[expect(clippy::disallowed_methods, reason = "the time is told")]
pub(super) fn run(arguments: &Arguments, parts: &Parts<'_>, corpora: &[PathBuf]) -> anyhow::Result<()> {
    if corpora.is_empty() {
        bail!("no corpus was named\nhint: `--corpus DIR...`, repositories that bring their charts along");
    }
    let started = Instant::now();
    let corpora: Vec<PathBuf> = corpora.iter().map(std::path::absolute).collect::<Result<_, _>>()?;
    tools::build(tools::ALL)?;
    let tallies = if arguments.times_only { Vec::new() } else { proofs(parts, &corpora)? };
    let times = if arguments.proofs_only { Vec::new() } else { times(arguments, parts, &corpora)? };
    let proven = if arguments.times_only { Ok(()) } else { known::report(&tallies) };
    for line in times {
        tell(&line);
    }
    tell(&format!("\nall of it took {:.0} s", started.elapsed().as_secs_f64()));
    proven
}

#[expect(clippy::print_stdout, reason = "the tables are what is asked for")]
fn tell(line: &str) {
    println!("{line}");
}

fn proofs(parts: &Parts<'_>, corpora: &[PathBuf]) -> anyhow::Result<Vec<Tally>> {
    let suites = &parts.unittest.suites;
    let mut tallies = vec![krusty::tests("")];
    tallies.extend(corpora.iter().map(|corpus| krusty::kustomizations(parts.krusty, corpus)));
    tallies.push(yaml::documents(parts.yaml));
    let documents = suites.iter().filter(|folder| is_test_suite_of_yaml(folder));
    tallies.extend(documents.chain(corpora).map(|folder| yaml::files(folder)));
    tallies.push(helm::goldens());
    tallies.extend(corpora.iter().map(|corpus| helm::template(corpus)));
    for folder in suites.iter().filter(|folder| !is_test_suite_of_yaml(folder)) {
        let charts = unittest::find(folder)?;
        if charts.is_empty() {
            bail!("found no charts with tests, nor data of yaml-test-suite, below `{}`", folder.display());
        }
        tallies.extend(charts.iter().map(|chart| unittest::tests(parts.unittest, folder, chart)));
    }
    Ok(tallies)
}

/// Whether a folder is the data branch of yaml-test-suite: a folder for each test, with what is read in `in.yaml`.
fn is_test_suite_of_yaml(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().join("in.yaml").exists())
}

fn times(arguments: &Arguments, parts: &Parts<'_>, corpora: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let flux_local = || Ok((flux_local::find(arguments.python.as_deref())?, flux_local::flux()?));
    let programs = Programs {
        ours: crate::built(&crate::root()?)?,
        helm: find("helm")?,
        kustomize: parts.krusty.kustomize()?,
        flate: find("flate")?,
        flux_local: flux_local(),
    };
    let load = crate::bench::process::load_average;
    let before = load()?;
    let mut rows = Vec::new();
    for corpus in corpora {
        let name = name_of(corpus);
        let given = |list: &[String]| {
            let pairs = list.iter().filter_map(|text| text.split_once('='));
            pairs.filter(|(of, _)| *of == name).map(|(_, what)| what.to_owned()).next()
        };
        let (entry, cluster) = (given(&arguments.entry), given(&arguments.cluster));
        rows.extend(times::measure(
            &programs,
            corpus,
            entry.as_deref(),
            cluster.as_deref(),
            arguments.rounds,
        ));
    }
    let mut lines = vec![
        format!(
            "\nThe middle of {} rounds, all tools in turns, each started cold but where it says again; one that takes longer than 20 s runs once. \
             {} processors; load average {before} before and {} after, which holds the tools themselves.\n\
             Memory is that of the largest process; of helm and kustomize the sum of the largest of each turn. \
             flux-local is called with a helm that says nothing of charts that are not there, which would end it.\n",
            arguments.rounds.max(1),
            std::thread::available_parallelism().map_or(1, usize::from),
            load()?,
        ),
        times::HEAD.to_owned(),
    ];
    lines.append(&mut rows);
    Ok(lines)
}
