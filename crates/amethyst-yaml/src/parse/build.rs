//! Events to one document: what go-yaml's decoder makes of it.
//!
//! This takes the events as they come, leaves first. Where anything is out of the ordinary it stops, and the
//! document is decoded again node by node as Go does it: see [`crate::node`].

mod alias;
mod attach;
mod merge;
mod scalar;
mod slow;

use std::borrow::Cow;
use std::collections::HashMap;

use amethyst_object::Str;

use super::{DEPTH_MAX, Duplicate, Place, YamlFault};
use crate::Dialect;
use crate::grammar::{Event, Properties};
use crate::make::Make;
use crate::resolve::Scalar;
use crate::scan::Style;
use merge::Pairs;
use scalar::{KeyText, key_of};

pub(crate) use merge::MERGE_WANTS_MAP;
pub(crate) use scalar::{Content, is_merge, resolve_tagged};

/// A finished document, the line it begins at and its duplicate keys.
pub(super) struct Finished<V> {
    pub(super) value: V,
    pub(super) line: u32,
    pub(super) duplicates: Vec<Duplicate>,
}

/// Why a document was not finished.
pub(super) enum Unfinished {
    /// Go refuses it while it reads nodes.
    Unreadable(YamlFault),
    /// Something in it is odd: what Go makes of it comes out when its nodes are decoded one after another.
    Odd,
}

/// Builds one document after another.
pub(super) struct Builder<'m, M: Make> {
    dialect: Dialect,
    make: &'m mut M,
    /// Makes a scalar in place of `make`.
    scalars: Option<ScalarMaker<M>>,
    frames: Vec<Frame<M::Value>>,
    root: Option<M::Value>,
    empty: bool,
    line: u32,
    /// The rest of the document is not looked at.
    unfinished: Option<Unfinished>,
    duplicates: Vec<Duplicate>,
    /// The duplicate whose value comes next.
    pending: Option<usize>,
    anchors: HashMap<String, Option<Anchored<M::Value>>>,
    nodes: Nodes,
}

/// Makes a scalar from what it resolved to, its text and its style.
pub(super) type ScalarMaker<M> = fn(&Scalar, &str, Style) -> <M as Make>::Value;

/// What an anchor names.
struct Anchored<V> {
    value: V,
    nodes: usize,
    /// How deep lists and maps nest in it.
    depth: usize,
    shape: Shape<V>,
}

enum Shape<V> {
    /// A scalar; what it is as a key, if it is one.
    Scalar(Option<KeyText>),
    List,
    Map(Vec<(Str, V)>),
}

/// go-yaml's counters against documents that are mostly aliases.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Nodes {
    pub(crate) all: usize,
    pub(crate) aliased: usize,
}

struct Frame<V> {
    kind: FrameKind<V>,
    role: Role,
    anchor: Option<String>,
    place: Place,
    nodes_before: usize,
    /// How deep lists and maps nest in what it has so far.
    depth: usize,
}

enum FrameKind<V> {
    List(Vec<V>),
    /// The maps of a `<<` list.
    MergeList(Vec<Vec<(Str, V)>>),
    Map {
        pairs: Pairs<V>,
        key: Option<Key>,
        merge: Option<Source<V>>,
    },
}

/// What a `<<` brings in.
enum Source<V> {
    Map(Vec<(Str, V)>),
    List(Vec<Vec<(Str, V)>>),
}

/// What the next value is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The document, or the item of a list.
    Item,
    Key,
    Field,
    /// The value of `<<`.
    Merge,
    /// An item of the list under `<<`.
    MergeItem,
}

enum Key {
    Field(Str),
    Merge,
}

pub(crate) const INVALID_KEY: &str = "invalid map key";

impl<'m, M: Make> Builder<'m, M> {
    pub(super) fn new(dialect: Dialect, make: &'m mut M, scalars: Option<ScalarMaker<M>>) -> Self {
        Self {
            dialect,
            make,
            scalars,
            frames: Vec::new(),
            root: None,
            empty: false,
            line: 0,
            unfinished: None,
            duplicates: Vec::new(),
            pending: None,
            anchors: HashMap::new(),
            nodes: Nodes::default(),
        }
    }

    /// Forgets what is left of the document before.
    pub(super) fn begin(&mut self) {
        self.frames.clear();
        self.root = None;
        self.empty = false;
        self.line = 0;
        self.unfinished = None;
        self.duplicates.clear();
        self.pending = None;
        self.anchors.clear();
        self.nodes = Nodes::default();
    }

    /// The document, or `None` when it is empty.
    pub(super) fn finish(&mut self) -> Result<Option<Finished<M::Value>>, Unfinished> {
        if let Some(unfinished) = self.unfinished.take() {
            return Err(unfinished);
        }
        let root = self.root.take().filter(|_| !self.empty);
        let duplicates = std::mem::take(&mut self.duplicates);
        Ok(root.map(|value| Finished { value, line: self.line, duplicates }))
    }

    /// What Go comes upon before a syntax error further down.
    pub(super) fn take_unfinished(&mut self) -> Option<Unfinished> {
        self.unfinished.take()
    }

    #[cold]
    fn odd(&mut self) {
        self.unfinished.get_or_insert(Unfinished::Odd);
    }

    #[cold]
    fn unreadable(&mut self, message: String, place: Place) {
        let Place { line, column } = place;
        let fault = YamlFault { message, line, column, go_line: None };
        self.unfinished.get_or_insert(Unfinished::Unreadable(fault));
    }

    pub(super) fn event(&mut self, event: Event<'_>, place: Place) {
        if self.unfinished.is_some() {
            return;
        }
        if self.line == 0 {
            self.line = place.line;
        }
        if let Some(duplicate) = self.pending.take().and_then(|at| self.duplicates.get_mut(at)) {
            duplicate.value_line = place.line;
        }
        match event {
            Event::Scalar(text, style, properties) => self.scalar(&text, style, properties.as_deref(), place),
            Event::Alias(name) => self.alias(&name, place),
            Event::ListStart(properties) => self.open(true, properties, place),
            Event::MapStart(properties) => self.open(false, properties, place),
            Event::ListEnd | Event::MapEnd => self.close(),
            Event::DocumentStart | Event::DocumentEnd | Event::StreamEnd => {}
        }
    }

    fn role(&self) -> Role {
        match self.frames.last().map(|frame| &frame.kind) {
            None | Some(FrameKind::List(_)) => Role::Item,
            Some(FrameKind::MergeList(_)) => Role::MergeItem,
            Some(FrameKind::Map { key: None, .. }) => Role::Key,
            Some(FrameKind::Map { key: Some(Key::Field(_)), .. }) => Role::Field,
            Some(FrameKind::Map { key: Some(Key::Merge), .. }) => Role::Merge,
        }
    }

    fn open(&mut self, is_list: bool, properties: Option<Box<Properties<'_>>>, place: Place) {
        let role = self.role();
        if self.frames.len() >= DEPTH_MAX {
            return self.unreadable(format!("exceeded max depth of {DEPTH_MAX}"), place);
        }
        let kind = match (is_list, role) {
            (true, Role::Merge) => FrameKind::MergeList(Vec::new()),
            (true, _) => FrameKind::List(Vec::new()),
            (false, _) => FrameKind::Map { pairs: Pairs::default(), key: None, merge: None },
        };
        if is_list && role == Role::MergeItem || role == Role::Key {
            return self.odd();
        }
        let anchor = properties.and_then(|properties| properties.anchor).map(Cow::into_owned);
        if let Some(name) = &anchor {
            self.anchors.insert(name.clone(), None);
        }
        let nodes_before = self.nodes.all;
        self.nodes.all += 1;
        self.frames.push(Frame { kind, role, anchor, place, nodes_before, depth: 1 });
    }

    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let Frame { kind, role, anchor, place, nodes_before, depth } = frame;
        if let Some(parent) = self.frames.last_mut() {
            parent.depth = parent.depth.max(depth + 1);
        }
        let size = (self.nodes.all - nodes_before, depth);
        match kind {
            FrameKind::List(items) => {
                let value = self.make.list(items);
                self.name(anchor, &value, size, || Shape::List);
                self.attach(value);
            }
            FrameKind::MergeList(sources) => {
                if anchor.is_some() {
                    let items = sources.iter().map(|pairs| self.make.map(pairs.clone())).collect();
                    let value = self.make.list(items);
                    self.name(anchor, &value, size, || Shape::List);
                }
                self.merge(Source::List(sources), place);
            }
            FrameKind::Map { mut pairs, merge, .. } => {
                // go-yaml v3 merges last and never overrides.
                match merge {
                    Some(Source::Map(source)) => pairs.add_missing(source),
                    Some(Source::List(sources)) => {
                        for source in sources {
                            pairs.add_missing(source);
                        }
                    }
                    None => {}
                }
                let pairs = pairs.into_vec();
                if matches!(role, Role::Merge | Role::MergeItem) {
                    if anchor.is_some() {
                        let value = self.make.map(pairs.clone());
                        self.name(anchor, &value, size, || Shape::Map(pairs.clone()));
                    }
                    self.merge_source(pairs, role, place);
                } else if anchor.is_some() {
                    let value = self.make.map(pairs.clone());
                    self.name(anchor, &value, size, || Shape::Map(pairs));
                    self.attach(value);
                } else {
                    let value = self.make.map(pairs);
                    self.attach(value);
                }
            }
        }
    }

    fn name(
        &mut self,
        anchor: Option<String>,
        value: &M::Value,
        (nodes, depth): (usize, usize),
        shape: impl FnOnce() -> Shape<M::Value>,
    ) {
        if let Some(name) = anchor {
            self.anchors.insert(name, Some(Anchored { value: value.clone(), nodes, depth, shape: shape() }));
        }
    }

    fn scalar(&mut self, text: &str, style: Style, properties: Option<&Properties<'_>>, place: Place) {
        let role = self.role();
        self.nodes.all += 1;
        let plain = style == Style::Plain;
        let tag = properties.and_then(|properties| properties.tag.as_deref());
        let anchor = properties.and_then(|properties| properties.anchor.as_deref());
        if self.frames.is_empty() {
            self.empty = plain && tag.is_none() && text.is_empty();
        }
        if role == Role::Key && text == "<<" && scalar::is_merge(plain, tag, self.dialect) {
            return if anchor.is_some() { self.odd() } else { self.set_merge_key() };
        }
        if matches!(role, Role::Merge | Role::MergeItem) {
            return self.odd();
        }
        let Ok(content) = resolve_tagged(text, plain, tag, self.dialect) else { return self.odd() };
        let key = if role == Role::Key || anchor.is_some() {
            key_of(&content, text, self.dialect).ok()
        } else {
            None
        };
        if role != Role::Key || anchor.is_some() {
            let Ok(value) = self.value_of(&content, text, style) else { return self.odd() };
            if let Some(name) = anchor {
                let shape = Shape::Scalar(key.clone());
                let anchored = Anchored { value: value.clone(), nodes: 1, depth: 0, shape };
                self.anchors.insert(name.to_owned(), Some(anchored));
            }
            if role != Role::Key {
                return self.attach(value);
            }
        }
        match key {
            Some(key) => self.set_key(key, place),
            None => self.odd(),
        }
    }

    /// The value, or why JSON cannot hold it.
    fn value_of(&mut self, content: &Content, text: &str, style: Style) -> Result<M::Value, String> {
        let scalar = match content {
            Content::Binary(text) => return Ok(self.make.string(text)),
            Content::Resolved(scalar) => scalar,
            Content::Tagged => &Scalar::String,
        };
        if let Some(scalars) = self.scalars {
            return Ok(scalars(scalar, text, style));
        }
        Ok(match scalar {
            Scalar::Null => self.make.null(),
            Scalar::Bool(value) => self.make.bool(*value),
            Scalar::Int(value) => self.make.int(*value),
            Scalar::Float(value) => {
                scalar::check_finite(*value)?;
                self.make.float(*value)
            }
            Scalar::Timestamp if self.dialect == Dialect::GoV3 => {
                match crate::resolve::rewrite_timestamp(text) {
                    Some(rewritten) => self.make.string(&rewritten),
                    None => self.make.string(text),
                }
            }
            Scalar::Timestamp | Scalar::String => self.make.string(text),
        })
    }
}
