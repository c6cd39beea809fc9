//! A document that is a Kubernetes object.

use crate::{GroupVersion, GroupVersionKind, Map, ObjectId, Str, Value};

/// A map with `apiVersion`, `kind` and `metadata`, seen as an object. Nothing is checked: accessors of
/// what is missing give nothing or the empty string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object(pub Map);

impl Object {
    /// The object in `value`, when it is a map.
    pub fn from_value(value: Value) -> Option<Self> {
        if let Value::Object(map) = value { Some(Self(map)) } else { None }
    }

    /// The document.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// The value at a path of map keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        self.0.get(first)?.at(rest)
    }

    /// The string at a path of map keys.
    pub fn str_at(&self, keys: &[&str]) -> Option<&str> {
        self.at(keys)?.as_str()
    }

    /// `apiVersion`, or empty.
    pub fn api_version(&self) -> &str {
        self.0.str("apiVersion").unwrap_or_default()
    }

    /// `kind`, or empty.
    pub fn kind(&self) -> &str {
        self.0.str("kind").unwrap_or_default()
    }

    /// Its kind.
    pub fn gvk(&self) -> GroupVersionKind {
        GroupVersionKind::from_api_version(self.api_version(), self.kind())
    }

    /// Its name among all objects.
    pub fn id(&self) -> ObjectId {
        ObjectId {
            group: GroupVersion::parse(self.api_version()).group,
            kind: self.kind().into(),
            namespace: self.namespace().into(),
            name: self.name().into(),
        }
    }

    /// `metadata`, if it is a map.
    pub fn metadata(&self) -> Option<&Map> {
        self.0.get("metadata")?.as_object()
    }

    /// `metadata`, made if missing.
    pub fn metadata_mut(&mut self) -> &mut Map {
        self.0.object_mut("metadata")
    }

    fn meta_str(&self, key: &str) -> &str {
        self.metadata().and_then(|metadata| metadata.str(key)).unwrap_or_default()
    }

    /// `metadata.name`, or empty.
    pub fn name(&self) -> &str {
        self.meta_str("name")
    }

    /// `metadata.namespace`, or empty.
    pub fn namespace(&self) -> &str {
        self.meta_str("namespace")
    }

    /// `metadata.uid`, or empty.
    pub fn uid(&self) -> &str {
        self.meta_str("uid")
    }

    /// `metadata.generation`, or 0.
    pub fn generation(&self) -> i64 {
        self.at(&["metadata", "generation"]).and_then(Value::as_i64).unwrap_or_default()
    }

    /// Sets a string of `metadata`; the empty string takes it out.
    pub fn set_meta(&mut self, key: &str, value: &str) {
        if value.is_empty() {
            self.metadata_mut().remove(key);
        } else {
            self.metadata_mut().insert(key, value);
        }
    }

    /// `metadata.labels`.
    pub fn labels(&self) -> impl Iterator<Item = (&Str, &str)> + use<'_> {
        self.strings("labels")
    }

    /// `metadata.annotations`.
    pub fn annotations(&self) -> impl Iterator<Item = (&Str, &str)> + use<'_> {
        self.strings("annotations")
    }

    /// One label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.metadata()?.get("labels")?.get(key)?.as_str()
    }

    /// One annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata()?.get("annotations")?.get(key)?.as_str()
    }

    fn strings(&self, key: &str) -> impl Iterator<Item = (&Str, &str)> + use<'_> {
        let map = self.metadata().and_then(|metadata| metadata.get(key)).and_then(Value::as_object);
        map.into_iter().flat_map(Map::iter).filter_map(|(key, value)| Some((key, value.as_str()?)))
    }
}
