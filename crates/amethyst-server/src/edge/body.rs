//! Bodies of answers: bytes at hand, or the frames of a watch.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt};
use http_body::{Frame, SizeHint};

use crate::audit::Guard;

/// The body of an answer.
pub struct ResponseBody(Inner, Option<Guard>);

enum Inner {
    Full(Option<Bytes>),
    /// Frames are pulled by the connection one at a time, so a slow client holds none of them in memory.
    Frames(BoxStream<'static, Bytes>),
}

impl std::fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Inner::Full(bytes) => f.debug_tuple("Full").field(&bytes.as_ref().map_or(0, Bytes::len)).finish(),
            Inner::Frames(_) => f.write_str("Frames"),
        }
    }
}

impl ResponseBody {
    /// A body of bytes.
    pub(crate) fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self(Inner::Full((!bytes.is_empty()).then_some(bytes)), None)
    }

    /// The bytes of a body that is there as a whole and was not sent yet.
    pub(crate) fn bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Inner::Full(bytes) => bytes.as_ref(),
            Inner::Frames(_) => None,
        }
    }

    /// A body that comes as it is made.
    pub(crate) fn frames(frames: BoxStream<'static, Bytes>) -> Self {
        Self(Inner::Frames(frames), None)
    }

    /// Keeps what tells the end of the request until the body has been sent.
    pub(crate) fn hold(&mut self, end: Guard) {
        self.1 = Some(end);
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Inner::Full(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Inner::Frames(frames) => {
                frames.poll_next_unpin(context).map(|frame| frame.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Inner::Full(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Inner::Frames(_) => SizeHint::default(),
        }
    }
}
