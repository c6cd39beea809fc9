//! A chart: what was loaded, and what is made of it once.

mod cache;
mod load;

use std::fmt;
use std::sync::{Arc, OnceLock};

use amethyst_object::{Str, Value};
use amethyst_tree::Tree;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::ChartError;
use crate::archive;
use crate::metadata::Metadata;

pub(crate) use cache::Cache;

/// A file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path within the chart.
    pub name: Str,
    /// Its content, without a byte order mark.
    pub data: Bytes,
}

/// A loaded chart with its subcharts. Cheap to clone, and shared between threads with all that was compiled
/// for it.
#[derive(Clone)]
pub struct Chart(Arc<Content>);

pub(crate) struct Content {
    pub(crate) metadata: Metadata,
    pub(crate) templates: Vec<File>,
    pub(crate) values: Value,
    pub(crate) has_values_file: bool,
    pub(crate) schema: Option<Bytes>,
    pub(crate) files: Vec<File>,
    pub(crate) dependencies: Vec<Chart>,
    pub(crate) warnings: Vec<String>,
    pub(crate) digest: OnceLock<[u8; 32]>,
    pub(crate) cache: Cache,
}

impl Chart {
    /// Loads the chart in the folder `folder` of a tree, as Helm loads a chart's folder: by `.helmignore`.
    pub fn from_tree(tree: &Tree, folder: &str) -> Result<Self, ChartError> {
        load::from_files(load::tree_files(tree, folder)?, 0)
    }

    /// Loads a chart from the bytes of its `.tgz`.
    pub fn from_archive(archive: &[u8]) -> Result<Self, ChartError> {
        load::from_files(archive::unpack(archive)?, 0)
    }

    /// Loads a chart from its files, named relative to the chart's folder.
    pub fn from_files(files: Vec<File>) -> Result<Self, ChartError> {
        load::from_files(files, 0)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.metadata.name
    }

    /// What its `Chart.yaml` says.
    pub fn metadata(&self) -> &Metadata {
        &self.0.metadata
    }

    /// The values of its `values.yaml`; the numbers are those of the file.
    pub fn values(&self) -> &Value {
        &self.0.values
    }

    /// Whether it has a `values.yaml`.
    pub fn has_values_file(&self) -> bool {
        self.0.has_values_file
    }

    /// The same chart with another `values.yaml`.
    #[must_use]
    pub fn with_values(&self, values: Value) -> Self {
        let own = &*self.0;
        Self::new(Content {
            metadata: own.metadata.clone(),
            templates: own.templates.clone(),
            values,
            has_values_file: true,
            schema: own.schema.clone(),
            files: own.files.clone(),
            dependencies: own.dependencies.clone(),
            warnings: own.warnings.clone(),
            digest: OnceLock::new(),
            cache: Cache::default(),
        })
    }

    /// Its `values.schema.json`.
    pub fn schema(&self) -> Option<&[u8]> {
        self.0.schema.as_deref()
    }

    /// Its templates, partials included.
    pub fn templates(&self) -> &[File] {
        &self.0.templates
    }

    /// Its other files: what templates see as `.Files`, and `crds/`.
    pub fn files(&self) -> &[File] {
        &self.0.files
    }

    /// Its subcharts in the order of their folders' names.
    pub fn dependencies(&self) -> &[Chart] {
        &self.0.dependencies
    }

    /// Whether it, or a chart in it, has files in `crds/`.
    pub fn has_crds(&self) -> bool {
        self.files().iter().any(|file| file.name.starts_with("crds/"))
            || self.dependencies().iter().any(Self::has_crds)
    }

    /// What Helm would say on loading it.
    pub fn warnings(&self) -> &[String] {
        &self.0.warnings
    }

    /// Names the content in hex: equal digests mean equal files, subcharts included.
    pub fn digest(&self) -> String {
        self.digest_bytes().iter().fold(String::with_capacity(64), |hex, byte| hex + &format!("{byte:02x}"))
    }

    pub(crate) fn digest_bytes(&self) -> &[u8; 32] {
        self.0.digest.get_or_init(|| digest(&self.0))
    }

    /// Tells it from all other charts, for as long as it is held.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    pub(crate) fn new(content: Content) -> Self {
        Self(Arc::new(content))
    }
}

impl fmt::Debug for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metadata = &self.0.metadata;
        f.debug_struct("Chart")
            .field("name", &metadata.name)
            .field("version", &metadata.version)
            .finish_non_exhaustive()
    }
}

/// What decides over a render. Metadata and values stand for their files: comments decide over nothing.
fn digest(content: &Content) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(format!("{:?}", content.metadata).as_bytes());
    add(&amethyst_object::json::to_vec(&content.values));
    add(content.schema.as_deref().unwrap_or_default());
    for file in content.templates.iter().chain(&content.files) {
        add(file.name.as_bytes());
        add(&file.data);
    }
    for dependency in &content.dependencies {
        add(dependency.digest_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
