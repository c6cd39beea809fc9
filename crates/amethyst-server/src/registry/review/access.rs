//! May somebody do that, and what may I do: the reviews of authorization
//! (kubernetes `pkg/registry/authorization`, `pkg/apis/authorization/validation`).

use amethyst_object::{FieldPath, LabelSelector, Map, Str, Value, value};
use amethyst_schema::Fault;
use amethyst_validation::names;
use bytes::Bytes;

use crate::rbac::{Attributes, Resource, Rule, Target, cached_missing, decide, rules_for, texts};
use crate::registry::metadata::{self, path, refuse};
use crate::registry::write::map;
use crate::registry::{Call, Registry, Rendered, decode, managed};
use crate::request::terms;
use crate::status::Status;
use crate::strategy::access::operator_fits;
use crate::user::User;

const GROUP: &str = "authorization.k8s.io";
const UNION: &str = "exactly one of nonResourceAttributes or resourceAttributes must be specified";

/// Whether a kind is one of these questions.
pub(super) fn is_ours(plural: &str) -> bool {
    matches!(
        plural,
        "selfsubjectaccessreviews"
            | "subjectaccessreviews"
            | "localsubjectaccessreviews"
            | "selfsubjectrulesreviews"
    )
}

/// Answers a question.
pub(super) fn answer(registry: &Registry, call: &Call, mut review: Value) -> Result<Rendered, Status> {
    decode::settle(call, &mut review, false)?;
    if call.resource.gvr.resource == "selfsubjectrulesreviews" {
        return rules_review(registry, call, &review);
    }
    let object = map(&review);
    let myself = call.resource.gvr.resource == "selfsubjectaccessreviews";
    refuse(GROUP, "", "", faults(call, object, myself))?;
    let spec = object.get("spec").cloned().unwrap_or_default();
    let user = if myself { (*call.user).clone() } else { user(&spec) };
    let attributes = attributes(&spec);
    let decision = decide(&registry.access(), &user, &attributes);
    let mut status = Map::new();
    status.insert("allowed", decision.allowed);
    if !decision.reason.is_empty() {
        status.insert("reason", decision.reason);
    }
    let errors = selector_errors(&spec);
    if !errors.is_empty() {
        status.insert("evaluationError", errors.join("; "));
    }
    let owned = managed::of_question(registry, call, &call.resource.gvk(), &review);
    let mut object = object.clone();
    object.insert("status", status);
    Ok(Rendered::computed_of(object, owned))
}

/// What may I do in a namespace.
fn rules_review(registry: &Registry, call: &Call, review: &Value) -> Result<Rendered, Status> {
    let namespace = review.str_at(&["spec", "namespace"]).unwrap_or_default();
    if namespace.is_empty() {
        return Err(Status::bad_request("no namespace on request"));
    }
    let (rules, error) = rules_for(&registry.access(), &call.user, namespace, &cached_missing);
    let of_resources = rules.iter().filter(|rule| !rule.resources.is_empty());
    let of_paths = rules.iter().filter(|rule| !rule.urls.is_empty());
    let mut status = Map::new();
    status.insert("resourceRules", of_resources.map(resource_rule).collect::<Vec<_>>());
    status.insert("nonResourceRules", of_paths.map(path_rule).collect::<Vec<_>>());
    status.insert("incomplete", false);
    if let Some(error) = error {
        status.insert("evaluationError", error);
    }
    let (kind, api_version) = (call.resource.kind.as_str(), call.resource.gvk().api_version());
    let answer =
        value!({"kind": kind, "apiVersion": api_version, "metadata": {}, "spec": {}, "status": status});
    Ok(Rendered::computed_of(map(&answer).clone(), Bytes::new()))
}

fn resource_rule(rule: &Rule) -> Value {
    let mut shown = rule.clone();
    shown.urls.clear();
    shown.to_value()
}

fn path_rule(rule: &Rule) -> Value {
    value!({"verbs": (texts(&rule.verbs)), "nonResourceURLs": (texts(&rule.urls))})
}

/// The user of a question about somebody else.
fn user(spec: &Value) -> User {
    let list = |value: Option<&Value>| -> Vec<String> {
        let list = value.and_then(Value::as_array).unwrap_or_default();
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let extra = spec.get("extra").and_then(Value::as_object);
    User {
        name: spec.str_at(&["user"]).unwrap_or_default().to_owned(),
        uid: spec.str_at(&["uid"]).unwrap_or_default().to_owned(),
        groups: list(spec.get("groups")),
        extra: extra
            .into_iter()
            .flat_map(Map::iter)
            .map(|(key, values)| (key.to_string(), list(Some(values))))
            .collect(),
    }
}

fn attributes(spec: &Value) -> Attributes<'_> {
    let resource = set(spec, "resourceAttributes");
    let text = |key: &str| {
        let asked = resource.or_else(|| spec.get("nonResourceAttributes"));
        asked.and_then(|asked| asked.str_at(&[key])).unwrap_or_default()
    };
    let target = if resource.is_some() {
        Target::Resource(Resource {
            group: text("group"),
            resource: text("resource"),
            subresource: text("subresource"),
            namespace: text("namespace"),
            name: text("name"),
        })
    } else {
        Target::Path(text("path"))
    };
    Attributes { verb: text("verb"), target }
}

fn set<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|value| !value.is_null())
}

fn faults(call: &Call, review: &Map, myself: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    let empty = Value::object();
    let spec = review.get("spec").unwrap_or(&empty);
    let (resource, other) = (set(spec, "resourceAttributes"), set(spec, "nonResourceAttributes"));
    if resource.is_some() == other.is_some() {
        faults.push(Fault::invalid(path(&["spec"]), go_path(other), UNION));
    }
    let has_groups = spec.get("groups").and_then(Value::as_array).is_some_and(|groups| !groups.is_empty());
    let name = spec.str_at(&["user"]).unwrap_or_default();
    if !myself && name.is_empty() && !has_groups {
        faults.push(Fault::invalid(
            path(&["spec", "user"]),
            name,
            "at least one of user or group must be specified",
        ));
    }
    if let Some(resource) = resource {
        let at = path(&["spec", "resourceAttributes"]);
        selector_faults(
            set(resource, "fieldSelector"),
            &at.child("fieldSelector"),
            field_requirement,
            &mut faults,
        );
        selector_faults(
            set(resource, "labelSelector"),
            &at.child("labelSelector"),
            label_requirement,
            &mut faults,
        );
    }
    let local = call.resource.namespaced;
    let mut rest = metadata::of(review).clone();
    rest.remove("managedFields");
    if local {
        rest.remove("namespace");
    }
    if !rest.is_empty() {
        let why = if local { "must be empty except for namespace" } else { "must be empty" };
        faults.push(Fault::invalid(path(&["metadata"]), Value::Object(metadata::of(review).clone()), why));
    }
    if local {
        let asked = resource.map(|resource| resource.str_at(&["namespace"]).unwrap_or_default());
        if let Some(asked) = asked.filter(|asked| *asked != metadata::text(review, "namespace")) {
            let at = path(&["spec", "resourceAttributes", "namespace"]);
            faults.push(Fault::invalid(at, asked, "must match metadata.namespace"));
        }
        if other.is_some() {
            let at = path(&["spec", "nonResourceAttributes"]);
            faults.push(Fault::invalid(at, go_path(other), "disallowed on this kind of request"));
        }
    }
    faults
}

/// `nonResourceAttributes` with the names of the Go type.
fn go_path(attributes: Option<&Value>) -> Value {
    let Some(attributes) = attributes else { return Value::Null };
    let text = |key: &str| attributes.str_at(&[key]).unwrap_or_default();
    value!({"Path": (text("path")), "Verb": (text("verb"))})
}

fn selector_faults(
    selector: Option<&Value>,
    at: &FieldPath,
    check: fn(&Value, &FieldPath, &mut Vec<Fault>),
    faults: &mut Vec<Fault>,
) {
    let Some(selector) = selector else { return };
    let raw = selector.str_at(&["rawSelector"]).unwrap_or_default();
    let requirements = requirements(selector);
    if !raw.is_empty() && !requirements.is_empty() {
        let why = "may not specified at the same time as requirements";
        faults.push(Fault::invalid(at.child("rawSelector"), raw, why));
    }
    if raw.is_empty() && requirements.is_empty() {
        let why = format!("when {at} is specified, requirements or rawSelector is required");
        faults.push(Fault::required(at.child("requirements"), why));
    }
    for (index, requirement) in requirements.iter().enumerate() {
        check(requirement, &at.child("requirements").index(index), faults);
    }
}

fn requirements(selector: &Value) -> &[Value] {
    selector.get("requirements").and_then(Value::as_array).unwrap_or_default()
}

fn values(requirement: &Value) -> &[Value] {
    requirement.get("values").and_then(Value::as_array).unwrap_or_default()
}

fn field_requirement(requirement: &Value, at: &FieldPath, faults: &mut Vec<Fault>) {
    if requirement.str_at(&["key"]).unwrap_or_default().is_empty() {
        faults.push(Fault::required(at.child("key"), "must be specified"));
    }
    let operator = requirement.str_at(&["operator"]).unwrap_or_default();
    operator_fits(operator, values(requirement), at, true, faults);
}

fn label_requirement(requirement: &Value, at: &FieldPath, faults: &mut Vec<Fault>) {
    let operator = requirement.str_at(&["operator"]).unwrap_or_default();
    operator_fits(operator, values(requirement), at, true, faults);
    let key = requirement.str_at(&["key"]).unwrap_or_default();
    faults.extend(names::qualified(key).iter().map(|why| Fault::invalid(at.child("key"), key, why)));
    for (index, value) in values(requirement).iter().enumerate() {
        let value = value.as_str().unwrap_or_default();
        let at = at.child("values").index(index);
        faults.extend(names::label_value(value).iter().map(|why| Fault::invalid(at.clone(), value, why)));
    }
}

/// What of the selectors could not be read; what cannot be read makes the question a broader one.
fn selector_errors(spec: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    let raw = |selector: &Value| selector.str_at(&["rawSelector"]).unwrap_or_default().to_owned();
    let mut tell = |kind: &str, good: usize, bad: bool| {
        let how = if good > 0 { "partially ignored" } else { "ignored" };
        if bad {
            errors.push(format!("spec.resourceAttributes.{kind} {how} due to parse error"));
        }
    };
    if let Some(selector) = spec.at(&["resourceAttributes", "fieldSelector"]) {
        let good = requirements(selector).iter().filter(|requirement| is_field_term(requirement)).count();
        let bad = good < requirements(selector).len() || terms(&raw(selector)).is_err();
        tell("fieldSelector", good, bad);
    }
    if let Some(selector) = spec.at(&["resourceAttributes", "labelSelector"]) {
        let is_term = |requirement: &&Value| {
            let one: Value = value!({"matchExpressions": [((*requirement).clone())]});
            LabelSelector::from_value(&one).is_ok()
        };
        let good = requirements(selector).iter().filter(is_term).count();
        let bad = good < requirements(selector).len() || LabelSelector::parse(&raw(selector)).is_err();
        tell("labelSelector", good, bad);
    }
    errors
}

/// Field selectors know equality with one value only.
fn is_field_term(requirement: &Value) -> bool {
    let operator: Str = requirement.str_at(&["operator"]).unwrap_or_default().into();
    matches!(operator.as_str(), "In" | "NotIn") && values(requirement).len() == 1
}
