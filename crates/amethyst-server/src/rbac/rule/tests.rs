//! Matching and covering, as upstream's tables have them.

use amethyst_object::Str;

use super::{Rule, compacted, uncovered};
use crate::rbac::{Attributes, Resource, Target};

/// `verbs groups resources [names]`, or `verbs urls`; commas between, `-` for the group without a name.
fn rule(text: &str) -> Rule {
    let list = |words: &str| -> Vec<Str> {
        words.split(',').map(|word| if word == "-" { "" } else { word }.into()).collect()
    };
    let words: Vec<&str> = text.split(' ').collect();
    match words[..] {
        [verbs, urls] => Rule { verbs: list(verbs), urls: list(urls), ..Rule::default() },
        [verbs, groups, resources] => {
            Rule { verbs: list(verbs), groups: list(groups), resources: list(resources), ..Rule::default() }
        }
        [verbs, groups, resources, names] => Rule {
            verbs: list(verbs),
            groups: list(groups),
            resources: list(resources),
            names: list(names),
            urls: Vec::new(),
        },
        _ => panic!("a rule is written otherwise: {text}"),
    }
}

fn rules(texts: &[&str]) -> Vec<Rule> {
    texts.iter().map(|text| rule(text)).collect()
}

#[test]
fn rules_allow_what_they_name() {
    let check = |text: &str, verb: &str, group: &str, resource: &str, name: &str, expect: bool| {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let target = Resource { group, resource, subresource, namespace: "", name };
        assert_eq!(
            rule(text).allows(&Attributes::resource(verb, target)),
            expect,
            "{text}: {verb} {resource}"
        );
    };
    check("* * *", "get", "apps", "deployments/scale", "x", true);
    check("get - pods", "get", "", "pods", "", true);
    check("get - pods", "list", "", "pods", "", false);
    check("get apps pods", "get", "", "pods", "", false);
    check("get - pods", "get", "", "pods/log", "", false);
    check("get - pods/log", "get", "", "pods/log", "", true);
    check("get - pods/log", "get", "", "pods", "", false);
    check("get - */log", "get", "", "pods/log", "", true);
    check("get - */log", "get", "", "pods/logs", "", false);
    check("get - */log", "get", "", "pods/status", "", false);
    check("get - pods/*", "get", "", "pods/log", "", false);
    check("get - pods a,b", "get", "", "pods", "b", true);
    check("get - pods a,b", "get", "", "pods", "c", false);
    check("create - pods a", "create", "", "pods", "", false);
    check("get /healthz", "get", "", "pods", "", false);
}

#[test]
fn urls_end_in_a_star() {
    let check = |text: &str, verb: &str, path: &str, expect: bool| {
        let attributes = Attributes { verb, target: Target::Path(path) };
        assert_eq!(rule(text).allows(&attributes), expect, "{text}: {verb} {path}");
    };
    check("get /apis,/apis/*", "get", "/apis/apps", true);
    check("get /apis,/apis/*", "get", "/apis", true);
    check("get /apis,/apis/*", "get", "/apisx", false);
    check("get /apis,/apis/*", "post", "/apis", false);
    check("* *", "get", "/metrics", true);
    check("get /a*", "get", "/abc", true);
    check("get /a**", "get", "/abc", true);
    check("get - pods", "get", "/pods", false);
}

/// Cases of kubernetes/component-helpers `auth/rbac/validation/policy_comparator_test.go`.
#[test]
fn rules_cover_others() {
    let check = |owner: &[&str], servant: &[&str], missing: &[&str]| {
        assert_eq!(uncovered(&rules(owner), &rules(servant)), rules(missing), "{owner:?} {servant:?}");
    };
    check(&["get v1 Builds"], &["get v1 Builds"], &[]);
    check(&["get v1 Builds foo"], &["get v1 Builds foo"], &[]);
    check(&["get v1 Builds"], &["get v1 Builds foo"], &[]);
    check(&["get v1 Builds foo"], &["get v1 Builds"], &["get v1 Builds"]);
    check(&["* v1 *"], &["get,delete v1 *"], &[]);
    check(&["get v1 builds", "update v1 builds"], &["update,get v1 builds"], &[]);
    check(&["get v1 builds", "update v1 builds"], &["delete v1 builds"], &["delete v1 builds"]);
    check(&["get v1 *"], &["get v1 *,builds"], &[]);
    check(&["get v1 builds"], &["get v1 *"], &["get v1 *"]);
    check(&["* * *"], &["get,delete v1 foo/bar"], &[]);
    check(&["get v1 */scale"], &["get v1 deployments/scale"], &[]);
    check(&["get v1 */scale"], &["get v1 deployments/status"], &["get v1 deployments/status"]);
    check(&["get v1 */scale"], &["get v1 */scale"], &[]);
    check(&["get v1 pods a,b"], &["get v1 pods a,c"], &["get v1 pods c"]);
    check(&["get,post /foo,/bar"], &["get,post /foo,/bar"], &[]);
    check(&["get,post /foo/*"], &["get /foo/bar", "post /foo"], &["post /foo"]);
    check(&["* *"], &["get /foo/*"], &[]);
    check(&["get /foo/*"], &["get *"], &["get *"]);
    check(&["* * *"], &["get /foo"], &["get /foo"]);
    check(&["* *"], &["get v1 pods"], &["get v1 pods"]);
}

#[test]
fn errors_show_rules_shortly() {
    let shown: Vec<String> = compacted(rules(&[
        "get - pods",
        "list - pods",
        "get - pods a",
        "get - pods a,b",
        "get /foo",
        "list apps deployments",
    ]))
    .iter()
    .map(Rule::compact)
    .collect();
    assert_eq!(
        shown,
        [
            "{APIGroups:[\"\"], Resources:[\"pods\"], ResourceNames:[\"a\" \"b\"], Verbs:[\"get\"]}",
            "{NonResourceURLs:[\"/foo\"], Verbs:[\"get\"]}",
            "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\" \"list\"]}",
            "{APIGroups:[\"\"], Resources:[\"pods\"], ResourceNames:[\"a\"], Verbs:[\"get\"]}",
            "{APIGroups:[\"apps\"], Resources:[\"deployments\"], Verbs:[\"list\"]}",
        ]
    );
}
