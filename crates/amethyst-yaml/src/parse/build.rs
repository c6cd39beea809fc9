//! Events to one document: go-yaml's decoder.

mod alias;
mod attach;
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
    /// Faults of values that a later key of the same name may still replace, with the count of nodes before.
    late: Vec<(Rank, YamlFault, usize)>,
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
    /// go-yaml v3 merges what a map's `<<` brings after its other pairs.
    Merge,
    /// Keys are made strings.
    Convert,
    /// The values are written as JSON.
    Json,
}

/// More faults of the kind that a later key may undo are not remembered.
const LATE_FAULTS_MAX: usize = 64;

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
            late: Vec::new(),
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
        self.late.clear();
        self.is_over = false;
        self.duplicates.clear();
        self.pending = None;
        self.anchors.clear();
        self.nodes = Nodes::default();
    }

    /// The document, or `None` when it is empty.
    pub(super) fn finish(&mut self) -> Result<Option<Finished<M::Value>>, YamlFault> {
        let late = self.late.drain(..).min_by_key(|(rank, ..)| *rank).map(|(rank, fault, _)| (rank, fault));
        if let Some((rank, fault)) = self.fault.take().or(late) {
            return Err(match self.duplicates.first() {
                Some(duplicate) if self.dialect == Dialect::GoV3 && rank >= Rank::Convert => {
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
        let Place { line, column } = place;
        let fault = YamlFault { message, line, column, go_line: None };
        if rank >= Rank::Convert {
            if self.late.len() < LATE_FAULTS_MAX {
                self.late.push((rank, fault, self.nodes.all));
            }
        } else if self.fault.as_ref().is_none_or(|(known, _)| rank < *known) {
            self.fault = Some((rank, fault));
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

    fn merge_rank(&self) -> Rank {
        if self.dialect == Dialect::GoV3 { Rank::Merge } else { Rank::Decode }
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
            self.fail(self.merge_rank(), MERGE_WANTS_MAP.to_owned(), place);
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
            self.fail(self.merge_rank(), MERGE_WANTS_MAP.to_owned(), place);
            if let Some(name) = anchor {
                let (value, key) = (self.make.null(), Err((Rank::Convert, INVALID_KEY.to_owned())));
                let anchored = Anchored { value, nodes: 1, shape: Shape::Scalar(key) };
                self.anchors.insert(name.to_owned(), Some(anchored));
            }
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
}
