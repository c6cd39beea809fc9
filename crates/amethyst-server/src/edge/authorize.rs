//! May the caller do that: what a request asks of the roles and bindings.

use std::borrow::Cow;

use http::Method;

use crate::rbac::{Attributes, Resource, Target};
use crate::request::{Asked, Query, RequestInfo, exact_match};

/// What a request asks for, as authorization sees it (kubernetes/apiserver `pkg/endpoints/request`).
pub(crate) struct Question<'a> {
    asked: &'a Asked,
    verb: Cow<'a, str>,
    /// The path as it was meant: without escapes.
    path: Cow<'a, str>,
    name: Cow<'a, str>,
}

impl<'a> Question<'a> {
    /// The question of a request.
    pub(crate) fn new(method: &Method, path: &'a str, query: &'a Query, asked: &'a Asked) -> Self {
        let path =
            if path.contains('%') { Cow::Owned(crate::request::decoded(path)) } else { Cow::Borrowed(path) };
        match asked {
            Asked::Objects(info) => {
                let one = || exact_match(query.first("fieldSelector")?, "metadata.name");
                let selected = if info.name.is_empty() && info.verb.chooses() { one() } else { None };
                let name = selected.map_or(Cow::Borrowed(info.name.as_str()), Cow::Owned);
                Self { asked, verb: info.verb.as_str().into(), path, name }
            }
            Asked::Other(_) => {
                let verb = method.as_str().to_ascii_lowercase();
                Self { asked, verb: verb.into(), path, name: Cow::Borrowed("") }
            }
        }
    }

    /// Which objects it is about, if it is about objects.
    pub(crate) fn info(&self) -> Option<&'a RequestInfo> {
        match self.asked {
            Asked::Objects(info) => Some(info),
            Asked::Other(_) => None,
        }
    }

    /// The same as attributes.
    pub(crate) fn attributes(&self) -> Attributes<'_> {
        let target = match self.asked {
            Asked::Objects(info) => {
                // A namespace lies in itself.
                let own = info.namespace.is_empty() && info.group.is_empty() && info.resource == "namespaces";
                let namespace = if own { &info.name } else { &info.namespace };
                Target::Resource(Resource {
                    group: &info.group,
                    resource: &info.resource,
                    subresource: &info.subresource,
                    namespace,
                    name: &self.name,
                })
            }
            Asked::Other(_) => Target::Path(&self.path),
        };
        Attributes { verb: &self.verb, target }
    }
}

#[cfg(test)]
mod tests;
