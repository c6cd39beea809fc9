//! `valuesFiles` of charts in the repository and of fetched ones, as source-controller 1.9 merges them.

use super::archive::pack;
use super::{Homelab, data, fetched, from_folder, outcome};
use crate::repository::{Outcome, UnitKind};
use amethyst_object::value;

const TEMPLATE: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  all: {{ .Values | toJson | quote }}\n";
const OWN: &str = "own: 1\nmap: {a: 1, b: 2}\n";
const FIRST: &str = "map: {b: 3, c: 4}\nlist: [1]\n";
const SECOND: &str = "map: {c: null}\nlist: [2]\nlast: true\n";

fn in_folder(more: &str) -> Homelab {
    Homelab::new()
        .chart("app", &[("values.yaml", OWN), ("templates/a.yaml", TEMPLATE), ("first.yaml", FIRST)])
        .file("shared/second.yaml", SECOND)
        .release("app", &from_folder("./charts/app", more), "  values: {given: 1}\n")
}

fn packaged(more: &str) -> Homelab {
    let mut homelab = Homelab::new().release("app", &fetched("app", more), "  values: {given: 1}\n");
    let files = [
        ("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n"),
        ("app/values.yaml", OWN),
        ("app/templates/a.yaml", TEMPLATE),
        ("app/ci/first.yaml", FIRST),
        ("app/second.yaml", SECOND),
    ];
    homelab.fetched.insert("app".to_owned(), pack(&files).into());
    homelab
}

fn all(homelab: &Homelab) -> String {
    data(&homelab.render(), "app").str_at(&["all"]).unwrap_or_default().to_owned()
}

/// The only fault there is.
fn fault(homelab: &Homelab) -> String {
    let repository = homelab.render();
    assert_eq!(outcome(&repository, UnitKind::HelmRelease, "default", "app"), Some(Outcome::Failed));
    let faults: Vec<String> = repository.diagnostics.iter().map(ToString::to_string).collect();
    let [fault] = faults.as_slice() else { panic!("{faults:#?}") };
    assert!(repository.diagnostics[0].hint.is_some(), "{fault}");
    let text = fault.split("; hint: ").next().unwrap_or_default();
    text.to_owned()
}

#[test]
fn listed_files_replace_the_charts_own_unless_it_is_listed() {
    let files = "      valuesFiles: [charts/app/first.yaml, ./shared/second.yaml]\n";
    let merged = r#"{"given":1,"last":true,"list":[2],"map":{"b":3}}"#;
    assert_eq!(all(&in_folder(files)), merged);
    assert_eq!(all(&packaged("      valuesFiles: [ci/first.yaml, second.yaml]\n")), merged);
    let with_own = r#"{"given":1,"list":[1],"map":{"a":1,"b":3,"c":4},"own":1}"#;
    assert_eq!(
        all(&in_folder("      valuesFiles: [/charts/app/values.yaml, ../charts/app/first.yaml]\n")),
        with_own
    );
    assert_eq!(all(&packaged("      valuesFiles: [./values.yaml, ci/first.yaml]\n")), with_own);
    // The old field comes first.
    let old = "      valuesFile: second.yaml\n      valuesFiles: [ci/first.yaml]\n";
    assert_eq!(all(&packaged(old)), r#"{"given":1,"last":true,"list":[1],"map":{"b":3,"c":4}}"#);
}

#[test]
fn a_missing_file_is_told_in_upstreams_words() {
    assert_eq!(
        fault(&in_folder("      valuesFiles: [charts/app/first.yaml, ../nope.yaml]\n")),
        "k/app.yaml:9:20: error[release-values-files]: values files merge error: no values file found at path \
         '/nope.yaml' (reference '../nope.yaml') (HelmRelease/default/app)"
    );
    assert_eq!(
        fault(&packaged("      valuesFiles: [templates/a.yaml]\n")),
        "k/app.yaml:9:20: error[release-values-files]: values files merge error: failed to merge chart values: no \
         values file found at path 'templates/a.yaml' (HelmRelease/default/app)"
    );
    let ignored = "      ignoreMissingValuesFiles: true\n";
    let nothing = r#"{"given":1}"#;
    assert_eq!(all(&in_folder(&format!("      valuesFiles: [nope.yaml]\n{ignored}"))), nothing);
    assert_eq!(all(&packaged(&format!("      valuesFiles: [nope.yaml]\n{ignored}"))), nothing);
    // What is there and no file is not missing.
    let folder = format!("      valuesFiles: [charts]\n{ignored}");
    assert!(fault(&in_folder(&folder)).contains("no values file found at path '/charts'"), "a folder");
}

#[test]
fn what_cannot_be_read_is_told() {
    let broken = in_folder("      valuesFiles: [broken.yaml]\n").file("broken.yaml", "a: [\n");
    assert_eq!(
        fault(&broken),
        "broken.yaml:2:1: error[release-values-files]: values files merge error: unmarshaling values from 'broken.yaml' \
         failed: error converting YAML to JSON: yaml: line 1: did not find expected node content (HelmRelease/default/app)"
    );
    let circle =
        in_folder("      valuesFiles: [a.yaml]\n").link("a.yaml", "b.yaml").link("b.yaml", "./a.yaml");
    assert!(fault(&circle).contains("too many levels of symbolic links"));
    let linked = in_folder("      valuesFiles: [a.yaml]\n").link("a.yaml", "/shared/second.yaml");
    assert_eq!(all(&linked), r#"{"given":1,"last":true,"list":[2],"map":{}}"#);
    let bare = Homelab::new()
        .chart("app", &[("templates/a.yaml", TEMPLATE)])
        .file("first.yaml", FIRST)
        .release("app", &from_folder("./charts/app", "      valuesFiles: [first.yaml]\n"), "");
    assert!(fault(&bare).contains("failed to locate values file: values.yaml"));
}

#[test]
fn a_helm_chart_object_names_files_too() {
    let homelab = packaged("").file(
        "k/chart.yaml",
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmChart\nmetadata: {name: c, namespace: flux-system}\nspec:\n  \
         chart: app\n  sourceRef: {kind: HelmRepository, name: upstream}\n  valuesFiles:\n  - second.yaml\n  - nope.yaml\n",
    );
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: app, namespace: default}\n\
                   spec: {chartRef: {kind: HelmChart, name: c, namespace: flux-system}}\n";
    let homelab = homelab.file("k/app.yaml", release);
    assert_eq!(
        fault(&homelab),
        "k/chart.yaml:8:3: error[release-values-files]: values files merge error: failed to merge chart values: no \
         values file found at path 'nope.yaml' (HelmChart/flux-system/c)"
    );
}

#[test]
fn charts_that_are_committed_as_packages_are_charts() {
    let files = [
        ("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n"),
        ("app/values.yaml", OWN),
        ("app/templates/a.yaml", TEMPLATE),
    ];
    let homelab = Homelab::new()
        .file("charts/app-1.0.0.tgz", pack(&files))
        .file("first.yaml", FIRST)
        .release("app", &from_folder("charts/app-1.0.0.tgz", "      valuesFiles: [first.yaml]\n"), "");
    assert_eq!(data(&homelab.render(), "app"), value!({"all": r#"{"list":[1],"map":{"b":3,"c":4}}"#}));
}
