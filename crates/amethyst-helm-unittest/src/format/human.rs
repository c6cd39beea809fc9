//! For people: suites, what failed in them, and a summary, as helm-unittest prints them.

use std::fmt::Write;
use std::time::Duration;

use crate::report::{AssertionReport, Counts, Report, SuiteReport, TestReport};

/// How a report is printed for people.
#[derive(Clone, Copy, Debug, Default)]
pub struct Human {
    /// With colours of a terminal.
    pub color: bool,
    /// With the file and line of what failed, which upstream does not tell.
    pub places: bool,
}

/// The report for people.
pub fn human(report: &Report, style: Human) -> String {
    let mut printer = Printer { out: String::new(), style };
    for chart in &report.charts {
        for suite in chart.suites.iter().filter(|_| chart.error.is_some()) {
            printer.suite(suite);
        }
        if let Some(error) = &chart.error {
            let head = format!("\n### {} {error}\n", printer.paint("31", "Error: "));
            printer.line(0, &head);
            continue;
        }
        let (name, folder) = (printer.paint("1", &chart.name), printer.paint("2", &chart.folder));
        printer.line(0, &format!("\n### Chart [ {name} ] {folder}\n"));
        chart.suites.iter().for_each(|suite| printer.suite(suite));
    }
    printer.summary(report);
    printer.out
}

struct Printer {
    out: String,
    style: Human,
}

impl Printer {
    fn line(&mut self, level: usize, text: &str) {
        self.out.extend(std::iter::repeat_n('\t', level));
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// The text between the terminal's codes for a style, which is reset code by code.
    fn paint(&self, codes: &str, text: &str) -> String {
        if !self.style.color {
            return text.to_owned();
        }
        let off: Vec<&str> = codes
            .split(';')
            .map(|code| match code {
                "1" | "2" => "22",
                _ => "0",
            })
            .collect();
        format!("\u{1b}[{codes}m{text}\u{1b}[{}m", off.join(";"))
    }

    fn suite(&mut self, suite: &SuiteReport) {
        let label = if suite.skipped {
            self.paint("43;30", " SKIP ")
        } else if suite.passed {
            self.paint("42;30", " PASS ")
        } else {
            self.paint("41;37", " FAIL ")
        };
        let path = match suite.file.rsplit_once('/') {
            _ if suite.file.is_empty() => String::new(),
            Some((folder, name)) => format!("{}{name}", self.paint("2", &format!("{folder}/"))),
            None => format!("{}{}", self.paint("2", "./"), suite.file),
        };
        let name = self.paint("1", &suite.name);
        self.line(0, &format!("{label} {name}\t{path}"));
        if let Some(error) = &suite.error {
            let head = self.paint("1", "- Execution Error: ");
            self.line(1, &head);
            self.line(2, &format!("{error}\n"));
            return;
        }
        for test in &suite.tests {
            self.test(suite, test);
        }
    }

    fn test(&mut self, suite: &SuiteReport, test: &TestReport) {
        if test.passed {
            return;
        }
        if test.skipped {
            let message = [
                self.paint("1", "- "),
                self.paint("43;30", "SKIPPED"),
                self.paint("33", &format!(" '{}'", test.name)),
            ];
            self.line(1, &message.concat());
            return;
        }
        if let Some(error) = &test.error {
            let place = self.place(suite, test.line);
            let (name, error) =
                (self.paint("1", &format!("- {}", test.name)), self.paint("1", &format!("Error: {error}\n")));
            self.line(1, &format!("{name}{place}"));
            self.line(2, &error);
            return;
        }
        let name = self.paint("31", &format!("- {}\n", test.name));
        self.line(1, &name);
        for assertion in test.assertions.iter().filter(|assertion| !assertion.passed) {
            let title = self.paint("31", &title(assertion));
            let place = self.place(suite, assertion.line);
            self.line(2, &format!("{title}{place}"));
            for line in &assertion.info {
                self.line(3, line);
            }
            self.line(0, "");
        }
    }

    fn place(&self, suite: &SuiteReport, line: u32) -> String {
        if self.style.places && line > 0 { format!(" ({}:{line})", suite.file) } else { String::new() }
    }

    fn summary(&mut self, report: &Report) {
        let (snapshots, suites) = report.snapshot_counts();
        if snapshots.failed > 0 {
            let failed = self.paint("31", &format!("{} snapshot failed", snapshots.failed));
            let advice = self.paint("2", " Check changes and use `-u` to update snapshot.");
            self.line(0, &format!("\nSnapshot Summary: {failed} in {suites} test suite.{advice}"));
        }
        let of_snapshots = Counts {
            passed: (snapshots.total - snapshots.failed) as usize,
            failed: snapshots.failed as usize,
            ..Counts::default()
        };
        let text = format!(
            "\nCharts:      {}\nTest Suites: {}\nTests:       {}\nSnapshot:    {}\nTime:        {}\n",
            self.counts(report.chart_counts()),
            self.counts(report.suite_counts()),
            self.counts(report.test_counts()),
            self.counts(of_snapshots),
            elapsed(report.elapsed),
        );
        self.line(0, &text);
    }

    fn counts(&self, counts: Counts) -> String {
        let mut text = String::new();
        if counts.failed > 0 {
            text.push_str(&self.paint("31", &format!("{} failed, ", counts.failed)));
        }
        if counts.errored > 0 {
            let _ = write!(text, "{} errored, ", counts.errored);
        }
        let total = counts.passed + counts.failed + counts.skipped;
        let _ = write!(text, "{} passed, ", counts.passed);
        if counts.skipped > 0 {
            let _ = write!(text, "{} skipped, ", counts.skipped);
        }
        let _ = write!(text, "{total} total");
        text
    }
}

/// What an assertion is called when it fails.
pub(super) fn title(assertion: &AssertionReport) -> String {
    let not = if assertion.not { " NOT" } else { "" };
    format!("- asserts[{}]{not} `{}` fail", assertion.index, assertion.kind)
}

/// A duration as Go prints it: `1.234567891s`, `56.7ms`.
fn elapsed(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let trimmed = |whole: u128, fraction: u128, width: usize, unit: &str| {
        let fraction = format!("{fraction:0width$}");
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{whole}{point}{fraction}{unit}")
    };
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => trimmed(nanos / 1_000, nanos % 1_000, 3, "µs"),
        1_000_000..1_000_000_000 => trimmed(nanos / 1_000_000, nanos % 1_000_000, 6, "ms"),
        _ => {
            let seconds = nanos / 1_000_000_000;
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let tail = trimmed(seconds % 60, nanos % 1_000_000_000, 9, "s");
            match (hours, minutes) {
                (0, 0) => tail,
                (0, minutes) => format!("{minutes}m{tail}"),
                (hours, minutes) => format!("{hours}h{minutes}m{tail}"),
            }
        }
    }
}
