//! Whom bindings reach, and what decisions say (kubernetes `plugin/pkg/auth/authorizer/rbac/rbac_test.go`).

use amethyst_object::{Map, Value, value};
use bytes::Bytes;

use super::{Index, PREFIX};
use crate::rbac::{Attributes, Resource, decide};
use crate::record::Entry;
use crate::user::User;

fn put(index: &mut Index, key: &str, object: Value) {
    let Value::Object(object): Value = object else { panic!("an object is a map") };
    let entry: Entry = Entry::new(Map::clone(&object), Bytes::new());
    index.note(&format!("{PREFIX}{key}"), Some(&entry));
}

fn role(verb: &str, resource: &str) -> Value {
    value!({"metadata": {}, "rules": [{"verbs": [verb], "apiGroups": ["*"], "resources": [resource]}]})
}

fn binding(role: (&str, &str), subjects: Value) -> Value {
    let group = "rbac.authorization.k8s.io";
    value!({
        "metadata": {}, "subjects": subjects,
        "roleRef": {"apiGroup": group, "kind": (role.0), "name": (role.1)}
    })
}

fn index() -> Index {
    let mut index = Index::default();
    put(&mut index, "clusterroles//reader", role("get", "pods"));
    put(&mut index, "clusterroles//admin", role("*", "*"));
    put(&mut index, "roles/apps/writer", role("create", "pods"));
    put(
        &mut index,
        "clusterrolebindings//readers",
        binding(
            ("ClusterRole", "reader"),
            value!([{"kind": "Group", "name": "dev"}, {"kind": "User", "name": "ann"}]),
        ),
    );
    put(
        &mut index,
        "rolebindings/apps/writers",
        binding(("Role", "writer"), value!([{"kind": "ServiceAccount", "name": "bot"}])),
    );
    put(
        &mut index,
        "rolebindings/apps/admins",
        binding(
            ("ClusterRole", "admin"),
            value!([{"kind": "ServiceAccount", "namespace": "tools", "name": "bot"}, {"kind": "User", "name": "eve"}]),
        ),
    );
    put(
        &mut index,
        "clusterrolebindings//broken",
        binding(("ClusterRole", "gone"), value!([{"kind": "User", "name": "bob"}])),
    );
    put(
        &mut index,
        "rolebindings/apps/broken",
        binding(("Role", "gone"), value!([{"kind": "User", "name": "bob"}])),
    );
    // Without a namespace of its own, a ServiceAccount of a ClusterRoleBinding is nobody.
    put(
        &mut index,
        "clusterrolebindings//nobody",
        binding(("ClusterRole", "admin"), value!([{"kind": "ServiceAccount", "name": "bot"}])),
    );
    index
}

fn check(index: &Index, user: &str, groups: &[&str], verb: &str, namespace: &str, expect: &str) {
    let user = User {
        name: user.into(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        ..User::default()
    };
    let resource = Resource { resource: "pods", namespace, ..Resource::default() };
    let decision = decide(index, &user, &Attributes::resource(verb, resource));
    let shown = format!("{}: {}", if decision.allowed { "yes" } else { "no" }, decision.reason);
    assert_eq!(shown, expect, "{user:?} {verb} {namespace}");
}

#[test]
fn bindings_reach_their_subjects() {
    let index = index();
    let reader = "yes: RBAC: allowed by ClusterRoleBinding \"readers\" of ClusterRole \"reader\" to ";
    check(&index, "ann", &[], "get", "", &format!("{reader}User \"ann\""));
    check(&index, "ann", &["dev"], "get", "other", &format!("{reader}Group \"dev\""));
    check(&index, "ann", &[], "create", "apps", "no: ");
    check(
        &index,
        "system:serviceaccount:apps:bot",
        &[],
        "create",
        "apps",
        "yes: RBAC: allowed by RoleBinding \"writers/apps\" of Role \"writer\" to ServiceAccount \"bot/apps\"",
    );
    check(
        &index,
        "system:serviceaccount:tools:bot",
        &[],
        "delete",
        "apps",
        "yes: RBAC: allowed by RoleBinding \"admins/apps\" of ClusterRole \"admin\" to ServiceAccount \"bot/tools\"",
    );
    check(&index, "system:serviceaccount:tools:bot", &[], "delete", "tools", "no: ");
    check(&index, "system:serviceaccount:apps:bot", &[], "delete", "", "no: ");
    check(&index, "eve", &[], "delete", "", "no: ");
    check(&index, "root", &["system:masters"], "delete", "", "yes: ");
}

#[test]
fn missing_roles_are_told() {
    let index = index();
    let cluster = "clusterrole.rbac.authorization.k8s.io \"gone\" not found";
    check(&index, "bob", &[], "get", "", &format!("no: rbac: RBAC: {cluster}"));
    check(
        &index,
        "bob",
        &[],
        "get",
        "apps",
        &format!("no: rbac: RBAC: [{cluster}, role.rbac.authorization.k8s.io \"gone\" not found]"),
    );
}

#[test]
fn what_is_taken_away_is_gone() {
    let mut index = index();
    put(
        &mut index,
        "clusterrolebindings//readers",
        binding(("ClusterRole", "reader"), value!([{"kind": "User", "name": "ann"}])),
    );
    check(&index, "x", &["dev"], "get", "", "no: ");
    index.note(&format!("{PREFIX}clusterrolebindings//readers"), None);
    check(&index, "ann", &[], "get", "", "no: ");
    index.note(&format!("{PREFIX}clusterroles//admin"), None);
    let missing = "clusterrole.rbac.authorization.k8s.io \"admin\" not found";
    check(&index, "eve", &[], "get", "apps", &format!("no: rbac: RBAC: {missing}"));
    index.note(&format!("{PREFIX}rolebindings/apps/admins"), None);
    check(&index, "eve", &[], "get", "apps", "no: ");
}
