//! POST: new objects, and what is created below or without an object.

use super::write::{self, map_mut};
use super::{Body, Call, Outcome, Registry, decode, metadata, read, review, subresource, token};
use crate::admission;
use crate::status::Status;

pub(super) async fn create(registry: &Registry, call: &Call, mut body: Body) -> Result<Outcome, Status> {
    match call.subresource.as_str() {
        "" => {}
        "binding" | "eviction" => {
            admission::below(registry, call, &mut body.value).await?;
            return subresource::create(registry, call, body).await;
        }
        "token" => {
            admission::below(registry, call, &mut body.value).await?;
            return token::create(registry, call, body).await;
        }
        other => return Err(read::unserved(&call.resource, other)),
    }
    if review::is_review(&call.resource) {
        return review::answer(registry, call, body).await;
    }
    let mut object = decode::decode(call, body)?;
    metadata::wipe(map_mut(&mut object));
    decode::settle(call, &mut object, false)?;
    admission::account::wait(registry, call, &object).await;
    write::create(registry, call, &object).await
}
