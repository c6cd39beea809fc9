//! Reading typed fields out of a kustomization file, as strictly as upstream, each fault with its place.

use std::cell::RefCell;
use std::sync::Arc;

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::{FieldPath, Map, PathElement, Str, Value};
use amethyst_yaml::{locate, locate_key};

/// A kustomization file: where it lies, what it says.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    /// The folder it lies in.
    pub(crate) folder: String,
    pub(crate) text: Arc<str>,
    pub(crate) document: usize,
    /// Where it begins, for what has no text to look into.
    pub(crate) line: u32,
}

impl File {
    /// Where a field stands.
    pub(crate) fn at(&self, path: &FieldPath) -> Location {
        self.location(locate(&self.text, self.document, path))
    }

    /// Where a field's key stands.
    pub(crate) fn at_key(&self, path: &FieldPath) -> Location {
        self.location(locate_key(&self.text, self.document, path))
    }

    /// Where an entry stands; what the caller added stands nowhere but is about the file.
    pub(crate) fn place<'a>(&'a self, path: Option<&'a FieldPath>) -> Spot<'a> {
        path.map_or(Spot::File(self), |path| Spot::Field(self, path))
    }

    /// Its name in its folder.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    fn location(&self, found: Option<(u32, u32)>) -> Location {
        let (line, column) = found.unwrap_or((self.line, 0));
        Location::new(self.path.clone(), line, column)
    }
}

/// A place that is looked up only when a fault asks for it: finding a line means reading the text again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spot<'a> {
    Field(&'a File, &'a FieldPath),
    File(&'a File),
    Path(&'a str),
}

impl Spot<'_> {
    pub(crate) fn location(self) -> Location {
        match self {
            Spot::Field(file, path) => file.at(path),
            Spot::File(file) => Location::new(file.path.clone(), file.line, 0),
            Spot::Path(path) => Location::file(path),
        }
    }
}

impl From<Spot<'_>> for Location {
    fn from(spot: Spot<'_>) -> Self {
        spot.location()
    }
}

/// Collects the faults of one file while its fields are read.
pub(crate) struct Decoder<'a> {
    pub(crate) file: &'a File,
    pub(crate) faults: RefCell<Vec<Diagnostic>>,
    /// Whether fields that nobody knows are let pass.
    is_lenient: bool,
    /// What is read, as faults name it.
    what: &'static str,
}

/// A field: its value, and the path to it.
#[derive(Clone)]
pub(crate) struct Field<'v> {
    pub(crate) value: &'v Value,
    pub(crate) path: FieldPath,
}

impl<'v> Field<'v> {
    /// A whole document.
    pub(crate) fn root(value: &'v Value) -> Self {
        Self { value, path: FieldPath::default() }
    }
}

/// The fields of a map that were asked for.
pub(crate) struct Fields<'v>(Vec<(&'static str, Field<'v>)>);

impl<'v> Fields<'v> {
    pub(crate) fn get(&self, name: &str) -> Option<&Field<'v>> {
        self.0.iter().rfind(|(found, _)| *found == name).map(|(_, field)| field)
    }
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(file: &'a File) -> Self {
        Self { file, faults: RefCell::default(), is_lenient: false, what: "Kustomization" }
    }

    /// Reads a transformer's or generator's configuration, which may hold any other field.
    pub(crate) fn lenient(file: &'a File, what: &'static str) -> Self {
        Self { is_lenient: true, what, ..Self::new(file) }
    }

    /// Reads a file of another kind, as strictly.
    pub(crate) fn strict(file: &'a File, what: &'static str) -> Self {
        Self { what, ..Self::new(file) }
    }

    pub(crate) fn fault(&self, fault: Diagnostic) {
        self.faults.borrow_mut().push(fault);
    }

    /// The fields of a map; null has none. Unknown ones are faults, as with Go's `DisallowUnknownFields`;
    /// like Go, it does not mind the case of letters.
    pub(crate) fn fields<'v>(&self, field: &Field<'v>, known: &[&'static str]) -> Fields<'v> {
        let mut fields = Vec::new();
        for (key, value) in self.map(field).into_iter().flat_map(Map::iter) {
            let path = field.path.child(key.clone());
            let exact = known.iter().find(|name| **name == key.as_str());
            match exact.or_else(|| known.iter().find(|name| name.eq_ignore_ascii_case(key))) {
                Some(name) => fields.push((*name, Field { value, path })),
                None if self.is_lenient => {}
                None => self.fault(
                    Diagnostic::error(
                        "kustomize-unknown-field",
                        format!("invalid {}: json: unknown field \"{key}\"", self.what),
                    )
                    .at(self.file.at_key(&path))
                    .hint(hint_for(key, known)),
                ),
            }
        }
        Fields(fields)
    }

    fn map<'v>(&self, field: &Field<'v>) -> Option<&'v Map> {
        match field.value {
            Value::Object(map) => Some(map),
            Value::Null => None,
            _ => {
                self.wrong_type(field, "object");
                None
            }
        }
    }

    fn wrong_type(&self, field: &Field<'_>, wanted: &str) {
        let mut name = self.what.to_owned();
        for element in field.path.elements() {
            if let PathElement::Key(key) | PathElement::MapKey(key) = element {
                name.push('.');
                name.push_str(key);
            }
        }
        let found = match field.value {
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            other => other.type_name(),
        };
        let text = format!(
            "invalid {}: json: cannot unmarshal {found} into Go struct field {name} of type {wanted}",
            self.what
        );
        let fault = Diagnostic::error("kustomize-field-type", text).at(self.file.at(&field.path));
        let scalar = wanted == "string" && matches!(found, "bool" | "number");
        self.fault(if scalar { fault.hint("put the value in quotes") } else { fault });
    }

    pub(crate) fn list<'v>(&self, field: Option<&Field<'v>>) -> Vec<Field<'v>> {
        let Some(field) = field else { return Vec::new() };
        match field.value {
            Value::Array(items) => {
                let fields = items.iter().enumerate();
                fields.map(|(index, value)| Field { value, path: field.path.index(index) }).collect()
            }
            Value::Null => Vec::new(),
            _ => {
                self.wrong_type(field, "[]string");
                Vec::new()
            }
        }
    }

    pub(crate) fn string(&self, field: Option<&Field<'_>>) -> Str {
        match field.map(|field| field.value) {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) => Str::default(),
            Some(_) => {
                self.wrong_type(field.expect("it has a value"), "string");
                Str::default()
            }
        }
    }

    pub(crate) fn bool(&self, field: Option<&Field<'_>>) -> bool {
        match field.map(|field| field.value) {
            Some(Value::Bool(value)) => *value,
            None | Some(Value::Null) => false,
            Some(_) => {
                self.wrong_type(field.expect("it has a value"), "bool");
                false
            }
        }
    }

    pub(crate) fn integer(&self, field: Option<&Field<'_>>) -> i64 {
        match field.map(|field| (field, field.value)) {
            None | Some((_, Value::Null)) => 0,
            Some((field, value)) => value.as_i64().unwrap_or_else(|| {
                self.wrong_type(field, "int64");
                0
            }),
        }
    }

    /// A map of strings, sorted by key.
    pub(crate) fn strings(&self, field: Option<&Field<'_>>) -> Vec<(Str, Str)> {
        let Some(field) = field else { return Vec::new() };
        let pairs = self.map(field).into_iter().flat_map(Map::iter);
        let mut pairs: Vec<(Str, Str)> = pairs
            .map(|(key, value)| {
                let path = field.path.child(key.clone());
                (key.clone(), self.string(Some(&Field { value, path })))
            })
            .collect();
        pairs.sort();
        pairs
    }
}

/// The known field that was probably meant.
fn hint_for(key: &str, known: &[&'static str]) -> String {
    let singular = key.trim_end_matches('s');
    match known.iter().find(|name| name.trim_end_matches('s').eq_ignore_ascii_case(singular)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "kustomize knows no such field; remove it or correct its name".to_owned(),
    }
}
