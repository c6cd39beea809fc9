//! Who may do what: roles and bindings of the store, followed and compiled.
//!
//! [`Access`] answers each question from an [`Index`] that is as new as the newest state anybody was shown:
//! before it answers, it takes in what the store has published since. Only that takes a lock, and only when
//! something was written; the index itself is a pointer that readers load. Members of `system:masters` may do
//! anything, as kubernetes `pkg/kubeapiserver/authorizer` has it; everything else is RBAC (kubernetes
//! `plugin/pkg/auth/authorizer/rbac`). This module writes nothing but what `policy` brings at start.

mod attributes;
pub(crate) mod escalation;
mod index;
pub(crate) mod policy;
mod rule;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use amethyst_store::{Cursor, Store};
use arc_swap::ArcSwap;

pub(crate) use attributes::{Attributes, Resource, Target};
pub(crate) use index::{GROUP, Index, Met, PREFIX, RoleRef};
pub(crate) use rule::{Rule, texts};

use crate::record::Entry;
use crate::status::{Reason, Status};
use crate::user::User;

/// The name of the authorizer, which stands before the reasons of a refusal.
const NAME: &str = "rbac";

/// The roles and bindings of a store, always as new as the store.
pub(crate) struct Access {
    index: ArcSwap<Index>,
    /// The revision that the index is of.
    seen: AtomicU64,
    /// The place in the store's history behind what the index holds; none before the first question.
    follower: Mutex<Option<Cursor<Entry>>>,
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) allowed: bool,
    /// Why, in upstream's words; mostly empty when it is refused.
    pub(crate) reason: String,
}

impl Default for Access {
    fn default() -> Self {
        Self { index: ArcSwap::default(), seen: AtomicU64::new(u64::MAX), follower: Mutex::new(None) }
    }
}

impl Access {
    /// The index of the newest state of the store.
    pub(crate) fn index(&self, store: &Store<Entry>) -> Arc<Index> {
        let newest = store.snapshot().revision().0;
        let seen = self.seen.load(Ordering::Acquire);
        if seen == u64::MAX || seen < newest {
            self.follow(store);
        }
        self.index.load_full()
    }

    /// Takes in what was published since.
    fn follow(&self, store: &Store<Entry>) {
        let mut follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let Some(cursor) = follower.as_mut() else {
                let snapshot = store.snapshot();
                self.index.store(Arc::new(Index::of(&snapshot)));
                self.seen.store(snapshot.revision().0, Ordering::Release);
                // A snapshot just taken is within history; if it no longer is, the next question tries again.
                *follower = store.watch(snapshot.revision()).ok();
                return;
            };
            let Ok(batch) = cursor.try_next() else {
                *follower = None;
                continue;
            };
            let ours = || batch.iter().filter(|event| event.key.as_str().starts_with(PREFIX));
            if ours().next().is_some() {
                let mut index = Index::clone(&self.index.load());
                for event in ours() {
                    index.note(event.key.as_str(), event.after.as_deref());
                }
                self.index.store(Arc::new(index));
            }
            if batch.is_empty() {
                self.seen.store(cursor.revision().0, Ordering::Release);
                return;
            }
        }
    }
}

/// Decides whether `user` may do what `attributes` say.
pub(crate) fn decide(index: &Index, user: &User, attributes: &Attributes<'_>) -> Decision {
    if user.is_master() {
        return Decision { allowed: true, reason: String::new() };
    }
    let (mut reason, mut missing) = (None, Vec::new());
    let _ = index.visit(user, attributes.namespace(), &mut |met| match met {
        Met::Rule(rule, binding, subject) if rule.allows(attributes) => {
            reason = Some(format!("RBAC: allowed by {}", binding.describe(subject)));
            ControlFlow::Break(())
        }
        Met::Rule(..) => ControlFlow::Continue(()),
        Met::Missing(role) => {
            missing.push(cached_missing(role));
            ControlFlow::Continue(())
        }
    });
    if let Some(reason) = reason {
        return Decision { allowed: true, reason };
    }
    let reason = aggregate(missing).map(|errors| format!("{NAME}: RBAC: {errors}")).unwrap_or_default();
    Decision { allowed: false, reason }
}

/// The refusal (kubernetes/apiserver `pkg/endpoints/handlers/responsewriters/errors.go`).
pub(crate) fn forbidden(user: &User, attributes: &Attributes<'_>, reason: &str) -> Status {
    let cannot =
        attributes.cannot(&user.name).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let why = if reason.is_empty() { cannot } else { format!("{cannot}: {reason}") };
    let Target::Resource(asked) = &attributes.target else {
        return Status::new(Reason::Forbidden, format!("forbidden: {why}")).with_details();
    };
    let (group, resource, name) = (asked.group, asked.resource, asked.name);
    let qualified = if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") };
    let what = if name.is_empty() { qualified } else { format!("{qualified} {name:?}") };
    Status::new(Reason::Forbidden, format!("{what} is forbidden: {why}")).about(group, resource, name)
}

/// The rules that apply to a user in a namespace, and what could not be found, as one error.
pub(crate) fn rules_for(
    index: &Index,
    user: &User,
    namespace: &str,
    missing: &dyn Fn(&RoleRef) -> String,
) -> (Vec<Rule>, Option<String>) {
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    let _ = index.visit(user, namespace, &mut |met| {
        match met {
            Met::Rule(rule, ..) => rules.push(rule.clone()),
            Met::Missing(role) => errors.push(missing(role)),
        }
        ControlFlow::Continue(())
    });
    (rules, aggregate(errors))
}

/// How the authorizer's cache says that there is no such role: with the singular.
pub(crate) fn cached_missing(role: &RoleRef) -> String {
    no_such(role, "role", "clusterrole")
}

/// How the registry says it: it always takes what is missing for one of the objects of the request.
pub(crate) fn stored_missing(role: &RoleRef, requested: &str) -> String {
    no_such(role, requested, requested)
}

fn no_such(role: &RoleRef, namespaced: &str, cluster: &str) -> String {
    let what = match role.kind.as_str() {
        "Role" => namespaced,
        "ClusterRole" => cluster,
        other => return format!("unsupported role reference kind: {other:?}"),
    };
    format!("{what}.{GROUP} {:?} not found", role.name.as_str())
}

/// Errors as one text, each once (kubernetes/apimachinery `pkg/util/errors`).
fn aggregate(errors: Vec<String>) -> Option<String> {
    let mut unique: Vec<String> = Vec::new();
    for error in errors {
        if !unique.contains(&error) {
            unique.push(error);
        }
    }
    match unique.len() {
        0 => None,
        1 => unique.pop(),
        _ => Some(format!("[{}]", unique.join(", "))),
    }
}

#[cfg(test)]
pub(crate) mod tests;
