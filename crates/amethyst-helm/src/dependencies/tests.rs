//! Subcharts: Helm's own example, written afresh.

use amethyst_gotemplate::{Map, Value};
use amethyst_tree::Tree;

use super::{Member, enable, import_values};
use crate::Chart;
use crate::values::{Defaults, Warnings, load_values, print, table};

/// Helm's example: a parent with two subcharts, each of which has subcharts of its own.
fn parent() -> Chart {
    let named = |name: &str| format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n");
    let mut files: Vec<(String, String)> = vec![
        (
            "Chart.yaml".to_owned(),
            named("parentchart")
                + "dependencies:
- {name: subchart1, repository: x, version: 0.1.0, condition: subchart1.enabled, tags: [front-end, subchart1], import-values: [{child: SC1data, parent: imported-chart1}, SC1exported]}
- {name: subchart2, repository: x, version: 0.1.0, condition: subchart2.enabled, tags: [back-end, subchart2]}
- {name: subchart2, alias: subchart2alias, repository: x, version: 0.1.0, condition: subchart2alias.enabled}
",
        ),
        (
            "values.yaml".to_owned(),
            "imported-chart1: {int: 99}\noverridden: parent\ntags: {front-end: true, back-end: false}\nsubchart2alias: {enabled: false}\n".to_owned(),
        ),
        (
            "charts/subchart1/Chart.yaml".to_owned(),
            named("subchart1")
                + "dependencies:
- {name: subcharta, repository: x, version: '>=0.1.0', condition: 'subcharta.enabled,subchart1.subcharta.enabled', tags: [front-end, subcharta]}
- {name: subchartb, repository: x, version: ^0.1.0, condition: subchartb.enabled, tags: [front-end, subchartb]}
",
        ),
        (
            "charts/subchart1/values.yaml".to_owned(),
            "SC1data: {int: 100, string: dollywood}\nexports: {SC1exported: {overridden: child, exported: true}}\n".to_owned(),
        ),
        (
            "charts/subchart2/Chart.yaml".to_owned(),
            named("subchart2")
                + "dependencies:
- {name: subchartb, repository: x, version: 0.1.0, condition: subchartb.enabled, tags: [back-end, subchartb]}
- {name: subchartc, repository: x, version: 0.1.0, condition: 'subchart2.subchartc.enabled', tags: [back-end, subchartc]}
",
        ),
    ];
    for path in [
        "subchart1/charts/subcharta",
        "subchart1/charts/subchartb",
        "subchart2/charts/subchartb",
        "subchart2/charts/subchartc",
    ] {
        let name = path.rsplit('/').next().unwrap_or(path);
        files.push((format!("charts/{path}/Chart.yaml"), named(name)));
    }
    Chart::from_tree(&Tree::from_files(files), "").unwrap()
}

fn values(text: &str) -> Map {
    match Value::from_document(&load_values(text.as_bytes()).unwrap()) {
        Value::Map(map) => map,
        _ => Map::new(),
    }
}

fn names(member: &Member, path: &str, out: &mut Vec<String>) {
    let path = if path.is_empty() { member.name.clone() } else { format!("{path}.{}", member.name) };
    out.push(path.clone());
    member.members.iter().for_each(|inner| names(inner, &path, out));
}

fn enabled(text: &str) -> String {
    let mut member = Member::new(&parent());
    enable(&mut member, &values(text), "", &mut Warnings::default()).unwrap();
    let mut out = Vec::new();
    names(&member, "", &mut out);
    out.sort();
    out.join(" ").replace("parentchart", "p").replace("subchart", "s")
}

#[test]
fn tags_and_conditions_enable_as_in_helm() {
    let check = |text: &str, expected: &str| assert_eq!(enabled(text), expected, "{text}");
    check("{tags: {nothinguseful: false}}", "p p.s1 p.s1.sa p.s1.sb");
    check("{tags: {front-end: false}}", "p");
    check("{tags: {front-end: false, back-end: true}}", "p p.s2 p.s2.sb p.s2.sc");
    check("{tags: {subcharta: false, subchartb: false}}", "p p.s1 p.s1.sa p.s1.sb");
    check("{tags: {front-end: false, subchart1: true, back-end: false}}", "p p.s1");
    check("{subchart1: {enabled: true}, subchart2: {enabled: true}}", "p p.s1 p.s1.sa p.s1.sb p.s2");
    check("{subchart1: {enabled: false}, subchart2: {enabled: false}}", "p");
    check("{subchart1: {subcharta: {enabled: false}}}", "p p.s1 p.s1.sb");
    check(
        "{subchart2: {subchartb: {enabled: false}}, tags: {back-end: true}}",
        "p p.s1 p.s1.sa p.s1.sb p.s2 p.s2.sc",
    );
    check("{subchart1: {enabled: false}, tags: {front-end: true}}", "p");
    check(
        "{subchart1: {enabled: false}, subchart2alias: {enabled: true, subchartb: {enabled: true}}}",
        "p p.s2alias p.s2alias.sb",
    );
}

#[test]
fn conditions_that_are_no_booleans_are_warned_of() {
    let mut warnings = Warnings::default();
    enable(&mut Member::new(&parent()), &values("subchart1: {enabled: 'no'}"), "", &mut warnings).unwrap();
    assert_eq!(
        warnings.into_texts(),
        ["returned non-bool value (path `subchart1.enabled` of chart `subchart1`)"]
    );
}

#[test]
fn values_are_imported_under_those_of_the_parent() {
    let mut member = Member::new(&parent());
    let mut warnings = Warnings::default();
    enable(&mut member, &Map::new(), "", &mut warnings).unwrap();
    import_values(&mut member, &mut warnings).unwrap();
    let found = Defaults::values(&member);
    assert_eq!(print(&Value::Map(table(&found, "imported-chart1").unwrap())), "map[int:99 string:dollywood]");
    assert_eq!(print(&found.get("overridden").unwrap()), "parent");
    assert_eq!(print(&found.get("exported").unwrap()), "true");
    assert!(warnings.into_texts().is_empty());
}
