//! Which rule a request meets, and what is no policy (kubernetes/apiserver `pkg/audit/policy/checker_test.go`).

use super::{Policy, Stage};
use crate::rbac::{Attributes, Resource, Target};
use crate::user::User;

const POLICY: &str = r#"
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- {level: None, users: [tim]}
- {level: Metadata, userGroups: [humans], verbs: [get]}
- {level: Request, namespaces: [other], omitStages: [Panic], omitManagedFields: false}
- {level: None, nonResourceURLs: [/healthz*, /version]}
- {level: RequestResponse, resources: [{group: "", resources: [pods], resourceNames: [edna]}]}
- {level: Request, resources: [{group: "", resources: ["*/log", nodes/*]}, {group: apps}]}
- {level: Metadata, resources: [{group: "*", resources: [secrets]}]}
"#;

fn check(user: &str, groups: &[&str], verb: &str, asked: &str, expect: &str) {
    let policy = Policy::parse(POLICY).unwrap();
    let user = User {
        name: user.into(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        ..User::default()
    };
    let target = if asked.starts_with('/') {
        Target::Path(asked)
    } else {
        // group:namespace:resource/subresource:name
        let parts: Vec<&str> = asked.split(':').collect();
        let (resource, subresource) = parts[2].split_once('/').unwrap_or((parts[2], ""));
        Target::Resource(Resource {
            group: parts[0],
            namespace: parts[1],
            resource,
            subresource,
            name: parts[3],
        })
    };
    let plan = policy.plan(Some(&user), &Attributes { verb, target });
    let stages =
        [Stage::RequestReceived, Stage::ResponseComplete, Stage::Panic].map(|stage| plan.tells(stage));
    let shown = format!("{} {stages:?} {}", plan.level.as_str(), plan.omit_managed_fields);
    assert_eq!(shown, expect, "{asked}");
}

#[test]
fn the_first_rule_decides() {
    let ends = "[false, true, true] true";
    check("tim", &[], "get", ":other:pods:", "None [false, false, false] true");
    check("x", &["humans"], "get", ":default:pods:edna", &format!("Metadata {ends}"));
    check("x", &["humans"], "list", ":default:pods:edna", &format!("RequestResponse {ends}"));
    check("x", &[], "get", ":other:pods:edna", "Request [false, true, false] false");
    check("x", &[], "get", "/healthz/etcd", "None [false, false, false] true");
    check("x", &[], "get", "/metrics", "None [false, false, false] true");
    check("x", &[], "get", ":default:pods:other", "None [false, false, false] true");
    check("x", &[], "get", ":default:pods/log:a", &format!("Request {ends}"));
    check("x", &[], "get", "::nodes/proxy:a", &format!("Request {ends}"));
    check("x", &[], "get", "apps:default:deployments/scale:a", &format!("Request {ends}"));
    check("x", &[], "get", "any.io:default:secrets:a", &format!("Metadata {ends}"));
}

#[test]
fn what_is_wrong_is_named() {
    let wrong = |text: &str| Policy::parse(text).unwrap_err().to_string();
    let rules =
        |rules: &str| wrong(&format!("{{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{rules}]}}"));
    assert!(wrong("{").starts_with("failed to read the audit policy as YAML"));
    assert_eq!(
        wrong("{apiVersion: audit.k8s.io/v1beta1, kind: Policy}"),
        "the audit policy is of kind `audit.k8s.io/v1beta1, Policy`; expected `apiVersion: audit.k8s.io/v1` and `kind: Policy`"
    );
    assert_eq!(rules(""), "the audit policy has no rules; expected at least one in `rules`");
    assert_eq!(rules("{}"), "the audit policy is wrong: rules[0].level: Required value");
    assert_eq!(
        rules("{level: All}"),
        "the audit policy is wrong: rules[0].level: Unsupported value: \"All\": supported values: \"None\", \"Metadata\", \"Request\", \"RequestResponse\""
    );
    assert_eq!(
        rules("{level: None, nonResourceURLs: [a, /a*b], omitStages: [Never]}"),
        "the audit policy is wrong: \
         rules[0].nonResourceURLs[0]: Invalid value: \"a\": non-resource URL rules must begin with a '/' character; \
         rules[0].nonResourceURLs[1]: Invalid value: \"/a*b\": non-resource URL wildcards '*' must be the final character of the rule; \
         rules[0].omitStages[0]: Invalid value: \"Never\": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic"
    );
    assert!(rules("{level: None, nonResourceURLs: [/a], namespaces: [b]}").contains("cannot apply to both"));
    assert!(
        rules("{level: None, resources: [{group: apps/v1, resourceNames: [a]}]}")
            .contains("using resourceNames requires")
    );
}
