//! How much is told of which request: `audit.k8s.io/v1` Policy (kubernetes/apiserver `pkg/audit/policy`,
//! `pkg/apis/audit/validation`).

use amethyst_object::{FieldPath, Value};
use amethyst_schema::Fault;
use amethyst_validation::names;
use amethyst_yaml::{Dialect, parse_one};

use crate::rbac::{Attributes, Target};
use crate::user::User;

const API_VERSION: &str = "audit.k8s.io/v1";
const LEVELS: [&str; 4] = ["None", "Metadata", "Request", "RequestResponse"];
const STAGES: [&str; 4] = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];

/// Why a text is no policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The text is no YAML.
    #[error("failed to read the audit policy as YAML: {0}")]
    Yaml(String),
    /// It is YAML of something else.
    #[error("the audit policy is of kind `{0}`; expected `apiVersion: {API_VERSION}` and `kind: Policy`")]
    Kind(String),
    /// It has no rules.
    #[error("the audit policy has no rules; expected at least one in `rules`")]
    Empty,
    /// Its fields are wrong.
    #[error("the audit policy is wrong: {}", .0.join("; "))]
    Fields(Vec<String>),
}

/// How much is told of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    None,
    Metadata,
    Request,
    RequestResponse,
}

/// When something is told of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    RequestReceived,
    ResponseStarted,
    ResponseComplete,
    Panic,
}

/// What is to be told of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) level: Level,
    omitted: u8,
    pub(crate) omit_managed_fields: bool,
}

/// An audit policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
    omitted: u8,
    omit_managed_fields: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    level: Level,
    users: Vec<String>,
    groups: Vec<String>,
    verbs: Vec<String>,
    resources: Vec<GroupResources>,
    namespaces: Vec<String>,
    urls: Vec<String>,
    omitted: u8,
    omit_managed_fields: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct GroupResources {
    group: String,
    resources: Vec<String>,
    names: Vec<String>,
}

impl Level {
    pub(crate) fn as_str(self) -> &'static str {
        LEVELS[self as usize]
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Self::None, Self::Metadata, Self::Request, Self::RequestResponse];
        all.into_iter().find(|level| level.as_str() == text)
    }
}

impl Stage {
    pub(crate) fn as_str(self) -> &'static str {
        STAGES[self as usize]
    }
}

impl Plan {
    /// Whether a stage is told.
    pub(crate) fn tells(self, stage: Stage) -> bool {
        self.level != Level::None && self.omitted & (1 << stage as u8) == 0
    }
}

impl Policy {
    /// Reads a policy file.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let value = parse_one(text, Dialect::GoV2).map_err(|fault| PolicyError::Yaml(format!("{fault}")))?;
        let part = |key: &str| value.str_at(&[key]).unwrap_or_default();
        if (part("apiVersion"), part("kind")) != (API_VERSION, "Policy") {
            return Err(PolicyError::Kind(format!("{}, {}", part("apiVersion"), part("kind"))));
        }
        let mut faults = Vec::new();
        let omitted = stages(&value, &FieldPath::default(), &mut faults);
        let omit_managed_fields = flag(&value).unwrap_or_default();
        let rules: Vec<Rule> = list(&value, "rules")
            .iter()
            .enumerate()
            .map(|(index, rule)| {
                let at = FieldPath::of(["rules"]).index(index);
                Rule::parse(rule, &at, omitted, omit_managed_fields, &mut faults)
            })
            .collect();
        if !faults.is_empty() {
            return Err(PolicyError::Fields(faults.iter().map(ToString::to_string).collect()));
        }
        if rules.is_empty() {
            return Err(PolicyError::Empty);
        }
        Ok(Self { rules, omitted, omit_managed_fields })
    }

    /// What is to be told of a request; of one that no rule is about, nothing.
    pub(crate) fn plan(&self, user: Option<&User>, attributes: &Attributes<'_>) -> Plan {
        match self.rules.iter().find(|rule| rule.matches(user, attributes)) {
            Some(rule) => Plan {
                level: rule.level,
                omitted: rule.omitted,
                omit_managed_fields: rule.omit_managed_fields,
            },
            None => Plan {
                level: Level::None,
                omitted: self.omitted,
                omit_managed_fields: self.omit_managed_fields,
            },
        }
    }
}

impl Rule {
    fn parse(rule: &Value, at: &FieldPath, omitted: u8, omit: bool, faults: &mut Vec<Fault>) -> Self {
        let level = rule.str_at(&["level"]).unwrap_or_default();
        let parsed = Level::parse(level);
        match (parsed, level) {
            (Some(_), _) => {}
            (None, "") => faults.push(Fault::required(at.child("level"), "")),
            (None, _) => faults.push(Fault::not_supported(at.child("level"), level, &LEVELS)),
        }
        let urls = texts(rule, "nonResourceURLs");
        check_urls(&urls, &at.child("nonResourceURLs"), faults);
        let resources = GroupResources::all(rule, &at.child("resources"), faults);
        let namespaces = texts(rule, "namespaces");
        let for_objects = !resources.is_empty() || !namespaces.is_empty();
        if !urls.is_empty() && for_objects {
            let why = "rules cannot apply to both regular resources and non-resource URLs";
            let shown = Value::Array(urls.iter().map(|url| url.as_str().into()).collect());
            faults.push(Fault::invalid(at.child("nonResourceURLs"), shown, why));
        }
        Self {
            level: parsed.unwrap_or(Level::None),
            users: texts(rule, "users"),
            groups: texts(rule, "userGroups"),
            verbs: texts(rule, "verbs"),
            resources,
            namespaces,
            urls,
            omitted: omitted | stages(rule, at, faults),
            omit_managed_fields: flag(rule).unwrap_or(omit),
        }
    }

    fn matches(&self, user: Option<&User>, attributes: &Attributes<'_>) -> bool {
        if !self.users.is_empty() && !user.is_some_and(|user| self.users.contains(&user.name)) {
            return false;
        }
        let in_group =
            || user.is_some_and(|user| user.groups.iter().any(|group| self.groups.contains(group)));
        if !self.groups.is_empty() && !in_group() {
            return false;
        }
        if !self.verbs.is_empty() && !has(&self.verbs, attributes.verb) {
            return false;
        }
        if !(self.namespaces.is_empty() && self.resources.is_empty()) {
            return self.matches_resource(attributes);
        }
        if self.urls.is_empty() {
            return true;
        }
        let Target::Path(path) = &attributes.target else { return false };
        self.urls.iter().any(|url| {
            url == "*" || url == path || (url.ends_with('*') && path.starts_with(url.trim_end_matches('*')))
        })
    }

    fn matches_resource(&self, attributes: &Attributes<'_>) -> bool {
        let Target::Resource(asked) = &attributes.target else { return false };
        if !self.namespaces.is_empty() && !has(&self.namespaces, asked.namespace) {
            return false;
        }
        self.resources.is_empty()
            || self.resources.iter().any(|rule| {
                (rule.group == asked.group || rule.group == "*")
                    && (rule.resources.is_empty()
                        || (rule.names.is_empty() || has(&rule.names, asked.name))
                            && rule.resources.iter().any(|resource| matches(resource, asked)))
            })
    }
}

fn matches(rule: &str, asked: &crate::rbac::Resource<'_>) -> bool {
    rule == "*"
        || rule == asked.whole()
        || (!asked.subresource.is_empty() && rule.strip_prefix("*/") == Some(asked.subresource))
        || rule.strip_suffix("/*") == Some(asked.resource)
}

impl GroupResources {
    fn all(rule: &Value, at: &FieldPath, faults: &mut Vec<Fault>) -> Vec<Self> {
        let one = |value: &Value| {
            let group = value.str_at(&["group"]).unwrap_or_default().to_owned();
            let (resources, names) = (texts(value, "resources"), texts(value, "resourceNames"));
            let illegal =
                if group.is_empty() || group == "*" { Vec::new() } else { names::subdomain(&group) };
            if !illegal.is_empty() {
                faults.push(Fault::invalid(at.child("group"), group.as_str(), illegal.join(",")));
            }
            if !names.is_empty() && resources.is_empty() {
                let shown = Value::Array(names.iter().map(|name| name.as_str().into()).collect());
                let why = "using resourceNames requires at least one resource";
                faults.push(Fault::invalid(at.child("resourceNames"), shown, why));
            }
            Self { group, resources, names }
        };
        list(rule, "resources").iter().map(one).collect()
    }
}

fn check_urls(urls: &[String], at: &FieldPath, faults: &mut Vec<Fault>) {
    for (index, url) in urls.iter().enumerate().filter(|(_, url)| *url != "*") {
        if !url.starts_with('/') {
            let why = "non-resource URL rules must begin with a '/' character";
            faults.push(Fault::invalid(at.index(index), url.as_str(), why));
        }
        if url.find('*').is_some_and(|place| place + 1 < url.len()) {
            let why = "non-resource URL wildcards '*' must be the final character of the rule";
            faults.push(Fault::invalid(at.index(index), url.as_str(), why));
        }
    }
}

/// The stages that are left out, as bits.
fn stages(value: &Value, at: &FieldPath, faults: &mut Vec<Fault>) -> u8 {
    let mut omitted = 0;
    for (index, name) in texts(value, "omitStages").iter().enumerate() {
        if let Some(place) = STAGES.iter().position(|stage| stage == name) {
            omitted |= 1 << place;
        } else {
            let why = format!("allowed stages are {}", STAGES.join(","));
            faults.push(Fault::invalid(at.child("omitStages").index(index), name.as_str(), why));
        }
    }
    omitted
}

fn flag(value: &Value) -> Option<bool> {
    value.get("omitManagedFields").and_then(Value::as_bool)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).unwrap_or_default()
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    list(value, key).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|text| text == wanted)
}

#[cfg(test)]
mod tests;
