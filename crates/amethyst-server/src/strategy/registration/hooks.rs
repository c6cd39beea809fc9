//! Webhook configurations. What the old object has wrong already, the new one may keep.

use std::collections::BTreeSet;

use amethyst_object::{FieldPath, Map, Value};
use amethyst_schema::Fault;
use amethyst_validation::names;

use super::at::At;
use super::rules::{FAILURE_POLICIES, MATCH_POLICIES, REINVOCATION_POLICIES};
use super::{conditions, one_of, rules};

const REVIEW_VERSIONS: [&str; 2] = ["v1", "v1beta1"];
const HARMLESS: [&str; 2] = ["None", "NoneOnDryRun"];
const SIDE_EFFECTS: [&str; 4] = ["None", "NoneOnDryRun", "Some", "Unknown"];

/// What is asked of a configuration, given the one that it replaces.
struct Strictness {
    side_effects: bool,
    review_versions: bool,
    unique_names: bool,
    label_values: bool,
    conditions: bool,
}

impl Strictness {
    fn against(new: &Map, old: Option<&Map>) -> Self {
        let Some(old) = old else {
            return Self {
                side_effects: true,
                review_versions: true,
                unique_names: true,
                label_values: true,
                conditions: true,
            };
        };
        let hooks: Vec<At<'_>> = At::of(old, "webhooks").items().collect();
        let names: BTreeSet<&str> = hooks.iter().map(|hook| hook.get("name").text()).collect();
        let conditions = |object: &Map| -> Vec<Option<Value>> {
            At::of(object, "webhooks")
                .items()
                .map(|hook| hook.get("matchConditions").value.cloned())
                .collect()
        };
        Self {
            side_effects: hooks.iter().all(|hook| HARMLESS.contains(&hook.get("sideEffects").text())),
            review_versions: hooks.iter().all(|hook| {
                let versions = hook.get("admissionReviewVersions").texts();
                versions.is_empty() || versions.iter().any(|version| REVIEW_VERSIONS.contains(version))
            }),
            unique_names: names.len() == hooks.len(),
            label_values: hooks.iter().all(|hook| {
                let mut faults = Vec::new();
                for key in ["namespaceSelector", "objectSelector"] {
                    rules::selector(&hook.get(key), false, &mut faults);
                }
                faults.is_empty()
            }),
            conditions: conditions(new) != conditions(old),
        }
    }
}

pub(super) fn validate(new: &Map, old: Option<&Map>, mutating: bool) -> Vec<Fault> {
    let strict = Strictness::against(new, old);
    let (mut faults, mut seen) = (Vec::new(), BTreeSet::new());
    for hook in At::of(new, "webhooks").items() {
        one(&hook, &strict, mutating, &mut faults);
        review_versions(&hook.get("admissionReviewVersions"), &strict, &mut faults);
        let name = hook.get("name");
        if strict.unique_names && !name.text().is_empty() && !seen.insert(name.text()) {
            faults.push(name.duplicate());
        }
    }
    faults
}

fn one(hook: &At<'_>, strict: &Strictness, mutating: bool, faults: &mut Vec<Fault>) {
    full_name(&hook.get("name"), faults);
    hook.get("rules").items().for_each(|rule| rules::rule(&rule, faults));
    one_of(&hook.get("failurePolicy"), &FAILURE_POLICIES, faults);
    one_of(&hook.get("matchPolicy"), &MATCH_POLICIES, faults);
    let effects = hook.get("sideEffects");
    let allowed: &[&str] = if strict.side_effects { &HARMLESS } else { &SIDE_EFFECTS };
    if effects.is_set() {
        one_of(&effects, allowed, faults);
    } else {
        faults.push(effects.required(format!("must specify one of {}", allowed.join(", "))));
    }
    let timeout = hook.get("timeoutSeconds");
    if timeout.value.and_then(Value::as_i64).is_some_and(|seconds| !(1..=30).contains(&seconds)) {
        faults.push(timeout.invalid("the timeout value must be between 1 and 30 seconds"));
    }
    for key in ["namespaceSelector", "objectSelector"] {
        rules::selector(&hook.get(key), !strict.label_values, faults);
    }
    if mutating {
        one_of(&hook.get("reinvocationPolicy"), &REINVOCATION_POLICIES, faults);
    }
    client(&hook.get("clientConfig"), faults);
    if strict.conditions {
        conditions::validate(&hook.get("matchConditions"), false, faults);
    }
}

/// `IsFullyQualifiedName`.
fn full_name(name: &At<'_>, faults: &mut Vec<Fault>) {
    let text = name.text();
    let wrong = names::subdomain(text);
    if text.is_empty() {
        faults.push(name.required(""));
    } else if !wrong.is_empty() {
        faults.push(name.invalid(wrong.join(",")));
    } else if text.split('.').count() < 3 {
        faults.push(name.invalid("should be a domain with at least three segments separated by dots"));
    }
}

fn review_versions(versions: &At<'_>, strict: &Strictness, faults: &mut Vec<Fault>) {
    let accepted = REVIEW_VERSIONS.join(", ");
    if versions.list().is_empty() {
        faults.push(versions.required(format!("must specify one of {accepted}")));
        return;
    }
    let mut seen = BTreeSet::new();
    for version in versions.items() {
        if !seen.insert(version.text()) {
            faults.push(version.invalid("duplicate version"));
            continue;
        }
        faults.extend(names::label_1035(version.text()).into_iter().map(|why| version.invalid(why)));
    }
    if strict.review_versions && !REVIEW_VERSIONS.iter().any(|version| seen.contains(version)) {
        faults.push(versions.invalid(format!("must include at least one of {accepted}")));
    }
}

fn client(client: &At<'_>, faults: &mut Vec<Fault>) {
    let (url, service) = (client.get("url"), client.get("service"));
    match (url.is_set(), service.is_set()) {
        (true, false) => self::url(&url, faults),
        (false, true) => self::service(&service, faults),
        _ => faults.push(client.required("exactly one of url or service is required")),
    }
}

/// `ValidateWebhookURL`.
fn url(url: &At<'_>, faults: &mut Vec<Fault>) {
    const FORM: &str = "; desired format: https://host[/path]";
    let text = url.text();
    let mut invalid = |value: &str, why: String| faults.push(Fault::invalid(url.path.clone(), value, why));
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (text, query) = text.split_once('?').unwrap_or((text, ""));
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_lowercase(), rest),
        _ => (String::new(), text),
    };
    let authority = rest.strip_prefix("//").map_or("", |rest| rest.split('/').next().unwrap_or_default());
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if scheme != "https" {
        invalid(&scheme, format!("'https' is the only allowed URL scheme{FORM}"));
    }
    if host.is_empty() {
        invalid(host, format!("host must be specified{FORM}"));
    }
    if authority.contains('@') {
        invalid(user, "user information is not permitted in the URL".to_owned());
    }
    if !fragment.is_empty() {
        invalid(fragment, "fragments are not permitted in the URL".to_owned());
    }
    if !query.is_empty() {
        invalid(query, "query parameters are not permitted in the URL".to_owned());
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.'))
}

/// `ValidateWebhookService`.
fn service(service: &At<'_>, faults: &mut Vec<Fault>) {
    // Upstream hands name and namespace over in the other order, so each is missed under the other's name.
    for (key, held) in [("name", "namespace"), ("namespace", "name")] {
        if service.get(held).text().is_empty() {
            faults.push(service.get(key).required(""));
        }
    }
    let port = service.get("port");
    if !port.value.and_then(Value::as_i64).is_some_and(|port| (1..=65535).contains(&port)) {
        let why = "port is not valid: must be between 1 and 65535, inclusive";
        faults.push(Fault::invalid(port.path.clone(), port.value.cloned().unwrap_or_else(|| 0.into()), why));
    }
    let path = service.get("path");
    if path.is_set() {
        self::path(&path.path, path.text(), faults);
    }
}

fn path(at: &FieldPath, text: &str, faults: &mut Vec<Fault>) {
    let mut invalid = |why: String| faults.push(Fault::invalid(at.clone(), text, why));
    match text {
        "" | "/" => return,
        "//" => return invalid("segment[0] may not be empty".to_owned()),
        _ => {}
    }
    if !text.starts_with('/') {
        invalid("must start with a '/'".to_owned());
    }
    let mut chars = text.chars();
    chars.next();
    let rest = chars.as_str();
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    for (index, step) in rest.split('/').enumerate() {
        if step.is_empty() {
            invalid(format!("segment[{index}] may not be empty"));
            continue;
        }
        for why in names::subdomain(step) {
            invalid(format!("segment[{index}]: {why}"));
        }
    }
}
