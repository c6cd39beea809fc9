//! Schemas that a chart's schema refers to, as far as they lie in the chart or beside it.
//!
//! Charts publish their schemas: `$id` is the URL of `values.schema.json`, and what it refers to lies beside it
//! there and in the chart. The tests take the chart's own files, and ask no other host.

use amethyst_helm::{Chart, Schemas};
use amethyst_object::json;
use amethyst_tree::Tree;

use super::Part;

/// The schemas of a chart and its dependencies.
#[derive(Debug)]
pub(crate) struct OwnSchemas {
    tree: Tree,
    folder: String,
    /// Charts by the URL of the folder that they are published in, ending in `/`, and where they lie.
    published: Vec<(String, String, Chart)>,
}

impl OwnSchemas {
    pub(super) fn new(tree: &Tree, folder: &str, root: &Part) -> Self {
        let mut own = Self { tree: tree.clone(), folder: folder.to_owned(), published: Vec::new() };
        own.add(root);
        own
    }

    fn add(&mut self, part: &Part) {
        let schema = part.chart.schema().and_then(|schema| json::parse(schema).ok());
        let id = schema.as_ref().and_then(|schema| schema.str_at(&["$id"]));
        if let Some((folder, _)) = id.and_then(|id| id.rsplit_once('/')) {
            self.published.push((format!("{folder}/"), part.folder.clone(), part.chart.clone()));
        }
        part.parts.iter().for_each(|part| self.add(part));
    }
}

impl Schemas for OwnSchemas {
    fn get(&self, url: &str) -> Option<Vec<u8>> {
        let url = url.split('#').next().unwrap_or(url);
        if let Some(path) = url.strip_prefix("file://") {
            // A file elsewhere on the machine is none of the chart's.
            let path = amethyst_tree::normalize(&self.folder, path).filter(|_| !path.starts_with('/'))?;
            return self.tree.read(&path).ok().flatten().map(|content| content.to_vec());
        }
        self.published.iter().find_map(|(published, folder, chart)| {
            let name = url.strip_prefix(published.as_str())?;
            // What is published beside the chart may be left out of it by `.helmignore`.
            let path = amethyst_tree::normalize(folder, name)?;
            let beside = self.tree.read(&path).ok().flatten().map(|content| content.to_vec());
            beside.or_else(|| match name {
                "values.schema.json" => chart.schema().map(<[u8]>::to_vec),
                name => chart.files().iter().find(|file| file.name == name).map(|file| file.data.to_vec()),
            })
        })
    }
}
