//! Who is refused, warned and noted by the labels of a namespace.

use super::super::pod_security::PodSecurity;
use super::{Asked, World, admit, create, update};

const PRIVILEGED: &str =
    r#"{"metadata":{"name":"x"},"spec":{"hostNetwork":true,"containers":[{"name":"a","image":"i"}]}}"#;
const FOUND: &str = "host namespaces (hostNetwork=true)";

fn namespace(labels: &[(&str, &str)]) -> String {
    let labels: Vec<String> = labels
        .iter()
        .map(|(key, value)| format!(r#""pod-security.kubernetes.io/{key}":"{value}""#))
        .collect();
    format!(r#"{{"metadata":{{"name":"ns","labels":{{{}}}}}}}"#, labels.join(","))
}

/// Refusal, warnings and audit annotations, a line each.
fn outcome(asked: Asked<'_>, object: &str, world: &World) -> String {
    let (done, notes) = admit(&PodSecurity, asked, object, world);
    let mut lines: Vec<String> = done.err().into_iter().map(|why| format!("refused: {why}")).collect();
    lines.extend(notes.warnings.iter().map(|text| format!("warning: {text}")));
    lines.extend(notes.audit.iter().map(|(key, text)| {
        format!("{}: {text}", key.strip_prefix("pod-security.kubernetes.io/").expect("they all begin so"))
    }));
    lines.join("\n")
}

fn check(labels: &[(&str, &str)], asked: Asked<'_>, object: &str, expect: &str) {
    let world = World::of(&[("/namespaces", &namespace(labels))]);
    assert_eq!(outcome(asked, object, &world), expect, "{labels:?} {}", asked.of);
}

#[test]
fn pods_are_refused_warned_and_noted() {
    let pods = create("pods");
    check(&[], pods, PRIVILEGED, "enforce-policy: privileged:latest");
    check(
        &[("enforce", "baseline")],
        pods,
        PRIVILEGED,
        &format!(
            "refused: violates PodSecurity \"baseline:latest\": {FOUND}\nenforce-policy: baseline:latest"
        ),
    );
    check(
        &[("warn", "baseline"), ("audit", "baseline"), ("audit-version", "v1.20")],
        pods,
        PRIVILEGED,
        &format!(
            "warning: would violate PodSecurity \"baseline:latest\": {FOUND}\nenforce-policy: privileged:latest\n\
             audit-violations: would violate PodSecurity \"baseline:v1.20\": {FOUND}"
        ),
    );
    // What cannot be read is strict.
    let strict = World::of(&[("/namespaces", &namespace(&[("enforce", "strict")]))]);
    let said = outcome(pods, PRIVILEGED, &strict);
    assert!(
        said.starts_with("refused: violates PodSecurity \"restricted:latest\": host namespaces"),
        "{said}"
    );
    assert!(said.contains("error: Failed to parse policy: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\""), "{said}");
}

#[test]
fn changes_are_looked_at_when_containers_change() {
    let labels = [("enforce", "baseline")];
    let image = PRIVILEGED.replace("\"i\"", "\"j\"");
    let refused = format!(
        "refused: violates PodSecurity \"baseline:latest\": {FOUND}\nenforce-policy: baseline:latest"
    );
    check(&labels, update("pods", PRIVILEGED), PRIVILEGED, "");
    check(&labels, update("pods", PRIVILEGED), &image, &refused);
    check(&labels, update("pods/status", PRIVILEGED), &image, "");
    let added =
        PRIVILEGED.replace(r#""spec":{"#, r#""spec":{"ephemeralContainers":[{"name":"e","image":"x"}],"#);
    check(&labels, update("pods/ephemeralcontainers", PRIVILEGED), &added, &refused);
    check(&labels, update("pods/ephemeralcontainers", &added), &added, "");
}

#[test]
fn templates_are_warned_of_and_never_refused() {
    let deployment = format!(r#"{{"spec":{{"template":{PRIVILEGED}}}}}"#);
    check(&[], create("apps/deployments"), &deployment, "");
    check(
        &[("enforce", "baseline")],
        create("apps/deployments"),
        &deployment,
        &format!("warning: would violate PodSecurity \"baseline:latest\": {FOUND}"),
    );
    check(&[("enforce", "baseline")], update("apps/deployments/scale", "{}"), &deployment, "");
    check(&[("enforce", "baseline")], create("apps/controllerrevisions"), &deployment, "");
    check(&[("enforce", "baseline")], create("replicationcontrollers"), r#"{"spec":{}}"#, "");
}

#[test]
fn namespaces_say_what_they_ask_of_their_pods() {
    let none = World::default();
    let bad = namespace(&[("enforce", "strict")]);
    assert!(outcome(create("namespaces"), &bad, &none).starts_with("refused: Invalid([Fault"));
    // What was wrong before may stay; something else may not become wrong.
    assert_eq!(outcome(update("namespaces", &bad), &bad, &none), "");
    let worse = namespace(&[("enforce", "strict"), ("warn", "x")]);
    assert!(outcome(update("namespaces", &bad), &worse, &none).starts_with("refused: Invalid"));

    let pod = |name: &str, owner: &str, spec: &str| {
        let owners = if owner.is_empty() {
            String::new()
        } else {
            format!(r#","ownerReferences":[{{"controller":true,"uid":"{owner}"}}]"#)
        };
        format!(r#"{{"metadata":{{"name":"{name}"{owners}}},"spec":{spec}}}"#)
    };
    let world = World::of(&[
        ("/pods", &pod("b", "u", r#"{"hostNetwork":true}"#)),
        ("/pods", &pod("a", "u", r#"{"hostNetwork":true}"#)),
        ("/pods", &pod("c", "", r#"{"hostPID":true}"#)),
        ("/pods", &pod("d", "", r#"{"volumes":[{"name":"v","hostPath":{}}]}"#)),
        ("/pods", &pod("e", "", "{}")),
    ]);
    let (plain, asking) = (namespace(&[]), namespace(&[("enforce", "baseline")]));
    assert_eq!(
        outcome(update("namespaces", &plain), &asking, &world),
        "warning: existing pods in namespace \"ns\" violate the new PodSecurity enforce level \"baseline:latest\"\n\
         warning: a (and 2 other pods): host namespaces\n\
         warning: d: hostPath volumes"
    );
    assert_eq!(outcome(update("namespaces", &asking), &plain, &world), "");
    assert_eq!(outcome(update("namespaces", &asking), &asking, &world), "");
    let strict = namespace(&[("enforce", "restricted")]);
    assert_eq!(outcome(update("namespaces", &strict), &asking, &world), "");
}
