//! Roles and bindings, compiled: by subject, so that a question looks only at what may apply.
//!
//! An index is immutable and shares its structure with the next; [`super::Access`] makes the next one from
//! what the store tells. Bindings answer in the order of their names; upstream's order is that of a cache.

use std::ops::ControlFlow;
use std::sync::Arc;

use amethyst_object::{Map, Str, Value};
use amethyst_store::Snapshot;
use imbl::OrdMap;

use super::rule::Rule;
use crate::record::Entry;
use crate::user::User;

/// The group of all four kinds.
pub(crate) const GROUP: &str = "rbac.authorization.k8s.io";
/// What all their keys begin with.
pub(crate) const PREFIX: &str = "rbac.authorization.k8s.io/";

/// All roles and bindings of one state of the store.
#[derive(Clone, Default)]
pub(crate) struct Index {
    cluster_roles: OrdMap<Str, Arc<[Rule]>>,
    /// By namespace and name.
    roles: OrdMap<(Str, Str), Arc<[Rule]>>,
    /// ClusterRoleBindings.
    cluster: Scope,
    /// RoleBindings by namespace.
    namespaces: OrdMap<Str, Scope>,
}

/// The bindings of a namespace, or of the cluster.
#[derive(Clone, Default)]
struct Scope {
    bindings: Bindings,
    users: OrdMap<Str, Bindings>,
    groups: OrdMap<Str, Bindings>,
}

type Bindings = OrdMap<Str, Arc<Binding>>;

/// A RoleBinding or ClusterRoleBinding.
#[derive(Clone, Debug, Default)]
pub(crate) struct Binding {
    /// Empty for a ClusterRoleBinding.
    namespace: Str,
    name: Str,
    pub(crate) role: RoleRef,
    subjects: Vec<Subject>,
}

/// Which role a binding gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoleRef {
    /// `Role` or `ClusterRole`.
    pub(crate) kind: Str,
    pub(crate) name: Str,
}

/// To whom a binding gives its role.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject {
    /// `User`, `Group` or `ServiceAccount`.
    kind: Str,
    namespace: Str,
    name: Str,
}

/// What a visitor meets.
pub(crate) enum Met<'a> {
    /// A rule of a role that the user has by a binding, through its subject at this place.
    Rule(&'a Rule, &'a Binding, usize),
    /// A role that does not exist, or of a kind that there is not.
    Missing(&'a RoleRef),
}

impl Index {
    /// The index of a state of the store.
    pub(crate) fn of(snapshot: &Snapshot<Entry>) -> Self {
        let mut index = Self::default();
        for (key, stored) in snapshot.range(PREFIX, None) {
            index.note(key.as_str(), Some(&stored.record));
        }
        index
    }

    /// Takes in what stands under a key now.
    pub(crate) fn note(&mut self, key: &str, record: Option<&Entry>) {
        let Some(rest) = key.strip_prefix(PREFIX) else { return };
        let mut parts = rest.splitn(3, '/');
        let (Some(plural), Some(namespace), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
            return;
        };
        let object = record.map(Entry::object);
        match plural {
            "clusterroles" => set(&mut self.cluster_roles, name.into(), object.as_ref().map(rules)),
            "roles" => set(&mut self.roles, (namespace.into(), name.into()), object.as_ref().map(rules)),
            "clusterrolebindings" => {
                self.cluster.set(name, object.map(|object| Binding::of("", name, &object)));
            }
            "rolebindings" => {
                let scope = self.namespaces.entry(namespace.into()).or_default();
                scope.set(name, object.map(|object| Binding::of(namespace, name, &object)));
                if scope.bindings.is_empty() {
                    self.namespaces.remove(namespace);
                }
            }
            _ => {}
        }
    }

    /// Shows `visitor` every rule that applies to a user in a namespace (or in none), until it breaks
    /// (kubernetes `pkg/registry/rbac/validation/rule.go`, `VisitRulesFor`).
    pub(crate) fn visit(
        &self,
        user: &User,
        namespace: &str,
        visitor: &mut dyn FnMut(Met<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.visit_scope(&self.cluster, user, visitor)?;
        match self.namespaces.get(namespace) {
            Some(scope) => self.visit_scope(scope, user, visitor),
            None => ControlFlow::Continue(()),
        }
    }

    fn visit_scope(
        &self,
        scope: &Scope,
        user: &User,
        visitor: &mut dyn FnMut(Met<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for binding in scope.of_user(user) {
            let Some(rules) = self.rules(&binding.role, &binding.namespace) else {
                visitor(Met::Missing(&binding.role))?;
                continue;
            };
            let subject = binding.subject_of(user);
            for rule in rules.iter() {
                visitor(Met::Rule(rule, binding, subject))?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The rules of a role; of a `Role`, in this namespace.
    pub(crate) fn rules(&self, role: &RoleRef, namespace: &str) -> Option<&Arc<[Rule]>> {
        match role.kind.as_str() {
            "ClusterRole" => self.cluster_roles.get(role.name.as_str()),
            "Role" => self.roles.get(&(namespace.into(), role.name.clone())),
            _ => None,
        }
    }
}

fn rules(role: &Map) -> Arc<[Rule]> {
    Rule::all_of(role).into()
}

fn set<K: Ord + Clone, V: Clone>(map: &mut OrdMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    };
}

impl Scope {
    fn set(&mut self, name: &str, binding: Option<Binding>) {
        if let Some(old) = self.bindings.remove(name) {
            for subject in &old.subjects {
                let Some((is_group, who)) = subject.who(&old.namespace) else { continue };
                let map = if is_group { &mut self.groups } else { &mut self.users };
                if let Some(named) = map.get_mut(&who) {
                    named.remove(name);
                    if named.is_empty() {
                        map.remove(&who);
                    }
                }
            }
        }
        let Some(binding) = binding.map(Arc::new) else { return };
        for subject in &binding.subjects {
            let Some((is_group, who)) = subject.who(&binding.namespace) else { continue };
            let map = if is_group { &mut self.groups } else { &mut self.users };
            map.entry(who).or_default().insert(name.into(), Arc::clone(&binding));
        }
        self.bindings.insert(name.into(), binding);
    }

    /// The bindings that apply to a user, in the order of their names.
    fn of_user(&self, user: &User) -> Vec<&Binding> {
        let named = self.users.get(user.name.as_str()).into_iter();
        let lists = named.chain(user.groups.iter().filter_map(|group| self.groups.get(group.as_str())));
        let mut found: Vec<&Binding> = lists.flat_map(OrdMap::values).map(Arc::as_ref).collect();
        found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        found.dedup_by(|a, b| a.name == b.name);
        found
    }
}

impl Binding {
    fn of(namespace: &str, name: &str, object: &Map) -> Self {
        let subjects = object.get("subjects").and_then(Value::as_array).unwrap_or_default();
        Self {
            namespace: namespace.into(),
            name: name.into(),
            role: object.get("roleRef").map(RoleRef::of).unwrap_or_default(),
            subjects: subjects.iter().map(Subject::of).collect(),
        }
    }

    /// The first subject that is the user.
    fn subject_of(&self, user: &User) -> usize {
        let is_user = |subject: &Subject| match subject.who(&self.namespace) {
            Some((true, group)) => user.groups.iter().any(|own| *own == group.as_str()),
            Some((false, name)) => user.name == name.as_str(),
            None => false,
        };
        self.subjects.iter().position(is_user).unwrap_or_default()
    }

    /// `ClusterRoleBinding "x" of ClusterRole "y" to User "z"`, with upstream's order of name and namespace.
    pub(crate) fn describe(&self, subject: usize) -> String {
        let (kind, own) = if self.namespace.is_empty() {
            ("ClusterRoleBinding", self.name.to_string())
        } else {
            ("RoleBinding", format!("{}/{}", self.name, self.namespace))
        };
        let to =
            self.subjects.get(subject).map(|subject| subject.describe(&self.namespace)).unwrap_or_default();
        format!("{kind} {own:?} of {} {:?} to {to}", self.role.kind, self.role.name.as_str())
    }
}

impl RoleRef {
    /// Reads a `roleRef`.
    pub(crate) fn of(reference: &Value) -> Self {
        let text = |key: &str| reference.str_at(&[key]).unwrap_or_default().into();
        Self { kind: text("kind"), name: text("name") }
    }
}

impl Subject {
    fn of(subject: &Value) -> Self {
        let text = |key: &str| subject.str_at(&[key]).unwrap_or_default().into();
        Self { kind: text("kind"), namespace: text("namespace"), name: text("name") }
    }

    fn namespace<'a>(&'a self, of_binding: &'a str) -> &'a str {
        if self.namespace.is_empty() { of_binding } else { &self.namespace }
    }

    /// The name of the user or the group, and whether it is a group's; a ServiceAccount is a user.
    fn who(&self, namespace: &str) -> Option<(bool, Str)> {
        match self.kind.as_str() {
            "User" => Some((false, self.name.clone())),
            "Group" => Some((true, self.name.clone())),
            "ServiceAccount" => {
                let namespace = self.namespace(namespace);
                let name =
                    || amethyst_object::Str::from(format!("system:serviceaccount:{namespace}:{}", self.name));
                (!namespace.is_empty()).then(|| (false, name()))
            }
            _ => None,
        }
    }

    fn describe(&self, namespace: &str) -> String {
        if self.kind == "ServiceAccount" {
            return format!("ServiceAccount {:?}", format!("{}/{}", self.name, self.namespace(namespace)));
        }
        format!("{} {:?}", self.kind, self.name.as_str())
    }
}

#[cfg(test)]
mod tests;
