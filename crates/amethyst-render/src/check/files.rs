//! Every YAML file parses.

use amethyst_diag::{Diagnostic, Location};
use amethyst_tree::Tree;
use amethyst_yaml::{Dialect, parse_all, to_diagnostic};

use super::Checked;

/// The largest file that is parsed: what is read takes about twelve times its text in memory.
const TEXT_BYTES_MAX: usize = 64 << 20;

/// Parses every YAML file but those of charts that Helm reads as texts: they may be YAML only after rendering,
/// templates as much as what a template takes in by `.Files`.
pub(super) fn check(tree: &Tree, checked: &mut Checked) {
    let charts: Vec<String> = tree
        .walk("")
        .filter_map(|(path, _)| path.strip_suffix("Chart.yaml"))
        .filter(|folder| folder.is_empty() || folder.ends_with('/'))
        .map(str::to_owned)
        .collect();
    for (path, _) in tree.walk("") {
        let is_yaml = path.rsplit_once('.').is_some_and(|(_, extension)| matches!(extension, "yaml" | "yml"));
        if !is_yaml || charts.iter().any(|chart| is_text_of(chart, path)) {
            continue;
        }
        checked.files += 1;
        match tree.read(path) {
            Ok(Some(text)) if text.len() > TEXT_BYTES_MAX => {
                let message =
                    format!("the file is {} bytes long; at most {TEXT_BYTES_MAX} are read", text.len());
                let fault = Diagnostic::error("yaml-huge-file", message).at(Location::file(path));
                checked
                    .diagnostics
                    .push(fault.hint("split the file; no cluster takes an object of that size"));
            }
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

/// Whether a file belongs to the chart in `folder` and is not one that Helm itself parses. What lies in a folder
/// of charts belongs to another chart, or is no chart's.
fn is_text_of(folder: &str, path: &str) -> bool {
    let Some(inside) = path.strip_prefix(folder) else { return false };
    if folder.is_empty() {
        // A chart at the root does not make all of the repository its own.
        return inside.starts_with("templates/");
    }
    let is_parsed = matches!(inside, "Chart.yaml" | "requirements.yaml" | "values.yaml");
    !is_parsed && !inside.starts_with("crds/") && !inside.starts_with("charts/")
}
