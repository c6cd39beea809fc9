//! Reading: one object, or a list. Objects leave as the bytes they are stored in.

mod page;

use std::sync::Arc;

use amethyst_object::{FieldPath, Str};
use amethyst_schema::Fault;
use amethyst_store::{Revision, Stored};

use super::metadata::refuse;
use super::select::Selection;
use super::{Call, Page, Registry, Rendered, convert, scale};
use crate::catalog::Resource;
use crate::record::Entry;
use crate::request::ListOptions;
use crate::status::{Cause, Reason, Status};

/// Which keys a list or a watch looks at, and what it selects of them.
pub(super) struct Span {
    /// All keys begin with this.
    pub(super) prefix: String,
    /// The one key that can match, if selectors name it.
    exact: Option<String>,
    /// What is selected.
    pub(super) selection: Selection,
}

impl Span {
    pub(super) fn new(call: &Call, options: &ListOptions) -> Result<Self, Status> {
        let resource = &call.resource;
        let selection = Selection::parse(resource, options)?;
        let mut namespace = call.namespace.clone();
        if namespace.is_empty() && resource.namespaced {
            namespace = selection.namespace.clone().unwrap_or_default();
        }
        let storage = &resource.storage;
        // A list within one object's name comes of the request's path, too (`watch` of one name).
        let name = selection.name.clone().or_else(|| (!call.name.is_empty()).then(|| call.name.clone()));
        let exact = name
            .filter(|_| !resource.namespaced || !namespace.is_empty())
            .map(|name| storage.key(&namespace, &name));
        let prefix = match &exact {
            Some(key) => key.clone(),
            None if namespace.is_empty() => storage.prefix(),
            None => storage.namespace_prefix(&namespace),
        };
        Ok(Self { prefix, exact, selection })
    }

    pub(super) fn matches(&self, key: &str, record: &Entry) -> bool {
        self.exact.as_ref().is_none_or(|exact| exact == key) && self.selection.matches(record)
    }
}

/// Reads one object.
pub(super) fn get(registry: &Registry, call: &Call, resource_version: &str) -> Result<Rendered, Status> {
    let snapshot = registry.store().snapshot();
    let wanted = parse_revision(resource_version)?;
    if wanted > snapshot.revision() {
        return Err(too_large(wanted, snapshot.revision()));
    }
    let resource = &call.resource;
    let stored = snapshot
        .get(&resource.storage.key(&call.namespace, &call.name))
        .ok_or_else(|| not_found(resource, &call.name))?;
    match call.subresource.as_str() {
        "" | "status" | "approval" | "resize" | "ephemeralcontainers" => Ok(render(resource, stored)),
        "scale" => scale::get(registry, resource, stored),
        other => Err(unserved(resource, other)),
    }
}

/// Lists objects.
pub(super) fn list(registry: &Registry, call: &Call, options: &ListOptions) -> Result<Page, Status> {
    validate_options(options, false)?;
    page::list(registry, call, options)
}

/// An object as a resource serves it.
pub(crate) fn render(resource: &Resource, stored: &Stored<Entry>) -> Rendered {
    let record = convert::outgoing(resource, stored);
    let api_version = convert::other_version(resource, &record);
    Rendered::new(record, stored.modified, api_version)
}

/// An object that is not stored, as a dry run leaves it.
pub(crate) fn render_new(resource: &Resource, record: Entry, revision: Revision) -> Rendered {
    let record = Arc::new(record);
    // It was shaped a moment ago, whatever revision it goes out with.
    let stored =
        Stored { record: Arc::clone(&record), created: Revision(u64::MAX), modified: Revision(u64::MAX) };
    let record = convert::outgoing(resource, &stored);
    let api_version = convert::other_version(resource, &record);
    Rendered::new(record, revision, api_version)
}

pub(crate) fn not_found(resource: &Resource, name: &str) -> Status {
    Status::not_found(&resource.gvr.group, &resource.gvr.resource, name)
}

/// The answer to a subresource that discovery lists but this version does not serve.
pub(crate) fn unserved(resource: &Resource, subresource: &str) -> Status {
    let message =
        format!("the subresource {}/{subresource} is not served by this version", resource.gvr.resource);
    Status::new(Reason::MethodNotAllowed, message).about(&resource.gvr.group, &resource.gvr.resource, "")
}

/// Reads a `resourceVersion` of a request; none and `0` are 0.
pub(super) fn parse_revision(text: &str) -> Result<Revision, Status> {
    if text.is_empty() {
        return Ok(Revision(0));
    }
    text.parse().map(Revision).map_err(|_| {
        let why = format!("strconv.ParseUint: parsing {text:?}: invalid syntax");
        Status::new(Reason::Unknown, format!("resourceVersion: Invalid value: {text:?}: {why}"))
    })
}

/// The revision has not happened yet.
pub(super) fn too_large(wanted: Revision, current: Revision) -> Status {
    let cause = "ResourceVersionTooLarge";
    Status::new(Reason::Timeout, format!("Too large resource version: {wanted}, current: {current}"))
        .causes(vec![Cause {
            reason: cause,
            message: "Too large resource version".into(),
            field: String::new(),
        }])
        .retry_after(1)
}

/// The history is no longer kept.
pub(super) fn too_old(wanted: Revision, oldest: Revision) -> Status {
    Status::new(Reason::Expired, format!("too old resource version: {wanted} ({oldest})"))
}

/// Refuses options that contradict each other, as upstream's `ValidateListOptions`.
pub(super) fn validate_options(options: &ListOptions, watch: bool) -> Result<(), Status> {
    let at = |key: &str| FieldPath::of([Str::from(key)]);
    let (matching, initial) = (options.resource_version_match.as_str(), options.send_initial_events);
    let mut faults = Vec::new();
    let mut forbid = |key: &str, why: &str| faults.push(Fault::forbidden(at(key), why));
    let field = "resourceVersionMatch";
    if watch && initial.is_some() && matching != "NotOlderThan" {
        forbid(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if !watch && initial.is_some() {
        forbid("sendInitialEvents", "sendInitialEvents is forbidden for list");
    }
    if !matching.is_empty() {
        if watch && initial.is_none() {
            forbid(field, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        }
        if !watch && options.resource_version.is_empty() {
            forbid(field, "resourceVersionMatch is forbidden unless resourceVersion is provided");
        }
        if !options.continue_token.is_empty() {
            forbid(field, "resourceVersionMatch is forbidden when continue is provided");
        }
        if !watch && matching == "Exact" && options.resource_version == "0" {
            forbid(field, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        }
        let supported: &[&str] = if watch { &["NotOlderThan"] } else { &["Exact", "NotOlderThan", ""] };
        if !supported.contains(&matching) {
            faults.push(Fault::not_supported(at(field), matching, supported));
        }
    }
    refuse("meta.k8s.io", "ListOptions", "", faults)
}
