//! Events to one document: go-yaml's decoder.

mod merge;
mod scalar;

use std::borrow::Cow;
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
    /// Of several faults the one that Go comes upon first.
    fault: Option<(Rank, YamlFault)>,
    /// The rest of the document is not looked at.
    is_over: bool,
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
    shape: Shape<V>,
}

enum Shape<V> {
    /// A scalar; what it is as a key.
    Scalar(Result<Str, (Rank, String)>),
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
    place: Place,
    nodes_before: usize,
    /// A fault was told before it began.
    is_behind_fault: bool,
    /// It is a map with duplicate keys.
    has_duplicates: bool,
}

enum FrameKind<V> {
    List(Vec<V>),
    /// The maps of a `<<` list.
    MergeList(Vec<Vec<(Str, V)>>),
    Map {
        pairs: Pairs<V>,
        key: Option<Key>,
        merge: Option<Source<V>>,
        /// Keys that are no strings, as text, and their lines.
        odd: Vec<(Str, u32)>,
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
    /// It has been told to be wrong; its value is dropped.
    Unusable,
}

/// Which of Go's steps finds a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The document is read into nodes.
    Read,
    /// The nodes are decoded into values.
    Decode,
    /// Keys are made strings.
    Convert,
    /// The values are written as JSON.
    Json,
}

const INVALID_KEY: &str = "invalid map key";

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
            is_over: false,
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
        self.fault = None;
        self.is_over = false;
        self.duplicates.clear();
        self.pending = None;
        self.anchors.clear();
        self.nodes = Nodes::default();
    }

    /// The document, or `None` when it is empty.
    pub(super) fn finish(&mut self) -> Result<Option<Finished<M::Value>>, YamlFault> {
        if let Some((rank, fault)) = self.fault.take() {
            return Err(match self.duplicates.first() {
                Some(duplicate) if self.dialect == Dialect::GoV3 && rank > Rank::Decode => {
                    duplicate.to_fault()
                }
                _ => fault,
            });
        }
        let root = self.root.take().filter(|_| !self.empty);
        let duplicates = std::mem::take(&mut self.duplicates);
        Ok(root.map(|value| Finished { value, line: self.line, duplicates }))
    }

    /// The fault that Go comes upon before a syntax error further down.
    pub(super) fn take_unreadable(&mut self) -> Option<YamlFault> {
        self.fault.take().filter(|(rank, _)| *rank == Rank::Read).map(|(_, fault)| fault)
    }

    fn fail(&mut self, rank: Rank, message: String, place: Place) {
        if self.fault.as_ref().is_none_or(|(known, _)| rank < *known) {
            let Place { line, column } = place;
            self.fault = Some((rank, YamlFault { message, line, column, go_line: None }));
        }
    }

    pub(super) fn event(&mut self, event: Event<'_>, place: Place) {
        if self.is_over {
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
            Some(FrameKind::Map { key: Some(Key::Field(_) | Key::Unusable), .. }) => Role::Field,
            Some(FrameKind::Map { key: Some(Key::Merge), .. }) => Role::Merge,
        }
    }

    fn is_merging(&self) -> bool {
        self.frames.last().is_some_and(|frame| matches!(frame.role, Role::Merge | Role::MergeItem))
    }

    fn open(&mut self, is_list: bool, properties: Option<Box<Properties<'_>>>, place: Place) {
        let role = self.role();
        if self.frames.len() >= DEPTH_MAX {
            self.fail(Rank::Read, format!("exceeded max depth of {DEPTH_MAX}"), place);
            self.is_over = true;
            return;
        }
        let kind = match (is_list, role) {
            (true, Role::Merge) => FrameKind::MergeList(Vec::new()),
            (true, _) => FrameKind::List(Vec::new()),
            (false, _) => FrameKind::Map { pairs: Pairs::default(), key: None, merge: None, odd: Vec::new() },
        };
        if is_list && role == Role::MergeItem {
            self.fail(Rank::Decode, MERGE_WANTS_MAP.to_owned(), place);
        }
        let anchor = properties.and_then(|properties| properties.anchor).map(Cow::into_owned);
        if let Some(name) = &anchor {
            self.anchors.insert(name.clone(), None);
        }
        let nodes_before = self.nodes.all;
        self.nodes.all += 1;
        let is_behind_fault = self.fault.is_some();
        let has_duplicates = false;
        self.frames.push(Frame { kind, role, anchor, place, nodes_before, is_behind_fault, has_duplicates });
    }

    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let Frame { kind, role, anchor, place, nodes_before, .. } = frame;
        let nodes = self.nodes.all - nodes_before;
        match kind {
            FrameKind::List(items) => {
                let value = self.make.list(items);
                self.name(anchor, &value, nodes, || Shape::List);
                self.attach_as(role, value, place);
            }
            FrameKind::MergeList(sources) => {
                if anchor.is_some() {
                    let items = sources.iter().map(|pairs| self.make.map(pairs.clone())).collect();
                    let value = self.make.list(items);
                    self.name(anchor, &value, nodes, || Shape::List);
                }
                self.merge(Source::List(sources), place);
            }
            FrameKind::Map { mut pairs, merge, .. } => {
                if frame.has_duplicates && self.dialect == Dialect::GoV3 && !frame.is_behind_fault {
                    // go-yaml v3 decodes nothing of a map with duplicate keys.
                    self.fault = None;
                }
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
                    self.merge_source(pairs, role, place);
                } else if anchor.is_some() {
                    let value = self.make.map(pairs.clone());
                    self.name(anchor, &value, nodes, || Shape::Map(pairs));
                    self.attach_as(role, value, place);
                } else {
                    let value = self.make.map(pairs);
                    self.attach_as(role, value, place);
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

    fn alias(&mut self, name: &str, place: Place) {
        let role = self.role();
        let found = match self.anchors.get(name) {
            Some(Some(found)) => found,
            Some(None) => {
                self.fail(Rank::Decode, format!("anchor '{name}' value contains itself"), place);
                return self.attach_nothing(role);
            }
            None => {
                self.fail(Rank::Read, format!("unknown anchor '{name}' referenced"), place);
                self.is_over = true;
                return;
            }
        };
        self.nodes.all += found.nodes + 1;
        self.nodes.aliased += found.nodes;
        if self.nodes.excessive() {
            self.fail(Rank::Decode, "document contains excessive aliasing".to_owned(), place);
            self.is_over = true;
            return;
        }
        match (role, &found.shape) {
            (Role::Key, Shape::Scalar(Ok(key))) => {
                let key = Key::Field(key.clone());
                self.set_key(key, place);
            }
            (Role::Key, Shape::Scalar(Err((rank, message)))) => {
                let (rank, message) = (*rank, message.clone());
                self.fail(rank, message, place);
                self.set_key(Key::Unusable, place);
            }
            (Role::Key, Shape::List | Shape::Map(_)) => {
                self.fail(Rank::Decode, INVALID_KEY.to_owned(), place);
                self.set_key(Key::Unusable, place);
            }
            (Role::Merge | Role::MergeItem, Shape::Map(pairs)) => {
                let copy = pairs.iter().map(|(key, value)| (key.clone(), self.make.copy(value))).collect();
                self.merge_source(copy, role, place);
            }
            (Role::Merge | Role::MergeItem, _) => {
                self.fail(Rank::Decode, MERGE_WANTS_MAP.to_owned(), place);
                self.attach_nothing(role);
            }
            (Role::Item | Role::Field, _) => {
                let value = self.make.copy(&found.value);
                self.attach(value);
            }
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
            self.note_odd_key(text, place);
            return self.set_key(Key::Merge, place);
        }
        if matches!(role, Role::Merge | Role::MergeItem) {
            self.fail(Rank::Decode, MERGE_WANTS_MAP.to_owned(), place);
            return self.attach_nothing(role);
        }
        let content = resolve_tagged(text, plain, tag, self.dialect).unwrap_or_else(|message| {
            self.fail(Rank::Decode, message, place);
            Content::Tagged
        });
        let key = (role == Role::Key || anchor.is_some()).then(|| key_of(&content, text, self.dialect));
        if role != Role::Key || anchor.is_some() {
            let value = self.value_of(&content, text, style, place);
            if let (Some(name), Some(key)) = (anchor, &key) {
                let anchored = Anchored { value: value.clone(), nodes: 1, shape: Shape::Scalar(key.clone()) };
                self.anchors.insert(name.to_string(), Some(anchored));
            }
            if role != Role::Key {
                return self.attach(value);
            }
        }
        match key {
            Some(Ok(key)) => self.set_key(Key::Field(key), place),
            // go-yaml v3 merges into a map of strings, and reads keys as such.
            Some(Err((Rank::Json, _))) if self.is_merging() && !text.is_empty() => {
                self.set_key(Key::Field(text.into()), place);
            }
            Some(Err((rank, message))) => {
                self.fail(rank, message, place);
                self.note_odd_key(text, place);
                self.set_key(Key::Unusable, place);
            }
            None => {}
        }
    }

    fn value_of(&mut self, content: &Content, text: &str, style: Style, place: Place) -> M::Value {
        let scalar = match content {
            Content::Binary(text) => return self.make.string(text),
            Content::Resolved(scalar) => scalar,
            Content::Tagged => &Scalar::String,
        };
        if let Some(scalars) = self.scalars {
            return scalars(scalar, text, style);
        }
        match scalar {
            Scalar::Null => self.make.null(),
            Scalar::Bool(value) => self.make.bool(*value),
            Scalar::Int(value) => self.make.int(*value),
            Scalar::Float(value) => match scalar::check_finite(*value) {
                Ok(()) => self.make.float(*value),
                Err(message) => {
                    self.fail(Rank::Json, message, place);
                    self.make.null()
                }
            },
            Scalar::Timestamp if self.dialect == Dialect::GoV3 => {
                match crate::resolve::rewrite_timestamp(text) {
                    Some(rewritten) => self.make.string(&rewritten),
                    None => self.make.string(text),
                }
            }
            Scalar::Timestamp | Scalar::String => self.make.string(text),
        }
    }

    fn set_key(&mut self, found: Key, place: Place) {
        let Some(Frame { kind: FrameKind::Map { pairs, key, .. }, has_duplicates, .. }) =
            self.frames.last_mut()
        else {
            return;
        };
        if let Key::Field(name) = &found
            && let Some(first_line) = pairs.announce(name, place.line)
        {
            *has_duplicates = true;
            self.pending = Some(self.duplicates.len());
            self.duplicates.push(Duplicate {
                key: name.clone(),
                line: place.line,
                column: place.column,
                first_line,
                value_line: place.line,
            });
        }
        *key = Some(found);
    }

    /// go-yaml v3 finds duplicates by the text of a key, whatever it is.
    fn note_odd_key(&mut self, text: &str, place: Place) {
        if self.dialect != Dialect::GoV3 {
            return;
        }
        let Some(Frame { kind: FrameKind::Map { odd, .. }, has_duplicates, .. }) = self.frames.last_mut()
        else {
            return;
        };
        if let Some((key, first_line)) = odd.iter().find(|(known, _)| known == text) {
            *has_duplicates = true;
            let Place { line, column } = place;
            let (key, first_line) = (key.clone(), *first_line);
            self.duplicates.push(Duplicate { key, line, column, first_line, value_line: line });
        }
        odd.push((text.into(), place.line));
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

    /// A list or a map may stand where go-yaml reads none.
    fn attach_as(&mut self, role: Role, value: M::Value, place: Place) {
        match role {
            Role::Item | Role::Field => self.attach(value),
            Role::Key => {
                self.fail(Rank::Decode, INVALID_KEY.to_owned(), place);
                self.note_odd_key("", place);
                self.set_key(Key::Unusable, place);
            }
            Role::Merge | Role::MergeItem => self.attach_nothing(role),
        }
    }

    /// Goes past a node that has been told to be wrong.
    fn attach_nothing(&mut self, role: Role) {
        if let Some(Frame { kind: FrameKind::Map { key, .. }, .. }) = self.frames.last_mut() {
            *key = if role == Role::Key { Some(Key::Unusable) } else { None };
        }
    }

    fn merge_source(&mut self, source: Vec<(Str, M::Value)>, role: Role, place: Place) {
        if role == Role::Merge {
            self.merge(Source::Map(source), place);
        } else if let Some(Frame { kind: FrameKind::MergeList(sources), .. }) = self.frames.last_mut() {
            sources.push(source);
        }
    }

    fn merge(&mut self, source: Source<M::Value>, place: Place) {
        let Some(Frame { kind: FrameKind::Map { pairs, key, merge, .. }, .. }) = self.frames.last_mut()
        else {
            return;
        };
        *key = None;
        if self.dialect == Dialect::GoV3 {
            *merge = Some(source);
            return;
        }
        // go-yaml v2: what is merged overrides what stood before; of several maps the first wins.
        let sources = match source {
            Source::Map(source) => vec![source],
            Source::List(sources) => sources,
        };
        for source in sources.into_iter().rev() {
            for (name, value) in source {
                if let Some(first_line) = pairs.announce(&name, place.line) {
                    let Place { line, column } = place;
                    let key = name.clone();
                    self.duplicates.push(Duplicate { key, line, column, first_line, value_line: line });
                }
                pairs.set(name, value);
            }
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
