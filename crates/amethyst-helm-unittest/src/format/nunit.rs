//! NUnit's XML, version 2.

use super::xml::Xml;
use super::{Environment, class_name, seconds, stringify};
use crate::report::{Report, TestReport};

pub(super) fn write(report: &Report, environment: &Environment) -> String {
    let suites: Vec<_> = report.suites().filter(|suite| suite.error.is_none()).collect();
    let count = |is: fn(&TestReport) -> bool| {
        suites.iter().flat_map(|suite| &suite.tests).filter(|test| is(test)).count().to_string()
    };
    let mut xml = Xml::default();
    xml.open(
        "test-results",
        &[
            ("name", "helm-unittest"),
            ("total", &count(|_| true)),
            ("errors", &count(|test| !test.passed && !test.skipped && test.error.is_some())),
            ("failures", &count(|test| !test.passed && !test.skipped && test.error.is_none())),
            ("inconclusive", "0"),
            ("not-run", "0"),
            ("ignored", "0"),
            ("skipped", &count(|test| test.skipped)),
            ("invalid", "0"),
            ("date", &environment.date),
            ("time", &environment.time),
        ],
    );
    let place = [
        ("nunit-version", "2.5.8.0"),
        ("clr-version", "unknown"),
        ("os-version", "unknown"),
        ("platform", &environment.platform),
        ("cwd", &environment.working_folder),
        ("machine-name", &environment.host_name),
        ("user", &environment.user),
        ("user-domain", ""),
    ];
    xml.text("environment", &place, "");
    let culture = [("current-culture", &*environment.language), ("current-uiculture", &environment.locale)];
    xml.text("culture-info", &culture, "");
    for suite in suites {
        xml.open(
            "test-suite",
            &[
                ("type", "TestFixture"),
                ("name", &suite.name),
                ("description", &suite.file),
                ("success", &suite.passed.to_string()),
                ("time", &seconds(suite.duration())),
                ("executed", &(!suite.skipped).to_string()),
                ("asserts", ""),
                ("result", result(suite.passed, suite.skipped)),
            ],
        );
        if !suite.tests.is_empty() {
            xml.open("results", &[]);
            suite.tests.iter().for_each(|test| case(&mut xml, class_name(&suite.name), test));
            xml.close();
        }
        xml.close();
    }
    xml.finish()
}

fn case(xml: &mut Xml, class: &str, test: &TestReport) {
    xml.open(
        "test-case",
        &[
            ("name", &test.name),
            ("description", &format!("{class}.{}", test.name)),
            ("success", &test.passed.to_string()),
            ("time", &seconds(test.duration)),
            ("executed", &(test.error.is_none() && !test.skipped).to_string()),
            ("asserts", "0"),
            ("result", result(test.passed, test.skipped)),
        ],
    );
    if test.skipped {
        xml.open("reason", &[]);
        xml.text("message", &[], &stringify(test));
        xml.close();
    } else if !test.passed {
        xml.open("failure", &[]);
        xml.text("message", &[], "Failed");
        xml.text("stack-trace", &[], &stringify(test));
        xml.close();
    }
    xml.close();
}

fn result(passed: bool, skipped: bool) -> &'static str {
    match (skipped, passed) {
        (true, _) => "Skipped",
        (false, false) => "Failed",
        (false, true) => "Success",
    }
}
