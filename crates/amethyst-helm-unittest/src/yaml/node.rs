//! YAML text to nodes that know where they stand, and from there to values: go-yaml v3's parser and decoder.

use std::collections::HashMap;
use std::sync::Arc;

use amethyst_object::Str;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};

use super::resolve::{Scalar, resolve};
use crate::value::{Key, Map, Value};

/// How deep lists and maps may nest.
const DEPTH_MAX: usize = 500;
/// How many nodes a text may have when its aliases are written out.
const NODES_MAX: usize = 4_000_000;

/// Text that is not YAML, or that does not decode. The message is that of go-yaml without its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) message: String,
    /// The line, from 1.
    pub(crate) line: u32,
}

/// A part of a document.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The line, from 1.
    pub(crate) line: u32,
    /// How deep it nests.
    depth: usize,
    pub(crate) part: Part,
}

/// What a part is.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Scalar(Str, Scalar),
    List(Vec<Arc<Node>>),
    Map(Vec<(Arc<Node>, Arc<Node>)>),
}

impl Node {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.part, Part::Scalar(_, Scalar::Null))
    }

    /// go-yaml's short name of its tag.
    pub(crate) fn tag(&self) -> &'static str {
        match &self.part {
            Part::Scalar(_, scalar) => scalar.tag(),
            Part::List(_) => "!!seq",
            Part::Map(_) => "!!map",
        }
    }

    /// The pairs of a map by the text of their keys, what `<<` brings included; nothing for anything else.
    pub(crate) fn fields(&self) -> Vec<(Str, u32, Arc<Node>)> {
        let mut fields: Vec<(Str, u32, Arc<Node>)> = Vec::new();
        self.collect_fields(&mut fields, 0);
        fields
    }

    fn collect_fields(&self, fields: &mut Vec<(Str, u32, Arc<Node>)>, depth: usize) {
        let Part::Map(pairs) = &self.part else { return };
        if depth > DEPTH_MAX {
            return;
        }
        let mut merges = Vec::new();
        for (key, value) in pairs {
            match &key.part {
                Part::Scalar(_, Scalar::Merge) => merges.push(value),
                Part::Scalar(text, _) if !fields.iter().any(|(seen, ..)| seen == text) => {
                    fields.push((text.clone(), key.line, Arc::clone(value)));
                }
                _ => {}
            }
        }
        for merge in merges {
            match &merge.part {
                Part::List(sources) => {
                    for source in sources {
                        source.collect_fields(fields, depth + 1);
                    }
                }
                _ => merge.collect_fields(fields, depth + 1),
            }
        }
    }

    /// The value; keys that stand twice and merges of what is no map are faults.
    pub(crate) fn decode(&self, faults: &mut Vec<Fault>) -> Value {
        match &self.part {
            Part::Scalar(text, scalar) => scalar.to_value(text),
            Part::List(items) => Value::List(items.iter().map(|item| item.decode(faults)).collect()),
            Part::Map(pairs) => {
                let mut map = Map::default();
                unique_keys(pairs, faults);
                fill(pairs, &mut map, faults);
                Value::Map(map)
            }
        }
    }

    /// go-yaml v3 merges last and never overrides.
    fn merge_into(&self, map: &mut Map, faults: &mut Vec<Fault>) {
        match &self.part {
            Part::Map(_) => {
                if let Value::Map(source) = self.decode(faults) {
                    for (key, value) in source {
                        map.entry(key).or_insert(value);
                    }
                }
            }
            Part::List(sources) if sources.iter().all(|source| matches!(source.part, Part::Map(_))) => {
                for source in sources {
                    source.merge_into(map, faults);
                }
            }
            _ => faults.push(Fault {
                message: "map merge requires map or sequence of maps as the value".to_owned(),
                line: self.line,
            }),
        }
    }
}

fn unique_keys(pairs: &[(Arc<Node>, Arc<Node>)], faults: &mut Vec<Fault>) {
    let mut seen: HashMap<Key, u32> = HashMap::with_capacity(pairs.len());
    for (key, _) in pairs {
        let Part::Scalar(text, scalar) = &key.part else { continue };
        // go-yaml compares the texts of the keys.
        let name = Key::string(text.clone());
        match seen.get(&name) {
            Some(line) if !matches!(scalar, Scalar::Merge) => faults.push(Fault {
                message: format!("mapping key {text:?} already defined at line {line}"),
                line: key.line,
            }),
            _ => {
                seen.insert(name, key.line);
            }
        }
    }
}

fn fill(pairs: &[(Arc<Node>, Arc<Node>)], map: &mut Map, faults: &mut Vec<Fault>) {
    let mut merges = Vec::new();
    for (key, value) in pairs {
        match &key.part {
            Part::Scalar(_, Scalar::Merge) => merges.push(value),
            Part::Scalar(text, scalar) => {
                let value = value.decode(faults);
                map.insert(scalar.to_key(text), value);
            }
            Part::List(_) | Part::Map(_) => {
                let value = key.decode(faults);
                faults.push(Fault {
                    message: format!("invalid map key: {}", crate::value::print(&value)),
                    line: key.line,
                });
            }
        }
    }
    for merge in merges {
        merge.merge_into(map, faults);
    }
}

/// Reads all documents; an empty one is null. The first fault ends it, as it ends go-yaml's decoder.
pub(crate) fn parse_documents(text: &str) -> Result<Vec<Arc<Node>>, Fault> {
    let mut documents = Vec::new();
    read(text, |document| {
        documents.push(document);
        true
    })?;
    Ok(documents)
}

/// Reads the first document, if there is one.
pub(crate) fn parse_first(text: &str) -> Result<Option<Arc<Node>>, Fault> {
    let mut first = None;
    read(text, |document| {
        first = Some(document);
        false
    })?;
    Ok(first)
}

fn read(text: &str, mut take: impl FnMut(Arc<Node>) -> bool) -> Result<(), Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(fault) = control_character(text) {
        return Err(fault);
    }
    let mut builder = Builder::new(text);
    for item in Parser::<StrInput<'_>>::new_from_str(text).keep_tags(true) {
        let (event, span) = item.map_err(|error| Fault {
            message: error.info().to_owned(),
            line: error.marker().line() as u32,
        })?;
        match event {
            Event::DocumentStart(_) => builder.begin(),
            Event::DocumentEnd => {
                if let Some(document) = builder.root.take()
                    && !take(document)
                {
                    return Ok(());
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd => {}
            event => builder.event(event, &span)?,
        }
    }
    Ok(())
}

/// libyaml reads no control characters.
fn control_character(text: &str) -> Option<Fault> {
    let refused = |character: char| match character {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => false,
    };
    let suspicious = |byte: &u8| matches!(byte, 0..=8 | 11 | 12 | 14..=0x1f | 0x7f | 0xc2 | 0xef);
    text.as_bytes().iter().find(|byte| suspicious(byte))?;
    let at = text.find(refused)?;
    let line = text[..at].matches('\n').count() as u32 + 1;
    Some(Fault { message: "control characters are not allowed".to_owned(), line })
}

struct Builder<'a> {
    text: &'a str,
    open: Vec<Open>,
    anchors: HashMap<usize, (Arc<Node>, usize)>,
    root: Option<Arc<Node>>,
    nodes: usize,
}

struct Open {
    line: u32,
    anchor: usize,
    nodes_before: usize,
    part: OpenPart,
}

enum OpenPart {
    List(Vec<Arc<Node>>),
    Map(Vec<(Arc<Node>, Arc<Node>)>, Option<Arc<Node>>),
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, open: Vec::new(), anchors: HashMap::new(), root: None, nodes: 0 }
    }

    fn begin(&mut self) {
        self.open.clear();
        self.anchors.clear();
        self.root = None;
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Fault> {
        let line = span.start.line() as u32;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let text = self.without_added_break(&text, style, span);
                let scalar = resolve_tagged(text, style == ScalarStyle::Plain, tag.as_deref())
                    .map_err(|message| Fault { message, line })?;
                let node = Arc::new(Node { line, depth: 0, part: Part::Scalar(text.into(), scalar) });
                self.finish(node, anchor, self.nodes);
                Ok(())
            }
            Event::Alias(id) => {
                let Some((node, nodes)) = self.anchors.get(&id).cloned() else {
                    return Err(Fault { message: "unknown anchor referenced".to_owned(), line });
                };
                self.nodes += nodes;
                if self.open.len() + node.depth > DEPTH_MAX {
                    return Err(Fault { message: format!("exceeded max depth of {DEPTH_MAX}"), line });
                }
                if self.nodes > NODES_MAX {
                    return Err(Fault { message: "document contains excessive aliasing".to_owned(), line });
                }
                self.attach(node);
                Ok(())
            }
            Event::SequenceStart(anchor, _) => self.push(OpenPart::List(Vec::new()), anchor, line),
            Event::MappingStart(anchor, _) => self.push(OpenPart::Map(Vec::new(), None), anchor, line),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let (part, inner) = match open.part {
                    OpenPart::List(items) => {
                        let inner = items.iter().map(|item| item.depth).max();
                        (Part::List(items), inner)
                    }
                    OpenPart::Map(pairs, _) => {
                        let inner = pairs.iter().map(|(key, value)| key.depth.max(value.depth)).max();
                        (Part::Map(pairs), inner)
                    }
                };
                let node = Node { line: open.line, depth: inner.unwrap_or_default() + 1, part };
                self.finish(Arc::new(node), open.anchor, open.nodes_before);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn push(&mut self, part: OpenPart, anchor: usize, line: u32) -> Result<(), Fault> {
        if self.open.len() >= DEPTH_MAX {
            return Err(Fault { message: format!("exceeded max depth of {DEPTH_MAX}"), line });
        }
        self.open.push(Open { line, anchor, nodes_before: self.nodes, part });
        Ok(())
    }

    fn finish(&mut self, node: Arc<Node>, anchor: usize, nodes_before: usize) {
        self.nodes += 1;
        if anchor > 0 {
            self.anchors.insert(anchor, (Arc::clone(&node), self.nodes - nodes_before));
        }
        self.attach(node);
    }

    fn attach(&mut self, node: Arc<Node>) {
        match self.open.last_mut().map(|open| &mut open.part) {
            None => self.root = Some(node),
            Some(OpenPart::List(items)) => items.push(node),
            Some(OpenPart::Map(pairs, key)) => match key.take() {
                None => *key = Some(node),
                Some(name) => pairs.push((name, node)),
            },
        }
    }

    /// libyaml gives a block scalar no last break when the text ends without one; saphyr-parser adds it.
    fn without_added_break<'t>(&self, text: &'t str, style: ScalarStyle, span: &Span) -> &'t str {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if is_block
            && !self.text.ends_with('\n')
            && text.ends_with('\n')
            && self.text.chars().count() <= span.end.index()
        {
            return &text[..text.len() - 1];
        }
        text
    }
}

fn resolve_tagged(text: &str, plain: bool, tag: Option<&Tag>) -> Result<Scalar, String> {
    let tag = tag.map(|tag| match (tag.handle.as_str(), tag.suffix.as_str()) {
        ("tag:yaml.org,2002:" | "!!", suffix) => format!("!!{suffix}"),
        ("" | "!", "" | "!") => "!".to_owned(),
        (handle, suffix) => format!("{handle}{suffix}"),
    });
    Ok(match tag.as_deref() {
        None if plain => resolve(text),
        Some("!!null") => Scalar::Null,
        Some(tag @ ("!!bool" | "!!int" | "!!float" | "!!timestamp")) => match resolve(text) {
            Scalar::Int(value) if tag == "!!float" => Scalar::Float(value as f64),
            found if found.tag() == tag => found,
            found => return Err(format!("cannot decode {} `{text}` as a {tag}", found.tag())),
        },
        None | Some(_) => Scalar::String,
    })
}
