//! What a request wants to do, in the words of authorization (kubernetes/apiserver
//! `pkg/authorization/authorizer`).

use std::borrow::Cow;

/// What is to be done, and with what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes<'a> {
    /// `get`, `impersonate`, ...; for paths the method in lower case.
    pub(crate) verb: &'a str,
    /// With what.
    pub(crate) target: Target<'a>,
}

/// What something is to be done with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// Resource.
    Resource(Resource<'a>),
    /// A path that is none of objects.
    Path(&'a str),
}

/// Which objects.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "the names are upstream's own")]
pub(crate) struct Resource<'a> {
    pub(crate) group: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) subresource: &'a str,
    /// Empty for none or all.
    pub(crate) namespace: &'a str,
    /// Empty for collections.
    pub(crate) name: &'a str,
}

impl<'a> Attributes<'a> {
    /// Something with objects.
    pub(crate) fn resource(verb: &'a str, resource: Resource<'a>) -> Self {
        Self { verb, target: Target::Resource(resource) }
    }

    /// The namespace that is asked about, empty for none.
    pub(crate) fn namespace(&self) -> &'a str {
        match self.target {
            Target::Resource(resource) => resource.namespace,
            Target::Path(_) => "",
        }
    }

    /// `User "x" cannot get resource "pods" in API group "" in the namespace "y"`.
    pub(crate) fn cannot(&self, user: &str) -> String {
        let verb = self.verb;
        match &self.target {
            Target::Path(path) => format!("User {user:?} cannot {verb} path {path:?}"),
            Target::Resource(asked) => {
                let resource = asked.whole();
                let scope = if asked.namespace.is_empty() {
                    Cow::Borrowed("at the cluster scope")
                } else {
                    Cow::Owned(format!("in the namespace {:?}", asked.namespace))
                };
                let group = asked.group;
                format!("User {user:?} cannot {verb} resource {resource:?} in API group {group:?} {scope}")
            }
        }
    }
}

impl Resource<'_> {
    /// `deployments/scale`.
    pub(crate) fn whole(&self) -> Cow<'_, str> {
        if self.subresource.is_empty() {
            Cow::Borrowed(self.resource)
        } else {
            Cow::Owned(format!("{}/{}", self.resource, self.subresource))
        }
    }
}
