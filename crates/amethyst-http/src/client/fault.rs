//! Why a URL could not be fetched.

use std::fmt;
use std::io;
use std::sync::Arc;

use http::StatusCode;

use crate::error::HttpError;
use crate::url::Url;

/// A URL could not be fetched.
#[derive(Clone, Debug, thiserror::Error)]
#[error("failed to fetch `{url}`")]
pub struct FetchError {
    /// The URL that failed, after redirects, without secrets.
    pub url: String,
    /// Why.
    #[source]
    pub fault: FetchFault,
}

/// Why a URL could not be fetched.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchFault {
    /// No answer.
    #[error("{said}{hint}", said = .0, hint = hint_of(.0))]
    Transport(HttpError),
    /// The server, or what should prove it, cannot be used.
    #[error("{0}")]
    Target(String),
    /// An answer that is no success.
    #[error("the server answers {status}{}{}", spoken(said), status_hint(*status))]
    Status {
        /// The status.
        status: StatusCode,
        /// The beginning of the body, on one line.
        said: String,
        /// What `WWW-Authenticate` asks for.
        challenges: Vec<String>,
    },
    /// Redirected too often.
    #[error("stopped after {0} redirects")]
    Redirects(usize),
    /// Redirected to where we do not go.
    #[error("{0}\nhint: name the URL that is meant in the source's `url`")]
    Redirect(String),
    /// The body is longer than allowed.
    #[error("the answer is longer than the {limit} bytes that are allowed")]
    TooLong {
        /// The limit.
        limit: u64,
    },
    /// The body is not packed as it says.
    #[error("the answer's content encoding is broken: {0}")]
    Encoding(String),
    /// The body ended too early, again and again.
    #[error("the answer broke off after {got} bytes")]
    Cut {
        /// What came.
        got: u64,
    },
    /// What came could not be kept.
    #[error("failed to write what was fetched: {0}")]
    Write(Arc<io::Error>),
}

impl FetchError {
    pub(crate) fn new(url: &Url, fault: FetchFault) -> Self {
        Self { url: url.to_string(), fault }
    }

    /// The status, when there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        if let FetchFault::Status { status, .. } = &self.fault { Some(*status) } else { None }
    }

    /// Whether another try may help.
    pub(crate) fn is_transient(&self) -> bool {
        match &self.fault {
            FetchFault::Transport(error) => matches!(
                error,
                HttpError::Unresolved(_)
                    | HttpError::Connect { .. }
                    | HttpError::Closed
                    | HttpError::Deadline
            ),
            FetchFault::Cut { .. } => true,
            _ => false,
        }
    }
}

fn hint_of(error: &HttpError) -> &'static str {
    match error {
        HttpError::Gated { .. } => {
            "\nhint: this run may not reach that address; what was fetched before is used"
        }
        HttpError::Unresolved(_) | HttpError::Connect { .. } => {
            "\nhint: is the network up, and does HTTPS_PROXY say what it should?"
        }
        HttpError::Tls(_) => {
            "\nhint: a server with a certificate of your own needs its authority to be named"
        }
        HttpError::Proxy(_) => "\nhint: NO_PROXY names what is reached without the proxy",
        _ => "",
    }
}

fn status_hint(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 | 403 | 407 => {
            "\nhint: is the source private? Docker's config.json or a Secret can name who asks"
        }
        404 => "\nhint: is the name right, and is it public? some servers answer 404 for what is private",
        429 => "\nhint: the server wants fewer requests; try again later, or say who asks",
        500..=599 => "\nhint: the server is in trouble; try again later",
        _ => "",
    }
}

fn spoken(said: &str) -> Spoken<'_> {
    Spoken(said)
}

struct Spoken<'a>(&'a str);

impl fmt::Display for Spoken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}
