//! A chart under test: what was loaded, with the dependencies that its `Chart.yaml` names by a path.

use std::sync::Arc;

use amethyst_diag::{Diagnostic, Location};
use amethyst_helm::{Chart, Dependency, File, Metadata};
use amethyst_object::{Map, Value as Document, json};
use amethyst_tree::Tree;

use super::schemas::OwnSchemas;
use super::{Part, TestChart};
use crate::templates::{Selection, join};

/// How deep dependencies that are named by a path may nest.
const DEPTH_MAX: usize = 16;
/// How many dependencies that are named by a path are loaded for one chart.
const COUNT_MAX: usize = 256;

impl TestChart {
    /// Loads the chart in a folder of the tree. A dependency that is missing in `charts/` but named by a path
    /// (`file://../common`) is taken from there. The error is Helm's text.
    pub fn load(tree: &Tree, folder: &str) -> Result<(Self, Vec<Diagnostic>), String> {
        let chart = Chart::from_tree(tree, folder).map_err(|error| error.text)?;
        let mut remarks = Vec::new();
        let root = Part::new(tree, folder, chart, 0, &mut remarks);
        let schemas = Arc::new(OwnSchemas::new(tree, folder, &root));
        Ok((Self { folder: folder.to_owned(), root, schemas }, remarks))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.root.chart.name()
    }

    /// Its custom resource definitions, those of its dependencies included.
    pub(super) fn crds(&self) -> Vec<(String, String)> {
        let mut crds = Vec::new();
        self.root.crds(self.name(), &mut crds);
        crds
    }
}

/// How the chart is changed before it renders.
pub(super) struct Changes<'a> {
    /// What is rendered besides partials.
    pub(super) selection: &'a Selection,
    /// Empty: as the chart says.
    pub(super) version: &'a str,
    pub(super) app_version: &'a str,
}

impl Part {
    fn new(tree: &Tree, folder: &str, chart: Chart, depth: usize, remarks: &mut Vec<Diagnostic>) -> Self {
        let mut parts: Vec<Self> = chart
            .dependencies()
            .iter()
            .map(|dependency| {
                let inner = join(&[folder, "charts", dependency.name()]);
                Self::new(tree, &inner, dependency.clone(), depth + 1, remarks)
            })
            .collect();
        let named = chart.metadata().dependencies.iter().flatten();
        for wanted in named {
            let Some(path) = wanted.repository.strip_prefix("file://") else { continue };
            let is_there = parts.iter().any(|part| part.chart.name() == wanted.name);
            let lies_at = amethyst_tree::normalize(folder, path);
            let (false, Some(from)) = (is_there || depth >= DEPTH_MAX || remarks.len() >= COUNT_MAX, lies_at)
            else {
                continue;
            };
            let at = || Location::file(join(&[folder, "Chart.yaml"]));
            match Chart::from_tree(tree, &from) {
                Ok(found) if found.name() == wanted.name => {
                    let text =
                        format!("the dependency `{}` is taken from `{}`", wanted.name, wanted.repository);
                    let hint = "as `helm dependency update` would; charts/ was not changed";
                    remarks.push(Diagnostic::info("helm-unittest-file-dependency", text).at(at()).hint(hint));
                    parts.push(Self::new(tree, &from, found, depth + 1, remarks));
                }
                Ok(found) => {
                    let text = format!("`{from}` holds the chart `{}`, not `{}`", found.name(), wanted.name);
                    let hint = "correct the path or the name of the dependency";
                    remarks
                        .push(Diagnostic::warning("helm-unittest-file-dependency", text).at(at()).hint(hint));
                }
                Err(error) => {
                    let text = format!("failed to load the dependency `{}`: {}", wanted.name, error.text);
                    let hint = "correct the path, or put the chart into charts/";
                    remarks
                        .push(Diagnostic::warning("helm-unittest-file-dependency", text).at(at()).hint(hint));
                }
            }
        }
        Self { folder: folder.to_owned(), chart, parts }
    }

    /// The names under which the part may stand in the chart above it: its own and its aliases.
    fn names<'a>(&'a self, above: &'a Metadata) -> Vec<&'a str> {
        let own = self.chart.name();
        let named = above.dependencies.iter().flatten().filter(|wanted| wanted.name == own);
        let aliases = named.map(|wanted| wanted.alias.as_str()).filter(|alias| !alias.is_empty());
        std::iter::once(own).chain(aliases).collect()
    }

    fn crds(&self, path: &str, crds: &mut Vec<(String, String)>) {
        let is_manifest = |name: &str| {
            let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
            ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        };
        for file in self.chart.files() {
            if file.name.starts_with("crds/") && is_manifest(&file.name) {
                crds.push((
                    format!("{path}/{}", file.name),
                    String::from_utf8_lossy(&file.data).into_owned(),
                ));
            }
        }
        for part in &self.parts {
            part.crds(&format!("{path}/charts/{}", part.chart.name()), crds);
        }
    }

    fn paths(&self, above: &[String], metadata: &Metadata) -> Vec<String> {
        let names = self.names(metadata);
        above.iter().flat_map(|path| names.iter().map(move |name| format!("{path}/charts/{name}"))).collect()
    }

    /// The files of the chart with these changes, named below `prefix`. `depth` is 0 for the chart itself.
    pub(super) fn files(
        &self,
        prefix: &str,
        paths: &[String],
        depth: usize,
        changes: &Changes<'_>,
        files: &mut Vec<File>,
    ) {
        let mut add = |name: &str, data: Vec<u8>| {
            files.push(File { name: format!("{prefix}{name}").into(), data: data.into() });
        };
        let metadata = self.chart.metadata();
        add("Chart.yaml", json::to_vec(&self.metadata(depth, changes)));
        add("values.yaml", json::to_vec(self.chart.values()));
        if let Some(schema) = self.chart.schema() {
            add("values.schema.json", schema.to_vec());
        }
        for template in self.chart.templates() {
            let is_partial = template.name.rsplit('/').next().is_some_and(|base| base.starts_with('_'));
            let is_taken = |path: &String| changes.selection.takes(&format!("{path}/{}", template.name));
            if is_partial || paths.iter().any(is_taken) {
                let name = format!("{prefix}{}", template.name).into();
                files.push(File { name, data: template.data.clone() });
            }
        }
        let others = self.chart.files().iter().filter(|file| !file.name.starts_with("requirements."));
        files.extend(
            others
                .map(|file| File { name: format!("{prefix}{}", file.name).into(), data: file.data.clone() }),
        );
        for (at, part) in self.parts.iter().enumerate() {
            let inner = format!("{prefix}charts/{at:04}-{}/", part.chart.name());
            part.files(&inner, &part.paths(paths, metadata), depth + 1, changes, files);
        }
    }

    /// What `Chart.yaml` says, as far as it is followed: dependencies that are missing are not asked for.
    fn metadata(&self, depth: usize, changes: &Changes<'_>) -> Document {
        let metadata = self.chart.metadata();
        // Upstream gives the versions to the chart and to its own dependencies.
        let or =
            |new: &str, own: &str| if depth < 2 && !new.is_empty() { new.to_owned() } else { own.to_owned() };
        let mut map = Map::new();
        let texts = [
            ("apiVersion", metadata.api_version.clone()),
            ("name", metadata.name.clone()),
            ("home", metadata.home.clone()),
            ("version", or(changes.version, &metadata.version)),
            ("description", metadata.description.clone()),
            ("icon", metadata.icon.clone()),
            ("condition", metadata.condition.clone()),
            ("tags", metadata.tags.clone()),
            ("appVersion", or(changes.app_version, &metadata.app_version)),
            ("kubeVersion", metadata.kube_version.clone()),
            ("type", metadata.chart_type.clone()),
        ];
        for (key, text) in texts {
            if !text.is_empty() {
                map.insert(key, text);
            }
        }
        let list = |items: &[String]| Document::from(items.to_vec());
        map.insert("sources", list(&metadata.sources));
        map.insert("keywords", list(&metadata.keywords));
        map.insert("deprecated", metadata.deprecated);
        let maintainers = metadata.maintainers.iter().map(|maintainer| {
            let pairs = [("name", &maintainer.name), ("email", &maintainer.email), ("url", &maintainer.url)];
            Document::Object(pairs.into_iter().map(|(key, text)| (key, text.as_str())).collect())
        });
        map.insert("maintainers", Document::Array(maintainers.collect()));
        if let Some(annotations) = &metadata.annotations {
            let pairs = annotations.iter().map(|(key, text)| (key.as_str(), text.as_str()));
            map.insert("annotations", Document::Object(pairs.collect()));
        }
        if let Some(dependencies) = &metadata.dependencies {
            let is_there =
                |wanted: &&Dependency| self.parts.iter().any(|part| part.chart.name() == wanted.name);
            let any_version = depth == 0 && !changes.version.is_empty();
            let kept = dependencies.iter().filter(is_there).map(|wanted| dependency(wanted, any_version));
            map.insert("dependencies", Document::Array(kept.collect()));
        }
        Document::Object(map)
    }
}

fn dependency(wanted: &Dependency, any_version: bool) -> Document {
    let version = if any_version { ">=0.0.0-0" } else { wanted.version.as_str() };
    let texts = [
        ("name", wanted.name.as_str()),
        ("version", version),
        ("repository", &wanted.repository),
        ("condition", &wanted.condition),
        ("alias", &wanted.alias),
    ];
    let mut map: Map = texts.into_iter().filter(|(_, text)| !text.is_empty()).collect();
    if let Some(tags) = &wanted.tags {
        map.insert("tags", Document::from(tags.clone()));
    }
    if let Some(values) = &wanted.import_values {
        map.insert("import-values", Document::Array(values.clone()));
    }
    Document::Object(map)
}
