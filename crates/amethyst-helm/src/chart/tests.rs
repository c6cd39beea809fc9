//! Loading charts.

use amethyst_tree::Tree;

use super::{Chart, File};

const CHART: &str = "apiVersion: v2\nname: c\nversion: 1.0.0\n";

fn load(files: &[(&str, &str)]) -> Result<Chart, crate::ChartError> {
    Chart::from_tree(&Tree::from_files(files.iter().copied()), "x")
}

#[test]
fn files_go_where_helm_puts_them() {
    let chart = load(&[
        ("x/Chart.yaml", CHART),
        ("x/.helmignore", "ignored/\n*.bak\n"),
        ("x/values.yaml", "a: 1\n"),
        ("x/values.schema.json", "{}"),
        ("x/templates/a.yaml", "a"),
        ("x/templates/.hidden", "no"),
        ("x/templates/sub/b.bak", "no"),
        ("x/ignored/templates/c.yaml", "no"),
        ("x/crds/crd.yaml", "b"),
        ("x/README.md", "c"),
        ("x/charts/README.md", "no chart"),
        ("x/charts/_no/Chart.yaml", "{{"),
        ("x/charts/sub/Chart.yaml", "apiVersion: v1\nname: sub\nversion: 0.1.0\n"),
        ("x/charts/sub/requirements.yaml", "dependencies: [{name: q, version: '1'}]\n"),
        ("y/Chart.yaml", "not read"),
    ]);
    // A file in charts/ that is no chart makes a subchart of nothing, as in Helm.
    assert_eq!(
        chart.unwrap_err().text,
        "error unpacking subchart README.md in c: Chart.yaml file is missing"
    );
    let chart = load(&[
        ("x/Chart.yaml", CHART),
        ("x/.helmignore", "ignored/\n*.bak\n"),
        ("x/values.yaml", "a: 1\n"),
        ("x/values.schema.json", "{}"),
        ("x/templates/a.yaml", "a"),
        ("x/templates/.hidden", "no"),
        ("x/templates/sub/b.bak", "no"),
        ("x/ignored/templates/c.yaml", "no"),
        ("x/crds/crd.yaml", "b"),
        ("x/README.md", "c"),
        ("x/charts/_no/Chart.yaml", "{{"),
        ("x/charts/sub/Chart.yaml", "apiVersion: v1\nname: sub\nversion: 0.1.0\n"),
        ("x/charts/sub/requirements.yaml", "dependencies: [{name: q, version: '1'}]\n"),
    ])
    .unwrap();
    let names = |files: &[File]| files.iter().map(|file| file.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(chart.templates()), ["templates/a.yaml"]);
    assert_eq!(names(chart.files()), [".helmignore", "README.md", "crds/crd.yaml"]);
    assert_eq!(chart.schema(), Some(&b"{}"[..]));
    let [sub] = chart.dependencies() else { panic!("one subchart is expected") };
    assert_eq!(sub.metadata().dependencies.as_ref().unwrap()[0].name, "q");
    assert_eq!(names(sub.files()), ["requirements.yaml"]);
}

#[test]
fn faults_name_their_file_and_line() {
    let check = |files: &[(&str, &str)], text: &str, place: &str| {
        let error = load(files).unwrap_err();
        assert_eq!(error.text, text);
        let location = error.to_diagnostic("charts/x").location.unwrap();
        assert_eq!(location.to_string(), place);
    };
    check(&[("x/values.yaml", "a: 1")], "Chart.yaml file is missing", "charts/x/Chart.yaml");
    check(
        &[("x/Chart.yaml", "name: c")],
        "validation: chart.metadata.version is required",
        "charts/x/Chart.yaml",
    );
    check(
        &[("x/Chart.yaml", CHART), ("x/values.yaml", "a: 1\nb: c: d\n")],
        "cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context",
        "charts/x/values.yaml:2:5",
    );
    check(
        &[("x/Chart.yaml", CHART), ("x/charts/s/Chart.yaml", "apiVersion: v2\nname: s\n")],
        "error unpacking subchart s in c: validation: chart.metadata.version is required",
        "charts/x/charts/s/Chart.yaml",
    );
    check(
        &[("x/Chart.yaml", CHART), ("x/charts/s-1.0.0.tgz", "no archive")],
        "error unpacking subchart s-1.0.0.tgz in c: gzip: invalid header",
        "charts/x/charts/s-1.0.0.tgz",
    );
    check(
        &[("x/Chart.yaml", CHART), ("x/.helmignore", "a\n**/b\n")],
        "double-star (**) syntax is not supported",
        "charts/x/.helmignore:2",
    );
}

#[test]
fn charts_do_not_nest_without_end() {
    let mut files = Vec::new();
    let mut folder = "x".to_owned();
    for _ in 0..30 {
        files.push((format!("{folder}/Chart.yaml"), CHART.to_owned()));
        folder.push_str("/charts/c");
    }
    let error = Chart::from_tree(&Tree::from_files(files), "x").unwrap_err();
    assert!(error.text.ends_with("charts nest deeper than 16"), "{error}");
}

#[test]
fn digests_name_contents() {
    let one = load(&[("x/Chart.yaml", CHART), ("x/templates/a", "1")]).unwrap();
    let same = load(&[("x/Chart.yaml", &format!("# a comment\n{CHART}")), ("x/templates/a", "1")]).unwrap();
    let other = load(&[("x/Chart.yaml", CHART), ("x/templates/a", "2")]).unwrap();
    assert_eq!(one.digest(), same.digest());
    assert_ne!(one.digest(), other.digest());
}
