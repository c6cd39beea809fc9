//! Nodes as Go prints them in errors.

use super::{At, Branch, Command, Node, Operand, Pipe, Term, Tree, Variable};
use crate::print::quote;

/// The node of number `id`: its place, and how Go prints it.
pub(crate) fn find(tree: &Tree, id: u32) -> Option<(u32, String)> {
    let mut printer = Printer { tree, wanted: id, found: None };
    printer.search_list(&tree.root);
    printer.found
}

struct Printer<'t> {
    tree: &'t Tree,
    wanted: u32,
    found: Option<(u32, String)>,
}

impl Printer<'_> {
    /// Notes the node when it is the wanted one.
    fn is(&mut self, at: At, print: impl FnOnce(&mut String)) {
        if at.id == self.wanted && self.found.is_none() {
            let mut text = String::new();
            print(&mut text);
            self.found = Some((at.position, text));
        }
    }

    fn search_list(&mut self, nodes: &[Node]) {
        for node in nodes {
            if self.found.is_some() {
                return;
            }
            match node {
                Node::Text(..) | Node::Break | Node::Continue => {}
                Node::Action(at, pipe) => {
                    let tree = self.tree;
                    self.is(*at, |out| write_node(tree, node, out));
                    self.search_pipe(pipe);
                }
                Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                    self.search_pipe(&branch.pipe);
                    self.search_list(&branch.list);
                    if let Some(list) = &branch.else_list {
                        self.search_list(list);
                    }
                }
                Node::Template(call) => {
                    let tree = self.tree;
                    self.is(call.at, |out| write_node(tree, node, out));
                    if let Some(pipe) = &call.pipe {
                        self.search_pipe(pipe);
                    }
                }
            }
        }
    }

    fn search_pipe(&mut self, pipe: &Pipe) {
        self.is(pipe.at, |out| write_pipe(pipe, out));
        for command in &pipe.commands {
            self.is(command.at, |out| write_command(command, out));
            for operand in &command.operands {
                self.search_operand(operand);
            }
        }
    }

    fn search_operand(&mut self, operand: &Operand) {
        match &operand.term {
            Term::Pipe(pipe) => self.search_pipe(pipe),
            Term::Chain(inner, _) => {
                self.is(operand.at, |out| write_operand(operand, out));
                self.search_operand(inner);
            }
            _ => self.is(operand.at, |out| write_operand(operand, out)),
        }
    }
}

fn write_list(tree: &Tree, nodes: &[Node], out: &mut String) {
    for node in nodes {
        write_node(tree, node, out);
    }
}

fn write_node(tree: &Tree, node: &Node, out: &mut String) {
    match node {
        Node::Text(start, end) => out.push_str(tree.text_between(*start, *end)),
        Node::Action(_, pipe) => {
            out.push_str("{{");
            write_pipe(pipe, out);
            out.push_str("}}");
        }
        Node::If(branch) => write_branch(tree, "if", branch, out),
        Node::With(branch) => write_branch(tree, "with", branch, out),
        Node::Range(branch) => write_branch(tree, "range", branch, out),
        Node::Template(call) => {
            out.push_str("{{template ");
            out.push_str(&quote(&call.name));
            if let Some(pipe) = &call.pipe {
                out.push(' ');
                write_pipe(pipe, out);
            }
            out.push_str("}}");
        }
        Node::Break => out.push_str("{{break}}"),
        Node::Continue => out.push_str("{{continue}}"),
    }
}

fn write_branch(tree: &Tree, word: &str, branch: &Branch, out: &mut String) {
    out.push_str("{{");
    out.push_str(word);
    out.push(' ');
    write_pipe(&branch.pipe, out);
    out.push_str("}}");
    write_list(tree, &branch.list, out);
    if let Some(list) = &branch.else_list {
        out.push_str("{{else}}");
        write_list(tree, list, out);
    }
    out.push_str("{{end}}");
}

fn write_pipe(pipe: &Pipe, out: &mut String) {
    for (index, variable) in pipe.variables.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(&variable.name);
    }
    if !pipe.variables.is_empty() {
        out.push_str(if pipe.is_assignment { " = " } else { " := " });
    }
    for (index, command) in pipe.commands.iter().enumerate() {
        if index > 0 {
            out.push_str(" | ");
        }
        write_command(command, out);
    }
}

fn write_command(command: &Command, out: &mut String) {
    for (index, operand) in command.operands.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        write_operand(operand, out);
    }
}

/// A pipe stands in parentheses wherever it is an operand.
pub(crate) fn write_operand(operand: &Operand, out: &mut String) {
    match &operand.term {
        Term::Dot => out.push('.'),
        Term::Nil => out.push_str("nil"),
        Term::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Term::Number(number) => out.push_str(&number.text),
        Term::String(text) => out.push_str(&text.quoted),
        Term::Field(names) => write_names(names, out),
        Term::Variable(Variable { name, .. }, names) => {
            out.push_str(name);
            write_names(names, out);
        }
        Term::Chain(inner, names) => {
            write_operand(inner, out);
            write_names(names, out);
        }
        Term::Pipe(pipe) => {
            out.push('(');
            write_pipe(pipe, out);
            out.push(')');
        }
        Term::Function(function) => out.push_str(function.name),
        Term::Builtin(builtin) => out.push_str(builtin.name()),
    }
}

fn write_names(names: &[amethyst_object::Str], out: &mut String) {
    for name in names {
        out.push('.');
        out.push_str(name);
    }
}
