//! Which requests a webhook or a policy is about: rules, selectors, equivalent resources
//! (kubernetes/apiserver `pkg/admission/plugin/webhook/predicates`, `.../policy/matching`).

use std::sync::Arc;

use amethyst_admission::Operation;
use amethyst_object::{GroupVersionKind, GroupVersionResource, LabelSelector, Str, Value};

use super::attributes::Attributes;
use super::versions;
use crate::catalog::Resource;
use crate::registry::write::namespace_key;
use crate::status::Status;

/// A request, as rules see it.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) operation: Operation,
    pub(crate) resource: &'a GroupVersionResource,
    pub(crate) subresource: &'a str,
    /// Whether it is in a namespace; a Namespace itself is not.
    pub(crate) namespaced: bool,
    pub(crate) name: &'a str,
}

/// `RuleWithOperations`, with `resourceNames` where there are some.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rule {
    operations: Vec<Str>,
    groups: Vec<Str>,
    versions: Vec<Str>,
    resources: Vec<(Str, Str)>,
    scope: Str,
    names: Vec<Str>,
}

impl Rule {
    pub(crate) fn from_value(rule: &Value) -> Self {
        let split = |text: Str| match text.split_once('/') {
            Some((resource, subresource)) => (resource.into(), subresource.into()),
            None => (text, Str::default()),
        };
        Self {
            operations: texts(rule, "operations"),
            groups: texts(rule, "apiGroups"),
            versions: texts(rule, "apiVersions"),
            resources: texts(rule, "resources").into_iter().map(split).collect(),
            scope: rule.str_at(&["scope"]).unwrap_or("*").into(),
            names: texts(rule, "resourceNames"),
        }
    }

    pub(crate) fn list(holder: Option<&Value>, key: &str) -> Vec<Self> {
        let rules = holder.and_then(|holder| holder.get(key)).and_then(Value::as_array).unwrap_or_default();
        rules.iter().map(Self::from_value).collect()
    }

    pub(crate) fn matches(&self, subject: &Subject<'_>) -> bool {
        let in_scope = match self.scope.as_str() {
            "Namespaced" => subject.namespaced,
            "Cluster" => !subject.namespaced,
            scope => scope == "*",
        };
        in_scope
            && holds(&self.operations, subject.operation.as_str())
            && holds(&self.groups, &subject.resource.group)
            && holds(&self.versions, &subject.resource.version)
            && self.resources.iter().any(|(resource, subresource)| {
                (resource == "*" || *resource == subject.resource.resource)
                    && (subresource == "*" || subresource == subject.subresource)
            })
            && (self.names.is_empty() || self.names.iter().any(|name| name == subject.name))
    }

    /// The groups, versions and resources that it names, for those who look up their types.
    pub(crate) fn named(&self) -> (&[Str], &[Str], impl Iterator<Item = &Str>) {
        let whole = self.resources.iter().filter(|(_, subresource)| subresource.is_empty());
        (&self.groups, &self.versions, whole.map(|(resource, _)| resource))
    }
}

fn texts(holder: &Value, key: &str) -> Vec<Str> {
    let list = holder.get(key).and_then(Value::as_array).unwrap_or_default();
    list.iter().filter_map(|text| Some(text.as_str()?.into())).collect()
}

fn holds(items: &[Str], requested: &str) -> bool {
    items.iter().any(|item| item == "*" || item == requested)
}

/// What a request must be like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Criteria {
    rules: Vec<Rule>,
    excluded: Vec<Rule>,
    /// `matchPolicy: Equivalent`.
    equivalent: bool,
    /// No rules at all match everything (policies), not nothing (webhooks).
    open: bool,
    namespaces: Selector,
    objects: Selector,
}

/// The resource and the kind under which a request matched.
#[derive(Clone, Debug)]
pub(crate) struct Match {
    pub(crate) resource: Arc<Resource>,
    pub(crate) kind: GroupVersionKind,
}

impl Criteria {
    /// Those of a webhook.
    pub(crate) fn of_webhook(hook: &Value) -> Self {
        Self { rules: Rule::list(Some(hook), "rules"), open: false, ..Self::shared(hook) }
    }

    /// `MatchResources`.
    pub(crate) fn of_resources(matching: &Value) -> Self {
        Self {
            rules: Rule::list(Some(matching), "resourceRules"),
            excluded: Rule::list(Some(matching), "excludeResourceRules"),
            open: true,
            ..Self::shared(matching)
        }
    }

    fn shared(holder: &Value) -> Self {
        Self {
            equivalent: holder.str_at(&["matchPolicy"]) == Some("Equivalent"),
            namespaces: Selector::of(holder.get("namespaceSelector")),
            objects: Selector::of(holder.get("objectSelector")),
            ..Self::default()
        }
    }

    /// Whether rules alone let a request through; cheap, and asked first.
    pub(crate) fn may_match(
        &self,
        attempt: &crate::registry::write::Attempt<'_>,
        operation: Operation,
    ) -> bool {
        let resource = attempt.resource;
        if self.open && self.rules.is_empty() {
            return true;
        }
        let subject = Subject {
            operation,
            resource: &resource.gvr,
            subresource: &attempt.call.subresource,
            namespaced: is_namespaced(attempt.resource, &attempt.call.namespace),
            name: "",
        };
        let any_name = |rule: &Rule, subject: &Subject<'_>| {
            let name = rule.names.first().map_or("", Str::as_str);
            rule.matches(&Subject { name, ..*subject })
        };
        if self.rules.iter().any(|rule| any_name(rule, &subject)) {
            return true;
        }
        let others = if self.equivalent { attempt.registry.catalog() } else { return false };
        others.equivalents(resource).iter().any(|other| {
            let subject = Subject { resource: &other.gvr, ..subject };
            self.rules.iter().any(|rule| any_name(rule, &subject))
        })
    }

    /// Whether a request matches, and as what. Faults of selectors count only for what matches otherwise.
    pub(crate) fn matches(
        &self,
        attributes: &Attributes<'_>,
        object: Option<&Value>,
    ) -> Result<Option<Match>, Status> {
        if self.ruled(&self.excluded, attributes).is_some() {
            return Ok(None);
        }
        let found = if self.open && self.rules.is_empty() {
            Some(Match { resource: Arc::clone(attributes.resource()), kind: attributes.kind.clone() })
        } else {
            self.ruled(&self.rules, attributes)
        };
        let Some(found) = found else { return Ok(None) };
        let selected = self.in_namespace(attributes, object)?
            && self.objects.is_open_or(|selector| {
                [object, attributes.old.as_ref()]
                    .into_iter()
                    .flatten()
                    .any(|object| labelled(selector, object))
            })?;
        Ok(selected.then_some(found))
    }

    fn ruled(&self, rules: &[Rule], attributes: &Attributes<'_>) -> Option<Match> {
        let subject = Subject {
            operation: attributes.operation,
            resource: attributes.gvr(),
            subresource: attributes.subresource(),
            namespaced: is_namespaced(attributes.resource(), &attributes.namespace),
            name: &attributes.name,
        };
        if rules.iter().any(|rule| rule.matches(&subject)) {
            let resource = Arc::clone(attributes.resource());
            return Some(Match { resource, kind: attributes.kind.clone() });
        }
        if !self.equivalent {
            return None;
        }
        let catalog = attributes.attempt.registry.catalog();
        let others = catalog.equivalents(attributes.resource());
        rules.iter().find_map(|rule| {
            let other =
                others.iter().find(|other| rule.matches(&Subject { resource: &other.gvr, ..subject }))?;
            let kind = versions::kind_below(other, attributes.subresource());
            Some(Match { resource: Arc::clone(other), kind })
        })
    }

    /// Things outside of namespaces are never exempt; a Namespace has its own labels.
    fn in_namespace(&self, attributes: &Attributes<'_>, object: Option<&Value>) -> Result<bool, Status> {
        if attributes.namespace.is_empty() && !attributes.is_namespace() {
            return Ok(true);
        }
        let written = matches!(attributes.operation, Operation::Create | Operation::Update);
        if attributes.is_namespace() && attributes.subresource().is_empty() && written {
            return self
                .namespaces
                .is_open_or(|selector| object.is_some_and(|object| labelled(selector, object)));
        }
        if self.namespaces.is_open() {
            return Ok(true);
        }
        let name = attributes.namespace.as_str();
        let Some(namespace) = attributes.attempt.snapshot.get(&namespace_key(name)) else {
            return Err(Status::not_found("", "namespaces", name));
        };
        let index = &namespace.record.index;
        self.namespaces.is_open_or(|selector| selector.matches(|key| index.label(key)))
    }
}

/// Namespaces are outside of namespaces, whatever their requests say.
fn is_namespaced(resource: &Resource, namespace: &str) -> bool {
    let itself = resource.gvr.group.is_empty() && resource.gvr.resource == "namespaces";
    !itself && !namespace.is_empty()
}

fn labelled(selector: &LabelSelector, object: &Value) -> bool {
    let labels = object.at(&["metadata", "labels"]);
    selector.matches(|key| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str))
}

/// A label selector, or why it is none.
#[derive(Clone, Debug)]
pub(crate) struct Selector(Result<LabelSelector, String>);

impl Default for Selector {
    fn default() -> Self {
        Self(Ok(LabelSelector::default()))
    }
}

impl Selector {
    /// A missing selector selects nothing upstream, and defaults never leave it out.
    pub(crate) fn of(selector: Option<&Value>) -> Self {
        match selector {
            Some(selector) => Self(LabelSelector::from_value(selector).map_err(|error| error.to_string())),
            None => Self::default(),
        }
    }

    fn is_open(&self) -> bool {
        matches!(&self.0, Ok(selector) if selector.is_everything())
    }

    fn is_open_or(&self, check: impl FnOnce(&LabelSelector) -> bool) -> Result<bool, Status> {
        match &self.0 {
            Ok(selector) => Ok(selector.is_everything() || check(selector)),
            Err(why) => Err(Status::internal(why)),
        }
    }
}

#[cfg(test)]
mod tests;
