//! Upstream's cases (kubernetes/apiserver `.../webhook/predicates/rules/rules_test.go`), as facts.

use amethyst_admission::Operation;
use amethyst_object::{GroupVersionResource, json};

use super::{Rule, Subject};

/// `group/version/resource/subresource`, with `@` before what lies outside of namespaces.
fn check(rule: &str, matches: &[&str], others: &[&str]) {
    let whole = r#"{"operations":["*"],"apiGroups":["*"],"apiVersions":["*"],"resources":["*/*"]}"#;
    let mut value = json::parse(whole.as_bytes()).unwrap();
    let over = json::parse(rule.as_bytes()).unwrap();
    for (key, field) in over.as_object().unwrap().iter() {
        value.as_object_mut().unwrap().insert(key.clone(), field.clone());
    }
    let parsed = Rule::from_value(&value);
    for (subjects, expect) in [(matches, true), (others, false)] {
        for subject in subjects {
            let namespaced = !subject.starts_with('@');
            let mut parts = subject.trim_start_matches('@').split('/');
            let mut next = || parts.next().unwrap_or_default();
            let resource = GroupVersionResource {
                group: next().into(),
                version: next().into(),
                resource: next().into(),
            };
            let (subresource, operation) = (next(), next());
            let operation = match operation {
                "UPDATE" => Operation::Update,
                "DELETE" => Operation::Delete,
                "CONNECT" => Operation::Connect,
                _ => Operation::Create,
            };
            let subject = Subject { operation, resource: &resource, subresource, namespaced, name: "name" };
            assert_eq!(parsed.matches(&subject), expect, "{rule}: {resource:?} {subresource}");
        }
    }
}

#[test]
fn rules_match_as_upstreams() {
    check(r#"{"apiGroups":["*"]}"#, &["g/v/r"], &[]);
    check(r#"{"apiGroups":["g1","g2"]}"#, &["g1/v/r", "g2/v2/r3"], &["g3/v/r", "g4/v/r"]);
    check(r#"{"apiVersions":["v1","v2"]}"#, &["g1/v1/r", "g2/v2/r"], &["g1/v3/r", "g2/v4/r"]);
    check(r#"{"operations":["CREATE"]}"#, &["g/v/r"], &["g/v/r//UPDATE", "g/v/r//DELETE", "g/v/r//CONNECT"]);
    check(
        r#"{"operations":["UPDATE","DELETE"]}"#,
        &["g/v/r//UPDATE", "g/v/r//DELETE"],
        &["g/v/r", "g/v/r//CONNECT"],
    );
    check(r#"{"resources":["*"]}"#, &["g/v/r", "2/v/r2"], &["g/v/r/exec", "2/v/r2/proxy"]);
    check(r#"{"resources":["r/*"]}"#, &["g/v/r", "g/v/r/exec"], &["2/v/r2", "2/v/r2/proxy"]);
    check(r#"{"resources":["r/*","r2"]}"#, &["g/v/r", "g/v/r/exec", "2/v/r2"], &["2/v/r2/proxy"]);
    check(
        r#"{"resources":["*/proxy","*/exec"]}"#,
        &["g/v/r/exec", "2/v/r2/proxy", "2/v/r3/proxy"],
        &["g/v/r", "2/v/r2", "2/v/r4/scale"],
    );
    check(r#"{"scope":"Cluster"}"#, &["@g/v/r", "@g/v/r/exec", "@/v1/namespaces"], &["g/v/r", "g/v/r/exec"]);
    check(r#"{"scope":"Namespaced"}"#, &["g/v/r", "g/v/r/exec"], &["@g/v/r", "@/v1/namespaces/finalize"]);
    check(r#"{"resourceNames":["name"]}"#, &["g/v/r"], &[]);
    check(r#"{"resourceNames":["other"]}"#, &[], &["g/v/r"]);
}
