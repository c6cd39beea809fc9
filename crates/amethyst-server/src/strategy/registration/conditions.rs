//! Match conditions.

use std::collections::BTreeSet;

use amethyst_schema::Fault;
use amethyst_validation::names;

use super::at::At;
use crate::admission::policy::expression::{Compiler, Offered, Returns};

const CONDITIONS_MAX: u64 = 64;

/// `validateMatchConditions`.
pub(super) fn validate(at: &At<'_>, parameters: bool, faults: &mut Vec<Fault>) {
    let count = at.list().len();
    if count as u64 > CONDITIONS_MAX {
        faults.push(Fault::too_many(at.path.clone(), count, CONDITIONS_MAX));
    }
    let mut seen = BTreeSet::new();
    for condition in at.items() {
        let (expression, name) = (condition.get("expression"), condition.get("name"));
        let text = expression.text().trim();
        if text.is_empty() {
            faults.push(expression.required(""));
        } else {
            let offered = Offered { parameters, authorizer: true, patches: false };
            if let Err(why) = Compiler::plain().compile(text, offered, Returns::Bool).program {
                faults.push(Fault::invalid(expression.path.clone(), text, why));
            }
        }
        if name.text().is_empty() {
            faults.push(name.required(""));
        } else {
            faults.extend(names::qualified(name.text()).into_iter().map(|why| name.invalid(why)));
            if !seen.insert(name.text()) {
                faults.push(name.duplicate());
            }
        }
    }
}
