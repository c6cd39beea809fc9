//! Rendered texts to manifests, and errors of templates to the file they name.

use std::sync::Arc;
use std::sync::OnceLock;

use regex::Regex;

use crate::assert::Manifest;
use crate::value::Value;
use crate::yaml::parse_documents;

/// Why a text has no manifests.
#[derive(Debug)]
pub(super) struct Broken(pub(super) String);

/// The documents of a rendered text without the empty ones.
pub(super) fn parse_manifests(text: &str) -> Result<Vec<Manifest>, Broken> {
    let text = crate::split::separated(text);
    let syntax = |line: u32, message: &str| Broken(format!("yaml: line {line}: {message}"));
    let documents = parse_documents(&text).map_err(|fault| syntax(fault.line, &fault.message))?;
    let mut manifests = Vec::new();
    for document in documents {
        if document.is_null() {
            continue;
        }
        let mut faults = Vec::new();
        let value = document.decode(&mut faults);
        if !matches!(value, Value::Map(_)) {
            let shown = crate::value::print(&value);
            let shown = match value {
                Value::List(_) => String::new(),
                _ if shown.chars().count() > 10 => {
                    format!(" `{}...`", shown.chars().take(7).collect::<String>())
                }
                _ => format!(" `{shown}`"),
            };
            return Err(Broken(format!(
                "yaml: unmarshal errors:\n  line {}: cannot unmarshal {}{shown} into map[string]interface {{}}",
                document.line,
                document.tag()
            )));
        }
        if !faults.is_empty() {
            let lines: Vec<String> =
                faults.iter().map(|fault| format!("  line {}: {}", fault.line, fault.message)).collect();
            return Err(Broken(format!("yaml: unmarshal errors:\n{}", lines.join("\n"))));
        }
        if value.as_map().is_some_and(|map| !map.is_empty()) {
            manifests.push(Arc::new(value));
        }
    }
    Ok(manifests)
}

/// The template that an error names and its message, as upstream takes them apart. Of an error of several
/// lines the message is all but the first.
pub(super) fn failed_template(error: &str) -> Option<(String, String)> {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = PATTERN
        .get_or_init(|| Regex::new(r"(?msU)^(?:.+: |.+ \()(?:(.+):\d+:\d+).+(?:.+>)*: (.+)$").ok())
        .as_ref()?;
    let found = pattern.captures(error)?;
    let (file, message) = (found.get(1)?.as_str(), found.get(2)?.as_str());
    let message = match error.split_once('\n') {
        Some((_, rest)) => rest,
        None => message,
    };
    Some((file.to_owned(), message.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{failed_template, parse_manifests};

    #[test]
    fn errors_are_taken_apart_as_upstream_does() {
        let fail = "execution error at (basic/templates/a.yaml:3:4): must be set";
        let parts = |error| failed_template(error).unwrap_or_default();
        assert_eq!(parts(fail), ("basic/templates/a.yaml".to_owned(), "must be set".to_owned()));
        let executing = "template: basic/templates/a.yaml:3:4: executing \"basic/templates/a.yaml\" at \
                         <include \"x\" .>: error calling include: template: no template \"x\" associated";
        assert_eq!(parts(executing).0, "basic/templates/a.yaml");
        assert_eq!(parts("execution error at (a/b.yaml:1:2): one\ntwo\nthree").1, "two\nthree");
        assert_eq!(failed_template("values don't meet the specifications"), None);
    }

    #[test]
    fn empty_documents_are_none() {
        let count = |text| parse_manifests(text).map(|found| found.len()).map_err(|broken| broken.0);
        assert_eq!(count("\n---\n# only a comment\n---\na: 1\n---\n{}\n"), Ok(1));
        assert_eq!(count("---\n  a: 1\n"), Ok(1));
        let twice = "yaml: unmarshal errors:\n  line 2: mapping key \"a\" already defined at line 1";
        assert_eq!(count("a: 1\na: 2\n"), Err(twice.to_owned()));
        let text = "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `just so...` into \
                    map[string]interface {}";
        assert_eq!(count("just some text\n"), Err(text.to_owned()));
    }
}
