//! ValidatingAdmissionPolicy: every binding that matches is evaluated, the first refusal is told
//! (kubernetes/apiserver `pkg/admission/plugin/policy/validating/{dispatcher,validator}.go`).

use std::collections::BTreeMap;

use amethyst_cel::RUNTIME_BUDGET;
use amethyst_object::{Str, Value, json, value};

use super::super::attributes::Attributes;
use super::super::matching::Match;
use super::super::versions;
use super::access::Rights;
use super::conditions::Verdict;
use super::definition::{Binding, Bound, Policy, Validation};
use super::scope::{Failure, Inputs, Room};
use super::{documents, params};
use crate::status::{Cause, Status};

/// Longer messages of expressions are not used.
const MESSAGE_BYTES_MAX: usize = 5 * 1024;
/// Longer values of audit annotations are cut.
const ANNOTATION_BYTES_MAX: usize = 10 * 1024;
/// The audit annotation of failures lists so many.
const FAILURES_MAX: usize = 50;

/// A validation that failed, or could not be evaluated.
struct Denial {
    message: String,
    reason: String,
    /// Which of the validations.
    index: usize,
}

/// What the policies of one request come to.
#[derive(Default)]
struct Outcome {
    /// Policy, binding, message, reason.
    denied: Vec<(Str, Option<Str>, String, String)>,
    failures: Vec<Value>,
}

/// Refuses what a bound policy refuses.
pub(crate) fn validate(
    policies: &[Bound],
    attributes: &Attributes<'_>,
    object: Option<&Value>,
) -> Result<(), Status> {
    let mut outcome = Outcome::default();
    for bound in policies {
        let policy = bound.policy.as_ref();
        let found = match policy.criteria.matches(attributes, object) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(status) => {
                outcome.misconfigured(policy, None, &status.to_string());
                continue;
            }
        };
        let mut annotations = BTreeMap::new();
        for binding in &bound.bindings {
            outcome.bound(policy, binding, &found, attributes, object, &mut annotations)?;
        }
        for (key, values) in annotations {
            let key = format!("{}/{key}", policy.name);
            attributes.attempt.call.warnings.annotate(key, values.join(", "));
        }
    }
    outcome.settle(attributes)
}

impl Outcome {
    /// A policy or a binding that cannot be used: refused, unless failures are ignored.
    fn misconfigured(&mut self, policy: &Policy, binding: Option<&Binding>, why: &str) {
        if policy.ignores_failure {
            return;
        }
        let what = if binding.is_some() { "binding" } else { "policy" };
        let message = format!("failed to configure {what}: {why}");
        self.denied.push((policy.name.clone(), binding.map(|it| it.name.clone()), message, String::new()));
    }

    fn bound(
        &mut self,
        policy: &Policy,
        binding: &Binding,
        found: &Match,
        attributes: &Attributes<'_>,
        object: Option<&Value>,
        annotations: &mut BTreeMap<Str, Vec<String>>,
    ) -> Result<(), Status> {
        if let Some(criteria) = &binding.criteria {
            match criteria.matches(attributes, object) {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(()),
                Err(status) => {
                    self.misconfigured(policy, Some(binding), &status.to_string());
                    return Ok(());
                }
            }
        }
        let (kind, reference) = (policy.param_kind.as_ref(), binding.parameters.as_ref());
        let params = match params::collect(attributes.attempt, kind, reference, &attributes.namespace) {
            Ok(params) => params,
            Err(why) => {
                self.misconfigured(policy, Some(binding), &why);
                return Ok(());
            }
        };
        let namespace = documents::namespace(attributes)?;
        let request = documents::request(attributes, found);
        let rights = Rights::of(attributes.attempt);
        let shown = |object: &Value| versions::convert(attributes.resource(), &found.resource, object);
        let (object, old) = (object.map(shown), attributes.old.as_ref().map(shown));
        for params in &params {
            let inputs = Inputs {
                object: object.as_ref(),
                old: old.as_ref(),
                params: params.as_ref(),
                request: &request,
                namespace: namespace.as_ref(),
                rights: &rights,
                resource: documents::resource_check(attributes),
            };
            self.evaluate(policy, binding, attributes, &inputs, annotations);
        }
        Ok(())
    }

    fn evaluate(
        &mut self,
        policy: &Policy,
        binding: &Binding,
        attributes: &Attributes<'_>,
        inputs: &Inputs<'_>,
        annotations: &mut BTreeMap<Str, Vec<String>>,
    ) {
        let decided = match policy.conditions.check(&policy.variables, inputs, policy.ignores_failure) {
            Verdict::Excluded => return,
            Verdict::Failed(message) => Err(message),
            Verdict::Matches => decide(policy, inputs),
        };
        let goes_on = decided.is_ok();
        for denial in decided.unwrap_or_else(|why| failed(policy, why, 0)) {
            self.act(policy, binding, attributes, &denial);
        }
        if !goes_on {
            return;
        }
        let (published, failed) = annotate(policy, inputs);
        for (key, text) in published {
            let values = annotations.entry(key).or_default();
            if !values.contains(&text) {
                values.push(text);
            }
        }
        for message in failed {
            self.denied.push((policy.name.clone(), Some(binding.name.clone()), message, String::new()));
        }
    }

    fn act(&mut self, policy: &Policy, binding: &Binding, attributes: &Attributes<'_>, denial: &Denial) {
        let (message, reason) = (&denial.message, &denial.reason);
        for action in &binding.actions {
            match action.as_str() {
                "Deny" => {
                    let names = (policy.name.clone(), Some(binding.name.clone()));
                    self.denied.push((names.0, names.1, message.clone(), reason.clone()));
                }
                "Audit" => self.failures.push(value!({
                    "message": (message.as_str()), "policy": (binding.policy.clone()),
                    "binding": (binding.name.clone()), "expressionIndex": (denial.index),
                    "validationActions":
                        (Value::Array(binding.actions.iter().map(|action| action.as_str().into()).collect())),
                })),
                "Warn" => attributes.attempt.call.warnings.add(format!(
                    "Validation failed for ValidatingAdmissionPolicy '{}' with binding '{}': {message}",
                    policy.name, binding.name
                )),
                _ => {}
            }
        }
    }

    fn settle(mut self, attributes: &Attributes<'_>) -> Result<(), Status> {
        if !self.failures.is_empty() {
            self.failures.truncate(FAILURES_MAX);
            let text = json::to_string_in_order(&Value::Array(self.failures));
            let key = "validation.policy.admission.k8s.io/validation_failure";
            attributes.attempt.call.warnings.annotate(key, text);
        }
        let Some((policy, binding, message, reason)) = self.denied.into_iter().next() else { return Ok(()) };
        let with = binding.map(|binding| format!(" with binding '{binding}'")).unwrap_or_default();
        let message = format!("ValidatingAdmissionPolicy '{policy}'{with} denied request: {message}");
        Err(refusal(attributes, &message, &reason))
    }
}

/// `admission.NewForbidden` with the reason and the code that the policy chose.
fn refusal(attributes: &Attributes<'_>, message: &str, reason: &str) -> Status {
    let reason = if reason.is_empty() { "Invalid" } else { reason };
    let code = match reason {
        "Forbidden" => 403,
        "Unauthorized" => 401,
        "RequestEntityTooLarge" => 413,
        _ => 422,
    };
    let gvr = attributes.gvr();
    let qualified = if gvr.group.is_empty() {
        gvr.resource.to_string()
    } else {
        format!("{}.{}", gvr.resource, gvr.group)
    };
    let text = format!("{qualified} \"{}\" is forbidden: {message}", attributes.name);
    let cause = Cause { reason: "", message: message.to_owned(), field: String::new() };
    Status::foreign(code, reason, text).about(&gvr.group, &gvr.resource, &attributes.name).causes(vec![cause])
}

/// What the validations refuse; or why there was no budget to find out.
fn decide(policy: &Policy, inputs: &Inputs<'_>) -> Result<Vec<Denial>, String> {
    let room = Room::new(&policy.variables);
    let mut round = room.round(&policy.variables, inputs, RUNTIME_BUDGET);
    let mut results = Vec::new();
    for validation in &policy.validations {
        match round.evaluate(&validation.expression) {
            Ok(value) => results.push(Ok(value.as_bool() == Some(true))),
            Err(Failure::Expression(why)) => results.push(Err(why)),
            Err(Failure::Budget(why)) => return Err(why.to_owned()),
        }
    }
    let messages = messages(policy, inputs, round.remaining());
    let mut denials = Vec::new();
    for (index, (validation, result)) in policy.validations.iter().zip(results).enumerate() {
        match (result, &messages) {
            (Err(why), _) => denials.extend(failed(policy, why, index)),
            (Ok(_), Err(why)) => {
                denials.extend(failed(policy, format!("failed messageExpression: {why}"), index));
            }
            (Ok(true), Ok(_)) => {}
            (Ok(false), Ok(messages)) => {
                let message = message(validation, messages[index].as_deref());
                let reason = if validation.reason.is_empty() {
                    "Invalid".to_owned()
                } else {
                    validation.reason.clone()
                };
                denials.push(Denial { message, reason, index });
            }
        }
    }
    Ok(denials)
}

fn failed(policy: &Policy, message: String, index: usize) -> Vec<Denial> {
    if policy.ignores_failure {
        return Vec::new();
    }
    vec![Denial { message, reason: String::new(), index }]
}

/// The texts of message expressions, all of them evaluated once anything is.
fn messages(policy: &Policy, inputs: &Inputs<'_>, budget: i64) -> Result<Vec<Option<String>>, String> {
    let room = Room::new(&policy.variables);
    let mut round = room.round(&policy.variables, inputs, budget);
    let one = |validation: &Validation| {
        let Some(expression) = &validation.message_expression else { return Ok(None) };
        match round.evaluate(expression) {
            Ok(value) => Ok(value.as_str().map(str::to_owned)),
            Err(Failure::Expression(_)) => Ok(None),
            Err(failure) => Err(failure.text().to_owned()),
        }
    };
    policy.validations.iter().map(one).collect()
}

/// The message of an expression if it is fit to be read, else the one that is written, else the expression.
fn message(validation: &Validation, evaluated: Option<&str>) -> String {
    let evaluated = evaluated.unwrap_or_default().trim();
    let fit = !evaluated.is_empty() && evaluated.len() <= MESSAGE_BYTES_MAX && !evaluated.contains('\n');
    if fit {
        return evaluated.to_owned();
    }
    match validation.message.trim() {
        "" => format!("failed expression: {}", validation.expression.text.trim()),
        written => written.to_owned(),
    }
}

/// The audit annotations of a policy, and why some could not be made.
fn annotate(policy: &Policy, inputs: &Inputs<'_>) -> (Vec<(Str, String)>, Vec<String>) {
    let room = Room::new(&policy.variables);
    let mut round = room.round(&policy.variables, inputs, RUNTIME_BUDGET);
    let (mut published, mut failures) = (Vec::new(), Vec::new());
    for (key, expression) in &policy.audit {
        match round.evaluate(expression) {
            // It is a text or null, or it would not have compiled.
            Ok(value) => match value.as_str().unwrap_or_default().trim() {
                "" => {}
                text => published.push((key.clone(), cut(text))),
            },
            Err(failure) if !policy.ignores_failure => failures.push(failure.text().to_owned()),
            Err(_) => {}
        }
    }
    (published, failures)
}

fn cut(text: &str) -> String {
    let mut end = text.len().min(ANNOTATION_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
