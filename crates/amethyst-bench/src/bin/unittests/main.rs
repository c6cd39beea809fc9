//! The tests of charts, run by ours and by helm-unittest on the same copy of the chart: cases, what passed,
//! the lines of the output that differ, and how long it took.
//!
//! `cargo xtask peers unittest --corpus CHART...` builds the peer and calls this program.

mod copy;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
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
    /// Print the lines that differ
    #[arg(long)]
    show: bool,
    /// Folders of charts
    #[arg(required = true)]
    charts: Vec<PathBuf>,
}

/// Where suites lie in charts.
const PATTERNS: [&str; 2] = ["tests/**/*_test.yaml", "unittests/**/*_test.yaml"];

#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    println!("| chart | cases | ours pass, fail, skip | theirs | lines that differ | ours | theirs |");
    println!("|---|---|---|---|---|---|---|");
    let mut differ = 0;
    for chart in &arguments.charts {
        if !chart.to_string_lossy().contains(&arguments.only) {
            continue;
        }
        differ += compare(&arguments, chart)
            .with_context(|| format!("failed to compare the tests of `{}`", chart.display()))?;
    }
    Ok(if differ == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Compares one chart; gives the number of lines that differ.
#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
fn compare(arguments: &Arguments, chart: &Path) -> anyhow::Result<usize> {
    let folder = tempfile::tempdir()?;
    copy::chart(chart, &folder.path().join("chart"), 0)?;
    // Theirs writes snapshots: ours reads the chart before.
    let mut files = Vec::new();
    copy::read(folder.path(), folder.path(), &mut files)?;
    let tree = Tree::from_files(files);
    let (report, ours_took) = ours(arguments, &tree)?;
    let (printed, theirs_took) = theirs(arguments, folder.path())?;
    let ours_printed = human(&report, Human::default());
    let (only_ours, only_theirs) = (lines(&ours_printed, &printed), lines(&printed, &ours_printed));
    let differing = only_ours.len() + only_theirs.len();
    let counts = report.test_counts();
    let name = chart.file_name().unwrap_or_default().to_string_lossy();
    let theirs_counts = printed.lines().find(|line| line.starts_with("Tests:")).unwrap_or_default();
    println!(
        "| {name} | {} | {}, {}, {} | {} | {differing} | {ours_took:.2?} | {theirs_took:.2?} |",
        counts.passed + counts.failed + counts.skipped,
        counts.passed,
        counts.failed,
        counts.skipped,
        theirs_counts.trim_start_matches("Tests:").trim(),
    );
    if arguments.show {
        for line in only_ours {
            println!("+{line}");
        }
        for line in only_theirs {
            println!("-{line}");
        }
    }
    Ok(differing)
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

fn ours(arguments: &Arguments, tree: &Tree) -> anyhow::Result<(Report, Duration)> {
    let started = now();
    let options = Options {
        files: PATTERNS.map(str::to_owned).to_vec(),
        skip_schema_validation: arguments.skip_schema_validation,
        ..Options::default()
    };
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

fn theirs(arguments: &Arguments, folder: &Path) -> anyhow::Result<(String, Duration)> {
    let mut command = Command::new(&arguments.peer);
    command.current_dir(folder);
    for pattern in PATTERNS {
        command.args(["-f", pattern]);
    }
    if arguments.skip_schema_validation {
        command.arg("--skip-schema-validation");
    }
    let started = now();
    let output = command.arg("chart").output().context("failed to run helm-unittest")?;
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), started.elapsed()))
}
