//! The trait, and what a plugin is told and may say.

use amethyst_object::{GroupVersionKind, GroupVersionResource, Value};

use crate::{Denial, User};

/// What is done to the object (`admissionregistration.k8s.io` `OperationType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A new object, or what is created below one (`bindings`, `eviction`, `token`).
    Create,
    /// A change.
    Update,
    /// A deletion; there is no new object.
    Delete,
    /// A connection (`exec`, `proxy`, ...); the object is its options.
    Connect,
}

impl Operation {
    /// As upstream spells it: `CREATE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

/// What is asked for (`admission.Attributes`), without the new object, which plugins get on its own.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What is done.
    pub operation: Operation,
    /// The kind of the object (of a subresource's body where that is another).
    pub kind: &'a GroupVersionKind,
    /// The resource, in the version that was asked for.
    pub resource: &'a GroupVersionResource,
    /// The subresource, empty for none.
    pub subresource: &'a str,
    /// The namespace, empty for none.
    pub namespace: &'a str,
    /// The name; empty while it is still to be generated, and for collections.
    pub name: &'a str,
    /// Who asks.
    pub user: &'a User,
    /// Whether nothing will be written.
    pub dry_run: bool,
    /// The options of the request: `CreateOptions`, `UpdateOptions`, `PatchOptions`, `DeleteOptions`.
    pub options: &'a Value,
    /// The object as it stands; none for a create.
    pub old: Option<&'a Value>,
}

impl Request<'_> {
    /// Whether it is about this resource itself, in any version, and not about a subresource.
    pub fn is_for(&self, group: &str, plural: &str) -> bool {
        self.subresource.is_empty() && self.resource.group == group && self.resource.resource == plural
    }
}

/// What somebody may or may not do with a resource (`authorizer.Attributes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// `approve`, `use`, ...
    pub verb: &'a str,
    /// The API group.
    pub group: &'a str,
    /// The resource; it need not be one that is served.
    pub resource: &'a str,
    /// The subresource, empty for none.
    pub subresource: &'a str,
    /// The namespace, empty for none.
    pub namespace: &'a str,
    /// The name, empty for all.
    pub name: &'a str,
}

/// What a plugin may read: one state of the store, and who may do what.
pub trait View {
    /// The object of a resource in the version it is stored in, if it is there.
    fn get(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Value>;

    /// The objects of a resource; an empty namespace means all.
    fn list(&self, group: &str, plural: &str, namespace: &str) -> Vec<Value>;

    /// Whether the server's authorizer lets `user` do it.
    fn allows(&self, user: &User, question: &Question<'_>) -> bool;
}

/// What a plugin says besides yes and no.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Go out as `Warning` headers.
    pub warnings: Vec<String>,
    /// Annotations of the audit event, by `plugin/key`.
    pub audit: Vec<(String, String)>,
}

/// Changes or refuses writes.
pub trait Plugin: Send + Sync + std::fmt::Debug {
    /// The name, as upstream registers it: `LimitRanger`.
    fn name(&self) -> &'static str;

    /// Whether it has anything to say about such a request; asked of every write before anything else is done
    /// for it, when the options of the request are not known yet.
    fn handles(&self, request: &Request<'_>) -> bool;

    /// Changes the new object, or refuses it.
    fn mutate(
        &self,
        _request: &Request<'_>,
        _object: &mut Value,
        _view: &dyn View,
        _notes: &mut Notes,
    ) -> Result<(), Denial> {
        Ok(())
    }

    /// Refuses the outcome; `object` is none for deletions.
    fn validate(
        &self,
        _request: &Request<'_>,
        _object: Option<&Value>,
        _view: &dyn View,
        _notes: &mut Notes,
    ) -> Result<(), Denial> {
        Ok(())
    }
}
