//! Names of templates in suites, and which templates of a chart they mean.

use std::sync::Arc;

use regex::Regex;

/// The name as a path in the chart: `deployment.yaml` lies in `templates/`.
pub(crate) fn file_name(name: &str) -> String {
    let is_path = ["templates", "charts", "crds", "**"].iter().any(|prefix| name.starts_with(prefix));
    if is_path { name.to_owned() } else { join(&["templates", name]) }
}

/// Go's `path.Join`: joined by `/`, cleaned of `.`, `..` and empty parts.
pub(crate) fn join(parts: &[&str]) -> String {
    let joined: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    clean(&joined.join("/"))
}

fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if is_absolute { format!("/{joined}") } else { joined }
}

/// Which templates of a chart are rendered.
#[derive(Debug)]
pub(crate) struct Selection {
    wanted: Vec<Arc<Regex>>,
    skipped: Vec<Arc<Regex>>,
}

impl Selection {
    /// The templates that a suite names (none: all) without those that it excludes.
    pub(crate) fn new(route: &str, wanted: &[String], skipped: &[String]) -> Self {
        let patterns = |names: &[String]| {
            let patterns = names.iter().map(|name| pattern(&join(&[route, &file_name(name)])));
            // What is no pattern selects nothing, as upstream drops the error.
            patterns.filter_map(|pattern| crate::regex::compile(&pattern).ok()).collect()
        };
        let all = [String::from("**")];
        Self { wanted: patterns(if wanted.is_empty() { &all } else { wanted }), skipped: patterns(skipped) }
    }

    /// Whether the template with this name (`chart/templates/x.yaml`) is rendered; partials always are.
    pub(crate) fn takes(&self, name: &str) -> bool {
        let base = name.rsplit('/').next().unwrap_or(name);
        base.starts_with('_')
            || self.wanted.iter().any(|pattern| pattern.is_match(name))
                && !self.skipped.iter().any(|pattern| pattern.is_match(name))
    }
}

/// The pattern that a name with wildcards stands for. Like upstream's it is not anchored.
fn pattern(name: &str) -> String {
    let mut pattern = name.to_owned();
    for (from, to) in [
        (".", "\\."),
        ("+", "\\+"),
        ("[", "\\["),
        ("]", "\\]"),
        ("**", "[0-9a-zA-Z_\\-/\\.]+"),
        ("*", "[0-9a-zA-Z_\\-_/\\.]*"),
        ("?", "\\?"),
        ("(", "\\("),
        (")", "\\)"),
        ("|", "\\|"),
        ("{", "\\{"),
        ("}", "\\}"),
        ("^", "\\^"),
        ("$", "\\$"),
    ] {
        pattern = pattern.replace(from, to);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::{Selection, file_name, join};

    #[test]
    fn names_mean_files_of_the_chart() {
        assert_eq!(file_name("deployment.yaml"), "templates/deployment.yaml");
        assert_eq!(file_name("templates/a.yaml"), "templates/a.yaml");
        assert_eq!(file_name("charts/b/templates/a.yaml"), "charts/b/templates/a.yaml");
        assert_eq!(join(&["basic", "**"]), "basic/**");
        assert_eq!(join(&["basic", "templates/../x"]), "basic/x");
    }

    #[test]
    fn wildcards_select_templates() {
        let selection = Selection::new("basic", &["web/*.yaml".to_owned()], &["web/not.yaml".to_owned()]);
        assert!(selection.takes("basic/templates/web/a.yaml"));
        assert!(selection.takes("basic/templates/_helpers.tpl"));
        assert!(!selection.takes("basic/templates/web/not.yaml"));
        assert!(!selection.takes("basic/templates/other.yaml"));
        assert!(Selection::new("basic", &[], &[]).takes("basic/charts/sub/templates/a.yaml"));
    }
}
