//! What `cargo metadata` tells: layers, licences, the size of the lock file.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

/// The licences that may be linked in; MPL-2.0 as an unchanged dependency.
const LICENCES: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "MPL-2.0",
    "MPL-2.0+",
    "CC0-1.0",
    "0BSD",
    "BSL-1.0",
    "Unlicense",
    "CDLA-Permissive-2.0",
];

/// How many packages Cargo.lock may name.
const LOCK_PACKAGES_MAX: usize = 650;

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// A crate imports only crates of a lower layer; tests may import any.
pub(super) fn layers(metadata: &Value, faults: &mut Vec<String>) {
    let ours: Vec<&Value> = packages(metadata).filter(|package| package["source"].is_null()).collect();
    let mut layers: HashMap<&str, u64> = HashMap::new();
    for package in &ours {
        match package["metadata"]["amethyst"]["layer"].as_u64() {
            Some(layer) => drop(layers.insert(text(package, "name"), layer)),
            None => faults.push(format!("{}: declares no layer", text(package, "manifest_path"))),
        }
    }
    for package in &ours {
        let Some(layer) = layers.get(text(package, "name")) else { continue };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let name = text(dependency, "name");
            let Some(below) = layers.get(name).filter(|_| dependency["kind"] != "dev") else { continue };
            if below >= layer {
                faults.push(format!(
                    "{}: layer {layer} imports `{name}` of layer {below}; arrows point down only",
                    text(package, "manifest_path")
                ));
            }
        }
    }
}

/// Every package from elsewhere carries a licence we may link.
pub(super) fn licences(metadata: &Value, faults: &mut Vec<String>) {
    for package in packages(metadata) {
        let licence = text(package, "license");
        if !is_allowed(licence) {
            faults.push(format!(
                "{} {}: licence `{licence}` is not allowed",
                text(package, "name"),
                text(package, "version")
            ));
        }
    }
}

/// Whether one side of every `AND` has an allowed licence among its `OR`s.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let term = |term: &str| LICENCES.contains(&term.trim().trim_matches(['(', ')']).trim());
    let any = |side: &str| side.split(" OR ").any(term);
    expression.split(" AND ").all(any) || expression.split(" OR ").any(|side| side.split(" AND ").all(term))
}

/// The lock file stays under its ceiling.
pub(super) fn lock_size(root: &Path, faults: &mut Vec<String>) -> anyhow::Result<()> {
    let path = root.join("Cargo.lock");
    let lock =
        std::fs::read_to_string(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
    let count = lock.lines().filter(|line| *line == "[[package]]").count();
    if count > LOCK_PACKAGES_MAX {
        faults.push(format!("Cargo.lock: {count} packages, expected at most {LOCK_PACKAGES_MAX}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn licence_expressions() {
        for fine in [
            "MIT",
            "MIT OR GPL-3.0",
            "MIT/Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 AND ISC",
        ] {
            assert!(is_allowed(fine), "{fine}");
        }
        for refused in ["", "GPL-3.0", "MIT AND GPL-3.0", "AGPL-3.0-only"] {
            assert!(!is_allowed(refused), "{refused}");
        }
    }
}
