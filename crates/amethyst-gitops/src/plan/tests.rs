//! What each object comes to, by what it says, what stands there and what the server answers.

use amethyst_controller::ApiError;
use amethyst_object::{Object, Value, value};

use super::{Action, Found, Missing, is_pruned, is_skipped, plan_stage};

fn map(annotations: Value, data: &str) -> Object {
    let map = value!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "b", "annotations": (annotations)}, "data": {"x": (data)}});
    Object::from_value(map).unwrap()
}

fn live(annotations: Value, data: &str) -> Object {
    let mut live = map(annotations, data);
    live.set_meta("uid", "1234");
    live
}

fn refused(code: u16, reason: &str, message: &str) -> ApiError {
    ApiError::Refused { code, reason: reason.to_owned(), message: message.to_owned(), causes: Vec::new() }
}

fn check(
    wanted: &Object,
    existing: Option<Object>,
    answer: Result<Object, ApiError>,
    force: bool,
    expect: &str,
) {
    let found = Found { existing, answer: Some(answer) };
    let plan = plan_stage(vec![(wanted.clone(), found)], force);
    let said: Vec<String> = plan.steps.iter().map(ToString::to_string).chain(plan.refusals).collect();
    assert_eq!(said, [expect]);
}

#[test]
fn only_drift_is_written() {
    let wanted = map(value!({}), "1");
    check(&wanted, None, Ok(wanted.clone()), false, "ConfigMap/b/a created");
    check(&wanted, Some(live(value!({}), "1")), Ok(wanted.clone()), false, "ConfigMap/b/a unchanged");
    check(&wanted, Some(live(value!({}), "2")), Ok(wanted.clone()), false, "ConfigMap/b/a configured");
}

#[test]
fn what_kubectl_left_behind_is_cleaned_unless_the_object_merges() {
    let kubectl = value!({"kubectl.kubernetes.io/last-applied-configuration": "{}"});
    let plan = |annotations: Value| {
        let wanted = map(annotations, "1");
        let found = Found {
            existing: Some(live(kubectl.clone(), "1")),
            answer: Some(Ok(live(kubectl.clone(), "1"))),
        };
        plan_stage(vec![(wanted, found)], false).steps.remove(0).action
    };
    assert!(matches!(plan(value!({})), Action::Configure { takeover: Some(_) }));
    assert_eq!(plan(value!({"kustomize.toolkit.fluxcd.io/ssa": "Merge"})), Action::Keep);
}

#[test]
fn an_author_can_have_an_object_left_alone() {
    let says = |key: &str, word: &str| {
        map(
            [(format!("kustomize.toolkit.fluxcd.io/{key}"), word)]
                .into_iter()
                .collect::<amethyst_object::Map>()
                .into(),
            "1",
        )
    };
    let plain = map(value!({}), "1");
    assert!(!is_skipped(&plain, Some(&plain)));
    assert!(is_skipped(&says("reconcile", "disabled"), None));
    assert!(is_skipped(&plain, Some(&says("reconcile", "Disabled"))));
    assert!(is_skipped(&says("ssa", "Ignore"), None));
    assert!(!is_skipped(&says("ssa", "IfNotPresent"), None));
    assert!(is_skipped(&says("ssa", "IfNotPresent"), Some(&plain)));
    let plan = plan_stage(vec![(says("ssa", "Ignore"), Found::default())], false);
    assert_eq!(plan.steps[0].action, Action::Skip);
}

#[test]
fn what_cannot_be_changed_is_refused_or_made_anew() {
    let (wanted, existing) = (map(value!({}), "1"), || Some(live(value!({}), "2")));
    let immutable = || Err(refused(422, "Invalid", "data: Invalid value: field is immutable"));
    let said = "ConfigMap/b/a dry-run failed (Invalid): data: Invalid value: field is immutable";
    check(&wanted, existing(), immutable(), false, said);
    check(&wanted, None, immutable(), true, said);
    check(&wanted, existing(), immutable(), true, "ConfigMap/b/a configured");
    let forced = map(value!({"kustomize.toolkit.fluxcd.io/force": "enabled"}), "1");
    check(&forced, existing(), immutable(), false, "ConfigMap/b/a configured");
    check(
        &forced,
        existing(),
        Err(refused(403, "Forbidden", "no")),
        false,
        "ConfigMap/b/a dry-run failed (Forbidden): no",
    );
}

#[test]
fn refusals_are_worded_as_upstream_words_them() {
    let wanted = map(value!({}), "1");
    let missing = refused(404, "NotFound", "namespaces \"b\" not found");
    check(&wanted, None, Err(missing), false, "ConfigMap/b/a not found: namespaces \"b\" not found");
    let kind = ApiError::NoKind { api_version: "x.io/v1".to_owned(), kind: "Thing".to_owned() };
    check(
        &wanted,
        None,
        Err(kind),
        false,
        "ConfigMap/b/a dry-run failed: no matches for kind \"Thing\" in version \"x.io/v1\"",
    );
}

#[test]
fn what_others_may_still_bring_is_told() {
    let wanted = map(value!({}), "1");
    let missing = |error: ApiError| {
        let found = Found { existing: None, answer: Some(Err(error)) };
        plan_stage(vec![(wanted.clone(), found)], false).missing.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(
        missing(refused(404, "NotFound", "namespaces \"b\" not found")),
        [Missing::Namespace("b".into())]
    );
    let kind = ApiError::NoKind { api_version: "v1".to_owned(), kind: "ConfigMap".to_owned() };
    assert_eq!(missing(kind), [Missing::Kind(wanted.gvk())]);
    assert_eq!(missing(refused(422, "Invalid", "no")), []);
}

#[test]
fn one_refusal_does_not_hide_the_others() {
    let wanted = map(value!({}), "1");
    let bad = || Found { existing: None, answer: Some(Err(refused(422, "Invalid", "no"))) };
    let good = Found { existing: None, answer: Some(Ok(wanted.clone())) };
    let plan = plan_stage(vec![(wanted.clone(), bad()), (wanted.clone(), good), (wanted, bad())], false);
    assert_eq!((plan.steps.len(), plan.refusals.len()), (1, 2));
}

#[test]
fn only_what_is_ours_is_pruned() {
    let labelled = |name: &str, more: Value| {
        let mut object = live(more, "1");
        let labels = value!({"kustomize.toolkit.fluxcd.io/name": (name), "kustomize.toolkit.fluxcd.io/namespace": "ns"});
        object.metadata_mut().insert("labels", labels);
        object
    };
    assert!(is_pruned(&labelled("web", value!({})), "ns", "web"));
    assert!(!is_pruned(&labelled("other", value!({})), "ns", "web"));
    assert!(!is_pruned(&live(value!({}), "1"), "ns", "web"));
    for (key, word) in [("prune", "disabled"), ("reconcile", "disabled"), ("ssa", "Ignore")] {
        let said: amethyst_object::Map =
            [(format!("kustomize.toolkit.fluxcd.io/{key}"), word)].into_iter().collect();
        assert!(!is_pruned(&labelled("web", said.into()), "ns", "web"), "{key}");
    }
}
