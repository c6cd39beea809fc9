//! A compiled expression.

use crate::ast::Checked;
use crate::budget::Budget;
use crate::cost::{Cost, Sizes, estimate};
use crate::error::EvalError;
use crate::eval;
use crate::plan::Plan;
use crate::types::Type;
use crate::value::Value;

/// Gives variables their values.
pub trait Bindings<'a> {
    /// The value of a variable, when there is one. It is asked for each time an expression names it, so
    /// what is dear should be kept; a value that fails to be made fails the expression.
    fn get(&self, name: &str) -> Option<Result<Value<'a>, EvalError>>;
}

impl<'a> Bindings<'a> for [(&str, Value<'a>)] {
    fn get(&self, name: &str) -> Option<Result<Value<'a>, EvalError>> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| Ok(value.clone()))
    }
}

impl<'a, const N: usize> Bindings<'a> for [(&str, Value<'a>); N] {
    fn get(&self, name: &str) -> Option<Result<Value<'a>, EvalError>> {
        Bindings::get(self.as_slice(), name)
    }
}

/// A compiled expression: to be evaluated any number of times, by any number of threads.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) checked: Checked,
    pub(crate) plan: Plan,
}

impl Program {
    /// The type of the value it has.
    pub fn result_type(&self) -> &Type {
        self.checked.type_of(&self.checked.root)
    }

    /// Whether it names this variable, or a function or type of this name.
    pub fn names(&self, name: &str) -> bool {
        self.checked.references.contains(name)
    }

    /// The least and most it may cost, given how large the variables may be.
    pub fn estimate(&self, sizes: &dyn Sizes) -> Cost {
        estimate(&self.checked, sizes)
    }

    /// Its value. The budget is spent as it goes; once it is overdrawn the evaluation stops.
    pub fn eval<'a>(&self, bindings: &dyn Bindings<'a>, budget: &mut Budget) -> Result<Value<'a>, EvalError> {
        eval::eval(&self.plan, bindings, budget)
    }
}
