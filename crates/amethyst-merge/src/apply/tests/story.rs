//! A live object and the writes it goes through.

use amethyst_object::{Value, json};
use amethyst_schema::Schemas;

use crate::{
    ApplyError, ApplyRequest, FieldSet, Managed, UpdateRequest, apply,
    testing::{parse, schema},
    update,
};

/// The schema of the stories' kind.
const KIND: &str = r#"{"type":"object","properties":{
    "apiVersion":{"type":"string"},"kind":{"type":"string"},
    "metadata":{"type":"object","properties":{
        "name":{"type":"string"},"namespace":{"type":"string"},"uid":{"type":"string"},
        "annotations":{"type":"object","additionalProperties":{"type":"string"}},
        "labels":{"type":"object","additionalProperties":{"type":"string"}},
        "finalizers":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"set"}}},
    "numeric":{"type":"integer"},"string":{"type":"string"},"bool":{"type":"boolean"},
    "struct":{"type":"object","properties":{"numeric":{"type":"integer"},"string":{"type":"string"}}},
    "map":{"type":"object","additionalProperties":{"type":"string"}},
    "mapOfMaps":{"type":"object","additionalProperties":{"type":"object","additionalProperties":{"type":"string"}}},
    "atomicMap":{"type":"object","additionalProperties":{"type":"string"},"x-kubernetes-map-type":"atomic"},
    "set":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"set"},
    "atomicList":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"atomic"},
    "any":{},
    "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
    "list":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],
        "items":{"type":"object","properties":{"name":{"type":"string"},"value":{"type":"integer"},"other":{"type":"string"}}}},
    "ports":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["port","protocol"],
        "items":{"type":"object","properties":{"port":{"type":"integer"},"protocol":{"type":"string","default":"TCP"},"name":{"type":"string"}}}},
    "status":{"type":"object","properties":{"phase":{"type":"string"}}}
}}"#;

pub(super) struct Story {
    kind: Schemas,
    deduced: bool,
    reset_fields: FieldSet,
    pub(super) live: Option<Value>,
    pub(super) managed: Managed,
    step: u32,
}

impl Story {
    pub(super) fn new() -> Self {
        Self {
            kind: schema(KIND),
            deduced: false,
            reset_fields: FieldSet::default(),
            live: None,
            managed: Managed::default(),
            step: 0,
        }
    }

    /// The same without a schema.
    pub(super) fn deduced() -> Self {
        Self { deduced: true, ..Self::new() }
    }

    /// Requests cannot change these fields from now on.
    pub(super) fn reset(mut self, fields: &[&[&str]]) -> Self {
        self.reset_fields = FieldSet::of(fields);
        self
    }

    /// From now on another schema is in force.
    pub(super) fn migrate(mut self, kind: &str) -> Self {
        self.kind = schema(kind);
        self
    }

    fn object(fields: &str) -> Value {
        let mut object = parse(fields);
        let map = object.as_object_mut().unwrap();
        map.insert("apiVersion", "example.com/v1");
        map.insert("kind", "Test");
        map.object_mut("metadata").insert("name", "n");
        map.object_mut("metadata").insert("namespace", "ns");
        object
    }

    pub(super) fn time(step: u32) -> String {
        format!("2020-01-01T00:00:{step:02}Z")
    }

    pub(super) fn try_apply(&mut self, manager: &str, fields: &str, force: bool) -> Result<bool, ApplyError> {
        self.step += 1;
        let applied = apply(&ApplyRequest {
            live: self.live.as_ref(),
            empty: None,
            applied: &Self::object(fields),
            managed: &self.managed,
            manager,
            subresource: "",
            api_version: "example.com/v1",
            force,
            now: &Self::time(self.step),
            schema: if self.deduced { None } else { self.kind.named("root") },
            reset_fields: &self.reset_fields,
        })?;
        self.managed = applied.managed;
        self.keep(applied.object);
        Ok(applied.changed)
    }

    pub(super) fn apply(mut self, manager: &str, fields: &str) -> Self {
        self.try_apply(manager, fields, false).unwrap_or_else(|error| panic!("{manager} {fields}: {error}"));
        self
    }

    pub(super) fn force(mut self, manager: &str, fields: &str) -> Self {
        self.try_apply(manager, fields, true).unwrap_or_else(|error| panic!("{manager} {fields}: {error}"));
        self
    }

    /// The apply fails with this text and changes nothing.
    pub(super) fn fails(mut self, manager: &str, fields: &str, expect: &str) -> Self {
        let before = (self.live.clone(), self.managed.clone());
        let error = self.try_apply(manager, fields, false).unwrap_err();
        assert_eq!(error.to_string(), expect);
        assert_eq!((self.live.clone(), self.managed.clone()), before);
        self
    }

    pub(super) fn update(mut self, manager: &str, fields: &str) -> Self {
        self.step += 1;
        let mut new = Self::object(fields);
        if self.live.is_some() {
            new.as_object_mut().unwrap().object_mut("metadata").insert("uid", "u");
        }
        self.managed = update(&UpdateRequest {
            live: self.live.as_ref(),
            new: &new,
            managed: &self.managed,
            manager,
            subresource: "",
            api_version: "example.com/v1",
            now: &Self::time(self.step),
            schema: if self.deduced { None } else { self.kind.named("root") },
            reset_fields: &self.reset_fields,
        })
        .unwrap();
        self.keep(new);
        self
    }

    fn keep(&mut self, mut object: Value) {
        object.as_object_mut().unwrap().object_mut("metadata").insert("uid", "u");
        self.live = Some(object);
    }

    /// Forgets the owners, as for an object of before there were any.
    pub(super) fn forget(mut self) -> Self {
        self.managed = Managed::default();
        self
    }

    /// The object's fields, but for what every object has, are these.
    pub(super) fn is(self, fields: &str) -> Self {
        let mut live = self.live.clone().unwrap();
        let map = live.as_object_mut().unwrap();
        map.retain(|key, _| !matches!(key, "apiVersion" | "kind"));
        let metadata = map.object_mut("metadata");
        metadata.retain(|key, _| !matches!(key, "name" | "namespace" | "uid"));
        if metadata.is_empty() {
            map.remove("metadata");
        }
        assert_eq!(json::to_string(&live), json::to_string(&parse(fields)));
        self
    }

    /// A manager owns these fields; `{}` is nothing.
    pub(super) fn owns(self, manager: &str, fields: &str) -> Self {
        let found = self.managed.entries().iter().find(|entry| entry.manager == manager);
        let found = found.map_or_else(FieldSet::default, |entry| entry.fields.clone());
        assert_eq!(format!("{found:?}"), json::to_string_in_order(&parse(fields)), "{manager}");
        self
    }

    /// When a manager last changed anything.
    pub(super) fn since(self, manager: &str, step: Option<u32>) -> Self {
        let found = self.managed.entries().iter().find(|entry| entry.manager == manager).unwrap();
        assert_eq!(found.time, step.map(Self::time), "{manager}");
        self
    }
}
