//! Objects of a render, kept as bytes: a tree of values is twelve times its text.

use std::sync::Arc;

use amethyst_kustomize::Origin;
use amethyst_object::{Object, ObjectId, Str, json};

/// An object that came out of a render, and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Packed {
    /// Its name among all objects.
    pub id: ObjectId,
    /// `apiVersion`.
    pub api_version: Str,
    /// The file, document and line that declare it; of a chart's object, those of its HelmRelease.
    pub origin: Origin,
    /// The template of the chart that made it: `app-template/templates/common.yaml`.
    pub template: Option<Arc<str>>,
    /// Whether it is a hook, which Helm runs beside the release and does not keep as a part of it.
    pub is_hook: bool,
    /// Canonical JSON.
    json: Arc<[u8]>,
}

impl Packed {
    /// Packs an object.
    pub fn new(object: Object, origin: Origin) -> Self {
        let (id, api_version) = (object.id(), Str::from(object.api_version()));
        let json = json::to_vec(&object.into_value()).into();
        Self { id, api_version, origin, template: None, is_hook: false, json }
    }

    /// The object.
    pub fn object(&self) -> Object {
        // It was written by `new`, so it reads.
        let parsed = json::parse(&self.json);
        parsed.ok().and_then(Object::from_value).unwrap_or_default()
    }

    /// The object as canonical JSON.
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        self.json.len()
    }

    /// Whether it is of this group and kind.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.id.kind == kind && self.id.group == group
    }
}
