//! Parsed templates. Names of functions and variables are resolved; what is needed to print a node as Go does
//! is kept.

mod print;

use std::sync::Arc;

use amethyst_object::Str;
use bytes::Bytes;

use crate::Function;
use crate::engine::Builtin;

pub(crate) use print::{find, write_operand};

/// A parsed template.
pub(crate) struct Tree {
    /// Its name.
    pub(crate) name: Str,
    /// What Go calls the parse name: the source it stands in.
    pub(crate) source: Arc<str>,
    /// The whole text of the source, which is UTF-8.
    pub(crate) text: Bytes,
    pub(crate) root: Vec<Node>,
    /// How many variables are in use at once, with `$`.
    pub(crate) slots: u32,
}

/// Where a node stands, and by which number the executor remembers it.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub(crate) id: u32,
    pub(crate) position: u32,
}

pub(crate) enum Node {
    /// A range of the text.
    Text(u32, u32),
    Action(At, Box<Pipe>),
    If(Box<Branch>),
    With(Box<Branch>),
    Range(Box<Branch>),
    Template(Box<TemplateCall>),
    Break,
    Continue,
}

/// `if`, `with` or `range`.
pub(crate) struct Branch {
    pub(crate) pipe: Pipe,
    pub(crate) list: Vec<Node>,
    pub(crate) else_list: Option<Vec<Node>>,
}

pub(crate) struct TemplateCall {
    pub(crate) at: At,
    pub(crate) name: Str,
    pub(crate) pipe: Option<Pipe>,
}

pub(crate) struct Pipe {
    pub(crate) at: At,
    pub(crate) is_assignment: bool,
    pub(crate) variables: Vec<Variable>,
    pub(crate) commands: Vec<Command>,
}

/// A variable that is declared or assigned. No slot: it is not defined.
pub(crate) struct Variable {
    pub(crate) name: Str,
    pub(crate) slot: Option<u32>,
}

pub(crate) struct Command {
    pub(crate) at: At,
    /// Never empty.
    pub(crate) operands: Vec<Operand>,
}

pub(crate) struct Operand {
    pub(crate) at: At,
    pub(crate) term: Term,
}

pub(crate) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number(Box<Number>),
    String(Box<Text>),
    Field(Box<[Str]>),
    Variable(Variable, Box<[Str]>),
    Chain(Box<Operand>, Box<[Str]>),
    Pipe(Box<Pipe>),
    Function(Arc<Function>),
    Builtin(Builtin),
}

/// A string constant: as it was written, and what it says.
pub(crate) struct Text {
    pub(crate) quoted: Str,
    pub(crate) text: Constant,
}

pub(crate) enum Constant {
    String(Str),
    Binary(Vec<u8>),
}

/// A number constant, by every type that can hold it.
pub(crate) struct Number {
    pub(crate) text: Str,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
}

impl Tree {
    /// Line from 1, and column in bytes from 0, of a position.
    pub(crate) fn place(&self, position: u32) -> (u32, u32) {
        let before = &self.text[..position as usize];
        let line = before.split(|byte| *byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        (line as u32, column as u32)
    }

    /// A part of the text.
    pub(crate) fn text_between(&self, start: u32, end: u32) -> &str {
        // Nodes begin and end with characters.
        std::str::from_utf8(&self.text[start as usize..end as usize]).unwrap_or_default()
    }

    /// Whether there is nothing but space in it, and so it replaces no other template.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.iter().all(|node| match node {
            Node::Text(start, end) => {
                // Go trims the white space of Unicode.
                self.text_between(*start, *end).trim().is_empty()
            }
            _ => false,
        })
    }
}
