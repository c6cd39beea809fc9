//! One test: renders the chart and checks what came out.

use std::collections::BTreeMap;
use std::sync::Arc;

use amethyst_tree::Tree;

use crate::assert::{Context, Manifest, Snapshots};
use crate::path;
use crate::render::{Failure, Rendered, Renderer, Request};
use crate::report::{AssertionReport, TestReport};
use crate::snapshot::Cache;
use crate::suite::{Assertion, Selector, Suite, Test};
use crate::templates::{Selection, file_name, join};
use crate::value::{Key, Map, Value};

mod output;

use output::{Broken, parse_manifests};

/// What a test runs in.
pub(crate) struct Job<'a> {
    pub(crate) suite: &'a Suite,
    pub(crate) test: &'a Test,
    pub(crate) renderer: &'a dyn Renderer,
    pub(crate) files: &'a Tree,
    pub(crate) selection: &'a Selection,
    /// The version of Kubernetes: its major and its minor.
    pub(crate) kube_version: (&'a str, &'a str),
    pub(crate) fail_fast: bool,
    pub(crate) skip_schema: bool,
}

/// Documents by template.
type Documents = BTreeMap<String, Vec<Manifest>>;

/// What the templates gave.
#[derive(Default)]
struct Outcome {
    /// Documents by template.
    documents: Documents,
    /// The names that were rendered.
    names: Vec<String>,
    succeeded: bool,
    error: Option<String>,
    /// The templates were reached: without names in the suite all of them are meant.
    reached: bool,
}

impl Job<'_> {
    pub(crate) fn run(&self, index: usize, cache: &mut Cache) -> TestReport {
        let mut report =
            TestReport { name: self.test.name.clone(), index, line: self.test.line, ..TestReport::default() };
        let outcome = match self.render() {
            Ok(outcome) => outcome,
            Err(error) => {
                report.error = Some(error);
                return report;
            }
        };
        report.error.clone_from(&outcome.error);
        let mut snapshots = Snapshots { cache, test: &self.test.name, counter: 0 };
        let mut passed = false;
        for (at, assertion) in self.test.assertions.iter().enumerate() {
            let Some(assertion) = assertion else { continue };
            let result = self.assert(at, assertion, &outcome, &mut snapshots);
            if result.skipped {
                passed = true;
            }
            if at == 0 {
                passed = result.passed;
            }
            passed &= result.passed;
            report.assertions.push(result);
            if !passed && self.fail_fast {
                break;
            }
        }
        report.passed = passed;
        report.skipped = !report.assertions.is_empty() && report.assertions.iter().all(|one| one.skipped);
        report
    }

    fn render(&self) -> Result<Outcome, String> {
        let test = self.test;
        let values = crate::values::of_test(self.suite, test, self.files)?;
        if let Some(command) = &test.post_renderer {
            return Err(format!(
                "the post-renderer `{command}` is not run\nhint: tests render without running other programs; \
                 assert what the chart renders"
            ));
        }
        let mut outcome = Outcome::default();
        if !test.release.name.is_empty() && !is_release_name(&test.release.name) {
            outcome.error = Some(INVALID_NAME.to_owned());
            return Ok(outcome);
        }
        let or =
            |text: &str, default: &str| if text.is_empty() { default.to_owned() } else { text.to_owned() };
        let request = Request {
            values: &values,
            name: &or(&test.release.name, "RELEASE-NAME"),
            namespace: &or(&test.release.namespace, "NAMESPACE"),
            revision: test.release.revision,
            is_upgrade: test.release.is_upgrade,
            kube_major: self.kube_version.0,
            kube_minor: self.kube_version.1,
            api_versions: test.capabilities.api_versions.as_deref().unwrap_or_default(),
            version: &test.chart.version,
            app_version: &test.chart.app_version,
            selection: self.selection,
            provider: &test.provider,
            skip_schema: self.skip_schema,
        };
        match self.renderer.render(&request) {
            Ok(rendered) => {
                outcome.reached = true;
                outcome.succeeded = true;
                self.take(&mut outcome, rendered)?;
            }
            Err(Failure::Before(error)) => outcome.error = Some(error),
            Err(Failure::Template(error)) => {
                outcome.reached = true;
                self.take_failure(&mut outcome, error);
            }
        }
        self.add_crds(&mut outcome)?;
        Ok(outcome)
    }

    fn take(&self, outcome: &mut Outcome, rendered: Rendered) -> Result<(), String> {
        for (name, text) in rendered {
            let file = self.with_chart(&name);
            let extension =
                file.rsplit('/').next().and_then(|base| base.rsplit_once('.')).map(|(_, end)| end);
            match extension {
                Some("yaml" | "yml" | "tpl") => {
                    let manifests =
                        parse_manifests(&text).map_err(|Broken(message)| format!("{message}, in {file}"))?;
                    outcome.documents.insert(file, manifests);
                }
                Some("txt") => {
                    outcome.documents.insert(file, vec![raw(&text)]);
                }
                _ => {}
            }
            outcome.names.push(name);
        }
        Ok(())
    }

    fn with_chart(&self, name: &str) -> String {
        let chart = self.renderer.chart_name();
        if name.starts_with(chart) { name.to_owned() } else { join(&[chart, name]) }
    }

    /// A template that failed is a document with the error, when the test expects failures.
    fn take_failure(&self, outcome: &mut Outcome, error: String) {
        let expects_success = self.test.assertions.iter().flatten().all(|one| one.kind.expects_success);
        if expects_success {
            outcome.error = Some(error);
            return;
        }
        let Some((file, message)) = output::failed_template(&error) else {
            outcome.error = Some(error);
            return;
        };
        let base = file.rsplit('/').next().unwrap_or_default();
        let names: Vec<String> = if base.starts_with('_') {
            self.default_templates().iter().map(|name| join(&[&self.suite.route, &file_name(name)])).collect()
        } else {
            vec![file]
        };
        for name in names {
            outcome.documents.insert(self.with_chart(&name), vec![raw(message.trim_start_matches('\n'))]);
            outcome.names.push(name);
        }
    }

    fn add_crds(&self, outcome: &mut Outcome) -> Result<(), String> {
        if !self.suite.include_crds {
            return Ok(());
        }
        for (name, text) in self.renderer.crds() {
            let manifests =
                parse_manifests(&text).map_err(|Broken(message)| format!("{message}, in {name}"))?;
            outcome.documents.entry(name).or_insert(manifests);
        }
        Ok(())
    }

    fn default_templates(&self) -> Vec<String> {
        let named = &self.suite.templates;
        if named.is_empty() { vec!["**".to_owned()] } else { named.clone() }
    }

    /// The templates that an assertion is about.
    fn templates(&self, assertion: &Assertion, outcome: &Outcome) -> Vec<String> {
        let test = self.test;
        let own = if !assertion.template.is_empty() {
            std::slice::from_ref(&assertion.template)
        } else if !test.templates.is_empty() {
            &test.templates
        } else if !test.template.is_empty() {
            std::slice::from_ref(&test.template)
        } else {
            &[]
        };
        let prefixed = |names: &[String]| {
            names.iter().map(|name| join(&[&self.suite.route, &file_name(name)])).collect()
        };
        if !own.is_empty() {
            return prefixed(own);
        }
        let defaults = &self.suite.templates;
        let all = outcome.reached && defaults.is_empty() || defaults.iter().any(|name| name.contains('*'));
        if !all {
            return prefixed(defaults);
        }
        let mut names = outcome.names.clone();
        if self.suite.include_crds {
            names.extend(self.renderer.crds().into_iter().map(|(name, _)| name));
        }
        names
    }

    fn assert(
        &self,
        index: usize,
        assertion: &Assertion,
        outcome: &Outcome,
        snapshots: &mut Snapshots<'_>,
    ) -> AssertionReport {
        let mut report = AssertionReport {
            index,
            line: assertion.line,
            kind: assertion.kind.name,
            not: assertion.not,
            ..AssertionReport::default()
        };
        let templates: BTreeMap<String, &[Manifest]> = self
            .templates(assertion, outcome)
            .into_iter()
            .map(|name| {
                let documents = outcome.documents.get(&name).map(Vec::as_slice).unwrap_or_default();
                (name, documents)
            })
            .collect();
        let selected = match self.select(assertion, &templates) {
            Ok(selected) => selected,
            Err(message) => {
                report.info = vec!["Error:".to_owned(), message];
                return report;
            }
        };
        let skips = self.test.selector.as_ref().is_some_and(|selector| selector.skip_empty_templates);
        if skips && selected.is_empty() {
            report.skipped = true;
            report.passed = true;
            report.skip_reason =
                "skipped as 'documentSelector.skipEmptyTemplates: true' and 'selectedTemplates: empty'";
            return report;
        }
        let mut validate = |documents: &[Manifest], selected: &[Manifest]| {
            assertion.check.validate(&mut Context {
                documents,
                selected,
                negative: assertion.not != assertion.kind.antonym,
                fail_fast: self.fail_fast,
                render_error: outcome.error.as_deref(),
                snapshots: &mut *snapshots,
            })
        };
        let expects = assertion.kind.expects_success;
        if selected.is_empty() {
            if expects == outcome.succeeded {
                (report.passed, report.info) = validate(&[], &[]);
            } else {
                report.info = vec!["Error: rendered manifest is empty".to_owned()];
            }
            return report;
        }
        report.passed = true;
        for (template, selected) in &selected {
            let documents = outcome.documents.get(template);
            if documents.is_none() && expects {
                report.passed = false;
                let message = if template.is_empty() {
                    "\tassertion.template must be given if testsuite.templates is empty".to_owned()
                } else {
                    format!("\ttemplate \"{template}\" not exists or not selected in test suite")
                };
                report.info.extend(["Error:".to_owned(), message]);
                continue;
            }
            let documents = documents.map(Vec::as_slice).unwrap_or_default();
            let (passed, said) = if expects == outcome.succeeded {
                validate(documents, selected)
            } else {
                (false, vec![invalid_rendering(documents)])
            };
            if !passed {
                report.passed = false;
                report.info.push(format!("Template:\t{template}"));
                report.info.extend(said);
            }
        }
        report
    }

    /// The documents of the templates that an assertion is about.
    fn select(
        &self,
        assertion: &Assertion,
        templates: &BTreeMap<String, &[Manifest]>,
    ) -> Result<BTreeMap<String, Vec<Manifest>>, String> {
        let selector = assertion.selector.as_ref().or(self.test.selector.as_ref());
        if let Some(selector) = selector.filter(|selector| !selector.path.is_empty()) {
            return selector.select(templates);
        }
        let index = self.test.document_index.unwrap_or(assertion.document_index);
        if index == -1 {
            return Ok(templates.iter().map(|(name, all)| (name.clone(), all.to_vec())).collect());
        }
        let mut selected = BTreeMap::new();
        for (name, documents) in templates {
            let found = usize::try_from(index).ok().and_then(|index| documents.get(index));
            let Some(found) = found else {
                return Err(format!("document index {index} is out of range"));
            };
            selected.insert(name.clone(), vec![Arc::clone(found)]);
        }
        Ok(selected)
    }
}

impl Selector {
    fn select(
        &self,
        templates: &BTreeMap<String, &[Manifest]>,
    ) -> Result<BTreeMap<String, Vec<Manifest>>, String> {
        let (mut selected, mut count) = (BTreeMap::new(), 0);
        for (name, documents) in templates {
            let mut matching = Vec::new();
            for document in *documents {
                let found = path::find(document, &self.path)?;
                let is_match = found.iter().any(|value| self.value.is_null() || *value == self.value);
                if !is_match {
                    continue;
                }
                count += 1;
                if !self.match_many && count > 1 {
                    return Err("multiple indexes found".to_owned());
                }
                matching.push(Arc::clone(document));
            }
            if !matching.is_empty() {
                selected.insert(name.clone(), matching);
            }
        }
        if count == 0 && !self.skip_empty_templates {
            return Err("document not found".to_owned());
        }
        Ok(selected)
    }
}

fn raw(text: &str) -> Manifest {
    let mut map = Map::default();
    map.insert(Key::string("raw"), Value::from(text));
    Arc::new(Value::Map(map))
}

fn invalid_rendering(documents: &[Manifest]) -> String {
    match documents.first() {
        Some(first) => match first.get("raw") {
            Some(raw) => format!("Error: Invalid rendering: {}", crate::value::print(raw)),
            None => "Error: Invalid rendering: %!s(<nil>)".to_owned(),
        },
        None => "Error: rendered manifest is empty".to_owned(),
    }
}

const INVALID_NAME: &str = "invalid release name, must match regex \
    ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53";

fn is_release_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= 53 && name.split('.').all(is_label)
}
