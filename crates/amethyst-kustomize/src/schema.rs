//! Which lists merge by which keys: kustomize's own table, and schemas that a kustomization brings (`openapi`).

use std::collections::HashMap;
use std::sync::LazyLock;

use amethyst_object::{Map, Str, Value};

/// The schemas of one build.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    /// What `openapi` named; while there is one, kinds that it does not know have none.
    pub(crate) custom: Option<Custom>,
}

/// A schema document, as `openapi.path` names it.
#[derive(Debug, Default)]
pub(crate) struct Custom {
    definitions: Map,
    /// The definition of a kind, by `apiVersion kind`.
    kinds: HashMap<String, Str>,
    /// Whether a kind lies in namespaces, where its paths tell.
    pub(crate) namespaced: HashMap<String, bool>,
    /// Whether kustomize's own table holds beside it: it does when it was used before.
    own_too: bool,
}

/// What is known about a value.
#[derive(Clone, Copy)]
pub(crate) enum Node<'s> {
    /// Nothing.
    Unknown,
    /// A type of the table; `None` when no list below it merges.
    Own(Option<&'static Type>),
    /// A schema of a kustomization's own.
    Custom(&'s Custom, &'s Value),
}

impl Table {
    /// A type by the name of its definition.
    fn named(&self, name: &str) -> Option<&Type> {
        let name = name.strip_prefix("io.k8s.api.").unwrap_or(name);
        let name = name.replace("io.k8s.apimachinery.pkg.apis.", "");
        self.types.get(*self.names.get(name.as_str())?)
    }
}

/// A type of the table: its fields.
#[derive(Debug, Default)]
pub(crate) struct Type(HashMap<&'static str, Field>);

#[derive(Debug)]
struct Field {
    target: Option<usize>,
    keys: Option<Vec<Str>>,
}

struct Table {
    types: Vec<Type>,
    names: HashMap<&'static str, usize>,
    kinds: HashMap<&'static str, HashMap<&'static str, Option<usize>>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| read_table(include_str!("generated/merge_keys.txt")));

fn read_table(text: &'static str) -> Table {
    let lines = || text.lines().filter(|line| !line.starts_with('#'));
    let types = || lines().filter(|line| !line.starts_with('='));
    let places: HashMap<&str, usize> =
        types().enumerate().filter_map(|(at, line)| Some((line.split(' ').next()?, at))).collect();
    let field = |text: &'static str| {
        let (text, keys) = text.split_once('+').map_or((text, None), |(text, keys)| (text, Some(keys)));
        let (name, target) = text.split_once(':').unwrap_or((text, ""));
        let keys = keys.map(|keys| keys.split(',').map(Str::from).collect());
        (name, Field { target: places.get(target).copied(), keys })
    };
    let mut kinds: HashMap<&str, HashMap<&str, Option<usize>>> = HashMap::new();
    for line in lines().filter_map(|line| line.strip_prefix("= ")) {
        if let [version, kind, name] = line.split(' ').collect::<Vec<_>>()[..] {
            kinds.entry(version).or_default().insert(kind, places.get(name).copied());
        }
    }
    let types = types().map(|line| Type(line.split(' ').skip(1).map(field).collect())).collect();
    Table { types, names: places, kinds }
}

impl Schemas {
    /// What is known about an object, by its kind.
    pub(crate) fn of(&self, object: &Map) -> Node<'_> {
        let (version, kind) = (object.str("apiVersion"), object.str("kind"));
        let (Some(version), Some(kind)) = (version, kind) else { return Node::Unknown };
        if let Some(custom) = &self.custom {
            let name = custom.kinds.get(&format!("{version} {kind}"));
            if let Some(schema) = name.and_then(|name| custom.definitions.get(name)) {
                return Node::Custom(custom, schema);
            }
            if !custom.own_too {
                return Node::Unknown;
            }
        }
        match TABLE.kinds.get(version).and_then(|kinds| kinds.get(kind)) {
            Some(at) => Node::Own(at.and_then(|at| TABLE.types.get(at))),
            None => Node::Unknown,
        }
    }
}

impl Node<'_> {
    /// What is known about a field, and the keys of its list when that merges: none but the empty one for a
    /// list of scalars.
    pub(crate) fn field(self, key: &str) -> (Self, Option<Vec<Str>>) {
        match self {
            Self::Unknown => (Self::Unknown, None),
            Self::Own(own) => match own.and_then(|own| own.0.get(key)) {
                Some(field) => {
                    let target = field.target.and_then(|at| TABLE.types.get(at));
                    (Self::Own(target), field.keys.clone())
                }
                None => (Self::Own(None), None),
            },
            Self::Custom(custom, schema) => {
                let named = schema.get("properties").and_then(|properties| properties.get(key));
                let any = || schema.get("additionalProperties").filter(|any| any.as_object().is_some());
                let node = named.or_else(any).map_or(Self::Unknown, |schema| custom.resolved(schema));
                let keys = if let Self::Custom(_, schema) = node { merge_keys(schema) } else { None };
                (node, keys)
            }
        }
    }

    /// What is known about the elements of a list.
    pub(crate) fn items(self) -> Self {
        match self {
            Self::Custom(custom, schema) => {
                let is_list = schema.str_at(&["type"]) == Some("array");
                let items = schema.get("items").filter(|_| is_list);
                items.map_or(Self::Unknown, |items| custom.resolved(items))
            }
            other => other,
        }
    }
}

fn merge_keys(schema: &Value) -> Option<Vec<Str>> {
    let strategy = schema.str_at(&["x-kubernetes-patch-strategy"])?;
    if !strategy.split(',').any(|strategy| strategy == "merge") {
        return None;
    }
    let several = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
    Some(match several {
        Some(keys) if keys.iter().any(|key| key.as_str().is_some()) => {
            keys.iter().filter_map(Value::as_str).map(Str::from).collect()
        }
        _ => vec![schema.str_at(&["x-kubernetes-patch-merge-key"]).unwrap_or_default().into()],
    })
}

/// How many references may lead from one schema to another.
const REFERENCES_MAX: usize = 64;

impl Custom {
    /// Reads a schema document.
    pub(crate) fn new(document: &Value, own_too: bool) -> Self {
        let map = |key: &str| document.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
        let (definitions, mut kinds, mut namespaced) = (map("definitions"), HashMap::new(), HashMap::new());
        for (name, definition) in definitions.iter() {
            let found = definition.get(GVK).and_then(Value::as_array).unwrap_or_default();
            kinds.extend(found.iter().filter_map(kind_key).map(|key| (key, name.clone())));
        }
        for (path, item) in map("paths").iter() {
            let Some(key) = item.get("get").and_then(|get| get.get(GVK)).and_then(kind_key) else { continue };
            if path.contains("namespaces/{namespace}") {
                namespaced.insert(key, true);
            } else {
                namespaced.entry(key).or_insert(false);
            }
        }
        Self { definitions, kinds, namespaced, own_too }
    }

    /// Follows references, out of this document into kustomize's own table too.
    fn resolved<'s>(&'s self, mut schema: &'s Value) -> Node<'s> {
        for _ in 0..REFERENCES_MAX {
            let Some(reference) = schema.str_at(&["$ref"]).filter(|reference| !reference.is_empty()) else {
                return Node::Custom(self, schema);
            };
            let name = reference.strip_prefix("#/definitions/").unwrap_or(reference);
            match self.definitions.get(name) {
                Some(found) => schema = found,
                None if self.own_too => return Node::Own(TABLE.named(name)),
                None => return Node::Unknown,
            }
        }
        Node::Unknown
    }
}

const GVK: &str = "x-kubernetes-group-version-kind";

/// `apiVersion kind` of an entry of [`GVK`].
fn kind_key(gvk: &Value) -> Option<String> {
    let (version, kind) = (gvk.str_at(&["version"])?, gvk.str_at(&["kind"])?);
    Some(match gvk.str_at(&["group"]).filter(|group| !group.is_empty()) {
        Some(group) => format!("{group}/{version} {kind}"),
        None => format!("{version} {kind}"),
    })
}

#[cfg(test)]
mod tests {
    use amethyst_object::value;

    use super::{Custom, Node, Schemas};

    fn keys(schemas: &Schemas, version: &str, kind: &str, path: &[&str]) -> Option<Vec<String>> {
        let object = value!({"apiVersion": version, "kind": kind});
        let mut node = schemas.of(object.as_object().expect("it is one"));
        let mut keys = None;
        for step in path {
            (node, keys) = node.field(step);
        }
        Some(keys?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_table_knows_kustomizes_kinds_and_no_others() {
        let check = |version, kind, path: &[&str], expect: Option<&[&str]>| {
            let found = keys(&Schemas::default(), version, kind, path);
            assert_eq!(found, expect.map(|keys| keys.iter().map(ToString::to_string).collect()));
        };
        let ports = ["spec", "template", "spec", "containers", "ports"];
        check("apps/v1", "Deployment", &ports, Some(&["containerPort", "protocol"]));
        check("v1", "Service", &["spec", "ports"], Some(&["port", "protocol"]));
        check("v1", "Pod", &["metadata", "finalizers"], Some(&[""]));
        check("v1", "Pod", &["spec", "tolerations"], None);
        check("autoscaling/v2", "HorizontalPodAutoscaler", &["metadata", "finalizers"], None);
    }

    #[test]
    fn a_schema_of_ones_own_stands_alone() {
        let document = value!({"definitions": {
            "a.Thing": {
                "properties": {"spec": {"$ref": "#/definitions/a.Spec"}},
                "x-kubernetes-group-version-kind": [{"group": "x.io", "version": "v1", "kind": "Thing"}]
            },
            "a.Spec": {"properties": {"list": {
                "type": "array",
                "items": {"$ref": "#/definitions/loop"},
                "x-kubernetes-patch-merge-key": "id",
                "x-kubernetes-patch-strategy": "merge"
            }}},
            "loop": {"$ref": "#/definitions/loop"}
        }});
        let schemas = Schemas { custom: Some(Custom::new(&document, false)) };
        assert_eq!(keys(&schemas, "x.io/v1", "Thing", &["spec", "list"]), Some(vec!["id".to_owned()]));
        assert_eq!(keys(&schemas, "apps/v1", "Deployment", &["metadata", "finalizers"]), None);
        let thing = value!({"apiVersion": "x.io/v1", "kind": "Thing"});
        let node = schemas.of(thing.as_object().expect("it is one"));
        assert!(
            matches!(node.field("spec").0.field("list").0.items(), Node::Unknown),
            "references that turn in a circle end"
        );
    }
}
