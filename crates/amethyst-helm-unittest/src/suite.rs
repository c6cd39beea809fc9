//! Test suites: what a suite file says.

mod assertion;
mod decode;
mod read;

use amethyst_object::Str;

use crate::value::Value;
pub(crate) use assertion::{Assertion, Check};
pub(crate) use read::{Source, read};

/// The version of helm-unittest whose behaviour is followed: what `skip.minimumVersion` is compared with.
pub const VERSION: &str = "1.1.2";

/// A suite of tests.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    pub(crate) name: String,
    /// The file it stands in, as it is shown.
    pub(crate) file: String,
    /// Where that file lies in the tree.
    pub(crate) path: String,
    /// The line of its file at which it begins, from 1.
    pub(crate) line: u32,
    /// Which chart it tests: `parent` or `parent/charts/child`.
    pub(crate) route: String,
    pub(crate) values: Vec<ValuesFile>,
    pub(crate) set: Vec<(Str, Value)>,
    pub(crate) templates: Vec<String>,
    pub(crate) exclude_templates: Vec<String>,
    pub(crate) include_crds: bool,
    pub(crate) release: Release,
    pub(crate) chart: ChartVersions,
    pub(crate) capabilities: Capabilities,
    pub(crate) provider: Provider,
    pub(crate) post_renderer: Option<String>,
    pub(crate) snapshot_id: String,
    pub(crate) skip: String,
    pub(crate) minimum_version: String,
    pub(crate) tests: Vec<Test>,
    /// The version of Kubernetes that the tests before it leave behind, as upstream does.
    pub(crate) kube_version_before: (String, String),
    /// What is wrong with its file; then it has no tests.
    pub(crate) fault: Option<SuiteFault>,
}

/// What is wrong with a suite file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SuiteFault {
    pub(crate) message: String,
    /// The line, from 1; 0 when it is none in particular.
    pub(crate) line: u32,
}

/// A file of values that a suite or a test names, or one that the caller brought.
#[derive(Clone, Debug)]
pub(crate) enum ValuesFile {
    /// As the suite says it, relative to the suite's file.
    Named(String),
    /// Its name and content.
    Given(String, String),
}

/// One test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) line: u32,
    pub(crate) values: Vec<ValuesFile>,
    pub(crate) set: Vec<(Str, Value)>,
    pub(crate) template: String,
    pub(crate) templates: Vec<String>,
    pub(crate) document_index: Option<i64>,
    pub(crate) selector: Option<Selector>,
    pub(crate) release: Release,
    pub(crate) chart: ChartVersions,
    pub(crate) capabilities: Capabilities,
    /// Its assertions; an entry that says nothing counts, but asserts nothing.
    pub(crate) assertions: Vec<Option<Assertion>>,
    pub(crate) skip: String,
    pub(crate) provider: Provider,
    pub(crate) post_renderer: Option<String>,
}

/// Which documents an assertion is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    pub(crate) path: String,
    pub(crate) value: Value,
    pub(crate) match_many: bool,
    pub(crate) skip_empty_templates: bool,
}

/// `release`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Release {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) revision: i64,
    pub(crate) is_upgrade: bool,
}

/// `chart`.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChartVersions {
    pub(crate) version: String,
    pub(crate) app_version: String,
}

/// `capabilities`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Capabilities {
    pub(crate) major: String,
    pub(crate) minor: String,
    /// `None`: unset on purpose, so that those of the suite do not count either.
    pub(crate) api_versions: Option<Vec<String>>,
}

/// `kubernetesProvider`: what `lookup` finds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provider {
    pub(crate) scheme: Vec<SchemeKind>,
    pub(crate) objects: Vec<Value>,
}

/// A kind that the provider knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct SchemeKind {
    /// `v1/Pod`, `apps/v1/Deployment`.
    pub(crate) name: String,
    pub(crate) resource: String,
    pub(crate) namespaced: bool,
}

impl Suite {
    /// The name of the suite; the file's where it has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file it stands in.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How many tests it has.
    pub fn test_count(&self) -> usize {
        self.tests.len()
    }

    /// Where its snapshots lie in the tree.
    pub fn snapshot_path(&self) -> String {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let id = if self.snapshot_id.is_empty() { String::new() } else { format!("_{}", self.snapshot_id) };
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        format!("{folder}__snapshot__/{name}{id}.snap")
    }

    /// Gives every test what the suite says for all of them.
    pub(crate) fn spread(&mut self) {
        let all_skipped = !self.tests.is_empty() && self.tests.iter().all(|test| !test.skip.is_empty());
        for test in &mut self.tests {
            if !self.skip.is_empty() {
                test.skip.clone_from(&self.skip);
            }
            or(&mut test.release.name, &self.release.name);
            or(&mut test.release.namespace, &self.release.namespace);
            if test.release.revision == 0 {
                test.release.revision = self.release.revision;
            }
            test.release.is_upgrade |= self.release.is_upgrade;
            or(&mut test.chart.version, &self.chart.version);
            or(&mut test.chart.app_version, &self.chart.app_version);
            or(&mut test.capabilities.major, &self.capabilities.major);
            or(&mut test.capabilities.minor, &self.capabilities.minor);
            if let (Some(own), Some(shared)) =
                (&mut test.capabilities.api_versions, &self.capabilities.api_versions)
            {
                own.extend(shared.iter().cloned());
            }
            test.provider.objects.extend(self.provider.objects.iter().cloned());
            for kind in &self.provider.scheme {
                test.provider.scheme.retain(|own| own.name != kind.name);
                test.provider.scheme.push(kind.clone());
            }
            test.values.splice(0..0, self.values.iter().cloned());
            if test.post_renderer.is_none() {
                test.post_renderer.clone_from(&self.post_renderer);
            }
        }
        if all_skipped && self.skip.is_empty() {
            "all tests are skipped".clone_into(&mut self.skip);
        }
    }
}

/// Go's `cmp.Or`: the first that is not empty.
fn or(own: &mut String, shared: &str) {
    if own.is_empty() {
        shared.clone_into(own);
    }
}
