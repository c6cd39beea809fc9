//! Files to a chart.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use amethyst_object::Str;
use amethyst_tree::{FileKind, Tree};
use amethyst_yaml::{Dialect, YamlFault, parse_one};

use super::{Cache, Chart, Content, File};
use crate::archive::{DECOMPRESSED_SIZE_BYTES_MAX, unpack, without_bom};
use crate::ignore::{self, Rules};
use crate::metadata::{API_VERSION_V1, Metadata};
use crate::values::load_values;
use crate::{ChartError, error};

/// How deep charts may lie in charts.
const DEPTH_MAX: usize = 16;
/// How many symbolic links are followed on the way to one file.
const LINKS_MAX: usize = 16;

/// The files of a chart's folder, without those that `.helmignore` names.
pub(super) fn tree_files(tree: &Tree, folder: &str) -> Result<Vec<File>, ChartError> {
    let read = |path: &str, name: &str| {
        tree.read(path).map(Option::unwrap_or_default).map_err(|error| {
            ChartError::new(name, format!("error reading {name}: {error}"), "check that the file can be read")
        })
    };
    let ignore_path = error::join(folder, ignore::FILE);
    let rules = match tree.entry(&ignore_path) {
        Some(_) => {
            let text = read(&ignore_path, ignore::FILE)?;
            Rules::parse(&String::from_utf8_lossy(&without_bom(text))).map_err(|(line, text)| {
                ChartError::new(ignore::FILE, text, "a .helmignore takes Go's patterns, one a line")
                    .at(line, 0)
            })?
        }
        None => Rules::default(),
    }
    .with_defaults();
    let skip = if folder.is_empty() { 0 } else { folder.len() + 1 };
    let (mut files, mut budget) = (Vec::new(), DECOMPRESSED_SIZE_BYTES_MAX);
    // The last folder that was ignored: what is walked next may lie in it.
    let mut ignored: Option<String> = None;
    // The last folder that was not.
    let mut kept = "";
    for (path, entry) in tree.walk(folder) {
        let name = &path[skip..];
        if ignored.as_ref().is_some_and(|folder| name.starts_with(folder.as_str())) {
            continue;
        }
        let own_folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        if own_folder != kept {
            if let Some(folder) = ignored_folder(&rules, name) {
                ignored = Some(folder);
                continue;
            }
            kept = own_folder;
        }
        if rules.ignores(name, false) {
            continue;
        }
        let target;
        let path = if entry.kind == FileKind::Symlink {
            target = follow(tree, path, name)?;
            target.as_str()
        } else {
            path
        };
        let data = read(path, name)?;
        if data.len() > budget {
            let text = format!(
                "error reading {name}: chart exceeds maximum decompressed size of {DECOMPRESSED_SIZE_BYTES_MAX} bytes"
            );
            return Err(ChartError::new(name, text, "name in .helmignore what the templates do not read"));
        }
        budget -= data.len();
        files.push(File { name: Str::from(name), data: without_bom(data) });
    }
    Ok(files)
}

/// The first of the folders above a file that is ignored, with a `/` behind it.
fn ignored_folder(rules: &Rules, name: &str) -> Option<String> {
    let ends = name.match_indices('/').map(|(at, _)| at);
    ends.into_iter().find(|end| rules.ignores(&name[..*end], true)).map(|end| name[..=end].to_owned())
}

/// The file that a symbolic link leads to; links that leave the tree, lead nowhere or in a circle are faults.
fn follow(tree: &Tree, path: &str, name: &str) -> Result<String, ChartError> {
    let fault = |what: &str| {
        let hint = "put the file itself there, or a link to a file of the same repository";
        ChartError::new(name, format!("error evaluating symlink {name}: {what}"), hint)
    };
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        match tree.entry(&path) {
            Some(entry) if entry.kind == FileKind::Symlink => {
                let target = tree.read(&path).ok().flatten().unwrap_or_default();
                let target = String::from_utf8_lossy(&target).into_owned();
                if target.starts_with('/') {
                    return Err(fault("it leaves the repository"));
                }
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                path = amethyst_tree::normalize(folder, target.trim_end())
                    .ok_or_else(|| fault("it leaves the repository"))?;
            }
            Some(_) => return Ok(path),
            None if tree.is_dir(&path) => return Err(fault("links to folders are not followed")),
            None => return Err(fault("no such file or directory")),
        }
    }
    Err(fault("too many links"))
}

/// A fault of a YAML file, as Helm tells it.
fn yaml_error(file: &str, context: &str, fault: &YamlFault) -> ChartError {
    let text = format!("{context}: error converting YAML to JSON: {fault}");
    ChartError::new(file, text, "check this line and those before it").at(fault.line, fault.column)
}

/// A file's text; the parser's own words for what is none.
fn text<'a>(file: &'a File, context: &str) -> Result<&'a str, ChartError> {
    std::str::from_utf8(&file.data).map_err(|error| {
        let line = memchr::memchr_iter(b'\n', &file.data[..error.valid_up_to()]).count() + 1;
        let text = format!("{context}: error converting YAML to JSON: yaml: invalid leading UTF-8 octet");
        ChartError::new(&file.name, text, "save the file as UTF-8").at(line as u32, 0)
    })
}

fn merge_metadata(metadata: &mut Metadata, file: &File) -> Result<(), ChartError> {
    let context = format!("cannot load {}", file.name);
    let document = parse_one(text(file, &context)?, Dialect::GoV2)
        .map_err(|fault| yaml_error(&file.name, &context, &fault))?;
    metadata.merge(&document).map_err(|failure| {
        ChartError::new(&file.name, format!("{context}: {}", failure.0), "give the field a value of its type")
    })
}

/// A chart from its files.
pub(super) fn from_files(files: Vec<File>, depth: usize) -> Result<Chart, ChartError> {
    if depth > DEPTH_MAX {
        return Err(ChartError::new(
            "",
            format!("charts nest deeper than {DEPTH_MAX}"),
            "flatten the subcharts",
        ));
    }
    let mut metadata: Option<Metadata> = None;
    for file in files.iter().filter(|file| file.name == "Chart.yaml") {
        let found = metadata.get_or_insert_default();
        merge_metadata(found, file)?;
        if found.api_version.is_empty() {
            API_VERSION_V1.clone_into(&mut found.api_version);
        }
    }
    let mut content = Content {
        metadata: Metadata::default(),
        templates: Vec::new(),
        values: amethyst_object::Value::object(),
        has_values_file: false,
        schema: None,
        files: Vec::new(),
        dependencies: Vec::new(),
        warnings: Vec::new(),
        digest: OnceLock::new(),
        cache: Cache::default(),
    };
    let mut subcharts: BTreeMap<String, Vec<File>> = BTreeMap::new();
    for file in files {
        match file.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => check_lock(&file)?,
            "values.yaml" => {
                content.values = load_values(&file.data).map_err(|fault| fault.to_chart_error(&file.name))?;
                content.has_values_file = true;
            }
            "values.schema.json" => content.schema = Some(file.data),
            "requirements.yaml" => {
                let found = metadata.get_or_insert_default();
                if found.api_version != API_VERSION_V1 {
                    content.warnings.push("Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating dependencies to Chart.yaml.".to_owned());
                }
                merge_metadata(found, &file)?;
                if found.api_version == API_VERSION_V1 {
                    content.files.push(file);
                }
            }
            "requirements.lock" => {
                check_lock(&file)?;
                let found = metadata.get_or_insert_default();
                if found.api_version == API_VERSION_V1 {
                    content.files.push(file);
                } else {
                    content.warnings.push("Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to Chart.lock.".to_owned());
                }
            }
            name if name.starts_with("templates/") => content.templates.push(file),
            name => match name.strip_prefix("charts/") {
                Some(inner) if !has_extension(name, "prov") => {
                    let chart = inner.split('/').next().unwrap_or(inner).to_owned();
                    let inner = File { name: Str::from(inner), data: file.data };
                    subcharts.entry(chart).or_default().push(inner);
                }
                _ => content.files.push(file),
            },
        }
    }
    let Some(mut metadata) = metadata else {
        let hint = "check the path: a chart is a folder with a Chart.yaml in it";
        return Err(ChartError::new("Chart.yaml", "Chart.yaml file is missing", hint));
    };
    metadata.validate().map_err(|text| {
        ChartError::new("Chart.yaml", format!("validation: {text}"), "correct the field in Chart.yaml")
    })?;
    for (name, files) in subcharts {
        if name.starts_with(['_', '.']) {
            continue;
        }
        let context = format!("error unpacking subchart {name} in {}", metadata.name);
        let folder = format!("charts/{name}");
        let subchart =
            subchart(&name, files, &metadata.name, depth).map_err(|error| error.within(&folder, &context))?;
        content.warnings.extend(subchart.warnings().iter().cloned());
        content.dependencies.push(subchart);
    }
    content.metadata = metadata;
    Ok(Chart::new(content))
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}

fn subchart(name: &str, files: Vec<File>, parent: &str, depth: usize) -> Result<Chart, ChartError> {
    if has_extension(name, "tgz") {
        let file = &files[0];
        if file.name != name {
            let text =
                format!("error unpacking subchart tar in {parent}: expected {name}, got {}", file.name);
            return Err(ChartError::new("", text, "a name in charts/ that ends in .tgz must be an archive"));
        }
        return from_files(unpack(&file.data)?, depth + 1);
    }
    // A file in charts/ that lies in no folder is no chart.
    let inside = |file: File| {
        let name = Str::from(file.name.split_once('/')?.1);
        Some(File { name, data: file.data })
    };
    from_files(files.into_iter().filter_map(inside).collect(), depth + 1)
}

/// A lock file decides over nothing here, but must be YAML of its shape.
fn check_lock(file: &File) -> Result<(), ChartError> {
    let context = format!("cannot load {}", file.name);
    parse_one(text(file, &context)?, Dialect::GoV2)
        .map_err(|fault| yaml_error(&file.name, &context, &fault))?;
    Ok(())
}
