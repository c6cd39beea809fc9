//! The roles and bindings that every cluster begins with, as a generated table.
//!
//! All of them have the label `kubernetes.io/bootstrapping: rbac-defaults` and the annotation
//! `rbac.authorization.kubernetes.io/autoupdate: "true"`, which the table leaves out.

use std::sync::LazyLock;

const TABLE: &str = include_str!("generated/policy.txt");

/// A role or a binding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyObject {
    /// `clusterrole`, `role`, `clusterrolebinding` or `rolebinding`.
    pub kind: &'static str,
    /// Empty for cluster-scoped ones.
    pub namespace: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Roles that take in its rules: labels `rbac.authorization.k8s.io/aggregate-to-<target>: "true"`.
    pub aggregates_to: Vec<&'static str>,
    /// The target whose label it selects, when it takes in others' rules.
    pub aggregates_from: Vec<&'static str>,
    /// A role's own rules.
    pub rules: Vec<PolicyRule>,
    /// A binding's role: kind and name.
    pub role: (&'static str, &'static str),
    /// Whom a binding names.
    pub subjects: Vec<PolicySubject>,
}

/// One rule of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are upstream's own")]
pub struct PolicyRule {
    pub verbs: Vec<&'static str>,
    pub api_groups: Vec<&'static str>,
    pub resources: Vec<&'static str>,
    pub resource_names: Vec<&'static str>,
    pub non_resource_urls: Vec<&'static str>,
}

/// Whom a binding names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySubject {
    /// `User`, `Group` or `ServiceAccount`.
    pub kind: &'static str,
    /// The name.
    pub name: &'static str,
    /// The namespace of a ServiceAccount, else empty.
    pub namespace: &'static str,
}

/// All roles and bindings.
pub fn objects() -> &'static [PolicyObject] {
    static OBJECTS: LazyLock<Vec<PolicyObject>> = LazyLock::new(|| parse(TABLE));
    &OBJECTS
}

fn parse(table: &'static str) -> Vec<PolicyObject> {
    let mut objects: Vec<PolicyObject> = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&'static str> = line.split_whitespace().collect();
        if let Some(object) = head(&words) {
            objects.push(object);
        } else if let Some(object) = objects.last_mut() {
            add(object, &words);
        }
    }
    objects
}

fn head(words: &[&'static str]) -> Option<PolicyObject> {
    let (kind, namespace, name, role) = match *words {
        [kind @ "clusterrole", name] => (kind, "", name, ("", "")),
        [kind @ "role", namespace, name] => (kind, namespace, name, ("", "")),
        [kind @ "clusterrolebinding", name, of, role] => (kind, "", name, (of, role)),
        [kind @ "rolebinding", namespace, name, of, role] => (kind, namespace, name, (of, role)),
        _ => return None,
    };
    Some(PolicyObject { kind, namespace, name, role, ..PolicyObject::default() })
}

fn add(object: &mut PolicyObject, words: &[&'static str]) {
    match *words {
        ["to", target] => object.aggregates_to.push(target),
        ["from", target] => object.aggregates_from.push(target),
        ["rule", verbs, groups, resources, ref names @ ..] => object.rules.push(PolicyRule {
            verbs: list(verbs),
            api_groups: list(groups),
            resources: list(resources),
            resource_names: names.first().map(|names| list(names)).unwrap_or_default(),
            non_resource_urls: Vec::new(),
        }),
        ["urls", verbs, urls] => object.rules.push(PolicyRule {
            verbs: list(verbs),
            non_resource_urls: list(urls),
            ..PolicyRule::default()
        }),
        ["subject", kind, name, ref namespace @ ..] => {
            let namespace = namespace.first().copied().unwrap_or_default();
            object.subjects.push(PolicySubject { kind, name, namespace });
        }
        _ => unreachable!("the table is generated, and a test reads all of it"),
    }
}

fn list(words: &'static str) -> Vec<&'static str> {
    words.split(',').map(|word| if word == "-" { "" } else { word }).collect()
}

#[cfg(test)]
mod tests {
    use super::objects;

    #[test]
    fn the_table_is_whole() {
        let count = |kind: &str| objects().iter().filter(|object| object.kind == kind).count();
        assert_eq!(
            (count("clusterrole"), count("clusterrolebinding"), count("role"), count("rolebinding")),
            (73, 54, 7, 7)
        );
        let edit = objects().iter().find(|object| object.name == "edit").unwrap();
        assert_eq!(
            (edit.aggregates_to.as_slice(), edit.aggregates_from.as_slice()),
            (&["admin"][..], &["edit"][..])
        );
        let admin = objects().iter().find(|object| object.name == "cluster-admin").unwrap();
        assert_eq!(admin.rules.len(), 2);
        assert_eq!(admin.rules[1].non_resource_urls, ["*"]);
        for object in objects() {
            assert!(
                !object.rules.is_empty() || !object.aggregates_from.is_empty() || !object.role.1.is_empty()
            );
        }
    }
}
