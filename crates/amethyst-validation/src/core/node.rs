//! Nodes (kubernetes `pkg/apis/core/validation`, `ValidateNode`).

use amethyst_object::{FieldPath, Value};
use amethyst_schema::Fault;

use crate::at::At;
use crate::case::Case;
use crate::faults::Faults;
use crate::names::{self, NameRule};
use crate::{metadata, pod, resources, text};

pub(crate) fn node(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(false, NameRule::Subdomain, faults);
    let (spec, status) = (case.at("spec"), case.at("status"));
    let taints = spec.get("taints").called(FieldPath::of(["metadata", "taints"]));
    let created = !case.is_update();
    if created {
        self::taints(&taints, faults);
    }
    for list in ["capacity", "allocatable"] {
        let at = status.get(list);
        for (key, amount) in at.entries() {
            resources::amount(&amount.called(at.path.child(key)), key, faults);
        }
    }
    if created {
        let swap = status.get("nodeInfo").get("swap").get("capacity");
        if swap.int().is_some_and(|capacity| capacity <= 0) {
            let path = FieldPath::of(["metadata", "nodeSwapStatus", "capacity"]);
            faults.invalid(&swap.called(path), "must be greater than zero");
        }
    }
    features(&status.get("declaredFeatures"), faults);
    networks(&spec.get("podCIDRs"), faults);
    if !created {
        changed(case, &taints, faults);
    }
}

/// Taints, each once for one effect (`validateNodeTaints`).
fn taints(at: &At<'_>, faults: &mut Faults) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for taint in at.items() {
        let (key, value, effect) = (taint.text("key"), taint.get("value"), taint.get("effect"));
        metadata::label_key(&taint.get("key").path, key, faults);
        let wrong = names::label_value(value.str());
        if !wrong.is_empty() {
            faults.invalid_text(&value, wrong.join(";"));
        }
        if effect.str().is_empty() {
            faults.required(&effect.path, "");
        } else {
            pod::taint_effect(&effect, faults);
        }
        if seen.contains(&(key, effect.str())) {
            let time = taint.get("timeAdded");
            let time = if time.is_set() { format!("{:?}", time.str()) } else { "null".to_owned() };
            let shown = format!(
                "{{\"Key\":{key:?},\"Value\":{:?},\"Effect\":{:?},\"TimeAdded\":{time}}}: taints must be unique by key \
                 and effect pair",
                value.str(),
                effect.str()
            );
            faults.push(Fault::duplicate_as(taint.path.clone(), &shown));
            continue;
        }
        seen.push((key, effect.str()));
    }
}

fn features(at: &At<'_>, faults: &mut Faults) {
    let list: Vec<At<'_>> = at.items().collect();
    for (index, feature) in list.iter().enumerate() {
        let name = feature.str();
        if name.len() > 253 {
            faults.invalid(
                feature,
                format!("invalid feature name {name:?}: must be no more than 253 characters"),
            );
        } else if !is_feature(name) {
            faults.invalid(
                feature,
                format!(
                    "invalid feature name {name:?}: must start with an UpperCamelCase segment, with subsequent segments \
                     separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric \
                     characters and slashes"
                ),
            );
        }
        let Some(next) = list.get(index + 1) else { continue };
        if name == next.str() {
            faults.duplicate(&next.path, next.str());
        } else if name > next.str() {
            faults.invalid(next, "list must be sorted alphabetically");
        }
    }
}

fn is_feature(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.split('/').all(|part| {
            part.starts_with(|first: char| first.is_ascii_alphabetic())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

fn networks(at: &At<'_>, faults: &mut Faults) {
    at.items().for_each(|each| faults.texts(&each, text::cidr_legacy(each.str())));
    let families: Vec<bool> = at.items().map(|each| each.str().contains(':')).collect();
    if families.len() > 2 || families.len() == 2 && families[0] == families[1] {
        faults.invalid(at, "may specify no more than one CIDR for each IP family");
    }
}

fn changed(case: &Case<'_>, taints: &At<'_>, faults: &mut Faults) {
    const CIDR: &str = "node updates may not change podCIDR except from \"\" to valid";
    let (spec, before) = (case.at("spec"), case.before("spec"));
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for address in case.at("status").get("addresses").items() {
        let key = (address.text("type"), address.text("address"));
        if seen.contains(&key) {
            let shown = format!("{{\"Type\":{:?},\"Address\":{:?}}}", key.0, key.1);
            faults.push(Fault::duplicate_as(address.path.clone(), &shown));
        }
        seen.push(key);
    }
    let (now, then) = (spec.get("podCIDRs"), before.get("podCIDRs"));
    if !then.is_empty() && now.list().len() != then.list().len() {
        faults.forbidden(&now.path, CIDR);
    } else {
        let differing = then.list().iter().zip(now.list()).filter(|(then, now)| then != now).count();
        (0..differing).for_each(|_| faults.forbidden(&now.path, CIDR));
    }
    let (given, had) = (spec.get("providerID"), before.text("providerID"));
    if !had.is_empty() && given.str() != had {
        let how = if given.str().is_empty() { "cleared" } else { "modified" };
        faults.invalid_value(&given.path, Value::Null, format!("field cannot be {how} once set"));
    }
    let source = spec.get("configSource");
    if source.is_set() {
        config_source(&source, faults);
    }
    self::taints(taints, faults);
    if spec.text("externalID") != before.text("externalID") {
        faults.forbidden(&spec.get("externalID").path, "may not be updated");
    }
}

fn config_source(at: &At<'_>, faults: &mut Faults) {
    let map = at.get("configMap");
    if !map.is_set() {
        let why = "exactly one reference subfield must be non-nil";
        return faults.push(Fault::invalid_as(at.path.clone(), "{\"ConfigMap\":null}", why));
    }
    for (key, rule) in [
        ("name", names::subdomain as fn(&str) -> Vec<String>),
        ("namespace", names::label),
        ("kubeletConfigKey", text::config_key),
    ] {
        let field = map.get(key);
        if faults.needs_text(&field) {
            faults.texts(&field, rule(field.str()));
        }
    }
}
