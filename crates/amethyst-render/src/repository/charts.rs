//! Where charts come from: the repository itself, or what was fetched before.

mod values_files;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use amethyst_diag::Diagnostic;
use amethyst_helm::Chart;
use amethyst_kustomize::Origin;
use amethyst_object::{FieldPath, Object, Value, json};
use amethyst_tree::{FileKind, Tree, normalize};
use bytes::Bytes;

use super::kustomizations::place_of;
use super::memo::{Key, key};
use super::{Packed, State, Unit};
use crate::check::place;
use values_files::{Place, ValuesFiles};

/// A chart that a HelmRelease names and that does not lie in the repository.
#[derive(Clone, Copy, Debug)]
pub struct ChartWanted<'a> {
    /// The HelmRelease.
    pub release: &'a Object,
    /// What it refers to, as far as the repository declares it: its source, a HelmChart, the Secret of the
    /// source.
    pub objects: &'a [Object],
}

/// A packaged chart.
#[derive(Clone, Debug)]
pub struct ChartArchive {
    /// Names its content.
    pub digest: String,
    /// The `.tgz`.
    pub bytes: Bytes,
}

/// Gives charts that do not lie in the repository. It never dials: what was not fetched before is missing.
pub trait Charts: Sync {
    /// The chart, or why it is not here.
    fn chart(&self, wanted: &ChartWanted<'_>) -> Result<ChartArchive, Box<Diagnostic>>;
}

/// Has no charts.
#[derive(Clone, Copy, Debug)]
pub struct NoCharts;

impl Charts for NoCharts {
    fn chart(&self, wanted: &ChartWanted<'_>) -> Result<ChartArchive, Box<Diagnostic>> {
        let source = wanted.objects.first().map(|source| source.id().to_string()).unwrap_or_default();
        let fault = Diagnostic::info("chart-missing", format!("the chart of {source} is not here"));
        Err(Box::new(fault.hint("run `amethyst fetch` to get the charts that the repository names")))
    }
}

/// Charts that were loaded, by the digest of their content.
#[derive(Debug, Default)]
pub(super) struct Loaded(Mutex<HashMap<Key, Slot>>);

/// A chart that one thread loads and others wait for.
type Slot = Arc<OnceLock<Result<Chart, Box<Diagnostic>>>>;

impl Loaded {
    fn get(
        &self,
        key: Key,
        load: impl FnOnce() -> Result<Chart, Box<Diagnostic>>,
    ) -> Result<Chart, Box<Diagnostic>> {
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(key).or_default())
        };
        slot.get_or_init(load).clone()
    }
}

/// Where a HelmRelease says that its chart is.
struct Named {
    /// Kind, namespace and name of the source.
    source: (String, String, String),
    chart: String,
    /// The HelmChart that says so, when the release refers to one, and where it is declared.
    helm_chart: Option<(Object, Origin)>,
    values_files: ValuesFiles,
    /// The field of the release that says so.
    field: &'static [&'static str],
}

/// The chart of a HelmRelease, which is loaded when it is needed.
pub(super) struct Found {
    /// Names its content.
    pub(super) key: Key,
    /// Where it lies, for those who read diagnostics.
    pub(super) location: String,
    from: From,
    /// The field of the release that names it.
    field: &'static [&'static str],
}

/// What a chart is loaded from.
enum From {
    /// A folder of the tree.
    Folder,
    /// A package in the tree.
    Package,
    /// A package that was fetched, and what it is called.
    Archive(ChartArchive, String),
    Loaded(Chart),
}

impl Found {
    /// The chart itself.
    pub(super) fn load(&self, state: &State<'_>, unit: &Unit) -> Result<Chart, Box<Diagnostic>> {
        let tree = state.input.tree;
        let load = || match &self.from {
            From::Folder => Ok(Chart::from_tree(tree, &self.location)
                .map_err(|error| error.to_diagnostic(&self.location))?),
            From::Package => {
                let unreadable =
                    |error: amethyst_tree::ReadError| Diagnostic::error("chart-missing", error.to_string());
                let archive = tree.read(&self.location).map_err(unreadable)?.unwrap_or_default();
                Ok(Chart::from_archive(&archive).map_err(|error| error.to_diagnostic(&self.location))?)
            }
            From::Archive(archive, label) => {
                Ok(Chart::from_archive(&archive.bytes).map_err(|error| error.to_diagnostic(label))?)
            }
            From::Loaded(chart) => Ok(chart.clone()),
        };
        state
            .input
            .cache
            .charts
            .get(self.key, load)
            .map_err(|fault| Box::new(told(state, unit, self.field, *fault)))
    }
}

/// A fault of a chart, told of the release that names it.
fn told(state: &State<'_>, unit: &Unit, field: &[&str], fault: Diagnostic) -> Diagnostic {
    let fault = if fault.object.is_none() { fault.about(unit.object.id()) } else { fault };
    let place = || place_of(state.input.tree, unit, field);
    if fault.location.is_none() { fault.at(place()) } else { fault }
}

/// Finds the chart of a HelmRelease.
pub(super) fn of(state: &State<'_>, unit: &Unit) -> Result<Found, Box<Diagnostic>> {
    let tree = state.input.tree;
    let named = named(state, unit)?;
    let told = |fault: Diagnostic| Box::new(told(state, unit, named.field, fault));
    let (kind, namespace, name) = &named.source;
    if state.is_this_tree(kind, namespace, name) {
        let found = in_tree(tree, &named).map_err(|fault| told(*fault))?;
        return with_values_files(state, unit, &named, found, Place::Tree(tree));
    }
    let Some(source) = state.named(kind, namespace, name) else {
        let message = format!(
            "takes its chart from {kind}/{namespace}/{name}, which nothing in the repository declares"
        );
        let fault = Diagnostic::error("release-missing-source", message);
        return Err(told(fault.hint("add the source, or correct the name or the namespace")));
    };
    let mut objects = vec![Object::clone(&source.keep())];
    objects.extend(named.helm_chart.iter().map(|(chart, _)| chart.clone()));
    if let Some(secret) = objects[0].str_at(&["spec", "secretRef", "name"]) {
        objects.extend(state.named("Secret", namespace, secret).map(Packed::object));
    }
    let wanted = ChartWanted { release: &unit.object, objects: &objects };
    let archive = state.input.charts.chart(&wanted).map_err(|fault| told(*fault))?;
    let key = key([b"archive".as_slice(), archive.digest.as_bytes()]);
    let label = if named.chart.is_empty() { name.clone() } else { named.chart.clone() };
    let from = From::Archive(archive, label);
    let found = Found { key, location: String::new(), from, field: named.field };
    with_values_files(state, unit, &named, found, Place::Chart)
}

/// The chart with the values that `valuesFiles` name in place of its own.
fn with_values_files(
    state: &State<'_>,
    unit: &Unit,
    named: &Named,
    found: Found,
    files: Place<'_>,
) -> Result<Found, Box<Diagnostic>> {
    if named.values_files.is_empty() {
        return Ok(found);
    }
    let chart = found.load(state, unit)?;
    let values = named.values_files.merge(&chart, files).map_err(|fault| {
        // The object that names the files.
        let (id, at) = if let Some((helm_chart, origin)) = &named.helm_chart {
            let field = FieldPath::of(["spec", "valuesFiles"]);
            (helm_chart.id(), place(state.input.tree, &origin.file, origin.document, origin.line, &field))
        } else {
            let field = ["spec", "chart", "spec", "valuesFiles"];
            (unit.object.id(), place_of(state.input.tree, unit, &field))
        };
        let fault = fault.about(id);
        Box::new(if fault.location.is_none() { fault.at(at) } else { fault })
    })?;
    let key = key([b"values".as_slice(), &found.key, &json::to_vec(&values)]);
    Ok(Found { key, from: From::Loaded(chart.with_values(values)), ..found })
}

/// A chart that lies in the repository, as a folder or packaged.
fn in_tree(tree: &Tree, named: &Named) -> Result<Found, Box<Diagnostic>> {
    let path = &named.chart;
    let location = normalize("", path).unwrap_or_default();
    if let Some(entry) = tree.entry(&location).filter(|entry| entry.kind != FileKind::Symlink) {
        let key = key([b"packaged".as_slice(), entry.blob.0.as_bytes()]);
        return Ok(Found { key, location, from: From::Package, field: named.field });
    }
    if location.is_empty() || !tree.is_dir(&location) {
        let fault = Diagnostic::error("chart-missing", format!("the repository has no folder `{path}`"));
        return Err(Box::new(fault.hint("name the chart's folder from the root of the repository")));
    }
    let files = tree.walk(&location);
    let parts: Vec<&[u8]> = files
        .flat_map(|(path, entry)| [&path.as_bytes()[location.len()..], entry.blob.0.as_bytes()])
        .collect();
    let key = key([b"tree".as_slice()].into_iter().chain(parts));
    Ok(Found { key, location, from: From::Folder, field: named.field })
}

/// Where a HelmRelease refers to its chart.
const REFERENCE: &[&str] = &["spec", "chartRef"];
/// Where it describes it.
const TEMPLATE: &[&str] = &["spec", "chart", "spec"];

fn named(state: &State<'_>, unit: &Unit) -> Result<Named, Box<Diagnostic>> {
    let release = &unit.object;
    let fault = |code: &'static str, message: String, field: &[&str], hint: &str| {
        let at = place_of(state.input.tree, unit, field);
        Box::new(Diagnostic::error(code, message).about(release.id()).at(at).hint(hint))
    };
    if let Some(reference) = release.at(&["spec", "chartRef"]) {
        let source = reference_to(reference, &unit.namespace);
        return match source.0.as_str() {
            "OCIRepository" => Ok(Named {
                source,
                chart: String::new(),
                helm_chart: None,
                values_files: ValuesFiles::default(),
                field: REFERENCE,
            }),
            "HelmChart" => {
                let Some(chart) = state.named("HelmChart", &source.1, &source.2) else {
                    let message = format!(
                        "takes its chart from HelmChart/{}/{}, which nothing in the repository declares",
                        source.1, source.2
                    );
                    return Err(fault("release-missing-source", message, REFERENCE, "add the HelmChart"));
                };
                let (chart, origin) = (chart.object(), chart.origin.clone());
                let spec = chart.at(&["spec"]).cloned().unwrap_or_default();
                let named = from_spec(&spec, chart.namespace(), REFERENCE);
                Ok(Named { helm_chart: Some((chart, origin)), ..named })
            }
            other => {
                let message = format!("`spec.chartRef.kind: {other}` is not understood");
                Err(fault("release-unsupported-field", message, REFERENCE, "one of OCIRepository, HelmChart"))
            }
        };
    }
    let Some(spec) = release.at(TEMPLATE) else {
        let hint = "write `spec.chart.spec` or `spec.chartRef`";
        return Err(fault("release-without-chart", "names no chart".to_owned(), &["spec"], hint));
    };
    Ok(from_spec(spec, &unit.namespace, TEMPLATE))
}

/// Reads the `spec` of a HelmChart.
fn from_spec(spec: &Value, namespace: &str, field: &'static [&'static str]) -> Named {
    let text = |key: &str| spec.str_at(&[key]).unwrap_or_default().to_owned();
    let source = spec.get("sourceRef").map(|reference| reference_to(reference, namespace));
    Named {
        source: source.unwrap_or_default(),
        chart: text("chart"),
        helm_chart: None,
        values_files: ValuesFiles::read(spec),
        field,
    }
}

fn reference_to(reference: &Value, namespace: &str) -> (String, String, String) {
    let text = |key: &str| reference.str_at(&[key]).filter(|text| !text.is_empty()).map(str::to_owned);
    let namespace = text("namespace").unwrap_or_else(|| namespace.to_owned());
    (text("kind").unwrap_or_default(), namespace, text("name").unwrap_or_default())
}
