//! MutatingAdmissionPolicy: what is bound and matches changes the object, one after the other
//! (kubernetes/apiserver `pkg/admission/plugin/policy/mutating/dispatcher.go`).

use std::collections::HashSet;

use amethyst_cel::RUNTIME_BUDGET;
use amethyst_object::Value;

use super::super::attributes::Attributes;
use super::super::matching::Match;
use super::super::versions;
use super::access::Rights;
use super::conditions::Verdict;
use super::definition::{Binding, Bound, Mutation, Policy};
use super::patch::{self, Patched};
use super::scope::{Inputs, Room};
use super::{documents, params};
use crate::registry::{decode, managed};
use crate::status::{Cause, Status};

/// What is remembered between the two rounds (`policyReinvokeContext`).
#[derive(Debug, Default)]
pub(crate) struct Reinvocation {
    output: Option<Value>,
    invoked: HashSet<String>,
    due: HashSet<String>,
}

impl Reinvocation {
    fn require(&mut self) {
        self.due.extend(self.invoked.drain());
    }
}

/// A policy, a binding and a parameter that a request matches.
struct Invocation<'a> {
    policy: &'a Policy,
    binding: &'a Binding,
    found: Match,
    params: Option<Value>,
}

/// Why a policy could not do its work; whether that refuses the request is its failure policy's word.
struct Fault<'a> {
    policy: &'a Policy,
    binding: Option<&'a Binding>,
    message: String,
    reason: &'static str,
}

/// Changes the object; says whether anything changed.
pub(crate) fn mutate(
    policies: &[Bound],
    attributes: &Attributes<'_>,
    object: &mut Value,
    memory: &mut Reinvocation,
    round: usize,
) -> Result<bool, Status> {
    if round > 0 && memory.output.as_ref() != Some(object) {
        memory.require();
    }
    let mut faults = Vec::new();
    let invocations = select(policies, attributes, object, &mut faults);
    let namespace = if invocations.is_empty() { None } else { documents::namespace(attributes)? };
    let mut any = false;
    for invocation in &invocations {
        let shown = versions::convert(attributes.resource(), &invocation.found.resource, object);
        let request = documents::request(attributes, &invocation.found);
        let turn = Turn { attributes, invocation, request: &request, namespace: namespace.as_ref() };
        match turn.check(&shown) {
            Verdict::Excluded => continue,
            Verdict::Failed(why) => {
                faults.push(invocation.fault(why));
                continue;
            }
            Verdict::Matches => {}
        }
        let key = invocation.key();
        if round > 0 && !memory.due.contains(&key) {
            continue;
        }
        let mut current = shown.clone();
        for mutation in &invocation.policy.mutations {
            if let Err(why) = turn.apply(mutation, &mut current)? {
                faults.push(invocation.fault(why));
            }
        }
        if current != shown {
            memory.require();
            any = true;
            *object = versions::convert(&invocation.found.resource, attributes.resource(), &current);
        }
        if invocation.policy.reinvoked {
            memory.invoked.insert(key);
        }
    }
    memory.output = Some(object.clone());
    refuse(attributes, &faults).map(|()| any)
}

/// All that matches the request as it came.
fn select<'a>(
    policies: &'a [Bound],
    attributes: &Attributes<'_>,
    object: &Value,
    faults: &mut Vec<Fault<'a>>,
) -> Vec<Invocation<'a>> {
    let mut invocations = Vec::new();
    for bound in policies {
        let policy = bound.policy.as_ref();
        let broken = |binding: Option<&'a Binding>, why: String| {
            let what = if binding.is_some() { "binding" } else { "policy" };
            Fault { policy, binding, message: format!("failed to configure {what}: {why}"), reason: "" }
        };
        let found = match policy.criteria.matches(attributes, Some(object)) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(status) => {
                faults.push(broken(None, status.to_string()));
                continue;
            }
        };
        for binding in &bound.bindings {
            let matched = binding.criteria.as_ref().map_or(Ok(true), |criteria| {
                criteria.matches(attributes, Some(object)).map(|found| found.is_some())
            });
            match matched {
                Ok(true) => {}
                Ok(false) => continue,
                Err(status) => {
                    faults.push(broken(Some(binding), status.to_string()));
                    continue;
                }
            }
            let (kind, reference) = (policy.param_kind.as_ref(), binding.parameters.as_ref());
            match params::collect(attributes.attempt, kind, reference, &attributes.namespace) {
                Ok(all) => invocations.extend(all.into_iter().map(|params| Invocation {
                    policy,
                    binding,
                    found: found.clone(),
                    params,
                })),
                Err(why) => faults.push(broken(Some(binding), why)),
            }
        }
    }
    invocations
}

impl<'a> Invocation<'a> {
    fn key(&self) -> String {
        let at =
            |keys: &[&str]| self.params.as_ref().and_then(|params| params.str_at(keys)).unwrap_or_default();
        let params = (at(&["metadata", "namespace"]), at(&["metadata", "name"]));
        format!("{}/{}/{}/{}", self.policy.name, self.binding.name, params.0, params.1)
    }

    fn fault(&self, message: String) -> Fault<'a> {
        Fault { policy: self.policy, binding: Some(self.binding), message, reason: "Invalid" }
    }
}

/// One invocation at work.
struct Turn<'a> {
    attributes: &'a Attributes<'a>,
    invocation: &'a Invocation<'a>,
    request: &'a Value,
    namespace: Option<&'a Value>,
}

impl Turn<'_> {
    fn check(&self, object: &Value) -> Verdict {
        let policy = self.invocation.policy;
        if policy.conditions.is_empty() {
            return Verdict::Matches;
        }
        self.with(object, |inputs| policy.conditions.check(&policy.variables, inputs, policy.ignores_failure))
    }

    fn with<T>(&self, object: &Value, run: impl FnOnce(&Inputs<'_>) -> T) -> T {
        let rights = Rights::of(self.attributes.attempt);
        let resource = &self.invocation.found.resource;
        let old = self.attributes.old.as_ref();
        let old = old.map(|old| versions::convert(self.attributes.resource(), resource, old));
        run(&Inputs {
            object: Some(object),
            old: old.as_ref(),
            params: self.invocation.params.as_ref(),
            request: self.request,
            namespace: self.namespace,
            rights: &rights,
            resource: documents::resource_check(self.attributes),
        })
    }

    /// Applies one mutation. A fault of the policy is its own affair, one of the server ends the request.
    fn apply(&self, mutation: &Mutation, object: &mut Value) -> Result<Result<(), String>, Status> {
        let policy = self.invocation.policy;
        let found = &self.invocation.found;
        let schema =
            (found.kind.kind == found.resource.kind).then(|| managed::schema(&found.resource)).flatten();
        let patched = self.with(object, |inputs| {
            let room = Room::new(&policy.variables);
            let mut round = room.round(&policy.variables, inputs, RUNTIME_BUDGET);
            match mutation {
                Mutation::Apply(expression) => patch::configure(&mut round, expression, object, schema),
                Mutation::JsonPatch(expression) => patch::json_patch(&mut round, expression, object),
            }
        });
        let (mut patched, strict) = match patched {
            Ok(Patched::Unchanged) => return Ok(Ok(())),
            Ok(Patched::Object(patched)) => (patched, matches!(mutation, Mutation::JsonPatch(_))),
            Err(why) => return Ok(Err(why)),
        };
        let unknown =
            decode::redecode(&found.resource, &found.kind, &mut patched).map_err(Status::internal)?;
        if strict && !unknown.is_empty() {
            let listed: Vec<String> =
                unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect();
            return Err(Status::internal(format!("strict decoding error: {}", listed.join(", "))));
        }
        *object = patched;
        Ok(Ok(()))
    }
}

/// The answer, when a policy failed that must not.
fn refuse(attributes: &Attributes<'_>, faults: &[Fault<'_>]) -> Result<(), Status> {
    let counted: Vec<&Fault<'_>> = faults.iter().filter(|fault| !fault.policy.ignores_failure).collect();
    let Some(first) = counted.first() else { return Ok(()) };
    let text = |fault: &Fault<'_>| match fault.binding {
        Some(binding) => format!(
            "policy '{}' with binding '{}' denied request: {}",
            fault.policy.name, binding.name, fault.message
        ),
        None => format!("policy {:?} denied request: {}", fault.policy.name.as_str(), fault.message),
    };
    let reason = if first.reason.is_empty() { "Forbidden" } else { first.reason };
    let gvr = attributes.gvr();
    let name = attributes.name.as_str();
    let cause = |fault: &&Fault<'_>| Cause { reason: "", message: text(fault), field: String::new() };
    let causes = counted.iter().map(cause).collect();
    Err(Status::foreign(403, reason, text(first)).about(&gvr.group, &gvr.resource, name).causes(causes))
}
