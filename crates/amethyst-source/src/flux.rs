//! From Flux's objects to what a release's chart is.

mod fields;
mod secret;
mod sources;

use amethyst_diag::Diagnostic;
use amethyst_http::without_secrets;
use amethyst_object::{Object, ObjectId, Value};

use crate::docker_config::DockerConfig;
use crate::request::ChartRequest;
use fields::Checked;

const SOURCES: &str = "source.toolkit.fluxcd.io";

/// The chart of a HelmRelease, and what of its source the loading of the chart must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseChart {
    /// Where the chart is.
    pub place: ChartPlace,
    /// Files of the chart whose values are merged over its `values.yaml`, in this order (`valuesFiles`).
    pub values_files: Vec<String>,
    /// Whether missing ones of them are passed over.
    pub ignore_missing_values_files: bool,
    /// Patterns of files that the source leaves out (`spec.ignore` of an OCIRepository whose layer is
    /// extracted, or of a GitRepository).
    pub ignore: Option<String>,
}

/// Where a chart is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartPlace {
    /// It is fetched, and then had from the cache.
    Fetch(ChartRequest),
    /// It is a folder of a git repository.
    Git {
        /// The GitRepository.
        repository: ObjectId,
        /// Its URL.
        url: String,
        /// The folder in it.
        path: String,
    },
}

/// Finds an object by kind, namespace and name.
type Find<'a, 'o> = &'a dyn Fn(&str, &str, &str) -> Option<&'o Object>;

/// What the chart of a HelmRelease is. `find` gives the objects of the repository: sources of
/// `source.toolkit.fluxcd.io` and Secrets. Without a chart there is at least one error among the diagnostics;
/// a field that is not honoured is named by one.
pub fn chart_of_release<'o>(
    release: &Object,
    find: &dyn Fn(&str, &str, &str) -> Option<&'o Object>,
) -> (Option<ReleaseChart>, Vec<Diagnostic>) {
    let mut reader = Reader { wanted_by: release.id().to_string(), find, said: Vec::new() };
    let chart = reader.release(release);
    (chart, reader.said)
}

impl ChartPlace {
    /// Why the chart cannot be had, when its repository is not the one that is at hand: other git repositories are
    /// not fetched.
    pub fn refusal(&self, wanted_by: &str) -> Option<Diagnostic> {
        let Self::Git { repository, url, path } = self else { return None };
        let url = without_secrets(url);
        let message = format!(
            "the chart `{path}` lies in the {} `{}/{}` at `{url}`, and other git repositories are not fetched",
            repository.kind, repository.namespace, repository.name
        );
        let hint = "take the chart from an OCI registry or a Helm repository, or put its folder into this repository";
        Some(Diagnostic::error("chart-source-unsupported", message).about(wanted_by).hint(hint))
    }
}

struct Reader<'a, 'o> {
    wanted_by: String,
    find: Find<'a, 'o>,
    said: Vec<Diagnostic>,
}

/// The fields that a HelmChart and the template of one share.
struct Template<'t> {
    spec: &'t Value,
    /// The object that holds them.
    holder: String,
    /// Where its source is when it does not say.
    namespace: &'t str,
}

impl<'o> Reader<'_, 'o> {
    fn release(&mut self, release: &Object) -> Option<ReleaseChart> {
        let (chart, reference) = (release.at(&["spec", "chart"]), release.at(&["spec", "chartRef"]));
        match (filled(chart), filled(reference)) {
            (Some(_), Some(_)) => {
                self.error(
                    "helm-release-chart",
                    "both `spec.chart` and `spec.chartRef` are set",
                    "take one of them out",
                );
                None
            }
            (None, None) => {
                self.error(
                    "helm-release-chart",
                    "neither `spec.chart` nor `spec.chartRef` is set",
                    "name a chart",
                );
                None
            }
            (Some(chart), None) => {
                let spec = chart.get("spec").unwrap_or(&Value::Null);
                let holder = self.wanted_by.clone();
                self.template(&Template { spec, holder, namespace: release.namespace() })
            }
            (None, Some(reference)) => self.reference(reference, release.namespace()),
        }
    }

    fn reference(&mut self, reference: &Value, namespace: &str) -> Option<ReleaseChart> {
        let text = |key: &str| reference.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (kind, name) = (text("kind").unwrap_or_default(), text("name").unwrap_or_default());
        let namespace = text("namespace").unwrap_or(namespace);
        match kind {
            "OCIRepository" => {
                let source = self.source(kind, namespace, name)?;
                self.oci_repository(source)
            }
            "HelmChart" => {
                let source = self.source(kind, namespace, name)?;
                let spec = source.at(&["spec"]).unwrap_or(&Value::Null);
                self.suspended(source);
                self.template(&Template {
                    spec,
                    holder: source.id().to_string(),
                    namespace: source.namespace(),
                })
            }
            other => {
                self.error(
                    "helm-release-chart",
                    &format!("`spec.chartRef.kind` `{other}` is not supported"),
                    "`OCIRepository` and `HelmChart` are",
                );
                None
            }
        }
    }

    fn template(&mut self, template: &Template<'_>) -> Option<ReleaseChart> {
        self.check(template.spec, &template.holder, fields::CHART)?;
        let text = |key: &str| template.spec.get(key).and_then(Value::as_str).unwrap_or_default();
        let reference = template.spec.get("sourceRef").unwrap_or(&Value::Null);
        let of = |key: &str| reference.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (kind, name) = (of("kind").unwrap_or_default(), of("name").unwrap_or_default());
        let namespace = of("namespace").unwrap_or(template.namespace);
        let (chart, version) = (text("chart"), text("version"));
        if chart.is_empty() {
            self.error(
                "helm-release-chart",
                &format!("`chart` of `{}` is empty", template.holder),
                "name a chart",
            );
            return None;
        }
        if template.spec.get("verify").is_some_and(|verify| !verify.is_null()) {
            self.unverified(&template.holder);
        }
        let (place, ignore) = match kind {
            "HelmRepository" => {
                let source = self.source(kind, namespace, name)?;
                (self.helm_repository(source, chart, version)?, None)
            }
            "GitRepository" => {
                let source = self.source(kind, namespace, name)?;
                let url = source.str_at(&["spec", "url"]).unwrap_or_default().to_owned();
                let ignore = source.str_at(&["spec", "ignore"]).map(str::to_owned);
                let path = chart.trim_start_matches("./").trim_matches('/').to_owned();
                (ChartPlace::Git { repository: source.id(), url, path }, ignore)
            }
            "Bucket" => {
                self.error(
                    "chart-source-unsupported",
                    &format!(
                        "the chart comes from the Bucket `{namespace}/{name}`, and Buckets are not supported"
                    ),
                    "push the chart to an OCI registry and name it by an OCIRepository",
                );
                return None;
            }
            other => {
                self.error(
                    "helm-release-chart",
                    &format!("`sourceRef.kind` `{other}` of `{}` is not supported", template.holder),
                    "`HelmRepository` and `GitRepository` are",
                );
                return None;
            }
        };
        let files = template.spec.get("valuesFiles").and_then(Value::as_array).unwrap_or_default();
        let mut values_files: Vec<String> =
            files.iter().filter_map(|file| file.as_str().map(str::to_owned)).collect();
        // The field of v2beta1; it counts first, as Flux reads it.
        if !text("valuesFile").is_empty() {
            values_files.insert(0, text("valuesFile").to_owned());
        }
        let ignore_missing_values_files =
            template.spec.get("ignoreMissingValuesFiles").and_then(Value::as_bool).unwrap_or_default();
        Some(ReleaseChart { place, values_files, ignore_missing_values_files, ignore })
    }

    fn source(&mut self, kind: &str, namespace: &str, name: &str) -> Option<&'o Object> {
        let found = (self.find)(kind, namespace, name);
        let found = found.filter(|found| found.gvk().group == SOURCES && found.kind() == kind);
        if found.is_none() {
            self.error(
                "chart-source-missing",
                &format!("failed to find the {kind} `{namespace}/{name}` that the chart comes from"),
                "is the name right, and its namespace, and is the object part of this repository?",
            );
        }
        found
    }

    /// Names what of a specification is not honoured; none when that matters.
    fn check(&mut self, spec: &Value, holder: &str, known: &[(&str, Checked)]) -> Option<()> {
        let mut fine = true;
        for (key, value) in spec.as_object().into_iter().flat_map(amethyst_object::Map::iter) {
            if value.is_null() {
                continue;
            }
            let rule = known.iter().find(|(name, _)| *name == key.as_str()).map(|(_, rule)| rule);
            match rule {
                Some(Checked::Honoured | Checked::Harmless) => {}
                Some(Checked::Refused(hint)) => {
                    self.error(
                        "chart-source-unsupported",
                        &format!("`spec.{key}` of `{holder}` is not supported"),
                        hint,
                    );
                    fine = false;
                }
                Some(Checked::Unused(hint)) => {
                    self.warning(
                        "chart-source-unused",
                        &format!("`spec.{key}` of `{holder}` is not used"),
                        hint,
                    );
                }
                Some(Checked::OneOf(values, hint)) => {
                    let text = value.as_str().unwrap_or_default();
                    if !values.contains(&text) {
                        let message = format!("`spec.{key}` `{text}` of `{holder}` is not used");
                        self.warning("chart-source-unused", &message, hint);
                    }
                }
                None => self.warning(
                    "chart-source-unused",
                    &format!("`spec.{key}` of `{holder}` is not known"),
                    "is it spelled right?",
                ),
            }
        }
        fine.then_some(())
    }

    fn suspended(&mut self, source: &Object) {
        if source.at(&["spec", "suspend"]).and_then(Value::as_bool) == Some(true) {
            let said = Diagnostic::info(
                "chart-source-suspended",
                format!("`{}` is suspended; Flux keeps what it had", source.id()),
            );
            self.said.push(said.about(&self.wanted_by));
        }
    }

    fn unverified(&mut self, holder: &str) {
        self.warning(
            "chart-not-verified",
            &format!("the signature that `spec.verify` of `{holder}` asks for is not verified"),
            "the digest is; verify the signature with cosign where that matters",
        );
    }

    fn error(&mut self, code: &'static str, message: &str, hint: &str) {
        self.said.push(Diagnostic::error(code, message).about(&self.wanted_by).hint(hint));
    }

    fn warning(&mut self, code: &'static str, message: &str, hint: &str) {
        self.said.push(Diagnostic::warning(code, message).about(&self.wanted_by).hint(hint));
    }
}

fn filled(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

/// Docker's config of a Secret, when it holds one.
fn docker_of(text: &[u8]) -> Result<DockerConfig, String> {
    DockerConfig::parse(text)
        .map_err(|error| error.to_string().split('\n').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests;
