//! Who asks: a client certificate.

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::authorize::{UNAUTHENTICATED, is_public};
use super::tls::Peer;
use crate::status::{Reason, Status};
use crate::user::User;

/// Who is behind a network connection. A stranger passes only to what everybody may read; tokens are not
/// served yet, and a wrong credential is never taken for none.
pub(crate) fn of_connection(peer: &Peer, headers: &HeaderMap, path: &str) -> Result<Arc<User>, Status> {
    if headers.contains_key(AUTHORIZATION) {
        return Err(unauthorized());
    }
    match peer.user() {
        Some(user) => Ok(user),
        None if is_public(path) => Ok(Arc::new(User {
            name: "system:anonymous".to_owned(),
            groups: vec![UNAUTHENTICATED.to_owned()],
            ..User::default()
        })),
        None => Err(unauthorized()),
    }
}

fn unauthorized() -> Status {
    Status::new(Reason::Unauthorized, "Unauthorized")
}
