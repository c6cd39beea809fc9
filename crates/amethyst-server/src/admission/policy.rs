//! Admission policies: ValidatingAdmissionPolicy and MutatingAdmissionPolicy with their bindings
//! (kubernetes/apiserver `pkg/admission/plugin/policy`).
//!
//! They are compiled when they are written and swapped in as a whole. Expressions run in process, on the
//! snapshot that the write sees, within upstream's budgets.

mod access;
mod check;
mod conditions;
mod definition;
mod documents;
pub(crate) mod expression;
mod mutating;
mod params;
mod patch;
mod scope;
mod types;
mod validating;

use amethyst_admission::Operation;
use amethyst_store::Snapshot;
use arc_swap::ArcSwap;

use super::attributes::Attributes;
use super::matching::Match;
use super::versions;
use crate::record::Entry;
use crate::registry::write::Attempt;
use crate::status::Status;

pub(crate) use check::warnings;
pub(crate) use conditions::{Conditions, Verdict};
pub(crate) use definition::Bound;
pub(crate) use mutating::{Reinvocation, mutate};
pub(crate) use validating::validate;

/// All bound policies, as they are configured now.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    validating: ArcSwap<Vec<Bound>>,
    mutating: ArcSwap<Vec<Bound>>,
}

impl Policies {
    /// Follows the store.
    pub(super) fn refresh(&self, snapshot: &Snapshot<Entry>) {
        for (policies, plural, bindings) in [
            (&self.validating, "validatingadmissionpolicies", "validatingadmissionpolicybindings"),
            (&self.mutating, "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"),
        ] {
            let current = policies.load_full();
            policies.store(std::sync::Arc::new(definition::bound(plural, bindings, snapshot, &current)));
        }
    }

    /// The validating policies whose rules let the request through.
    pub(super) fn validating(&self, attempt: &Attempt<'_>, operation: Operation) -> Vec<Bound> {
        about(&self.validating.load(), attempt, operation)
    }

    /// The mutating ones.
    pub(super) fn mutating(&self, attempt: &Attempt<'_>, operation: Operation) -> Vec<Bound> {
        about(&self.mutating.load(), attempt, operation)
    }
}

fn about(policies: &[Bound], attempt: &Attempt<'_>, operation: Operation) -> Vec<Bound> {
    let about = policies.iter().filter(|bound| bound.policy.criteria.may_match(attempt, operation));
    about.cloned().collect()
}

/// The match conditions of a webhook; whether it is to be called.
pub(super) fn webhook_conditions(
    conditions: &Conditions,
    ignores_failure: bool,
    attributes: &Attributes<'_>,
    found: &Match,
    object: Option<&amethyst_object::Value>,
) -> Result<bool, Status> {
    if conditions.is_empty() {
        return Ok(true);
    }
    let request = documents::request(attributes, found);
    let rights = access::Rights::of(attributes.attempt);
    let shown =
        |object: &amethyst_object::Value| versions::convert(attributes.resource(), &found.resource, object);
    let (object, old) = (object.map(shown), attributes.old.as_ref().map(shown));
    let inputs = scope::Inputs {
        object: object.as_ref(),
        old: old.as_ref(),
        params: None,
        request: &request,
        namespace: None,
        rights: &rights,
        resource: documents::resource_check(attributes),
    };
    match conditions.check(&[], &inputs, ignores_failure) {
        Verdict::Matches => Ok(true),
        Verdict::Excluded => Ok(false),
        Verdict::Failed(why) => Err(super::forbidden(attributes.gvr(), &attributes.name, &why)),
    }
}
