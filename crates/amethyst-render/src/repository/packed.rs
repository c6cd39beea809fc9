//! Objects of a render, kept as bytes: a tree of values is twelve times its text.

use std::sync::{Arc, OnceLock};

use amethyst_kustomize::Origin;
use amethyst_object::{Object, ObjectId, Str, Value, json};
use bytes::Bytes;

use super::UnitKind;
use super::stored::{Reader, Stored, Writer};

/// An object that came out of a render, and where it came from.
#[derive(Clone, Debug)]
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
    /// What a CustomResourceDefinition defines.
    pub(crate) defines: Option<Arc<Defined>>,
    /// Canonical JSON.
    json: Bytes,
    /// The object, once somebody wants to keep it.
    kept: OnceLock<Arc<Object>>,
}

impl Packed {
    /// Packs an object.
    pub fn new(object: Object, origin: Origin) -> Self {
        let (id, api_version) = (object.id(), Str::from(object.api_version()));
        let defines = Defined::by(&object).map(Arc::new);
        let kept = OnceLock::new();
        if UnitKind::of(&id.group, &id.kind).is_some() {
            // The next step of the same render reads it.
            let _ = kept.set(Arc::new(object.clone()));
        }
        let json = json::to_vec(&object.into_value()).into();
        Self { id, api_version, origin, template: None, is_hook: false, defines, json, kept }
    }

    /// The object.
    pub fn object(&self) -> Object {
        // It was written by `new`, so it reads.
        let parsed = json::parse(&self.json);
        parsed.ok().and_then(Object::from_value).unwrap_or_default()
    }

    /// The object, kept from now on: for what is looked at in every render.
    pub(crate) fn keep(&self) -> Arc<Object> {
        Arc::clone(self.kept.get_or_init(|| Arc::new(self.object())))
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

impl Stored for Packed {
    fn write(&self, out: &mut Writer) -> bool {
        for text in [&self.id.group, &self.id.kind, &self.id.namespace, &self.id.name, &self.api_version] {
            out.text(text);
        }
        out.origin(&self.origin);
        out.maybe(self.template.as_deref());
        out.bool(self.is_hook);
        out.bool(self.defines.is_some());
        let is_kept = self.defines.as_ref().is_none_or(|defines| defines.write(out));
        out.shared(&self.json);
        is_kept
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        let id = ObjectId {
            group: reader.text()?,
            kind: reader.text()?,
            namespace: reader.text()?,
            name: reader.text()?,
        };
        let api_version = reader.text()?;
        let origin = reader.origin()?;
        let template = reader.maybe()?.map(Arc::from);
        let is_hook = reader.bool()?;
        let defines = if reader.bool()? { Some(Arc::new(Defined::read(reader)?)) } else { None };
        let json = reader.bytes()?;
        let packed =
            Self { id, api_version, origin, template, is_hook, defines, json, kept: OnceLock::new() };
        if UnitKind::of(&packed.id.group, &packed.id.kind).is_some() {
            // Here others read at the same time.
            packed.keep();
        }
        Some(packed)
    }
}

/// What a CustomResourceDefinition defines, as far as others need to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Defined {
    pub(crate) group: Str,
    pub(crate) kind: Str,
    pub(crate) is_namespaced: bool,
    /// The versions that are served.
    pub(crate) versions: Vec<Str>,
}

impl Stored for Defined {
    fn write(&self, out: &mut Writer) -> bool {
        out.text(&self.group);
        out.text(&self.kind);
        out.bool(self.is_namespaced);
        out.list(&self.versions, |out, version| out.text(version));
        true
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        Some(Self {
            group: reader.text()?,
            kind: reader.text()?,
            is_namespaced: reader.bool()?,
            versions: reader.list(Reader::text)?,
        })
    }
}

impl Defined {
    /// What `object` defines; `None` for other kinds.
    pub(crate) fn by(object: &Object) -> Option<Self> {
        if object.kind() != "CustomResourceDefinition" {
            return None;
        }
        let text = |keys: &[&str]| object.str_at(keys).unwrap_or_default();
        let (group, kind) = (text(&["spec", "group"]), text(&["spec", "names", "kind"]));
        let versions = object.at(&["spec", "versions"]).and_then(Value::as_array).unwrap_or_default();
        let served = versions.iter().filter(|one| one.get("served").and_then(Value::as_bool) == Some(true));
        Some(Self {
            group: group.into(),
            kind: kind.into(),
            is_namespaced: text(&["spec", "scope"]) == "Namespaced",
            versions: served.filter_map(|version| Some(version.str_at(&["name"])?.into())).collect(),
        })
        .filter(|defined| !defined.group.is_empty() && !defined.kind.is_empty())
    }
}
