//! `.helmignore`: Helm's own rules, which are not those of `.gitignore`.

use crate::glob::path_match;

/// The file's name.
pub(crate) const FILE: &str = ".helmignore";

/// Rules in the order they stand in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    negated: bool,
    folders_only: bool,
    /// Whether only the last part of a path is looked at.
    base_only: bool,
}

impl Rules {
    /// Reads the file; an error names the line.
    pub(crate) fn parse(text: &str) -> Result<Self, (u32, String)> {
        let mut rules = Self::default();
        for (index, line) in text.lines().enumerate() {
            rules.add(line).map_err(|text| (index as u32 + 1, text))?;
        }
        Ok(rules)
    }

    /// Adds what Helm always ignores.
    pub(crate) fn with_defaults(mut self) -> Self {
        self.add("templates/.?*").expect("the pattern is one");
        self
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let rule = line.trim();
        if rule.is_empty() || rule.starts_with('#') {
            return Ok(());
        }
        if rule.contains("**") {
            return Err("double-star (**) syntax is not supported".to_owned());
        }
        path_match(rule, "abc").map_err(|error| error.to_string())?;
        let (negated, rule) = rule.strip_prefix('!').map_or((false, rule), |rest| (true, rest));
        let (folders_only, rule) = rule.strip_suffix('/').map_or((false, rule), |rest| (true, rest));
        let base_only = !rule.contains('/');
        let pattern = rule.strip_prefix('/').unwrap_or(rule).to_owned();
        self.0.push(Rule { pattern, negated, folders_only, base_only });
        Ok(())
    }

    /// Whether a path is ignored. The first rule that says so decides; a negated rule ignores what it does
    /// not match.
    pub(crate) fn ignores(&self, path: &str, is_folder: bool) -> bool {
        if matches!(path, "" | "." | "./") {
            return false;
        }
        for rule in &self.0 {
            let name = if rule.base_only { base(path) } else { path };
            let matched = || path_match(&rule.pattern, name).unwrap_or(false);
            if rule.negated {
                if (rule.folders_only && !is_folder) || !matched() {
                    return true;
                }
            } else if (!rule.folders_only || is_folder) && matched() {
                return true;
            }
        }
        false
    }
}

/// Go's `filepath.Base`.
pub(crate) fn base(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
