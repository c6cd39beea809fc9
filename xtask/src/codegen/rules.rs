//! The table of declared rules: what upstream's generated validation asks of each field.
//!
//! Read from `pkg/apis/<group>/<version>/zz_generated.validations.go`, whose shape is always the same. Rules that
//! upstream only tries out (`MarkAlpha`) are kept where they stop further ones, and tell nothing.

mod statement;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::Context;

use super::modules::Modules;

/// `rules.txt`.
pub(crate) fn table(modules: &Modules) -> anyhow::Result<String> {
    let mut out = String::from(
        "# package GROUP/VERSION, then root KIND SUBRESOURCE..., then type NAME with its own rules, then field NAME\n\
         # (a leading * says: may be missing) with its rules in order. Marks: ! stops, ? stops and tells nothing,\n\
         # ~ tells nothing.\n",
    );
    let apis = modules.kubernetes.join("pkg/apis");
    for group in folders(&apis)? {
        for version in folders(&apis.join(&group))? {
            let stable = version.strip_prefix('v').is_some_and(|number| number.parse::<u32>().is_ok());
            let file = apis.join(&group).join(&version).join("zz_generated.validations.go");
            if !stable || !file.exists() {
                continue;
            }
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("failed to read `{}`", file.display()))?;
            let constants = constants(&modules.api.join(&group).join(&version))?;
            let body = package(&text, &constants);
            if body.contains("\n  ") {
                write!(out, "package {group}/{version}\n{body}")?;
            }
        }
    }
    Ok(out)
}

fn folders(path: &Path) -> anyhow::Result<Vec<String>> {
    let entries = std::fs::read_dir(path).with_context(|| format!("failed to list `{}`", path.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// String constants of a package by name.
fn constants(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(found) };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "go") {
            continue;
        }
        for line in std::fs::read_to_string(&path)?.lines() {
            let Some((left, right)) = line.split_once(" = ") else { continue };
            let Some(name) = left.split_whitespace().find(|word| *word != "const") else { continue };
            // `"value"`, `Type("value")`, or `Type(v1.Name)` where the name ends with a kind of its own.
            let value = match right.split_once('"') {
                Some((_, rest)) => rest.split_once('"').map(|(value, _)| value),
                None => right.split_once("(v1.").and_then(|(_, rest)| rest.strip_suffix("Protocol)")),
            };
            if let Some(value) = value {
                found.insert(name.to_owned(), value.to_owned());
            }
        }
    }
    Ok(found)
}

/// The lines of one package.
fn package(text: &str, constants: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let lines: Vec<&str> = text.lines().collect();
    let sets = statement::sets(&lines, constants);
    roots(&lines, &mut out);
    let mut at = 0;
    while at < lines.len() {
        if let Some(name) = lines[at].strip_prefix("func Validate_").and_then(|rest| rest.strip_suffix('(')) {
            let end = (at..lines.len()).find(|line| lines[*line] == "}").unwrap_or(lines.len());
            let _ = writeln!(out, "type {name}");
            body(&lines[at..end], &sets, &mut out);
            at = end;
        }
        at += 1;
    }
    out
}

/// The kinds that are asked about, and through which subresources.
fn roots(lines: &[&str], out: &mut String) {
    for (at, line) in lines.iter().enumerate() {
        let Some(kind) = line.trim().strip_prefix("(*").and_then(|rest| rest.strip_suffix(")(nil),")) else {
            continue;
        };
        let kind = kind.rsplit('.').next().unwrap_or(kind);
        let cases = lines[at..].iter().take(8).find_map(|line| line.trim().strip_prefix("case "));
        let cases: String = cases.unwrap_or_default().trim_end_matches(':').replace(['"', ','], "");
        let _ = writeln!(out, "root {kind} {cases}");
    }
}

/// The rules of a type, then those of its fields.
fn body(lines: &[&str], sets: &BTreeMap<String, String>, out: &mut String) {
    let mut at = 0;
    while at < lines.len() {
        if lines[at].starts_with("\t{ // field ") {
            let end = (at..lines.len()).find(|line| lines[*line] == "\t}").unwrap_or(lines.len());
            field(&lines[at..end], sets, out);
            at = end;
        } else if let Some((rule, used)) = statement::read(&lines[at..], sets) {
            let _ = writeln!(out, " {rule}");
            at += used;
        }
        at += 1;
    }
}

fn field(lines: &[&str], sets: &BTreeMap<String, String>, out: &mut String) {
    let call =
        lines.iter().rev().find_map(|line| line.trim().strip_prefix("errs = append(errs, fn(")).and_then(
            |call| {
                // The second is a struct whose fields stand in its place.
                call.strip_prefix("fldPath").or_else(|| call.strip_prefix("safe.Value(fldPath"))
            },
        );
    let Some(call) = call else { return };
    let name =
        call.strip_prefix(".Child(\"").and_then(|rest| rest.split_once("\")")).map_or(".", |(name, _)| name);
    let pointer = if call.contains(", &obj.") { "" } else { "*" };
    let mut rules = String::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim();
        if line.starts_with("func() { // cohort") {
            rules.push_str("  (\n");
        } else if line == "}()" {
            rules.push_str("  )\n");
        } else if let Some((rule, used)) = statement::read(&lines[at..], sets) {
            let _ = writeln!(rules, "  {rule}");
            at += used;
        }
        at += 1;
    }
    if !rules.is_empty() {
        let _ = write!(out, " field {pointer}{name}\n{rules}");
    }
}
