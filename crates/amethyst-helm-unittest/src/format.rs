//! Reports as text: for people, and for the machines that read JUnit, NUnit, XUnit, Sonar or JSON.

mod human;
mod json;
mod junit;
mod nunit;
mod sonar;
mod xml;
mod xunit;

use std::fmt::Write;

use crate::report::{Report, TestReport};

pub use human::{Human, human};

/// A format for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JUnit's XML.
    JUnit,
    /// NUnit's XML, version 2.
    NUnit,
    /// xUnit.net's XML, version 2: helm-unittest's default.
    XUnit,
    /// SonarQube's XML of test executions.
    Sonar,
    /// JSON, which helm-unittest has not.
    Json,
}

/// What the formats say of where and when the tests ran.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The name of the machine.
    pub host_name: String,
    /// The name of the user.
    pub user: String,
    /// The folder that the program runs in.
    pub working_folder: String,
    /// What the program was built with, and for what: `rustc1.95.linux-x86_64`.
    pub platform: String,
    /// The local date: `2026-11-28`.
    pub date: String,
    /// The local time: `01:20:00`.
    pub time: String,
    /// The user's language: `en`.
    pub language: String,
    /// The user's language and region: `en-US`.
    pub locale: String,
}

impl Format {
    /// The format of this name, in any case; helm-unittest knows the first four.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "junit" => Self::JUnit,
            "nunit" => Self::NUnit,
            "xunit" => Self::XUnit,
            "sonar" => Self::Sonar,
            "json" => Self::Json,
            _ => return None,
        })
    }

    /// The report in this format, ending in a line break.
    pub fn write(self, report: &Report, environment: &Environment) -> String {
        match self {
            Self::JUnit => junit::write(report, environment),
            Self::NUnit => nunit::write(report, environment),
            Self::XUnit => xunit::write(report, environment),
            Self::Sonar => sonar::write(report),
            Self::Json => json::write(report),
        }
    }
}

/// What a test says, as the formats for machines quote it.
fn stringify(test: &TestReport) -> String {
    let mut text = String::new();
    if test.skipped {
        let _ = writeln!(text, "SKIPPED '{}' ", test.name);
    }
    if let Some(error) = &test.error {
        let _ = writeln!(text, "{error}");
    }
    for assertion in &test.assertions {
        let _ = writeln!(text, "\t\t {} ", human::title(assertion));
        if assertion.skipped {
            let _ = writeln!(text, "\t\t\t {} ", assertion.skip_reason);
        }
        for line in assertion.info.iter().filter(|_| !assertion.skipped) {
            let _ = writeln!(text, "\t\t\t {line} ");
        }
    }
    text
}

/// What a test says, flat enough for an attribute.
fn attribute(test: &TestReport) -> String {
    stringify(test).replace('\n', ",").replace('\t', "")
}

/// The name of a class: what stands behind the last slash of a suite's name.
fn class_name(suite: &str) -> &str {
    suite.rsplit_once('/').map_or(suite, |(_, name)| name)
}

fn seconds(duration: std::time::Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

#[cfg(test)]
mod tests;
