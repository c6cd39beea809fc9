//! JUnit's XML.

use super::xml::Xml;
use super::{Environment, attribute, class_name, seconds};
use crate::report::Report;

pub(super) fn write(report: &Report, environment: &Environment) -> String {
    let mut xml = Xml::default();
    xml.open("testsuites", &[]);
    for (id, suite) in report.suites().filter(|suite| suite.error.is_none()).enumerate() {
        let failed = suite.tests.iter().filter(|test| !test.passed && !test.skipped);
        let (errors, failures): (Vec<_>, Vec<_>) = failed.partition(|test| test.error.is_some());
        xml.open(
            "testsuite",
            &[
                ("id", &id.to_string()),
                ("tests", &suite.tests.len().to_string()),
                ("failures", &failures.len().to_string()),
                ("errors", &errors.len().to_string()),
                ("package", ""),
                ("time", &seconds(suite.duration())),
                ("name", &suite.name),
                ("timestamp", &format!("{}T{}", environment.date, environment.time)),
                ("hostname", &environment.host_name),
            ],
        );
        xml.open("properties", &[]);
        xml.text("property", &[("name", "helm-unittest.version"), ("value", "1.6")], "");
        xml.close();
        for test in &suite.tests {
            let time = seconds(test.duration);
            let attributes = [("classname", class_name(&suite.name)), ("name", &*test.name), ("time", &time)];
            xml.open("testcase", &attributes);
            if test.skipped {
                xml.text("skipped", &[("message", &attribute(test))], "");
            } else if !test.passed {
                match &test.error {
                    Some(error) => xml.text("error", &[("message", "Error"), ("type", "")], error),
                    None => xml.text("failure", &[("message", "Failed"), ("type", "")], &attribute(test)),
                }
            }
            xml.close();
        }
        xml.close();
    }
    xml.finish()
}
