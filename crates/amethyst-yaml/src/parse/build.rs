//! Events to one document: go-yaml's decoder.

mod merge;
mod scalar;

use std::collections::HashMap;

use amethyst_object::Str;

use super::{DEPTH_MAX, Duplicate, Place, YamlFault};
use crate::Dialect;
use crate::grammar::{Event, Properties};
use crate::make::Make;
use crate::resolve::Scalar;
use crate::scan::Style;
use merge::{MERGE_WANTS_MAP, Pairs};
use scalar::{Content, key_of, resolve_tagged};

/// A finished document, the line it begins at and its duplicate keys.
pub(super) struct Finished<V> {
    pub(super) value: V,
    pub(super) line: u32,
    pub(super) duplicates: Vec<Duplicate>,
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
    fault: Option<YamlFault>,
    /// go-yaml finds the fault before it has read the document to its end, and so before any that follows.
    is_unreadable: bool,
    duplicates: Vec<Duplicate>,
    anchors: HashMap<String, Option<Anchored<M::Value>>>,
    nodes: Nodes,
}

/// Makes a scalar from what it resolved to, its text and its style.
pub(super) type ScalarMaker<M> = fn(&Scalar, &str, Style) -> <M as Make>::Value;

/// What an anchor names.
struct Anchored<V> {
    value: V,
    nodes: usize,
    shape: Shape<V>,
}

enum Shape<V> {
    /// A scalar; what it is as a key.
    Scalar(Result<Str, String>),
    List,
    Map(Vec<(Str, V)>),
}

/// go-yaml's counters against documents that are mostly aliases.
#[derive(Default)]
struct Nodes {
    all: usize,
    aliased: usize,
}

struct Frame<V> {
    kind: FrameKind<V>,
    role: Role,
    anchor: Option<String>,
    nodes_before: usize,
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

type Step = Result<(), (String, Place)>;

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
            fault: None,
            is_unreadable: false,
            duplicates: Vec::new(),
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
        self.fault = None;
        self.is_unreadable = false;
        self.duplicates.clear();
        self.anchors.clear();
        self.nodes = Nodes::default();
    }

    /// The document, or `None` when it is empty.
    pub(super) fn finish(&mut self) -> Result<Option<Finished<M::Value>>, YamlFault> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let root = self.root.take().filter(|_| !self.empty);
        let duplicates = std::mem::take(&mut self.duplicates);
        Ok(root.map(|value| Finished { value, line: self.line, duplicates }))
    }

    /// The fault that comes before a syntax error further down.
    pub(super) fn take_unreadable(&mut self) -> Option<YamlFault> {
        if self.is_unreadable { self.fault.take() } else { None }
    }

    pub(super) fn event(&mut self, event: Event<'_>, place: Place) {
        if self.fault.is_some() {
            return;
        }
        if self.line == 0 {
            self.line = place.line;
        }
        let done = match event {
            Event::Scalar(text, style, properties) => self.scalar(&text, style, &properties, place),
            Event::Alias(name) => self.alias(&name, place),
            Event::ListStart(properties) => self.open(true, &properties, place),
            Event::MapStart(properties) => self.open(false, &properties, place),
            Event::ListEnd | Event::MapEnd => {
                self.close();
                Ok(())
            }
            Event::DocumentStart | Event::DocumentEnd | Event::StreamEnd => Ok(()),
        };
        if let Err((message, place)) = done {
            self.fault = Some(YamlFault { message, line: place.line, column: place.column, go_line: None });
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

    fn open(&mut self, is_list: bool, properties: &Properties<'_>, place: Place) -> Step {
        let role = self.role();
        if self.frames.len() >= DEPTH_MAX {
            return Err((format!("exceeded max depth of {DEPTH_MAX}"), place));
        }
        let kind = match (is_list, role) {
            (true, Role::Merge) => FrameKind::MergeList(Vec::new()),
            (true, Role::MergeItem) => return Err((MERGE_WANTS_MAP.to_owned(), place)),
            (_, Role::Key) => return Err(("invalid map key".to_owned(), place)),
            (true, _) => FrameKind::List(Vec::new()),
            (false, _) => FrameKind::Map { pairs: Pairs::default(), key: None, merge: None },
        };
        let anchor = properties.anchor.as_deref().map(str::to_owned);
        if let Some(name) = &anchor {
            self.anchors.insert(name.clone(), None);
        }
        let nodes_before = self.nodes.all;
        self.nodes.all += 1;
        self.frames.push(Frame { kind, role, anchor, nodes_before });
        Ok(())
    }

    fn close(&mut self) {
        let Some(Frame { kind, role, anchor, nodes_before }) = self.frames.pop() else { return };
        let nodes = self.nodes.all - nodes_before;
        match kind {
            FrameKind::List(items) => {
                let value = self.make.list(items);
                self.name(anchor, &value, nodes, || Shape::List);
                self.attach(value);
            }
            FrameKind::MergeList(sources) => {
                if anchor.is_some() {
                    let items = sources.iter().map(|pairs| self.make.map(pairs.clone())).collect();
                    let value = self.make.list(items);
                    self.name(anchor, &value, nodes, || Shape::List);
                }
                self.merge(Source::List(sources));
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
                        self.name(anchor, &value, nodes, || Shape::Map(pairs.clone()));
                    }
                    self.merge_source(pairs, role);
                } else if anchor.is_some() {
                    let value = self.make.map(pairs.clone());
                    self.name(anchor, &value, nodes, || Shape::Map(pairs));
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
        nodes: usize,
        shape: impl FnOnce() -> Shape<M::Value>,
    ) {
        if let Some(name) = anchor {
            self.anchors.insert(name, Some(Anchored { value: value.clone(), nodes, shape: shape() }));
        }
    }

    fn alias(&mut self, name: &str, place: Place) -> Step {
        let role = self.role();
        let found = match self.anchors.get(name) {
            Some(Some(found)) => found,
            Some(None) => return Err((format!("anchor '{name}' value contains itself"), place)),
            None => {
                self.is_unreadable = true;
                return Err((format!("unknown anchor '{name}' referenced"), place));
            }
        };
        self.nodes.all += found.nodes + 1;
        self.nodes.aliased += found.nodes;
        if self.nodes.excessive() {
            return Err(("document contains excessive aliasing".to_owned(), place));
        }
        match role {
            Role::Key => {
                let key = match &found.shape {
                    Shape::Scalar(key) => key.clone().map_err(|message| (message, place))?,
                    Shape::List | Shape::Map(_) => return Err(("invalid map key".to_owned(), place)),
                };
                self.set_key(Key::Field(key), place);
            }
            Role::Merge | Role::MergeItem => {
                let Shape::Map(pairs) = &found.shape else {
                    return Err((MERGE_WANTS_MAP.to_owned(), place));
                };
                let copy = pairs.iter().map(|(key, value)| (key.clone(), self.make.copy(value))).collect();
                self.merge_source(copy, role);
            }
            Role::Item | Role::Field => {
                let value = self.make.copy(&found.value);
                self.attach(value);
            }
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: Style, properties: &Properties<'_>, place: Place) -> Step {
        let role = self.role();
        self.nodes.all += 1;
        let plain = style == Style::Plain;
        let tag = properties.tag.as_deref();
        if self.frames.is_empty() {
            self.empty = plain && tag.is_none() && text.is_empty();
        }
        let fail = |message| (message, place);
        match role {
            Role::Key if text == "<<" && scalar::is_merge(plain, tag) => {
                self.set_key(Key::Merge, place);
                return Ok(());
            }
            Role::Merge | Role::MergeItem => return Err(fail(MERGE_WANTS_MAP.to_owned())),
            Role::Key | Role::Item | Role::Field => {}
        }
        let content = resolve_tagged(text, plain, tag, self.dialect).map_err(fail)?;
        if role == Role::Key {
            let key = key_of(&content, text, self.dialect).map_err(fail)?;
            if let Some(name) = &properties.anchor {
                let value = self.value_of(&content, text, style).map_err(fail)?;
                let shape = Shape::Scalar(Ok(key.clone()));
                self.anchors.insert(name.to_string(), Some(Anchored { value, nodes: 1, shape }));
            }
            self.set_key(Key::Field(key), place);
            return Ok(());
        }
        let value = self.value_of(&content, text, style).map_err(fail)?;
        if let Some(name) = &properties.anchor {
            let shape = Shape::Scalar(key_of(&content, text, self.dialect));
            let anchored = Anchored { value: value.clone(), nodes: 1, shape };
            self.anchors.insert(name.to_string(), Some(anchored));
        }
        self.attach(value);
        Ok(())
    }

    fn value_of(&mut self, content: &Content, text: &str, style: Style) -> Result<M::Value, String> {
        let scalar = match content {
            Content::Binary(text) => return Ok(self.make.string(text)),
            Content::Resolved(scalar) => scalar,
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

    fn set_key(&mut self, found: Key, place: Place) {
        let Some(Frame { kind: FrameKind::Map { pairs, key, .. }, .. }) = self.frames.last_mut() else {
            return;
        };
        if let Key::Field(name) = &found
            && let Some(first_line) = pairs.announce(name, place.line)
        {
            self.duplicates.push(Duplicate {
                key: name.clone(),
                line: place.line,
                column: place.column,
                first_line,
            });
        }
        *key = Some(found);
    }

    fn attach(&mut self, value: M::Value) {
        match self.frames.last_mut().map(|frame| &mut frame.kind) {
            None => self.root = Some(value),
            Some(FrameKind::List(items)) => items.push(value),
            Some(FrameKind::Map { pairs, key, .. }) => {
                if let Some(Key::Field(name)) = key.take() {
                    pairs.set(name, value);
                }
            }
            Some(FrameKind::MergeList(_)) => {}
        }
    }

    fn merge_source(&mut self, source: Vec<(Str, M::Value)>, role: Role) {
        if role == Role::Merge {
            self.merge(Source::Map(source));
        } else if let Some(Frame { kind: FrameKind::MergeList(sources), .. }) = self.frames.last_mut() {
            sources.push(source);
        }
    }

    fn merge(&mut self, source: Source<M::Value>) {
        let Some(Frame { kind: FrameKind::Map { pairs, key, merge }, .. }) = self.frames.last_mut() else {
            return;
        };
        *key = None;
        if self.dialect == Dialect::GoV3 {
            *merge = Some(source);
            return;
        }
        // go-yaml v2: what is merged overrides what stood before; of several maps the first wins.
        match source {
            Source::Map(source) => pairs.add_over(source),
            Source::List(sources) => sources.into_iter().rev().for_each(|source| pairs.add_over(source)),
        }
    }
}

impl Nodes {
    /// go-yaml's `allowedAliasRatio`: the larger a document, the less of it may come from aliases.
    fn excessive(&self) -> bool {
        const LOW: f64 = 400_000.0;
        const HIGH: f64 = 4_000_000.0;
        let all = self.all as f64;
        let allowed = if all <= LOW {
            0.99
        } else if all >= HIGH {
            0.10
        } else {
            0.99 - 0.89 * ((all - LOW) / (HIGH - LOW))
        };
        self.aliased > 100 && self.all > 1000 && self.aliased as f64 / all > allowed
    }
}
