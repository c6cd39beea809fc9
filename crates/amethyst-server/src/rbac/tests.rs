//! Roles and bindings for tests, and how long a decision takes.

use amethyst_object::{Value, value};
use bytes::Bytes;

use super::index::PREFIX;
use super::{Attributes, Index, Resource, decide};
use crate::record::Entry;
use crate::user::User;

/// Cluster-wide rights: the role's name, verbs, one group, resources, one user.
pub(crate) fn index_of(rights: &[(&str, &str, &str, &str, &str)]) -> Index {
    let mut index = Index::default();
    let list = |words: &str| -> Vec<Value> { words.split(',').map(Value::from).collect() };
    for (name, verbs, group, resources, user) in rights {
        let rule = value!({"verbs": (list(verbs)), "apiGroups": [(*group)], "resources": (list(resources))});
        put(&mut index, &format!("clusterroles//{name}"), &value!({"metadata": {}, "rules": [rule]}));
        let binding = value!({
            "metadata": {}, "roleRef": {"kind": "ClusterRole", "name": (*name)},
            "subjects": [{"kind": "User", "name": (*user)}]
        });
        put(&mut index, &format!("clusterrolebindings//{name}"), &binding);
    }
    index
}

fn put(index: &mut Index, key: &str, object: &Value) {
    let object = object.as_object().expect("an object is a map").clone();
    index.note(&format!("{PREFIX}{key}"), Some(&Entry::new(object, Bytes::new())));
}

#[test]
fn many_bindings_of_others_cost_nothing() {
    let rights: Vec<(String, String)> =
        (0..2000).map(|at| (format!("role-{at}"), format!("user-{at}"))).collect();
    let rights: Vec<(&str, &str, &str, &str, &str)> =
        rights.iter().map(|(role, user)| (role.as_str(), "get", "", "pods", user.as_str())).collect();
    let index = index_of(&rights);
    let user =
        User { name: "user-1234".into(), groups: vec!["system:authenticated".into()], ..User::default() };
    let resource = Resource { resource: "pods", namespace: "default", ..Resource::default() };
    let decision = decide(&index, &user, &Attributes::resource("get", resource));
    assert!(decision.allowed && decision.reason.contains("role-1234"), "{decision:?}");
    assert!(!decide(&index, &user, &Attributes::resource("list", resource)).allowed);
}
