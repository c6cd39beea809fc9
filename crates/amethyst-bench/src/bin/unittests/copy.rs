//! Charts copied to where their tests may write, with the dependencies that lie beside them.

use std::path::Path;

use anyhow::Context;

/// How deep dependencies are followed.
const DEPTH_MAX: usize = 4;

/// Copies a chart, and its `file://` dependencies into its `charts/`.
pub(crate) fn chart(from: &Path, to: &Path, depth: usize) -> anyhow::Result<()> {
    copy(from, to)?;
    let text = std::fs::read_to_string(from.join("Chart.yaml")).context("it has no Chart.yaml")?;
    let metadata = amethyst_yaml::parse_one(&text, amethyst_yaml::Dialect::GoV2)?;
    let dependencies = metadata.get("dependencies").and_then(|value| value.as_array()).unwrap_or_default();
    for dependency in dependencies.iter().filter(|_| depth < DEPTH_MAX) {
        let (Some(name), Some(path)) = (
            dependency.str_at(&["name"]),
            dependency.str_at(&["repository"]).and_then(|repository| repository.strip_prefix("file://")),
        ) else {
            continue;
        };
        let inner = to.join("charts").join(name);
        if !inner.exists() {
            chart(&from.join(path), &inner, depth + 1)?;
            // What is under test may lie within what it depends on.
            let own = inner.join(from.file_name().unwrap_or_default());
            if own.join("Chart.yaml").exists() {
                std::fs::remove_dir_all(own)?;
            }
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("failed to read `{}`", from.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().filter(|name| *name != ".git") else { continue };
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else if path.is_file() {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// The files below a folder.
pub(crate) fn read(folder: &Path, root: &Path, files: &mut Vec<(String, Vec<u8>)>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, root, files)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
            files.push((name, std::fs::read(&path)?));
        }
    }
    Ok(())
}
