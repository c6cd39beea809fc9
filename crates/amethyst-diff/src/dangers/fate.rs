//! What becomes of an object that leaves the repository, and of changes that annotations keep back.

use amethyst_object::{Object, Value};

use super::{Context, Danger, Level};
use crate::change::ChangeKind;
use crate::side::{Producer, ProducerKind, Rendered};

/// What becomes of an object that is gone from the side after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Its producer deletes it.
    Deleted,
    /// It stays in the cluster, for this reason.
    LeftBehind(&'static str),
}

impl Context<'_> {
    /// What becomes of an object of the side before that is gone after.
    pub(super) fn fate(&self, rendered: &Rendered) -> Fate {
        let object = &rendered.object;
        match rendered.producer.kind {
            ProducerKind::HelmRelease => {
                if object.annotation("helm.sh/resource-policy") == Some("keep") {
                    return Fate::LeftBehind("its annotation `helm.sh/resource-policy: keep` says so");
                }
                if is_chart_crd(rendered) {
                    return Fate::LeftBehind("Helm never deletes what lies in a chart's `crds` folder");
                }
                if object.annotation("helm.sh/hook").is_some() {
                    return Fate::LeftBehind("Helm does not manage hooks after they ran");
                }
                Fate::Deleted
            }
            ProducerKind::Kustomization => {
                if flux_says(object, "prune", &["disabled"]) {
                    return Fate::LeftBehind("its `kustomize.toolkit.fluxcd.io/prune: disabled` says so");
                }
                self.kustomization_fate(&rendered.producer)
            }
        }
    }

    fn kustomization_fate(&self, producer: &Producer) -> Fate {
        let prunes = |object: &Object| object.at(&["spec", "prune"]).and_then(Value::as_bool) != Some(false);
        if let Some(after) = kustomization(&self.after.objects, producer) {
            return if prunes(after) {
                Fate::Deleted
            } else {
                Fate::LeftBehind("its Kustomization has `prune: false`")
            };
        }
        let Some(before) = kustomization(&self.before.objects, producer) else { return Fate::Deleted };
        match before.str_at(&["spec", "deletionPolicy"]) {
            Some("Orphan") => Fate::LeftBehind("its Kustomization goes too, with `deletionPolicy: Orphan`"),
            Some("Delete" | "WaitForTermination") => Fate::Deleted,
            _ if prunes(before) => Fate::Deleted,
            _ => Fate::LeftBehind("its Kustomization goes too, with `prune: false`"),
        }
    }

    /// Whether its producer deletes an object and makes it anew when an update is refused.
    pub(super) fn is_forced(&self, rendered: &Rendered) -> bool {
        if rendered.producer.kind == ProducerKind::HelmRelease {
            return false;
        }
        if flux_says(&rendered.object, "force", &["enabled", "Enabled"]) {
            return true;
        }
        kustomization(&self.after.objects, &rendered.producer)
            .is_some_and(|object| object.at(&["spec", "force"]).and_then(Value::as_bool) == Some(true))
    }
}

/// The object of a Kustomization that applies others.
fn kustomization<'a>(side: &'a [Rendered], producer: &Producer) -> Option<&'a Object> {
    side.iter().map(|rendered| &rendered.object).find(|object| {
        object.kind() == "Kustomization"
            && object.api_version().starts_with("kustomize.toolkit.fluxcd.io/")
            && object.name() == producer.name
            && object.namespace() == producer.namespace
    })
}

/// Whether Flux's annotation (or label) `word` has one of these values.
fn flux_says(object: &Object, word: &str, values: &[&str]) -> bool {
    let key = format!("kustomize.toolkit.fluxcd.io/{word}");
    let says = |value: Option<&str>| value.is_some_and(|value| values.contains(&value));
    says(object.annotation(&key)) || says(object.label(&key))
}

fn is_chart_crd(rendered: &Rendered) -> bool {
    let template = rendered.origin.template.as_deref().unwrap_or_default();
    template.starts_with("crds/") || template.contains("/crds/") && !template.contains("templates/")
}

/// Changes that an annotation keeps from being applied.
pub(super) fn check(context: &Context<'_>, found: &mut Vec<Danger>) {
    for change in context.changes.iter().filter(|change| change.kind == ChangeKind::Changed) {
        let (Some(before), Some(rendered)) = (context.before_of(change), context.after_of(change)) else {
            continue;
        };
        let Some(reason) = kept_back(&before.object, rendered) else { continue };
        let mut danger = context.danger("not-applied", Level::Info, rendered);
        danger.message = "the change does not reach the cluster".into();
        danger.why = reason.into();
        danger.hint = "take the annotation off if the change is meant to be applied".into();
        found.push(danger);
    }
}

fn kept_back(before: &Object, rendered: &Rendered) -> Option<&'static str> {
    if rendered.producer.kind != ProducerKind::Kustomization {
        return None;
    }
    let after = &rendered.object;
    // The annotation counts from when it is applied; both sides have it.
    let both = |word, values: &[&str]| flux_says(before, word, values) && flux_says(after, word, values);
    if both("reconcile", &["disabled"]) {
        return Some(
            "`kustomize.toolkit.fluxcd.io/reconcile: disabled` takes the object out of Flux's hands",
        );
    }
    if both("ssa", &["IfNotPresent"]) {
        return Some(
            "`kustomize.toolkit.fluxcd.io/ssa: IfNotPresent` applies the object only while it is missing",
        );
    }
    both("ssa", &["Ignore"]).then_some("`kustomize.toolkit.fluxcd.io/ssa: Ignore` never applies the object")
}
