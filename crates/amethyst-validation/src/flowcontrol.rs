//! FlowSchemas and PriorityLevelConfigurations (kubernetes `pkg/apis/flowcontrol/validation`).

use amethyst_object::Value;
use amethyst_schema::Fault;

use crate::at::At;
use crate::case::Case;
use crate::faults::Faults;
use crate::names::{self, NameRule};

const PRECEDENCE_MAX: i64 = 10_000;
const QUEUES_MAX: i64 = 10_000_000;
const HASH_BITS_MAX: u32 = 60;
const VERBS: [&str; 9] =
    ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

pub(crate) fn flow_schema(case: &Case<'_>, faults: &mut Faults) {
    if case.subresource == "status" {
        return conditions(&case.at("status"), faults);
    }
    case.whole_metadata(false, NameRule::Subdomain, faults);
    let at = case.at("spec");
    let precedence = at.get("matchingPrecedence");
    let number = precedence.int().unwrap_or_default();
    let mut wrong = |is: bool, why: String| {
        if is {
            faults.invalid_value(&precedence.path, number, why);
        }
    };
    wrong(number <= 0, "must be a positive value".to_owned());
    wrong(number > PRECEDENCE_MAX, format!("must not be greater than {PRECEDENCE_MAX}"));
    let named = case.at("metadata").text("name") == "exempt";
    wrong(number == 1 && !named, "only the schema named 'exempt' may have matchingPrecedence 1".to_owned());
    let method = at.get("distinguisherMethod");
    if method.is_set() && !matches!(method.text("type"), "ByUser" | "ByNamespace") {
        faults.push(Fault::not_supported_as(
            method.get("type").path,
            &format!("{{\"Type\":{:?}}}", method.text("type")),
            "supported values: \"ByNamespace\", \"ByUser\"",
        ));
    }
    let level = at.get("priorityLevelConfiguration").get("name");
    if level.str().is_empty() {
        faults.required(&level.path, "must reference a priority level");
    } else {
        faults.texts(&level, names::subdomain(level.str()));
    }
    at.get("rules").items().for_each(|each| rule(&each, faults));
}

fn conditions(at: &At<'_>, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for condition in at.get("conditions").items() {
        let kind = condition.get("type");
        if seen.contains(&kind.str()) {
            faults.duplicate(&kind.path, kind.str());
        }
        seen.push(kind.str());
        faults.needs_text(&kind);
    }
}

fn rule(at: &At<'_>, faults: &mut Faults) {
    let subjects = at.get("subjects");
    if subjects.is_empty() {
        faults.required(&subjects.path, "subjects must contain at least one value");
    }
    subjects.items().for_each(|each| subject(&each, faults));
    let (resources, others) = (at.get("resourceRules"), at.get("nonResourceRules"));
    if resources.is_empty() && others.is_empty() {
        faults.required(&at.path, "at least one of resourceRules and nonResourceRules has to be non-empty");
    }
    resources.items().for_each(|each| resource_rule(&each, faults));
    others.items().for_each(|each| other_rule(&each, faults));
}

fn subject(at: &At<'_>, faults: &mut Faults) {
    const KINDS: [(&str, &str); 3] =
        [("Group", "group"), ("ServiceAccount", "serviceAccount"), ("User", "user")];
    let kind = at.get("kind");
    let Some((_, key)) = KINDS.iter().find(|(known, _)| *known == kind.str()) else {
        return faults.unsupported(&kind, &KINDS.map(|(known, _)| known));
    };
    let own = at.get(key);
    let name = own.get("name");
    if !own.is_set() {
        faults.required(&own.path, &format!("{key} is required when subject kind is '{}'", kind.str()));
    } else if faults.needs_text(&name) && kind.str() == "ServiceAccount" && name.str() != "*" {
        faults.texts(&name, names::subdomain(name.str()));
    }
    if own.is_set() && kind.str() == "ServiceAccount" {
        let namespace = own.get("namespace");
        if namespace.str().is_empty() {
            faults.required(&namespace.path, "must specify namespace for service account");
        } else {
            faults.texts(&namespace, names::label(namespace.str()));
        }
    }
    let order: [usize; 2] = match kind.str() {
        "ServiceAccount" => [2, 0],
        "User" => [1, 0],
        _ => [1, 2],
    };
    for (other, key) in order.map(|index| KINDS[index]) {
        if at.has(key) {
            faults.forbidden(
                &at.get(key).path,
                format!("{key} is forbidden when subject kind is not '{other}'"),
            );
        }
    }
}

fn all(at: &At<'_>) -> bool {
    at.items().any(|each| each.str() == "*")
}

fn alone(at: &At<'_>, what: &str, faults: &mut Faults) {
    if at.list().len() > 1 && all(at) {
        faults.invalid(at, format!("if '*' is present, must not specify other {what}"));
    }
}

fn verbs(at: &At<'_>, faults: &mut Faults) {
    if at.is_empty() {
        faults.required(&at.path, "verbs must contain at least one value");
    } else if all(at) {
        alone(at, "verbs", faults);
    } else if at.items().any(|verb| !VERBS.contains(&verb.str())) {
        faults.push(Fault::not_supported(at.path.clone(), at.shown(), &VERBS));
    }
}

fn resource_rule(at: &At<'_>, faults: &mut Faults) {
    verbs(&at.get("verbs"), faults);
    for (key, missing, what) in [
        ("apiGroups", "resource rules must supply at least one api group", "api groups"),
        ("resources", "resource rules must supply at least one resource", "resources"),
    ] {
        if at.get(key).is_empty() {
            faults.required(&at.get(key).path, missing);
        }
        alone(&at.get(key), what, faults);
    }
    let namespaces = at.get("namespaces");
    if namespaces.is_empty() && !at.flag("clusterScope") {
        let why = "resource rules that are not cluster scoped must supply at least one namespace";
        faults.required(&namespaces.path, why);
    } else if all(&namespaces) {
        alone(&namespaces, "namespaces", faults);
    } else {
        for each in namespaces.items() {
            let wrong = names::label(each.str()).into_iter();
            faults.texts(
                &each,
                wrong.map(|why| format!("each member of this list must be '*' or a DNS-1123 label; {why}")),
            );
        }
    }
}

fn other_rule(at: &At<'_>, faults: &mut Faults) {
    verbs(&at.get("verbs"), faults);
    let urls = at.get("nonResourceURLs");
    if urls.is_empty() {
        faults.required(&urls.path, "nonResourceURLs must contain at least one value");
    } else if all(&urls) {
        alone(&urls, "non-resource URLs", faults);
    } else {
        for url in urls.items() {
            let path = url.str();
            let stars = path.matches('*').count();
            let why = match path {
                "/" => continue,
                "" => "must not be empty",
                _ if !path.starts_with('/') => "must start with slash",
                _ if path.contains(' ') => "must not contain white-space",
                _ if path.contains("//") => "must not contain double slash",
                _ if stars > 1 || stars == 1 && !path.ends_with("/*") => {
                    "wildcard can only do suffix matching"
                }
                _ => continue,
            };
            faults.invalid_text(&url, why);
        }
    }
}

pub(crate) fn priority_level(case: &Case<'_>, faults: &mut Faults) {
    if case.subresource == "status" {
        return conditions(&case.at("status"), faults);
    }
    case.whole_metadata(false, NameRule::Subdomain, faults);
    let (at, named) = (case.at("spec"), case.at("metadata").text("name") == "exempt");
    let kind = at.get("type");
    if named != (kind.str() == "Exempt") {
        faults.invalid_text(&kind, "must be 'Exempt' if and only if `name` is 'exempt'");
    }
    match kind.str() {
        "Exempt" => shares(&at.get("exempt"), faults),
        "Limited" => {
            let limited = at.get("limited");
            if limited.is_set() {
                self::limited(&limited, faults);
            }
        }
        "" => {}
        _ => faults.unsupported(&kind, &["Exempt", "Limited"]),
    }
}

fn shares(at: &At<'_>, faults: &mut Faults) {
    if at.number("nominalConcurrencyShares") < 0 {
        faults.invalid(&at.get("nominalConcurrencyShares"), "must be a non-negative integer");
    }
    lendable(at, faults);
}

fn lendable(at: &At<'_>, faults: &mut Faults) {
    if !(0..=100).contains(&at.number("lendablePercent")) {
        faults.invalid(&at.get("lendablePercent"), "must be between 0 and 100, inclusive");
    }
}

fn limited(at: &At<'_>, faults: &mut Faults) {
    if at.number("nominalConcurrencyShares") < 0 {
        faults.invalid(&at.get("nominalConcurrencyShares"), "must be a non-negative integer");
    }
    let response = at.get("limitResponse");
    match response.text("type") {
        "Queue" => {
            if response.has("queuing") {
                queuing(&response.get("queuing"), faults);
            }
        }
        "Reject" | "" => {}
        _ => faults.unsupported(&response.get("type"), &["Queue", "Reject"]),
    }
    lendable(at, faults);
    if at.number("borrowingLimitPercent") < 0 {
        faults.invalid(&at.get("borrowingLimitPercent"), "if specified, must be a non-negative integer");
    }
}

fn queuing(at: &At<'_>, faults: &mut Faults) {
    let (limit, queues, hand) = (at.number("queueLengthLimit"), at.number("queues"), at.number("handSize"));
    let mut wrong = |key: &str, number: i64, why: String| {
        faults.invalid_value(&at.get(key).path, Value::from(number), why);
    };
    if limit <= 0 {
        wrong("queueLengthLimit", limit, "must be positive".to_owned());
    }
    if queues <= 0 {
        wrong("queues", queues, "must be positive".to_owned());
    } else if queues > QUEUES_MAX {
        wrong("queues", queues, format!("must not be greater than {QUEUES_MAX}"));
    }
    if hand <= 0 {
        wrong("handSize", hand, "must be positive".to_owned());
    } else if hand > queues {
        wrong("handSize", hand, format!("should not be greater than queues ({queues})"));
    } else if entropy_bits(queues, hand) > HASH_BITS_MAX {
        let why = format!(
            "required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {HASH_BITS_MAX}"
        );
        wrong("handSize", hand, why);
    }
}

/// How many bits a hash must have to deal a hand (`shufflesharding.RequiredEntropyBits`).
fn entropy_bits(deck: i64, hand: i64) -> u32 {
    let bits: f64 = (0..hand).map(|dealt| ((deck - dealt) as f64).log2()).sum();
    bits.ceil() as u32
}
