//! A view of objects that are at hand, which answers as an API server and Helm's client together do.

use std::collections::BTreeMap;

use amethyst_object::{Map, Object, Str, Value as Document};

use super::Lookup;
use crate::render::quote;

/// A kind that a cluster serves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServedKind {
    /// `apps/v1`.
    pub api_version: Str,
    /// `Deployment`.
    pub kind: Str,
    /// Whether its objects lie in namespaces.
    pub is_namespaced: bool,
}

/// Objects that `lookup` finds, of kinds that are served.
#[derive(Clone, Debug, Default)]
pub struct ObjectView {
    /// Whether a kind is namespaced, by API version and kind.
    kinds: BTreeMap<Str, BTreeMap<Str, bool>>,
    /// Objects by API version and kind, then by namespace and name, which is the order of lists.
    objects: BTreeMap<(Str, Str), BTreeMap<(Str, Str), Document>>,
    resource_version: Str,
}

impl ObjectView {
    /// A view of `objects`; one whose kind is not served is not found. `resource_version` is that of lists.
    pub fn new(
        kinds: impl IntoIterator<Item = ServedKind>,
        objects: impl IntoIterator<Item = Object>,
        resource_version: impl Into<Str>,
    ) -> Self {
        let mut view = Self { resource_version: resource_version.into(), ..Self::default() };
        for served in kinds {
            view.kinds.entry(served.api_version).or_default().insert(served.kind, served.is_namespaced);
        }
        for object in objects {
            let kind = (Str::from(object.api_version()), Str::from(object.kind()));
            let Some(is_namespaced) = view.is_namespaced(&kind.0, &kind.1) else { continue };
            let namespace = Str::from(if is_namespaced { object.namespace() } else { "" });
            let place = (namespace, Str::from(object.name()));
            view.objects.entry(kind).or_default().insert(place, Document::Object(object.0));
        }
        view
    }

    fn is_namespaced(&self, api_version: &str, kind: &str) -> Option<bool> {
        self.kinds.get(api_version)?.get(kind).copied()
    }

    fn list(&self, kind: &(Str, Str), namespace: &str) -> Document {
        let all = self.objects.get(kind);
        let is_there =
            |((place, _), _): &(&(Str, Str), &Document)| namespace.is_empty() || *place == *namespace;
        let items = all.into_iter().flatten().filter(is_there).map(|(_, object)| object.clone()).collect();
        let mut metadata = Map::new();
        metadata.insert("resourceVersion", self.resource_version.clone());
        let mut list = Map::new();
        list.insert("apiVersion", kind.0.clone());
        list.insert("items", Document::Array(items));
        list.insert("kind", format!("{}List", kind.1));
        list.insert("metadata", Document::Object(metadata));
        list.into()
    }
}

impl Lookup for ObjectView {
    /// Helm asks which kinds the group's version serves, which fails for one that is not served; a kind that
    /// is not among them is asked for all the same, and not found.
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Document, String> {
        let (group, version) = group_version(api_version);
        let refused = |reason: &str| {
            Err(format!(
                "unable to get apiresource from unstructured: {group}/{version}, Kind={kind}: {reason}"
            ))
        };
        if version.is_empty() {
            return refused("groupVersion shouldn't be empty");
        }
        let Some(kinds) = self.kinds.get(api_version) else {
            return refused("the server could not find the requested resource");
        };
        let Some(is_namespaced) = kinds.get(kind) else { return Ok(Document::object()) };
        let namespace = if *is_namespaced { namespace } else { "" };
        for (what, text) in [("namespace", namespace), ("resource name", name)] {
            if let Some(reason) = no_path_segment(text) {
                return Err(format!("invalid {what} {}: [{reason}]", quote(text)));
            }
        }
        let kind = (Str::from(api_version), Str::from(kind));
        if name.is_empty() {
            return Ok(self.list(&kind, namespace));
        }
        let found = self.objects.get(&kind).and_then(|all| all.get(&(namespace.into(), name.into())));
        Ok(found.cloned().unwrap_or_else(Document::object))
    }
}

/// Go's `FromAPIVersionAndKind`: what has two slashes is nothing.
fn group_version(api_version: &str) -> (&str, &str) {
    match api_version.split_once('/') {
        None => ("", api_version),
        Some((_, version)) if version.contains('/') => ("", ""),
        Some((group, version)) => (group, version),
    }
}

/// Why a text cannot stand in a request's path, as Kubernetes' clients have it.
fn no_path_segment(text: &str) -> Option<String> {
    if matches!(text, "." | "..") {
        return Some(format!("may not be '{text}'"));
    }
    let found = ['/', '%'].into_iter().filter(|character| text.contains(*character));
    let reasons: Vec<String> = found.map(|character| format!("may not contain '{character}'")).collect();
    (!reasons.is_empty()).then(|| reasons.join(" "))
}
