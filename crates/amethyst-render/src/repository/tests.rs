//! Whole small repositories with charts.

mod archive;
mod bad_input;
mod kept;
mod lookup;
mod values_files;

use std::collections::BTreeMap;
use std::sync::Arc;

use amethyst_diag::Diagnostic;
use amethyst_helm::Lookup;
use amethyst_object::{Object, Value};
use amethyst_tree::{BlobId, Blobs, Entry, FileKind, ReadError, Tree, TreePath};
use bytes::Bytes;

use super::{Cache, ChartArchive, ChartWanted, Charts, Input, Outcome, Repository, UnitKind, render};
use crate::entry;

const SYNC: &str = "\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://example.org/home.git, interval: 1m}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./k, prune: true, interval: 10m, sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: upstream, namespace: flux-system}
spec: {url: https://charts.example.org}
";

/// Files to render, and charts that were fetched.
#[derive(Default)]
struct Homelab {
    entries: BTreeMap<TreePath, Entry>,
    contents: BTreeMap<BlobId, Bytes>,
    fetched: BTreeMap<String, Bytes>,
    lookup: Option<Arc<dyn Lookup>>,
}

struct Table(BTreeMap<BlobId, Bytes>);

impl Blobs for Table {
    fn read(&self, id: &BlobId) -> Result<Bytes, ReadError> {
        self.0
            .get(id)
            .cloned()
            .ok_or_else(|| ReadError { id: id.0.to_string(), reason: "is not there".into() })
    }
}

impl Charts for BTreeMap<String, Bytes> {
    fn chart(&self, wanted: &ChartWanted<'_>) -> Result<ChartArchive, Box<Diagnostic>> {
        let of_chart = wanted.objects.iter().filter(|object| object.kind() == "HelmChart");
        let name = of_chart.chain([wanted.release]).find_map(|object| {
            object.str_at(&["spec", "chart"]).or_else(|| object.str_at(&["spec", "chart", "spec", "chart"]))
        });
        let name = name.unwrap_or_default();
        let missing =
            || Box::new(Diagnostic::error("chart-missing", format!("no `{name}`")).hint("fetch it"));
        let bytes = self.get(name).cloned().ok_or_else(missing)?;
        Ok(ChartArchive { digest: name.to_owned(), bytes })
    }
}

impl Homelab {
    fn new() -> Self {
        Self::default().file("k/flux-system/gotk-sync.yaml", SYNC)
    }

    fn add(mut self, path: &str, kind: FileKind, content: &[u8]) -> Self {
        let blob = BlobId(path.into());
        self.contents.insert(blob.clone(), Bytes::copy_from_slice(content));
        self.entries.insert(TreePath::from(path), Entry { kind, blob });
        self
    }

    fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.add(path, FileKind::Regular, content.as_ref())
    }

    fn link(self, path: &str, target: &str) -> Self {
        self.add(path, FileKind::Symlink, target.as_bytes())
    }

    /// A chart in the folder `charts/NAME`.
    fn chart(self, name: &str, files: &[(&str, &str)]) -> Self {
        let metadata = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
        let chart = self.file(&format!("charts/{name}/Chart.yaml"), metadata);
        files.iter().fold(chart, |all, (path, text)| all.file(&format!("charts/{name}/{path}"), text))
    }

    /// A release whose `spec.chart.spec` and rest of `spec` are given.
    fn release(self, name: &str, chart: &str, more: &str) -> Self {
        let text = format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}, namespace: default}}\n\
             spec:\n  chart:\n    spec:\n{chart}{more}"
        );
        self.file(&format!("k/{name}.yaml"), text)
    }

    /// A release of the chart in the repository that has its name.
    fn release_of_folder(self, name: &str, more: &str) -> Self {
        self.release(name, &from_folder(&format!("./charts/{name}"), ""), more)
    }

    fn render(&self) -> Repository {
        self.render_with(&Cache::new(0))
    }

    fn render_with(&self, cache: &Cache) -> Repository {
        let tree = Tree::new(self.entries.clone(), Arc::new(Table(self.contents.clone())));
        let entry = entry::find(&tree, None).unwrap();
        render(Input {
            tree: &tree,
            entry: &entry,
            definitions: &[],
            kubernetes_version: "1.37.2",
            charts: &self.fetched,
            schemas: None,
            lookup: self.lookup.as_ref(),
            with_crds: true,
            cache,
        })
    }
}

/// `spec.chart.spec` of a chart in the repository.
fn from_folder(path: &str, more: &str) -> String {
    format!(
        "      chart: {path}\n      sourceRef: {{kind: GitRepository, name: flux-system, namespace: flux-system}}\n{more}"
    )
}

/// `spec.chart.spec` of a chart that was fetched.
fn fetched(name: &str, more: &str) -> String {
    format!(
        "      chart: {name}\n      sourceRef: {{kind: HelmRepository, name: upstream, namespace: flux-system}}\n{more}"
    )
}

/// The objects of a release.
fn objects(repository: &Repository, release: &str) -> Vec<Object> {
    let unit = repository.unit(UnitKind::HelmRelease, "default", release).expect("the release is there");
    unit.objects.iter().map(super::Packed::object).collect()
}

/// `data` of the only object of a release.
fn data(repository: &Repository, release: &str) -> Value {
    let faults: Vec<String> = repository.diagnostics.iter().map(ToString::to_string).collect();
    let objects = objects(repository, release);
    assert_eq!(objects.len(), 1, "{faults:#?}");
    objects[0].at(&["data"]).cloned().unwrap_or_default()
}

fn outcome(repository: &Repository, kind: UnitKind, namespace: &str, name: &str) -> Option<Outcome> {
    repository.unit(kind, namespace, name).map(|unit| unit.outcome)
}
