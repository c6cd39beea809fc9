//! Whole runs on a small chart; the expectations were observed with helm-unittest 1.1.2.

use amethyst_tree::Tree;

use super::{Options, run};
use crate::format::{Human, human};
use crate::report::{ChartReport, Report};

const CHART: [(&str, &str); 6] = [
    (
        "c/Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: \"9\"\nkubeVersion: '>=1.30.0-0'\n",
    ),
    ("c/values.yaml", "replicas: 1\nname: web\ntcp: {}\n"),
    (
        "c/templates/deployment.yaml",
        "kind: Deployment\napiVersion: apps/v1\nmetadata:\n  name: {{ .Values.name }}-{{ .Release.Name }}\n  labels: \
         {version: {{ .Chart.Version | quote }}}\nspec:\n  replicas: {{ .Values.replicas }}\n  kube: {{ \
         .Capabilities.KubeVersion.Minor | quote }}\n",
    ),
    (
        "c/templates/services.yaml",
        "{{- if not .Values.name }}{{ fail \"a name is needed\" }}{{ end -}}\n{{- range list \"a\" \"b\" \
         }}\n---\nkind: Service\napiVersion: v1\nmetadata: {name: {{ . }}}\n{{- end }}\n",
    ),
    ("c/templates/empty.yaml", "{{ if .Values.never }}a: 1{{ end }}\n"),
    ("c/templates/NOTES.txt", "Thank you for {{ .Values.name }}.\n"),
];

fn run_suite(suite: &str) -> ChartReport {
    let files = CHART.into_iter().chain([("c/tests/a_test.yaml", suite)]);
    run(&Tree::from_files(files), "c", &Options::default())
}

/// Runs a suite and compares what is printed of it, without the chart's head and the summary.
fn check(suite: &str, expect: &str) {
    let report = Report { charts: vec![run_suite(suite)], ..Report::default() };
    let printed = human(&report, Human::default());
    let printed = printed.split("\n\n").skip(1).collect::<Vec<_>>().join("\n\n");
    let printed = printed.split("\nCharts:").next().unwrap_or_default();
    assert_eq!(printed.trim_end(), expect.trim_end());
}

#[test]
fn values_releases_and_versions_reach_the_templates() {
    check(
        "suite: all\ntemplates: [deployment.yaml]\nset: {replicas: 2}\nrelease: {name: r}\ntests:\n- it: takes\n  \
         set: {name: x}\n  chart: {version: 3.0.0}\n  capabilities: {minorVersion: 31}\n  asserts:\n  - equal: \
         {path: metadata.name, value: x-r}\n  - equal: {path: spec.replicas, value: 2}\n  - equal: {path: \
         metadata.labels.version, value: 3.0.0}\n  - equal: {path: spec.kube, value: '31'}\n  - isKind: {of: \
         Deployment}\n  - lengthEqual: {path: metadata, count: 0}\n- it: keeps\n  asserts:\n  - equal: {path: \
         spec.kube, value: '31'}\n",
        " PASS  all\tc/tests/a_test.yaml\n",
    );
}

#[test]
fn documents_are_selected_and_counted() {
    check(
        "suite: docs\ntests:\n- it: counts\n  template: services.yaml\n  asserts:\n  - hasDocuments: {count: 2}\n  - \
         equal: {path: metadata.name, value: b}\n    documentIndex: 1\n  - equal: {path: metadata.name, value: \
         a}\n    documentSelector: {path: metadata.name, value: a}\n  - containsDocument: {kind: Service, apiVersion: \
         v1, any: true}\n- it: is empty\n  template: empty.yaml\n  asserts: [{hasDocuments: {count: 0}}]\n- it: \
         notes\n  template: NOTES.txt\n  asserts: [{matchRegexRaw: {pattern: 'for web'}}]\n",
        " PASS  docs\tc/tests/a_test.yaml\n",
    );
}

#[test]
fn failures_are_expected_or_told() {
    check(
        "suite: fails\ntemplates: [services.yaml]\ntests:\n- it: is expected\n  set: {name: ''}\n  asserts:\n  - \
         failedTemplate: {errorMessage: a name is needed}\n  - failedTemplate: {errorPattern: '^a name'}\n- it: is \
         told\n  set: {name: ''}\n  asserts: [{hasDocuments: {count: 1}}]\n",
        " FAIL  fails\tc/tests/a_test.yaml\n\t- is told\n\t\tError: execution error at \
         (web/templates/services.yaml:1:29): a name is needed\n",
    );
}

#[test]
fn what_is_not_equal_is_shown() {
    check(
        "suite: shows\ntemplates: [deployment.yaml]\ntests:\n- it: differs\n  asserts:\n  - equal: {path: \
         spec.replicas, value: 3}\n  - exists: {path: spec.none}\n  - equal: {path: spec.none, value: 1}\n    \
         template: missing.yaml\n",
        " FAIL  shows\tc/tests/a_test.yaml\n\t- differs\n\n\t\t- asserts[0] `equal` \
         fail\n\t\t\tTemplate:\tweb/templates/deployment.yaml\n\t\t\tDocumentIndex:\t0\n\t\t\tValuesIndex:\t0\n\t\t\t\
         Path:\tspec.replicas\n\t\t\tExpected to equal:\n\t\t\t\t3\n\t\t\tActual:\n\t\t\t\t1\n\t\t\tDiff:\n\t\t\t\t--- \
         Expected\n\t\t\t\t+++ Actual\n\t\t\t\t@@ -1,2 +1,2 @@\n\t\t\t\t-3\n\t\t\t\t+1\n\n\t\t- asserts[1] `exists` \
         fail\n\t\t\tTemplate:\tweb/templates/deployment.yaml\n\t\t\tDocumentIndex:\t0\n\t\t\tPath:\tspec.none expected \
         to exists\n\n\t\t- asserts[2] `equal` fail\n\t\t\tError:\n\t\t\t\ttemplate \"web/templates/missing.yaml\" not \
         exists or not selected in test suite\n",
    );
}

#[test]
fn faults_of_a_file_have_places_and_hide_no_other_suite() {
    let report = run_suite(
        "suite: one\ntests:\n- it: x\n  asserts: [{nothing: {}}]\n---\nsuite: two\ntemplates: [deployment.yaml]\n\
         tests:\n- it: y\n  asserts: [{isKind: {of: Deployment}}]\n",
    );
    let told: Vec<String> = report.diagnostics.iter().map(ToString::to_string).collect();
    let expect = "c/tests/a_test.yaml:4: error[helm-unittest-suite]: Assertion type `nothing` is invalid; hint: \
                  correct the suite; its tests did not run";
    assert_eq!(told, [expect]);
    let passed: Vec<bool> = report.suites.iter().map(|suite| suite.passed).collect();
    assert_eq!(passed, [false, true]);
}

#[test]
fn a_dependency_beside_the_chart_is_taken_from_there() {
    let files = [
        ("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n"),
        ("lib/templates/_all.tpl", "{{ define \"lib.all\" }}kind: ConfigMap\n{{ end }}"),
        (
            "lib/own/Chart.yaml",
            "apiVersion: v2\nname: own\nversion: 1.0.0\ndependencies:\n- {name: lib, version: '>0.0.0-0', repository: \
             'file://../'}\n",
        ),
        ("lib/own/templates/all.yaml", "{{ include \"lib.all\" . }}"),
        ("lib/own/tests/a_test.yaml", "tests:\n- it: x\n  asserts: [{isKind: {of: ConfigMap}}]\n"),
    ];
    let report = run(&Tree::from_files(files), "lib/own", &Options::default());
    assert!(report.passed(), "{report:?}");
    let told: Vec<&str> = report.diagnostics.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(told, ["the dependency `lib` is taken from `file://../`"]);
}
