//! What the types of matched kinds say against a policy's expressions: warnings in its status
//! (kubernetes/apiserver `pkg/admission/plugin/policy/validating/typechecking.go`).

use std::collections::BTreeSet;
use std::sync::Arc;

use amethyst_cel::Type;
use amethyst_object::{GroupVersionKind, Str, Value, value};

use super::super::matching::Rule;
use super::expression::{Compiler, Offered};
use super::types;
use crate::catalog::{Catalog, Resource};

/// So many kinds are looked at.
const KINDS_MAX: usize = 10;

/// `status.typeChecking.expressionWarnings`.
pub(crate) fn warnings(policy: &Value, catalog: &Catalog) -> Vec<Value> {
    let kinds = kinds(policy, catalog);
    let text = |value: &Value, key: &str| value.str_at(&[key]).unwrap_or_default().to_owned();
    let validations = policy.at(&["spec", "validations"]).and_then(Value::as_array).unwrap_or_default();
    let mut warnings = Vec::new();
    for (index, validation) in validations.iter().enumerate() {
        for key in ["expression", "messageExpression"] {
            let expression = text(validation, key);
            if expression.is_empty() {
                continue;
            }
            let found: Vec<String> =
                kinds.iter().filter_map(|kind| check(policy, kind, &expression, catalog)).collect();
            if !found.is_empty() {
                let place = format!("spec.validations[{index}].{key}");
                warnings.push(value!({"fieldRef": place, "warning": (found.join("\n"))}));
            }
        }
    }
    warnings
}

/// What is wrong with an expression about one kind.
fn check(policy: &Value, resource: &Arc<Resource>, expression: &str, catalog: &Catalog) -> Option<String> {
    let spec = |key: &str| policy.at(&["spec", key]).filter(|value| !value.is_null());
    let params = spec("paramKind").map(|kind| {
        let text = |key: &str| kind.str_at(&[key]).unwrap_or_default();
        let kind = GroupVersionKind::from_api_version(text("apiVersion"), text("kind"));
        catalog.kind(&kind).map_or(Type::Dyn, types::of_resource)
    });
    let offered = Offered { parameters: params.is_some(), authorizer: true, patches: false };
    let mut compiler = Compiler::typed(types::of_resource(resource), params.unwrap_or(Type::Dyn));
    for variable in spec("variables").and_then(Value::as_array).unwrap_or_default() {
        let text = |key: &str| variable.str_at(&[key]).unwrap_or_default();
        compiler.variable(text("name"), text("expression"), offered);
    }
    let why = compiler.check(expression, offered)?;
    let kind = resource.gvk();
    Some(format!("{}/{}, Kind={}: {why}\n", kind.group, kind.version, kind.kind))
}

/// The kinds that the rules name without a wildcard, in order.
fn kinds(policy: &Value, catalog: &Catalog) -> Vec<Arc<Resource>> {
    let mut found: BTreeSet<(Str, Str, Str)> = BTreeSet::new();
    for rule in Rule::list(policy.at(&["spec", "matchConstraints"]), "resourceRules") {
        let (groups, versions, resources) = rule.named();
        let wild = |names: &[Str]| names.iter().any(|name| name.contains('*'));
        if wild(groups) || wild(versions) {
            continue;
        }
        let resources: Vec<&Str> = resources.filter(|name| !name.contains('*')).collect();
        let named = groups.iter().flat_map(|group| versions.iter().map(move |version| (group, version)));
        for (group, version) in named {
            let served = resources.iter().filter(|plural| catalog.resource(group, version, plural).is_some());
            found.extend(served.map(|plural| (group.clone(), version.clone(), (*plural).clone())));
        }
    }
    let mut kinds: Vec<Arc<Resource>> = found
        .iter()
        .take(KINDS_MAX)
        .filter_map(|(group, version, plural)| catalog.resource(group, version, plural).cloned())
        .collect();
    kinds.sort_by_key(|resource| {
        let gvk = resource.gvk();
        (gvk.group, gvk.version, gvk.kind)
    });
    kinds
}
