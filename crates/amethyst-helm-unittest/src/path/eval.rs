//! Walking a path through a manifest.

use super::slice::slice;
use super::{Path, Step};
use crate::value::{Key, KeyKind, Map, Value};
use crate::yaml::is_before;

/// How many nodes a path may find.
const FOUND_MAX: usize = 1_000_000;

/// A node of a manifest as go-yaml sees it: keys are nodes too.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node<'a> {
    Key(&'a Key),
    Value(&'a Value),
}

impl Node<'_> {
    fn to_value(self) -> Value {
        match self {
            Self::Value(value) => value.rewritten(),
            Self::Key(key) => match key.kind {
                KeyKind::String => Value::String(key.text.clone()),
                _ => crate::yaml::resolve(&key.text).to_value(&key.text).rewritten(),
            },
        }
    }
}

impl Path {
    /// The values that the path finds.
    pub(crate) fn find(&self, manifest: &Value) -> Vec<Value> {
        self.nodes(Node::Value(manifest)).into_iter().map(Node::to_value).collect()
    }

    /// The nodes that the path finds below `root`.
    pub(super) fn nodes<'a>(&self, root: Node<'a>) -> Vec<Node<'a>> {
        self.nodes_from(root, root)
    }

    /// The nodes that the path finds below `node`, with the filters' `$` at `root`.
    pub(super) fn nodes_from<'a>(&self, node: Node<'a>, root: Node<'a>) -> Vec<Node<'a>> {
        let mut found = vec![node];
        for step in &self.steps {
            let mut next = Vec::new();
            for node in found {
                step.take(node, root, &mut next);
                if next.len() > FOUND_MAX {
                    break;
                }
            }
            found = next;
        }
        found
    }
}

impl Step {
    fn take<'a>(&self, node: Node<'a>, root: Node<'a>, found: &mut Vec<Node<'a>>) {
        match self {
            Self::Recurse => recurse(node, found),
            Self::Filter(filter) => {
                let accepts = |node| filter.as_ref().is_some_and(|filter| filter.accepts(node, root));
                if let Node::Value(Value::List(items)) = node {
                    found.extend(items.iter().map(Node::Value).filter(|item| accepts(*item)));
                } else if accepts(node) {
                    found.push(node);
                }
            }
            Self::RecursiveFilter(filter) => {
                if filter.as_ref().is_some_and(|filter| filter.accepts(node, root)) {
                    found.push(node);
                }
            }
            Self::AllChildren => all_children(node, found),
            Self::Child(name) => {
                if let Some((_, value)) = pair(node, name) {
                    found.push(Node::Value(value));
                }
            }
            Self::Children(names) => {
                let pairs = names.iter().filter_map(|name| pair(node, name));
                found.extend(pairs.map(|(_, value)| Node::Value(value)));
            }
            Self::Names(names) => {
                let pairs = names.iter().filter_map(|name| pair(node, name));
                found.extend(pairs.map(|(key, _)| Node::Key(key)));
            }
            Self::AllNames => {
                if let Node::Value(Value::Map(map)) = node {
                    found.extend(in_order(map).into_iter().map(|(key, _)| Node::Key(key)));
                }
            }
            Self::Subscript(subscript) => match node {
                Node::Value(Value::Map(_)) if subscript == "*" => all_children(node, found),
                Node::Value(Value::List(items)) => {
                    let indices = slice(subscript, items.len()).unwrap_or_default();
                    found.extend(indices.into_iter().filter_map(|at| items.get(at)).map(Node::Value));
                }
                _ => {}
            },
        }
    }
}

fn pair<'a>(node: Node<'a>, name: &str) -> Option<(&'a Key, &'a Value)> {
    let Node::Value(Value::Map(map)) = node else { return None };
    map.get_key_value(&Key::string(name))
        .or_else(|| map.iter().find(|(key, _)| key.kind != KeyKind::String && key.text == name))
}

fn all_children<'a>(node: Node<'a>, found: &mut Vec<Node<'a>>) {
    match node {
        Node::Value(Value::Map(map)) => {
            found.extend(in_order(map).into_iter().map(|(_, value)| Node::Value(value)));
        }
        Node::Value(Value::List(items)) => found.extend(items.iter().map(Node::Value)),
        _ => {}
    }
}

fn recurse<'a>(node: Node<'a>, found: &mut Vec<Node<'a>>) {
    if found.len() > FOUND_MAX {
        return;
    }
    match node {
        Node::Value(Value::Map(map)) => {
            for (key, value) in in_order(map) {
                found.push(Node::Key(key));
                recurse(Node::Value(value), found);
            }
        }
        Node::Value(Value::List(items)) => {
            for item in items {
                recurse(Node::Value(item), found);
            }
        }
        _ => {}
    }
    found.push(node);
}

/// The pairs in the order in which they are written.
fn in_order(map: &Map) -> Vec<(&Key, &Value)> {
    let mut pairs: Vec<(&Key, &Value)> = Vec::with_capacity(map.len());
    for (key, value) in map {
        let at = pairs.iter().rposition(|(other, _)| !is_before(key, other)).map_or(0, |at| at + 1);
        pairs.insert(at, (key, value));
    }
    pairs
}
