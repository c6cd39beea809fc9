//! The body of an answer, piece by piece.

use std::time::Duration;

use amethyst_clock::Clock;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::gunzip::Gunzip;
use super::{Fetch, FetchError, FetchFault};
use crate::error::HttpError;
use crate::url::Url;

/// How much of an error's body is shown.
const SAID_MAX: usize = 300;

/// The body of an answer. Bounded in length, in silence and in time.
#[derive(Debug)]
pub struct Body {
    incoming: Incoming,
    gunzip: Option<Gunzip>,
    url: Url,
    clock: Clock,
    deadline: Instant,
    idle: Duration,
    limit: u64,
    got: u64,
    length: Option<u64>,
}

impl Body {
    pub(crate) fn new(
        incoming: Incoming,
        headers: &HeaderMap,
        fetch: &Fetch,
        deadline: Instant,
        clock: Clock,
    ) -> Result<Self, FetchError> {
        let failed = |fault| Err(FetchError::new(&fetch.url, fault));
        let encoding =
            headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let gunzip = match encoding.trim().to_ascii_lowercase().as_str() {
            // Not asked for: some servers call an archive so, whose bytes are wanted as they are. As Helm.
            _ if !fetch.gzip => None,
            "" | "identity" => None,
            "gzip" | "x-gzip" => Some(Gunzip::new()),
            other => return failed(FetchFault::Encoding(format!("`{other}` was not asked for"))),
        };
        let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let length = if gunzip.is_some() { None } else { length };
        Ok(Self {
            incoming,
            gunzip,
            url: fetch.url.clone(),
            clock,
            deadline,
            idle: fetch.idle_timeout,
            limit: fetch.bytes_max,
            got: 0,
            length,
        })
    }

    /// How long it will be, when the server says so and nothing is taken off.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    pub(crate) fn is_packed(&self) -> bool {
        self.gunzip.is_some()
    }

    /// The next piece; none at the end.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, FetchError> {
        loop {
            let piece = match &mut self.gunzip {
                Some(gunzip) if !gunzip.is_hungry() => {
                    gunzip.piece().map_err(|why| FetchError::new(&self.url, FetchFault::Encoding(why)))?
                }
                _ => match self.raw().await? {
                    Some(piece) => match &mut self.gunzip {
                        Some(gunzip) => {
                            gunzip.feed(piece);
                            continue;
                        }
                        None => piece,
                    },
                    None if self.gunzip.as_ref().is_some_and(|gunzip| !gunzip.is_ended()) => {
                        return Err(FetchError::new(&self.url, FetchFault::Cut { got: self.got }));
                    }
                    None => return Ok(None),
                },
            };
            if piece.is_empty() {
                continue;
            }
            self.got += piece.len() as u64;
            if self.got > self.limit {
                return Err(FetchError::new(&self.url, FetchFault::TooLong { limit: self.limit }));
            }
            return Ok(Some(piece));
        }
    }

    async fn raw(&mut self) -> Result<Option<Bytes>, FetchError> {
        let failed = |error| FetchError::new(&self.url, FetchFault::Transport(error));
        loop {
            let until = self.deadline.min(self.clock.instant() + self.idle);
            let Ok(frame) = tokio::time::timeout_at(until, self.incoming.frame()).await else {
                return Err(failed(HttpError::Deadline));
            };
            match frame {
                None => return Ok(None),
                Some(Err(error)) => return Err(failed(HttpError::from_client(&error))),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    /// All that is left.
    pub async fn whole(&mut self) -> Result<Bytes, FetchError> {
        if self.length.is_some_and(|length| length > self.limit) {
            return Err(FetchError::new(&self.url, FetchFault::TooLong { limit: self.limit }));
        }
        let mut all = BytesMut::new();
        while let Some(piece) = self.piece().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    /// The beginning, on one line, for messages.
    pub(crate) async fn beginning(&mut self) -> String {
        let mut all = Vec::new();
        while all.len() < SAID_MAX
            && let Ok(Some(piece)) = self.piece().await
        {
            all.extend_from_slice(&piece);
        }
        let text = String::from_utf8_lossy(&all);
        let printable = text.chars().map(|character| if character.is_control() { ' ' } else { character });
        let line = printable.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        // A page for browsers says nothing that helps here.
        if line.starts_with('<') { String::new() } else { line.chars().take(SAID_MAX).collect() }
    }
}
