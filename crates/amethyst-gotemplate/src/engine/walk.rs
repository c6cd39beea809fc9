//! Walking the nodes of a template, which writes.

use super::seen::Seen;
use super::{Engine, Failure};
use crate::tree::{Branch, Node, Pipe, TemplateCall, Tree};
use crate::{ListKind, MapKind, Value, print};

/// How a list ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Done,
    Break,
    Continue,
}

impl Engine<'_> {
    pub(super) fn walk_list(&mut self, tree: &Tree, nodes: &[Node], dot: &Seen) -> Result<Flow, Failure> {
        self.check_stack()?;
        for node in nodes {
            self.step()?;
            match node {
                Node::Text(start, end) => {
                    let before = self.out.len();
                    self.out.extend_from_slice(&tree.text[*start as usize..*end as usize]);
                    self.count_output(before)?;
                }
                Node::Action(at, pipe) => self.walk_action(at.id, pipe, dot)?,
                Node::If(branch) => match self.walk_if(tree, branch, dot)? {
                    Flow::Done => {}
                    flow => return Ok(flow),
                },
                Node::With(branch) => match self.walk_with(tree, branch, dot)? {
                    Flow::Done => {}
                    flow => return Ok(flow),
                },
                Node::Range(branch) => match self.walk_range(tree, branch, dot)? {
                    Flow::Done => {}
                    flow => return Ok(flow),
                },
                Node::Template(call) => self.walk_template(call, dot)?,
                Node::Break => return Ok(Flow::Break),
                Node::Continue => return Ok(Flow::Continue),
            }
        }
        Ok(Flow::Done)
    }

    fn walk_action(&mut self, id: u32, pipe: &Pipe, dot: &Seen) -> Result<(), Failure> {
        let value = self.pipeline(pipe, dot)?;
        if pipe.variables.is_empty() { self.write(id, &value.value) } else { Ok(()) }
    }

    /// Writes what a pipeline gave.
    fn write(&mut self, id: u32, value: &Value) -> Result<(), Failure> {
        self.node = id;
        let before = self.out.len();
        match value {
            Value::Nil => self.out.extend_from_slice(b"<no value>"),
            Value::String(text) => self.out.extend_from_slice(text.as_bytes()),
            Value::Native(native) if native.kind_name() == "func" => {
                let (node, kind) = (self.node_text(), native.type_name());
                return Err(self.error(format!("can't print {node} of type {kind}")));
            }
            value => print::write_value(&mut self.out, value),
        }
        self.count_output(before)
    }

    fn walk_if(&mut self, tree: &Tree, branch: &Branch, dot: &Seen) -> Result<Flow, Failure> {
        if self.pipeline(&branch.pipe, dot)?.value.is_true() {
            return self.walk_list(tree, &branch.list, dot);
        }
        self.walk_else(tree, branch, dot)
    }

    fn walk_with(&mut self, tree: &Tree, branch: &Branch, dot: &Seen) -> Result<Flow, Failure> {
        let value = self.pipeline(&branch.pipe, dot)?;
        if value.value.is_true() {
            return self.walk_list(tree, &branch.list, &value);
        }
        self.walk_else(tree, branch, dot)
    }

    fn walk_else(&mut self, tree: &Tree, branch: &Branch, dot: &Seen) -> Result<Flow, Failure> {
        match &branch.else_list {
            Some(list) => self.walk_list(tree, list, dot),
            None => Ok(Flow::Done),
        }
    }

    fn walk_range(&mut self, tree: &Tree, branch: &Branch, dot: &Seen) -> Result<Flow, Failure> {
        let value = self.pipeline(&branch.pipe, dot)?.value;
        let ran = match &value {
            Value::Nil => false,
            Value::Int(kind, count) => {
                self.check_one_variable(branch, &value)?;
                let mut next = 0;
                while next < *count && self.round(tree, branch, Value::Nil, Value::Int(*kind, next), false)? {
                    next += 1;
                }
                *count > 0
            }
            Value::Uint(kind, count) => {
                self.check_one_variable(branch, &value)?;
                let mut next = 0;
                while next < *count
                    && self.round(tree, branch, Value::Nil, Value::Uint(*kind, next), false)?
                {
                    next += 1;
                }
                *count > 0
            }
            Value::List(list) => {
                let in_interface = list.kind() == ListKind::Any;
                for (index, item) in list.iter().enumerate() {
                    if !self.round(tree, branch, Value::int(index as i64), item.clone(), in_interface)? {
                        break;
                    }
                }
                !list.is_empty()
            }
            Value::Map(map) => {
                let in_interface = matches!(map.kind(), MapKind::Any | MapKind::Values);
                // Go takes all pairs before the first round: what is set meanwhile is not seen.
                let pairs = map.pairs().to_vec();
                let ran = !pairs.is_empty();
                for (key, item) in pairs {
                    if !self.round(tree, branch, Value::String(key), item, in_interface)? {
                        break;
                    }
                }
                ran
            }
            Value::Native(native) => {
                let Some(pairs) = native.range() else { return Err(self.no_range(&value)) };
                let ran = !pairs.is_empty();
                for (key, item) in pairs {
                    if !self.round(tree, branch, key, item, false)? {
                        break;
                    }
                }
                ran
            }
            _ => return Err(self.no_range(&value)),
        };
        if ran {
            return Ok(Flow::Done);
        }
        // A break in the else was meant for the loop around, but Go ends it here; a continue goes on to there.
        match self.walk_else(tree, branch, dot)? {
            Flow::Break => Ok(Flow::Done),
            flow => Ok(flow),
        }
    }

    #[cold]
    fn no_range(&self, value: &Value) -> Failure {
        self.error(format!("range can't iterate over {}", print::sprint_value(value)))
    }

    fn check_one_variable(&self, branch: &Branch, value: &Value) -> Result<(), Failure> {
        if branch.pipe.variables.len() > 1 {
            let value = print::sprint_value(value);
            return Err(self.error(format!("can't use {value} to iterate over more than one variable")));
        }
        Ok(())
    }

    /// One round of a loop; whether there may be another.
    fn round(
        &mut self,
        tree: &Tree,
        branch: &Branch,
        index: Value,
        item: Value,
        in_interface: bool,
    ) -> Result<bool, Failure> {
        self.step()?;
        let item = Seen::element(item, in_interface);
        match branch.pipe.variables.as_slice() {
            [] => {}
            [element] => self.set(element.slot, &element.name, item.clone())?,
            [key, element, ..] => {
                self.set(key.slot, &key.name, Seen::concrete(index))?;
                self.set(element.slot, &element.name, item.clone())?;
            }
        }
        Ok(self.walk_list(tree, &branch.list, &item)? != Flow::Break)
    }

    fn walk_template(&mut self, call: &TemplateCall, dot: &Seen) -> Result<(), Failure> {
        self.node = call.at.id;
        let Some(tree) = self.find(&call.name) else {
            return Err(self.error(format!("template {} not defined", print::quote(&call.name))));
        };
        if self.active.len() > self.limits.depth {
            return Err(self.too_deep());
        }
        self.check_stack_for_template()?;
        let dot = match &call.pipe {
            Some(pipe) => self.pipeline(pipe, dot)?,
            None => Seen::INVALID,
        };
        self.run(&tree, &dot)
    }
}
