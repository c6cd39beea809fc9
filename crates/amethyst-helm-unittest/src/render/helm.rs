//! The renderer: `amethyst-helm`, as Helm 3.21 within helm-unittest uses it.
//!
//! helm-unittest renders the templates that a suite names, with what they say of the chart's versions: the chart
//! is put together anew with these.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use amethyst_diag::Diagnostic;
use amethyst_gotemplate::Value as GoValue;
use amethyst_helm::{
    Capabilities, Chart, HelmVersion, KubeVersion, Lookup, Release, RenderOptions, render_files,
};
use amethyst_object::{Str, Value as Document};

use super::chart::Changes;
use super::{Failure, Rendered, Renderer, Request, TestChart};
use crate::suite::Provider;

/// The codes of errors.
const UNCHECKED: &str = "helm-schema-unresolved";
const OF_TEMPLATES: [&str; 2] = ["helm-template", "helm-template-syntax"];

/// What decides over the chart that is put together: its version and that of the app.
type Key = (String, String);

/// Renders one chart for the tests of one suite.
pub(crate) struct HelmRenderer<'a> {
    chart: &'a TestChart,
    /// Charts that were put together, with the selection that they were put together for.
    made: RefCell<HashMap<Key, Chart>>,
    /// What the engine remarked, once each.
    remarks: RefCell<Vec<Diagnostic>>,
}

impl<'a> HelmRenderer<'a> {
    /// A renderer for tests that all select the same templates.
    pub(crate) fn new(chart: &'a TestChart) -> Self {
        Self { chart, made: RefCell::default(), remarks: RefCell::default() }
    }

    /// What the engine remarked: that values were not checked.
    pub(crate) fn into_remarks(self) -> Vec<Diagnostic> {
        self.remarks.into_inner()
    }

    fn chart(&self, request: &Request<'_>) -> Result<Chart, Failure> {
        let key = (request.version.to_owned(), request.app_version.to_owned());
        if let Some(chart) = self.made.borrow().get(&key) {
            return Ok(chart.clone());
        }
        let changes = Changes {
            selection: request.selection,
            version: request.version,
            app_version: request.app_version,
        };
        let mut files = Vec::new();
        let paths = [self.chart.name().to_owned()];
        self.chart.root.files("", &paths, 0, &changes, &mut files);
        let chart = Chart::from_files(files).map_err(|error| Failure::Before(error.text))?;
        self.made.borrow_mut().insert(key, chart.clone());
        Ok(chart)
    }
}

impl Renderer for HelmRenderer<'_> {
    fn chart_name(&self) -> &str {
        self.chart.name()
    }

    fn crds(&self) -> Vec<(String, String)> {
        self.chart.crds()
    }

    fn render(&self, request: &Request<'_>) -> Result<Rendered, Failure> {
        let mut options = options(request);
        options.schemas = Some(self.chart.schemas.clone());
        options.location.clone_from(&self.chart.folder);
        let GoValue::Map(values) = GoValue::from_document(request.values) else {
            return Err(Failure::Before("values are no map".to_owned()));
        };
        let chart = self.chart(request)?;
        let (output, diagnostics) = render_files(&chart, &values, &options);
        let mut remarks = self.remarks.borrow_mut();
        for remark in diagnostics.into_iter().filter(|remark| remark.code == UNCHECKED) {
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        match output.error {
            Some(error) => Err(failure(error.code, &error.text)),
            // A subchart may stand under another name than the one that was selected.
            None => Ok(output.files.into_iter().filter(|(name, _)| request.selection.takes(name)).collect()),
        }
    }
}

fn options(request: &Request<'_>) -> RenderOptions {
    let version: Str = format!("v{}.{}.0", request.kube_major, request.kube_minor).into();
    let mut options = RenderOptions::new(Release {
        name: request.name.to_owned(),
        namespace: request.namespace.to_owned(),
        is_upgrade: request.is_upgrade,
        revision: request.revision,
    });
    options.capabilities = Capabilities {
        kube_version: KubeVersion {
            version: version.clone(),
            normalized: version,
            major: request.kube_major.into(),
            minor: request.kube_minor.into(),
        },
        api_versions: request.api_versions.iter().map(Str::from).collect(),
        helm_version: HelmVersion::V3,
    };
    options.skip_schema_validation = request.skip_schema;
    if !request.provider.objects.is_empty() {
        options.lookup = Some(Arc::new(Objects::new(request.provider)));
    }
    options
}

/// The engine's error in the words that Helm 3 has for it.
fn failure(code: &str, text: &str) -> Failure {
    if OF_TEMPLATES.contains(&code) {
        return Failure::Template(helm_3_text(text));
    }
    let text = text.strip_prefix("chart dependencies processing failed: ").unwrap_or(text);
    Failure::Before(text.to_owned())
}

/// Helm 4 breaks Go's error into lines, three for each template that was being executed; Helm 3 does not.
fn helm_3_text(text: &str) -> String {
    const EXECUTING: &str = "\n  executing \"";
    if !text.contains(EXECUTING) {
        return text.to_owned();
    }
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(EXECUTING) {
        let (before, link) = (&rest[..at], &rest[at + EXECUTING.len()..]);
        // What stands before the location is the message of the link before.
        let (message, location) = before.rsplit_once('\n').unwrap_or(("", before));
        joined.push_str(message);
        if !message.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&format!("template: {location}: executing \""));
        if let Some(end) = link.find(">:\n    ") {
            joined.push_str(&link[..end]);
            joined.push_str(">: ");
            rest = &link[end + ">:\n    ".len()..];
        } else {
            rest = link;
            break;
        }
    }
    // A template that is not there has no place, and so a line of its own.
    match rest.split_once(":\ntemplate: ") {
        Some((message, missing)) => joined.push_str(&format!("{message}: template: {missing}")),
        None => joined.push_str(rest),
    }
    joined
}

/// What `lookup` finds: the objects of `kubernetesProvider`.
struct Objects {
    objects: Vec<Document>,
    /// Names of kinds, and whether they are namespaced.
    scheme: Vec<(String, bool)>,
}

impl Objects {
    fn new(provider: &Provider) -> Self {
        Self {
            objects: provider.objects.iter().filter_map(|object| object.to_document().ok()).collect(),
            scheme: provider.scheme.iter().map(|kind| (kind.name.clone(), kind.namespaced)).collect(),
        }
    }
}

impl Lookup for Objects {
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Document, String> {
        let wanted = crate::templates::join(&[api_version, kind]);
        let Some((_, namespaced)) = self.scheme.iter().find(|(known, _)| *known == wanted) else {
            return Ok(Document::object());
        };
        let is_match = |object: &&Document| {
            let place = object.str_at(&["metadata", "namespace"]).unwrap_or_default();
            let wanted = if *namespaced { namespace } else { "" };
            object.str_at(&["apiVersion"]) == Some(api_version)
                && object.str_at(&["kind"]) == Some(kind)
                && (place == wanted || name.is_empty() && wanted.is_empty())
        };
        if !name.is_empty() {
            let found = self.objects.iter().filter(is_match);
            let found = found.into_iter().find(|object| object.str_at(&["metadata", "name"]) == Some(name));
            return Ok(found.cloned().unwrap_or_else(Document::object));
        }
        let items: Vec<Document> = self.objects.iter().filter(is_match).cloned().collect();
        if items.is_empty() {
            return Ok(Document::object());
        }
        let mut list = amethyst_object::Map::new();
        list.insert("apiVersion", api_version);
        list.insert("kind", format!("{kind}List"));
        list.insert("items", Document::Array(items));
        // The client that upstream makes up counts the objects of a kind that it was given, from 2.
        let is_kind = |object: &&Document| {
            object.str_at(&["apiVersion"]) == Some(api_version) && object.str_at(&["kind"]) == Some(kind)
        };
        let count = self.objects.iter().filter(is_kind).count() + 1;
        let mut metadata = amethyst_object::Map::new();
        metadata.insert("continue", "");
        metadata.insert("resourceVersion", count.to_string());
        list.insert("metadata", Document::Object(metadata));
        Ok(Document::Object(list))
    }
}

#[cfg(test)]
mod tests {
    use super::helm_3_text;

    #[test]
    fn errors_are_those_of_helm_3() {
        let text = "a/templates/x.yaml:1:3\n  executing \"a/templates/x.yaml\" at <include \"f\" .>:\n    error \
                    calling include:\na/templates/_h.tpl:2:4\n  executing \"f\" at <required>:\n    wrong \
                    number of args";
        assert_eq!(
            helm_3_text(text),
            "template: a/templates/x.yaml:1:3: executing \"a/templates/x.yaml\" at <include \"f\" .>: error \
             calling include: template: a/templates/_h.tpl:2:4: executing \"f\" at <required>: wrong number of args"
        );
        let text = "a/x.yaml:13:24\n  executing \"a/x.yaml\" at <include \"y\" .>:\n    error calling \
                    include:\ntemplate: no template \"y\" associated with template \"gotpl\"";
        assert_eq!(
            helm_3_text(text),
            "template: a/x.yaml:13:24: executing \"a/x.yaml\" at <include \"y\" .>: error calling include: \
             template: no template \"y\" associated with template \"gotpl\""
        );
        let fail = "execution error at (a/templates/x.yaml:1:3): no";
        assert_eq!(helm_3_text(fail), fail);
    }
}
