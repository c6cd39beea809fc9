//! What the verbs that render have in common: which files are meant, and rendering them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use amethyst_diag::Diagnostic;
use amethyst_helm::Schemas;
use amethyst_render::entry::{self, Entry};
use amethyst_render::homelab::{self, Homelab};
use amethyst_render::repository::{self, Cache, Charts, Input};
use amethyst_source::LocalGit;
use amethyst_tree::Tree;
use anyhow::{Context, anyhow};

use crate::arguments;
use crate::settings;

/// The version of Kubernetes that is served, and that charts are told unless somebody names another.
pub(super) const KUBERNETES_VERSION: &str = "1.37.2";

/// The files of one state of a repository.
pub(super) struct Side {
    /// How the user named it.
    pub(super) label: String,
    /// The folder that they are of.
    pub(super) root: PathBuf,
    pub(super) tree: Tree,
    pub(super) entry: Entry,
    pub(super) homelab: Homelab,
}

/// Which files are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// What is checked out, committed or not.
    Here,
    /// A folder.
    Folder(PathBuf),
    /// A revision of Git.
    Revision(String),
}

impl Wanted {
    /// What an argument means: a folder that is there, or else a revision.
    pub(super) fn of(argument: &str) -> Self {
        let path = Path::new(argument);
        if path.is_dir() { Self::Folder(path.to_owned()) } else { Self::Revision(argument.to_owned()) }
    }
}

impl Side {
    /// Opens the files and finds where their sync starts.
    pub(super) fn open(wanted: &Wanted, arguments: &arguments::Repository) -> anyhow::Result<Self> {
        let (tree, label, root) = match wanted {
            Wanted::Here => {
                let root = settings::repository(&arguments.path).unwrap_or_else(|_| arguments.path.clone());
                (folder(&root)?, "what is checked out".to_owned(), root)
            }
            Wanted::Folder(path) => (folder(path)?, path.display().to_string(), path.clone()),
            Wanted::Revision(revision) => {
                let root = settings::repository(&arguments.path)?;
                let git = LocalGit::open(&root)?;
                let resolved = git.revision(revision).map_err(|error| {
                    anyhow!(
                        "{error}\nhint: name a folder, or a branch, a tag or a commit as `git log` takes it"
                    )
                })?;
                (resolved.tree, revision.clone(), root)
            }
        };
        let homelab = match tree.read(homelab::FILE)? {
            Some(text) => homelab::parse(&String::from_utf8_lossy(&text)).0,
            None => Homelab::default(),
        };
        let named = arguments.entry.as_deref().or(homelab.entry.as_deref());
        let entry = entry::find(&tree, named).map_err(|fault| failed(&fault))?;
        Ok(Self { label, root, tree, entry, homelab })
    }

    /// Renders everything; `with_crds` with the definitions in charts' `crds/`.
    pub(super) fn render(
        &self,
        arguments: &arguments::Repository,
        charts: &dyn Charts,
        schemas: &Arc<dyn Schemas>,
        with_crds: bool,
        cache: &Cache,
    ) -> repository::Repository {
        let definitions = amethyst_gitops::definitions();
        let version = arguments.kube_version.as_deref().or(self.homelab.kubernetes_version.as_deref());
        repository::render(Input {
            tree: &self.tree,
            entry: &self.entry,
            definitions: &definitions,
            kubernetes_version: kubernetes_version(version),
            charts,
            schemas: Some(schemas),
            lookup: None,
            with_crds,
            cache,
        })
    }
}

/// The version that charts are told: the one that was named, and where that is a minor version that is
/// served, its release.
pub(super) fn kubernetes_version(named: Option<&str>) -> &str {
    named.filter(|version| !KUBERNETES_VERSION.starts_with(version)).unwrap_or(KUBERNETES_VERSION)
}

fn folder(root: &Path) -> anyhow::Result<Tree> {
    amethyst_source::folder(root).context("failed to list the repository")
}

/// A diagnostic as the error of a whole run.
fn failed(fault: &Diagnostic) -> anyhow::Error {
    let place = fault.location.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let hint = fault.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    anyhow!("{place}{}{hint}", fault.message)
}
