//! The suites of a chart and of its subcharts.

mod enabled;
mod rendered;

use amethyst_tree::Tree;

use crate::files::matching;
use crate::render::{Part, TestChart};
use crate::run::Options;
use crate::suite::{Source, Suite, SuiteFault, read};

/// Where suites are looked for when no patterns are given.
const DEFAULT_FILES: &str = "tests/*_test.yaml";

/// The suites of a chart and, unless they are left out, of the subcharts that its values enable.
pub fn read_suites(tree: &Tree, chart: &TestChart, options: &Options<'_>) -> Vec<Suite> {
    let values = enabled::merged(&chart.root.chart, options);
    let mut suites = Vec::new();
    below(tree, &chart.folder, chart.name(), &chart.root, &values, options, &mut suites);
    crate::run::chain_kube_versions(&mut suites);
    suites.iter_mut().for_each(Suite::spread);
    suites
}

fn below(
    tree: &Tree,
    folder: &str,
    route: &str,
    part: &Part,
    values: &amethyst_object::Value,
    options: &Options<'_>,
    suites: &mut Vec<Suite>,
) {
    suites.extend(of_chart(tree, folder, route, options));
    if let Some(path) = &options.chart_tests_path {
        suites.extend(rendered::suites(tree, &crate::templates::join(&[folder, path]), route, options));
    }
    if options.without_subcharts {
        return;
    }
    for inner in &part.parts {
        let name = inner.chart.name();
        if !enabled::is_enabled(part.chart.metadata(), name, values) {
            continue;
        }
        let folder = crate::templates::join(&[folder, "charts", name]);
        below(tree, &folder, &format!("{route}/charts/{name}"), inner, values, options, suites);
    }
}

/// The suites in the files of one chart, which is called `route` where it stands.
pub(crate) fn of_chart(tree: &Tree, folder: &str, route: &str, options: &Options<'_>) -> Vec<Suite> {
    let default = [DEFAULT_FILES.to_owned()];
    let patterns = if options.files.is_empty() { &default[..] } else { &options.files };
    let mut suites = Vec::new();
    for path in matching(tree, folder, patterns) {
        let file = shown(options, &path);
        let source = Source {
            file: &file,
            path: &path,
            route,
            strict: options.strict,
            rendered: false,
            values: &options.values,
        };
        match tree.read(&path) {
            Ok(Some(content)) => suites.extend(read(&String::from_utf8_lossy(&content), &source)),
            Ok(None) => {}
            Err(error) => suites.push(Suite {
                file,
                path,
                fault: Some(SuiteFault { message: error.to_string(), line: 0 }),
                ..Suite::default()
            }),
        }
    }
    suites
}

/// The path as people know it.
pub(crate) fn shown(options: &Options<'_>, path: &str) -> String {
    crate::templates::join(&[&options.shown_root, path])
}
