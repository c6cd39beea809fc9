//! The server as a `tower` service: for clients in this process, and for connections.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};

use super::body::ResponseBody;
use super::{Inner, Origin};
use crate::user::User;

/// The server for one user of this process: no socket, no TLS. Only who holds a [`super::Server`] can make
/// one; no header can change who asks but those of impersonation, which asks the user's rights.
#[derive(Clone)]
pub struct InProcess {
    server: Arc<Inner>,
    user: Arc<User>,
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InProcess").field("user", &self.user.name).finish_non_exhaustive()
    }
}

impl InProcess {
    pub(super) fn new(server: Arc<Inner>, user: User) -> Self {
        Self { server, user: Arc::new(user) }
    }
}

impl<B> tower::Service<Request<B>> for InProcess
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (server, user) = (Arc::clone(&self.server), Arc::clone(&self.user));
        let audit_id = server.audit_id(request.headers());
        let origin = Origin { user: Ok(user), address: None, audit_id };
        Box::pin(async move { Ok(server.answer(request, origin).await) })
    }
}
