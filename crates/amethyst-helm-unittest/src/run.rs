//! Running suites.

use std::time::Duration;

use amethyst_tree::Tree;

use crate::job::Job;
use crate::render::{HelmRenderer, Renderer, TestChart};
use crate::report::{ChartReport, SuiteReport, TestReport};
use crate::snapshot::Cache;
use crate::suite::Suite;
use crate::templates::Selection;

/// The time since some point, for how long tests take.
pub type Clock<'a> = &'a (dyn Fn() -> Duration + Sync);

/// The version of Kubernetes that helm-unittest renders for, unless a suite says another.
pub(crate) const KUBE_VERSION: (&str, &str) = ("1", "20");

/// How tests are run.
#[derive(Clone, Default)]
pub struct Options<'a> {
    /// Patterns of suite files within the chart; `tests/*_test.yaml` when there are none.
    pub files: Vec<String>,
    /// Files of values for all suites: names and contents.
    pub values: Vec<(String, String)>,
    /// What stands before the paths of the tree when they are shown.
    pub shown_root: String,
    /// Fields that no suite has are faults.
    pub strict: bool,
    /// Snapshots that differ are replaced.
    pub update_snapshots: bool,
    /// The suites of subcharts are left out.
    pub without_subcharts: bool,
    /// The first failure ends everything.
    pub fail_fast: bool,
    /// Values are not checked against the chart's schema.
    pub skip_schema_validation: bool,
    /// A folder of the chart with a chart that renders suites.
    pub chart_tests_path: Option<String>,
    /// Tells how long tests take.
    pub clock: Option<Clock<'a>>,
}

/// Hands on the version of Kubernetes from test to test: upstream changes its default with every test that
/// names one, and the tests after it render for that.
pub(crate) fn chain_kube_versions(suites: &mut [Suite]) {
    let (mut major, mut minor) = (KUBE_VERSION.0.to_owned(), KUBE_VERSION.1.to_owned());
    for suite in suites {
        suite.kube_version_before = (major.clone(), minor.clone());
        for test in suite.tests.iter().filter(|test| test.skip.is_empty()) {
            if !test.capabilities.major.is_empty() {
                major.clone_from(&test.capabilities.major);
            }
            if !test.capabilities.minor.is_empty() {
                minor.clone_from(&test.capabilities.minor);
            }
        }
    }
}

/// Loads the chart in `folder`, runs all of its suites one after the other and tells what came of them.
/// Snapshots that have to be written are in the report; nothing is written.
pub fn run(tree: &Tree, folder: &str, options: &Options<'_>) -> ChartReport {
    let shown = crate::load::shown(options, folder);
    let (chart, diagnostics) = match TestChart::load(tree, folder) {
        Ok(loaded) => loaded,
        Err(error) => return ChartReport { folder: shown, error: Some(error), ..ChartReport::default() },
    };
    let mut report =
        ChartReport { name: chart.name().to_owned(), folder: shown, diagnostics, ..ChartReport::default() };
    for suite in crate::load::read_suites(tree, &chart, options) {
        let one = run_suite(tree, &chart, &suite, options);
        let ends = one.failed_fast;
        report.add(one);
        if ends {
            break;
        }
    }
    report
}

/// Runs one suite. Suites do not depend on each other: many threads may run those of one chart.
pub fn run_suite(tree: &Tree, chart: &TestChart, suite: &Suite, options: &Options<'_>) -> SuiteReport {
    let renderer = HelmRenderer::new(chart);
    let mut report = run_with(suite, &renderer, tree, options);
    report.remarks = renderer.into_remarks();
    report
}

/// Runs one suite with what renders its chart.
pub(crate) fn run_with(
    suite: &Suite,
    renderer: &dyn Renderer,
    files: &Tree,
    options: &Options<'_>,
) -> SuiteReport {
    let mut report =
        SuiteReport { name: suite.name.clone(), file: suite.file.clone(), ..SuiteReport::default() };
    if let Some(fault) = &suite.fault {
        report.error = Some(fault.message.clone());
        report.error_line = fault.line;
        return report;
    }
    let snapshots = files.read(&suite.snapshot_path()).map_err(|error| error.to_string());
    let snapshots = snapshots.and_then(|content| {
        let text = content.as_ref().map(|content| String::from_utf8_lossy(content));
        Cache::read(text.as_deref(), options.update_snapshots)
    });
    let mut cache = match snapshots {
        Ok(cache) => cache,
        Err(error) => {
            report.error = Some(format!("{error}, in {}", suite.snapshot_path()));
            return report;
        }
    };
    let selection = Selection::new(&suite.route, &suite.templates, &suite.exclude_templates);
    let (mut major, mut minor) = suite.kube_version_before.clone();
    for (index, test) in suite.tests.iter().enumerate() {
        if test.skip.is_empty() {
            for (own, current) in
                [(&test.capabilities.major, &mut major), (&test.capabilities.minor, &mut minor)]
            {
                if !own.is_empty() {
                    current.clone_from(own);
                }
            }
            let job = Job {
                suite,
                test,
                renderer,
                files,
                selection: &selection,
                kube_version: (&major, &minor),
                fail_fast: options.fail_fast,
                skip_schema: options.skip_schema_validation,
            };
            let started = options.clock.map(|clock| clock());
            let mut one = job.run(index, &mut cache);
            if let (Some(clock), Some(started)) = (options.clock, started) {
                one.duration = clock().saturating_sub(started);
            }
            report.passed = (index == 0 || report.passed) && one.passed;
            report.tests.push(one);
        } else {
            report.passed |= index == 0;
            report.tests.push(TestReport {
                name: test.name.clone(),
                index,
                line: test.line,
                skipped: true,
                ..TestReport::default()
            });
        }
        if !report.passed && options.fail_fast {
            report.failed_fast = true;
            break;
        }
    }
    report.skipped = !suite.tests.is_empty() && suite.tests.iter().all(|test| !test.skip.is_empty());
    report.snapshots = cache.counts();
    report.snapshot_file = cache.changed().map(|text| (suite.snapshot_path(), text));
    report
}

#[cfg(test)]
mod tests;
