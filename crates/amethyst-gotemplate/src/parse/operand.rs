//! The parser of pipelines, commands and operands.

use std::sync::Arc;

use amethyst_object::Str;

use super::chars::unquote;
use super::lexer::{Kind, Token};
use super::number::number;
use super::parser::{Parser, Result};
use crate::engine::Builtin;
use crate::print::quote;
use crate::tree::{At, Command, Constant, Operand, Pipe, Term, Text, Variable, write_operand};

impl Parser<'_> {
    pub(super) fn pipeline(&mut self, context: &'static str, end: Kind) -> Result<Pipe> {
        self.check_stack()?;
        let start = self.peek_non_space().start;
        let mut pipe =
            Pipe { at: self.at(start), is_assignment: false, variables: Vec::new(), commands: Vec::new() };
        let names_from = self.scope.variables.len();
        self.declarations(&mut pipe, context)?;
        let commands_from = self.commands.len();
        loop {
            let token = self.next_non_space();
            match token.kind {
                _ if token.kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.back_up();
                    let command = self.command()?;
                    self.commands.push(command);
                }
                _ => return Err(self.unexpected(token, context)),
            }
        }
        pipe.commands = self.commands.split_off(commands_from);
        self.check_pipeline(&pipe, context)?;
        self.resolve(&mut pipe, names_from);
        Ok(pipe)
    }

    /// Variables that are declared or assigned, with what stands behind them.
    fn declarations(&mut self, pipe: &mut Pipe, context: &'static str) -> Result<()> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            self.next();
            // "$x foo" is known to be no declaration only at the third token.
            let after = self.peek();
            let next = self.peek_non_space();
            let is_comma = next.kind == Kind::Char && self.text_of(next) == ",";
            if !is_comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
                if after.kind == Kind::Space {
                    self.back_up_3(variable, after);
                } else {
                    self.back_up_2(variable);
                }
                return Ok(());
            }
            self.next_non_space();
            let name = Str::from(self.text_of(variable));
            pipe.variables.push(Variable { name: name.clone(), slot: None });
            self.scope.variables.push((name, None));
            if !is_comma {
                pipe.is_assignment = next.kind == Kind::Assign;
                return Ok(());
            }
            if context != "range" || pipe.variables.len() >= 2 {
                return Err(self.error(&format!("too many declarations in {context}")));
            }
            if !matches!(self.peek_non_space().kind, Kind::Variable | Kind::RightDelim | Kind::RightParen) {
                return Err(self.error("range can only initialize variables"));
            }
        }
    }

    fn check_pipeline(&mut self, pipe: &Pipe, context: &str) -> Result<()> {
        if pipe.commands.is_empty() {
            return Err(self.error(&format!("missing value for {context}")));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            if let Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::String(_) =
                command.operands[0].term
            {
                let stage = index + 1;
                return Err(self.error(&format!("non executable command in pipeline stage {stage}")));
            }
        }
        Ok(())
    }

    /// Gives declared variables their slots: from here on they are what their names mean.
    fn resolve(&mut self, pipe: &mut Pipe, names_from: usize) {
        for (index, variable) in pipe.variables.iter_mut().enumerate() {
            if pipe.is_assignment {
                variable.slot = slot(&self.scope.variables, &variable.name);
            } else {
                let slot = self.scope.take_slot();
                variable.slot = Some(slot);
                // Its own name may stand before those of variables that its commands declare.
                let name = self.scope.variables.remove(names_from + index).0;
                self.scope.variables.insert(names_from + index, (name.clone(), None));
                self.scope.variables.push((name, Some(slot)));
            }
        }
    }

    fn command(&mut self) -> Result<Command> {
        let start = self.peek_non_space().start;
        let at = self.at(start);
        let operands_from = self.operands.len();
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                self.operands.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.back_up(),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(token, "operand")),
            }
            break;
        }
        let operands = self.operands.split_off(operands_from);
        if operands.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(Command { at, operands })
    }

    /// A term and the fields behind it.
    fn operand(&mut self) -> Result<Option<Operand>> {
        let Some(operand) = self.term()? else { return Ok(None) };
        if self.peek().kind != Kind::Field {
            return Ok(Some(operand));
        }
        let start = self.peek().start;
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            let token = self.next();
            fields.push(Str::from(&self.text_of(token)[1..]));
        }
        let at = self.at(start);
        let term = match operand.term {
            Term::Field(names) => Term::Field(names.into_iter().chain(fields).collect()),
            Term::Variable(variable, names) => {
                Term::Variable(variable, names.into_iter().chain(fields).collect())
            }
            Term::Bool(_) | Term::String(_) | Term::Number(_) | Term::Nil | Term::Dot => {
                let mut text = String::new();
                write_operand(&operand, &mut text);
                return Err(self.error(&format!("unexpected . after term {}", quote(&text))));
            }
            _ => Term::Chain(Box::new(operand), fields.into()),
        };
        Ok(Some(Operand { at, term }))
    }

    fn term(&mut self) -> Result<Option<Operand>> {
        let token = self.next_non_space();
        let text = self.text_of(token);
        let term = match token.kind {
            Kind::Identifier => self.function(text)?,
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Variable => self.variable(text)?,
            Kind::Field => Term::Field(Box::new([text[1..].into()])),
            Kind::Bool => Term::Bool(text == "true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                Term::Number(Box::new(number(text, token.kind).map_err(|error| self.error(&error))?))
            }
            Kind::LeftParen => {
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                // The pipe has a number of its own.
                let at = At { id: 0, position: pipe.at.position };
                return Ok(Some(Operand { at, term: Term::Pipe(Box::new(pipe)) }));
            }
            Kind::String | Kind::RawString => self.string(token)?,
            _ => {
                self.back_up();
                return Ok(None);
            }
        };
        Ok(Some(Operand { at: self.at(token.start), term }))
    }

    fn function(&mut self, name: &str) -> Result<Term> {
        if let Some(function) = self.functions.get(name) {
            return Ok(Term::Function(Arc::clone(function)));
        }
        match Builtin::by_name(name) {
            Some(builtin) => Ok(Term::Builtin(builtin)),
            None => Err(self.error(&format!("function {} not defined", quote(name)))),
        }
    }

    fn variable(&mut self, name: &str) -> Result<Term> {
        if !self.scope.variables.iter().any(|(known, _)| known == name) {
            return Err(self.error(&format!("undefined variable {}", quote(name))));
        }
        let slot = slot(&self.scope.variables, name);
        Ok(Term::Variable(Variable { name: name.into(), slot }, Box::new([])))
    }

    fn string(&mut self, token: Token) -> Result<Term> {
        let quoted = self.text_of(token);
        let Some(bytes) = unquote(quoted) else { return Err(self.error("invalid syntax")) };
        let text = match String::from_utf8(bytes) {
            Ok(text) => Constant::String(text.into()),
            Err(error) => Constant::Binary(error.into_bytes()),
        };
        Ok(Term::String(Box::new(Text { quoted: quoted.into(), text })))
    }
}

/// The slot of the variable that was declared last under the name.
fn slot(variables: &[(Str, Option<u32>)], name: &str) -> Option<u32> {
    variables.iter().rev().find_map(|(known, slot)| if known == name { *slot } else { None })
}
