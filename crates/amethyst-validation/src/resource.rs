//! Devices: classes, claims, templates of claims, slices (kubernetes `pkg/apis/resource/validation`).
//!
//! What upstream declares (`DeviceClaim` lists, forms of names) is not here; CEL expressions of selectors are not
//! compiled.

use amethyst_object::{Map, Value};
use amethyst_schema::Fault;

use crate::at::At;
use crate::case::Case;
use crate::faults::{Faults, IMMUTABLE};
use crate::names::{self, NameRule};
use crate::{metadata, selector, text, volume};

const PARAMETERS_MAX: usize = 10 << 10;
const EXPRESSION_MAX: usize = 10 << 10;
const SETS: &str =
    "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";

pub(crate) fn device_class(case: &Case<'_>, faults: &mut Faults) {
    case.whole_metadata(false, NameRule::PathSegment, faults);
    if let Some(old) = case.old {
        metadata::change(case.new, old, faults);
    }
    let at = case.at("spec");
    selectors(&at.get("selectors"), faults);
    at.get("config").items().for_each(|each| configuration(&each, faults));
}

fn selectors(at: &At<'_>, faults: &mut Faults) {
    for each in at.items() {
        let cel = each.get("cel");
        if !cel.is_set() {
            faults.required(&cel.path, "");
        } else if cel.text("expression").len() > EXPRESSION_MAX {
            faults.too_long(&cel.get("expression").path, EXPRESSION_MAX as u64);
        }
    }
}

fn configuration(at: &At<'_>, faults: &mut Faults) {
    let opaque = at.get("opaque");
    if !opaque.is_set() {
        return faults.required(&opaque.path, "");
    }
    let parameters = opaque.get("parameters");
    match parameters.value() {
        None => faults.required(&parameters.path, ""),
        Some(value) if amethyst_object::json::to_string(value).len() > PARAMETERS_MAX => {
            faults.too_long(&parameters.path, PARAMETERS_MAX as u64);
        }
        Some(Value::Object(_)) => {}
        Some(_) => faults.invalid_value(&parameters.path, "<value omitted>", "must be a valid JSON object"),
    }
}

pub(crate) fn claim(case: &Case<'_>, faults: &mut Faults) {
    if let (Some(old), "status") = (case.old, case.subresource) {
        return metadata::change(case.new, old, faults);
    }
    case.whole_metadata(true, NameRule::Subdomain, faults);
    match case.old {
        Some(old) => metadata::change(case.new, old, faults),
        None => devices(&case.at("spec").get("devices"), faults),
    }
}

pub(crate) fn claim_template(case: &Case<'_>, faults: &mut Faults) {
    case.whole_metadata(true, NameRule::Subdomain, faults);
    let at = case.at("spec");
    let meta = at.get("metadata");
    metadata::annotations(&meta.get("annotations"), faults);
    metadata::labels(&meta.get("labels"), faults);
    let more = meta.value().and_then(Value::as_object);
    for key in
        more.into_iter().flat_map(Map::keys).filter(|key| !matches!(key.as_str(), "annotations" | "labels"))
    {
        if !meta.get(key).is_empty() {
            faults.forbidden(&meta.get(key).path, "cannot be set");
        }
    }
    devices(&at.get("spec").get("devices"), faults);
    if let Some(old) = case.old {
        metadata::change(case.new, old, faults);
        if at.value() != case.before("spec").value() {
            faults.invalid(&at, IMMUTABLE);
        }
    }
}

/// What is claimed; lists that are too long are told by declared rules alone.
fn devices(at: &At<'_>, faults: &mut Faults) {
    const LIST_MAX: usize = 32;
    let fits = |list: &At<'_>| list.list().len() <= LIST_MAX;
    let (requests, constraints, config) = (at.get("requests"), at.get("constraints"), at.get("config"));
    if fits(&requests) {
        requests.items().for_each(|each| request(&each, faults));
    }
    if fits(&constraints) {
        for each in constraints.items() {
            references(&each.get("requests"), &requests, faults);
            if !each.has("matchAttribute") && !each.has("distinctAttribute") {
                let why = "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields \
                           are set";
                faults.required(&each.path, why);
            }
        }
    }
    if fits(&config) {
        for each in config.items() {
            references(&each.get("requests"), &requests, faults);
            configuration(&each, faults);
        }
    }
}

fn references(at: &At<'_>, requests: &At<'_>, faults: &mut Faults) {
    const WHY: &str = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
    for each in at.items() {
        let parts: Vec<&str> = each.str().split('/').collect();
        if parts.len() > 2 {
            faults.invalid_text(&each, WHY);
            continue;
        }
        for part in &parts {
            for why in names::label(part) {
                faults.invalid_value(&each.path, *part, why);
            }
        }
        let known = requests.items().filter(|request| request.text("name") == parts[0]).last();
        let found = known.is_some_and(|request| match parts.get(1) {
            None => true,
            Some(sub) => request.get("firstAvailable").items().any(|each| each.text("name") == *sub),
        });
        if !found {
            faults.invalid_text(&each, WHY);
        }
    }
}

fn request(at: &At<'_>, faults: &mut Faults) {
    const ONE: &str = "exactly one of `exactly` or `firstAvailable` is required";
    faults.texts(&at.get("name"), names::label(at.text("name")));
    let (exactly, first) = (at.get("exactly"), at.get("firstAvailable"));
    match (exactly.is_set(), !first.is_empty()) {
        (false, false) => faults.required(&at.path, ONE),
        (true, true) => {
            faults.invalid_value(&at.path, Value::Null, format!("{ONE}, but multiple fields are set"));
        }
        (true, false) => {
            let class = exactly.get("deviceClassName");
            if faults.needs_text(&class) {
                faults.texts(&class, names::subdomain(class.str()));
            }
            wanted(&exactly, faults);
        }
        (false, true) => {
            for each in first.items() {
                faults.texts(&each.get("name"), names::label(each.text("name")));
                wanted(&each, faults);
            }
        }
    }
}

fn wanted(at: &At<'_>, faults: &mut Faults) {
    if at.get("selectors").list().len() <= 32 {
        selectors(&at.get("selectors"), faults);
    }
    let (mode, count) = (at.text("allocationMode"), at.get("count"));
    let number = count.int().unwrap_or_default();
    if mode == "All" && number != 0 {
        faults.invalid(&count, "must not be specified when allocationMode is 'All'");
    } else if mode == "ExactCount" && number <= 0 {
        faults.invalid_value(&count.path, number, "must be greater than zero");
    }
    for each in at.get("tolerations").items() {
        let value = each.get("value");
        match each.text("operator") {
            "Exists" if !value.str().is_empty() => {
                faults.invalid(&value, "must be empty for operator `Exists`");
            }
            "Equal" => faults.texts(&value, names::label_value(value.str())),
            _ => {}
        }
    }
}

pub(crate) fn slice(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(false, NameRule::Subdomain, faults);
    let (at, before) = (case.at("spec"), case.before("spec"));
    volume::driver(&at.get("driver"), faults);
    pool(&at.get("pool"), faults);
    if case.is_update() {
        faults.immutable(&at.get("pool").get("name"), &before.get("pool").get("name"));
        faults.immutable(&at.get("driver"), &before.get("driver"));
        faults.immutable(&at.get("nodeName"), &before.get("nodeName"));
    }
    let mut set: Vec<&str> = Vec::new();
    let node = at.get("nodeName");
    if node.is_set() && node.str().is_empty() {
        faults.invalid(&node, "must be either unset or set to a non-empty string");
    } else if node.is_set() {
        set.push("`nodeName`");
        faults.texts(&node, names::subdomain(node.str()));
    }
    let nodes = at.get("nodeSelector");
    if nodes.is_set() {
        set.push("`nodeSelector`");
        selector::nodes(&nodes, false, faults);
        let terms = nodes.get("nodeSelectorTerms");
        if terms.list().len() != 1 {
            faults.invalid(&terms, "must have exactly one node selector term");
        }
    }
    for (key, name) in [("allNodes", "`allNodes`"), ("perDeviceNodeSelection", "`perDeviceNodeSelection`")] {
        if at.flag(key) {
            set.push(name);
        } else if at.has(key) {
            faults.invalid(&at.get(key), "must be either unset or set to true");
        }
    }
    match set.len() {
        0 => faults.required(&at.path, SETS),
        1 => {}
        _ => {
            let why = format!("{SETS}, but multiple fields are set");
            faults.invalid_value(&at.path, format!("{{{}}}", set.join(", ")), why);
        }
    }
    let list = at.get("devices");
    if at.has("sharedCounters") && at.has("devices") {
        faults.invalid_value(&at.path, "", "only one of `sharedCounters` or `devices` is allowed");
    }
    list.items().for_each(|each| device(&each, at.flag("perDeviceNodeSelection"), faults));
    let mut seen: Vec<&str> = Vec::new();
    for each in list.items() {
        if seen.contains(&each.text("name")) {
            faults.duplicate(&each.path, each.text("name"));
        }
        seen.push(each.text("name"));
    }
}

fn pool(at: &At<'_>, faults: &mut Faults) {
    let (name, count) = (at.get("name"), at.get("resourceSliceCount"));
    if faults.needs_text(&name) {
        if name.str().len() > 253 {
            faults.too_long(&name.path, 253);
        }
        for part in name.str().split('/') {
            for why in names::subdomain(part) {
                faults.invalid_value(&name.path, part, why);
            }
        }
    }
    if count.int().unwrap_or_default() <= 0 {
        faults.invalid_value(&count.path, count.int().unwrap_or_default(), "must be greater than zero");
    }
    if at.number("generation") < 0 {
        faults.invalid(&at.get("generation"), "must be greater than or equal to zero");
    }
}

fn device(at: &At<'_>, picks_nodes: bool, faults: &mut Faults) {
    faults.texts(&at.get("name"), names::label(at.text("name")));
    let attributes = at.get("attributes");
    for (key, attribute) in attributes.entries() {
        qualified(&attributes, key, faults);
        self::attribute(&attribute, faults);
    }
    let capacity = at.get("capacity");
    for (key, _) in capacity.entries() {
        qualified(&capacity, key, faults);
    }
    let own = ["nodeName", "nodeSelector", "allNodes"];
    if !picks_nodes && own.iter().any(|key| at.has(key)) {
        let why = "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to \
                   true in the ResourceSlice spec";
        faults.invalid_value(&at.path, Value::Null, why);
    }
}

fn attribute(at: &At<'_>, faults: &mut Faults) {
    for key in ["string", "version"] {
        let value = at.get(key);
        if value.str().len() > 64 {
            faults.too_long(&value.path, 64);
        }
    }
}

/// The name of an attribute or a capacity (`validateQualifiedName`).
fn qualified(at: &At<'_>, name: &str, faults: &mut Faults) {
    let mut identifier = |name: &str| {
        if name.len() > 32 {
            faults.push(Fault::too_long(at.path.clone(), 32));
        }
        for why in text::c_identifier(name) {
            faults.invalid_value(&at.path, name, why);
        }
    };
    match name.split_once('/') {
        None => identifier(name),
        Some((domain, rest)) if !rest.contains('/') => {
            if !rest.is_empty() {
                identifier(rest);
            }
            if domain.is_empty() {
                faults.invalid_value(&at.path, "", "the domain must not be empty");
            } else {
                let domain = Value::from(domain);
                volume::driver(&At::new(Some(&domain), at.path.clone()), faults);
            }
            if rest.is_empty() {
                faults.invalid_value(&at.path, "", "the name must not be empty");
            }
        }
        Some(_) => {}
    }
}
