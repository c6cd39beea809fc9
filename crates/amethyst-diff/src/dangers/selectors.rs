//! Selectors that matched on the side before and match nothing after.

use std::collections::HashMap;

use amethyst_object::{LabelSelector, Map, Value};

use super::text::{label, pod_template};
use super::{Context, Danger, Level};
use crate::change::{Change, ChangeKind, FieldChange, ObjectChange};
use crate::path::Step;
use crate::secret::{Kind, split_api_version};
use crate::side::{Rendered, Side};

/// What a selector looks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Pods,
    Services,
}

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Danger>) {
    own_templates(context, found);
    if !context.changes.iter().any(touches_labels) {
        return;
    }
    let (before, after) = (Index::new(context.before), Index::new(context.after));
    let old: HashMap<_, &Rendered> =
        selecting(context.before).map(|rendered| (key(rendered), rendered)).collect();
    for rendered in selecting(context.after) {
        let Some(was) = old.get(&key(rendered)) else { continue };
        let (Some((selector, target)), Some((old_selector, _))) = (selector(rendered), selector(was)) else {
            continue;
        };
        if before.matches(was, &old_selector, target) && !after.matches(rendered, &selector, target) {
            let what = if target == Target::Pods { "pod" } else { "Service" };
            let level =
                if rendered.object.kind() == "PodDisruptionBudget" { Level::Warning } else { Level::Danger };
            let mut danger = context.danger("selector-matches-nothing", level, rendered);
            danger.field = Some("spec.selector".into());
            if rendered.object.kind() == "NetworkPolicy" {
                danger.field = Some("spec.podSelector".into());
            }
            danger.message = format!("the selector matches no {what} any more");
            danger.why = format!(
                "it matched at least one {what} of the repository before, and the labels or the selector changed"
            );
            danger.hint = "change selector and labels together".into();
            found.push(danger);
        }
    }
}

/// Whether a change can make a selector match or not.
fn touches_labels(change: &ObjectChange) -> bool {
    const WORDS: [&str; 4] = ["labels", "selector", "podSelector", "namespaceSelector"];
    let step = |step: &Step| matches!(step, Step::Key(key) if WORDS.contains(&key.as_str()));
    // A whole template or `metadata` may come or go at once.
    let whole = |field: &FieldChange| {
        field.path.len() <= 3 && matches!(field.change, Change::Added(_) | Change::Removed(_))
    };
    change.kind != ChangeKind::Changed
        || change.fields.iter().any(|field| whole(field) || field.path.steps().iter().any(step))
}

/// Workloads whose selector does not match their own template, which the API server refuses.
fn own_templates(context: &Context<'_>, found: &mut Vec<Danger>) {
    for change in context.changes.iter().filter(|change| change.kind != ChangeKind::Removed) {
        let Some(after) = context.after_of(change) else { continue };
        if split_api_version(after.object.api_version()).0 != "apps" {
            continue;
        }
        let Some(selector) = after.object.at(&["spec", "selector"]) else { continue };
        let Some((metadata, _)) = pod_template(&after.object) else { continue };
        if LabelSelector::from_value(selector)
            .is_ok_and(|selector| !selector.matches(|key| label(metadata, key)))
        {
            let mut danger = context.danger("selector-not-in-template", Level::Danger, after);
            danger.field = Some("spec.selector".into());
            danger.message = "the selector does not match the labels of the workload's own pods".into();
            danger.why = "the API server refuses a workload whose pods it could not find again".into();
            danger.hint = "give `spec.template.metadata.labels` the labels of the selector".into();
            found.push(danger);
        }
    }
}

type ObjectKey<'a> = (&'a str, &'a str, &'a str, &'a str);

fn key(rendered: &Rendered) -> ObjectKey<'_> {
    let object = &rendered.object;
    (split_api_version(object.api_version()).0, object.kind(), object.namespace(), object.name())
}

fn selecting(side: &Side) -> impl Iterator<Item = &Rendered> {
    side.objects.iter().filter(|rendered| {
        matches!(
            rendered.object.kind(),
            "Service" | "NetworkPolicy" | "PodDisruptionBudget" | "ServiceMonitor" | "PodMonitor"
        )
    })
}

/// The selector of an object; none when it selects nothing, or everything.
fn selector(rendered: &Rendered) -> Option<(LabelSelector, Target)> {
    let object = &rendered.object;
    let kind = Kind::of(object);
    let (selector, target) = match (kind.group, kind.name) {
        ("", "Service") => {
            let labels = object.at(&["spec", "selector"])?;
            let mut wrapped = Map::new();
            wrapped.insert("matchLabels", labels.clone());
            (LabelSelector::from_value(&Value::Object(wrapped)).ok()?, Target::Pods)
        }
        ("networking.k8s.io", "NetworkPolicy") => (read(object.at(&["spec", "podSelector"])?)?, Target::Pods),
        ("policy", "PodDisruptionBudget") | ("monitoring.coreos.com", "PodMonitor") => {
            (read(object.at(&["spec", "selector"])?)?, Target::Pods)
        }
        ("monitoring.coreos.com", "ServiceMonitor") => {
            (read(object.at(&["spec", "selector"])?)?, Target::Services)
        }
        _ => return None,
    };
    (!selector.is_everything()).then_some((selector, target))
}

fn read(selector: &Value) -> Option<LabelSelector> {
    LabelSelector::from_value(selector).ok()
}

/// The labels that selectors look at, by namespace.
struct Index<'a> {
    pods: HashMap<&'a str, Vec<Option<&'a Map>>>,
    services: HashMap<&'a str, Vec<Option<&'a Map>>>,
}

impl<'a> Index<'a> {
    fn new(side: &'a Side) -> Self {
        let mut index = Self { pods: HashMap::new(), services: HashMap::new() };
        for object in side.objects.iter().map(|rendered| &rendered.object) {
            if object.kind() == "Service" {
                index.services.entry(object.namespace()).or_default().push(object.metadata());
            } else if let Some((metadata, _)) = pod_template(object) {
                index.pods.entry(object.namespace()).or_default().push(metadata);
            }
        }
        index
    }

    fn matches(&self, rendered: &Rendered, selector: &LabelSelector, target: Target) -> bool {
        let index = if target == Target::Pods { &self.pods } else { &self.services };
        let any = |candidates: &Vec<Option<&Map>>| {
            candidates.iter().any(|metadata| selector.matches(|key| label(*metadata, key)))
        };
        let object = &rendered.object;
        // Monitors may look into other namespaces.
        match object.at(&["spec", "namespaceSelector"]) {
            Some(places) if places.get("any").and_then(Value::as_bool) == Some(true) => {
                index.values().any(any)
            }
            Some(places) if places.get("matchNames").is_some() => {
                let names = places.get("matchNames").and_then(Value::as_array).unwrap_or_default();
                names.iter().filter_map(Value::as_str).filter_map(|name| index.get(name)).any(any)
            }
            _ => index.get(object.namespace()).is_some_and(any),
        }
    }
}
