//! Validating webhooks: all that match are asked at once, every no counts.

use amethyst_object::Value;
use futures::future::join_all;

use super::super::attributes::Attributes;
use super::super::versions;
use super::{Webhooks, call};
use crate::status::Status;

/// Asks the validating webhooks that are about a request; of several refusals the first by order is told.
pub(crate) async fn validate(
    webhooks: &Webhooks,
    attributes: &Attributes<'_>,
    object: Option<&Value>,
) -> Result<(), Status> {
    let mut calls = Vec::new();
    for (index, hook) in webhooks.validating(attributes.attempt, attributes.operation) {
        let Some(found) = hook.matches(attributes, object)? else { continue };
        calls.push(async move {
            let object =
                object.map(|object| versions::convert(attributes.resource(), &found.resource, object));
            let called = call::call(&hook, false, attributes, &found, object.as_ref()).await;
            let Err(failure) = called else { return None };
            let refused = failure.settle(&hook);
            if refused.is_none() {
                let key = format!("failed-open.validating.webhook.admission.k8s.io/round_0_index_{index}");
                attributes.attempt.call.warnings.annotate(key, hook.name.as_str());
            }
            refused
        });
    }
    let refused = join_all(calls).await.into_iter().flatten().next();
    refused.map_or(Ok(()), Err)
}
