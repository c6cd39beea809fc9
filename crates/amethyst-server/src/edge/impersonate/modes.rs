//! The modes of impersonation, in the order they are tried.

use amethyst_validation::names;

use super::{Request, complete};
use crate::rbac::{Attributes, Resource, Target};
use crate::status::Status;
use crate::user::{MASTERS, User, service_account_groups};

/// From how many checks on one that covers all is tried first.
const MANY: usize = 4;
const AUTHENTICATION: &str = "authentication.k8s.io";
/// Where the extra of a ServiceAccount's token tells its node.
const NODE_NAME: &str = "authentication.kubernetes.io/node-name";

/// A way to speak for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// A ServiceAccount for the node it runs on.
    AssociatedNode,
    /// Anybody for a node.
    ArbitraryNode,
    /// Anybody for a ServiceAccount.
    ServiceAccount,
    /// Anybody for any other user.
    UserInfo,
    /// The older verb, for all of them.
    Legacy,
}

/// All modes.
pub(super) const MODES: [Mode; 5] =
    [Mode::AssociatedNode, Mode::ArbitraryNode, Mode::ServiceAccount, Mode::UserInfo, Mode::Legacy];

impl Mode {
    /// The verb that allowed it, as the audit log tells it.
    pub(super) fn constraint(self) -> String {
        if self == Self::Legacy { String::new() } else { self.verb() }
    }

    /// Who the request is made for, if the mode is for such users.
    pub(super) fn check(self, request: &Request<'_>, wanted: &User) -> Result<Option<User>, Status> {
        if !self.is_for(wanted, request.caller) {
            return Ok(None);
        }
        if self != Self::Legacy {
            let verb = format!("impersonate-on:{}:{}", self.name(), request.attributes.verb);
            request.check(&Attributes { verb: &verb, target: request.attributes.target })?;
        }
        let mut user = wanted.clone();
        self.check_name(request, wanted, &mut user)?;
        if !wanted.uid.is_empty() {
            self.check_one(request, (AUTHENTICATION, "uids", ""), &wanted.uid)?;
        }
        self.check_groups(request, &wanted.groups)?;
        self.check_extra(request, wanted)?;
        Ok(Some(complete(user)))
    }

    fn name(self) -> &'static str {
        match self {
            Self::AssociatedNode => "associated-node",
            Self::ArbitraryNode => "arbitrary-node",
            Self::ServiceAccount => "serviceaccount",
            Self::UserInfo => "user-info",
            Self::Legacy => "",
        }
    }

    fn verb(self) -> String {
        if self == Self::Legacy { "impersonate".to_owned() } else { format!("impersonate:{}", self.name()) }
    }

    /// The group of users and groups, which the older verb knew as core kinds.
    fn group(self) -> &'static str {
        if self == Self::Legacy { "" } else { AUTHENTICATION }
    }

    fn is_for(self, wanted: &User, caller: &User) -> bool {
        let only_name = wanted.uid.is_empty() && wanted.groups.is_empty() && wanted.extra.is_empty();
        let (node, account) = (node(&wanted.name), account(&wanted.name).is_some());
        match self {
            Self::AssociatedNode => {
                let own = caller.extra.get(NODE_NAME).map(Vec::as_slice);
                let is_own = node.is_some_and(|node| own.is_some_and(|own| own == [node]));
                only_name && is_own && self::account(&caller.name).is_some()
            }
            Self::ArbitraryNode => only_name && node.is_some(),
            Self::ServiceAccount => only_name && account,
            Self::UserInfo => node.is_none() && !account,
            Self::Legacy => true,
        }
    }

    fn check_name(self, request: &Request<'_>, wanted: &User, user: &mut User) -> Result<(), Status> {
        let verb = self.verb();
        let mut resource =
            Resource { group: self.group(), resource: "users", name: &wanted.name, ..Resource::default() };
        if self != Self::Legacy
            && let Some(node) = node(&wanted.name)
        {
            resource.resource = "nodes";
            resource.name = if self == Self::AssociatedNode { "*" } else { node };
            user.groups = vec!["system:nodes".to_owned()];
        }
        if let Some((namespace, name)) = account(&wanted.name) {
            resource = Resource { resource: "serviceaccounts", namespace, name, ..resource };
            if wanted.groups.is_empty() {
                user.groups = service_account_groups(namespace);
            }
        }
        request.check(&Attributes::resource(&verb, resource))
    }

    fn check_groups(self, request: &Request<'_>, groups: &[String]) -> Result<(), Status> {
        let groups_of = (self.group(), "groups", "");
        if self != Self::Legacy {
            if groups.iter().any(String::is_empty) {
                return Err(self.refuse(
                    request,
                    groups_of,
                    "",
                    "impersonating the empty string group is not allowed",
                ));
            }
            if groups.iter().any(|group| group == MASTERS) {
                let why = "impersonating the system:masters group is not allowed";
                return Err(self.refuse(request, groups_of, MASTERS, why));
            }
            if groups.len() >= MANY && self.check_one(request, groups_of, "*").is_ok() {
                return Ok(());
            }
        }
        groups.iter().try_for_each(|group| self.check_one(request, groups_of, group))
    }

    fn check_extra(self, request: &Request<'_>, wanted: &User) -> Result<(), Status> {
        let extra = &wanted.extra;
        if self != Self::Legacy {
            for (key, values) in extra {
                if let Some(why) = illegal_extra(key, values) {
                    return Err(self.refuse(request, (AUTHENTICATION, "userextras", ""), "", &why));
                }
            }
            let many = extra.len() >= MANY || extra.values().map(Vec::len).sum::<usize>() >= MANY;
            if many && self.check_one(request, (AUTHENTICATION, "userextras", "*"), "*").is_ok() {
                return Ok(());
            }
        }
        for (key, values) in extra {
            for value in values {
                self.check_one(request, (AUTHENTICATION, "userextras", key), value)?;
            }
        }
        Ok(())
    }

    fn check_one(self, request: &Request<'_>, of: (&str, &str, &str), name: &str) -> Result<(), Status> {
        request.check(&Attributes::resource(&self.verb(), resource(of, name)))
    }

    fn refuse(self, request: &Request<'_>, of: (&str, &str, &str), name: &str, why: &str) -> Status {
        request.refuse(&Attributes { verb: &self.verb(), target: Target::Resource(resource(of, name)) }, why)
    }
}

fn resource<'a>((group, resource, subresource): (&'a str, &'a str, &'a str), name: &'a str) -> Resource<'a> {
    Resource { group, resource, subresource, namespace: "", name }
}

/// The node of a node's user name.
fn node(user: &str) -> Option<&str> {
    user.strip_prefix("system:node:").filter(|name| names::subdomain(name).is_empty())
}

/// Namespace and name of a ServiceAccount's user name.
fn account(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    (names::label(namespace).is_empty() && names::subdomain(name).is_empty()).then_some((namespace, name))
}

/// What is wrong with an extra of a constrained mode.
fn illegal_extra(key: &str, values: &[String]) -> Option<String> {
    if key.is_empty() {
        return Some("impersonating the empty string key in extra is not allowed".to_owned());
    }
    let why = |why: String| format!("impersonating an invalid key in extra is not allowed: extra.key: {why}");
    let (domain, path) = key.split_once('/').unwrap_or((key, ""));
    if domain == key || domain.is_empty() || path.is_empty() {
        let how = "must be a domain-prefixed path (such as \"acme.io/foo\")";
        return Some(why(format!("Invalid value: {key:?}: {how}")));
    }
    if let Some(first) = names::subdomain(domain).into_iter().next() {
        return Some(why(format!("Invalid value: {domain:?}: {first}")));
    }
    if key != key.to_lowercase() {
        return Some(format!("impersonating a non-lowercase key in extra is not allowed: {key:?}"));
    }
    if values.is_empty() {
        return Some("impersonating empty values in extra is not allowed".to_owned());
    }
    let empty = values.iter().any(String::is_empty);
    empty.then(|| "impersonating the empty string value in extra is not allowed".to_owned())
}
