//! Every YAML file parses.

use amethyst_diag::{Diagnostic, Location};
use amethyst_tree::Tree;
use amethyst_yaml::{Dialect, parse_all, to_diagnostic};

use super::Checked;

/// Parses every YAML file but the templates of charts, which are YAML only after rendering.
pub(super) fn check(tree: &Tree, checked: &mut Checked) {
    let charts: Vec<String> = tree
        .walk("")
        .filter_map(|(path, _)| path.strip_suffix("Chart.yaml"))
        .map(|folder| format!("{folder}templates/"))
        .collect();
    for (path, _) in tree.walk("") {
        let is_yaml = path.rsplit_once('.').is_some_and(|(_, extension)| matches!(extension, "yaml" | "yml"));
        if !is_yaml || charts.iter().any(|chart| path.starts_with(chart)) {
            continue;
        }
        checked.files += 1;
        match tree.read(path) {
            Ok(Some(text)) => match std::str::from_utf8(&text) {
                Ok(text) => {
                    let (_, faults) = parse_all(text, Dialect::GoV2);
                    checked.diagnostics.extend(faults.iter().map(|fault| to_diagnostic(fault, path)));
                }
                Err(_) => checked.diagnostics.push(
                    Diagnostic::error("yaml-syntax", "the file is not UTF-8")
                        .at(Location::file(path))
                        .hint("save it as UTF-8"),
                ),
            },
            Ok(None) => {}
            Err(error) => checked.diagnostics.push(
                Diagnostic::error("file-unreadable", error.to_string())
                    .at(Location::file(path))
                    .hint("make the file readable, or leave it out by .gitignore"),
            ),
        }
    }
}
