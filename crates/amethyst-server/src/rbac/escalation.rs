//! Nobody gives what they do not have: the checks of writes to roles and bindings.
//!
//! As upstream (kubernetes `pkg/registry/rbac/*/policybased/storage.go`) they come before validation: a role's
//! rules must be covered by the writer's own unless the writer may `escalate`; a binding's role, unless the
//! writer may `bind` it. What only the garbage collector needs is always allowed.

use amethyst_object::{Map, Value};

use super::rule::{compacted, quoted, uncovered};
use super::{Attributes, GROUP, Index, Resource, RoleRef, Rule, decide, rules_for, stored_missing};
use crate::registry::metadata;
use crate::registry::write::{Attempt, Live, map};
use crate::status::{Reason, Status};
use crate::user::User;

/// What only the garbage collector needs to change.
const COLLECTED: [&str; 4] = ["ownerReferences", "finalizers", "selfLink", "managedFields"];

/// Checks a write of a Role or a ClusterRole.
pub(crate) fn role(attempt: &Attempt<'_>, new: &Map, live: Option<&Live>) -> Result<(), Status> {
    let call = attempt.call;
    if call.user.is_master() {
        return Ok(());
    }
    let index = attempt.registry.access();
    let plural = attempt.resource.gvr.resource.as_str();
    let resource = Resource {
        group: GROUP,
        resource: plural,
        subresource: "",
        namespace: &call.namespace,
        name: &call.name,
    };
    if decide(&index, &call.user, &Attributes::resource("escalate", resource)).allowed
        || live.is_some_and(|live| is_for_collector(new, live))
    {
        return Ok(());
    }
    let forbidden = |why: &str| forbidden(plural, metadata::text(new, "name"), why);
    let own = Own { index: &index, user: &call.user, namespace: &call.namespace, requested: plural };
    own.cover(&Rule::all_of(new)).map_err(|why| forbidden(&why))?;
    if aggregates(new) || live.is_some_and(|live| aggregates(map(&live.object))) {
        own.cover(&everything())
            .map_err(|_| forbidden("must have cluster-admin privileges to use the aggregationRule"))?;
    }
    Ok(())
}

/// Checks a write of a RoleBinding or a ClusterRoleBinding.
pub(crate) fn binding(attempt: &Attempt<'_>, new: &Map, live: Option<&Live>) -> Result<(), Status> {
    let call = attempt.call;
    if call.user.is_master() || live.is_some_and(|live| is_for_collector(new, live)) {
        return Ok(());
    }
    let index = attempt.registry.access();
    let reference = new.get("roleRef").cloned().unwrap_or_default();
    let role = RoleRef::of(&reference);
    if may_bind(
        &index,
        &call.user,
        &call.namespace,
        &role,
        reference.str_at(&["apiGroup"]).unwrap_or_default(),
    ) {
        return Ok(());
    }
    let plural = attempt.resource.gvr.resource.as_str();
    let rules = index.rules(&role, &call.namespace).ok_or_else(|| missing(&role, &call.namespace, plural))?;
    let own = Own { index: &index, user: &call.user, namespace: &call.namespace, requested: plural };
    own.cover(rules).map_err(|why| forbidden(plural, metadata::text(new, "name"), &why))
}

fn may_bind(index: &Index, user: &User, namespace: &str, role: &RoleRef, group: &str) -> bool {
    let resource = match role.kind.as_str() {
        "ClusterRole" => "clusterroles",
        "Role" => "roles",
        _ => return false,
    };
    let resource = Resource { group, resource, subresource: "", namespace, name: &role.name };
    decide(index, user, &Attributes::resource("bind", resource)).allowed
}

fn missing(role: &RoleRef, namespace: &str, plural: &str) -> Status {
    match role.kind.as_str() {
        "Role" if namespace.is_empty() => Status::bad_request("Namespace parameter required."),
        "Role" | "ClusterRole" => Status::not_found(GROUP, plural, &role.name),
        _ => Status::new(Reason::Unknown, stored_missing(role, plural)),
    }
}

/// The rules that a user has in a namespace.
struct Own<'a> {
    index: &'a Index,
    user: &'a User,
    namespace: &'a str,
    /// The plural of the kind that is written.
    requested: &'a str,
}

impl Own<'_> {
    /// Whether they cover `wanted`; if not, upstream's words for what is missing
    /// (kubernetes `pkg/registry/rbac/validation/rule.go`, `ConfirmNoEscalation`).
    fn cover(&self, wanted: &[Rule]) -> Result<(), String> {
        let missing_role = |role: &RoleRef| stored_missing(role, self.requested);
        let (own, error) = rules_for(self.index, self.user, self.namespace, &missing_role);
        let missing = uncovered(&own, wanted);
        if missing.is_empty() {
            return Ok(());
        }
        let mut lines: Vec<String> = compacted(missing).iter().map(Rule::compact).collect();
        lines.sort_unstable();
        lines.dedup();
        let mut why = format!(
            "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
            self.user.name,
            quoted(&self.user.groups),
            lines.join("\n")
        );
        if let Some(error) = error {
            why.push_str(&format!("; resolution errors: [{error}]"));
        }
        Err(why)
    }
}

/// What the use of an aggregation rule takes: it can gather anything.
fn everything() -> [Rule; 2] {
    let all = || vec!["*".into()];
    [
        Rule { verbs: all(), groups: all(), resources: all(), ..Rule::default() },
        Rule { verbs: all(), urls: all(), ..Rule::default() },
    ]
}

fn aggregates(role: &Map) -> bool {
    let selectors = role.get("aggregationRule").and_then(|rule| rule.get("clusterRoleSelectors"));
    selectors.and_then(Value::as_array).is_some_and(|list| !list.is_empty())
}

/// Whether nothing changes but what the garbage collector writes.
fn is_for_collector(new: &Map, live: &Live) -> bool {
    let bare = |object: &Map| {
        let mut object = object.clone();
        let metadata = object.object_mut("metadata");
        for key in COLLECTED {
            metadata.remove(key);
        }
        metadata.remove("resourceVersion");
        object
    };
    let version = metadata::text(new, "resourceVersion");
    version == live.stored.modified.to_string() && bare(new) == bare(map(&live.object))
}

fn forbidden(plural: &str, name: &str, why: &str) -> Status {
    let what =
        if name.is_empty() { format!("{plural}.{GROUP}") } else { format!("{plural}.{GROUP} {name:?}") };
    Status::new(Reason::Forbidden, format!("{what} is forbidden: {why}")).about(GROUP, plural, name)
}
