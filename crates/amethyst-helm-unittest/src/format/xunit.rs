//! xUnit.net's XML, version 2.

use super::xml::Xml;
use super::{Environment, class_name, seconds, stringify};
use crate::report::{Report, SuiteReport, TestReport};

const METHOD: &str = "Helm-Validation";

pub(super) fn write(report: &Report, environment: &Environment) -> String {
    let mut xml = Xml::default();
    xml.open("assemblies", &[]);
    for suite in report.suites().filter(|suite| suite.error.is_none()) {
        assembly(&mut xml, suite, environment);
    }
    xml.finish()
}

fn assembly(xml: &mut Xml, suite: &SuiteReport, environment: &Environment) {
    let count = |is: fn(&TestReport) -> bool| suite.tests.iter().filter(|test| is(test)).count().to_string();
    let (total, time) = (suite.tests.len().to_string(), seconds(suite.duration()));
    let passed = count(|test| !test.skipped && test.passed);
    let failed = count(|test| !test.skipped && !test.passed && test.error.is_none());
    let skipped = count(|test| test.skipped);
    let errors = count(|test| !test.skipped && !test.passed && test.error.is_some());
    xml.open(
        "assembly",
        &[
            ("name", &suite.file),
            ("config-file", &suite.file),
            ("test-framework", "helm-unittest"),
            ("run-date", &environment.date),
            ("run-time", &environment.time),
            ("time", &time),
            ("total", &total),
            ("passed", &passed),
            ("failed", &failed),
            ("skipped", &skipped),
            ("errors", &errors),
        ],
    );
    xml.text("environment", &[], &environment.platform);
    xml.text("errors", &[], "");
    xml.open(
        "collection",
        &[
            ("name", &suite.name),
            ("time", &time),
            ("total", &total),
            ("passed", &passed),
            ("failed", &failed),
            ("skipped", &skipped),
        ],
    );
    for test in &suite.tests {
        case(xml, class_name(&suite.name), test);
    }
    xml.close();
    xml.close();
}

fn case(xml: &mut Xml, class: &str, test: &TestReport) {
    let result = match (test.skipped, test.passed) {
        (true, _) => "Skip",
        (false, false) => "Fail",
        (false, true) => "Pass",
    };
    xml.open(
        "test",
        &[
            ("name", &test.name),
            ("type", class),
            ("method", METHOD),
            ("time", &seconds(test.duration)),
            ("result", result),
        ],
    );
    xml.text("traits", &[], "");
    if test.skipped {
        xml.cdata("reason", &[], &stringify(test));
    } else if !test.passed {
        let kind = if test.error.is_some() { format!("{METHOD}-Error") } else { METHOD.to_owned() };
        xml.open("failure", &[("exception-type", &kind)]);
        xml.cdata("message", &[], "Failed");
        xml.cdata("stack-trace", &[], &stringify(test));
        xml.close();
    }
    xml.close();
}
