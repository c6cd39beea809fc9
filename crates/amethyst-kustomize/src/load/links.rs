//! Symbolic links inside a tree.

use amethyst_tree::{FileKind, Tree, normalize};

/// How many links may lead from one to another.
const LINKS_MAX: usize = 40;

/// The path without links; an error when one leaves the tree or they turn in a circle.
pub(super) fn follow(tree: &Tree, path: String) -> Result<String, ()> {
    let mut path = path;
    for _ in 0..LINKS_MAX {
        match tree.entry(&path) {
            Some(entry) if entry.kind != FileKind::Symlink => return Ok(path),
            None if tree.is_dir(&path) => return Ok(path),
            _ => {}
        }
        let Some((link, rest)) = first_link(tree, &path) else { return Ok(path) };
        let target = tree.read(link).ok().flatten().ok_or(())?;
        let target = std::str::from_utf8(&target).map_err(|_| ())?;
        if target.starts_with('/') {
            return Err(());
        }
        let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
        path = normalize(folder, &format!("{target}/{rest}")).ok_or(())?;
    }
    Err(())
}

/// The first part of a path that is a link, and what follows it.
fn first_link<'p>(tree: &Tree, path: &'p str) -> Option<(&'p str, &'p str)> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let mut parts = ends.map(|end| (&path[..end], path[end..].trim_start_matches('/')));
    parts.find(|(part, _)| tree.entry(part).is_some_and(|entry| entry.kind == FileKind::Symlink))
}
