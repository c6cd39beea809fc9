//! Paths inside a tree: relative, `/`-separated, without `.` and `..`.

use std::sync::Arc;

/// A normalized path inside a tree; `""` is the tree itself.
pub type TreePath = Arc<str>;

/// Joins `path` onto the folder `base` and resolves `.` and `..`; a leading `/` means the tree's root.
/// `None` when the result would lie outside the tree.
pub fn normalize(base: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let base = if path.starts_with('/') { "" } else { base };
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}
