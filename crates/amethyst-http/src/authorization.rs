//! Who asks.

use amethyst_diag::Redacted;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

/// The value of an `Authorization` header; never printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// A name and a password.
    Basic {
        /// The name.
        name: String,
        /// The password.
        password: Redacted<String>,
    },
    /// A token.
    Bearer(Redacted<String>),
}

impl Authorization {
    /// The header's value, marked as sensitive; none when a header cannot hold it.
    pub fn header(&self) -> Option<HeaderValue> {
        let text = match self {
            Self::Basic { name, password } => {
                format!("Basic {}", STANDARD.encode(format!("{name}:{}", password.expose())))
            }
            Self::Bearer(token) => format!("Bearer {}", token.expose()),
        };
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}
