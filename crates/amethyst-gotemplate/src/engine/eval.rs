//! Evaluating pipelines, commands and terms.

use super::seen::Seen;
use super::{Engine, Failure};
use crate::Value;
use crate::tree::{Command, Constant, Number, Operand, Pipe, Term, find, write_operand};

impl Engine<'_> {
    /// Evaluates a pipeline, and sets what it declares or assigns.
    pub(super) fn pipeline(&mut self, pipe: &Pipe, dot: &Seen) -> Result<Seen, Failure> {
        self.node = pipe.at.id;
        let mut last = None;
        for command in &pipe.commands {
            self.step()?;
            let mut value = self.command(command, dot, last)?;
            // What is in the interface goes on.
            value.in_interface = false;
            last = Some(value);
        }
        let value = last.unwrap_or(Seen::INVALID);
        for variable in &pipe.variables {
            self.set(variable.slot, &variable.name, value.clone())?;
        }
        Ok(value)
    }

    pub(super) fn set(&mut self, slot: Option<u32>, name: &str, value: Seen) -> Result<(), Failure> {
        let variable = slot.and_then(|slot| self.variables.get_mut(self.base + slot as usize));
        match variable {
            Some(variable) => {
                *variable = value;
                Ok(())
            }
            None => Err(self.error(format!("undefined variable: {name}"))),
        }
    }

    fn variable(&self, slot: Option<u32>, name: &str) -> Result<Seen, Failure> {
        match slot.and_then(|slot| self.variables.get(self.base + slot as usize)) {
            Some(value) => Ok(value.clone()),
            None => Err(self.error(format!("undefined variable: {name}"))),
        }
    }

    fn command(&mut self, command: &Command, dot: &Seen, last: Option<Seen>) -> Result<Seen, Failure> {
        let first = &command.operands[0];
        match &first.term {
            Term::Field(_) | Term::Chain(..) | Term::Function(_) | Term::Builtin(_) => {
                self.callable(first, command.at.id, &command.operands[1..], dot, last)
            }
            Term::Variable(_, names) if !names.is_empty() => {
                self.callable(first, command.at.id, &command.operands[1..], dot, last)
            }
            Term::Pipe(pipe) => {
                self.check_no_arguments(command, last.as_ref())?;
                self.check_stack()?;
                self.pipeline(pipe, dot)
            }
            Term::Variable(variable, _) => {
                self.node = first.at.id;
                let value = self.variable(variable.slot, &variable.name)?;
                self.check_no_arguments(command, last.as_ref())?;
                Ok(value)
            }
            term => {
                self.node = first.at.id;
                self.check_no_arguments(command, last.as_ref())?;
                match term {
                    Term::Dot => Ok(dot.clone()),
                    Term::Nil => Err(self.error("nil is not a command")),
                    term => self.constant(term),
                }
            }
        }
    }

    fn check_no_arguments(&self, command: &Command, last: Option<&Seen>) -> Result<(), Failure> {
        if command.operands.len() > 1 || last.is_some() {
            let mut text = String::new();
            match &command.operands[0].term {
                // A pipe that is a command on its own is printed without parentheses.
                Term::Pipe(pipe) => {
                    text = self.text_of(pipe.at.id);
                }
                _ => write_operand(&command.operands[0], &mut text),
            }
            return Err(self.error(format!("can't give argument to non-function {text}")));
        }
        Ok(())
    }

    /// What may be called with arguments: functions, and fields, which may be methods. `caller` is the node
    /// that an error of a function names.
    pub(super) fn callable(
        &mut self,
        operand: &Operand,
        caller: u32,
        arguments: &[Operand],
        dot: &Seen,
        last: Option<Seen>,
    ) -> Result<Seen, Failure> {
        self.node = operand.at.id;
        match &operand.term {
            Term::Field(names) => self.field_chain(dot, operand, names, arguments, dot, last),
            Term::Variable(variable, names) => {
                let receiver = self.variable(variable.slot, &variable.name)?;
                self.field_chain(&receiver, operand, names, arguments, dot, last)
            }
            Term::Chain(inner, names) => {
                let receiver = self.operand(inner, dot)?;
                self.field_chain(&receiver, operand, names, arguments, dot, last)
            }
            Term::Function(function) => self.call_function(function, caller, arguments, dot, last),
            Term::Builtin(builtin) => self.call_builtin(*builtin, caller, arguments, dot, last),
            _ => Ok(Seen::INVALID),
        }
    }

    /// An operand of no particular type, but for constants.
    pub(super) fn operand(&mut self, operand: &Operand, dot: &Seen) -> Result<Seen, Failure> {
        match &operand.term {
            Term::Dot => {
                self.node = operand.at.id;
                Ok(dot.clone())
            }
            Term::Variable(variable, names) if names.is_empty() => {
                self.node = operand.at.id;
                self.variable(variable.slot, &variable.name)
            }
            Term::Pipe(pipe) => {
                self.check_stack()?;
                self.pipeline(pipe, dot)
            }
            Term::Field(_) | Term::Variable(..) | Term::Chain(..) | Term::Function(_) | Term::Builtin(_) => {
                self.callable(operand, operand.at.id, &[], dot, None)
            }
            Term::Nil => {
                self.node = operand.at.id;
                Ok(Seen::INVALID)
            }
            term => {
                self.node = operand.at.id;
                self.constant(term)
            }
        }
    }

    fn constant(&self, term: &Term) -> Result<Seen, Failure> {
        Ok(Seen::concrete(match term {
            Term::Bool(value) => Value::Bool(*value),
            Term::String(text) => text.text.value(),
            Term::Number(number) => self.ideal_number(number)?,
            _ => Value::Nil,
        }))
    }

    /// A number where nothing says of which type it should be: its spelling says.
    fn ideal_number(&self, number: &Number) -> Result<Value, Failure> {
        let text = number.text.as_str();
        let has_power = text.contains(['p', 'P']);
        let is_hexadecimal =
            (text.starts_with("0x") || text.starts_with("0X")) && text.len() > 2 && !has_power;
        if let Some(float) = number.float
            && !is_hexadecimal
            && !text.starts_with('\'')
            && (has_power || text.contains(['.', 'e', 'E']))
        {
            return Ok(Value::Float(float));
        }
        match number.int {
            Some(int) => Ok(Value::int(int)),
            None => Err(self.error(format!("{text} overflows int"))),
        }
    }

    /// The node that errors name, as Go prints it.
    pub(super) fn node_text(&self) -> String {
        self.text_of(self.node)
    }

    fn text_of(&self, id: u32) -> String {
        let found = self.active.last().and_then(|active| find(&active.tree, id));
        found.map(|(_, text)| text).unwrap_or_default()
    }
}

impl Constant {
    pub(super) fn value(&self) -> Value {
        match self {
            Self::String(text) => Value::String(text.clone()),
            Self::Binary(bytes) => Value::Binary(bytes.as_slice().into()),
        }
    }
}
