//! Calling functions.

use super::seen::Seen;
use super::{Engine, Failure};
use crate::tree::Operand;
use crate::{CallError, ExecError, Function, Type, Value};

/// How many lists for arguments are kept to be used again.
const SPARE_MAX: usize = 64;

/// How many elements a list may have that does not count as output: most functions give back a list that was
/// there before.
const FREE_ITEMS_MAX: usize = 256;

/// The parameters of a function.
#[derive(Clone, Copy)]
pub(super) struct Signature {
    pub(super) fixed: &'static [Type],
    pub(super) variadic: Option<Type>,
}

impl Signature {
    /// The type of the argument at `index`; the number of arguments was checked before.
    pub(super) fn parameter(self, index: usize) -> Type {
        self.fixed.get(index).copied().or(self.variadic).unwrap_or(Type::Any)
    }
}

impl Engine<'_> {
    pub(super) fn call_function(
        &mut self,
        function: &Function,
        caller: u32,
        arguments: &[Operand],
        dot: &Seen,
        last: Option<Seen>,
    ) -> Result<Seen, Failure> {
        let signature = Signature { fixed: function.parameters, variadic: function.variadic };
        let values = self.arguments(function.name, signature, arguments, dot, last)?;
        let result = (function.call)(self, &values);
        self.give_back(values);
        match result {
            Ok(value) => self.returned(value),
            Err(error) => {
                self.node = caller;
                Err(self.call_error(function.name, error))
            }
        }
    }

    /// What a function returned. Strings and long lists count as output: a loop can double one in every round.
    pub(super) fn returned(&mut self, value: Value) -> Result<Seen, Failure> {
        match &value {
            Value::String(text) => self.count_bytes(text.len())?,
            Value::Binary(bytes) => self.count_bytes(bytes.len())?,
            Value::List(list) if list.len() > FREE_ITEMS_MAX => {
                self.count_bytes(list.len() * size_of::<Value>())?;
            }
            _ => self.count_bytes(0)?,
        }
        // Nil comes out as an empty interface.
        Ok(Seen { in_interface: value.is_nil(), value })
    }

    /// Evaluates arguments for a function. The list is given back after the call.
    pub(super) fn arguments(
        &mut self,
        name: &str,
        signature: Signature,
        arguments: &[Operand],
        dot: &Seen,
        last: Option<Seen>,
    ) -> Result<Vec<Value>, Failure> {
        self.check_count(name, signature, arguments.len(), last.is_some())?;
        let mut values = self.spare.pop().unwrap_or_default();
        for (index, argument) in arguments.iter().enumerate() {
            values.push(self.argument(signature.parameter(index), argument, dot)?.value);
        }
        if let Some(last) = last {
            values.push(self.assigned(signature.parameter(arguments.len()), last)?.value);
        }
        Ok(values)
    }

    pub(super) fn give_back(&mut self, mut values: Vec<Value>) {
        values.clear();
        if self.spare.len() < SPARE_MAX {
            self.spare.push(values);
        }
    }

    pub(super) fn check_count(
        &self,
        name: &str,
        signature: Signature,
        written: usize,
        has_last: bool,
    ) -> Result<(), Failure> {
        let given = written + usize::from(has_last);
        let wanted = signature.fixed.len();
        if signature.variadic.is_some() {
            if given < wanted {
                // Go does not count the value of the pipeline here.
                let message =
                    format!("wrong number of args for {name}: want at least {wanted} got {written}");
                return Err(self.error(message));
            }
        } else if given != wanted {
            return Err(self.error(format!("wrong number of args for {name}: want {wanted} got {given}")));
        }
        Ok(())
    }

    #[cold]
    pub(super) fn call_error(&self, name: &str, error: CallError) -> Failure {
        match error {
            CallError::Message(message) => self.error(format!("error calling {name}: {message}")),
            CallError::Nested(inner) => {
                let ExecError { message, stack } = *inner;
                let mut outer = self.error(format!("error calling {name}: {message}"));
                if stack.len() > outer.stack.len() {
                    outer.stack = stack;
                }
                outer
            }
        }
    }
}
