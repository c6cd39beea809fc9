//! Files: resources, patches and what generators read, of the tree and of what was fetched.

mod links;
mod parse;

use std::collections::HashMap;
use std::sync::Arc;

use amethyst_diag::{Diagnostic, Location};
use amethyst_tree::{BlobId, Entry, Tree, normalize};

use crate::cache::{FileCache, SoleDocument, in_file};
use crate::decode::Spot;
use crate::hooks::Bases;
use crate::options::{LoadRestrictions, Options};
pub(crate) use parse::{Loaded, Parsed, parse, parse_objects};

/// The names a kustomization file may have.
pub(crate) const KUSTOMIZATION_FILES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The largest file that is read as YAML.
const TEXT_BYTES_MAX: usize = 64 << 20;

/// What lies at a URL.
pub(crate) enum Remote {
    File(Vec<u8>),
    Repository,
    /// Nobody can tell; the fault is told.
    Failed,
}

/// Reads files, each once.
pub(crate) struct Loader<'a> {
    tree: &'a Tree,
    /// What was fetched, by the URL it came from.
    fetched: Vec<(String, Tree)>,
    bases: Option<&'a dyn Bases>,
    cache: Option<&'a FileCache>,
    restrictions: LoadRestrictions,
    parsed: HashMap<String, Arc<Parsed>>,
    pub(crate) faults: Vec<Diagnostic>,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(tree: &'a Tree, options: &Options<'a>) -> Self {
        Self {
            tree,
            fetched: Vec::new(),
            bases: options.bases,
            cache: options.files,
            restrictions: options.load_restrictions,
            parsed: HashMap::new(),
            faults: Vec::new(),
        }
    }

    /// The tree that a path lies in, and the path inside it.
    pub(crate) fn tree_of<'p>(&self, path: &'p str) -> (&Tree, &'p str) {
        match self.fetched_root(path) {
            Some((root, tree)) => (tree, path[root.len()..].trim_start_matches('/')),
            None => (self.tree, path),
        }
    }

    fn fetched_root(&self, path: &str) -> Option<(&str, &Tree)> {
        let found = self.fetched.iter().find(|(root, _)| {
            path.strip_prefix(root.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        found.map(|(root, tree)| (root.as_str(), tree))
    }

    pub(crate) fn entry(&self, path: &str) -> Option<&Entry> {
        let (tree, inside) = self.tree_of(path);
        tree.entry(inside)
    }

    pub(crate) fn is_dir(&self, path: &str) -> bool {
        let (tree, inside) = self.tree_of(path);
        tree.is_dir(inside)
    }

    /// The path that `path`, written in a file of `folder`, means; links are followed.
    pub(crate) fn resolve(&mut self, folder: &str, path: &str, place: Spot<'_>) -> Option<String> {
        if is_remote(path) {
            self.refuse_remote(path, place);
            return None;
        }
        let root = self.fetched_root(folder).map(|(root, _)| root.to_owned()).unwrap_or_default();
        let inside = folder[root.len()..].trim_start_matches('/');
        let found = if path.starts_with('/') { None } else { normalize(inside, path) };
        let (tree, _) = self.tree_of(folder);
        let found = found.ok_or(()).and_then(|found| links::follow(tree, found));
        let Ok(found) = found else {
            let text = format!("`{path}` lies outside of the repository");
            let fault = Diagnostic::error("kustomize-outside-tree", text).at(place.location());
            self.faults.push(fault.hint("use a path relative to this file, inside the repository"));
            return None;
        };
        Some(if root.is_empty() { found } else { format!("{root}/{found}").trim_end_matches('/').to_owned() })
    }

    /// As [`Self::resolve`], for a file: it must be one that the folder's kustomization may read.
    pub(crate) fn resolve_file(&mut self, folder: &str, path: &str, place: Spot<'_>) -> Option<String> {
        let found = self.resolve(folder, path, place)?;
        self.is_allowed(folder, &found, place).then_some(found)
    }

    /// Whether the folder's kustomization may read the file.
    pub(crate) fn is_allowed(&mut self, folder: &str, file: &str, place: Spot<'_>) -> bool {
        let below = || file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        if self.restrictions == LoadRestrictions::None || folder.is_empty() || below() {
            return true;
        }
        let text = format!("security; file '{file}' is not in or below '{folder}'");
        let fault = Diagnostic::error("kustomize-load-restriction", text).at(place.location());
        let hint = "move the file into the folder, or build with `--load-restrictor LoadRestrictionsNone`";
        self.faults.push(fault.hint(hint));
        false
    }

    pub(crate) fn refuse_remote(&mut self, path: &str, place: Spot<'_>) {
        let text = format!("`{path}` is a remote resource");
        let hint = "copy the files into the repository, or fetch them by a source of their own";
        self.faults
            .push(Diagnostic::error("kustomize-unsupported-remote", text).at(place.location()).hint(hint));
    }

    /// The content of a file that a kustomization names, by URL too, and the path it is known by.
    pub(crate) fn load(&mut self, folder: &str, path: &str, place: Spot<'_>) -> Option<(Vec<u8>, String)> {
        if is_url(path) {
            return match self.load_url(path, place) {
                Remote::File(bytes) => Some((bytes, path.to_owned())),
                Remote::Repository => {
                    self.missing(path, place);
                    None
                }
                Remote::Failed => None,
            };
        }
        let path = self.resolve_file(folder, path, place)?;
        Some((self.read(&path, place)?, path))
    }

    /// The text of a file that a kustomization names.
    pub(crate) fn load_text(
        &mut self,
        folder: &str,
        path: &str,
        place: Spot<'_>,
    ) -> Option<(String, String)> {
        let (bytes, path) = self.load(folder, path, place)?;
        Some((self.text(bytes, &path, place)?, path))
    }

    /// What lies at a URL.
    pub(crate) fn load_url(&mut self, url: &str, place: Spot<'_>) -> Remote {
        let Some(bases) = self.bases else {
            self.refuse_remote(url, place);
            return Remote::Failed;
        };
        match bases.read(url) {
            Ok(found) => found.map_or(Remote::Repository, Remote::File),
            Err(fault) => {
                self.faults.push(fault.at(place.location()));
                Remote::Failed
            }
        }
    }

    /// The folder of a remote repository.
    pub(crate) fn fetch(&mut self, url: &str, place: Spot<'_>) -> Option<String> {
        let Some(bases) = self.bases else {
            self.refuse_remote(url, place);
            return None;
        };
        match bases.fetch(url) {
            Ok((tree, folder)) => {
                let root = url.trim_end_matches('/').to_owned();
                let path = normalize("", &folder).filter(|folder| !folder.is_empty());
                let path = path.map_or_else(|| root.clone(), |folder| format!("{root}/{folder}"));
                if !self.fetched.iter().any(|(found, _)| *found == root) {
                    self.fetched.push((root, tree));
                }
                Some(path)
            }
            Err(fault) => {
                self.faults.push((*fault).at(place.location()));
                None
            }
        }
    }

    /// The content of a file, or a fault at `place`.
    pub(crate) fn read(&mut self, path: &str, place: Spot<'_>) -> Option<Vec<u8>> {
        let (tree, inside) = self.tree_of(path);
        match tree.read(inside) {
            Ok(Some(bytes)) => Some(bytes.to_vec()),
            Ok(None) => {
                self.missing(path, place);
                None
            }
            Err(error) => {
                let fault = Diagnostic::error("kustomize-unreadable-file", error.to_string());
                self.faults.push(fault.at(place.location()));
                None
            }
        }
    }

    /// A content as text, if it is one and not too long.
    pub(crate) fn text(&mut self, bytes: Vec<u8>, path: &str, place: Spot<'_>) -> Option<String> {
        if bytes.len() > TEXT_BYTES_MAX {
            let text = format!("`{path}` is {} bytes long; at most {TEXT_BYTES_MAX} are read", bytes.len());
            let fault = Diagnostic::error("kustomize-huge-file", text).at(place.location());
            self.faults.push(fault.hint("split the file; no cluster takes an object of that size"));
            return None;
        }
        let error = match String::from_utf8(bytes) {
            Ok(text) => return Some(text),
            Err(error) => error,
        };
        let end = error.utf8_error().valid_up_to();
        let before = std::str::from_utf8(&error.as_bytes()[..end]).unwrap_or_default();
        let line = before.matches('\n').count() as u32 + 1;
        let text = format!("yaml: {}", no_utf8(&error.as_bytes()[end..]));
        let fault = Diagnostic::error("yaml-syntax", text).at(Location::new(path, line, 0));
        self.faults.push(fault.hint("save the file as UTF-8"));
        None
    }

    pub(crate) fn missing(&mut self, path: &str, place: Spot<'_>) {
        let fault = Diagnostic::error("kustomize-missing-file", format!("`{path}` does not exist"));
        let fault = fault.at(place.location());
        self.faults.push(match self.near(path) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault.hint("create the file, or take the entry out"),
        });
    }

    /// A file of the same folder with nearly the same name.
    fn near(&self, path: &str) -> Option<String> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = |name: &str| name.split('.').next().unwrap_or_default().to_ascii_lowercase();
        let (tree, inside) = self.tree_of(folder);
        let children = tree.children(inside);
        let found = children.iter().find(|(found, _)| stem(found) == stem(name))?;
        Some(if folder.is_empty() { found.0.clone() } else { format!("{folder}/{}", found.0) })
    }

    fn blob(&self, path: &str) -> Option<BlobId> {
        self.entry(path).map(|entry| entry.blob.clone())
    }

    /// What a file of resources holds.
    pub(crate) fn objects(&mut self, path: &str, place: Spot<'_>) -> Arc<Parsed> {
        if let Some(found) = self.parsed.get(path) {
            return Arc::clone(found);
        }
        let kept = self.cache.zip(self.blob(path));
        let found = if let Some(found) = kept.as_ref().and_then(|(cache, id)| cache.kept_objects(id)) {
            found
        } else {
            let bytes = self.read(path, place).unwrap_or_default();
            let Some(text) = self.text(bytes, path, place) else { return Arc::default() };
            match kept {
                Some((cache, id)) => cache.objects(&id, &text),
                None => Arc::new(parse(&text)),
            }
        };
        self.faults.extend(in_file(&found.faults, path));
        self.parsed.insert(path.to_owned(), Arc::clone(&found));
        found
    }

    /// What a file with one document says.
    pub(crate) fn document(&mut self, path: &str, place: Spot<'_>) -> Option<Arc<SoleDocument>> {
        let kept = self.cache.zip(self.blob(path));
        let found = if let Some(found) = kept.as_ref().and_then(|(cache, id)| cache.kept_document(id)) {
            found
        } else {
            let bytes = self.read(path, place)?;
            let text = self.text(bytes, path, place)?;
            match kept {
                Some((cache, id)) => cache.document(&id, &text),
                None => Arc::new(SoleDocument::new(&text)),
            }
        };
        self.faults.extend(found.faults(path));
        Some(found)
    }
}

/// What go-yaml says of bytes that begin no character.
fn no_utf8(bytes: &[u8]) -> &'static str {
    let width = match bytes.first() {
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf7) => 4,
        _ => return "invalid leading UTF-8 octet",
    };
    if bytes.len() < width { "incomplete UTF-8 octet sequence" } else { "invalid trailing UTF-8 octet" }
}

/// Whether a path is a URL that a file may lie at.
pub(crate) fn is_url(path: &str) -> bool {
    path.starts_with("https://") || path.starts_with("http://")
}

/// Whether a path names a repository or a file elsewhere.
pub(crate) fn is_remote(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    path.contains("://")
        || path.contains("?ref=")
        || ["git::", "gh:", "git@", "github.com/", "github.com:"].iter().any(|start| lower.starts_with(start))
}
