//! What was rendered, kept from one run to the next in this user's cache.
//!
//! There is a file for each repository. It holds what was rendered, Secrets of the repository among it, so nobody
//! else may read it; what sops encrypted is never in it. It can be deleted at any time.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use amethyst_render::repository::Cache;

use crate::{environment, output};

/// How many bytes are kept in memory for the other side of a comparison.
const MEMORY_BYTES: usize = 512 << 20;
/// How large the file of one repository grows.
const FILE_BYTES: usize = 64 << 20;
/// How large all files together grow; those that were not written for the longest go first.
const ALL_BYTES: u64 = 256 << 20;

/// The results for one repository.
pub(super) struct Renders {
    pub(super) cache: Cache,
    /// Where they are kept, and what names this program and the repository; nowhere without a home.
    place: Option<(PathBuf, String)>,
}

impl Renders {
    /// What earlier runs of this program rendered of the repository at `root`.
    pub(super) fn open(root: &Path) -> Self {
        let cache = Cache::new(MEMORY_BYTES);
        let place = place(root);
        if let Some((path, identity)) = &place
            && let Ok(bytes) = fs::read(path)
        {
            // What is of another program is made anew.
            cache.read(bytes.into(), identity);
        }
        Self { cache, place }
    }

    /// Keeps what was rendered, if anything was that earlier runs had not.
    pub(super) fn keep(self) {
        if let Some((path, identity)) = &self.place
            && self.cache.counts().1 > 0
            && let Err(error) = write(path, &self.cache.to_parts(identity, FILE_BYTES))
        {
            output::note(&format!("what was rendered is not kept in `{}`: {error}", path.display()));
        }
        // The program ends soon, and giving all of it back piece by piece takes longer than what it did.
        std::mem::forget(self.cache);
    }
}

fn place(root: &Path) -> Option<(PathBuf, String)> {
    let root = root.canonicalize().ok()?;
    let program = fs::metadata(std::env::current_exe().ok()?).ok()?;
    let identity = format!(
        "{} {} {}.{} {}",
        env!("CARGO_PKG_VERSION"),
        program.len(),
        program.mtime(),
        program.mtime_nsec(),
        root.display()
    );
    let mut hash = DefaultHasher::new();
    root.hash(&mut hash);
    Some((environment::cache_home()?.join("renders").join(format!("{:016x}", hash.finish())), identity))
}

/// Writes the file whole or not at all, and makes room for it.
fn write(path: &Path, parts: &[impl AsRef<[u8]>]) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let unfinished = path.with_extension(format!("{}.part", std::process::id()));
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|file| {
            let mut file = BufWriter::new(file);
            parts.iter().try_for_each(|part| file.write_all(part.as_ref()))?;
            file.flush()
        })
        .and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // It failed before; the error that counts is the first.
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    shrink(folder, ALL_BYTES)
}

/// Removes the oldest files of a folder until the rest is small enough.
fn shrink(folder: &Path, bytes_max: u64) -> io::Result<()> {
    let mut files = Vec::new();
    for found in fs::read_dir(folder)? {
        let found = found?;
        let metadata = found.metadata()?;
        files.push((std::cmp::Reverse(metadata.modified()?), found.path(), metadata.len()));
    }
    files.sort();
    let mut sum = 0;
    for (_, path, bytes) in files {
        sum += bytes;
        if sum > bytes_max {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{shrink, write};

    #[test]
    fn files_are_private_and_the_oldest_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let renders = folder.path().join("renders");
        let path = renders.join("a");
        write(&path, &["123", "45"]).unwrap();
        write(&path, &["1234567"]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"1234567");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&renders).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(&renders).unwrap().count(), 1);
        let old = fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
        fs::File::options().write(true).open(&path).unwrap().set_times(old).unwrap();
        write(&renders.join("b"), &["1"]).unwrap();
        shrink(&renders, 3).unwrap();
        assert!(!path.exists() && renders.join("b").exists());
    }
}
