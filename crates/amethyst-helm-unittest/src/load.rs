//! The suites of a chart.

use amethyst_tree::Tree;

use crate::files::matching;
use crate::run::Options;
use crate::suite::{Source, Suite, SuiteFault, read};

/// Where suites are looked for when no patterns are given.
const DEFAULT_FILES: &str = "tests/*_test.yaml";

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
