//! Match conditions: the last word on whether a webhook or a policy is about a request
//! (kubernetes/apiserver `pkg/admission/plugin/webhook/matchconditions/matcher.go`).

use amethyst_cel::RUNTIME_BUDGET;
use amethyst_object::Value;

use super::expression::{Compiler, Expression, Offered, Returns};
use super::scope::{Failure, Inputs, Room, Variable};

/// What all match conditions together may cost.
const BUDGET: i64 = RUNTIME_BUDGET / 4;

/// The conditions of one webhook or policy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions(Vec<Expression>);

/// What they say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Matches,
    Excluded,
    /// They failed, and the failure policy is to fail.
    Failed(String),
}

impl Conditions {
    pub(crate) fn compile(holder: &Value, compiler: &Compiler, parameters: bool) -> Self {
        let offered = Offered { parameters, authorizer: true, patches: false };
        let list = holder.get("matchConditions").and_then(Value::as_array).unwrap_or_default();
        let text = |condition: &Value| condition.str_at(&["expression"]).unwrap_or_default().to_owned();
        Self(
            list.iter().map(|condition| compiler.compile(&text(condition), offered, Returns::Bool)).collect(),
        )
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One false excludes, whatever else fails; failures otherwise go by the failure policy.
    pub(crate) fn check(
        &self,
        variables: &[Variable],
        inputs: &Inputs<'_>,
        ignores_failure: bool,
    ) -> Verdict {
        let room = Room::new(variables);
        let mut round = room.round(variables, inputs, BUDGET);
        let mut failures: Vec<String> = Vec::new();
        let failed = |why: String| if ignores_failure { Verdict::Excluded } else { Verdict::Failed(why) };
        let mut excluded = false;
        for condition in &self.0 {
            match round.evaluate(condition) {
                Ok(value) => excluded |= value.as_bool() == Some(false),
                Err(Failure::Budget(why)) => return failed(why.to_owned()),
                Err(Failure::Expression(why)) => failures.push(why),
            }
        }
        if excluded {
            return Verdict::Excluded;
        }
        let mut unique: Vec<String> = Vec::new();
        for why in failures {
            if !unique.contains(&why) {
                unique.push(why);
            }
        }
        match unique.as_slice() {
            [] => Verdict::Matches,
            [one] => failed(one.clone()),
            many => failed(format!("[{}]", many.join(", "))),
        }
    }
}
