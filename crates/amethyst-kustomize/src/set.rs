//! Resources being worked on, and the ordered set of them.

use std::collections::HashSet;
use std::sync::Arc;

use amethyst_object::{Map, Str, Value};

use crate::Origin;
use crate::config::{self, Config};
use crate::id::{Gvk, Id, text};
use crate::provenance::{Notes, Step};
use crate::vars::Var;

/// How a generated resource meets one that is already there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Behavior {
    #[default]
    Unspecified,
    Create,
    Replace,
    Merge,
}

impl Behavior {
    fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Merge => "merge",
        }
    }
}

/// A resource being worked on. kustomize keeps the rest of this in annotations that it takes off at the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    pub(crate) object: Map,
    pub(crate) origin: Origin,
    /// Namespace, name and kind it had before, oldest first.
    previous: Vec<(Str, Str, Str)>,
    pub(crate) prefixes: Vec<Str>,
    pub(crate) suffixes: Vec<Str>,
    pub(crate) behavior: Behavior,
    pub(crate) needs_hash: bool,
    /// Helm's own objects keep their namespaces.
    pub(crate) by_helm: bool,
    /// Variables that take their value from it.
    pub(crate) variables: Vec<Str>,
    /// What `buildMetadata` may tell; kept only when it is asked for.
    pub(crate) notes: Option<Box<Notes>>,
}

impl Item {
    pub(crate) fn new(object: Map, origin: Origin) -> Self {
        Self { object, origin, ..Self::default() }
    }

    /// Notes what made or changed it: what makes it is its origin, all else changed it.
    pub(crate) fn note(&mut self, step: &Step) {
        let notes = self.notes.get_or_insert_default();
        match notes.origin {
            None => notes.origin = Some(step.clone()),
            Some(_) => notes.transformations.push(step.clone()),
        }
    }

    pub(crate) fn gvk(&self) -> Gvk {
        Gvk::of(&self.object)
    }

    pub(crate) fn id(&self) -> Id {
        Id::of(&self.object)
    }

    pub(crate) fn previous_ids(&self) -> impl Iterator<Item = Id> + '_ {
        let Gvk { group, version, .. } = self.gvk();
        self.previous.iter().map(move |(namespace, name, kind)| Id {
            gvk: Gvk { group: group.clone(), version: version.clone(), kind: kind.clone() },
            name: name.clone(),
            namespace: namespace.clone(),
            cluster_scoped: false,
        })
    }

    /// Who it was when it was read.
    pub(crate) fn original_id(&self) -> Id {
        self.previous_ids().next().unwrap_or_else(|| self.id())
    }

    pub(crate) fn any_id(&self, fits: impl Fn(&Id) -> bool) -> bool {
        !self.object.is_empty() && (self.previous_ids().any(|id| fits(&id)) || fits(&self.id()))
    }

    /// Remembers who it is before that changes.
    pub(crate) fn store_id(&mut self) {
        let id = self.id();
        self.previous.push((id.effective_namespace().into(), id.name, id.gvk.kind));
    }

    pub(crate) fn name(&self) -> Str {
        self.meta("name")
    }

    pub(crate) fn namespace(&self) -> Str {
        self.meta("namespace")
    }

    fn meta(&self, key: &str) -> Str {
        self.object.get("metadata").and_then(|meta| meta.get(key)).map(text).unwrap_or_default()
    }

    /// Sets a field of `metadata`; the empty string takes it out.
    pub(crate) fn set_meta(&mut self, key: &str, value: Str) {
        let metadata = self.object.object_mut("metadata");
        if value.is_empty() {
            metadata.remove(key);
        } else {
            metadata.insert(key, value);
        }
    }

    /// Labels or annotations, as strings.
    pub(crate) fn strings(&self, key: &str) -> Vec<(Str, Str)> {
        let map = self.object.get("metadata").and_then(|meta| meta.get(key)).and_then(Value::as_object);
        map.into_iter().flat_map(Map::iter).map(|(key, value)| (key.clone(), text(value))).collect()
    }

    /// Sets labels or annotations; none takes the field out.
    pub(crate) fn set_strings(&mut self, key: &str, pairs: Vec<(Str, Str)>) {
        let metadata = self.object.object_mut("metadata");
        if pairs.is_empty() {
            metadata.remove(key);
        } else {
            metadata.insert(key, pairs.into_iter().collect::<Map>());
        }
    }

    /// The object as users name it: `Kind/namespace/name`.
    pub(crate) fn label(&self) -> String {
        let (kind, namespace, name) = (self.gvk().kind, self.namespace(), self.name());
        if namespace.is_empty() { format!("{kind}/{name}") } else { format!("{kind}/{namespace}/{name}") }
    }

    /// kustomize's `CopyMergeMetaDataFieldsFrom`: takes name, namespace, history and what labels and
    /// annotations it lacks from `other`.
    pub(crate) fn take_metadata(&mut self, other: &Self) {
        for key in ["labels", "annotations"] {
            let mut merged = other.strings(key);
            for (name, value) in self.strings(key) {
                match merged.iter_mut().find(|(found, _)| *found == name) {
                    Some(pair) => pair.1 = value,
                    None => merged.push((name, value)),
                }
            }
            self.set_strings(key, merged);
        }
        self.set_meta("name", other.name());
        self.set_meta("namespace", other.namespace());
        self.previous.clone_from(&other.previous);
        self.prefixes.clone_from(&other.prefixes);
        self.suffixes.clone_from(&other.suffixes);
        self.behavior = other.behavior;
        self.needs_hash &= other.needs_hash;
        if let (Some(own), Some(other)) = (&mut self.notes, &other.notes) {
            own.transformations.clone_from(&other.transformations);
        }
    }

    fn merge_strings_from(&mut self, other: &Self, key: &str) {
        let mut merged = Map::new();
        for map in [&other.object, &self.object] {
            for (name, value) in map.get(key).and_then(Value::as_object).into_iter().flat_map(Map::iter) {
                merged.insert(name.clone(), text(value));
            }
        }
        if merged.is_empty() {
            self.object.remove(key);
        } else {
            self.object.insert(key, merged);
        }
    }
}

/// The ordered set of resources, with the fields that its kustomizations change and their variables.
#[derive(Clone, Debug)]
pub(crate) struct Set {
    pub(crate) items: Vec<Item>,
    pub(crate) config: Arc<Config>,
    /// Whether a kustomization has merged its table in; see [`config::begun`].
    pub(crate) config_begun: bool,
    pub(crate) vars: Vec<Var>,
    /// Who the resources are; right only while it counts as many.
    ids: HashSet<(Gvk, Str, Str)>,
}

impl Default for Set {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            config: config::default(),
            config_begun: false,
            vars: Vec::new(),
            ids: HashSet::new(),
        }
    }
}

impl Set {
    /// Adds a resource; nobody may already be who it is.
    pub(crate) fn append(&mut self, item: Item) -> Result<(), (String, Box<Item>)> {
        if self.ids.len() != self.items.len() {
            self.ids = self.items.iter().map(|item| item.id().key()).collect();
        }
        let id = item.id();
        if !self.ids.insert(id.clone().key()) {
            let text = format!("may not add resource with an already registered id: {id}");
            return Err((text, Box::new(item)));
        }
        self.items.push(item);
        Ok(())
    }

    /// Forgets who the resources are, after something has changed that.
    pub(crate) fn touch(&mut self) {
        self.ids.clear();
    }

    /// Adds a generated resource as its behavior says.
    pub(crate) fn absorb(&mut self, mut item: Item) -> Result<(), String> {
        let id = item.id();
        let matches: Vec<usize> =
            (0..self.items.len()).filter(|at| self.items[*at].any_id(|found| found.is(&id))).collect();
        match (matches.as_slice(), item.behavior) {
            ([], Behavior::Merge | Behavior::Replace) => {
                Err(format!("id {id} does not exist; cannot merge or replace"))
            }
            ([], _) => self.append(item).map_err(|(reason, _)| reason),
            ([at], Behavior::Replace) => {
                item.take_metadata(&self.items[*at]);
                self.items[*at] = item;
                self.touch();
                Ok(())
            }
            ([at], Behavior::Merge) => {
                let old = &self.items[*at];
                item.take_metadata(old);
                let mut with_data = old.clone();
                if item.gvk().kind == "Secret" {
                    encode_string_data(&mut with_data);
                }
                item.merge_strings_from(&with_data, "data");
                item.merge_strings_from(&with_data, "binaryData");
                item.origin = old.origin.clone();
                if let (Some(own), Some(old)) = (&mut item.notes, &old.notes) {
                    own.origin.clone_from(&old.origin);
                }
                self.items[*at] = item;
                self.touch();
                Ok(())
            }
            ([_], behavior) => Err(format!(
                "id {id} exists; can not use behavior: '{}', behavior must be merge or replace",
                behavior.name()
            )),
            _ => Err(format!("found multiple objects that could accept merge of {id}")),
        }
    }

    /// The one resource that is or was `id`.
    pub(crate) fn find(&self, id: &Id) -> Result<usize, String> {
        let mut matches = (0..self.items.len()).filter(|at| self.items[*at].any_id(|found| found.is(id)));
        match (matches.next(), matches.next()) {
            (Some(at), None) => Ok(at),
            (Some(_), Some(_)) => {
                Err(format!("multiple matches for Id {id}; failed to find unique target for patch {id}"))
            }
            (None, _) => Err(format!("no matches for Id {id}; failed to find unique target for patch {id}")),
        }
    }

    /// A resource that is who another one is already, after something has changed names.
    pub(crate) fn conflict(&self) -> Option<&Item> {
        let ids: Vec<Id> = self.items.iter().map(Item::id).collect();
        let is_twice = |at: &usize| ids[..*at].iter().any(|other| other.is(&ids[*at]));
        (1..ids.len()).filter(is_twice).map(|at| &self.items[at]).find(|item| !item.object.is_empty())
    }

    /// Leaves out what patches have deleted.
    pub(crate) fn drop_empty(&mut self) {
        self.touch();
        self.items.retain(|item| !item.object.is_empty());
    }
}

/// Moves `stringData` of a Secret into `data`, as the API server would.
fn encode_string_data(item: &mut Item) {
    let Some(Value::Object(strings)) = item.object.remove("stringData") else { return };
    let data = item.object.object_mut("data");
    for (key, value) in strings {
        data.insert(key, crate::generate::encode_base64(text(&value).as_bytes()));
    }
}
