//! A plain folder as a tree: what stands on disk now, committed or not.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use amethyst_tree::{BlobId, Blobs, Entry, FileKind, ReadError, Tree, TreePath};
use bytes::Bytes;
use rayon::prelude::*;

use crate::{Ignore, SourceError};

/// Lists the files below `root`, without `.git` and what its `.gitignore` files leave out; what is tracked
/// by git all the same is listed. Contents are read when wanted.
pub fn folder(root: &Path) -> Result<Tree, SourceError> {
    folder_with(root, &[])
}

/// Lists as [`folder`] does, and what lies below the folders `whole` too, whatever is left out elsewhere: charts
/// that were downloaded into `charts/` are seldom committed.
pub fn folder_with(root: &Path, whole: &[String]) -> Result<Tree, SourceError> {
    let listing = Listing { root: root.to_owned(), tracked: tracked(root), whole: whole.to_vec() };
    let entries = listing.walk("", &Arc::default(), false)?.into_iter().collect();
    Ok(Tree::new(entries, Arc::new(OnDisk(root.to_owned()))))
}

struct Listing {
    root: PathBuf,
    /// What git tracks, by its path from the root.
    tracked: BTreeSet<String>,
    /// Folders that are listed whatever is ignored.
    whole: Vec<String>,
}

impl Listing {
    /// Whether git tracks this file, or one in this folder.
    fn is_tracked(&self, path: &str, is_dir: bool) -> bool {
        if !is_dir {
            return self.tracked.contains(path);
        }
        let inside = format!("{path}/");
        self.tracked.range(inside.clone()..).next().is_some_and(|found| found.starts_with(&inside))
    }

    /// Whether it lies in a folder that is listed whole, or on the way to one.
    fn is_listed(&self, path: &str) -> bool {
        let is_in = |path: &str, folder: &str| {
            path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.whole.iter().any(|whole| is_in(path, whole) || is_in(whole, path))
    }

    /// Lists a folder, its folders side by side. `ignore` holds what the folders above say; `all_ignored` is for
    /// what lies in an ignored folder, of which only what is tracked or listed whole counts.
    fn walk(
        &self,
        folder: &str,
        ignore: &Arc<Ignore>,
        all_ignored: bool,
    ) -> Result<Vec<(TreePath, Entry)>, SourceError> {
        let on_disk = self.root.join(folder);
        let failed = |source| SourceError::File { path: on_disk.display().to_string(), source };
        let found =
            fs::read_dir(&on_disk).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
        let mut ignore = Arc::clone(ignore);
        if found.iter().any(|found| found.file_name() == ".gitignore") {
            let patterns = fs::read_to_string(on_disk.join(".gitignore")).map_err(failed)?;
            Arc::make_mut(&mut ignore).add(&patterns, folder);
        }
        let (mut entries, mut folders) = (Vec::new(), Vec::new());
        for found in found {
            // A name that is not UTF-8 cannot be named in a kustomization.
            let Ok(name) = found.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let kind = found.file_type().map_err(failed)?;
            let is_ignored = all_ignored || ignore.names(&path, kind.is_dir());
            if name == ".git"
                || is_ignored && !self.is_tracked(&path, kind.is_dir()) && !self.is_listed(&path)
            {
                continue;
            }
            if kind.is_dir() {
                folders.push((path, is_ignored));
            } else {
                let kind = if kind.is_symlink() { FileKind::Symlink } else { FileKind::Regular };
                let blob = blob(kind, &found.metadata().map_err(failed)?, &path);
                entries.push((path.as_str().into(), Entry { kind, blob }));
            }
        }
        let below: Vec<Vec<_>> = folders
            .par_iter()
            .map(|(path, is_ignored)| self.walk(path, &ignore, *is_ignored))
            .collect::<Result<_, _>>()?;
        entries.extend(below.into_iter().flatten());
        Ok(entries)
    }
}

/// The files below `root` in the index of the repository that `root` is the work tree of; none where there is
/// no such repository.
fn tracked(root: &Path) -> BTreeSet<String> {
    if !root.join(".git").exists() {
        return BTreeSet::new();
    }
    let index = gix::open(root).ok().and_then(|repository| repository.index_or_empty().ok());
    let Some(index) = index else { return BTreeSet::new() };
    let paths = index.entries().iter().map(|entry| entry.path(&index).to_string());
    paths.collect()
}

/// Names a content by where it lies, when it was written and when that was last noted: a file that changes has
/// another name, even if the time of writing is put back. What was rendered of it is kept for later runs.
fn blob(kind: FileKind, metadata: &fs::Metadata, path: &str) -> BlobId {
    let written = format!("{}.{}", metadata.mtime(), metadata.mtime_nsec());
    let noted = format!("{}.{}", metadata.ctime(), metadata.ctime_nsec());
    let link = if kind == FileKind::Symlink { LINK } else { "" };
    BlobId(format!("{link}{written}-{noted}-{}:{path}", metadata.len()).into())
}

/// How the name of a link's content begins.
const LINK: &str = "link-";

struct OnDisk(PathBuf);

impl Blobs for OnDisk {
    fn read(&self, id: &BlobId) -> Result<Bytes, ReadError> {
        let path = id.0.split_once(':').map_or(&*id.0, |(_, path)| path);
        let path = self.0.join(path);
        // The content of a link is where it leads, as in git.
        let read = if id.0.starts_with(LINK) {
            fs::read_link(&path).map(|target| target.into_os_string().into_encoded_bytes())
        } else {
            fs::read(&path)
        };
        read.map(Bytes::from).map_err(|error| ReadError { id: id.0.to_string(), reason: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    use super::{folder, folder_with};

    #[test]
    fn ignored_files_are_not_listed() {
        let root = tempfile::tempdir().unwrap();
        for path in ["a/x.yaml", "target/y.yaml", "a/secret.txt", ".git/HEAD"] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "1").unwrap();
        }
        fs::write(root.path().join(".gitignore"), "/target\n").unwrap();
        fs::write(root.path().join("a/.gitignore"), "*.txt\n").unwrap();
        let tree = folder(root.path()).unwrap();
        let paths: Vec<&str> = tree.walk("").map(|(path, _)| path).collect();
        assert_eq!(paths, [".gitignore", "a/.gitignore", "a/x.yaml"]);
        assert_eq!(tree.read("a/x.yaml").unwrap().unwrap(), "1");
        let whole = folder_with(root.path(), &["target".to_owned()]).unwrap();
        let paths: Vec<&str> = whole.walk("").map(|(path, _)| path).collect();
        assert_eq!(paths, [".gitignore", "a/.gitignore", "a/x.yaml", "target/y.yaml"]);
        fs::write(root.path().join("a/x.yaml"), "22").unwrap();
        let later = folder(root.path()).unwrap();
        assert_ne!(later.entry("a/x.yaml"), tree.entry("a/x.yaml"), "another content has another name");
        let path = root.path().join("a/x.yaml");
        let noted = || fs::metadata(&path).unwrap().ctime_nsec();
        let (before, times) = (noted(), fs::FileTimes::new());
        let times = times.set_modified(fs::metadata(&path).unwrap().modified().unwrap());
        // The clock of files ticks some hundred times a second.
        while noted() == before {
            fs::write(&path, "33").unwrap();
        }
        fs::File::options().write(true).open(&path).unwrap().set_times(times).unwrap();
        let put_back = folder(root.path()).unwrap();
        assert_ne!(put_back.entry("a/x.yaml"), later.entry("a/x.yaml"), "whatever time is set");
    }

    #[test]
    fn a_link_is_where_it_leads() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.yaml"), "1").unwrap();
        std::os::unix::fs::symlink("a.yaml", root.path().join("b.yaml")).unwrap();
        std::os::unix::fs::symlink("c.yaml", root.path().join("c.yaml")).unwrap();
        let tree = folder(root.path()).unwrap();
        assert_eq!(tree.entry("b.yaml").unwrap().kind, amethyst_tree::FileKind::Symlink);
        assert_eq!(tree.read("b.yaml").unwrap().unwrap(), "a.yaml");
        assert_eq!(tree.read("c.yaml").unwrap().unwrap(), "c.yaml", "a circle is the reader's matter");
    }
}
