//! Events to nodes.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Node, Part, Target};
use crate::Dialect;
use crate::grammar::{Event, Properties};
use crate::parse::{DEPTH_MAX, Item, Place, Stream, YamlFault, control_character};

/// Reads all documents, an empty one included, up to the first fault, as go-yaml's decoder does.
pub fn parse_nodes(text: &str, dialect: Dialect) -> (Vec<Arc<Node>>, Option<YamlFault>) {
    let mut documents = Vec::new();
    if let Some(fault) = control_character(text) {
        return (documents, Some(fault));
    }
    for tree in Trees::new(text, dialect) {
        match tree {
            Ok((_, node)) => documents.push(node),
            Err((_, fault)) => return (documents, Some(fault)),
        }
    }
    (documents, None)
}

/// The trees of a text's documents with their numbers, or what keeps a document from being read.
pub(crate) struct Trees<'a> {
    stream: Stream<'a>,
}

impl<'a> Trees<'a> {
    pub(crate) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self { stream: Stream::new(text, dialect) }
    }

    /// The document with this number, which is not asked for before an earlier one.
    pub(crate) fn document(&mut self, index: usize) -> Option<Result<Arc<Node>, YamlFault>> {
        self.find_map(|tree| match tree {
            Ok((found, node)) if found == index => Some(Ok(node)),
            Err((found, fault)) if found == index => Some(Err(fault)),
            _ => None,
        })
    }
}

impl Iterator for Trees<'_> {
    type Item = Result<(usize, Arc<Node>), (usize, YamlFault)>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut builder = Builder::default();
        loop {
            match self.stream.next()? {
                Item::Start => builder = Builder::default(),
                Item::Event(event, place) => builder.event(event, place),
                Item::End(index) => {
                    if let Some(fault) = builder.fault {
                        return Some(Err((index, fault)));
                    }
                    if let Some(root) = builder.root {
                        return Some(Ok((index, root)));
                    }
                    builder = Builder::default();
                }
                Item::Broken(index, fault) => {
                    return Some(Err((index, builder.fault.unwrap_or(fault))));
                }
            }
        }
    }
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<String, Anchor>,
    root: Option<Arc<Node>>,
    fault: Option<YamlFault>,
}

enum Anchor {
    Open { is_map: bool },
    Done(Arc<Node>),
}

struct Open {
    place: Place,
    tag: Option<String>,
    anchor: Option<String>,
    part: OpenPart,
}

enum OpenPart {
    List(Vec<Arc<Node>>),
    Map(Vec<(Arc<Node>, Arc<Node>)>, Option<Arc<Node>>),
}

impl Builder {
    fn event(&mut self, event: Event<'_>, place: Place) {
        if self.fault.is_some() {
            return;
        }
        match event {
            Event::Scalar(text, style, properties) => {
                let (anchor, tag) = parts(properties);
                let part = Part::Scalar(text.as_ref().into(), style);
                self.finish(Node { place, depth: 0, tag, part }, anchor);
            }
            Event::Alias(name) => self.alias(&name, place),
            Event::ListStart(properties) => self.begin(OpenPart::List(Vec::new()), properties, place),
            Event::MapStart(properties) => self.begin(OpenPart::Map(Vec::new(), None), properties, place),
            Event::ListEnd | Event::MapEnd => self.close(),
            Event::DocumentStart | Event::DocumentEnd | Event::StreamEnd => {}
        }
    }

    fn fail(&mut self, message: String, place: Place) {
        let Place { line, column } = place;
        self.fault = Some(YamlFault { message, line, column, go_line: None });
    }

    fn alias(&mut self, name: &str, place: Place) {
        let (target, depth) = match self.anchors.get(name) {
            Some(Anchor::Done(node)) => (Target::Node(Arc::clone(node)), node.depth),
            Some(Anchor::Open { is_map }) => (Target::Around { is_map: *is_map }, 0),
            None => return self.fail(format!("unknown anchor '{name}' referenced"), place),
        };
        if self.open.len() + depth > DEPTH_MAX {
            return self.fail(format!("exceeded max depth of {DEPTH_MAX}"), place);
        }
        let part = Part::Alias(name.into(), target);
        self.finish(Node { place, depth, tag: None, part }, None);
    }

    fn begin(&mut self, part: OpenPart, properties: Option<Box<Properties<'_>>>, place: Place) {
        if self.open.len() >= DEPTH_MAX {
            return self.fail(format!("exceeded max depth of {DEPTH_MAX}"), place);
        }
        let (anchor, tag) = parts(properties);
        if let Some(name) = &anchor {
            let is_map = matches!(part, OpenPart::Map(..));
            self.anchors.insert(name.clone(), Anchor::Open { is_map });
        }
        self.open.push(Open { place, tag, anchor, part });
    }

    fn close(&mut self) {
        let Some(Open { place, tag, anchor, part }) = self.open.pop() else { return };
        let (part, inner) = match part {
            OpenPart::List(items) => {
                let inner = items.iter().map(|item| item.depth).max();
                (Part::List(items), inner)
            }
            OpenPart::Map(pairs, _) => {
                let inner = pairs.iter().map(|(key, value)| key.depth.max(value.depth)).max();
                (Part::Map(pairs), inner)
            }
        };
        self.finish(Node { place, depth: inner.unwrap_or_default() + 1, tag, part }, anchor);
    }

    fn finish(&mut self, node: Node, anchor: Option<String>) {
        let node = Arc::new(node);
        if let Some(name) = anchor {
            self.anchors.insert(name, Anchor::Done(Arc::clone(&node)));
        }
        match self.open.last_mut().map(|open| &mut open.part) {
            None => self.root = Some(node),
            Some(OpenPart::List(items)) => items.push(node),
            Some(OpenPart::Map(pairs, key)) => match key.take() {
                None => *key = Some(node),
                Some(name) => pairs.push((name, node)),
            },
        }
    }
}

fn parts(properties: Option<Box<Properties<'_>>>) -> (Option<String>, Option<String>) {
    properties.map_or((None, None), |properties| {
        let Properties { anchor, tag } = *properties;
        (anchor.map(std::borrow::Cow::into_owned), tag)
    })
}
