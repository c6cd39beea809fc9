//! The kustomization that Flux makes up for a folder without one.

use amethyst_diag::Diagnostic;
use amethyst_tree::{FileKind, Tree};

use crate::load::parse_objects;
use crate::target::{join, kustomization_file};

/// The resources of the folder `path`, relative to it, as Flux's generator lists them: every YAML file that
/// holds objects, at any depth, and every folder below that has a kustomization of its own. `fluxcd/pkg
/// kustomize/kustomize_generator.go`.
pub fn generate_kustomization(tree: &Tree, path: &str) -> (Vec<String>, Vec<Diagnostic>) {
    let (mut resources, mut faults) = (Vec::new(), Vec::new());
    let Some(path) = amethyst_tree::normalize("", path) else {
        let text = format!("`{path}` lies outside of the repository");
        faults.push(Diagnostic::error("kustomize-outside-tree", text));
        return (resources, faults);
    };
    scan(tree, &path, &path, &mut resources, &mut faults);
    (resources, faults)
}

fn scan(tree: &Tree, root: &str, folder: &str, resources: &mut Vec<String>, faults: &mut Vec<Diagnostic>) {
    let mut children = tree.children(folder);
    // Upstream walks in the order of names; a tree lists by whole paths.
    children.sort();
    for (name, is_dir) in children {
        let path = join(folder, &name);
        let relative = || format!("./{}", path[root.len()..].trim_start_matches('/'));
        if is_dir {
            if kustomization_file(tree, &path).is_some() {
                resources.push(relative());
            } else {
                scan(tree, root, &path, resources, faults);
            }
            continue;
        }
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        let is_file = tree.entry(&path).is_some_and(|entry| entry.kind != FileKind::Symlink);
        if !is_file || !matches!(extension, Some("yaml" | "yml")) {
            continue;
        }
        match tree.read(&path) {
            Ok(bytes) => {
                let bytes = bytes.unwrap_or_default();
                let (_, found) = parse_objects(&String::from_utf8_lossy(&bytes), &path);
                if found.iter().any(Diagnostic::is_error) {
                    faults.extend(found);
                } else {
                    resources.push(relative());
                }
            }
            Err(error) => faults.push(Diagnostic::error("kustomize-unreadable-file", error.to_string())),
        }
    }
}
