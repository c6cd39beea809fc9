//! Who may speak for whom, and what refusals say.

use http::HeaderMap;

use super::{Memory, impersonated};
use crate::rbac::tests::index_of;
use crate::rbac::{Attributes, Index, Resource};
use crate::user::User;

fn index() -> Index {
    index_of(&[
        ("legacy", "impersonate", "", "users,groups,serviceaccounts", "ann"),
        (
            "legacy-extra",
            "impersonate",
            "authentication.k8s.io",
            "userextras/*,userextras/scopes,uids",
            "ann",
        ),
        (
            "constrained",
            "impersonate:user-info,impersonate:serviceaccount",
            "authentication.k8s.io",
            "users,groups,serviceaccounts",
            "bob",
        ),
        (
            "constrained-on",
            "impersonate-on:user-info:list,impersonate-on:serviceaccount:list",
            "",
            "pods",
            "bob",
        ),
    ])
}

/// Headers are written `name: value; name: value`.
fn check(caller: &str, verb: &str, text: &str, expect: &str) {
    let caller = match caller {
        "root" => User::in_process("root"),
        name => User { name: name.into(), ..User::default() },
    };
    let mut headers = HeaderMap::new();
    for line in text.split("; ").filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        headers.append(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    let resource = Resource { resource: "pods", namespace: "default", ..Resource::default() };
    let attributes = Attributes::resource(verb, resource);
    let shown = match impersonated(&index(), &Memory::default(), &caller, &attributes, &headers) {
        Ok(None) => "nobody".to_owned(),
        Ok(Some(found)) => {
            let user = &found.user;
            let extra = if user.extra.is_empty() { String::new() } else { format!(" {:?}", user.extra) };
            format!("{}{} [{}]{extra} {}", user.name, user.uid, user.groups.join(","), found.constraint)
                .trim_end()
                .to_owned()
        }
        Err(status) => status.to_string(),
    };
    assert_eq!(shown, expect, "{caller:?} {verb} {text}");
}

#[test]
fn the_older_verb_gives_everything() {
    check("ann", "list", "", "nobody");
    check("ann", "list", "impersonate-user: jo", "jo [system:authenticated]");
    check(
        "ann",
        "list",
        "impersonate-user: jo; impersonate-group: a; impersonate-group: b",
        "jo [a,b,system:authenticated]",
    );
    check(
        "ann",
        "list",
        "impersonate-user: jo; impersonate-group: system:masters",
        "jo [system:masters,system:authenticated]",
    );
    check(
        "ann",
        "list",
        "impersonate-user: jo; impersonate-group: system:unauthenticated",
        "jo [system:unauthenticated]",
    );
    check("ann", "list", "impersonate-user: system:anonymous", "system:anonymous [system:unauthenticated]");
    check(
        "ann",
        "list",
        "impersonate-user: system:serviceaccount:apps:web",
        "system:serviceaccount:apps:web [system:serviceaccounts,system:serviceaccounts:apps,system:authenticated]",
    );
    check("ann", "list", "impersonate-user: jo; impersonate-uid: 7", "jo7 [system:authenticated]");
    check(
        "ann",
        "list",
        "impersonate-user: jo; impersonate-extra-scopes: a",
        "jo [system:authenticated] {\"scopes\": [\"a\"]}",
    );
}

#[test]
fn constrained_modes_come_first() {
    check("bob", "list", "impersonate-user: jo", "jo [system:authenticated] impersonate:user-info");
    check(
        "bob",
        "list",
        "impersonate-user: jo; impersonate-group: a",
        "jo [a,system:authenticated] impersonate:user-info",
    );
    check(
        "bob",
        "list",
        "impersonate-user: system:serviceaccount:apps:web",
        "system:serviceaccount:apps:web [system:serviceaccounts,system:serviceaccounts:apps,system:authenticated] impersonate:serviceaccount",
    );
    check("root", "get", "impersonate-user: jo", "jo [system:authenticated] impersonate:user-info");
    check(
        "root",
        "get",
        "impersonate-user: jo; impersonate-group: system:masters",
        "jo [system:masters,system:authenticated]",
    );
    check(
        "root",
        "get",
        "impersonate-user: system:node:n1",
        "system:node:n1 [system:nodes,system:authenticated] impersonate:arbitrary-node",
    );
}

#[test]
fn refusals_tell_the_first_mode() {
    check(
        "bob",
        "get",
        "impersonate-user: jo",
        "pods is forbidden: User \"bob\" cannot impersonate-on:user-info:get resource \"pods\" in API group \"\" in the namespace \"default\"",
    );
    check(
        "bob",
        "list",
        "impersonate-user: jo; impersonate-group: system:masters",
        "groups.authentication.k8s.io \"system:masters\" is forbidden: User \"bob\" cannot impersonate:user-info resource \"groups\" in API group \"authentication.k8s.io\" at the cluster scope: impersonating the system:masters group is not allowed",
    );
    check(
        "jo",
        "list",
        "impersonate-user: system:serviceaccount:apps:web; impersonate-group: x",
        "serviceaccounts \"web\" is forbidden: User \"jo\" cannot impersonate resource \"serviceaccounts\" in API group \"\" in the namespace \"apps\"",
    );
    check(
        "root",
        "list",
        "impersonate-group: x; impersonate-extra-a%2fb: c",
        "requested &user.DefaultInfo{Name:\"\", UID:\"\", Groups:[]string{\"x\"}, Extra:map[string][]string{\"a/b\":[]string{\"c\"}}} without impersonating a user name",
    );
}
