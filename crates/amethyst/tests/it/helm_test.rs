//! `amethyst helm test`: suites that pass, suites that fail, snapshots that are written.

use crate::homelab::Homelab;
use crate::program::{exists, run_in};

const SUITE: &str = "\
suite: greeting
templates: [map.yaml]
tests:
  - it: greets
    set: {greeting: hello}
    asserts:
      - equal: {path: data.text, value: hello}
      - matchSnapshot: {}
";

/// A repository with a chart that takes a template from a chart beside it.
fn charts() -> Homelab {
    Homelab::uncommitted(&[
        ("charts/common/Chart.yaml", "apiVersion: v2\nname: common\nversion: 1.0.0\ntype: library\n"),
        ("charts/common/templates/_name.tpl", "{{ define \"common.name\" }}{{ .Release.Name }}{{ end }}\n"),
        (
            "charts/app/Chart.yaml",
            "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- name: common\n  version: 1.0.0\n  \
             repository: file://../common\n",
        ),
        ("charts/app/values.yaml", "greeting: hi\n"),
        (
            "charts/app/templates/map.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include \"common.name\" . }}\ndata:\n  \
             text: {{ .Values.greeting }}\n",
        ),
        ("charts/app/tests/map_test.yaml", SUITE),
    ])
}

#[test]
fn suites_pass_and_write_their_snapshots() {
    let homelab = charts();
    let repository = homelab.repository();
    let ended = run_in(&repository, &["helm", "test", "charts/app"]);
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("### Chart [ app ] charts/app\n"), "{}", ended.stdout);
    let pass = " PASS  greeting\tcharts/app/tests/map_test.yaml\n";
    assert!(ended.stdout.contains(pass), "{}", ended.stdout);
    assert!(ended.stdout.contains("Tests:       1 passed, 1 total\n"), "{}", ended.stdout);
    let snapshots = repository.join("charts/app/tests/__snapshot__/map_test.yaml.snap");
    let text = std::fs::read_to_string(&snapshots).unwrap();
    assert!(text.contains("text: hello"), "{text}");

    // Another text differs from the snapshot, until it is replaced.
    homelab.write("charts/app/tests/map_test.yaml", &SUITE.replace("hello", "bye"));
    let chart = repository.join("charts/app");
    let ended = run_in(&chart, &["helm", "test"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("1 snapshot failed in 1 test suite"), "{}", ended.stdout);
    assert!(ended.stderr.contains("tests/map_test.yaml:8: error[helm-unittest-failed]: `greets`"));
    let ended = run_in(&chart, &["helm", "test", "-u", "."]);
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    assert!(std::fs::read_to_string(&snapshots).unwrap().contains("text: bye"));
    assert_eq!(run_in(&chart, &["helm", "test"]).code, Some(0));
}

#[test]
fn what_fails_is_told_with_its_place_and_in_a_report() {
    let homelab = charts();
    let suite = SUITE.replace("value: hello", "value: bye").replace("      - matchSnapshot: {}\n", "");
    homelab.write("charts/app/tests/map_test.yaml", &suite);
    homelab.write("more.yaml", "greeting: from a file\n");
    let repository = homelab.repository();
    let arguments = ["helm", "test", "charts/app", "-o", "out.xml", "-t", "JUnit", "--color=false"];
    let ended = run_in(&repository, &arguments);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains(" FAIL  greeting\tcharts/app/tests/map_test.yaml\n"), "{}", ended.stdout);
    let place = "charts/app/tests/map_test.yaml:7: error[helm-unittest-failed]: `greets`: `equal` fails";
    assert!(ended.stderr.contains(place), "{}", ended.stderr);
    let report = std::fs::read_to_string(repository.join("out.xml")).unwrap();
    assert!(report.contains("tests=\"1\" failures=\"1\" errors=\"0\""), "{report}");
    assert!(!exists(repository.join("charts/app/tests/__snapshot__")), "no snapshot was asked for");

    // Values of a file stand below those that a test sets, and above the chart's own.
    homelab.write("charts/app/tests/map_test.yaml", &suite.replace("    set: {greeting: hello}\n", ""));
    let ended = run_in(&repository, &["helm", "test", "charts/app", "-v", "more.yaml"]);
    assert!(ended.stdout.contains("from a file"), "{}", ended.stdout);
}

#[test]
fn charts_and_formats_that_are_none_are_told() {
    let homelab = charts();
    let repository = homelab.repository();
    let ended = run_in(&repository, &["helm", "test", "gone", "charts/common"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("failed to find the chart `gone`"), "{}", ended.stdout);
    assert!(ended.stdout.contains("Charts:      1 failed, 1 errored, 1 passed, 2 total"), "{}", ended.stdout);
    let ended = run_in(&repository, &["helm", "test", "charts/app", "-t", "toast"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.contains("one of JUnit, NUnit, XUnit, Sonar, Json"), "{}", ended.stderr);
}
