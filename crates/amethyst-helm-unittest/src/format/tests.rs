//! The formats, as helm-unittest 1.1.2 writes them.

use std::time::Duration;

use super::{Environment, Format, Human, human};
use crate::report::{AssertionReport, ChartReport, Report, SuiteReport, TestReport};

fn report() -> Report {
    let failed = TestReport {
        name: "it <fails>".to_owned(),
        index: 1,
        line: 9,
        assertions: vec![AssertionReport {
            index: 0,
            line: 11,
            kind: "equal",
            not: true,
            info: vec!["Path:\ta".to_owned(), "Expected NOT to equal:".to_owned(), "\t1".to_owned()],
            ..AssertionReport::default()
        }],
        ..TestReport::default()
    };
    let broken =
        TestReport { name: "breaks".to_owned(), error: Some("no & no".to_owned()), ..TestReport::default() };
    let skipped = TestReport { name: "skips".to_owned(), skipped: true, ..TestReport::default() };
    let passed = TestReport { name: "passes".to_owned(), passed: true, ..TestReport::default() };
    let suite = SuiteReport {
        name: "web / suite".to_owned(),
        file: "c/tests/a_test.yaml".to_owned(),
        tests: vec![passed, failed, broken, skipped],
        ..SuiteReport::default()
    };
    let chart = ChartReport {
        name: "web".to_owned(),
        folder: "c".to_owned(),
        suites: vec![suite],
        ..ChartReport::default()
    };
    Report { charts: vec![chart], elapsed: Duration::from_micros(1_234_500) }
}

#[test]
fn people_read_what_failed() {
    let expect = "\n### Chart [ web ] c\n\n FAIL  web / suite\tc/tests/a_test.yaml\n\t- it <fails>\n\n\t\t- \
                  asserts[0] NOT `equal` fail\n\t\t\tPath:\ta\n\t\t\tExpected NOT to equal:\n\t\t\t\t1\n\n\t- \
                  breaks\n\t\tError: no & no\n\n\t- SKIPPED 'skips'\n\nCharts:      1 failed, 0 passed, 1 \
                  total\nTest Suites: 1 failed, 0 passed, 1 total\nTests:       2 failed, 1 errored, 1 passed, 1 \
                  skipped, 4 total\nSnapshot:    0 passed, 0 total\nTime:        1.2345s\n\n";
    assert_eq!(human(&report(), Human::default()), expect);
    let placed = human(&report(), Human { color: false, places: true });
    assert!(placed.contains("`equal` fail (c/tests/a_test.yaml:11)"), "{placed}");
}

#[test]
fn machines_read_what_failed() {
    let environment = Environment {
        host_name: "host".to_owned(),
        date: "2026-01-02".to_owned(),
        time: "03:04:05".to_owned(),
        ..Environment::default()
    };
    let junit = Format::JUnit.write(&report(), &environment);
    let expect = "<testsuites>\n\t<testsuite id=\"0\" tests=\"4\" failures=\"1\" errors=\"1\" package=\"\" \
                  time=\"0.000\" name=\"web / suite\" timestamp=\"2026-01-02T03:04:05\" hostname=\"host\">\n\t\t\
                  <properties>\n\t\t\t<property name=\"helm-unittest.version\" value=\"1.6\"></property>\n\t\t\
                  </properties>\n\t\t<testcase classname=\" suite\" name=\"passes\" time=\"0.000\"></testcase>\n\t\t\
                  <testcase classname=\" suite\" name=\"it &lt;fails&gt;\" time=\"0.000\">\n\t\t\t<failure \
                  message=\"Failed\" type=\"\"> - asserts[0] NOT `equal` fail , Path:a , Expected NOT to equal: , 1 \
                  ,</failure>\n\t\t</testcase>\n";
    assert!(junit.starts_with(expect), "{junit}");
    let xunit = Format::XUnit.write(&report(), &environment);
    assert!(xunit.contains("<reason><![CDATA[SKIPPED 'skips' \n]]></reason>"), "{xunit}");
    let sonar = Format::Sonar.write(&report(), &environment);
    assert!(sonar.contains("<error message=\"Error\"><![CDATA[no & no]]></error>"), "{sonar}");
    let nunit = Format::NUnit.write(&report(), &environment);
    assert!(nunit.contains("total=\"4\" errors=\"1\" failures=\"1\""), "{nunit}");
    let json = Format::Json.write(&report(), &environment);
    assert!(json.starts_with("{\"passed\":false,"), "{json}");
}
