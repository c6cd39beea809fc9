//! What files must look like.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// Past this a reader is lost; generated files and tables excepted.
const LINES_MAX: usize = 800;

/// Checks every Rust file of the workspace.
pub(super) fn check(root: &Path, faults: &mut Vec<String>) -> anyhow::Result<()> {
    for path in rust_files(root)? {
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        if !text.starts_with("//!") {
            faults.push(format!("{shown}:1: expected the file to open with `//!`"));
        }
        if path.file_name().is_some_and(|name| name == "mod.rs") {
            faults.push(format!("{shown}: expected `foo.rs` beside `foo/`, not `mod.rs`"));
        }
        if text.lines().count() > LINES_MAX && !text.contains("@generated") {
            faults.push(format!("{shown}: {} lines, expected at most {LINES_MAX}", text.lines().count()));
        }
        // Written apart, so that this file does not find itself.
        let allow = concat!("#[", "allow(");
        for (number, line) in
            text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with(allow))
        {
            // A macro's expansion may or may not trip a lint, which `expect` cannot say.
            if !line.contains("clippy::allow_attributes") {
                faults.push(format!("{shown}:{}: expected `#[expect(.., reason)]`", number + 1));
            }
        }
    }
    Ok(())
}

/// All Rust files below `folder`, without build output.
pub(super) fn rust_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("failed to read `{}`", folder.display()))?
        {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
