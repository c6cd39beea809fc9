//! Statuses of budgets.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::{Value, json};

use super::super::scale::{Expected, scaled};
use super::super::{Observed, selects};
use super::plan;

const NOW: &str = "2026-11-24T00:10:00Z";

fn pod(name: &str, ready: bool) -> Arc<Pod> {
    let status = if ready { "True" } else { "False" };
    let pod = json!({"metadata": {"name": name, "namespace": "ns", "labels": {"app": "web"}},
        "status": {"conditions": [{"type": "Ready", "status": status}]}});
    Arc::new(serde_json::from_value(pod).unwrap())
}

#[expect(clippy::needless_pass_by_value, reason = "tests write the value where they call")]
fn budget(status: Value) -> PodDisruptionBudget {
    serde_json::from_value(json!({
        "metadata": {"name": "web", "namespace": "ns", "generation": 2},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "minAvailable": 1},
        "status": status,
    }))
    .unwrap()
}

fn observed(status: Value, pods: Vec<Arc<Pod>>, expected: Result<Expected, String>) -> Observed {
    Observed { budget: Arc::new(budget(status)), pods, expected, now: NOW.parse().unwrap() }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands for what may fail")]
fn expect(count: i32, healthy: i32) -> Result<Expected, String> {
    Ok(Expected { count, healthy, unmanaged: Vec::new() })
}

#[test]
fn healthy_pods_beyond_the_desired_may_go() {
    let pods = vec![pod("a", true), pod("b", true), pod("c", false)];
    let first = plan(&observed(json!({}), pods.clone(), expect(3, 1)));
    let status = serde_json::to_value(first.changed.unwrap().status.unwrap()).unwrap();
    assert_eq!(
        status,
        json!({
            "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 3, "disruptionsAllowed": 1,
            "observedGeneration": 2,
            "conditions": [{"type": "DisruptionAllowed", "status": "True", "reason": "SufficientPods", "message": "",
                "observedGeneration": 2, "lastTransitionTime": NOW}],
        })
    );
    assert!(plan(&observed(status, pods, expect(3, 1))).changed.is_none(), "nothing changed");
    let none = plan(&observed(json!({}), Vec::new(), expect(0, 0)));
    assert_eq!(none.changed.unwrap().status.unwrap().disruptions_allowed, Some(0));
}

#[test]
fn evicted_pods_do_not_count_until_they_are_overdue() {
    let status =
        json!({"disruptedPods": {"a": "2026-11-24T00:09:00Z", "b": "2026-11-24T00:01:00Z", "gone": NOW}});
    let done = plan(&observed(status, vec![pod("a", true), pod("b", true)], expect(2, 1)));
    let new = done.changed.unwrap().status.unwrap();
    assert_eq!((new.current_healthy, new.disruptions_allowed), (Some(1), Some(0)));
    assert_eq!(new.disrupted_pods.unwrap().into_keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(done.overdue, ["b"]);
    assert_eq!(done.recheck.unwrap().as_secs(), 60);
}

#[test]
fn what_cannot_be_counted_allows_nothing() {
    let status = json!({"disruptionsAllowed": 3, "expectedPods": 4, "observedGeneration": 1, "currentHealthy": 4, "desiredHealthy": 1});
    let new = plan(&observed(status, Vec::new(), Err("found no controllers for pod \"x\"".to_owned())));
    let new = new.changed.unwrap().status.unwrap();
    assert_eq!(
        (new.disruptions_allowed, new.expected_pods, new.observed_generation),
        (Some(0), Some(4), Some(1))
    );
    let condition = &new.conditions.unwrap()[0];
    assert_eq!(
        (condition.reason.as_str(), condition.message.as_str()),
        ("SyncFailed", "found no controllers for pod \"x\"")
    );
}

#[test]
fn shares_are_rounded_up() {
    for (value, total, expect) in [("50%", 3, 2), ("0%", 3, 0), ("100%", 3, 3), ("34%", 3, 2)] {
        assert_eq!(scaled(&IntOrString::String(value.to_owned()), total), Ok(expect), "{value}");
    }
    assert!(scaled(&IntOrString::String("x".to_owned()), 1).is_err());
}

#[test]
fn an_empty_selector_selects_all_and_none_nothing() {
    let mut all = budget(json!({}));
    let pod = pod("a", true);
    assert!(selects(&all, &pod));
    all.spec.as_mut().unwrap().selector =
        Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector::default());
    assert!(selects(&all, &pod));
    all.spec.as_mut().unwrap().selector = None;
    assert!(!selects(&all, &pod));
}
