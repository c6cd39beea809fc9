//! SonarQube's XML of test executions.

use super::stringify;
use super::xml::Xml;
use crate::report::Report;

pub(super) fn write(report: &Report) -> String {
    let mut xml = Xml::default();
    xml.open("testExecutions", &[("version", "1")]);
    for suite in report.suites().filter(|suite| suite.error.is_none()) {
        xml.open("file", &[("path", &suite.file)]);
        for test in &suite.tests {
            let duration = test.duration.as_millis().to_string();
            xml.open("testCase", &[("name", &test.name), ("duration", &duration)]);
            if test.skipped {
                xml.cdata("skipped", &[("message", "Skipped")], &stringify(test));
            } else if !test.passed {
                match &test.error {
                    Some(error) => xml.cdata("error", &[("message", "Error")], error),
                    None => xml.cdata("failure", &[("message", "Failed")], &stringify(test)),
                }
            }
            xml.close();
        }
        xml.close();
    }
    xml.finish()
}
