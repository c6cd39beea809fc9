//! A policy with its bindings, compiled once per version of each.

use std::sync::Arc;

use amethyst_object::{GroupVersionKind, Str, Value};
use amethyst_store::{Revision, Snapshot};

use super::super::matching::Criteria;
use super::conditions::Conditions;
use super::expression::{Compiler, Expression, Offered, Returns};
use super::params::ParamRef;
use super::scope::Variable;
use crate::record::Entry;

/// A policy, without its bindings.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) name: Str,
    modified: Revision,
    pub(crate) criteria: Criteria,
    /// `failurePolicy: Ignore`.
    pub(crate) ignores_failure: bool,
    /// The kind of its parameters, as it is written.
    pub(crate) param_kind: Option<GroupVersionKind>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) conditions: Conditions,
    pub(crate) validations: Vec<Validation>,
    pub(crate) audit: Vec<(Str, Expression)>,
    pub(crate) mutations: Vec<Mutation>,
    /// `reinvocationPolicy: IfNeeded`.
    pub(crate) reinvoked: bool,
}

/// One of `validations`.
#[derive(Debug)]
pub(crate) struct Validation {
    pub(crate) expression: Expression,
    pub(crate) message: String,
    pub(crate) reason: String,
    pub(crate) message_expression: Option<Expression>,
}

/// One of `mutations`.
#[derive(Debug)]
pub(crate) enum Mutation {
    Apply(Expression),
    JsonPatch(Expression),
}

/// A binding.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) name: Str,
    modified: Revision,
    pub(crate) policy: Str,
    /// `matchResources`, when there are any.
    pub(crate) criteria: Option<Criteria>,
    pub(crate) parameters: Option<ParamRef>,
    pub(crate) actions: Vec<Str>,
}

/// A policy and what binds it.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) policy: Arc<Policy>,
    pub(crate) bindings: Vec<Arc<Binding>>,
}

impl Policy {
    fn compile(object: &Value, modified: Revision) -> Self {
        let nothing = Value::Null;
        let spec = object.get("spec").unwrap_or(&nothing);
        let list = |key: &str| spec.get(key).and_then(Value::as_array).unwrap_or_default();
        let param_kind = spec.get("paramKind").filter(|kind| !kind.is_null()).map(|kind| {
            let text = |key: &str| kind.str_at(&[key]).unwrap_or_default();
            GroupVersionKind::from_api_version(text("apiVersion"), text("kind"))
        });
        let parameters = param_kind.is_some();
        let offered = Offered { parameters, authorizer: true, patches: false };
        let mut compiler = Compiler::composed();
        let variables = list("variables")
            .iter()
            .map(|variable| {
                let text = |key: &str| variable.str_at(&[key]).unwrap_or_default();
                (text("name").into(), compiler.variable(text("name"), text("expression"), offered))
            })
            .collect();
        let audit = |annotation: &Value| {
            let text = |key: &str| annotation.str_at(&[key]).unwrap_or_default();
            (text("key").into(), compiler.compile(text("valueExpression"), offered, Returns::TextOrNull))
        };
        Self {
            name: object.str_at(&["metadata", "name"]).unwrap_or_default().into(),
            modified,
            criteria: Criteria::of_resources(spec.get("matchConstraints").unwrap_or(&nothing)),
            ignores_failure: spec.str_at(&["failurePolicy"]) == Some("Ignore"),
            param_kind,
            conditions: Conditions::compile(spec, &compiler, parameters),
            validations: list("validations")
                .iter()
                .map(|one| Validation::compile(one, &compiler, offered))
                .collect(),
            audit: list("auditAnnotations").iter().map(audit).collect(),
            mutations: list("mutations")
                .iter()
                .map(|one| Mutation::compile(one, &compiler, offered))
                .collect(),
            reinvoked: spec.str_at(&["reinvocationPolicy"]) == Some("IfNeeded"),
            variables,
        }
    }
}

impl Validation {
    fn compile(validation: &Value, compiler: &Compiler, offered: Offered) -> Self {
        let text = |key: &str| validation.str_at(&[key]).unwrap_or_default();
        let message = Some(text("messageExpression")).filter(|text| !text.is_empty());
        let plain = Offered { authorizer: false, ..offered };
        Self {
            expression: compiler.compile(text("expression"), offered, Returns::Bool),
            message: text("message").to_owned(),
            reason: text("reason").to_owned(),
            message_expression: message.map(|text| compiler.compile(text, plain, Returns::Text)),
        }
    }
}

impl Mutation {
    fn compile(mutation: &Value, compiler: &Compiler, offered: Offered) -> Self {
        let offered = Offered { patches: true, ..offered };
        let text = |keys: &[&str]| mutation.str_at(keys).unwrap_or_default();
        if mutation.str_at(&["patchType"]) == Some("JSONPatch") {
            let text = text(&["jsonPatch", "expression"]);
            return Self::JsonPatch(compiler.compile(text, offered, Returns::Patches));
        }
        Self::Apply(compiler.compile(text(&["applyConfiguration", "expression"]), offered, Returns::Object))
    }
}

impl Binding {
    fn read(object: &Value, modified: Revision) -> Self {
        let spec = |key: &str| object.at(&["spec", key]).filter(|value| !value.is_null());
        let actions = spec("validationActions").and_then(Value::as_array).unwrap_or_default();
        Self {
            name: object.str_at(&["metadata", "name"]).unwrap_or_default().into(),
            modified,
            policy: object.str_at(&["spec", "policyName"]).unwrap_or_default().into(),
            criteria: spec("matchResources").map(Criteria::of_resources),
            parameters: spec("paramRef").map(ParamRef::read),
            actions: actions.iter().filter_map(|action| Some(action.as_str()?.into())).collect(),
        }
    }
}

/// The bound policies of a state of the store, by name; what did not change since `current` is kept.
pub(super) fn bound(
    plural: &str,
    bindings: &str,
    snapshot: &Snapshot<Entry>,
    current: &[Bound],
) -> Vec<Bound> {
    let prefix = |plural: &str| format!("admissionregistration.k8s.io/{plural}//");
    let known = |name: &str, modified| {
        let kept = current.iter().map(|bound| &bound.policy);
        kept.into_iter().find(|policy| policy.name == name && policy.modified == modified).map(Arc::clone)
    };
    let mut bound: Vec<Bound> = Vec::new();
    for (key, stored) in snapshot.range(&prefix(plural), None) {
        let name = key.as_ref().rsplit('/').next().unwrap_or_default();
        let policy = known(name, stored.modified).unwrap_or_else(|| {
            Arc::new(Policy::compile(&Value::Object(stored.record.object()), stored.modified))
        });
        bound.push(Bound { policy, bindings: Vec::new() });
    }
    let kept: Vec<&Arc<Binding>> = current.iter().flat_map(|bound| &bound.bindings).collect();
    for (key, stored) in snapshot.range(&prefix(bindings), None) {
        let name = key.as_ref().rsplit('/').next().unwrap_or_default();
        let known = kept.iter().find(|binding| binding.name == name && binding.modified == stored.modified);
        let binding = known.map_or_else(
            || Arc::new(Binding::read(&Value::Object(stored.record.object()), stored.modified)),
            |binding| Arc::clone(binding),
        );
        if let Some(bound) = bound.iter_mut().find(|bound| bound.policy.name == binding.policy) {
            bound.bindings.push(binding);
        }
    }
    bound.retain(|bound| !bound.bindings.is_empty());
    bound
}
