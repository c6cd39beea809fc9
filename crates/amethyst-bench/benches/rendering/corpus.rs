//! The repository that is measured, and what its parts work on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use amethyst_gotemplate::{Map, Value};
use amethyst_helm::{Chart, Release, RenderOptions};
use amethyst_object::Object;
use amethyst_render::entry::{self, Entry};
use amethyst_render::repository::{self, Cache, Input, NoCharts, Repository, UnitKind};
use amethyst_tree::{BlobId, Tree, normalize};
use anyhow::anyhow;

/// Names the repository.
const CORPUS: &str = "AMETHYST_CORPUS";
/// Names the file where its sync starts.
const ENTRY: &str = "AMETHYST_ENTRY";

/// A repository, read and taken apart.
pub(crate) struct Corpus {
    pub(crate) root: PathBuf,
    pub(crate) tree: Tree,
    pub(crate) entry: Entry,
    /// Every YAML file that is no part of a chart.
    pub(crate) texts: Vec<String>,
    /// Folders of Kustomizations.
    pub(crate) kustomizations: BTreeSet<String>,
    /// Charts by their folders.
    pub(crate) charts: BTreeMap<String, Chart>,
    pub(crate) releases: Vec<Case>,
    /// The files of the HelmReleases, in the order of the render.
    release_files: Vec<String>,
    objects: usize,
    definitions: Vec<Object>,
}

/// A HelmRelease whose chart lies in the repository.
pub(crate) struct Case {
    pub(crate) chart: String,
    pub(crate) values: Map,
    pub(crate) options: RenderOptions,
}

/// Makes the tree after the `n`th change of a value.
type Change = Box<dyn Fn(u64) -> Tree>;

impl Corpus {
    /// Reads the repository that the environment names, or this one.
    #[expect(clippy::disallowed_methods, reason = "a bench is told by its environment what to measure")]
    pub(crate) fn open() -> anyhow::Result<Self> {
        let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = std::env::var_os(CORPUS).map_or_else(own, PathBuf::from).canonicalize()?;
        let named = std::env::var(ENTRY).ok();
        let tree = amethyst_source::folder(&root)?;
        let entry = entry::find(&tree, named.as_deref()).map_err(|fault| anyhow!("{fault}"))?;
        let mut corpus = Self {
            root,
            tree,
            entry,
            texts: Vec::new(),
            kustomizations: BTreeSet::new(),
            charts: BTreeMap::new(),
            releases: Vec::new(),
            release_files: Vec::new(),
            objects: 0,
            definitions: amethyst_gitops::definitions(),
        };
        let first = corpus.render(&corpus.tree, &Cache::new(usize::MAX));
        corpus.take(&first);
        Ok(corpus)
    }

    fn take(&mut self, rendered: &Repository) {
        self.objects = rendered.objects().count();
        for unit in &rendered.units {
            let object = &unit.object;
            if unit.kind == UnitKind::Kustomization {
                let path = object.str_at(&["spec", "path"]).unwrap_or_default();
                self.kustomizations.extend(normalize("", path).filter(|path| self.tree.is_dir(path)));
                continue;
            }
            self.release_files.push(unit.origin.file.clone());
            let chart = object.str_at(&["spec", "chart", "spec", "chart"]).unwrap_or_default();
            let Some(chart) = normalize("", chart).filter(|path| self.tree.is_dir(path)) else { continue };
            if !self.charts.contains_key(&chart) {
                let Ok(loaded) = Chart::from_tree(&self.tree, &chart) else { continue };
                self.charts.insert(chart.clone(), loaded);
            }
            let values = match object.at(&["spec", "values"]).map(Value::from_document) {
                Some(Value::Map(values)) => values,
                _ => Map::new(),
            };
            let options = RenderOptions::new(Release::new(unit.name.as_str(), unit.namespace.as_str()));
            self.releases.push(Case { chart, values, options });
        }
        let charts: Vec<String> = self
            .tree
            .walk("")
            .filter_map(|(path, _)| path.strip_suffix("Chart.yaml").map(str::to_owned))
            .filter(|folder| !folder.is_empty())
            .collect();
        let paths = self.tree.walk("").map(|(path, _)| path).filter(|path| {
            matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
                && !charts.iter().any(|chart| path.starts_with(chart))
        });
        let text = |path: &str| String::from_utf8(self.tree.read(path).ok()??.to_vec()).ok();
        self.texts = paths.filter_map(text).collect();
    }

    /// All charts, loaded anew.
    pub(crate) fn load(&self) -> BTreeMap<String, Chart> {
        let load = |folder: &String| Some((folder.clone(), Chart::from_tree(&self.tree, folder).ok()?));
        self.charts.keys().filter_map(load).collect()
    }

    /// Renders all of it.
    pub(crate) fn render(&self, tree: &Tree, cache: &Cache) -> Repository {
        repository::render(Input {
            tree,
            entry: &self.entry,
            definitions: &self.definitions,
            kubernetes_version: "1.37.2",
            charts: &NoCharts,
            schemas: None,
            lookup: None,
            with_crds: false,
            cache,
        })
    }

    /// Changes a value of the first HelmRelease whose file can be changed so.
    pub(crate) fn changed(&self) -> Option<Change> {
        self.release_files.iter().find_map(|file| {
            let text = self.tree.read(file).ok()??;
            let text = String::from_utf8(text.to_vec()).ok()?;
            let (before, after) = text.split_once("\n  values:\n")?;
            let (file, before, after) = (file.clone(), before.to_owned(), after.to_owned());
            let tree = self.tree.clone();
            let change = move |round: u64| {
                let text = format!("{before}\n  values:\n    changedByABench: {round}\n{after}");
                tree.with_file(&file, BlobId(format!("changed-{round}").into()), text.into_bytes().into())
            };
            Some(Box::new(change) as Change)
        })
    }
}

impl fmt::Display for Corpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} YAML files outside charts, {} folders of Kustomizations, {} charts, {} HelmReleases of them, {} objects",
            self.root.file_name().unwrap_or_default().to_string_lossy(),
            self.texts.len(),
            self.kustomizations.len(),
            self.charts.len(),
            self.releases.len(),
            self.objects,
        )
    }
}
