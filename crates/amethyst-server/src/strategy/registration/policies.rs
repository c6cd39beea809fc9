//! Admission policies: what they match, and that their expressions compile.

use std::collections::BTreeSet;

use amethyst_object::{Map, Value};
use amethyst_schema::Fault;
use amethyst_validation::names;

use super::at::At;
use super::rules::{FAILURE_POLICIES, REINVOCATION_POLICIES};
use super::{conditions, one_of, required_one_of, rules};
use crate::admission::policy::expression::{Compiler, Offered, Returns};
use crate::registry::write::Attempt;

const REASONS: [&str; 3] = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const PATCH_TYPES: [&str; 2] = ["ApplyConfiguration", "JSONPatch"];
const ANNOTATIONS_MAX: usize = 20;
const VALUE_EXPRESSION_BYTES_MAX: usize = 5 * 1024;

/// A ValidatingAdmissionPolicy.
pub(in crate::strategy) fn validating_policy(
    attempt: &Attempt<'_>,
    new: &Map,
    old: Option<&Map>,
) -> Vec<Fault> {
    let (spec, mut faults) = (At::of(new, "spec"), Vec::new());
    if attempt.call.subresource == "status" {
        status(&At::of(new, "status"), &mut faults);
        return faults;
    }
    matching(&spec, old, &mut faults);
    let offered = offered(&spec);
    let composes = !spec.get("variables").list().is_empty();
    let mut compiler = if composes { Compiler::composed() } else { Compiler::plain() };
    variables(&spec, &mut compiler, offered, &mut faults);
    let (validations, annotations) = (spec.get("validations"), spec.get("auditAnnotations"));
    if validations.list().is_empty() && annotations.list().is_empty() {
        let why = "validations or auditAnnotations must contain at least one item";
        faults.extend([validations.required(why), annotations.required(why)]);
        return faults;
    }
    for each in validations.items() {
        validation(&each, &compiler, offered, &mut faults);
    }
    let name = new.get("metadata").and_then(|metadata| metadata.str_at(&["name"])).unwrap_or_default();
    self::annotations(&annotations, name, &compiler, offered, &mut faults);
    faults
}

/// A MutatingAdmissionPolicy.
pub(in crate::strategy) fn mutating_policy(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let (spec, mut faults) = (At::of(new, "spec"), Vec::new());
    matching(&spec, old, &mut faults);
    rules::mutating_operations(&spec.get("matchConstraints"), &mut faults);
    let offered = offered(&spec);
    let mut compiler = Compiler::composed();
    variables(&spec, &mut compiler, offered, &mut faults);
    let mutations = spec.get("mutations");
    if mutations.list().is_empty() {
        faults.push(mutations.required("mutations must contain at least one item"));
    }
    for each in mutations.items() {
        mutation(&each, &compiler, offered, &mut faults);
    }
    let again = spec.get("reinvocationPolicy");
    if again.text().is_empty() {
        faults.push(again.required(""));
    } else {
        one_of(&again, &REINVOCATION_POLICIES, &mut faults);
    }
    faults
}

fn offered(spec: &At<'_>) -> Offered {
    Offered { parameters: spec.get("paramKind").is_set(), authorizer: true, patches: false }
}

/// What both kinds match by.
fn matching(spec: &At<'_>, old: Option<&Map>, faults: &mut Vec<Fault>) {
    required_one_of(&spec.get("failurePolicy"), &FAILURE_POLICIES, faults);
    let kind = spec.get("paramKind");
    if kind.is_set() {
        param_kind(&kind, faults);
    }
    let constraints = spec.get("matchConstraints");
    if constraints.is_set() {
        rules::match_resources(&constraints, faults);
        let resources = constraints.get("resourceRules");
        if resources.list().is_empty() {
            faults.push(resources.required(""));
        }
    } else {
        faults.push(constraints.required(""));
    }
    let as_before = old.is_some_and(|old| {
        let old = At::of(old, "spec");
        ["paramKind", "matchConditions"].iter().all(|key| old.get(key).value == spec.get(key).value)
    });
    if !as_before {
        conditions::validate(&spec.get("matchConditions"), kind.is_set(), faults);
    }
}

/// `validateParamKind`.
fn param_kind(at: &At<'_>, faults: &mut Vec<Fault>) {
    let (api_version, kind) = (at.get("apiVersion"), at.get("kind"));
    let text = api_version.text();
    let invalid = |value: &str, why: String| Fault::invalid(api_version.path.clone(), value, why);
    match text.split('/').collect::<Vec<_>>().as_slice() {
        [""] => faults.push(api_version.required("")),
        [version] => version_faults(version, text, &invalid, faults),
        [group, version] => {
            let wrong = names::subdomain(group);
            if !group.is_empty() && !wrong.is_empty() {
                faults.push(invalid(group, wrong.join(",")));
            }
            version_faults(version, text, &invalid, faults);
        }
        _ => faults.push(invalid(text, format!("unexpected GroupVersion string: {text}"))),
    }
    let wrong = names::label_1035(&kind.text().to_lowercase());
    if kind.text().is_empty() {
        faults.push(kind.required(""));
    } else if !wrong.is_empty() {
        faults.push(
            kind.invalid(format!("may have mixed case, but should otherwise match: {}", wrong.join(","))),
        );
    }
}

fn version_faults(
    version: &str,
    whole: &str,
    invalid: &dyn Fn(&str, String) -> Fault,
    faults: &mut Vec<Fault>,
) {
    let wrong = names::label_1035(version);
    if version.is_empty() {
        faults.push(invalid(whole, "version must be specified".to_owned()));
    } else if !wrong.is_empty() {
        faults.push(invalid(version, wrong.join(",")));
    }
}

/// `validateVariable`.
fn variables(spec: &At<'_>, compiler: &mut Compiler, offered: Offered, faults: &mut Vec<Fault>) {
    for variable in spec.get("variables").items() {
        let (name, expression) = (variable.get("name"), variable.get("expression"));
        if name.text().trim().is_empty() {
            faults.push(name.required("name is not specified"));
        } else if !is_identifier(name.text()) {
            faults.push(name.invalid("must be a valid CEL identifier"));
        }
        if expression.text().trim().is_empty() {
            faults.push(expression.required("expression is not specified"));
        } else if let Err(why) = compiler.variable(name.text(), expression.text(), offered).program {
            faults.push(expression.invalid(why));
        }
    }
}

fn is_identifier(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic());
    starts
        && name.chars().all(|char| char == '_' || char.is_ascii_alphanumeric())
        && !amethyst_cel::is_reserved(name)
}

/// `validateValidation`.
fn validation(at: &At<'_>, compiler: &Compiler, offered: Offered, faults: &mut Vec<Fault>) {
    let (expression, message) = (at.get("expression"), at.get("message"));
    if expression.text().trim().is_empty() {
        faults.push(expression.required("expression is not specified"));
    } else {
        compile(&expression, expression.text(), compiler, offered, Returns::Bool, faults);
    }
    let by_expression = at.get("messageExpression");
    if !by_expression.text().is_empty() && by_expression.text().trim().is_empty() {
        faults.push(by_expression.invalid("must be non-empty if specified"));
    } else if !by_expression.text().is_empty() {
        let offered = Offered { authorizer: false, ..offered };
        compile(&by_expression, by_expression.text(), compiler, offered, Returns::Text, faults);
    }
    let trimmed = message.text().trim();
    if !message.text().is_empty() && trimmed.is_empty() {
        faults.push(message.invalid("must be non-empty if specified"));
    } else if trimmed.contains(['\n', '\r']) {
        faults.push(message.invalid("must not contain line breaks"));
    }
    one_of(&at.get("reason"), &REASONS, faults);
}

/// `validateAuditAnnotation`, of all of them.
fn annotations(list: &At<'_>, name: &str, compiler: &Compiler, offered: Offered, faults: &mut Vec<Fault>) {
    if list.list().len() > ANNOTATIONS_MAX {
        faults.push(list.invalid(format!("must not have more than {ANNOTATIONS_MAX} auditAnnotations")));
    }
    let mut seen = BTreeSet::new();
    for annotation in list.items() {
        let (key, expression) = (annotation.get("key"), annotation.get("valueExpression"));
        if name.is_empty() {
            faults.push(key.invalid("requires metadata.name be non-empty"));
        } else {
            let whole = format!("{name}/{}", key.text());
            let wrong = names::qualified(&whole).into_iter();
            faults.extend(wrong.map(|why| Fault::invalid(key.path.clone(), whole.as_str(), why)));
        }
        let trimmed = expression.text().trim();
        if trimmed.is_empty() {
            faults.push(expression.required("valueExpression is not specified"));
        } else if trimmed.len() > VALUE_EXPRESSION_BYTES_MAX {
            let why = format!("must not exceed {VALUE_EXPRESSION_BYTES_MAX} bytes in length");
            faults.push(expression.required(why));
        } else if let Err(why) = compiler.compile(trimmed, offered, Returns::TextOrNull).program {
            faults.push(expression.invalid(why));
        }
        if !seen.insert(key.text()) {
            faults.push(key.duplicate());
        }
    }
}

/// `validateMutation`.
fn mutation(at: &At<'_>, compiler: &Compiler, offered: Offered, faults: &mut Vec<Fault>) {
    let kind = at.get("patchType");
    let fields = [
        ("JSONPatch", "jsonPatch", Returns::Patches),
        ("ApplyConfiguration", "applyConfiguration", Returns::Object),
    ];
    if kind.text().is_empty() {
        faults.push(kind.required(""));
        return;
    }
    let Some((name, field, returns)) = fields.iter().find(|(name, ..)| *name == kind.text()) else {
        one_of(&kind, &PATCH_TYPES, faults);
        return;
    };
    let holder = at.get(field);
    if holder.is_set() {
        let expression = holder.get("expression");
        let trimmed = expression.text().trim();
        if trimmed.is_empty() {
            faults.push(expression.required(""));
        } else {
            let offered = Offered { patches: true, ..offered };
            compile(&expression, trimmed, compiler, offered, *returns, faults);
        }
    } else {
        faults.push(holder.required(format!("must be specified when patchType is {name}")));
    }
    for (other, field, _) in fields.iter().filter(|(other, ..)| other != name) {
        let _ = other;
        let wrong = at.get(field);
        if wrong.is_set() {
            let why = format!("must not be specified when patchType is {name}");
            faults.push(Fault::invalid(wrong.path.clone(), format!("{{{field}}}"), why));
        }
    }
}

fn compile(
    at: &At<'_>,
    text: &str,
    compiler: &Compiler,
    offered: Offered,
    returns: Returns,
    faults: &mut Vec<Fault>,
) {
    if let Err(why) = compiler.compile(text, offered, returns).program {
        faults.push(Fault::invalid(at.path.clone(), text, why));
    }
}

/// `validateTypeChecking`.
fn status(at: &At<'_>, faults: &mut Vec<Fault>) {
    for warning in at.get("typeChecking").get("expressionWarnings").items() {
        for key in ["warning", "fieldRef"] {
            let field = warning.get(key);
            if field.value.and_then(Value::as_str).unwrap_or_default().trim().is_empty() {
                faults.push(field.required(""));
            }
        }
    }
}
