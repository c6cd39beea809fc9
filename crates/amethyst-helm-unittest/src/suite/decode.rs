//! Nodes to the types of a suite, with go-yaml's rules and texts of errors.

use std::sync::Arc;

use amethyst_object::Str;

use crate::value::Value;
use crate::yaml::{Fault, Node, Part, Scalar};

/// Decodes, and remembers what did not fit.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    pub(super) strict: bool,
    pub(super) faults: Vec<Fault>,
    /// A fault that ends the decoding at once, told as it is.
    pub(super) fatal: Option<Fault>,
}

impl Decoder {
    fn fault(&mut self, node: &Node, target: &str) {
        let shown = match &node.part {
            Part::Scalar(text, _) if text.len() > 10 => {
                let end = (0..=7).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                format!(" `{}...`", &text[..end])
            }
            Part::Scalar(text, _) => format!(" `{text}`"),
            Part::List(_) | Part::Map(_) => String::new(),
        };
        let message = format!("cannot unmarshal {}{shown} into {target}", node.tag());
        self.faults.push(Fault { message, line: node.line });
    }

    /// The fields of a struct; a strict decoder refuses those that are not `known`, and none takes a field twice.
    pub(super) fn fields(&mut self, node: &Node, known: &[&str], target: &str) -> Vec<(Str, Arc<Node>)> {
        if node.is_null() {
            return Vec::new();
        }
        let Part::Map(pairs) = &node.part else {
            self.fault(node, target);
            return Vec::new();
        };
        for (at, (key, _)) in pairs.iter().enumerate() {
            let Part::Scalar(name, scalar) = &key.part else { continue };
            let earlier = pairs[..at]
                .iter()
                .find(|(other, _)| matches!(&other.part, Part::Scalar(text, _) if text == name));
            if let Some((first, _)) = earlier
                && *scalar != Scalar::Merge
            {
                let message = format!("mapping key {name:?} already defined at line {}", first.line);
                self.faults.push(Fault { message, line: key.line });
            }
        }
        let mut fields = Vec::new();
        for (name, line, value) in node.fields() {
            if known.contains(&name.as_str()) {
                fields.push((name, value));
            } else if self.strict {
                let message = format!("field {name} not found in type {target}");
                self.faults.push(Fault { message, line });
            }
        }
        fields
    }

    pub(super) fn string(&mut self, node: &Node) -> String {
        match &node.part {
            Part::Scalar(_, Scalar::Null) => String::new(),
            Part::Scalar(text, _) => text.to_string(),
            Part::List(_) | Part::Map(_) => {
                self.fault(node, "string");
                String::new()
            }
        }
    }

    pub(super) fn integer(&mut self, node: &Node) -> i64 {
        match &node.part {
            Part::Scalar(_, Scalar::Int(value)) => *value,
            Part::Scalar(_, Scalar::Null) => 0,
            Part::Scalar(_, Scalar::Float(value)) if value.fract() == 0.0 && value.abs() < 9e18 => {
                *value as i64
            }
            _ => {
                self.fault(node, "int");
                0
            }
        }
    }

    pub(super) fn boolean(&mut self, node: &Node) -> bool {
        match &node.part {
            Part::Scalar(_, Scalar::Bool(value)) => *value,
            Part::Scalar(_, Scalar::Null) => false,
            Part::Scalar(text, Scalar::String)
                if matches!(text.as_str(), "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON") =>
            {
                true
            }
            Part::Scalar(text, Scalar::String)
                if matches!(text.as_str(), "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF") =>
            {
                false
            }
            _ => {
                self.fault(node, "bool");
                false
            }
        }
    }

    pub(super) fn list<'a>(&mut self, node: &'a Node, target: &str) -> &'a [Arc<Node>] {
        match &node.part {
            Part::List(items) => items,
            Part::Scalar(_, Scalar::Null) => &[],
            _ => {
                self.fault(node, target);
                &[]
            }
        }
    }

    pub(super) fn strings(&mut self, node: &Node) -> Vec<String> {
        self.list(node, "[]string").iter().map(|item| self.string(item)).collect()
    }

    /// Any value.
    pub(super) fn value(&mut self, node: &Node) -> Value {
        node.decode(&mut self.faults)
    }

    /// A map from strings to anything, in the order in which it is written.
    pub(super) fn pairs(&mut self, node: &Node) -> Vec<(Str, Value)> {
        if node.is_null() {
            return Vec::new();
        }
        if !matches!(node.part, Part::Map(_)) {
            self.fault(node, "map[string]interface {}");
            return Vec::new();
        }
        // Decoded once as a whole, so that keys that stand twice are told.
        let value = self.value(node);
        let Value::Map(mut map) = value else { return Vec::new() };
        let mut pairs = Vec::new();
        for (name, ..) in node.fields() {
            let found = map.iter().position(|(key, _)| key.text == name);
            if let Some((_, value)) = found.and_then(|at| map.swap_remove_index(at)) {
                pairs.push((name, value));
            }
        }
        pairs
    }
}
