//! Mutating webhooks: one after the other, each sees what the ones before it made of the object; once more
//! those that want it, when something changed after they were asked.

use std::collections::HashSet;

use amethyst_object::{Value, json, value};

use super::super::attributes::Attributes;
use super::super::matching::Match;
use super::super::versions;
use super::hook::Hook;
use super::outcome::Failure;
use super::review::Answer;
use super::{Webhooks, call};
use crate::registry::decode;
use crate::status::Status;

/// What is remembered between the two rounds (`webhookReinvokeContext`).
#[derive(Debug, Default)]
pub(crate) struct Reinvocation {
    /// What the webhooks of the first round left behind.
    output: Option<Value>,
    invoked: HashSet<String>,
    due: HashSet<String>,
}

impl Reinvocation {
    /// Something changed: all that were asked before are asked again.
    fn require(&mut self) {
        self.due.extend(self.invoked.drain());
    }
}

/// Asks the mutating webhooks; says whether any of them changed the object.
pub(crate) async fn mutate(
    webhooks: &Webhooks,
    attributes: &Attributes<'_>,
    object: &mut Option<Value>,
    memory: &mut Reinvocation,
    round: usize,
) -> Result<bool, Status> {
    let hooks = webhooks.mutating(attributes.attempt, attributes.operation);
    if hooks.is_empty() {
        return Ok(false);
    }
    if round > 0 && memory.output != *object {
        memory.require();
    }
    let mut any = false;
    for (place, (_, hook)) in hooks.iter().enumerate() {
        let Some(found) = hook.matches(attributes, object.as_ref())? else { continue };
        if round > 0 && !memory.due.contains(&hook.uid) {
            continue;
        }
        let called = one(hook, attributes, &found, object).await;
        let changed = matches!(called, Ok(true));
        note(attributes, hook, round, place, changed);
        if changed {
            memory.require();
            any = true;
        }
        if hook.reinvoked {
            memory.invoked.insert(hook.uid.clone());
        }
        if let Err(failure) = called {
            if let Some(status) = failure.settle(hook) {
                return Err(status);
            }
            let key = format!("failed-open.mutation.webhook.admission.k8s.io/round_{round}_index_{place}");
            attributes.attempt.call.warnings.annotate(key, hook.name.as_str());
        }
    }
    if round == 0 {
        memory.output.clone_from(object);
    }
    Ok(any)
}

async fn one(
    hook: &Hook,
    attributes: &Attributes<'_>,
    found: &Match,
    object: &mut Option<Value>,
) -> Result<bool, Failure> {
    let shown =
        object.as_ref().map(|object| versions::convert(attributes.resource(), &found.resource, object));
    let answer = call::call(hook, true, attributes, found, shown.as_ref()).await?;
    let Some(patched) = patched(hook, &answer, found, shown.as_ref())? else { return Ok(false) };
    if shown.as_ref() == Some(&patched) {
        return Ok(false);
    }
    *object = Some(versions::convert(&found.resource, attributes.resource(), &patched));
    Ok(true)
}

/// The object after the patch, decoded and defaulted anew; none when there is no patch.
fn patched(
    hook: &Hook,
    answer: &Answer,
    found: &Match,
    object: Option<&Value>,
) -> Result<Option<Value>, Failure> {
    if answer.patch.is_empty() {
        return Ok(None);
    }
    let undecodable = |why: &dyn std::fmt::Display| {
        Failure::Calling(format!("received undecodable patch in webhook response: {why}"))
    };
    let patch = json::parse(&answer.patch).map_err(|error| undecodable(&error))?;
    let operations = patch.as_array().ok_or_else(|| undecodable(&"it is no list of operations"))?;
    if operations.is_empty() {
        return Ok(None);
    }
    let internal = |why: String| Failure::Internal(Status::internal(why));
    let Some(object) = object else {
        let name = hook.name.as_str();
        let why = "attempted to modify the object, which is not supported for this operation";
        return Err(internal(format!("admission webhook {name:?} {why}")));
    };
    if answer.patch_type != "JSONPatch" {
        return Err(Failure::Calling(format!("unsupported patch type {:?}", answer.patch_type)));
    }
    let mut patched =
        amethyst_merge::json_patch(object, &patch).map_err(|error| internal(error.to_string()))?;
    decode::redecode(&found.resource, &found.kind, &mut patched).map_err(internal)?;
    Ok(Some(patched))
}

/// Every mutating call is noted in the audit log.
fn note(attributes: &Attributes<'_>, hook: &Hook, round: usize, place: usize, mutated: bool) {
    let key = format!("mutation.webhook.admission.k8s.io/round_{round}_index_{place}");
    let said = value!({
        "configuration": (hook.configuration.clone()), "webhook": (hook.name.clone()), "mutated": mutated,
    });
    attributes.attempt.call.warnings.annotate(key, json::to_string_in_order(&said));
}
