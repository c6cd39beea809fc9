//! The arena of built-in schemas, parsed from its generated table.

use std::collections::HashMap;
use std::sync::LazyLock;

use amethyst_object::{Str, json};
use amethyst_schema::{Field, ListType, Node, NodeId, PatchStrategy, SchemaRef, Schemas, Type};

/// Where the types of metav1 lie.
const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";

/// The arena with every type of the stable versions, by upstream's names (`io.k8s.api.core.v1.Pod`).
///
/// Of declared defaults it holds those that are more than Go's zero values, and those of fields that key a
/// list: server-side apply needs the latter, and Go writes them out too.
pub fn schemas() -> &'static Schemas {
    &TABLE.schemas
}

/// The name of the schema of a kind: a served one, a list, or one of those every group takes (`DeleteOptions`,
/// `Status`, `WatchEvent`).
pub fn schema_name(group: &str, version: &str, kind: &str) -> Option<&'static str> {
    let found = TABLE.kinds.binary_search_by(|(g, v, k, _)| (*g, *v, *k).cmp(&(group, version, kind)));
    let found = found.ok().map(|at| &TABLE.kinds[at].3);
    found.or_else(|| TABLE.everywhere.get(kind)).map(Str::as_str)
}

/// The schema of a kind, as [`schema_name`] finds it.
pub fn schema_of(group: &str, version: &str, kind: &str) -> Option<SchemaRef<'static>> {
    schemas().named(schema_name(group, version, kind)?)
}

/// The schema of a type of metav1 by its short name: `DeleteOptions`, `Status`, `ObjectMeta`.
pub fn options_schema(name: &str) -> Option<SchemaRef<'static>> {
    schemas().named(&format!("{META}.{name}"))
}

struct Table {
    schemas: Schemas,
    /// Group, version, kind and type, sorted.
    kinds: Vec<(&'static str, &'static str, &'static str, Str)>,
    /// Short names of the types of metav1, and the types.
    everywhere: HashMap<&'static str, Str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Loader::load(include_str!("generated/schemas.txt")));

struct Loader {
    schemas: Schemas,
    named: HashMap<Str, NodeId>,
    spelled: HashMap<Str, NodeId>,
    /// Maps of an atomic type that one field wants granular: the copy, and what it copies.
    granular: Vec<(NodeId, NodeId)>,
    package: &'static str,
}

impl Loader {
    fn load(text: &'static str) -> Table {
        let mut loader = Self {
            schemas: Schemas::new(),
            named: HashMap::new(),
            spelled: HashMap::new(),
            granular: Vec::new(),
            package: "",
        };
        let mut table = Table { schemas: Schemas::new(), kinds: Vec::new(), everywhere: HashMap::new() };
        loader.reserve(text, &mut table);
        loader.fill(text);
        for (copy, original) in std::mem::take(&mut loader.granular) {
            let node = loader.schemas.at(original).node().clone();
            loader.schemas.set(copy, Node { map_atomic: false, ..node });
        }
        table.kinds.sort_unstable();
        Table { schemas: loader.schemas, ..table }
    }

    /// Gives each type a node, so that types may refer to each other.
    fn reserve(&mut self, text: &'static str, table: &mut Table) {
        for line in text.lines() {
            if let Some(package) = line.strip_prefix("package ") {
                self.package = package;
            }
            let Some(line) = line.strip_prefix("type ") else { continue };
            let mut words = line.split(' ');
            let short = words.next().unwrap_or_default();
            let name = Str::from(format!("{}.{short}", self.package));
            let id = self.schemas.add(Node::default());
            self.schemas.name(name.clone(), id);
            self.named.insert(name.clone(), id);
            if let Some((group, version)) = words.find_map(|word| word.split_once('/')) {
                table.kinds.push((group, version, short, name.clone()));
            }
            if self.package == META {
                table.everywhere.insert(short, name);
            }
        }
    }

    fn fill(&mut self, text: &'static str) {
        let mut open: Option<(NodeId, Node, Vec<Field>)> = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(field) = line.strip_prefix(' ') {
                let field = self.field(field);
                open.as_mut().expect("fields follow a type").2.push(field);
                continue;
            }
            self.close(open.take());
            if let Some(package) = line.strip_prefix("package ") {
                self.package = package;
            } else if let Some(line) = line.strip_prefix("type ") {
                open = self.type_line(line);
            }
        }
        self.close(open);
    }

    fn type_line(&mut self, line: &'static str) -> Option<(NodeId, Node, Vec<Field>)> {
        let (short, rest) = line.split_once(' ').unwrap_or((line, ""));
        let id = self.reference(&format!(".{short}"));
        if let Some(alias) = rest.strip_prefix("= ") {
            let node = Self::scalar(alias);
            self.schemas.set(id, node);
            return None;
        }
        let map_atomic = rest.split(' ').any(|word| word == "atomic");
        Some((id, Node { ty: Type::Object, map_atomic, ..Node::default() }, Vec::new()))
    }

    fn close(&mut self, open: Option<(NodeId, Node, Vec<Field>)>) {
        if let Some((id, node, fields)) = open {
            self.schemas.set(id, Node { fields: fields.into(), ..node });
        }
    }

    fn field(&mut self, line: &'static str) -> Field {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default().into();
        let node = self.node(words.next().unwrap_or_default());
        let mut field = Field {
            name,
            node,
            required: false,
            default: None,
            patch: PatchStrategy::default(),
            merge_key: Str::default(),
        };
        for word in words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("required", _) => field.required = true,
                ("merge", _) => field.patch.merge = true,
                ("retain", _) => field.patch.retain_keys = true,
                ("replace", _) => field.patch.replace = true,
                ("key", key) => field.merge_key = key.into(),
                ("default", value) => {
                    field.default = Some(json::parse(value.as_bytes()).expect("codegen writes JSON"));
                }
                _ => unreachable!("codegen writes no `{word}`"),
            }
        }
        field
    }

    /// The node of a type as the table spells it; equal spellings share one.
    fn node(&mut self, spelling: &str) -> NodeId {
        if let Some(name) = spelling.strip_prefix('@') {
            return self.reference(name);
        }
        let key = if spelling.contains("@.") {
            Str::from(spelling.replace("@.", &format!("@{}.", self.package)))
        } else {
            Str::from(spelling)
        };
        if let Some(id) = self.spelled.get(&key) {
            return *id;
        }
        let id = self.composite(&key);
        self.spelled.insert(key, id);
        id
    }

    fn composite(&mut self, spelling: &str) -> NodeId {
        if let Some(name) = spelling.strip_prefix("granular@") {
            let copy = self.schemas.add(Node::default());
            let original = self.reference(name);
            self.granular.push((copy, original));
            return copy;
        }
        if let Some((list, items)) = spelling.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let items = Some(self.node(items));
            let (list, list_keys) = match list.strip_prefix('=') {
                Some(keys) => (ListType::Map, keys.split(',').map(Str::from).collect()),
                None if list == "set" => (ListType::Set, Box::default()),
                None => (ListType::Atomic, Box::default()),
            };
            return self.schemas.add(Node { ty: Type::Array, items, list, list_keys, ..Node::default() });
        }
        if let Some((map, values)) = spelling.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            let additional = Some(self.node(values));
            let map_atomic = map == "atomic";
            return self.schemas.add(Node { ty: Type::Object, additional, map_atomic, ..Node::default() });
        }
        let node = Self::scalar(spelling);
        self.schemas.add(node)
    }

    fn scalar(spelling: &str) -> Node {
        let (word, format) = spelling.split_once(':').unwrap_or((spelling, ""));
        let ty = match word {
            "string" => Type::String,
            "boolean" => Type::Boolean,
            "integer" => Type::Integer,
            "number" => Type::Number,
            "int-or-string" => Type::IntOrString,
            "quantity" => Type::Quantity,
            "object" | "atomic-object" => Type::Object,
            "any" => Type::Any,
            other => unreachable!("codegen writes no type `{other}`"),
        };
        let preserve_unknown = matches!(word, "object" | "atomic-object" | "any");
        let map_atomic = word == "atomic-object";
        Node { ty, format: format.into(), preserve_unknown, map_atomic, ..Node::default() }
    }

    fn reference(&self, name: &str) -> NodeId {
        let found = match name.strip_prefix('.') {
            Some(short) => self.named.get(format!("{}.{short}", self.package).as_str()),
            None => self.named.get(name),
        };
        *found.unwrap_or_else(|| unreachable!("codegen refers to no unknown type `{name}`"))
    }
}

#[cfg(test)]
mod tests;
