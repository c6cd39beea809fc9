//! A whole repository: every Flux Kustomization and HelmRelease that its sync would come to, rendered.
//!
//! It is a fixpoint. What the entry's Kustomization builds holds further Kustomizations, patched and
//! substituted by it; those hold more, and the HelmReleases; what charts install may hold Flux objects again,
//! and CustomResourceDefinitions that other charts ask about. Independent ones are rendered side by side;
//! what comes out is in an order that does not depend on it.

mod charts;
mod definitions;
mod encrypted;
mod kustomizations;
mod memo;
mod packed;
mod post;
mod releases;
mod remote;
mod scope;
mod stored;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use amethyst_diag::{Diagnostic, Location};
use amethyst_helm::{Lookup, Schemas};
use amethyst_kustomize::{FileCache, Origin};
use amethyst_object::Object;
use amethyst_tree::Tree;

use bytes::Bytes;
use stored::{Reader, Writer};

use crate::entry::{Entry, KUSTOMIZE_GROUP};

pub use charts::{ChartArchive, ChartWanted, Charts, NoCharts};
pub(crate) use kustomizations::place_of;
use memo::Memo;
pub use packed::Packed;

/// The group of Flux's HelmRelease.
pub const HELM_GROUP: &str = "helm.toolkit.fluxcd.io";

/// How many Kustomizations and HelmReleases a repository may unfold into.
const UNITS_MAX: usize = 20_000;

/// How often charts may bring new Flux objects or definitions before it is enough.
const ROUNDS_MAX: usize = 8;

/// What is rendered, and by what.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The files.
    pub tree: &'a Tree,
    /// Where the sync starts.
    pub entry: &'a Entry,
    /// The definitions that Amethyst brings itself.
    pub definitions: &'a [Object],
    /// The version of Kubernetes that charts are told: `1.37.2`.
    pub kubernetes_version: &'a str,
    /// Gives charts that do not lie in the repository.
    pub charts: &'a dyn Charts,
    /// Gives the schemas that charts' schemas refer to by URL. What it has not is told once for each chart, and the
    /// values are not checked.
    pub schemas: Option<&'a Arc<dyn Schemas>>,
    /// What `lookup` of charts sees; nothing without.
    pub lookup: Option<&'a Arc<dyn Lookup>>,
    /// Whether the definitions in the `crds/` of charts are among the objects. What they define is known to charts
    /// all the same.
    pub with_crds: bool,
    /// What was rendered before.
    pub cache: &'a Cache,
}

/// What is kept between renders; one may serve many revisions and threads.
#[derive(Debug)]
pub struct Cache {
    kustomizations: Memo<kustomizations::Built>,
    releases: Memo<releases::Installed>,
    outlines: Memo<releases::Outline>,
    charts: charts::Loaded,
    files: FileCache,
}

impl Cache {
    /// A cache that keeps about this many bytes of results.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            kustomizations: Memo::new(bytes_max / 2),
            releases: Memo::new(bytes_max / 2),
            outlines: Memo::new(bytes_max / 16),
            charts: charts::Loaded::default(),
            files: FileCache::default(),
        }
    }

    /// What is kept as bytes, in pieces and at most about so many of them, for [`Cache::read`] in a later run of this
    /// very program.
    pub fn to_parts(&self, identity: &str, bytes_max: usize) -> Vec<Bytes> {
        let mut out = Writer::default();
        self.outlines.write(&mut out, bytes_max / 16);
        self.releases.write(&mut out, bytes_max / 2);
        self.kustomizations.write(&mut out, bytes_max / 2);
        let parts = out.into_parts();
        let sum = parts.iter().fold(0, |sum, part| crc32c::crc32c_append(sum, part));
        let mut head = Writer::default();
        head.text(identity);
        head.number(sum as usize);
        head.into_parts().into_iter().chain(parts).collect()
    }

    /// Takes in what an earlier run of this very program kept; whether it was that. Another program of the same
    /// name may render otherwise, so `identity` must name this one.
    pub fn read(&self, bytes: Bytes, identity: &str) -> bool {
        let mut reader = Reader(bytes);
        let is_ours = reader.text::<String>().is_some_and(|found| found == identity)
            && reader.number().is_some_and(|sum| sum == crc32c::crc32c(&reader.0) as usize);
        is_ours
            && self.outlines.read(&mut reader).is_some()
            && self.releases.read(&mut reader).is_some()
            && self.kustomizations.read(&mut reader).is_some()
    }

    /// How many Kustomizations and HelmReleases were found in it, and how many were rendered.
    pub fn counts(&self) -> (u64, u64) {
        let (kustomizations, releases) = (self.kustomizations.counts(), self.releases.counts());
        (kustomizations.0 + releases.0, kustomizations.1 + releases.1)
    }
}

/// A Kustomization or a HelmRelease, and what came of it.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What it is.
    pub kind: UnitKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The object, as its parent applies it.
    pub object: Arc<Object>,
    /// Where it is declared.
    pub origin: Origin,
    /// Which unit brought it; `None` for the entry.
    pub parent: Option<usize>,
    /// The objects that it applies.
    pub objects: Arc<Vec<Packed>>,
    /// Why it was not rendered; its objects are then none, or incomplete.
    pub outcome: Outcome,
    /// The chart, when it is a HelmRelease whose chart is known.
    pub chart: Option<ChartName>,
    /// What the chart has to say after an installation.
    pub notes: String,
}

/// A chart's name and version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChartName {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitKind {
    /// `kustomize.toolkit.fluxcd.io` Kustomization.
    Kustomization,
    /// `helm.toolkit.fluxcd.io` HelmRelease.
    HelmRelease,
}

impl UnitKind {
    /// The unit that objects of this group and kind are.
    pub(crate) fn of(group: &str, kind: &str) -> Option<Self> {
        match (group, kind) {
            (KUSTOMIZE_GROUP, "Kustomization") => Some(Self::Kustomization),
            (HELM_GROUP, "HelmRelease") => Some(Self::HelmRelease),
            _ => None,
        }
    }

    /// Its name as Flux spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kustomization => "Kustomization",
            Self::HelmRelease => "HelmRelease",
        }
    }
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it is there.
    Rendered,
    /// It was left alone: suspended, of another source, or its chart cannot be had here.
    Skipped,
    /// It has errors.
    Failed,
}

/// What came of a repository.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    /// The Kustomizations in the order in which they are found, then the HelmReleases.
    pub units: Vec<Unit>,
    /// What was wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl Repository {
    /// Whether anything is an error.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// All objects with the unit that applies each.
    pub fn objects(&self) -> impl Iterator<Item = (&Unit, &Packed)> {
        self.units.iter().flat_map(|unit| unit.objects.iter().map(move |object| (unit, object)))
    }

    /// The unit of this kind and name.
    pub fn unit(&self, kind: UnitKind, namespace: &str, name: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.kind == kind && unit.namespace == namespace && unit.name == name)
    }
}

/// An object that is a unit, not rendered yet.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    object: Arc<Object>,
    origin: Origin,
    parent: Option<usize>,
}

impl Declared {
    /// The unit, before anything is known of what comes of it.
    fn into_unit(self, kind: UnitKind) -> Unit {
        Unit {
            kind,
            namespace: self.object.namespace().to_owned(),
            name: self.object.name().to_owned(),
            object: self.object,
            origin: self.origin,
            parent: self.parent,
            objects: Arc::default(),
            outcome: Outcome::Skipped,
            chart: None,
            notes: String::new(),
        }
    }
}

/// What is known while a repository unfolds.
pub(crate) struct State<'a> {
    input: Input<'a>,
    schemas: Arc<remote::Remote>,
    repository: Repository,
    /// Units by kind, namespace and name.
    known: BTreeMap<(UnitKind, String, String), usize>,
    /// ConfigMaps, Secrets and sources by kind, namespace and name: unit and place in it.
    named: BTreeMap<(String, String, String), (usize, usize)>,
    kustomizations: Vec<Declared>,
    releases: Vec<Declared>,
}

/// Kinds that others name: variables, values, sources of charts.
const NAMED: &[&str] =
    &["ConfigMap", "Secret", "GitRepository", "OCIRepository", "HelmRepository", "HelmChart", "Bucket"];

/// Renders a repository.
pub fn render(input: Input<'_>) -> Repository {
    let mut state = State {
        input,
        schemas: Arc::new(remote::Remote::new(input.schemas.cloned())),
        repository: Repository::default(),
        known: BTreeMap::new(),
        named: BTreeMap::new(),
        kustomizations: Vec::new(),
        releases: Vec::new(),
    };
    let origin = Origin { file: input.entry.file.clone(), line: input.entry.line, ..Origin::default() };
    let object = Arc::new(input.entry.kustomization.clone());
    state.kustomizations.push(Declared { object, origin, parent: None });
    for _ in 0..ROUNDS_MAX {
        kustomizations::run(&mut state);
        if state.releases.is_empty() {
            break;
        }
        releases::run(&mut state);
    }
    state.repository
}

impl State<'_> {
    /// Of what is queued, each unit that is not known yet, once.
    fn new_ones(&self, kind: UnitKind, mut queue: Vec<Declared>) -> Vec<Declared> {
        let mut seen = BTreeSet::new();
        queue.retain(|declared| {
            let (namespace, name) = (declared.object.namespace(), declared.object.name());
            let key = (kind, namespace.to_owned(), name.to_owned());
            !self.known.contains_key(&key) && seen.insert(key)
        });
        queue
    }

    /// Takes in a finished unit and queues the units among its objects.
    fn add(&mut self, unit: Unit) {
        let at = self.repository.units.len();
        self.known.insert((unit.kind, unit.namespace.clone(), unit.name.clone()), at);
        let objects = Arc::clone(&unit.objects);
        self.repository.units.push(unit);
        self.index(at, &objects);
    }

    /// Notes what others may name, and queues the units among the objects of a unit.
    fn index(&mut self, at: usize, objects: &[Packed]) {
        for (place, packed) in objects.iter().enumerate() {
            let id = &packed.id;
            if NAMED.contains(&id.kind.as_str()) {
                let key = (id.kind.to_string(), id.namespace.to_string(), id.name.to_string());
                self.named.entry(key).or_insert((at, place));
            }
            let Some(kind) = UnitKind::of(&id.group, &id.kind) else { continue };
            let key = (kind, id.namespace.to_string(), id.name.to_string());
            if !self.known.contains_key(&key) && self.repository.units.len() < UNITS_MAX {
                let (object, origin) = (packed.keep(), packed.origin.clone());
                let queue = match kind {
                    UnitKind::Kustomization => &mut self.kustomizations,
                    UnitKind::HelmRelease => &mut self.releases,
                };
                queue.push(Declared { object, origin, parent: Some(at) });
            }
        }
    }

    /// The ConfigMap, Secret or source of this name.
    fn named(&self, kind: &str, namespace: &str, name: &str) -> Option<&Packed> {
        let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        let (unit, place) = *self.named.get(&key)?;
        self.repository.units.get(unit)?.objects.get(place)
    }

    /// Whether it is the source that the sync itself comes from: this tree.
    fn is_this_tree(&self, kind: &str, namespace: &str, name: &str) -> bool {
        let source = &self.input.entry.source;
        source.kind() == kind && source.namespace() == namespace && source.name() == name
    }
}

/// The place of a unit's declaration, as exact as is known without reading the file again.
pub(crate) fn declared_at(origin: &Origin) -> Location {
    Location::new(origin.file.clone(), origin.line, 0)
}

#[cfg(test)]
mod tests;
