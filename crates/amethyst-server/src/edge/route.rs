//! From a request's words to the row of the catalog, or to 404 and 405.

use std::sync::Arc;

use amethyst_object::GroupVersionKind;

use crate::catalog::{Catalog, Resource};
use crate::request::{RequestInfo, Verb};
use crate::status::{Reason, Status};

/// What a request for objects leads to.
pub(crate) struct Route {
    /// The resource.
    pub(crate) resource: Arc<Resource>,
    /// The kind that bodies of this endpoint have.
    pub(crate) gvk: GroupVersionKind,
}

/// Finds the resource and checks that what is asked can be done with it.
pub(crate) fn route(catalog: &Catalog, info: &RequestInfo) -> Result<Route, Status> {
    let resource = catalog.resource(&info.group, &info.version, &info.resource).ok_or_else(not_found)?;
    if !place_exists(resource, info) {
        return Err(not_found());
    }
    let (verbs, gvk) = if info.subresource.is_empty() {
        (&resource.verbs, resource.gvk())
    } else {
        let subresource = resource.subresource(&info.subresource).ok_or_else(not_found)?;
        (&subresource.verbs, subresource.kind.clone())
    };
    let on_collection = info.name.is_empty();
    let fits = match info.verb {
        Verb::Create => on_collection || !info.subresource.is_empty(),
        Verb::List | Verb::DeleteCollection => on_collection,
        // The legacy `/watch/` prefix watches single objects too.
        Verb::Watch => true,
        Verb::Get | Verb::Update | Verb::Patch | Verb::Delete => !on_collection,
    };
    // Across namespaces one can only look.
    let everywhere = resource.namespaced && info.namespace.is_empty();
    let allowed = !everywhere || matches!(info.verb, Verb::List | Verb::Watch);
    if fits && allowed && verbs.contains(&info.verb.as_str()) {
        return Ok(Route { resource: Arc::clone(resource), gvk });
    }
    Err(not_allowed())
}

fn place_exists(resource: &Resource, info: &RequestInfo) -> bool {
    if resource.namespaced {
        !info.namespace.is_empty() || info.name.is_empty()
    } else {
        info.namespace.is_empty()
    }
}

/// Nothing is served here.
pub(crate) fn not_found() -> Status {
    Status::new(Reason::NotFound, "the server could not find the requested resource").with_details()
}

/// Something is served here, but not by this method.
pub(crate) fn not_allowed() -> Status {
    Status::new(Reason::MethodNotAllowed, "the server does not allow this method on the requested resource")
        .with_details()
}
