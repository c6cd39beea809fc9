//! The objects in a text.

use std::collections::VecDeque;

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::{Map, Value};
use amethyst_yaml::{Document, parse_raw, to_diagnostic};

use crate::Origin;
use crate::cache::in_file;
use crate::id::is_null;

/// What a text holds.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Its objects, lists unwrapped.
    pub(crate) objects: Vec<Found>,
    /// What is wrong with it; the faults name no file.
    pub(crate) faults: Vec<Diagnostic>,
}

/// An object of a text.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) object: Map,
    document: usize,
    line: u32,
}

/// An object of a file.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) object: Map,
    pub(crate) origin: Origin,
}

impl Found {
    /// The object, in a file of this path.
    pub(crate) fn in_file(&self, path: &str) -> Loaded {
        Loaded { object: self.object.clone(), origin: self.origin(path) }
    }

    fn origin(&self, path: &str) -> Origin {
        Origin { file: path.to_owned(), document: self.document, line: self.line, generated_by: None }
    }
}

/// The objects in a text of this file; what is no object becomes a fault.
pub(crate) fn parse_objects(text: &str, file: &str) -> (Vec<Loaded>, Vec<Diagnostic>) {
    let Parsed { objects, faults } = parse(text);
    let loaded = objects.into_iter().map(|found| Loaded { origin: found.origin(file), object: found.object });
    (loaded.collect(), in_file(&faults, file))
}

/// The objects in a text, lists unwrapped; what is no object becomes a fault.
pub(crate) fn parse(text: &str) -> Parsed {
    let (documents, yaml_faults) = parse_raw(text);
    let mut faults: Vec<Diagnostic> = yaml_faults.iter().map(|fault| to_diagnostic(fault, "")).collect();
    let mut objects = Vec::new();
    let mut queue: VecDeque<Found> = VecDeque::new();
    for document in documents {
        faults.extend(duplicate_keys(&document));
        let (index, line) = (document.index, document.line);
        match document.value {
            Value::Object(object) => queue.push_back(Found { object, document: index, line }),
            value if is_null(&value) => {}
            _ => faults.push(not_an_object("the document is no object", line)),
        }
    }
    while let Some(Found { mut object, document, line }) = queue.pop_front() {
        if object.is_empty() {
            continue;
        }
        if let Err(reason) = check_metadata(&object) {
            faults.push(not_an_object(reason, line));
            continue;
        }
        let is_list = object.str("kind").is_some_and(|kind| kind.ends_with("List"));
        match is_list.then(|| object.remove("items")).flatten() {
            Some(Value::Array(items)) => {
                let items = items.into_iter().filter_map(|item| match item {
                    Value::Object(object) => Some(Found { object, document, line }),
                    _ => None,
                });
                queue.extend(items);
            }
            Some(items) if is_null(&items) => {}
            Some(_) => faults.push(not_an_object("`items` of a list is no list", line)),
            None => objects.push(Found { object, document, line }),
        }
    }
    Parsed { objects, faults }
}

fn check_metadata(object: &Map) -> Result<(), &'static str> {
    let kind = object.str("kind").unwrap_or_default();
    let name = object.get("metadata").and_then(|metadata| metadata.get("name")).map(crate::id::text);
    if kind.is_empty() {
        Err("missing kind in object")
    } else if !kind.ends_with("List") && name.unwrap_or_default().is_empty() {
        Err("missing metadata.name in object")
    } else {
        Ok(())
    }
}

fn not_an_object(reason: &str, line: u32) -> Diagnostic {
    Diagnostic::error("kustomize-not-an-object", reason)
        .at(Location::new("", line, 1))
        .hint("every document needs `apiVersion`, `kind` and `metadata.name`")
}

/// go-yaml v3 refuses duplicate keys.
fn duplicate_keys(document: &Document) -> impl Iterator<Item = Diagnostic> + '_ {
    document.duplicates.iter().map(|found| {
        let text = format!("mapping key \"{}\" already defined at line {}", found.key, found.first_line);
        let place = Location::new("", found.line, found.column);
        Diagnostic::error("yaml-duplicate-key", text).at(place).hint("keep one of the two")
    })
}
