//! What is served: one row per resource, built-in kinds and custom resources alike.
//!
//! A [`Catalog`] is immutable; a write to a CustomResourceDefinition publishes a new one (pointer swap).
//! Discovery, OpenAPI, routing and the registry all read the same rows.

mod build;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use amethyst_cel::rules::Rules;
use amethyst_kinds::Kind;
use amethyst_object::{GroupVersionKind, GroupVersionResource, Str};
use amethyst_schema::{NodeId, SchemaRef, Schemas};
use amethyst_store::Revision;
use bytes::Bytes;

use crate::strategy::custom;

pub(crate) use build::{DEFINITIONS, Publisher};

/// A subresource that a resource serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subresource {
    /// `status`, `scale`, `eviction`, `token`, ...
    pub name: Str,
    /// The kind of its body.
    pub kind: GroupVersionKind,
    /// What can be done: `get`, `patch`, `update`, `create`.
    pub verbs: Vec<&'static str>,
}

/// Where a resource's rows come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A built-in kind.
    BuiltIn(&'static Kind),
    /// A version of a CustomResourceDefinition.
    Custom(Arc<CustomVersion>),
}

/// What a CustomResourceDefinition says about one of its versions.
#[derive(Clone, Debug, Default)]
pub struct CustomVersion {
    /// The definition's name: `certificates.cert-manager.io`.
    pub definition: Str,
    /// The schema as it was written, for OpenAPI; canonical JSON, shared with the definition's own bytes.
    pub open_api: Bytes,
    /// Objects written before this revision may want what the schema defaults and prunes now.
    pub since: Revision,
    /// `additionalPrinterColumns`: name, type, format, priority, JSON path.
    pub columns: Vec<CustomColumn>,
    /// `subresources.scale`: the three JSON paths.
    pub scale: Option<ScalePaths>,
    /// `selectableFields`' JSON paths.
    pub selectable: Vec<Str>,
    /// Whether objects of other versions come about by a webhook, which this version does not call.
    pub converted_by_webhook: bool,
    /// `deprecated`, with the warning that goes out on each use.
    pub deprecation: Option<Str>,
    /// Compiled when it is first needed.
    pub(crate) compiled: OnceLock<CompiledVersion>,
    /// Its rules in CEL, compiled by the first write.
    pub(crate) rules: OnceLock<Rules>,
}

/// The compiled schema of a version.
#[derive(Clone, Debug, Default)]
pub(crate) struct CompiledVersion {
    pub(crate) schemas: Schemas,
    /// The root; `None` preserves everything.
    pub(crate) root: Option<NodeId>,
    /// The root with a typed `metadata`, by which objects merge.
    pub(crate) merging: Option<NodeId>,
}

impl CustomVersion {
    /// The schema of its objects; `None` preserves everything.
    pub fn schema(&self) -> Option<SchemaRef<'_>> {
        let compiled = self.compiled();
        compiled.root.map(|root| compiled.schemas.at(root))
    }

    /// The schema by which objects merge: with a typed `metadata`.
    pub fn merging(&self) -> Option<SchemaRef<'_>> {
        let compiled = self.compiled();
        compiled.merging.map(|root| compiled.schemas.at(root))
    }

    /// The rules in CEL of its objects.
    pub(crate) fn rules(&self) -> &Rules {
        self.rules.get_or_init(|| self.schema().map(Rules::compile).unwrap_or_default())
    }

    fn compiled(&self) -> &CompiledVersion {
        self.compiled.get_or_init(|| custom::compile(&self.open_api))
    }
}

/// A printer column of a custom resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are upstream's own")]
pub struct CustomColumn {
    pub name: Str,
    pub ty: Str,
    pub format: Str,
    pub description: Str,
    pub priority: i32,
    pub json_path: Str,
}

/// Where a custom resource keeps what `scale` shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are upstream's own")]
pub struct ScalePaths {
    pub spec_replicas: Str,
    pub status_replicas: Str,
    pub label_selector: Option<Str>,
}

/// One served resource in one version.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Group, version and plural.
    pub gvr: GroupVersionResource,
    /// Its kind.
    pub kind: Str,
    /// The kind of its lists.
    pub list_kind: Str,
    /// `pod` of `pods`.
    pub singular: Str,
    /// `po`.
    pub short_names: Vec<Str>,
    /// `all`.
    pub categories: Vec<Str>,
    /// Whether objects live in namespaces.
    pub namespaced: bool,
    /// What can be done, sorted as discovery prints it.
    pub verbs: Vec<&'static str>,
    /// Its subresources.
    pub subresources: Vec<Subresource>,
    /// The `apiVersion` under which objects are stored; versions that share it share objects.
    pub storage: StorageKey,
    /// Whether `status` is a subresource: then the main resource cannot write it.
    pub has_status: bool,
    /// Where the row comes from.
    pub source: Source,
}

/// The prefix of a resource's keys in the store: `<group>/<plural>/`, of the storage group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorageKey {
    /// The group that objects are stored under (`""` for events of both groups).
    pub group: Str,
    /// The plural.
    pub plural: Str,
    /// The version that objects are stored in.
    pub version: Str,
}

impl Resource {
    /// The kind in this version.
    pub fn gvk(&self) -> GroupVersionKind {
        GroupVersionKind::new(self.gvr.group.clone(), self.gvr.version.clone(), self.kind.clone())
    }

    /// The schema of its objects, if one is known.
    pub fn schema(&self) -> Option<SchemaRef<'_>> {
        match &self.source {
            Source::BuiltIn(kind) => Some(kind.schema()),
            Source::Custom(version) => version.schema(),
        }
    }

    /// The subresource `name`.
    pub fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|subresource| subresource.name == name)
    }

    /// Whether it is a custom resource.
    pub fn is_custom(&self) -> bool {
        matches!(self.source, Source::Custom(_))
    }
}

impl StorageKey {
    /// The prefix of all keys: `/registry/<group>/<plural>/`.
    pub fn prefix(&self) -> String {
        format!("{}/{}/", self.group, self.plural)
    }

    /// The key of one object; `namespace` is empty for cluster-scoped ones.
    pub fn key(&self, namespace: &str, name: &str) -> String {
        format!("{}/{}/{namespace}/{name}", self.group, self.plural)
    }

    /// The prefix of the keys of one namespace.
    pub fn namespace_prefix(&self, namespace: &str) -> String {
        format!("{}/{}/{namespace}/", self.group, self.plural)
    }
}

/// A group as discovery lists it.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Its name.
    pub name: Str,
    /// Its versions, preferred first.
    pub versions: Vec<Str>,
}

/// All that is served, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Counts publications; discovery's ETag and OpenAPI's hashes follow it.
    pub generation: u64,
    /// The groups in the order of discovery, the core group (`""`) first.
    pub groups: Vec<Group>,
    rows: BTreeMap<(Str, Str), Vec<Arc<Resource>>>,
    by_resource: HashMap<GroupVersionResource, Arc<Resource>>,
    by_kind: HashMap<GroupVersionKind, Arc<Resource>>,
    /// What is served more than once, by what it is stored under.
    equivalents: HashMap<(Str, Str), Vec<Arc<Resource>>>,
}

impl Catalog {
    /// A catalog of `groups` (in the order of discovery) with their rows.
    pub fn new(
        generation: u64,
        groups: Vec<Group>,
        resources: impl IntoIterator<Item = Arc<Resource>>,
    ) -> Self {
        let mut catalog = Self { generation, groups, ..Self::default() };
        for resource in resources {
            let group_version = (resource.gvr.group.clone(), resource.gvr.version.clone());
            catalog.rows.entry(group_version).or_default().push(Arc::clone(&resource));
            catalog.by_resource.insert(resource.gvr.clone(), Arc::clone(&resource));
            let stored = (resource.storage.group.clone(), resource.storage.plural.clone());
            catalog.equivalents.entry(stored).or_default().push(Arc::clone(&resource));
            catalog.by_kind.insert(resource.gvk(), resource);
        }
        catalog.equivalents.retain(|_, rows| rows.len() > 1);
        catalog
    }

    /// The resource `group/version/plural`.
    pub fn resource(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        let gvr =
            GroupVersionResource { group: group.into(), version: version.into(), resource: plural.into() };
        self.by_resource.get(&gvr)
    }

    /// The resource of a kind.
    pub fn kind(&self, gvk: &GroupVersionKind) -> Option<&Arc<Resource>> {
        self.by_kind.get(gvk)
    }

    /// The same objects in other versions and groups; the resource itself may be among them.
    pub(crate) fn equivalents(&self, resource: &Resource) -> &[Arc<Resource>] {
        let stored = (resource.storage.group.clone(), resource.storage.plural.clone());
        self.equivalents.get(&stored).map_or(&[], Vec::as_slice)
    }

    /// The rows of one group and version, in the order of discovery.
    pub fn rows(&self, group: &str, version: &str) -> &[Arc<Resource>] {
        self.rows.get(&(group.into(), version.into())).map_or(&[], Vec::as_slice)
    }

    /// The group `name`.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// All rows.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.rows.values().flatten()
    }
}
