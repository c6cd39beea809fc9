//! PUT: an object, its status, its scale.

use super::write::{self, Changed, Owners};
use super::{Body, Call, Outcome, Registry, decode, read, scale};
use crate::status::Status;
use crate::strategy;

pub(super) async fn update(registry: &Registry, call: &Call, body: Body) -> Result<Outcome, Status> {
    match call.subresource.as_str() {
        "scale" => return scale::update(registry, call, body).await,
        sub if !is_whole(sub) => return Err(read::unserved(&call.resource, sub)),
        _ => {}
    }
    let mut object = decode::decode(call, body)?;
    decode::settle(call, &mut object, true)?;
    let create = call.subresource.is_empty() && strategy::of(&call.resource).create_on_update;
    write::change(registry, call, create, |_, _| {
        Ok(Changed { object: object.clone(), owners: Owners::Track(None), replaced: true })
    })
    .await
}

/// Subresources that are written as the whole object.
pub(super) fn is_whole(subresource: &str) -> bool {
    matches!(subresource, "" | "status" | "finalize" | "approval" | "resize" | "ephemeralcontainers")
}
