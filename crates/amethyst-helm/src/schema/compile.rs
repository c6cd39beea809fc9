//! Schemas to nodes.

mod part;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

use foldhash::fast::RandomState;
use regex::Regex;

use amethyst_object::{Value, json};

use super::Schemas;
use super::node::{Id, Node, Set};
use super::urls;
use part::Part;

/// What Helm calls the chart's own schema.
const OWN_URL: &str = "file:///values.schema.json";
/// What allows anything.
const ANYTHING_URL: &str = "about:anything";
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
        ids: HashMap::default(),
        nodes: Vec::new(),
        queue: Vec::new(),
        regexes: HashMap::new(),
    };
    compiler.add_document(OWN_URL, schema)?;
    compiler.enqueue(&Rc::from(OWN_URL), String::new());
    let mut at = 0;
    while at < compiler.queue.len() {
        if at > NODES_MAX {
            return Err(Unresolved::Invalid(format!("schema has more than {NODES_MAX} parts")));
        }
        let (url, pointer) = compiler.queue[at].clone();
        compiler.nodes[at] = compiler.node(&url, &pointer)?;
        at += 1;
    }
    let mut documents: Vec<String> = compiler.documents.into_keys().collect();
    documents.retain(|url| !matches!(url.as_str(), OWN_URL | ANYTHING_URL));
    documents.sort_unstable();
    Ok(Set { nodes: compiler.nodes, documents })
}

struct Document {
    value: Value,
    draft: u16,
    /// Places that have a URL of their own, with it.
    bases: Vec<(String, String)>,
    /// `URL#anchor` to places.
    anchors: HashMap<String, String>,
}

/// A document's URL, and the pointer to a place in it.
type Place = (Rc<str>, Rc<str>);

struct Compiler<'a> {
    schemas: Option<&'a dyn Schemas>,
    documents: HashMap<String, Rc<Document>>,
    ids: HashMap<Place, Id, RandomState>,
    nodes: Vec<Node>,
    queue: Vec<Place>,
    /// Most patterns of a schema stand in it many times.
    regexes: HashMap<String, Regex>,
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
        collect(&value, draft, &mut String::new(), url, &mut document);
        document.value = value;
        self.documents.insert(url.to_owned(), Rc::new(document));
        Ok(())
    }

    fn enqueue(&mut self, url: &Rc<str>, pointer: String) -> Id {
        let place = (Rc::clone(url), Rc::from(pointer));
        let id = self.nodes.len();
        match self.ids.entry(place) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                self.nodes.push(Node::default());
                self.queue.push(free.key().clone());
                free.insert(id);
                id
            }
        }
    }

    fn regex(&mut self, text: &str) -> Result<Regex, regex::Error> {
        if let Some(known) = self.regexes.get(text) {
            return Ok(known.clone());
        }
        let regex = Regex::new(text)?;
        self.regexes.insert(text.to_owned(), regex.clone());
        Ok(regex)
    }

    fn node(&mut self, url: &Rc<str>, pointer: &str) -> Result<Node, Unresolved> {
        let Some(document) = self.documents.get(&**url).map(Rc::clone) else {
            return Err(Unresolved::Missing(url.to_string()));
        };
        let Some(value) = lookup(&document.value, pointer) else {
            return Err(Unresolved::Invalid(format!("json-pointer in \"{url}#{pointer}\" not found")));
        };
        let mut node = Node { draft: document.draft, ..Node::default() };
        match value {
            Value::Bool(always) => node.always = Some(*always),
            Value::Object(map) if map.is_empty() => node.always = Some(true),
            Value::Object(map) => {
                Part { compiler: self, document: &document, url, pointer, map }.fill(&mut node)?;
            }
            _ => node.always = Some(true),
        }
        Ok(node)
    }

    /// The place that a reference names.
    fn resolve(
        &mut self,
        document: &Document,
        url: &Rc<str>,
        pointer: &str,
        reference: &str,
    ) -> Result<Id, Unresolved> {
        let base = document
            .bases
            .iter()
            .filter(|(place, _)| pointer == place || pointer.starts_with(&format!("{place}/")))
            .max_by_key(|(place, _)| place.len())
            .map_or(&**url, |(_, base)| base);
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
        self.place(&found, &Rc::from(target), "", &fragment, target)
    }

    fn place(
        &mut self,
        document: &Document,
        url: &Rc<str>,
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
        if !self.documents.contains_key(ANYTHING_URL) {
            let document = Document {
                value: Value::Bool(true),
                draft: DRAFT_DEFAULT,
                bases: Vec::new(),
                anchors: HashMap::new(),
            };
            self.documents.insert(ANYTHING_URL.to_owned(), Rc::new(document));
        }
        self.enqueue(&Rc::from(ANYTHING_URL), String::new())
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
fn collect(value: &Value, draft: u16, pointer: &mut String, base: &str, document: &mut Document) {
    match value {
        Value::Object(map) => {
            let mut own = base.to_owned();
            let id = map.str(if draft == 4 { "id" } else { "$id" });
            // Beside a `$ref` it counted for nothing before 2019.
            let counts = draft >= 2019 || !map.contains_key("$ref");
            if let Some(id) = id.filter(|_| counts) {
                let (url, fragment) = urls::split(id);
                if !url.is_empty() {
                    urls::split(&urls::join(base, url)).0.clone_into(&mut own);
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
                let is_inner = matches!(value, Value::Object(_) | Value::Array(_));
                if is_inner && !matches!(key.as_str(), "enum" | "const" | "default" | "examples") {
                    let before = pointer.len();
                    urls::push_token(pointer, key);
                    collect(value, draft, pointer, &own, document);
                    pointer.truncate(before);
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let before = pointer.len();
                urls::push_token(pointer, &at.to_string());
                collect(item, draft, pointer, base, document);
                pointer.truncate(before);
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
