//! Who may do what. One small trait, so that RBAC can take its place; until then members of
//! `system:masters` may do everything, other users read discovery, and strangers ask about health.

use std::sync::Arc;

use http::Method;

use crate::identity::{CONFIGURATION_PATH, JWKS_PATH};
use crate::request::{Asked, RequestInfo};
use crate::status::{Reason, Status};
use crate::user::{UNAUTHENTICATED, User};

/// Decides about requests.
pub trait Authorizer: Send + Sync + std::fmt::Debug {
    /// Whether `user` may do what `attributes` say.
    fn allows(&self, user: &User, attributes: &Attributes<'_>) -> bool;
}

/// What a request wants to do.
#[derive(Clone, Copy, Debug)]
pub enum Attributes<'a> {
    /// Something with objects.
    Objects(&'a RequestInfo),
    /// A request to another path.
    Path {
        /// `get`, `post`, ...
        verb: &'a str,
        /// The path.
        path: &'a str,
    },
}

/// The rights that exist before RBAC does.
#[derive(Clone, Copy, Debug, Default)]
pub struct MastersOnly;

impl Authorizer for MastersOnly {
    fn allows(&self, user: &User, attributes: &Attributes<'_>) -> bool {
        if user.is_master() {
            return true;
        }
        match attributes {
            Attributes::Path { verb: "get" | "head", path } => {
                is_public(path)
                    || (user.groups.iter().all(|group| group != UNAUTHENTICATED) && is_discovery(path))
            }
            Attributes::Path { .. } => false,
            Attributes::Objects(info) => asks_about_itself(info),
        }
    }
}

/// What upstream's `system:public-info-viewer` lets everybody read, and the documents by which others verify
/// our tokens.
fn is_public(path: &str) -> bool {
    matches!(path.trim_end_matches('/'), "/healthz" | "/livez" | "/readyz" | "/version")
        || matches!(path, CONFIGURATION_PATH | JWKS_PATH)
}

/// What upstream's `system:discovery` lets every authenticated user read.
fn is_discovery(path: &str) -> bool {
    ["/api", "/apis", "/openapi"]
        .iter()
        .any(|root| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// What upstream's `system:basic-user` lets every authenticated user create.
fn asks_about_itself(info: &RequestInfo) -> bool {
    let resource = (info.group.as_str(), info.resource.as_str());
    info.verb == crate::request::Verb::Create
        && matches!(
            resource,
            ("authorization.k8s.io", "selfsubjectaccessreviews" | "selfsubjectrulesreviews")
                | ("authentication.k8s.io", "selfsubjectreviews")
        )
}

/// Lets a request pass or says, in upstream's words, why not.
pub(crate) fn check(
    authorizer: &Arc<dyn Authorizer>,
    user: &User,
    method: &Method,
    path: &str,
    asked: &Asked,
) -> Result<(), Status> {
    let verb = method.as_str().to_ascii_lowercase();
    let attributes = match asked {
        Asked::Objects(info) => Attributes::Objects(info),
        Asked::Other(_) => Attributes::Path { verb: &verb, path },
    };
    if authorizer.allows(user, &attributes) {
        return Ok(());
    }
    Err(forbidden(user, &attributes))
}

fn forbidden(user: &User, attributes: &Attributes<'_>) -> Status {
    let name = &user.name;
    let info = match attributes {
        Attributes::Path { verb, path } => {
            let message = format!("forbidden: User {name:?} cannot {verb} path {path:?}");
            return Status::new(Reason::Forbidden, message).with_details();
        }
        Attributes::Objects(info) => info,
    };
    let qualified = if info.group.is_empty() {
        info.resource.to_string()
    } else {
        format!("{}.{}", info.resource, info.group)
    };
    let what = if info.name.is_empty() { qualified } else { format!("{qualified} \"{}\"", info.name) };
    let resource = if info.subresource.is_empty() {
        info.resource.to_string()
    } else {
        format!("{}/{}", info.resource, info.subresource)
    };
    let scope = if info.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{}\"", info.namespace)
    };
    let message = format!(
        "{what} is forbidden: User {name:?} cannot {} resource \"{resource}\" in API group \"{}\" {scope}",
        info.verb.as_str(),
        info.group
    );
    Status::new(Reason::Forbidden, message).about(&info.group, &info.resource, &info.name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Method;

    use super::{Authorizer, MastersOnly, check};
    use crate::request::{Asked, Query};
    use crate::user::User;

    fn verdict(user: &User, method: &Method, path: &str) -> String {
        let authorizer: Arc<dyn Authorizer> = Arc::new(MastersOnly);
        let asked = Asked::read(method, path, &Query::default());
        check(&authorizer, user, method, path, &asked)
            .map_or_else(|status| status.to_string(), |()| "ok".into())
    }

    /// The messages are kube-apiserver 1.37.2's.
    #[test]
    fn refusals_are_upstreams() {
        let jane = User {
            name: "jane".into(),
            groups: vec!["dev".into(), "system:authenticated".into()],
            ..User::default()
        };
        let check =
            |method: Method, path: &str, expect: &str| assert_eq!(verdict(&jane, &method, path), expect);
        check(
            Method::GET,
            "/api/v1/namespaces/default/configmaps",
            "configmaps is forbidden: User \"jane\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\"",
        );
        check(
            Method::GET,
            "/api/v1/nodes",
            "nodes is forbidden: User \"jane\" cannot list resource \"nodes\" in API group \"\" at the cluster scope",
        );
        check(
            Method::GET,
            "/apis/apps/v1/namespaces/default/deployments/x/scale",
            "deployments.apps \"x\" is forbidden: User \"jane\" cannot get resource \"deployments/scale\" in API group \"apps\" in the namespace \"default\"",
        );
        check(Method::GET, "/metrics", "forbidden: User \"jane\" cannot get path \"/metrics\"");
        check(Method::GET, "/apis", "ok");
        check(Method::GET, "/apisx", "forbidden: User \"jane\" cannot get path \"/apisx\"");
        check(Method::GET, "/readyz", "ok");
        check(Method::POST, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "ok");
        assert_eq!(verdict(&User::in_process("x"), &Method::GET, "/metrics"), "ok");
    }
}
