//! Large bodies, with what came already kept when a connection breaks.

use std::io;
use std::sync::Arc;

use http::header::{CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::{Answer, Client, Fetch, FetchError, FetchFault};
use crate::url::Url;

/// Where a body goes to.
pub trait Sink: Send {
    /// How many bytes are there already.
    fn len(&self) -> u64;
    /// Whether nothing is there yet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Takes the next bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Forgets all bytes; they come again from the beginning.
    fn restart(&mut self) -> io::Result<()>;
}

impl Sink for Vec<u8> {
    fn len(&self) -> u64 {
        self.len() as u64
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn restart(&mut self) -> io::Result<()> {
        self.clear();
        Ok(())
    }
}

/// Whether what came before may be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// What stands at the URL never changes, or is verified afterwards: what the sink holds counts.
    Same,
    /// Only what came in this call counts, and only while the server says that it is still the same.
    IfUnchanged,
}

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It begins, with so many bytes to come, when the server says so.
    Started {
        /// What is there already.
        already: u64,
        /// How much there will be in all.
        total: Option<u64>,
    },
    /// More bytes came.
    Advanced(u64),
}

/// A download that went well.
#[derive(Clone, Debug)]
pub struct Downloaded {
    /// False when the server says that it is still what `If-None-Match` named.
    pub changed: bool,
    /// The headers.
    pub headers: HeaderMap,
    /// What answered, after all redirects.
    pub url: Url,
}

impl Client {
    /// Writes a body to a sink, and goes on where it stopped when a connection breaks and the server can.
    pub async fn download(
        &self,
        fetch: &Fetch,
        resume: Resume,
        sink: &mut dyn Sink,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Downloaded, FetchError> {
        let written = |error| FetchError::new(&fetch.url, FetchFault::Write(Arc::new(error)));
        let retry = &self.inner.settings.retry;
        let mut validator: Option<HeaderValue> = None;
        if resume == Resume::IfUnchanged && !sink.is_empty() {
            sink.restart().map_err(written)?;
        }
        // Every turn but the first `tries_max` must have brought something, so this ends.
        let mut fruitless = 0;
        loop {
            let before = sink.len();
            let error = match self.try_download(fetch, resume, &mut validator, sink, progress).await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            fruitless = if sink.len() > before { 0 } else { fruitless + 1 };
            if !error.is_transient() || fruitless >= retry.tries_max || retry.tries_max == 1 {
                return Err(error);
            }
            self.clock().sleep(retry.pause(fruitless)).await;
        }
    }

    async fn try_download(
        &self,
        fetch: &Fetch,
        resume: Resume,
        validator: &mut Option<HeaderValue>,
        sink: &mut dyn Sink,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Downloaded, FetchError> {
        let written = |error| FetchError::new(&fetch.url, FetchFault::Write(Arc::new(error)));
        let mut asked = fetch.clone();
        let can_go_on = !fetch.gzip && (resume == Resume::Same || validator.is_some());
        if !sink.is_empty() && !can_go_on {
            sink.restart().map_err(written)?;
        }
        let at = sink.len();
        if at > 0
            && let Ok(range) = HeaderValue::from_str(&format!("bytes={at}-"))
        {
            asked.headers.insert(RANGE, range);
            if let Some(validator) = validator {
                asked.headers.insert(IF_RANGE, validator.clone());
            }
        }
        let mut answer = self.open(&asked).await?;
        if at > 0 && answer.status == StatusCode::RANGE_NOT_SATISFIABLE {
            // What is there is not the beginning of what stands there now.
            sink.restart().map_err(written)?;
            answer = self.open(fetch).await?;
        }
        if answer.status == StatusCode::NOT_MODIFIED {
            return Ok(Downloaded { changed: false, headers: answer.headers, url: answer.url });
        }
        let continued = answer.status == StatusCode::PARTIAL_CONTENT && goes_on_at(&answer.headers, at);
        if answer.status == StatusCode::PARTIAL_CONTENT && !continued {
            sink.restart().map_err(written)?;
            answer = self.open(fetch).await?;
        } else if answer.status == StatusCode::OK && !sink.is_empty() {
            sink.restart().map_err(written)?;
        }
        let mut answer = answer.success().await?;
        *validator = strong(&answer);
        let already = sink.len();
        let too_long = FetchFault::TooLong { limit: fetch.bytes_max };
        let total = answer.body.length().map(|length| length.saturating_add(already));
        if total.is_some_and(|total| total > fetch.bytes_max) {
            return Err(FetchError::new(&answer.url, too_long));
        }
        progress(Progress::Started { already, total });
        while let Some(piece) = answer.body.piece().await? {
            if sink.len() + piece.len() as u64 > fetch.bytes_max {
                return Err(FetchError::new(&answer.url, too_long));
            }
            sink.write(&piece).map_err(written)?;
            progress(Progress::Advanced(piece.len() as u64));
        }
        if total.is_some_and(|total| total != sink.len()) {
            return Err(FetchError::new(&answer.url, FetchFault::Cut { got: sink.len() }));
        }
        Ok(Downloaded { changed: true, headers: answer.headers, url: answer.url })
    }
}

/// `Content-Range: bytes 100-199/200` goes on at 100.
fn goes_on_at(headers: &HeaderMap, at: u64) -> bool {
    let range = headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let start =
        range.and_then(|range| range.trim().strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok());
    start == Some(at)
}

/// What the server calls this version, when that names the bytes. A packed body has another name.
fn strong(answer: &Answer) -> Option<HeaderValue> {
    let etag = answer.headers.get(ETAG)?;
    (etag.as_bytes().starts_with(b"\"") && !answer.body.is_packed()).then(|| etag.clone())
}
