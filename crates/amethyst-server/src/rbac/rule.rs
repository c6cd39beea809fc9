//! One rule of a role: what it allows, and what rules cover which others.
//!
//! Matching is that of kubernetes `pkg/apis/rbac/v1/evaluation_helpers.go`, covering that of
//! kubernetes/component-helpers `auth/rbac/validation/policy_comparator.go`.

use std::fmt::Write;

use amethyst_object::{Map, Str, Value};

use super::attributes::{Attributes, Target};

const ALL: &str = "*";

/// A `PolicyRule`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) verbs: Vec<Str>,
    pub(crate) groups: Vec<Str>,
    pub(crate) resources: Vec<Str>,
    pub(crate) names: Vec<Str>,
    pub(crate) urls: Vec<Str>,
}

impl Rule {
    /// Reads a rule of an object.
    pub(crate) fn of(rule: &Value) -> Self {
        let list = |key: &str| {
            let list = rule.get(key).and_then(Value::as_array).unwrap_or_default();
            list.iter().filter_map(Value::as_str).map(Str::from).collect()
        };
        Self {
            verbs: list("verbs"),
            groups: list("apiGroups"),
            resources: list("resources"),
            names: list("resourceNames"),
            urls: list("nonResourceURLs"),
        }
    }

    /// Reads the rules of a role.
    pub(crate) fn all_of(role: &Map) -> Vec<Self> {
        role.get("rules").and_then(Value::as_array).unwrap_or_default().iter().map(Self::of).collect()
    }

    /// The rule as it stands in a role.
    pub(crate) fn to_value(&self) -> Value {
        let mut rule = Map::new();
        for (key, list) in [
            ("verbs", &self.verbs),
            ("apiGroups", &self.groups),
            ("resources", &self.resources),
            ("resourceNames", &self.names),
            ("nonResourceURLs", &self.urls),
        ] {
            if !list.is_empty() {
                rule.insert(key, texts(list));
            }
        }
        Value::Object(rule)
    }

    /// Whether the rule allows what `attributes` ask.
    pub(crate) fn allows(&self, attributes: &Attributes<'_>) -> bool {
        if !has_or_all(&self.verbs, attributes.verb) {
            return false;
        }
        match &attributes.target {
            Target::Resource(asked) => {
                has_or_all(&self.groups, asked.group)
                    && self
                        .resources
                        .iter()
                        .any(|rule| resource_matches(rule, asked.resource, asked.subresource))
                    && (self.names.is_empty() || has(&self.names, asked.name))
            }
            Target::Path(path) => self.urls.iter().any(|rule| rule == ALL || url_covers(rule, path)),
        }
    }

    /// Whether everything that `atom` allows is allowed by this rule; `atom` has one of each at most.
    fn covers(&self, atom: &Self) -> bool {
        let all = |own: &[Str], others: &[Str]| others.iter().all(|other| has(own, other));
        let verbs = has(&self.verbs, ALL) || all(&self.verbs, &atom.verbs);
        let groups = has(&self.groups, ALL) || all(&self.groups, &atom.groups);
        let resources = has(&self.resources, ALL)
            || atom.resources.iter().all(|wanted| covers_resource(&self.resources, wanted));
        let urls = atom.urls.iter().all(|wanted| self.urls.iter().any(|own| url_covers(own, wanted)));
        let names = self.names.is_empty() || (!atom.names.is_empty() && all(&self.names, &atom.names));
        verbs && groups && resources && urls && names
    }

    /// The same rights as rules of one verb, one group, one resource and one name (or one URL) each.
    fn atoms(&self) -> Vec<Self> {
        let one = |text: &Str| vec![text.clone()];
        let mut atoms = Vec::new();
        for group in &self.groups {
            for resource in &self.resources {
                for verb in &self.verbs {
                    let bare = Self {
                        verbs: one(verb),
                        groups: one(group),
                        resources: one(resource),
                        ..Self::default()
                    };
                    if self.names.is_empty() {
                        atoms.push(bare);
                    } else {
                        atoms.extend(self.names.iter().map(|name| Self { names: one(name), ..bare.clone() }));
                    }
                }
            }
        }
        for url in &self.urls {
            atoms.extend(self.verbs.iter().map(|verb| Self {
                verbs: one(verb),
                urls: one(url),
                ..Self::default()
            }));
        }
        atoms
    }

    /// The rule as errors show it: `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}`.
    pub(crate) fn compact(&self) -> String {
        let mut out = String::from("{");
        for (name, list) in [
            ("APIGroups", &self.groups),
            ("Resources", &self.resources),
            ("NonResourceURLs", &self.urls),
            ("ResourceNames", &self.names),
            ("Verbs", &self.verbs),
        ] {
            if list.is_empty() {
                continue;
            }
            if out.len() > 1 {
                out.push_str(", ");
            }
            write!(out, "{name}:{}", quoted(list)).expect("a string takes everything");
        }
        out.push('}');
        out
    }

    /// Whether the rule can be merged with others that differ by verb only.
    fn is_simple(&self) -> bool {
        self.names.len() <= 1 && self.urls.is_empty() && self.groups.len() == 1 && self.resources.len() == 1
    }
}

/// What of `wanted` the rules of `own` do not allow, broken into atoms.
pub(crate) fn uncovered(own: &[Rule], wanted: &[Rule]) -> Vec<Rule> {
    let atoms = wanted.iter().flat_map(Rule::atoms);
    atoms.filter(|atom| !own.iter().any(|rule| rule.covers(atom))).collect()
}

/// Merges rules of one group and resource that differ by verb only
/// (kubernetes `pkg/registry/rbac/validation/policy_compact.go`).
pub(crate) fn compacted(rules: Vec<Rule>) -> Vec<Rule> {
    let (mut simple, mut others): (Vec<Rule>, Vec<Rule>) = (Vec::new(), Vec::new());
    for rule in rules {
        if !rule.is_simple() {
            others.push(rule);
            continue;
        }
        let same = |known: &&mut Rule| {
            known.groups == rule.groups && known.resources == rule.resources && known.names == rule.names
        };
        match simple.iter_mut().find(same) {
            Some(known) => known.verbs.extend(rule.verbs),
            None => simple.push(rule),
        }
    }
    others.extend(simple);
    others
}

/// Texts in Go's `%q` of a list: `["a" "b"]`.
pub(crate) fn quoted(list: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = list.iter().map(|text| format!("{:?}", text.as_ref())).collect();
    format!("[{}]", quoted.join(" "))
}

/// Texts as a list of a document.
pub(crate) fn texts(list: &[Str]) -> Value {
    Value::Array(list.iter().cloned().map(Value::String).collect())
}

fn has(list: &[Str], wanted: &str) -> bool {
    list.iter().any(|text| text == wanted)
}

fn has_or_all(list: &[Str], wanted: &str) -> bool {
    list.iter().any(|text| text == ALL || text == wanted)
}

fn resource_matches(rule: &str, resource: &str, subresource: &str) -> bool {
    if rule == ALL {
        return true;
    }
    if subresource.is_empty() {
        return rule == resource;
    }
    let Some(of) = rule.strip_suffix(subresource).and_then(|of| of.strip_suffix('/')) else { return false };
    of == resource || of == ALL
}

fn covers_resource(own: &[Str], wanted: &str) -> bool {
    has(own, wanted)
        || wanted.split_once('/').is_some_and(|(_, subresource)| {
            own.iter().any(|rule| rule.strip_prefix("*/").is_some_and(|covered| covered == subresource))
        })
}

fn url_covers(rule: &str, path: &str) -> bool {
    rule == path || (rule.ends_with('*') && path.starts_with(rule.trim_end_matches('*')))
}

#[cfg(test)]
mod tests;
