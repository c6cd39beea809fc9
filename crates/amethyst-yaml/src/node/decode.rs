//! Nodes to values, step by step as go-yaml's decoders go, so that of several faults the one is found that Go
//! finds first.

use std::collections::HashSet;
use std::sync::Arc;

use amethyst_object::Str;

use super::any::{Any, AnyKey, AnyMap, of_content};
use super::map::{Entry, KeyId, Pairs};
use super::{Node, Part, Target};
use crate::Dialect;
use crate::parse::{Content, INVALID_KEY, MERGE_WANTS_MAP, Nodes, Place};

/// What ends the decoding.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) place: Place,
}

/// Something that does not decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFault {
    /// What is wrong, in go-yaml's words.
    pub message: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl NodeFault {
    pub(super) fn at(message: String, place: Place) -> Self {
        Self { message, line: place.line, column: place.column }
    }
}

/// Decodes a document or a part of one as Go does into `interface {}`. go-yaml v3 goes on behind most faults and
/// tells all of them; what ends it stands alone, with no value.
pub fn decode(node: &Node, dialect: Dialect) -> (Option<Any>, Vec<NodeFault>) {
    let mut decoder = Decoder::new(dialect);
    match decoder.value(node) {
        Ok(found) => (Some(found.map_or(Any::Null, |found| found.into_any(dialect))), decoder.faults),
        Err(Failure { message, place }) => (None, vec![NodeFault::at(message, place)]),
    }
}

/// A decoded part that still knows how its scalars were written.
#[derive(Clone, Debug)]
pub(crate) enum Decoded {
    Scalar(Leaf),
    List(Vec<Decoded>),
    Map(Pairs),
}

/// A decoded scalar.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) content: Content,
    pub(crate) text: Str,
    pub(crate) style: crate::scan::Style,
    pub(crate) place: Place,
}

impl Decoded {
    fn into_any(self, dialect: Dialect) -> Any {
        match self {
            Self::Scalar(leaf) => of_content(&leaf.content, &leaf.text, dialect),
            Self::List(items) => Any::List(items.into_iter().map(|item| item.into_any(dialect)).collect()),
            Self::Map(pairs) => {
                let is_of_strings = pairs.is_of_strings;
                let pairs = pairs.entries.into_iter().map(|Entry { key, value, .. }| {
                    let key = AnyKey { value: of_content(&key.content, &key.text, dialect), text: key.text };
                    (key, value.into_any(dialect))
                });
                Any::Map(AnyMap { pairs: pairs.collect(), is_of_strings })
            }
        }
    }
}

/// go-yaml's decoder.
pub(crate) struct Decoder {
    pub(super) dialect: Dialect,
    nodes: Nodes,
    alias_depth: usize,
    /// The outermost alias that is being followed.
    outer_alias: Option<Place>,
    /// What is told at the end: go-yaml's `terrors`.
    pub(crate) faults: Vec<NodeFault>,
    /// The keys that merges into the map at hand leave alone.
    pub(super) merged: Option<HashSet<KeyId>>,
    pub(crate) duplicates: Vec<crate::Duplicate>,
}

impl Decoder {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            // The document counts.
            nodes: Nodes { all: 1, aliased: 0 },
            alias_depth: 0,
            outer_alias: None,
            faults: Vec::new(),
            merged: None,
            duplicates: Vec::new(),
        }
    }

    /// Decodes into an empty interface; `None` is no value.
    pub(crate) fn value(&mut self, node: &Node) -> Result<Option<Decoded>, Failure> {
        self.through(node, |decoder, node| match &node.part {
            Part::Scalar(text, style) => {
                let content = decoder.content(node, text)?;
                let leaf = Leaf { content, text: text.clone(), style: *style, place: node.place };
                Ok(Some(Decoded::Scalar(leaf)))
            }
            Part::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.extend(decoder.value(item)?);
                }
                Ok(Some(Decoded::List(list)))
            }
            Part::Map(pairs) => decoder.new_map(pairs),
            Part::Alias(..) => Ok(None),
        })
    }

    /// Counts the node, and follows it if it is an alias.
    pub(super) fn through<T>(
        &mut self,
        node: &Node,
        decode: impl FnOnce(&mut Self, &Node) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.nodes.all += 1;
        self.nodes.aliased += usize::from(self.alias_depth > 0);
        if self.nodes.excessive() {
            // Told where the document goes too far, not where what it repeats stands.
            let place = self.outer_alias.unwrap_or(node.place);
            return Err(Failure { message: "document contains excessive aliasing".to_owned(), place });
        }
        match &node.part {
            Part::Alias(_, Target::Node(target)) => {
                let outer = self.outer_alias;
                self.outer_alias = outer.or(Some(node.place));
                self.alias_depth += 1;
                let found = self.through(target, decode);
                self.alias_depth -= 1;
                self.outer_alias = outer;
                found
            }
            Part::Alias(name, Target::Around { .. }) => {
                fail(format!("anchor '{name}' value contains itself"), node)
            }
            _ => decode(self, node),
        }
    }

    pub(super) fn content(&self, node: &Node, text: &str) -> Result<Content, Failure> {
        node.content(text, self.dialect).map_err(|message| Failure { message, place: node.place })
    }

    fn new_map(&mut self, pairs: &[(Arc<Node>, Arc<Node>)]) -> Result<Option<Decoded>, Failure> {
        let mut map = Pairs::default();
        if self.dialect == Dialect::GoV3 {
            map.is_of_strings =
                pairs.iter().all(|(key, _)| matches!(key.tag(Dialect::GoV3).as_str(), "!!str" | "!!merge"));
            return Ok(self.fill_v3(pairs, &mut map)?.then_some(Decoded::Map(map)));
        }
        self.fill_v2(pairs, &mut map, None)?;
        Ok(Some(Decoded::Map(map)))
    }

    /// go-yaml v2: what is merged overrides what stands before it.
    fn fill_v2(
        &mut self,
        pairs: &[(Arc<Node>, Arc<Node>)],
        map: &mut Pairs,
        merged_at: Option<Place>,
    ) -> Result<(), Failure> {
        for (key, value) in pairs {
            if key.is_merge(Dialect::GoV2) {
                let merged_at = Some(merged_at.unwrap_or(value.place));
                self.merge(value, map, true, |decoder, pairs, map| decoder.fill_v2(pairs, map, merged_at))?;
                continue;
            }
            let Some(leaf) = self.key(key)? else { continue };
            if let Some(value_found) = self.value(value)? {
                let place = merged_at.unwrap_or(key.place);
                let value_line = merged_at.unwrap_or(value.place).line;
                if let Some((key, first_line)) = map.set(leaf, value_found, place.line, Dialect::GoV2) {
                    let Place { line, column } = place;
                    self.duplicates.push(crate::Duplicate { key, line, column, first_line, value_line });
                }
            }
        }
        Ok(())
    }

    /// A key of a map of interfaces.
    fn key(&mut self, key: &Node) -> Result<Option<Leaf>, Failure> {
        match self.value(key)? {
            Some(Decoded::Scalar(leaf)) => Ok(Some(leaf)),
            Some(_) => fail(INVALID_KEY, key),
            None => Ok(None),
        }
    }

    /// go-yaml v3: nothing is decoded of a map with duplicate keys; merges come last and override nothing.
    pub(super) fn fill_v3(
        &mut self,
        pairs: &[(Arc<Node>, Arc<Node>)],
        map: &mut Pairs,
    ) -> Result<bool, Failure> {
        let told = self.faults.len();
        super::map::duplicates(pairs, &mut self.faults);
        if self.faults.len() > told {
            return Ok(false);
        }
        let mut merged = self.merged.take();
        let mut merge = None;
        for (key, value) in pairs {
            if key.is_merge(Dialect::GoV3) {
                merge = Some(value);
                continue;
            }
            let found = if map.is_of_strings { self.string_key(key)? } else { self.value(key)? };
            let Some(found) = found else { continue };
            if let Some(merged) = &mut merged
                && !merged.insert(id_of(&found, key)?)
            {
                continue;
            }
            let Decoded::Scalar(leaf) = found else { return fail(INVALID_KEY, key) };
            if let Some(value) = self.value(value)? {
                map.set(leaf, value, key.place.line, Dialect::GoV3);
            }
        }
        self.merged = merged;
        if let Some(merge) = merge {
            self.merge_v3(pairs, merge, map)?;
        }
        Ok(true)
    }

    /// A key of a map of strings.
    fn string_key(&mut self, key: &Node) -> Result<Option<Decoded>, Failure> {
        self.through(key, |decoder, node| match &node.part {
            Part::Scalar(text, style) => {
                let text = match decoder.content(node, text)? {
                    Content::Resolved(crate::resolve::Scalar::Null) => return Ok(None),
                    Content::Binary(text) => text.as_str().into(),
                    _ => text.clone(),
                };
                let leaf = Leaf { content: Content::Tagged, text, style: *style, place: node.place };
                Ok(Some(Decoded::Scalar(leaf)))
            }
            Part::Map(pairs) => {
                let told = decoder.faults.len();
                super::map::duplicates(pairs, &mut decoder.faults);
                if decoder.faults.len() == told {
                    decoder.cannot_be_string(node);
                }
                Ok(None)
            }
            Part::List(_) | Part::Alias(..) => {
                decoder.cannot_be_string(node);
                Ok(None)
            }
        })
    }

    fn cannot_be_string(&mut self, node: &Node) {
        let message = format!("cannot unmarshal {} into string", node.tag(Dialect::GoV3));
        self.faults.push(NodeFault::at(message, node.place));
    }

    fn merge_v3(
        &mut self,
        pairs: &[(Arc<Node>, Arc<Node>)],
        merge: &Node,
        map: &mut Pairs,
    ) -> Result<(), Failure> {
        let is_outermost = self.merged.is_none();
        if is_outermost {
            self.merged = Some(HashSet::new());
            for (key, _) in pairs {
                if let Some(found) = self.value(key)? {
                    let id = id_of(&found, key)?;
                    self.merged.get_or_insert_default().insert(id);
                }
            }
        }
        self.merge(merge, map, false, |decoder, pairs, map| decoder.fill_v3(pairs, map).map(drop))?;
        if is_outermost {
            self.merged = None;
        }
        Ok(())
    }

    /// What stands under `<<`: a map or a list of maps.
    fn merge(
        &mut self,
        merge: &Node,
        map: &mut Pairs,
        backwards: bool,
        mut fill: impl FnMut(&mut Self, &[(Arc<Node>, Arc<Node>)], &mut Pairs) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut one = |decoder: &mut Self, source: &Node| {
            if !source.is_map() {
                return fail(MERGE_WANTS_MAP, source);
            }
            decoder.through(source, |decoder, node| match &node.part {
                Part::Map(pairs) => fill(decoder, pairs, map),
                _ => Ok(()),
            })
        };
        match &merge.part {
            Part::List(sources) if backwards => sources.iter().rev().try_for_each(|source| one(self, source)),
            Part::List(sources) => sources.iter().try_for_each(|source| one(self, source)),
            _ => one(self, merge),
        }
    }
}

/// What a key is among others. Go cannot compare lists and maps.
fn id_of(found: &Decoded, node: &Node) -> Result<KeyId, Failure> {
    let what = match found {
        Decoded::Scalar(leaf) => return Ok(KeyId::of(leaf, Dialect::GoV3)),
        Decoded::List(_) => "[]interface {}",
        Decoded::Map(map) if map.is_of_strings => "map[string]interface {}",
        Decoded::Map(_) => "map[interface {}]interface {}",
    };
    fail(format!("runtime error: hash of unhashable type {what}"), node)
}

fn fail<T>(message: impl Into<String>, node: &Node) -> Result<T, Failure> {
    Err(Failure { message: message.into(), place: node.place })
}
