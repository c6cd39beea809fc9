//! Schemas to nodes.

use std::collections::HashMap;
use std::rc::Rc;

use amethyst_object::{Map, Str, Value, json};
use regex::Regex;

use super::Schemas;
use super::formats::Format;
use super::node::{Additional, ArrayRules, Dependency, Id, Node, NumberRules, ObjectRules, Set, StringRules};
use super::urls;

/// What Helm calls the chart's own schema.
const OWN_URL: &str = "file:///values.schema.json";
/// The draft of schemas that name none.
const DRAFT_DEFAULT: u16 = 2020;
/// How many nodes one schema may have.
const NODES_MAX: usize = 200_000;
/// How many others one schema may refer to.
const DOCUMENTS_MAX: usize = 64;

/// Why there is no compiled schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// It is none: the text of the error.
    Invalid(String),
    /// It refers to a schema that is not at hand: its URL.
    Missing(String),
}

/// Compiles a schema with all that it reaches.
pub(super) fn compile(schema: &[u8], schemas: Option<&dyn Schemas>) -> Result<Set, Unresolved> {
    let mut compiler = Compiler {
        schemas,
        documents: HashMap::new(),
        ids: HashMap::new(),
        nodes: Vec::new(),
        queue: Vec::new(),
    };
    compiler.add_document(OWN_URL, schema)?;
    compiler.enqueue(OWN_URL, String::new());
    let mut at = 0;
    while at < compiler.queue.len() {
        if at > NODES_MAX {
            return Err(Unresolved::Invalid(format!("schema has more than {NODES_MAX} parts")));
        }
        let (url, pointer) = compiler.queue[at].clone();
        compiler.nodes[at] = compiler.node(&url, &pointer)?;
        at += 1;
    }
    Ok(Set { nodes: compiler.nodes })
}

struct Document {
    value: Value,
    draft: u16,
    /// Places that have a URL of their own, with it.
    bases: Vec<(String, String)>,
    /// `URL#anchor` to places.
    anchors: HashMap<String, String>,
}

struct Compiler<'a> {
    schemas: Option<&'a dyn Schemas>,
    documents: HashMap<String, Rc<Document>>,
    ids: HashMap<(String, String), Id>,
    nodes: Vec<Node>,
    queue: Vec<(String, String)>,
}

impl Compiler<'_> {
    fn add_document(&mut self, url: &str, text: &[u8]) -> Result<(), Unresolved> {
        let value = json::parse(text).map_err(|error| Unresolved::Invalid(error.to_string()))?;
        let draft = value.str_at(&["$schema"]).and_then(draft_of).unwrap_or(DRAFT_DEFAULT);
        let mut document = Document {
            value: Value::Null,
            draft,
            bases: vec![(String::new(), url.to_owned())],
            anchors: HashMap::new(),
        };
        collect(&value, draft, String::new(), url, &mut document);
        document.value = value;
        self.documents.insert(url.to_owned(), Rc::new(document));
        Ok(())
    }

    fn enqueue(&mut self, url: &str, pointer: String) -> Id {
        let key = (url.to_owned(), pointer);
        if let Some(id) = self.ids.get(&key) {
            return *id;
        }
        let id = self.nodes.len();
        self.nodes.push(Node::default());
        self.queue.push(key.clone());
        self.ids.insert(key, id);
        id
    }

    fn node(&mut self, url: &str, pointer: &str) -> Result<Node, Unresolved> {
        let Some(document) = self.documents.get(url).map(Rc::clone) else {
            return Err(Unresolved::Missing(url.to_owned()));
        };
        let Some(value) = lookup(&document.value, pointer) else {
            return Err(Unresolved::Invalid(format!("json-pointer in \"{url}#{pointer}\" not found")));
        };
        let mut node = Node { draft: document.draft, ..Node::default() };
        match value {
            Value::Bool(always) => node.always = Some(*always),
            Value::Object(map) if map.is_empty() => node.always = Some(true),
            Value::Object(map) => {
                Part { compiler: self, document: &document, url, pointer, map }.fill(&mut node)?
            }
            _ => node.always = Some(true),
        }
        Ok(node)
    }

    /// The place that a reference names.
    fn resolve(
        &mut self,
        document: &Document,
        url: &str,
        pointer: &str,
        reference: &str,
    ) -> Result<Id, Unresolved> {
        let base = document
            .bases
            .iter()
            .filter(|(place, _)| pointer == place || pointer.starts_with(&format!("{place}/")))
            .max_by_key(|(place, _)| place.len())
            .map_or(url, |(_, base)| base);
        let target = urls::join(base, reference);
        let (target, fragment) = urls::split(&target);
        let fragment = urls::decode(fragment);
        if let Some((place, _)) = document.bases.iter().find(|(_, base)| base == target) {
            return self.place(document, url, place, &fragment, target);
        }
        if draft_of(target).is_some() {
            // A schema about schemas: whatever it says of values, they are data here.
            return Ok(self.anything());
        }
        if !self.documents.contains_key(target) {
            let found = self.schemas.and_then(|schemas| schemas.get(target));
            let Some(text) = found.filter(|_| self.documents.len() < DOCUMENTS_MAX) else {
                return Err(Unresolved::Missing(target.to_owned()));
            };
            self.add_document(target, &text)?;
        }
        let found = Rc::clone(&self.documents[target]);
        self.place(&found, target, "", &fragment, target)
    }

    fn place(
        &mut self,
        document: &Document,
        url: &str,
        place: &str,
        fragment: &str,
        base: &str,
    ) -> Result<Id, Unresolved> {
        if fragment.is_empty() || fragment.starts_with('/') {
            return Ok(self.enqueue(url, format!("{place}{fragment}")));
        }
        match document.anchors.get(&format!("{base}#{fragment}")) {
            Some(place) => Ok(self.enqueue(url, place.clone())),
            None => Err(Unresolved::Invalid(format!("anchor in \"{base}#{fragment}\" not found"))),
        }
    }

    fn anything(&mut self) -> Id {
        const URL: &str = "about:anything";
        if !self.documents.contains_key(URL) {
            let document = Document {
                value: Value::Bool(true),
                draft: DRAFT_DEFAULT,
                bases: Vec::new(),
                anchors: HashMap::new(),
            };
            self.documents.insert(URL.to_owned(), Rc::new(document));
        }
        self.enqueue(URL, String::new())
    }
}

fn draft_of(url: &str) -> Option<u16> {
    let (url, fragment) = urls::split(url);
    if !fragment.is_empty() {
        return None;
    }
    match url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))? {
        "json-schema.org/schema" | "json-schema.org/draft/2020-12/schema" => Some(2020),
        "json-schema.org/draft/2019-09/schema" => Some(2019),
        "json-schema.org/draft-07/schema" => Some(7),
        "json-schema.org/draft-06/schema" => Some(6),
        "json-schema.org/draft-04/schema" => Some(4),
        _ => None,
    }
}

/// Notes places with URLs and anchors of their own.
fn collect(value: &Value, draft: u16, pointer: String, base: &str, document: &mut Document) {
    match value {
        Value::Object(map) => {
            let mut own = base.to_owned();
            let id = map.str(if draft == 4 { "id" } else { "$id" });
            // Beside a `$ref` it counted for nothing before 2019.
            let counts = draft >= 2019 || !map.contains_key("$ref");
            if let Some(id) = id.filter(|_| counts) {
                let (url, fragment) = urls::split(id);
                if !url.is_empty() {
                    own = urls::split(&urls::join(base, url)).0.to_owned();
                    document.bases.push((pointer.clone(), own.clone()));
                }
                if draft < 2019 && !fragment.is_empty() {
                    document.anchors.insert(format!("{own}#{fragment}"), pointer.clone());
                }
            }
            for key in ["$anchor", "$dynamicAnchor"] {
                if let Some(anchor) = map.str(key).filter(|_| draft >= 2019) {
                    document.anchors.insert(format!("{own}#{anchor}"), pointer.clone());
                }
            }
            for (key, value) in map.iter() {
                if !matches!(key.as_str(), "enum" | "const" | "default" | "examples") {
                    collect(value, draft, format!("{pointer}/{}", urls::escape(key)), &own, document);
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                collect(item, draft, format!("{pointer}/{at}"), base, document);
            }
        }
        _ => {}
    }
}

fn lookup<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    let tokens = pointer.split('/').skip(1);
    tokens.map(urls::unescape).try_fold(value, |value, token| match value {
        Value::Object(map) => map.get(&token),
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        _ => None,
    })
}

/// One schema that is being compiled.
struct Part<'a, 'b> {
    compiler: &'a mut Compiler<'b>,
    document: &'a Document,
    url: &'a str,
    pointer: &'a str,
    map: &'a Map,
}

impl<'a> Part<'a, '_> {
    fn fill(&mut self, node: &mut Node) -> Result<(), Unresolved> {
        let draft = node.draft;
        node.reference = self.reference("$ref")?;
        if draft < 2019 && node.reference.is_some() {
            return Ok(());
        }
        if draft >= 2019 {
            for key in ["$recursiveRef", "$dynamicRef"] {
                node.dynamic_references.extend(self.reference(key)?);
            }
        }
        match self.map.get("type") {
            Some(Value::String(name)) => node.types.add(name),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).for_each(|name| node.types.add(name))
            }
            _ => {}
        }
        node.enumeration = self.map.get("enum").and_then(Value::as_array).map(<[Value]>::to_vec);
        node.constant = self.map.get("const").filter(|_| draft >= 6).cloned();
        node.format = self.map.str("format").filter(|_| draft < 2019).and_then(Format::named);
        node.all_of = self.list("allOf");
        node.any_of = self.list("anyOf");
        node.one_of = self.list("oneOf");
        node.not = self.child("not");
        if draft >= 7 && self.map.contains_key("if") {
            node.condition = self.child("if");
            node.then = self.child("then");
            node.otherwise = self.child("else");
        }
        if draft >= 2019 {
            node.unevaluated_properties = self.child("unevaluatedProperties");
            node.unevaluated_items = self.child("unevaluatedItems");
        }
        node.object = self.object(draft)?;
        node.array = self.array(draft);
        node.string = self.string()?;
        node.number = self.number();
        Ok(())
    }

    fn object(&mut self, draft: u16) -> Result<Option<Box<ObjectRules>>, Unresolved> {
        const KEYS: &[&str] = &[
            "minProperties",
            "maxProperties",
            "required",
            "dependencies",
            "properties",
            "patternProperties",
            "additionalProperties",
            "propertyNames",
            "dependentSchemas",
            "dependentRequired",
        ];
        if !self.has(KEYS) {
            return Ok(None);
        }
        let mut rules = ObjectRules {
            properties_min: self.count("minProperties"),
            properties_max: self.count("maxProperties"),
            required: self.map.get("required").map(texts).unwrap_or_default(),
            additional: self.additional("additionalProperties"),
            ..ObjectRules::default()
        };
        for (name, value) in self.pairs("dependencies") {
            let rule = match value {
                Value::Array(_) => Dependency::Required(texts(value)),
                _ => Dependency::Schema(self.inner(&["dependencies", &name])),
            };
            rules.dependencies.push((name, rule));
        }
        for (name, _) in self.pairs("properties") {
            let id = self.inner(&["properties", &name]);
            rules.properties.insert(name, id);
        }
        for (name, _) in self.pairs("patternProperties") {
            let id = self.inner(&["patternProperties", &name]);
            rules.pattern_properties.push((self.regex(&name, "patternProperties")?, id));
        }
        if draft >= 6 {
            rules.property_names = self.child("propertyNames");
        }
        if draft >= 2019 {
            for (name, _) in self.pairs("dependentSchemas") {
                let id = self.inner(&["dependentSchemas", &name]);
                rules.dependent_schemas.push((name, id));
            }
            let required = self.pairs("dependentRequired").into_iter();
            rules.dependent_required = required.map(|(name, value)| (name, texts(value))).collect();
        }
        Ok(Some(Box::new(rules)))
    }

    fn array(&mut self, draft: u16) -> Option<Box<ArrayRules>> {
        const KEYS: &[&str] = &["minItems", "maxItems", "uniqueItems", "items", "prefixItems", "contains"];
        if !self.has(KEYS) {
            return None;
        }
        let mut rules = ArrayRules {
            items_min: self.count("minItems"),
            items_max: self.count("maxItems"),
            unique: self.map.get("uniqueItems").and_then(Value::as_bool).unwrap_or(false),
            ..ArrayRules::default()
        };
        if draft >= 2020 {
            rules.prefix = self.list("prefixItems");
            rules.rest = self.child("items").map(Additional::Schema);
        } else if matches!(self.map.get("items"), Some(Value::Array(_))) {
            rules.prefix = self.list("items");
            rules.rest = self.additional("additionalItems");
        } else {
            rules.rest = self.child("items").map(Additional::Schema);
        }
        if draft >= 6 {
            rules.contains = self.child("contains");
        }
        if draft >= 2019 {
            rules.contains_min = self.count("minContains");
            rules.contains_max = self.count("maxContains");
        }
        Some(Box::new(rules))
    }

    fn string(&self) -> Result<Option<Box<StringRules>>, Unresolved> {
        if !self.has(&["minLength", "maxLength", "pattern"]) {
            return Ok(None);
        }
        let pattern = match self.map.str("pattern") {
            Some(text) => Some((self.regex(text, "pattern")?, text.to_owned())),
            None => None,
        };
        let (length_min, length_max) = (self.count("minLength"), self.count("maxLength"));
        Ok(Some(Box::new(StringRules { length_min, length_max, pattern })))
    }

    fn number(&self) -> Option<Box<NumberRules>> {
        if !self.has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
            return None;
        }
        let number =
            |key: &str| self.map.get(key).and_then(Value::as_number).map(amethyst_object::Number::as_f64);
        let is_true = |key: &str| self.map.get(key).and_then(Value::as_bool) == Some(true);
        let mut rules = NumberRules {
            minimum: number("minimum"),
            maximum: number("maximum"),
            exclusive_minimum: number("exclusiveMinimum"),
            exclusive_maximum: number("exclusiveMaximum"),
            multiple_of: number("multipleOf"),
        };
        // Draft 4's way.
        if is_true("exclusiveMinimum") {
            rules.exclusive_minimum = rules.minimum.take();
        }
        if is_true("exclusiveMaximum") {
            rules.exclusive_maximum = rules.maximum.take();
        }
        Some(Box::new(rules))
    }

    fn has(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.map.contains_key(key))
    }

    fn reference(&mut self, key: &str) -> Result<Option<Id>, Unresolved> {
        let Some(reference) = self.map.str(key) else { return Ok(None) };
        self.compiler.resolve(self.document, self.url, self.pointer, reference).map(Some)
    }

    fn inner(&mut self, tokens: &[&str]) -> Id {
        let path: String = tokens.iter().map(|token| format!("/{}", urls::escape(token))).collect();
        self.compiler.enqueue(self.url, format!("{}{path}", self.pointer))
    }

    fn child(&mut self, key: &str) -> Option<Id> {
        self.map.contains_key(key).then(|| self.inner(&[key]))
    }

    fn list(&mut self, key: &str) -> Vec<Id> {
        let count = self.map.get(key).and_then(Value::as_array).map_or(0, <[Value]>::len);
        (0..count).map(|at| self.inner(&[key, &at.to_string()])).collect()
    }

    fn additional(&mut self, key: &str) -> Option<Additional> {
        match self.map.get(key)? {
            Value::Bool(allowed) => Some(Additional::Allowed(*allowed)),
            _ => self.child(key).map(Additional::Schema),
        }
    }

    fn pairs(&self, key: &str) -> Vec<(Str, &'a Value)> {
        let map = self.map.get(key).and_then(Value::as_object);
        map.map_or(Vec::new(), |map| map.iter().map(|(name, value)| (name.clone(), value)).collect())
    }

    fn count(&self, key: &str) -> Option<usize> {
        let number = self.map.get(key)?.as_number()?.as_f64();
        (number.fract() == 0.0 && number >= 0.0).then_some(number as usize)
    }

    fn regex(&self, text: &str, key: &str) -> Result<Regex, Unresolved> {
        Regex::new(text).map_err(|_| {
            let (url, pointer) = (self.url, self.pointer);
            Unresolved::Invalid(format!("invalid regex {text:?} at \"{url}#{pointer}/{key}\""))
        })
    }
}

fn texts(value: &Value) -> Vec<Str> {
    value.as_array().unwrap_or_default().iter().filter_map(Value::as_str).map(Str::from).collect()
}
