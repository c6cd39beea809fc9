//! Which repository on this machine serves a GitRepository.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use amethyst_controller::ObjectKey;
use amethyst_source::{LocalGit, SourceError};

/// A repository that serves a GitRepository.
#[derive(Clone)]
pub struct Served {
    /// The repository.
    pub git: LocalGit,
    /// Whether its HEAD counts, whatever `spec.ref` says: so for the sync's own source.
    pub head: bool,
}

/// No repository on this machine serves a URL.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It would have to be fetched.
    #[error(
        "unable to clone '{url}': this version of Amethyst does not fetch repositories; hint: use the repository that Amethyst runs in, or a file:// URL"
    )]
    Remote {
        /// The URL.
        url: String,
    },
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] SourceError),
}

/// Finds repositories for GitRepositories. What it answers may change only with a restart.
pub trait SourceProvider: Send + Sync + 'static {
    /// The repository for the GitRepository `key` with `url`.
    fn serve(&self, key: &ObjectKey, url: &str) -> Result<Served, ServeError>;
}

/// The checkout that Amethyst runs in, for the sync's own source, and `file://` for all others.
pub struct LocalSources {
    checkout: LocalGit,
    sync: Option<(ObjectKey, String)>,
    opened: Mutex<HashMap<PathBuf, LocalGit>>,
}

impl LocalSources {
    /// Serves `checkout`: its HEAD for the GitRepository of the sync, given by name and URL, and its
    /// refs for others with the same URL.
    pub fn new(checkout: LocalGit, sync: Option<(ObjectKey, String)>) -> Self {
        Self { checkout, sync, opened: Mutex::default() }
    }

    fn open(&self, path: &Path) -> Result<LocalGit, SourceError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(git) = opened.get(path) {
            return Ok(git.clone());
        }
        let git = LocalGit::open(path)?;
        opened.insert(path.to_owned(), git.clone());
        Ok(git)
    }
}

impl SourceProvider for LocalSources {
    fn serve(&self, key: &ObjectKey, url: &str) -> Result<Served, ServeError> {
        if let Some((sync, sync_url)) = &self.sync {
            if key == sync {
                return Ok(Served { git: self.checkout.clone(), head: true });
            }
            if same_repository(url, sync_url) {
                return Ok(Served { git: self.checkout.clone(), head: false });
            }
        }
        let Some(path) = url.strip_prefix("file://") else {
            return Err(ServeError::Remote { url: url.to_owned() });
        };
        Ok(Served { git: self.open(Path::new(path))?, head: false })
    }
}

/// Whether two URLs are the same but for what people leave out.
fn same_repository(a: &str, b: &str) -> bool {
    let bare = |url: &str| url.trim_end_matches('/').trim_end_matches(".git").to_owned();
    bare(a) == bare(b)
}

#[cfg(test)]
mod tests {
    use super::same_repository;

    #[test]
    fn urls_are_the_same_with_and_without_their_ending() {
        assert!(same_repository("https://example.org/a/b.git", "https://example.org/a/b/"));
        assert!(!same_repository("https://example.org/a/b", "https://example.org/a/c"));
    }
}
