//! Nodes with their aliases followed and their scalars resolved, and from there to values.

use std::collections::HashMap;
use std::sync::Arc;

use amethyst_object::Str;
use amethyst_yaml::Dialect;
use amethyst_yaml::node::{self as yaml, Any, View, parse_nodes};

use super::resolve::{Scalar, of_any};
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
    let (documents, fault) = parse_nodes(text, Dialect::GoV3);
    if let Some(fault) = fault {
        return Err(Fault { message: fault.message, line: fault.line });
    }
    documents.iter().map(of_node).collect()
}

/// Reads the first document, if there is one.
pub(crate) fn parse_first(text: &str) -> Result<Option<Arc<Node>>, Fault> {
    let (documents, fault) = parse_nodes(text, Dialect::GoV3);
    match (documents.first(), fault) {
        (Some(first), _) => of_node(first).map(Some),
        (None, Some(fault)) => Err(Fault { message: fault.message, line: fault.line }),
        (None, None) => Ok(None),
    }
}

fn of_node(document: &Arc<yaml::Node>) -> Result<Arc<Node>, Fault> {
    Resolver::default().node(document).map(|(node, _)| node)
}

/// Follows aliases and resolves scalars.
#[derive(Default)]
struct Resolver {
    /// What was resolved, and how many nodes it has with its aliases written out.
    done: HashMap<*const yaml::Node, (Arc<Node>, usize)>,
}

impl Resolver {
    fn node(&mut self, source: &Arc<yaml::Node>) -> Result<(Arc<Node>, usize), Fault> {
        let line = source.line();
        let fault = |message: &str| Fault { message: message.to_owned(), line };
        let target = source.target().ok_or_else(|| fault("anchor value contains itself"))?;
        if let Some((node, count)) = self.done.get(&Arc::as_ptr(&target)) {
            return Ok((Arc::clone(node), *count));
        }
        let mut nodes: usize = 1;
        let part = match target.view() {
            View::Scalar(text) => scalar(&target, text)?,
            View::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    let (node, count) = self.node(item)?;
                    nodes = nodes.saturating_add(count);
                    list.push(node);
                }
                Part::List(list)
            }
            View::Map(pairs) => {
                let mut map = Vec::with_capacity(pairs.len());
                for (key, value) in pairs {
                    let ((key, in_key), (value, in_value)) = (self.node(key)?, self.node(value)?);
                    nodes = nodes.saturating_add(in_key).saturating_add(in_value);
                    map.push((key, value));
                }
                Part::Map(map)
            }
            View::Circle => return Err(fault("anchor value contains itself")),
        };
        if nodes > NODES_MAX {
            return Err(fault("document contains excessive aliasing"));
        }
        let node = Arc::new(Node { line: target.line(), part });
        self.done.insert(Arc::as_ptr(&target), (Arc::clone(&node), nodes));
        Ok((node, nodes))
    }
}

fn scalar(node: &yaml::Node, text: &Str) -> Result<Part, Fault> {
    if node.is_merge(Dialect::GoV3) {
        return Ok(Part::Scalar(text.clone(), Scalar::Merge));
    }
    match yaml::decode(node, Dialect::GoV3) {
        (Some(Any::String(decoded)), _) => Ok(Part::Scalar(decoded, Scalar::String)),
        (Some(value), _) => Ok(Part::Scalar(text.clone(), of_any(value))),
        (None, faults) => {
            let fault = faults.into_iter().next();
            let message = fault.map_or_else(|| "cannot decode".to_owned(), |fault| fault.message);
            Err(Fault { message, line: node.line() })
        }
    }
}
