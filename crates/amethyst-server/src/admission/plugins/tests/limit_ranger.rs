//! What containers and claims may ask for.

use super::super::limit_ranger::LimitRanger;
use super::{Asked, World, after, create, refusal, update};

fn range(limits: &str) -> World {
    World::of(&[(
        "/limitranges",
        &format!(r#"{{"metadata":{{"name":"l"}},"spec":{{"limits":[{limits}]}}}}"#),
    )])
}

/// A pod with containers of these resources.
fn pod(containers: &[&str]) -> String {
    let list: Vec<String> = containers
        .iter()
        .enumerate()
        .map(|(at, resources)| format!(r#"{{"name":"c{at}","resources":{resources}}}"#))
        .collect();
    format!(r#"{{"metadata":{{"name":"x"}},"spec":{{"containers":[{}]}}}}"#, list.join(","))
}

fn ask(requests: &str, limits: &str) -> String {
    format!(r#"{{"requests":{{{requests}}},"limits":{{{limits}}}}}"#)
}

#[test]
fn containers_get_what_they_do_not_ask_for() {
    let world = range(
        r#"{"type":"Container","default":{"cpu":"75m","memory":"10Mi"},"defaultRequest":{"cpu":"50m","memory":"5Mi"}}"#,
    );
    let both = r#"{"containers":[{"name":"a"},{"name":"b","resources":{"requests":{"cpu":"1"}}}],"initContainers":[{"name":"i"}]}"#;
    let both = format!(r#"{{"metadata":{{"name":"x"}},"spec":{both}}}"#);
    let at = |path: &[&str]| after(&LimitRanger, create("pods"), &both, &world, path);
    assert_eq!(
        at(&["spec"]),
        concat!(
            r#"{"containers":[{"name":"a","resources":{"limits":{"cpu":"75m","memory":"10Mi"},"requests":{"cpu":"50m","memory":"5Mi"}}},"#,
            r#"{"name":"b","resources":{"limits":{"cpu":"75m","memory":"10Mi"},"requests":{"cpu":"1","memory":"5Mi"}}}],"#,
            r#""initContainers":[{"name":"i","resources":{"limits":{"cpu":"75m","memory":"10Mi"},"requests":{"cpu":"50m","memory":"5Mi"}}}]}"#
        )
    );
    assert_eq!(
        at(&["metadata", "annotations", "kubernetes.io/limit-ranger"]),
        "\"LimitRanger plugin set: cpu, memory request for container a; cpu, memory limit for container a; memory \
         request for container b; cpu, memory limit for container b; cpu, memory request for init container i; cpu, \
         memory limit for init container i\""
    );
    // Nothing to set, nothing said.
    let whole = pod(&[&ask(r#""cpu":"1","memory":"1""#, r#""cpu":"1","memory":"1""#)]);
    assert_eq!(after(&LimitRanger, create("pods"), &whole, &world, &["metadata"]), r#"{"name":"x"}"#);
}

#[test]
fn what_is_out_of_range_is_refused() {
    let check = |limits: &str, containers: &[&str], expect: &str| {
        assert_eq!(
            refusal(&LimitRanger, create("pods"), &pod(containers), &range(limits)),
            expect,
            "{limits}"
        );
    };
    let cpu = |request: &str, limit: &str| {
        let of = |text: &str| if text.is_empty() { String::new() } else { format!(r#""cpu":"{text}""#) };
        ask(&of(request), &of(limit))
    };
    let min = r#"{"type":"Container","min":{"cpu":"50m"}}"#;
    check(min, &[&cpu("40m", "")], "minimum cpu usage per Container is 50m, but request is 40m");
    check(min, &[&cpu("", "1")], "minimum cpu usage per Container is 50m.  No request is specified");
    check(min, &[&cpu("50m", "40m")], "minimum cpu usage per Container is 50m, but limit is 40m");
    check(min, &[&cpu("50m", "")], "");
    let max = r#"{"type":"Container","max":{"cpu":"100m"}}"#;
    check(max, &[&cpu("", "")], "maximum cpu usage per Container is 100m.  No limit is specified");
    check(max, &[&cpu("", "200m")], "maximum cpu usage per Container is 100m, but limit is 200m");
    check(max, &[&cpu("200m", "100m")], "maximum cpu usage per Container is 100m, but request is 200m");
    let ratio = r#"{"type":"Container","maxLimitRequestRatio":{"cpu":"1500m"}}"#;
    check(
        ratio,
        &[&cpu("1", "2")],
        "cpu max limit to request ratio per Container is 1500m, but provided ratio is 2.000000",
    );
    check(ratio, &[&cpu("1", "1500m")], "");
    check(
        ratio,
        &[&cpu("0", "1")],
        "cpu max limit to request ratio per Container is 1500m, but no request is specified or request is 0",
    );
    check(
        ratio,
        &[&cpu("1", "")],
        "cpu max limit to request ratio per Container is 1500m, but no limit is specified or limit is 0",
    );
    let whole = r#"{"type":"Pod","min":{"cpu":"100m"},"max":{"cpu":"1"}}"#;
    check(whole, &[&cpu("50m", "500m"), &cpu("50m", "500m")], "");
    check(whole, &[&cpu("50m", "1"), &cpu("50m", "1")], "maximum cpu usage per Pod is 1, but limit is 2");
    // The same error for several containers is one.
    check(
        min,
        &[&cpu("40m", ""), &cpu("40m", "")],
        "minimum cpu usage per Container is 50m, but request is 40m",
    );
    check(
        r#"{"type":"Container","min":{"cpu":"50m","memory":"1Gi"}}"#,
        &[&cpu("40m", "")],
        "[minimum cpu usage per Container is 50m, but request is 40m, minimum memory usage per Container is 1Gi.  No \
         request is specified]",
    );
    // What does not fit thousandths is compared in wholes.
    let huge = r#"{"type":"Container","max":{"memory":"10Pi"}}"#;
    check(
        huge,
        &[&ask("", r#""memory":"20Pi""#)],
        "maximum memory usage per Container is 10Pi, but limit is 20Pi",
    );
}

#[test]
fn init_containers_count_as_they_run() {
    let world = range(r#"{"type":"Pod","max":{"cpu":"3"}}"#);
    let check = |spec: &str, expect: &str| {
        let pod = format!(r#"{{"spec":{spec}}}"#);
        assert_eq!(refusal(&LimitRanger, create("pods"), &pod, &world), expect, "{spec}");
    };
    let limit = |cpu: &str| format!(r#""resources":{{"limits":{{"cpu":"{cpu}"}}}}"#);
    let (one, two) = (limit("1"), limit("2"));
    check(&format!(r#"{{"containers":[{{{two}}}],"initContainers":[{{{two}}},{{{one}}}]}}"#), "");
    check(
        &format!(
            r#"{{"containers":[{{{two}}}],"initContainers":[{{"restartPolicy":"Always",{one}}},{{{two}}}]}}"#
        ),
        "",
    );
    check(
        &format!(r#"{{"containers":[{{{two}}}],"initContainers":[{{"restartPolicy":"Always",{two}}}]}}"#),
        "maximum cpu usage per Pod is 3, but limit is 4",
    );
    check(&format!(r#"{{"resources":{{"limits":{{"cpu":"1"}}}},"containers":[{{{two}}},{{{two}}}]}}"#), "");
}

#[test]
fn claims_have_their_own_limits() {
    let world = range(r#"{"type":"PersistentVolumeClaim","min":{"storage":"1Gi"},"max":{"storage":"10Gi"}}"#);
    let check = |asked: Asked<'_>, size: &str, expect: &str| {
        let claim = format!(r#"{{"spec":{{"resources":{{"requests":{{"storage":"{size}"}}}}}}}}"#);
        assert_eq!(refusal(&LimitRanger, asked, &claim, &world), expect);
    };
    let claims = create("persistentvolumeclaims");
    check(claims, "500Mi", "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 500Mi");
    check(claims, "20Gi", "maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 20Gi");
    check(claims, "5Gi", "");
    check(
        update("persistentvolumeclaims", "{}"),
        "20Gi",
        "maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 20Gi",
    );
    let ending = r#"{"metadata":{"deletionTimestamp":"2026-11-24T00:00:00Z"}}"#;
    check(update("persistentvolumeclaims", ending), "20Gi", "");
}

#[test]
fn pods_are_looked_at_when_they_come_and_when_they_are_resized() {
    let world = range(r#"{"type":"Container","max":{"cpu":"1"}}"#);
    let large = pod(&[&ask("", r#""cpu":"2""#)]);
    for (asked, refused) in [
        (create("pods"), true),
        (update("pods/resize", "{}"), true),
        (update("pods", "{}"), false),
        (update("pods/status", "{}"), false),
        (create("pods/eviction"), false),
    ] {
        let said = refusal(&LimitRanger, asked, &large, &world);
        assert_eq!(!said.is_empty(), refused, "{}: {said}", asked.of);
    }
}
