//! What manifests must say: everything inherited, nothing unused.

use std::path::Path;

use anyhow::Context;
use serde_json::Value;

/// Checks the manifest of every member.
pub(super) fn check(root: &Path, metadata: &Value, faults: &mut Vec<String>) -> anyhow::Result<()> {
    for package in
        metadata["packages"].as_array().into_iter().flatten().filter(|package| package["source"].is_null())
    {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
        let text = std::fs::read_to_string(manifest)
            .with_context(|| format!("failed to read `{}`", manifest.display()))?;
        let shown = manifest.strip_prefix(root).unwrap_or(manifest).display().to_string();
        if !text.contains("[lints]\nworkspace = true") {
            faults.push(format!("{shown}: expected `[lints]` with `workspace = true`"));
        }
        let sources = sources(manifest.parent().unwrap_or(root))?;
        for (line, name) in dependencies(&text) {
            if !line.contains("workspace = true") {
                faults.push(format!("{shown}: `{name}` is not inherited from the workspace"));
            }
            let ident = name.replace('-', "_");
            if !sources.contains(&ident) {
                faults.push(format!("{shown}: `{name}` is declared and not used"));
            }
        }
    }
    Ok(())
}

/// The lines of all dependency tables, with the name that each declares.
fn dependencies(manifest: &str) -> Vec<(&str, &str)> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if let Some(table) = line.strip_prefix('[') {
            inside = table.trim_end_matches(']').ends_with("dependencies");
        } else if inside && !line.trim().is_empty() && !line.starts_with('#') {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            found.push((line, name));
        }
    }
    found
}

/// All Rust of a package, modules that it takes from elsewhere among it.
fn sources(folder: &Path) -> anyhow::Result<String> {
    let mut all = String::new();
    for path in super::files::rust_files(folder)? {
        let text = std::fs::read_to_string(&path)?;
        for elsewhere in modules_elsewhere(&text) {
            let found = path.parent().unwrap_or(folder).join(elsewhere);
            let read = std::fs::read_to_string(&found);
            all.push_str(&read.with_context(|| format!("failed to read `{}`", found.display()))?);
        }
        all.push_str(&text);
    }
    Ok(all)
}

/// The paths that `#[path = "..."]` gives to modules.
fn modules_elsewhere(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.trim().strip_prefix("#[path = \"")?.strip_suffix("\"]"))
}

#[cfg(test)]
mod tests {
    use super::{dependencies, modules_elsewhere};

    #[test]
    fn modules_of_other_packages_count() {
        let text = "mod a;\n#[path = \"../x.rs\"]\nmod x;\n";
        assert_eq!(modules_elsewhere(text).collect::<Vec<_>>(), ["../x.rs"]);
    }

    #[test]
    fn dependency_tables_are_read_and_others_not() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\na-b.workspace = true\n\n[dev-dependencies]\nc = \"1\"\n[lints]\nworkspace = true\n";
        let names: Vec<&str> = dependencies(manifest).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["a-b", "c"]);
    }
}
