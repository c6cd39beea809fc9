//! Events to one document: go-yaml's decoder.

use std::borrow::Cow;
use std::collections::HashMap;

use amethyst_object::{Map, Str, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saphyr_parser::{Event, ScalarStyle, Tag};

use super::events::Place;
use super::{DEPTH_MAX, Duplicate, YamlFault};
use crate::Dialect;
use crate::number::general_float_of_32_bits;
use crate::raw::{folded_again, raw_value};
use crate::resolve::{Scalar, resolve};

/// A finished document, the line it begins at and its duplicate keys.
type Finished = (Value, u32, Vec<Duplicate>);

/// Builds one document after another.
pub(super) struct Builder {
    dialect: Dialect,
    /// Scalars keep their text.
    raw: bool,
    frames: Vec<Frame>,
    root: Option<Value>,
    empty: bool,
    line: u32,
    fault: Option<YamlFault>,
    duplicates: Vec<Duplicate>,
    anchors: HashMap<usize, Anchored>,
    nodes: Nodes,
}

/// What an anchor names; `None` while it is being built.
type Anchored = Option<(Value, usize)>;

/// go-yaml's counters against documents that are mostly aliases.
#[derive(Default)]
struct Nodes {
    all: usize,
    aliased: usize,
}

struct Frame {
    kind: FrameKind,
    anchor: usize,
    place: Place,
    nodes_before: usize,
}

enum FrameKind {
    List(Vec<Value>),
    Map { map: Map, lines: Vec<(Str, u32)>, key: Option<Key>, merge: Option<Value> },
}

enum Key {
    Field(Str),
    Merge,
    /// A list or a map: no key of a document.
    Unusable,
}

impl Builder {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            raw: false,
            frames: Vec::new(),
            root: None,
            empty: false,
            line: 0,
            fault: None,
            duplicates: Vec::new(),
            anchors: HashMap::new(),
            nodes: Nodes::default(),
        }
    }

    /// Scalars keep their text.
    pub(super) fn raw() -> Self {
        Self { raw: true, ..Self::new(Dialect::GoV3) }
    }

    /// Forgets what is left of the document before.
    pub(super) fn begin(&mut self) {
        *self = Self { raw: self.raw, ..Self::new(self.dialect) };
    }

    /// The document, or `None` when it is empty.
    pub(super) fn finish(&mut self) -> Result<Option<Finished>, YamlFault> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let root = self.root.take().filter(|_| !self.empty);
        Ok(root.map(|value| (value, self.line, std::mem::take(&mut self.duplicates))))
    }

    pub(super) fn event(&mut self, event: Event<'_>, place: Place) {
        if self.fault.is_some() {
            return;
        }
        if self.line == 0 {
            self.line = place.line;
        }
        let done = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), place)
            }
            Event::Alias(id) => self.alias(id, place),
            Event::SequenceStart(anchor, _) => self.open(FrameKind::List(Vec::new()), anchor, place),
            Event::MappingStart(anchor, _) => {
                let kind = FrameKind::Map { map: Map::new(), lines: Vec::new(), key: None, merge: None };
                self.open(kind, anchor, place)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => Ok(()),
        };
        if let Err((message, place)) = done {
            self.fault = Some(YamlFault { message, line: place.line, column: place.column });
        }
    }

    fn open(&mut self, kind: FrameKind, anchor: usize, place: Place) -> Result<(), (String, Place)> {
        if self.frames.len() >= DEPTH_MAX {
            return Err((format!("exceeded max depth of {DEPTH_MAX}"), place));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
        let nodes_before = self.nodes.all;
        self.nodes.all += 1;
        self.frames.push(Frame { kind, anchor, place, nodes_before });
        Ok(())
    }

    fn close(&mut self) -> Result<(), (String, Place)> {
        let Some(Frame { kind, anchor, place, nodes_before }) = self.frames.pop() else { return Ok(()) };
        let value = match kind {
            FrameKind::List(items) => Value::Array(items),
            FrameKind::Map { mut map, merge, .. } => {
                // go-yaml v3 merges last and never overrides.
                if let Some(source) = merge {
                    merge_missing(&mut map, source).map_err(|message| (message, place))?;
                }
                Value::Object(map)
            }
        };
        if anchor > 0 {
            self.anchors.insert(anchor, Some((value.clone(), self.nodes.all - nodes_before)));
        }
        self.attach(value, place)
    }

    fn alias(&mut self, id: usize, place: Place) -> Result<(), (String, Place)> {
        let (value, nodes) = match self.anchors.get(&id) {
            Some(Some((value, nodes))) => (value.clone(), *nodes),
            Some(None) => return Err(("anchor value contains itself".to_owned(), place)),
            // saphyr-parser keeps anchors from document to document; YAML does not.
            None => return Err(("unknown anchor referenced".to_owned(), place)),
        };
        self.nodes.all += nodes + 1;
        self.nodes.aliased += nodes;
        if self.nodes.excessive() {
            return Err(("document contains excessive aliasing".to_owned(), place));
        }
        if self.wants_key() {
            let key = self.key_of(&value, place)?;
            return self.set_key(key, place);
        }
        self.attach(value, place)
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        place: Place,
    ) -> Result<(), (String, Place)> {
        self.nodes.all += 1;
        let plain = style == ScalarStyle::Plain;
        self.empty = self.frames.is_empty() && plain && tag.is_none() && text.is_empty();
        let fail = |message| (message, place);
        let tag = tag.map(short_tag);
        let as_key = self.wants_key();
        if as_key && text == "<<" && (plain && tag.is_none() || tag.as_deref() == Some("!!merge")) {
            return self.set_key(Key::Merge, place);
        }
        let again = if self.raw && style == ScalarStyle::Folded { folded_again(text) } else { None };
        let text = again.as_deref().unwrap_or(text);
        let scalar = resolve_tagged(text, plain, tag.as_deref(), self.dialect).map_err(fail)?;
        let value = match (&scalar, as_key) {
            // A float as a key is printed with 32 bits, whatever JSON would make of it.
            (Resolved::Plain(found), false) if self.raw => raw_value(found, text),
            (Resolved::Plain(Scalar::Float(float)), true) => {
                Value::String(general_float_of_32_bits(*float).into())
            }
            _ => scalar.into_value(text, self.dialect).map_err(fail)?,
        };
        if as_key {
            let key = self.key_of(&value, place)?;
            if anchor > 0 {
                self.anchors.insert(anchor, Some((value, 1)));
            }
            return self.set_key(key, place);
        }
        if anchor > 0 {
            self.anchors.insert(anchor, Some((value.clone(), 1)));
        }
        self.attach(value, place)
    }

    fn wants_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { kind: FrameKind::Map { key: None, .. }, .. }))
    }

    /// Keys become strings as `sigs.k8s.io/yaml` makes them; kyaml has no such step.
    fn key_of(&self, value: &Value, place: Place) -> Result<Key, (String, Place)> {
        match value {
            Value::String(text) => return Ok(Key::Field(text.clone())),
            Value::Number(_) | Value::Bool(_) if self.dialect == Dialect::GoV3 => {
                return Err(("json: unsupported type: map[interface {}]interface {}".to_owned(), place));
            }
            Value::Number(number) if number.is_integer() => return Ok(Key::Field(number.as_str().into())),
            Value::Number(number) => return Ok(Key::Field(general_float_of_32_bits(number.as_f64()).into())),
            Value::Bool(value) => return Ok(Key::Field(if *value { "true".into() } else { "false".into() })),
            Value::Null | Value::Array(_) | Value::Object(_) => {}
        }
        let kind = match value {
            Value::Null => "unsupported map key of type: null",
            _ => "invalid map key",
        };
        Err((kind.to_owned(), place))
    }

    fn set_key(&mut self, found: Key, place: Place) -> Result<(), (String, Place)> {
        let Some(Frame { kind: FrameKind::Map { map, lines, key, .. }, .. }) = self.frames.last_mut() else {
            return Err(("a key stands outside of a map".to_owned(), place));
        };
        if let Key::Field(name) = &found {
            // A key that a merge brought in is no duplicate.
            if map.contains_key(name)
                && let Some((_, first_line)) = lines.iter().rfind(|(seen, _)| seen == name)
            {
                self.duplicates.push(Duplicate {
                    key: name.clone(),
                    line: place.line,
                    column: place.column,
                    first_line: *first_line,
                });
            }
            lines.push((name.clone(), place.line));
        }
        *key = Some(found);
        Ok(())
    }

    fn attach(&mut self, value: Value, place: Place) -> Result<(), (String, Place)> {
        let fail = |message| (message, place);
        match self.frames.last_mut().map(|frame| &mut frame.kind) {
            None => self.root = Some(value),
            Some(FrameKind::List(items)) => items.push(value),
            Some(FrameKind::Map { map, key, merge, .. }) => match key.take() {
                None => *key = Some(Key::Unusable),
                Some(Key::Unusable) => return Err(fail("invalid map key".to_owned())),
                Some(Key::Field(name)) => {
                    map.insert(name, value);
                }
                Some(Key::Merge) if self.dialect == Dialect::GoV2 => merge_over(map, value).map_err(fail)?,
                Some(Key::Merge) => *merge = Some(value),
            },
        }
        Ok(())
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

const MERGE_WANTS_MAP: &str = "map merge requires map or sequence of maps as the value";

/// go-yaml v2: what is merged overrides what stood before; of several maps the first wins.
fn merge_over(map: &mut Map, source: Value) -> Result<(), String> {
    match source {
        Value::Object(source) => source.into_iter().for_each(|(key, value)| {
            map.insert(key, value);
        }),
        Value::Array(sources) => {
            for source in sources.into_iter().rev() {
                let Value::Object(source) = source else { return Err(MERGE_WANTS_MAP.to_owned()) };
                merge_over(map, Value::Object(source))?;
            }
        }
        _ => return Err(MERGE_WANTS_MAP.to_owned()),
    }
    Ok(())
}

fn merge_missing(map: &mut Map, source: Value) -> Result<(), String> {
    match source {
        Value::Object(source) => {
            for (key, value) in source {
                if !map.contains_key(&key) {
                    map.insert(key, value);
                }
            }
        }
        Value::Array(sources) => {
            for source in sources {
                let Value::Object(source) = source else { return Err(MERGE_WANTS_MAP.to_owned()) };
                merge_missing(map, Value::Object(source))?;
            }
        }
        _ => return Err(MERGE_WANTS_MAP.to_owned()),
    }
    Ok(())
}

enum Resolved {
    Plain(Scalar),
    Binary(String),
}

impl Resolved {
    fn into_value(self, text: &str, dialect: Dialect) -> Result<Value, String> {
        match self {
            Self::Plain(scalar) => scalar.into_value(text, dialect),
            Self::Binary(text) => Ok(Value::from(text)),
        }
    }
}

fn resolve_tagged(text: &str, plain: bool, tag: Option<&str>, dialect: Dialect) -> Result<Resolved, String> {
    let scalar = match tag {
        None if plain => resolve(text, dialect),
        Some("!") => resolve(text, dialect),
        Some("!!null") => Scalar::Null,
        Some("!!binary") => {
            let bytes = STANDARD.decode(text.split_whitespace().collect::<String>());
            let bytes = bytes.map_err(|_| "!!binary value contains invalid base64 data".to_owned())?;
            return Ok(Resolved::Binary(String::from_utf8_lossy(&bytes).into_owned()));
        }
        Some(tag @ ("!!bool" | "!!int" | "!!float" | "!!timestamp")) => match resolve(text, dialect) {
            Scalar::Int(value) if tag == "!!float" => Scalar::Float(value as f64),
            found if found.tag() == tag => found,
            found => return Err(format!("cannot decode {} `{text}` as a {tag}", found.tag())),
        },
        // go-yaml leaves tags it does not know to the program, which sees a string.
        None | Some(_) => Scalar::String,
    };
    Ok(Resolved::Plain(scalar))
}

fn short_tag(tag: &Tag) -> Cow<'static, str> {
    match (tag.handle.as_str(), tag.suffix.as_str()) {
        ("tag:yaml.org,2002:" | "!!", suffix) => format!("!!{suffix}").into(),
        ("" | "!", "" | "!") => "!".into(),
        (handle, suffix) => match suffix.strip_prefix("tag:yaml.org,2002:") {
            Some(name) => format!("!!{name}").into(),
            None => format!("{handle}{suffix}").into(),
        },
    }
}
