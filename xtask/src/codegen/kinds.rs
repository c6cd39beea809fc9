//! The table of kinds, from discovery: groups, versions, names, verbs and subresources in the order upstream
//! prints them.
//!
//! Upstream serves exactly the stable versions by default; alpha and beta ones are left out.

use std::fmt::Write as _;
use std::path::Path;

use amethyst_object::{Map, Value, json};
use anyhow::{Context, bail};

use super::modules::Modules;
use super::schemas::Definitions;

/// Renders the table.
pub(crate) fn table(modules: &Modules, openapi: &Definitions) -> anyhow::Result<String> {
    let discovery = modules.kubernetes.join("api/discovery");
    let mut out = String::new();
    out.push_str("# group GROUP, then version VERSION, then\n");
    out.push_str("# kind KIND LIST_KIND PLURAL SINGULAR SCOPE SCHEMA STORAGE_VERSION_HASH, with\n");
    out.push_str(
        "#  verbs, short, categories, and sub NAME GROUP VERSION KIND VERBS; `-` stands for nothing.\n",
    );
    let versions = [(String::new(), "v1".to_owned())].into_iter().chain(groups(&discovery)?);
    let mut group_before = None;
    for (group, version) in versions {
        if !is_stable(&version) {
            continue;
        }
        if group_before.as_ref() != Some(&group) {
            writeln!(out, "group {}", dash(&group))?;
            group_before = Some(group.clone());
        }
        writeln!(out, "version {version}")?;
        let file = match group.as_str() {
            "" => format!("api__{version}.json"),
            group => format!("apis__{group}__{version}.json"),
        };
        let list = read(&discovery.join(file))?;
        resources(&mut out, &group, &version, &list, openapi)?;
    }
    Ok(out)
}

/// Whether a version is neither alpha nor beta.
pub(crate) fn is_stable(version: &str) -> bool {
    version.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn groups(discovery: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let document = read(&discovery.join("aggregated_v2.json"))?;
    let mut found = Vec::new();
    for item in items(&document, "items") {
        let group = item.str_at(&["metadata", "name"]).context("a group has no name")?;
        for version in items(item, "versions") {
            let version = version.str_at(&["version"]).context("a version has no name")?;
            found.push((group.to_owned(), version.to_owned()));
        }
    }
    Ok(found)
}

fn resources(
    out: &mut String,
    group: &str,
    version: &str,
    list: &Value,
    openapi: &Definitions,
) -> anyhow::Result<()> {
    let all: Vec<&Map> = items(list, "resources").iter().filter_map(Value::as_object).collect();
    for resource in &all {
        let plural = resource.str("name").context("a resource has no name")?;
        if plural.contains('/') {
            continue;
        }
        let kind = resource.str("kind").context("a resource has no kind")?;
        let Some(schema) = openapi.by_gvk(group, version, kind) else {
            bail!("no definition for {group}/{version} {kind}");
        };
        let list_kind = format!("{kind}List");
        let list_kind = openapi.by_gvk(group, version, &list_kind).map_or("-", |_| &list_kind);
        let scope = if resource.get("namespaced").and_then(Value::as_bool) == Some(true) {
            "namespaced"
        } else {
            "cluster"
        };
        let singular = resource.str("singularName").unwrap_or_default();
        let hash = dash(resource.str("storageVersionHash").unwrap_or_default());
        writeln!(out, "kind {kind} {list_kind} {plural} {} {scope} {schema} {hash}", dash(singular))?;
        words(out, "verbs", resource);
        words(out, "shortNames", resource);
        words(out, "categories", resource);
        for sub in &all {
            let name = sub.str("name").and_then(|name| name.strip_prefix(plural)?.strip_prefix('/'));
            if let Some(name) = name {
                subresource(out, name, sub, (group, version))?;
            }
        }
    }
    Ok(())
}

fn subresource(out: &mut String, name: &str, sub: &Map, home: (&str, &str)) -> anyhow::Result<()> {
    let kind = sub.str("kind").with_context(|| format!("subresource `{name}` has no kind"))?;
    let (group, version) = match sub.str("version") {
        Some(version) => (sub.str("group").unwrap_or_default(), version),
        None => home,
    };
    writeln!(out, " sub {name} {} {version} {kind} {}", dash(group), strings(sub, "verbs").join(" "))?;
    Ok(())
}

fn words(out: &mut String, key: &str, map: &Map) {
    let words = strings(map, key);
    if !words.is_empty() {
        let label = if key == "shortNames" { "short" } else { key };
        out.extend([" ", label, " ", &words.join(" "), "\n"]);
    }
}

fn strings<'a>(map: &'a Map, key: &str) -> Vec<&'a str> {
    map.get(key).and_then(Value::as_array).unwrap_or_default().iter().filter_map(Value::as_str).collect()
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).unwrap_or_default()
}

fn dash(word: &str) -> &str {
    if word.is_empty() { "-" } else { word }
}

/// Reads one JSON document.
pub(crate) fn read(path: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read(path).with_context(|| format!("failed to read `{}`", path.display()))?;
    json::parse(&text).with_context(|| format!("failed to parse `{}`", path.display()))
}
