//! Paths: which objects a request is about.

use amethyst_object::Str;
use http::Method;

use super::query::{Query, decode};
use super::{RequestInfo, Verb};

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Objects: `/api/v1/...`, `/apis/<group>/<version>/...`.
    Objects(RequestInfo),
    /// Anything else: health, discovery, OpenAPI, ...; the decoded segments of the path.
    Other(Vec<String>),
}

/// What follows a namespace's name and is no resource in it.
const NAMESPACE_SUBRESOURCES: [&str; 2] = ["status", "finalize"];

impl Asked {
    /// Whether the answer goes on for as long as the client listens.
    pub(crate) fn is_watch(&self) -> bool {
        matches!(self, Self::Objects(info) if info.verb == Verb::Watch)
    }

    /// Reads a request's method, path and query as kubernetes/apiserver `pkg/endpoints/request` does.
    /// Segments behind the subresource are left out: only `proxy` takes them, which is not served.
    pub fn read(method: &Method, path: &str, query: &Query) -> Self {
        let parts: Vec<String> =
            path.split('/').filter(|part| !part.is_empty()).map(|part| decode(part, false)).collect();
        match Self::objects(method, &parts, query) {
            Some(info) => Self::Objects(info),
            None => Self::Other(parts),
        }
    }

    fn objects(method: &Method, parts: &[String], query: &Query) -> Option<RequestInfo> {
        let (group, version, mut rest) = match parts {
            [api, version, rest @ ..] if api == "api" && !rest.is_empty() => ("", version, rest),
            [apis, group, version, rest @ ..] if apis == "apis" && !rest.is_empty() => {
                (group.as_str(), version, rest)
            }
            _ => return None,
        };
        // `/api/v1/watch/...`, which old clients still write.
        let watch_prefix = rest[0] == "watch" && rest.len() > 1;
        if watch_prefix {
            rest = &rest[1..];
        }
        let mut namespace = "";
        if rest[0] == "namespaces" && rest.len() > 1 {
            namespace = &rest[1];
            if rest.len() > 2 && !NAMESPACE_SUBRESOURCES.contains(&rest[2].as_str()) {
                rest = &rest[2..];
            } else {
                // The namespace itself: cluster-scoped, so its name is not its namespace.
                namespace = "";
            }
        }
        let part = |at: usize| rest.get(at).map(|part| Str::from(part.as_str())).unwrap_or_default();
        let (resource, name, subresource) = (part(0), part(1), part(2));
        let verb = verb(method, watch_prefix, name.is_empty(), query)?;
        Some(RequestInfo {
            verb,
            group: group.into(),
            version: version.as_str().into(),
            resource,
            subresource,
            namespace: namespace.into(),
            name,
        })
    }
}

fn verb(method: &Method, watch_prefix: bool, collection: bool, query: &Query) -> Option<Verb> {
    let watches = || query.flag("watch").unwrap_or(false);
    match *method {
        Method::GET if watch_prefix => Some(Verb::Watch),
        Method::GET if !collection => Some(Verb::Get),
        Method::GET if watches() => Some(Verb::Watch),
        Method::GET => Some(Verb::List),
        Method::POST => Some(Verb::Create),
        Method::PUT => Some(Verb::Update),
        Method::PATCH => Some(Verb::Patch),
        Method::DELETE if collection => Some(Verb::DeleteCollection),
        Method::DELETE => Some(Verb::Delete),
        _ => None,
    }
}
