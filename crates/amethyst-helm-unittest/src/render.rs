//! What renders the chart: the seam between the tests and the engine.

mod chart;
mod helm;
mod schemas;

use std::collections::BTreeMap;
use std::sync::Arc;

use amethyst_helm::Chart;

use amethyst_object::Value as Document;

use crate::suite::Provider;
use crate::templates::Selection;

pub(crate) use helm::HelmRenderer;

/// A chart under test with its dependencies. Many threads may use it at once.
#[derive(Clone, Debug)]
pub struct TestChart {
    /// Where it lies in the tree.
    pub(crate) folder: String,
    pub(crate) root: Part,
    pub(crate) schemas: Arc<schemas::OwnSchemas>,
}

/// A chart or one of its dependencies.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Where it lies in the tree, unless it was packed.
    pub(crate) folder: String,
    pub(crate) chart: Chart,
    pub(crate) parts: Vec<Part>,
}

/// What is rendered for one test.
pub(crate) struct Request<'a> {
    pub(crate) values: &'a Document,
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) revision: i64,
    pub(crate) is_upgrade: bool,
    pub(crate) kube_major: &'a str,
    pub(crate) kube_minor: &'a str,
    pub(crate) api_versions: &'a [String],
    /// Stands in for the chart's version, unless it is empty.
    pub(crate) version: &'a str,
    /// Stands in for the chart's app version, unless it is empty.
    pub(crate) app_version: &'a str,
    pub(crate) selection: &'a Selection,
    pub(crate) provider: &'a Provider,
    pub(crate) skip_schema: bool,
}

/// Why a chart did not render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Before its templates: values that do not fit the schema, dependencies that are missing.
    Before(String),
    /// In a template: the text of Helm 3.
    Template(String),
}

/// Texts by the names of the templates that they were rendered from.
pub(crate) type Rendered = BTreeMap<String, String>;

/// Renders a chart.
pub(crate) trait Renderer {
    /// The name of the chart.
    fn chart_name(&self) -> &str;

    /// Its custom resource definitions: names beginning with the chart's, and texts.
    fn crds(&self) -> Vec<(String, String)>;

    /// Renders the templates that the request selects.
    fn render(&self, request: &Request<'_>) -> Result<Rendered, Failure>;
}
