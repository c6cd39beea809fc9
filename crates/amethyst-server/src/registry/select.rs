//! What a list or a watch selects: label selectors on the index, field selectors on the bytes.

use amethyst_kinds::SelectedField;
use amethyst_object::{LabelSelector, Str};

use super::scan;
use crate::catalog::{Resource, Source};
use crate::record::Entry;
use crate::request::{ListOptions, terms};
use crate::status::Status;

/// A parsed selection of one resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    labels: LabelSelector,
    fields: Vec<Term>,
    /// `metadata.name=x`: one key instead of a range.
    pub(crate) name: Option<Str>,
    /// `metadata.namespace=x`, on a list of all namespaces.
    pub(crate) namespace: Option<Str>,
}

#[derive(Clone, Debug)]
struct Term {
    paths: Vec<Vec<Str>>,
    missing: &'static str,
    value: Str,
    negated: bool,
}

impl Selection {
    pub(crate) fn parse(resource: &Resource, options: &ListOptions) -> Result<Self, Status> {
        let labels = LabelSelector::parse(&options.label_selector)
            .map_err(|error| Status::bad_request(format!("unable to parse requirement: {}", error.0)))?;
        let mut selection = Self { labels, ..Self::default() };
        for (key, value, negated) in terms(&options.field_selector)? {
            let (paths, missing) = field_of(resource, &key)?;
            match (key.as_str(), negated) {
                ("metadata.name", false) => selection.name = Some(value.clone()),
                ("metadata.namespace", false) => selection.namespace = Some(value.clone()),
                _ => {}
            }
            selection.fields.push(Term { paths, missing, value, negated });
        }
        Ok(selection)
    }

    /// Whether everything is selected.
    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_everything() && self.fields.is_empty()
    }

    pub(crate) fn matches(&self, entry: &Entry) -> bool {
        self.labels.matches(|key| entry.index.label(key))
            && self.fields.iter().all(|term| term.matches(&entry.body))
    }
}

impl Term {
    fn matches(&self, body: &[u8]) -> bool {
        let found = self.paths.iter().find_map(|path| {
            let path: Vec<&str> = path.iter().map(Str::as_str).collect();
            scalar(body, &path)
        });
        (found.as_deref().unwrap_or(self.missing) == self.value.as_str()) != self.negated
    }
}

/// A value as field selectors compare it: strings as they are, other scalars as written.
fn scalar(body: &[u8], path: &[&str]) -> Option<String> {
    match scan::find(body, path)? {
        [b'"', ..] => scan::text(body, path).filter(|text| !text.is_empty()),
        [b'{' | b'[' | b'n', ..] => None,
        raw => Some(String::from_utf8_lossy(raw).into_owned()),
    }
}

type Paths = Vec<Vec<Str>>;

/// Where a field label leads, and what it is when nothing is there.
fn field_of(resource: &Resource, label: &str) -> Result<(Paths, &'static str), Status> {
    match &resource.source {
        Source::BuiltIn(kind) => {
            let Some(selector) = kind.field_selectors.iter().find(|selector| selector.name == label) else {
                return Err(Status::bad_request(amethyst_kinds::unknown_field_label(kind, label)));
            };
            Ok(match &selector.selects {
                SelectedField::At(paths, missing) => {
                    let own = |path: &&[&str]| path.iter().map(|key| Str::from(*key)).collect();
                    (paths.iter().map(own).collect(), missing)
                }
                SelectedField::Empty => (Vec::new(), ""),
            })
        }
        Source::Custom(version) => {
            let mut known = version.selectable.iter().map(|path| path.trim_start_matches('.'));
            if !matches!(label, "metadata.name" | "metadata.namespace") && !known.any(|path| path == label) {
                return Err(Status::bad_request(format!("field label not supported: {label}")));
            }
            Ok((vec![label.split('.').map(Str::from).collect()], ""))
        }
    }
}
