//! Why a chart does not render: Helm's text, the place in the template, and what led there.

mod trace;

use amethyst_diag::{Diagnostic, Location};
use amethyst_gotemplate::{ExecError, Frame, ParseError};

use crate::error::join;

pub(crate) use trace::quote;

/// How many of the places that led to a fault are told.
const PLACES_MAX: usize = 8;

/// What surrounds the text of `required` and `fail`.
pub(super) const WARNING_START: &str = "HELM_ERR_START";
/// The end of it.
pub(super) const WARNING_END: &str = "HELM_ERR_END";

/// A chart that does not render.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct RenderError {
    /// Helm's text.
    pub text: String,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The file, as a path within the chart; empty when it is the chart as a whole.
    pub file: String,
    /// The line in it, from 1; 0 when it is not known.
    pub line: u32,
    /// The column in it, from 1; 0 when it is not known.
    pub column: u32,
    /// The templates that were being executed, outermost first.
    pub stack: Vec<Frame>,
    /// What can be done.
    pub hint: String,
    /// Whether `helm template` has something to show with `--debug`.
    pub has_release: bool,
    /// The rendered files, when they are no manifests.
    pub files: Vec<(String, String)>,
}

impl RenderError {
    fn new(code: &'static str, text: String, file: &str, hint: &str) -> Self {
        Self {
            message: text.clone(),
            text,
            code,
            file: file.to_owned(),
            line: 0,
            column: 0,
            stack: Vec::new(),
            hint: hint.to_owned(),
            has_release: false,
            files: Vec::new(),
        }
    }

    pub(super) fn values(text: String) -> Box<Self> {
        let hint = "the key is the name of a subchart, whose values are a map";
        Box::new(Self::new("helm-values-invalid", text, "values.yaml", hint))
    }

    pub(crate) fn schema(text: String) -> Box<Self> {
        let hint = "correct the values, or leave the check out with `--skip-schema-validation`";
        Box::new(Self::new("helm-values-schema", text, "values.schema.json", hint))
    }

    pub(super) fn not_installable(chart_type: &str) -> Box<Self> {
        let text = format!("{chart_type} charts are not installable");
        let hint = "use a library chart as a dependency of a chart of your own";
        Box::new(Self::new("helm-not-installable", text, "Chart.yaml", hint))
    }

    pub(super) fn release_name(name: &str) -> Box<Self> {
        let why = if name.is_empty() {
            "no name provided"
        } else {
            "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"
        };
        let text = format!("release name check failed: release name {}: {why}", quote(name));
        Box::new(Self::new(
            "helm-release-name",
            text,
            "",
            "give the release a shorter name, of small letters, digits and `-`",
        ))
    }

    pub(super) fn missing_dependencies(names: &[String]) -> Box<Self> {
        let text = format!(
            "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
            names.join(", ")
        );
        let mut error = Self::new(
            "helm-missing-dependency",
            text,
            "Chart.yaml",
            "run `helm dependency build` and commit charts/, or use the chart that was packaged",
        );
        error.message =
            format!("found in Chart.yaml, but missing in charts/ directory: {}", names.join(", "));
        Box::new(error)
    }

    pub(super) fn kube_version(wanted: &str, found: &str) -> Box<Self> {
        let text =
            format!("chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {found}");
        let hint = "name the cluster's version, or use another version of the chart";
        Box::new(Self { has_release: true, ..Self::new("helm-kube-version", text, "Chart.yaml", hint) })
    }

    /// A template that is none.
    pub(super) fn parse(name: &str, error: &ParseError) -> Box<Self> {
        let (text, line, message) = trace::parse_error(name, &error.message);
        let mut found = Self::new("helm-template-syntax", text, within_chart(name), hint_for(&message));
        (found.message, found.line, found.has_release) = (message, line, true);
        Box::new(found)
    }

    /// A template that failed.
    pub(super) fn execution(name: &str, error: &ExecError) -> Box<Self> {
        let text = trace::execution_error(name, &error.message);
        let message = trace::innermost(&error.message);
        let mut found = Self::new("helm-template", text, within_chart(name), hint_for(&message));
        // A text that `tpl` was given has no file.
        if let Some(frame) = error.stack.iter().rev().find(|frame| frame.source.contains('/')) {
            within_chart(&frame.source).clone_into(&mut found.file);
            (found.line, found.column) = (frame.line, frame.column + 1);
        }
        (found.message, found.stack, found.has_release) = (message, error.stack.clone(), true);
        Box::new(found)
    }

    /// A manifest that is no YAML.
    pub(crate) fn manifest(source: &str, fault: &str, line: u32) -> Box<Self> {
        let text = format!("YAML parse error on {source}: {fault}");
        let hint = "render the chart with `--debug` to see the text; mind indentation and quotes";
        let mut found = Self::new("helm-manifest-invalid", text, within_chart(source), hint);
        found.message =
            format!("what the template renders is no YAML: {fault} (line {line} of the rendered document)");
        if line == 0 {
            found.message = format!("what the template renders is no manifest: {fault}");
        }
        found.has_release = true;
        Box::new(found)
    }

    /// As a diagnostic; `chart` is where the chart lies.
    pub fn to_diagnostic(&self, chart: &str) -> Diagnostic {
        let mut message = self.message.clone();
        let led = self.stack.iter().rev().skip(1).filter(|frame| frame.source.contains('/'));
        let count = led.clone().count();
        let mut led: Vec<String> = led
            .take(PLACES_MAX)
            .map(|frame| format!("{}:{}", within_chart(&frame.source), frame.line))
            .collect();
        if count > PLACES_MAX {
            led.push(format!("{} more places", count - PLACES_MAX));
        }
        if !led.is_empty() {
            message.push_str(&format!(" (included at {})", led.join(", which was included at ")));
        }
        Diagnostic::error(self.code, message)
            .at(Location::new(join(chart, &self.file), self.line, self.column))
            .hint(self.hint.clone())
    }
}

/// A template's name without the chart's.
fn within_chart(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, rest)| rest)
}

fn hint_for(message: &str) -> &'static str {
    const HINTS: &[(&str, &str)] = &[
        ("not defined", "check the name; a newer Helm may have the function"),
        (
            "nil pointer evaluating",
            "a value on the way is not set: set it, or guard it with `if` or `default`",
        ),
        ("can't evaluate field", "the value is of another type than the template expects"),
        (
            "no template",
            "check the name that is included, and that its file is in templates/ of this chart or a subchart",
        ),
        ("nested reference name", "the template includes itself without end"),
        ("exceeded maximum", "look for a template that calls itself, or a loop without end"),
        ("wrong type for value", "quote or unquote the value, or convert it in the template"),
    ];
    HINTS
        .iter()
        .find(|(part, _)| message.contains(part))
        .map_or("look at this place of the template, and at the values it reads", |(_, hint)| hint)
}
