//! Suites that a chart renders: a folder of the chart under test with a chart whose templates are suites.

use amethyst_object::Value;
use amethyst_tree::Tree;

use super::shown;
use crate::render::{Failure, HelmRenderer, Renderer, Request, TestChart};
use crate::run::{KUBE_VERSION, Options};
use crate::suite::{Provider, Source, Suite, SuiteFault, read};
use crate::templates::{Selection, join};

/// The suites that the chart in `folder` renders; none when there is no such folder.
pub(super) fn suites(tree: &Tree, folder: &str, route: &str, options: &Options<'_>) -> Vec<Suite> {
    if !tree.is_dir(folder) {
        return Vec::new();
    }
    let broken = |message: String| {
        let fault = Some(SuiteFault { message, line: 0 });
        vec![Suite { file: shown(options, folder), path: folder.to_owned(), fault, ..Suite::default() }]
    };
    let chart = match TestChart::load(tree, folder) {
        Ok((chart, _)) => chart,
        Err(error) => return broken(error),
    };
    let rendered = HelmRenderer::new(&chart).render(&Request {
        values: &Value::object(),
        name: "TEST-SUITE-RELEASE",
        namespace: "NAMESPACE",
        revision: 1,
        is_upgrade: false,
        kube_major: KUBE_VERSION.0,
        kube_minor: KUBE_VERSION.1,
        api_versions: &[],
        version: "",
        app_version: "",
        selection: &Selection::new(chart.name(), &[], &[]),
        provider: &Provider::default(),
        skip_schema: false,
    });
    let rendered = match rendered {
        Ok(rendered) => rendered,
        Err(Failure::Before(error) | Failure::Template(error)) => return broken(error),
    };
    let mut suites = Vec::new();
    for (name, text) in rendered {
        let path = join(&[folder, name.strip_prefix(chart.name()).unwrap_or(&name)]);
        let file = shown(options, &path);
        let source = Source {
            file: &file,
            path: &path,
            route,
            strict: options.strict,
            rendered: true,
            values: &options.values,
        };
        let found = read(&text, &source);
        if found.is_empty() {
            suites.extend(broken(format!("test suite template ({name}) file did not render a manifest")));
        }
        suites.extend(found);
    }
    suites
}
