//! The values that an expression names, and one evaluation within a budget
//! (kubernetes/apiserver `pkg/admission/plugin/cel/activation.go`).

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use amethyst_cel::{Bindings, Budget, EvalError, Fields, Map, ResourceCheck, Value};
use amethyst_object::{Str, Value as Document};

use super::access::Rights;
use super::expression::Expression;

const OUT_OF_BUDGET: &str =
    "validation failed due to running out of cost budget, no further validation rules will be run";

/// The documents that expressions read.
pub(crate) struct Inputs<'a> {
    pub(crate) object: Option<&'a Document>,
    pub(crate) old: Option<&'a Document>,
    pub(crate) params: Option<&'a Document>,
    pub(crate) request: &'a Document,
    pub(crate) namespace: Option<&'a Document>,
    pub(crate) rights: &'a Rights<'a>,
    /// What `authorizer.requestResource` asks about.
    pub(crate) resource: ResourceCheck,
}

/// A named variable of a policy.
pub(crate) type Variable = (Str, Expression);

/// The inputs, with the variables that may be named beside them.
#[derive(Clone, Copy)]
struct Scope<'a> {
    inputs: &'a Inputs<'a>,
    variables: Option<&'a dyn Fields>,
}

impl<'a> Bindings<'a> for Scope<'a> {
    fn get(&self, name: &str) -> Option<Result<Value<'a>, EvalError>> {
        let document = |document: Option<&'a Document>| document.map_or(Value::Null, Value::document);
        let inputs = self.inputs;
        Some(Ok(match name {
            "object" => document(inputs.object),
            "oldObject" => document(inputs.old),
            "params" => document(inputs.params),
            "request" => Value::document(inputs.request),
            "namespaceObject" => document(inputs.namespace),
            "authorizer" => Value::authorizer(inputs.rights.identity()),
            "authorizer.requestResource" => {
                Value::resource_check(inputs.rights.identity(), inputs.resource.clone())
            }
            "variables" => Value::Map(Map::Lazy(self.variables.unwrap_or(&NONE))),
            _ => return None,
        }))
    }
}

struct NoFields;

static NONE: NoFields = NoFields;

impl Fields for NoFields {
    fn get(&self, _name: &str) -> Option<Result<Value<'_>, EvalError>> {
        None
    }

    fn names(&self) -> Vec<Str> {
        Vec::new()
    }
}

/// Room for the variables of one round of evaluations; each is evaluated when it is first named.
pub(crate) struct Room<'a>(Vec<OnceLock<Link<'a>>>, AtomicU64);

/// A variable, which sees those before it.
struct Link<'a> {
    name: &'a str,
    expression: &'a Expression,
    scope: Scope<'a>,
    spent: &'a AtomicU64,
    value: OnceLock<Result<Value<'a>, EvalError>>,
}

impl<'a> Room<'a> {
    pub(crate) fn new(variables: &[Variable]) -> Self {
        Self(variables.iter().map(|_| OnceLock::new()).collect(), AtomicU64::new(0))
    }

    /// A round of evaluations over these inputs, with its own budget.
    pub(crate) fn round(
        &'a self,
        variables: &'a [Variable],
        inputs: &'a Inputs<'a>,
        budget: i64,
    ) -> Round<'a> {
        let mut before: Option<&'a dyn Fields> = None;
        for ((name, expression), cell) in variables.iter().zip(&self.0) {
            let scope = Scope { inputs, variables: before };
            let link = || Link { name, expression, scope, spent: &self.1, value: OnceLock::new() };
            before = Some(cell.get_or_init(link));
        }
        Round { scope: Scope { inputs, variables: before }, spent: &self.1, remaining: budget }
    }
}

impl<'a> Link<'a> {
    fn evaluate(&self) -> Result<Value<'a>, EvalError> {
        let name = self.name;
        let program =
            self.expression.program.as_ref().map_err(|why| {
                EvalError::new(format!("composited variable {name:?} fails to compile: {why}"))
            })?;
        let mut budget = Budget::per_call();
        let value = program.eval(&self.scope, &mut budget);
        self.spent.fetch_add(budget.spent(), Ordering::Relaxed);
        value.map_err(|error| {
            EvalError::new(format!("composited variable {name:?} fails to evaluate: {error}"))
        })
    }
}

impl Fields for Link<'_> {
    fn get(&self, name: &str) -> Option<Result<Value<'_>, EvalError>> {
        if name == self.name {
            return Some(self.value.get_or_init(|| self.evaluate()).clone());
        }
        self.scope.variables?.get(name)
    }

    fn names(&self) -> Vec<Str> {
        let mut names = self.scope.variables.map(Fields::names).unwrap_or_default();
        names.push(self.name.into());
        names
    }
}

/// Evaluations that share variables and a budget.
pub(crate) struct Round<'a> {
    scope: Scope<'a>,
    spent: &'a AtomicU64,
    remaining: i64,
}

/// Why an evaluation has no value.
pub(crate) enum Failure {
    /// The expression failed; others go on.
    Expression(String),
    /// The budget is spent; nothing goes on.
    Budget(&'static str),
}

impl Failure {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Expression(text) => text,
            Self::Budget(text) => text,
        }
    }
}

impl<'a> Round<'a> {
    /// What is left of the budget.
    pub(crate) fn remaining(&self) -> i64 {
        self.remaining
    }

    pub(crate) fn evaluate(&mut self, expression: &Expression) -> Result<Value<'a>, Failure> {
        let program = match &expression.program {
            Ok(program) => program,
            Err(why) => return Err(Failure::Expression(format!("compilation error: {why}"))),
        };
        let mut budget = Budget::per_call();
        let value = program.eval(&self.scope, &mut budget);
        let spent = budget.spent().saturating_add(self.spent.swap(0, Ordering::Relaxed));
        match i64::try_from(spent) {
            Ok(spent) if spent <= self.remaining => self.remaining -= spent,
            _ => return Err(Failure::Budget(OUT_OF_BUDGET)),
        }
        value.map_err(|error| {
            Failure::Expression(format!("expression '{}' resulted in error: {error}", expression.text))
        })
    }
}
