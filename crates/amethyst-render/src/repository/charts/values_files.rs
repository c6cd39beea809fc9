//! `valuesFiles`: files that take the place of a chart's own `values.yaml`.
//!
//! Follows source-controller (`internal/helm/chart`): the listed files are merged in their order, and what
//! comes out is the chart's `values.yaml`; the chart's own counts only if it is among them. A chart of a Git
//! repository has them by paths from the repository's root, a packaged one among its own files. Upstream also
//! puts the generation of the HelmChart behind the chart's version, which nobody knows here.

use amethyst_diag::{Diagnostic, Location};
use amethyst_helm::{Chart, load_values};
use amethyst_object::Value;
use amethyst_tree::{FileKind, Tree};
use bytes::Bytes;

/// How many symbolic links are followed on the way to one file.
const LINKS_MAX: usize = 64;
/// The values that a chart has of its own.
const OWN: &str = "values.yaml";

/// What a HelmChart says about the values of its chart.
#[derive(Clone, Debug, Default)]
pub(super) struct ValuesFiles {
    paths: Vec<String>,
    ignore_missing: bool,
}

/// Where the files lie.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// In the tree that the chart's folder lies in.
    Tree(&'a Tree),
    /// Among the files of the packaged chart.
    Chart,
}

impl ValuesFiles {
    /// Reads the `spec` of a HelmChart, of which older versions have one `valuesFile` that comes first.
    pub(super) fn read(spec: &Value) -> Self {
        let one = spec.str_at(&["valuesFile"]).filter(|path| !path.is_empty());
        let listed = spec.get("valuesFiles").and_then(Value::as_array).unwrap_or_default();
        let paths = one.into_iter().chain(listed.iter().filter_map(Value::as_str)).map(str::to_owned);
        let ignore_missing = spec.get("ignoreMissingValuesFiles").and_then(Value::as_bool) == Some(true);
        Self { paths: paths.collect(), ignore_missing }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The values that stand in for those of the chart.
    pub(super) fn merge(&self, chart: &Chart, place: Place<'_>) -> Result<Value, Box<Diagnostic>> {
        let mut merged = Value::object();
        for path in &self.paths {
            let text = match place {
                Place::Tree(tree) => in_tree(tree, path),
                Place::Chart if clean(path) == OWN => {
                    over(&mut merged, chart.values().clone());
                    continue;
                }
                Place::Chart => {
                    let wanted = clean(path);
                    let file = chart.files().iter().find(|file| file.name == wanted.as_str());
                    let missing = || Missing {
                        is_there: false,
                        text: format!("failed to merge chart values: no values file found at path '{path}'"),
                    };
                    file.map(|file| file.data.clone()).ok_or_else(missing)
                }
            };
            let text = match text {
                Ok(text) => text,
                Err(missing) if self.ignore_missing && !missing.is_there => continue,
                Err(missing) => return Err(Box::new(fault(&missing.text, hint(place)))),
            };
            let values = load_values(&text).map_err(|error| {
                let reason =
                    error.text.strip_prefix("cannot unmarshal yaml document: ").unwrap_or(&error.text);
                let text = format!("unmarshaling values from '{path}' failed: {reason}");
                let hint = "a file of values is a YAML map; check the line that is named";
                match place {
                    Place::Tree(_) => {
                        let at = Location::new(beneath("", path), error.line, error.column);
                        fault(&text, hint).at(at)
                    }
                    Place::Chart => fault(&format!("failed to merge chart values: {text}"), hint),
                }
            })?;
            over(&mut merged, values);
        }
        if chart.has_values_file() {
            return Ok(merged);
        }
        Err(Box::new(fault(
            "failed to locate values file: values.yaml",
            "`valuesFiles` replace a chart's values.yaml, which this chart has not: add an empty one",
        )))
    }
}

/// A file that cannot be had.
struct Missing {
    /// Whether something is there that is no file.
    is_there: bool,
    text: String,
}

fn hint(place: Place<'_>) -> &'static str {
    match place {
        Place::Tree(_) => {
            "write the path from the root of the repository, or set `ignoreMissingValuesFiles: true`"
        }
        Place::Chart => {
            "write the path from the root of the chart, as it was packaged, or set `ignoreMissingValuesFiles: true`"
        }
    }
}

fn fault(text: &str, hint: &str) -> Diagnostic {
    let text = format!("values files merge error: {text}");
    Diagnostic::error("release-values-files", text).hint(hint)
}

/// A file of the tree; links are followed, and nothing leads out of it.
fn in_tree(tree: &Tree, path: &str) -> Result<Bytes, Missing> {
    let mut at = beneath("", path);
    let none = |at: &str, is_there: bool| Missing {
        is_there,
        text: format!("no values file found at path '/{at}' (reference '{path}')"),
    };
    for _ in 0..LINKS_MAX {
        match tree.entry(&at) {
            Some(entry) if entry.kind == FileKind::Symlink => {
                let target = tree.read(&at).ok().flatten().unwrap_or_default();
                let target = String::from_utf8_lossy(&target).into_owned();
                let folder = at.rsplit_once('/').map_or("", |(folder, _)| folder);
                at = beneath(folder, &target);
            }
            Some(_) => {
                let read = tree.read(&at).map_err(|error| Missing {
                    is_there: true,
                    text: format!("could not read values from file '{path}': {error}"),
                });
                return read.map(Option::unwrap_or_default);
            }
            None => return Err(none(&at, tree.is_dir(&at))),
        }
    }
    let text = format!("lstat {path}: too many levels of symbolic links");
    Err(Missing { is_there: true, text })
}

/// A path below the root, which `..` does not leave: `filepath-securejoin`.
fn beneath(folder: &str, path: &str) -> String {
    let folder = if path.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.trim_end_matches('\n').split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Go's `filepath.Clean`, as far as a path within a chart goes.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// Flux's `MergeMaps`: maps into maps, all else replaced, by null too.
fn over(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                match below.get_mut(&key) {
                    Some(there) if matches!((&*there, &value), (Value::Object(_), Value::Object(_))) => {
                        over(there, value);
                    }
                    _ => {
                        below.insert(key, value);
                    }
                }
            }
        }
        (below, above) => *below = above,
    }
}

#[cfg(test)]
mod tests;
