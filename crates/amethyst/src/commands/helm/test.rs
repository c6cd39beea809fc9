//! `amethyst helm test`: the suites of charts, many at once, told as helm-unittest tells them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use amethyst_clock::Clock;
use amethyst_diag::Diagnostic;
use amethyst_helm_unittest::format::{Environment, Format, Human, human};
use amethyst_helm_unittest::{
    ChartReport, Options, Report, Suite, SuiteReport, TestChart, read_suites, run_suite,
};
use amethyst_tree::Tree;
use anyhow::{Context, anyhow};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use crate::arguments::{self, Test};
use crate::commands::kustomize::relative;
use crate::{environment, output, settings};

/// Templates nest deep: each call of a template stands on the stack.
const STACK_BYTES: usize = 32 << 20;

/// A chart's folder as the user named it, and the files around it.
struct Place {
    /// As the user named it.
    shown: String,
    /// On the disk: the root of the tree.
    root: PathBuf,
    /// The chart's folder in the tree.
    folder: String,
    tree: Tree,
}

/// Runs the tests. Exit codes are helm-unittest's: 1 when anything failed.
pub(super) fn run(arguments: &Test) -> anyhow::Result<ExitCode> {
    let Some(format) = Format::from_name(&arguments.output_type) else {
        output::note(&format!("error: `--output-type {}` is not known", arguments.output_type));
        output::note("hint: one of JUnit, NUnit, XUnit, Sonar, Json");
        return Ok(ExitCode::from(output::USAGE));
    };
    let clock = Clock::system();
    let begun = clock.instant();
    let since = move || begun.elapsed();
    let values = arguments.values.iter().map(|file| values(file, &arguments.charts));
    let options = Options {
        files: arguments.file.clone(),
        values: values.collect::<anyhow::Result<_>>()?,
        strict: arguments.strict,
        update_snapshots: arguments.update_snapshot,
        without_subcharts: !arguments.with_subchart,
        fail_fast: arguments.failfast,
        skip_schema_validation: arguments.skip_schema_validation,
        chart_tests_path: arguments.chart_tests_path.clone(),
        clock: Some(&since),
        ..Options::default()
    };
    let threads = ThreadPoolBuilder::new().stack_size(STACK_BYTES).build().context("failed to start")?;
    let mut report = Report::default();
    for chart in &arguments.charts {
        let one = match Place::of(chart) {
            Ok(place) => threads.install(|| place.test(&options))?,
            Err(error) => {
                let (shown, error) = (chart.display().to_string(), format!("{error:#}"));
                ChartReport { folder: shown, error: Some(error), ..ChartReport::default() }
            }
        };
        let ends = options.fail_fast && one.error.is_some();
        report.charts.push(one);
        if ends {
            break;
        }
    }
    report.elapsed = since();
    if let Some(file) = &arguments.output_file {
        let text = format.write(&report, &surroundings(&clock));
        std::fs::write(file, text).with_context(|| format!("failed to write `{}`", file.display()))?;
    }
    let color = arguments.color.unwrap_or_else(output::is_data_coloured);
    output::raw(&human(&report, Human { color, places: false }));
    let told: Vec<Diagnostic> =
        report.charts.iter().flat_map(|chart| chart.diagnostics.iter().cloned()).collect();
    output::diagnostics(&told, arguments::Report::Human)?;
    Ok(ExitCode::from(if report.passed() { 0 } else { output::FAULTS }))
}

impl Place {
    /// The tree is the repository around the chart, for charts beside it are dependencies; or the chart's own
    /// folder. What lies in the chart's folder counts though git ignores it: its `charts` often are.
    fn of(chart: &Path) -> anyhow::Result<Self> {
        let shown = chart.display().to_string();
        let folder =
            chart.canonicalize().map_err(|error| anyhow!("failed to find the chart `{shown}`: {error}"))?;
        anyhow::ensure!(folder.is_dir(), "`{shown}` is no folder of a chart");
        let root = settings::repository(&folder).unwrap_or_else(|_| folder.clone());
        let path = relative(&root, &folder).ok_or_else(|| anyhow!("`{shown}` is no path of text"))?;
        let tree = amethyst_source::folder_with(&root, std::slice::from_ref(&path))
            .context("failed to list the files around the chart")?;
        Ok(Self { shown, root, folder: path, tree })
    }

    fn test(&self, options: &Options<'_>) -> anyhow::Result<ChartReport> {
        let folder = self.shown.clone();
        let (chart, diagnostics) = match TestChart::load(&self.tree, &self.folder) {
            Ok(loaded) => loaded,
            Err(error) => {
                let fault = Diagnostic::error("helm-unittest-chart", error.clone())
                    .at(amethyst_diag::Location::file(format!("{folder}/Chart.yaml")))
                    .hint("correct the chart, or name the folder with its `Chart.yaml`");
                let diagnostics = vec![fault];
                return Ok(ChartReport { folder, error: Some(error), diagnostics, ..ChartReport::default() });
            }
        };
        let name = chart.name().to_owned();
        let mut report = ChartReport { name, folder, diagnostics, ..ChartReport::default() };
        let suites = read_suites(&self.tree, &chart, options);
        for mut suite in self.suites(&chart, &suites, options) {
            if let Some((path, text)) = suite.snapshot_file.take() {
                self.write(&path, &text)?;
            }
            suite.file = self.show(&suite.file);
            report.add(suite);
        }
        for fault in &mut report.diagnostics {
            if let Some(place) = &mut fault.location
                && self.tree.entry(&place.file).is_some()
            {
                place.file = self.show(&place.file);
            }
        }
        Ok(report)
    }

    /// Runs suites side by side, or one after the other where the first failure is the last.
    fn suites(&self, chart: &TestChart, suites: &[Suite], options: &Options<'_>) -> Vec<SuiteReport> {
        let run = |suite: &Suite| run_suite(&self.tree, chart, suite, options);
        if !options.fail_fast {
            return suites.par_iter().map(run).collect();
        }
        let mut reports = Vec::new();
        for suite in suites {
            let report = run(suite);
            let ends = report.failed_fast;
            reports.push(report);
            if ends {
                break;
            }
        }
        reports
    }

    fn write(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let file = self.root.join(path);
        let written =
            file.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&file, text));
        written.with_context(|| format!("failed to write the snapshots `{}`", file.display()))
    }

    /// A path of the tree as it is seen from where the program runs.
    fn show(&self, path: &str) -> String {
        let below = if self.folder.is_empty() {
            Some(path)
        } else {
            path.strip_prefix(&self.folder).and_then(|rest| rest.strip_prefix('/'))
        };
        let base = self.shown.trim_start_matches("./").trim_end_matches('/');
        match below {
            Some(below) if base.is_empty() || base == "." => below.to_owned(),
            Some(below) => format!("{base}/{below}"),
            None => path.to_owned(),
        }
    }
}

/// A file of values with its name: from here, or else from the first chart that has it.
fn values(file: &Path, charts: &[PathBuf]) -> anyhow::Result<(String, String)> {
    let found = std::iter::once(file.to_owned()).chain(charts.iter().map(|chart| chart.join(file)));
    let found = found.into_iter().find(|file| file.is_file()).unwrap_or_else(|| file.to_owned());
    let text = std::fs::read_to_string(&found).with_context(|| {
        format!("failed to read `{}`\nhint: `--values FILE` names a file of values", file.display())
    })?;
    Ok((found.display().to_string(), text))
}

/// What reports for machines say of where and when the tests ran.
fn surroundings(clock: &Clock) -> Environment {
    let now = clock.now_rfc3339();
    let (date, time) = now.trim_end_matches('Z').split_once('T').unwrap_or_default();
    let locale = environment::locale();
    Environment {
        host_name: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        user: environment::user(),
        working_folder: std::env::current_dir().map(|path| path.display().to_string()).unwrap_or_default(),
        platform: format!(
            "amethyst{}.{}-{}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH
        ),
        date: date.to_owned(),
        time: time.to_owned(),
        language: locale.split('-').next().unwrap_or_default().to_owned(),
        locale,
    }
}
