//! What a Kustomization waits for, and whether that has come true.

use std::collections::BTreeSet;

use amethyst_controller::kstatus::{Status, Verdict};
use amethyst_controller::{Edge, ObjectKey};
use amethyst_object::{GroupVersionKind, ObjectId};

use super::api::Kustomization;
use super::stages::Done;
use crate::names;
use crate::plan::Action;

/// An object whose health counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) id: ObjectId,
    pub(crate) gvk: GroupVersionKind,
}

impl Target {
    pub(crate) fn key(&self) -> ObjectKey {
        ObjectKey::new(self.id.namespace.clone(), self.id.name.clone())
    }
}

/// The objects that the Kustomization waits for: all that it applied, or those it names; never itself.
pub(crate) fn targets(kustomization: &Kustomization, done: &[Done]) -> Vec<Target> {
    let mut targets: Vec<Target> = if kustomization.spec.wait {
        let applied = done.iter().filter(|done| done.action != Action::Skip);
        applied.map(|done| Target { id: done.id.clone(), gvk: done.gvk.clone() }).collect()
    } else {
        let named = kustomization.spec.health_checks.iter();
        named
            .map(|check| {
                let version = if check.api_version.is_empty() { "apps/v1" } else { &check.api_version };
                let gvk = GroupVersionKind::from_api_version(version, &check.kind);
                let id = ObjectId {
                    group: gvk.group.clone(),
                    kind: gvk.kind.clone(),
                    namespace: check.namespace.as_str().into(),
                    name: check.name.as_str().into(),
                };
                Target { id, gvk }
            })
            .collect()
    };
    targets.retain(|target| {
        target.id.group != names::KUSTOMIZE_GROUP
            || target.id.kind != names::KUSTOMIZATION
            || target.key() != kustomization.key()
    });
    targets
}

/// The edges to the objects that are waited for.
pub(crate) fn edges(targets: &[Target]) -> BTreeSet<Edge> {
    targets.iter().map(|target| Edge { gvk: target.gvk.clone(), key: target.key() }).collect()
}

/// Where a wait stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// All are as they should be.
    Passed,
    /// Some are not there yet.
    Pending,
    /// It will not come true, as upstream's `WaitForSet` words it.
    Failed(String),
}

/// Judges the objects: a wait fails early when nothing is left to hope for, and late when time is up.
pub(crate) fn judge(verdicts: &[(Target, Verdict)], late: bool) -> Health {
    let all = |wanted: &[Status]| verdicts.iter().all(|(_, verdict)| wanted.contains(&verdict.status));
    if all(&[Status::Current]) {
        return Health::Passed;
    }
    let settled = all(&[Status::Current, Status::Failed]);
    if !settled && !late {
        return Health::Pending;
    }
    let bad = |status: Status| status == Status::Failed || late && status != Status::Current;
    let sentences: Vec<String> = verdicts
        .iter()
        .filter(|(_, verdict)| bad(verdict.status))
        .map(|(target, verdict)| {
            let detail =
                if verdict.message.is_empty() { String::new() } else { format!(": {}", verdict.message) };
            format!("{} status: '{}'{detail}", target.id, verdict.status)
        })
        .collect();
    let what = if late && !settled { "timeout waiting for" } else { "failed early due to stalled resources" };
    Health::Failed(format!("{what}: [{}]", sentences.join(", ")))
}

#[cfg(test)]
mod tests {
    use amethyst_controller::kstatus::{Status, Verdict};
    use amethyst_object::{GroupVersionKind, Object, ObjectId, value};

    use super::{Health, Target, judge, targets};
    use crate::kustomization::api::Kustomization;
    use crate::kustomization::stages::Done;
    use crate::plan::Action;

    fn check(statuses: &[Status], late: bool, expect: &Health) {
        let verdicts: Vec<_> = statuses
            .iter()
            .map(|status| {
                let id = ObjectId {
                    kind: "Job".into(),
                    namespace: "a".into(),
                    name: "b".into(),
                    group: "batch".into(),
                };
                let target = Target { id, gvk: GroupVersionKind::new("batch", "v1", "Job") };
                (target, Verdict { status: *status, reason: String::new(), message: "so".to_owned() })
            })
            .collect();
        assert_eq!(judge(&verdicts, late), *expect, "{statuses:?}");
    }

    #[test]
    fn a_wait_ends_well_early_or_late() {
        use Status::{Current, Failed, InProgress, NotFound};
        check(&[], false, &Health::Passed);
        check(&[Current, Current], true, &Health::Passed);
        check(&[Current, InProgress], false, &Health::Pending);
        check(&[Failed, InProgress], false, &Health::Pending);
        let failed = |text: &str| Health::Failed(text.to_owned());
        check(
            &[Current, Failed],
            false,
            &failed("failed early due to stalled resources: [Job/a/b status: 'Failed': so]"),
        );
        check(
            &[Failed, NotFound, Current],
            true,
            &failed("timeout waiting for: [Job/a/b status: 'Failed': so, Job/a/b status: 'NotFound': so]"),
        );
    }

    #[test]
    fn it_waits_for_what_it_applied_or_names_but_never_for_itself() {
        let read = |spec: serde_json::Value| -> Kustomization {
            let object = serde_json::json!({"metadata": {"name": "web", "namespace": "ns"}, "spec": spec});
            serde_json::from_value(object).unwrap()
        };
        let done = |kind: &str, name: &str, action: Action| {
            let api_version = if kind == "Kustomization" { "kustomize.toolkit.fluxcd.io/v1" } else { "v1" };
            let object = value!({"apiVersion": (api_version), "kind": (kind), "metadata": {"name": (name), "namespace": "ns"}});
            let wanted = Object::from_value(object).unwrap();
            Done { id: wanted.id(), gvk: wanted.gvk(), action }
        };
        let all = [
            done("ConfigMap", "a", Action::Keep),
            done("ConfigMap", "b", Action::Skip),
            done("Kustomization", "web", Action::Keep),
            done("Kustomization", "db", Action::Create),
        ];
        let names = |spec| -> Vec<String> {
            targets(&read(spec), &all).iter().map(|target| target.id.to_string()).collect()
        };
        assert_eq!(names(serde_json::json!({"wait": true})), ["ConfigMap/ns/a", "Kustomization/ns/db"]);
        let checks = serde_json::json!([{"kind": "Deployment", "name": "x", "namespace": "y"}]);
        assert_eq!(names(serde_json::json!({"healthChecks": checks})), ["Deployment/y/x"]);
        assert!(names(serde_json::json!({})).is_empty());
    }
}
