//! Files of the tree: resources, patches and what generators read.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::{Map, Value};
use amethyst_tree::{Tree, normalize};
use amethyst_yaml::{Document, parse_raw, to_diagnostic};

use crate::Origin;
use crate::id::is_null;

/// The names a kustomization file may have.
pub(crate) const KUSTOMIZATION_FILES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Reads files of a tree, each once.
pub(crate) struct Loader<'a> {
    pub(crate) tree: &'a Tree,
    objects: HashMap<String, Rc<Vec<Loaded>>>,
    pub(crate) faults: Vec<Diagnostic>,
}

/// An object of a file.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) object: Map,
    pub(crate) origin: Origin,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(tree: &'a Tree) -> Self {
        Self { tree, objects: HashMap::new(), faults: Vec::new() }
    }

    /// The path in the tree that `path`, written in a file of `folder`, means.
    pub(crate) fn resolve(&mut self, folder: &str, path: &str, place: &Location) -> Option<String> {
        if is_remote(path) {
            let fault =
                Diagnostic::error("kustomize-unsupported-remote", format!("`{path}` is a remote resource"));
            let hint = "copy the files into the repository, or fetch them by a source of their own";
            self.faults.push(fault.at(place.clone()).hint(hint));
            return None;
        }
        let found = if path.starts_with('/') { None } else { normalize(folder, path) };
        if found.is_none() {
            let fault = Diagnostic::error(
                "kustomize-outside-tree",
                format!("`{path}` lies outside of the repository"),
            );
            self.faults.push(
                fault.at(place.clone()).hint("use a path relative to this file, inside the repository"),
            );
        }
        found
    }

    /// The content of a file, or a fault at `place`.
    pub(crate) fn read(&mut self, path: &str, place: &Location) -> Option<Vec<u8>> {
        match self.tree.read(path) {
            Ok(Some(bytes)) => Some(bytes.to_vec()),
            Ok(None) => {
                self.missing(path, place);
                None
            }
            Err(error) => {
                let fault = Diagnostic::error("kustomize-unreadable-file", error.to_string());
                self.faults.push(fault.at(place.clone()));
                None
            }
        }
    }

    pub(crate) fn missing(&mut self, path: &str, place: &Location) {
        let fault = Diagnostic::error("kustomize-missing-file", format!("`{path}` does not exist"));
        let fault = fault.at(place.clone());
        self.faults.push(match self.near(path) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault.hint("create the file, or take the entry out"),
        });
    }

    /// A file of the same folder with nearly the same name.
    fn near(&self, path: &str) -> Option<String> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = |name: &str| name.split('.').next().unwrap_or_default().to_ascii_lowercase();
        let children = self.tree.children(folder);
        let found = children.iter().find(|(found, _)| stem(found) == stem(name))?;
        Some(if folder.is_empty() { found.0.clone() } else { format!("{folder}/{}", found.0) })
    }

    /// The objects of a file of resources.
    pub(crate) fn objects(&mut self, path: &str, place: &Location) -> Rc<Vec<Loaded>> {
        if let Some(found) = self.objects.get(path) {
            return Rc::clone(found);
        }
        let bytes = self.read(path, place).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let found = Rc::new(self.parse(&text, path));
        self.objects.insert(path.to_owned(), Rc::clone(&found));
        found
    }

    /// The objects in a text; `file` is where it stands.
    fn parse(&mut self, text: &str, file: &str) -> Vec<Loaded> {
        let (documents, faults) = parse_objects(text, file);
        self.faults.extend(faults);
        documents
    }
}

/// The objects in a text, lists unwrapped; what is no object becomes a fault.
pub(crate) fn parse_objects(text: &str, file: &str) -> (Vec<Loaded>, Vec<Diagnostic>) {
    let (documents, yaml_faults) = parse_raw(text);
    let mut faults: Vec<Diagnostic> = yaml_faults.iter().map(|fault| to_diagnostic(fault, file)).collect();
    let mut objects = Vec::new();
    let mut queue: VecDeque<Loaded> = VecDeque::new();
    for document in documents {
        faults.extend(duplicate_keys(&document, file));
        let origin = Origin {
            file: file.to_owned(),
            document: document.index,
            line: document.line,
            generated_by: None,
        };
        match document.value {
            Value::Object(object) => queue.push_back(Loaded { object, origin }),
            value if is_null(&value) => {}
            _ => faults.push(not_an_object("the document is no object", &origin)),
        }
    }
    while let Some(Loaded { mut object, origin }) = queue.pop_front() {
        if object.is_empty() {
            continue;
        }
        if let Err(reason) = check_metadata(&object) {
            faults.push(not_an_object(reason, &origin));
            continue;
        }
        let is_list = object.str("kind").is_some_and(|kind| kind.ends_with("List"));
        match object.remove("items").filter(|_| is_list) {
            Some(Value::Array(items)) => {
                let items = items.into_iter().filter_map(|item| match item {
                    Value::Object(object) => Some(Loaded { object, origin: origin.clone() }),
                    _ => None,
                });
                queue.extend(items);
            }
            Some(items) if is_null(&items) => {}
            Some(_) => faults.push(not_an_object("`items` of a list is no list", &origin)),
            None => objects.push(Loaded { object, origin }),
        }
    }
    (objects, faults)
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

fn not_an_object(reason: &str, origin: &Origin) -> Diagnostic {
    Diagnostic::error("kustomize-not-an-object", reason)
        .at(Location::new(origin.file.clone(), origin.line, 1))
        .hint("every document needs `apiVersion`, `kind` and `metadata.name`")
}

/// go-yaml v3 refuses duplicate keys.
fn duplicate_keys<'d>(document: &'d Document, file: &'d str) -> impl Iterator<Item = Diagnostic> + 'd {
    document.duplicates.iter().map(move |found| {
        let text = format!("mapping key \"{}\" already defined at line {}", found.key, found.first_line);
        let place = Location::new(file, found.line, found.column);
        Diagnostic::error("yaml-duplicate-key", text).at(place).hint("keep one of the two")
    })
}

fn is_remote(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    path.contains("://")
        || path.contains("?ref=")
        || ["git::", "gh:", "git@", "github.com/", "github.com:"].iter().any(|start| lower.starts_with(start))
}
