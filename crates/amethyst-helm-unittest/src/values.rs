//! The values of a test: files, then `set` of the suite, then `set` of the test, the later over the earlier.

use amethyst_object::{Map, Value as Document};
use amethyst_tree::Tree;

use crate::set_path;
use crate::suite::{Suite, Test, ValuesFile};
use crate::value::Value;
use crate::yaml::parse_first;

/// How deep tables are merged.
const DEPTH_MAX: usize = 500;

/// The values that a test renders with.
pub(crate) fn of_test(suite: &Suite, test: &Test, files: &Tree) -> Result<Document, String> {
    let mut base = Map::new();
    let routes: Vec<&str> = suite.route.split('/').step_by(2).collect();
    for file in &test.values {
        let (name, text) = read(suite, file, files)?;
        let values = parse(&name, &text)?;
        base = over(scoped(&routes, values), base);
    }
    for (path, value) in suite.set.iter().chain(&test.set) {
        let set = set_path::build(path, value.clone())?;
        let Document::Object(set) = set.to_document()? else { continue };
        base = over(scoped(&routes, set), base);
    }
    Ok(Document::Object(base))
}

fn read(suite: &Suite, file: &ValuesFile, files: &Tree) -> Result<(String, String), String> {
    let name = match file {
        ValuesFile::Given(name, text) => return Ok((name.clone(), text.clone())),
        ValuesFile::Named(name) => name,
    };
    let missing = |path: &str| format!("open {path}: no such file or directory");
    let folder = suite.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let shown = suite.file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let shown = crate::templates::join(&[shown, name]);
    let Some(path) = amethyst_tree::normalize(folder, name) else {
        return Err(missing(&shown));
    };
    let content = files.read(&path).map_err(|error| error.to_string())?.ok_or_else(|| missing(&shown))?;
    Ok((name.clone(), String::from_utf8_lossy(&content).into_owned()))
}

fn parse(name: &str, text: &str) -> Result<Map, String> {
    let fail = |line: u32, message: &str| format!("failed to parse {name}: yaml: line {line}: {message}");
    let Some(node) = parse_first(text).map_err(|fault| fail(fault.line, &fault.message))? else {
        return Ok(Map::new());
    };
    let mut faults = Vec::new();
    let value = node.decode(&mut faults);
    if let Some(fault) = faults.first() {
        return Err(fail(fault.line, &fault.message));
    }
    match value {
        Value::Null => Ok(Map::new()),
        value => match value.to_document()? {
            Document::Object(map) => Ok(map),
            _ => Err(fail(
                node.line,
                &format!("cannot unmarshal {} into map[string]interface {{}}", node.tag()),
            )),
        },
    }
}

/// The values of a subchart as the parent gives them; `global` stands at every level.
fn scoped(routes: &[&str], mut values: Map) -> Map {
    for route in routes.iter().skip(1).rev() {
        let mut outer = Map::new();
        if let Some(global) = values.get("global") {
            outer.insert("global", global.clone());
        }
        outer.insert(*route, values);
        values = outer;
    }
    values
}

/// Helm's `MergeTables`: `new` over `base`.
fn over(new: Map, base: Map) -> Map {
    merge(new, base, 0)
}

fn merge(mut new: Map, base: Map, depth: usize) -> Map {
    for (key, below) in base {
        match (new.get_mut(&key), below) {
            (None, below) => {
                new.insert(key, below);
            }
            (Some(Document::Object(own)), Document::Object(below)) if depth < DEPTH_MAX => {
                *own = merge(std::mem::take(own), below, depth + 1);
            }
            _ => {}
        }
    }
    new
}
