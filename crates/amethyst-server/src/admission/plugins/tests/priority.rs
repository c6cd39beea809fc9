//! Which number pods get.

use super::super::priority::Priority;
use super::{World, admit, after, create, refusal, update};

const HIGH: &str = r#"{"metadata":{"name":"high"},"value":1000,"preemptionPolicy":"Never"}"#;
const LOW: &str = r#"{"metadata":{"name":"low"},"value":10,"globalDefault":true,"preemptionPolicy":"PreemptLowerPriority"}"#;
const LOWER: &str = r#"{"metadata":{"name":"lower"},"value":5,"globalDefault":true}"#;
const CLASSES: &str = "scheduling.k8s.io/priorityclasses";

#[test]
fn pods_get_the_number_of_their_class() {
    let some = World::of(&[(CLASSES, HIGH), (CLASSES, LOW)]);
    let check = |world: &World, spec: &str, expect: &str| {
        let pod = format!(r#"{{"spec":{spec}}}"#);
        assert_eq!(after(&Priority, create("pods"), &pod, world, &["spec"]), expect);
    };
    check(
        &some,
        r#"{"priorityClassName":"high"}"#,
        r#"{"preemptionPolicy":"Never","priority":1000,"priorityClassName":"high"}"#,
    );
    check(
        &some,
        "{}",
        r#"{"preemptionPolicy":"PreemptLowerPriority","priority":10,"priorityClassName":"low"}"#,
    );
    check(&World::default(), "{}", r#"{"preemptionPolicy":"PreemptLowerPriority","priority":0}"#);
    // Of several defaults the lowest; a class without a policy gives none.
    let both = World::of(&[(CLASSES, LOW), (CLASSES, LOWER)]);
    check(&both, "{}", r#"{"priority":5,"priorityClassName":"lower"}"#);
    check(
        &some,
        r#"{"priority":1000,"priorityClassName":"high"}"#,
        r#"{"preemptionPolicy":"Never","priority":1000,"priorityClassName":"high"}"#,
    );
}

#[test]
fn pods_may_not_make_up_their_number() {
    let world = World::of(&[(CLASSES, HIGH)]);
    let check = |spec: &str, expect: &str| {
        assert_eq!(refusal(&Priority, create("pods"), &format!(r#"{{"spec":{spec}}}"#), &world), expect);
    };
    check(r#"{"priorityClassName":"none"}"#, "no PriorityClass with name none was found");
    check(
        r#"{"priorityClassName":"high","priority":5}"#,
        "the integer value of priority (5) must not be provided in pod spec; priority admission controller computed \
         1000 from the given PriorityClass name",
    );
    check(
        r#"{"priorityClassName":"high","preemptionPolicy":"PreemptLowerPriority"}"#,
        "the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority \
         admission controller computed Never from the given PriorityClass name",
    );
}

#[test]
fn changes_keep_it() {
    let old = r#"{"spec":{"priority":7,"preemptionPolicy":"Never"}}"#;
    let spec = after(&Priority, update("pods", old), r#"{"spec":{}}"#, &World::default(), &["spec"]);
    assert_eq!(spec, r#"{"preemptionPolicy":"Never","priority":7}"#);
    let spec =
        after(&Priority, update("pods", old), r#"{"spec":{"priority":8}}"#, &World::default(), &["spec"]);
    assert_eq!(spec, r#"{"preemptionPolicy":"Never","priority":8}"#);
}

#[test]
fn one_class_is_everybodys() {
    let world = World::of(&[(CLASSES, LOW)]);
    let why = "PriorityClass low is already marked as default. Only one default can exist";
    assert_eq!(refusal(&Priority, create(CLASSES), LOWER, &world), why);
    assert_eq!(refusal(&Priority, update(CLASSES, HIGH), LOWER, &world), why);
    assert_eq!(refusal(&Priority, update(CLASSES, LOW), LOW, &world), "");
    assert!(admit(&Priority, create(CLASSES), HIGH, &world).0.is_ok());
}
