//! What came of a run.

use std::time::Duration;

use amethyst_diag::{Diagnostic, Location};

pub use crate::snapshot::SnapshotCounts;

/// What came of the tests of some charts.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The charts, in the order in which they were asked for.
    pub charts: Vec<ChartReport>,
    /// How long it took; the engine has no clock, so the caller says it.
    pub elapsed: Duration,
}

/// What came of the tests of a chart.
#[derive(Clone, Debug, Default)]
pub struct ChartReport {
    /// The name of the chart.
    pub name: String,
    /// Its folder as it is shown.
    pub folder: String,
    /// Why none of its tests could run.
    pub error: Option<String>,
    /// Its suites.
    pub suites: Vec<SuiteReport>,
    /// Faults and remarks with their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// What came of a suite.
#[derive(Clone, Debug, Default)]
pub struct SuiteReport {
    /// Its name.
    pub name: String,
    /// The file it stands in.
    pub file: String,
    /// Whether all of its tests passed.
    pub passed: bool,
    /// Whether all of its tests were skipped.
    pub skipped: bool,
    /// Whether a failure ended it early.
    pub failed_fast: bool,
    /// Why it could not run.
    pub error: Option<String>,
    /// The line of the error, from 1; 0 when it is none in particular.
    pub error_line: u32,
    /// Its tests, as far as they ran.
    pub tests: Vec<TestReport>,
    /// Its snapshots.
    pub snapshots: SnapshotCounts,
    /// The file of snapshots that has to be written: its path in the tree and what it says.
    pub snapshot_file: Option<(String, String)>,
    /// Remarks on its rendering: that values were not checked.
    pub remarks: Vec<Diagnostic>,
}

/// What came of a test.
#[derive(Clone, Debug, Default)]
pub struct TestReport {
    /// Its name.
    pub name: String,
    /// Its place in the suite, from 0.
    pub index: usize,
    /// Its line in the file, from 1.
    pub line: u32,
    /// Whether it passed.
    pub passed: bool,
    /// Whether it was skipped.
    pub skipped: bool,
    /// Why it could not run to its end.
    pub error: Option<String>,
    /// Its assertions, as far as they ran.
    pub assertions: Vec<AssertionReport>,
    /// How long it took, if the caller brought a clock.
    pub duration: Duration,
}

/// What came of an assertion.
#[derive(Clone, Debug, Default)]
pub struct AssertionReport {
    /// Its place in the test, from 0.
    pub index: usize,
    /// Its line in the file, from 1.
    pub line: u32,
    /// Its name: `equal`.
    pub kind: &'static str,
    /// Whether it was turned around by `not`.
    pub not: bool,
    /// Whether it passed.
    pub passed: bool,
    /// Whether it was skipped.
    pub skipped: bool,
    /// Why it was skipped.
    pub skip_reason: &'static str,
    /// What was wrong, line by line.
    pub info: Vec<String>,
}

/// How many of something passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: usize,
    /// Failed, those with errors included.
    pub failed: usize,
    /// Failed with an error.
    pub errored: usize,
    /// Skipped.
    pub skipped: usize,
}

impl Report {
    /// Whether everything passed: the exit code is 0, and 1 otherwise.
    pub fn passed(&self) -> bool {
        self.charts.iter().all(ChartReport::passed)
    }

    /// The charts counted.
    pub fn chart_counts(&self) -> Counts {
        let mut counts = Counts::default();
        for chart in &self.charts {
            counts.add(chart.passed(), false, chart.error.is_some());
        }
        counts
    }

    /// The suites counted.
    pub fn suite_counts(&self) -> Counts {
        let mut counts = Counts::default();
        for suite in self.suites() {
            if suite.skipped {
                counts.skipped += 1;
            } else {
                counts.add(suite.passed, false, suite.error.is_some());
            }
        }
        counts
    }

    /// The tests counted.
    pub fn test_counts(&self) -> Counts {
        let mut counts = Counts::default();
        for test in self.suites().flat_map(|suite| &suite.tests) {
            counts.add(test.passed, test.skipped, test.error.is_some());
        }
        counts
    }

    /// The snapshots counted, and how many suites have some that differ.
    pub fn snapshot_counts(&self) -> (SnapshotCounts, usize) {
        let (mut all, mut suites) = (SnapshotCounts::default(), 0);
        for suite in self.suites() {
            let own = suite.snapshots;
            all.total += own.total;
            all.failed += own.failed;
            all.created += own.created;
            all.vanished += own.vanished;
            suites += usize::from(own.failed > 0 && !suite.skipped && !suite.passed);
        }
        (all, suites)
    }

    /// All suites.
    pub fn suites(&self) -> impl Iterator<Item = &SuiteReport> {
        self.charts.iter().flat_map(|chart| &chart.suites)
    }
}

impl ChartReport {
    /// Whether all of its tests passed.
    pub fn passed(&self) -> bool {
        self.error.is_none() && self.suites.iter().all(|suite| suite.passed)
    }
}

impl ChartReport {
    /// Adds what came of a suite, and a diagnostic for each of its failures.
    pub fn add(&mut self, suite: SuiteReport) {
        for remark in &suite.remarks {
            if !self.diagnostics.contains(remark) {
                self.diagnostics.push(remark.clone());
            }
        }
        let at = |line: u32| Location::new(&suite.file, line, 0);
        if let Some(error) = &suite.error {
            let hint = "correct the suite; its tests did not run";
            let fault =
                Diagnostic::error("helm-unittest-suite", error.clone()).at(at(suite.error_line)).hint(hint);
            self.diagnostics.push(fault);
        }
        for test in suite.tests.iter().filter(|test| !test.passed && !test.skipped) {
            if let Some(error) = &test.error {
                let message = format!("`{}`: {error}", test.name);
                let hint = "expect the failure with `failedTemplate`, or correct values and templates";
                let fault = Diagnostic::error("helm-unittest-error", message).at(at(test.line)).hint(hint);
                self.diagnostics.push(fault);
                continue;
            }
            for assertion in test.assertions.iter().filter(|assertion| !assertion.passed) {
                let not = if assertion.not { "NOT " } else { "" };
                let said = assertion.info.join(" ").replace('\t', " ");
                let message = format!("`{}`: {not}`{}` fails: {said}", test.name, assertion.kind);
                let hint = "correct the template, or what the test expects of it";
                let fault =
                    Diagnostic::error("helm-unittest-failed", message).at(at(assertion.line)).hint(hint);
                self.diagnostics.push(fault);
            }
        }
        self.suites.push(suite);
    }
}

impl SuiteReport {
    /// How long its tests took.
    pub fn duration(&self) -> Duration {
        self.tests.iter().map(|test| test.duration).sum()
    }
}

impl Counts {
    fn add(&mut self, passed: bool, skipped: bool, errored: bool) {
        if passed {
            self.passed += 1;
        } else if skipped {
            self.skipped += 1;
        } else {
            self.failed += 1;
            self.errored += usize::from(errored);
        }
    }
}
