//! The tests of charts, run by ours and by helm-unittest on the same copy of the chart: which pass, what the two
//! print, and how long it took.
//!
//! `cargo xtask peers unittest --suites DIR...` builds the peer and calls this program. Each test gives one line,
//! `VERDICT<tab>1<tab>NAME<tab>WHY`, and so does each line that only one of the two prints.

mod copy;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use amethyst_helm_unittest::format::{Human, human};
use amethyst_helm_unittest::{ChartReport, Options, Report, SuiteReport, TestChart, read_suites, run_suite};
use amethyst_tree::Tree;
use anyhow::{Context, bail};
use clap::Parser;

/// Runs the tests of charts with ours and with helm-unittest, and compares what they print
#[derive(Parser)]
struct Arguments {
    /// The helm-unittest to compare with
    #[arg(long, value_name = "PATH")]
    peer: PathBuf,
    /// Take the charts whose paths hold this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Do not check values against schemas
    #[arg(long)]
    skip_schema_validation: bool,
    /// Run suites on this many threads; as many as there are processors when it is 0
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    threads: usize,
    /// Folders of charts
    #[arg(required = true)]
    charts: Vec<PathBuf>,
}

/// Where suites lie in charts.
const PATTERNS: [&str; 2] = ["tests/**/*_test.yaml", "unittests/**/*_test.yaml"];

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    for chart in &arguments.charts {
        if !chart.to_string_lossy().contains(&arguments.only) {
            continue;
        }
        compare(&arguments, chart)
            .with_context(|| format!("failed to compare the tests of `{}`", chart.display()))?;
    }
    Ok(())
}

/// Compares one chart.
#[expect(clippy::print_stdout, reason = "the verdicts are what is asked for")]
fn compare(arguments: &Arguments, chart: &Path) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    copy::chart(chart, &folder.path().join("chart"), 0)?;
    // Theirs writes snapshots: ours reads the chart before.
    let mut files = Vec::new();
    copy::read(folder.path(), folder.path(), &mut files)?;
    let has_remote_schemas = files.iter().any(|(name, text)| is_remote_schema(name, text));
    let skips_schemas = arguments.skip_schema_validation || has_remote_schemas;
    let tree = Tree::from_files(files);
    let (report, ours_took) = ours(arguments, skips_schemas, &tree)?;
    let (printed, theirs_took) = theirs(arguments, skips_schemas, folder.path())?;
    let ours_printed = human(&report, Human::default());
    let (only_ours, only_theirs) = (lines(&ours_printed, &printed), lines(&printed, &ours_printed));
    let is_alike = only_ours.is_empty() && only_theirs.is_empty();
    let tell =
        |verdict: &str, name: &str, why: &str| println!("{verdict}\t1\t{name}\t{}", why.replace('\t', " "));
    for suite in report.charts.iter().flat_map(|chart| &chart.suites) {
        for test in &suite.tests {
            let name = format!("{} {} {}", suite.file, test.line, test.name.replace(['\n', '\t'], " "));
            match (test.passed, test.skipped) {
                (_, true) => tell("equal", &name, "skipped by both"),
                (true, false) => tell("equal", &name, ""),
                (false, false) if is_alike => {
                    println!("failed in both: {name}");
                    tell("equal", &name, "failed in both");
                }
                (false, false) => tell("different", &name, "it fails by ours"),
            }
        }
    }
    for (whose, only) in [("ours", only_ours), ("theirs", only_theirs)] {
        for line in only {
            tell("different", &format!("printed by {whose} only"), line);
        }
    }
    if has_remote_schemas {
        println!("equal\t0\t\tschemas not checked by either, as they lie on another host");
    }
    println!("equal\t0\t\tours took {:.0} ms", ours_took.as_secs_f64() * 1e3);
    println!("equal\t0\t\thelm-unittest took {:.0} ms", theirs_took.as_secs_f64() * 1e3);
    Ok(())
}

/// The lines of one text that the other has not; what tells the time is no line of either.
fn lines<'a>(text: &'a str, other: &str) -> Vec<&'a str> {
    let known: BTreeSet<&str> = other.lines().collect();
    text.lines().filter(|line| !line.starts_with("Time:") && !known.contains(line)).collect()
}

#[expect(clippy::disallowed_methods, reason = "the time is what is measured")]
fn now() -> Instant {
    Instant::now()
}

/// Whether this is a schema of values that names others on another host, or has its own place there: nothing is
/// dialled for a comparison, and helm-unittest fails every test of such a chart then.
fn is_remote_schema(name: &str, text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let refers = || {
        text.split("\"$ref\"").skip(1).any(|rest| {
            let target = rest.trim_start_matches([':', ' ', '"']);
            target.starts_with("http") || !target.starts_with('#') && text.contains("\"$id\": \"http")
        })
    };
    name.ends_with("values.schema.json") && refers()
}

fn ours(
    arguments: &Arguments,
    skip_schema_validation: bool,
    tree: &Tree,
) -> anyhow::Result<(Report, Duration)> {
    let started = now();
    let options =
        Options { files: PATTERNS.map(str::to_owned).to_vec(), skip_schema_validation, ..Options::default() };
    let (chart, diagnostics) = TestChart::load(tree, "chart").map_err(anyhow::Error::msg)?;
    let suites = read_suites(tree, &chart, &options);
    let threads = match arguments.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let (next, done) =
        (Mutex::new(suites.iter().enumerate()), Mutex::new(Vec::<(usize, SuiteReport)>::new()));
    let take = || next.lock().ok().and_then(|mut next| next.next());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            // Templates nest deeper than a thread's usual stack is made for.
            let builder = std::thread::Builder::new().stack_size(32 << 20);
            let worker = || {
                while let Some((at, suite)) = take() {
                    let report = run_suite(tree, &chart, suite, &options);
                    if let Ok(mut done) = done.lock() {
                        done.push((at, report));
                    }
                }
            };
            builder.spawn_scoped(scope, worker)?;
        }
        std::io::Result::Ok(())
    })?;
    let Ok(mut done) = done.into_inner() else { bail!("a thread ended early") };
    done.sort_unstable_by_key(|(at, _)| *at);
    let mut report = ChartReport {
        name: chart.name().to_owned(),
        folder: "chart".to_owned(),
        diagnostics,
        ..ChartReport::default()
    };
    for (_, suite) in done {
        report.add(suite);
    }
    let elapsed = started.elapsed();
    Ok((Report { charts: vec![report], elapsed }, elapsed))
}

fn theirs(
    arguments: &Arguments,
    skip_schema_validation: bool,
    folder: &Path,
) -> anyhow::Result<(String, Duration)> {
    let mut command = Command::new(&arguments.peer);
    command.current_dir(folder);
    for pattern in PATTERNS {
        command.args(["-f", pattern]);
    }
    if skip_schema_validation {
        command.arg("--skip-schema-validation");
    }
    let started = now();
    let output = command.arg("chart").output().context("failed to run helm-unittest")?;
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), started.elapsed()))
}
