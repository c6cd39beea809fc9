//! What is wrong with a webhook configuration, an admission policy or a binding
//! (kubernetes `pkg/apis/admissionregistration/validation/validation.go`).

mod at;
mod binding;
mod conditions;
mod hooks;
mod policies;
mod rules;

use amethyst_object::Map;
use amethyst_schema::Fault;

use crate::registry::write::Attempt;
use at::At;

pub(super) use binding::{mutating_binding, validating_binding};
pub(super) use policies::{mutating_policy, validating_policy};

/// A MutatingWebhookConfiguration.
pub(super) fn mutating_webhooks(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    hooks::validate(new, old, true)
}

/// A ValidatingWebhookConfiguration.
pub(super) fn validating_webhooks(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    hooks::validate(new, old, false)
}

/// A text out of a closed set, when there is one.
fn one_of(at: &At<'_>, allowed: &[&str], faults: &mut Vec<Fault>) {
    if at.is_set() && !allowed.contains(&at.text()) {
        faults.push(Fault::not_supported(at.path.clone(), at.shown(), allowed));
    }
}

/// The same of a field that must be there.
fn required_one_of(at: &At<'_>, allowed: &[&str], faults: &mut Vec<Fault>) {
    if at.is_set() { one_of(at, allowed, faults) } else { faults.push(Fault::required(at.path.clone(), "")) }
}

#[cfg(test)]
mod tests;
