//! References: `oci://host/path:tag` and `oci://host/path@sha256:...`.

use std::fmt;

use amethyst_http::{Url, without_secrets};

use crate::docker_config::is_hub;
use crate::fault::ChartFault;

/// A repository of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// Host and port as they were written: `ghcr.io`.
    pub(crate) registry: String,
    /// The path: `bjw-s-labs/helm/app-template`.
    pub(crate) path: String,
    insecure: bool,
}

/// Which manifest of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    Tag(String),
    Digest(String),
}

impl Repository {
    /// Reads `oci://host/path`; a tag or digest in it is refused, as Flux refuses it.
    pub(crate) fn parse(url: &str, insecure: bool) -> Result<Self, ChartFault> {
        let (repository, selector) = Self::parse_reference(url, insecure)?;
        match selector {
            None => Ok(repository),
            Some(selector) => Err(ChartFault::Url(format!(
                "`{}` must not contain a tag or digest; take `{selector}` out of it",
                without_secrets(url)
            ))),
        }
    }

    /// Reads `oci://host/path`, with `:tag` or `@digest` when there is one.
    pub(crate) fn parse_reference(url: &str, insecure: bool) -> Result<(Self, Option<Selector>), ChartFault> {
        let wrong = |why: &str| ChartFault::Url(format!("`{}` {why}", without_secrets(url)));
        let text = url.trim().strip_prefix("oci://").ok_or_else(|| wrong("does not begin with oci://"))?;
        let text = text.trim_end_matches('/');
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) if digest.contains(':') => (name, Some(digest)),
            Some(_) => return Err(wrong("must not name who asks; that belongs into a Secret")),
            None => (text, None),
        };
        let (first, rest) = name.split_once('/').unwrap_or((name, ""));
        let has_host = first.contains(['.', ':']) || first == "localhost" || first.starts_with('[');
        let (registry, path) = if has_host { (first, rest) } else { ("index.docker.io", name) };
        let (path, tag) = match path.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (path, None),
        };
        let mut path = path.to_owned();
        if is_hub(registry) && !path.contains('/') {
            path = format!("library/{path}");
        }
        let component = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
                && !part.bytes().all(|byte| byte == b'.')
        };
        if path.len() > 255 || !path.split('/').all(component) {
            return Err(wrong(
                "names no repository: its path is made of lower-case letters, digits, `.`, `_` and `-`",
            ));
        }
        let repository = Self { registry: registry.to_ascii_lowercase(), path, insecure };
        repository.base()?;
        let selector = match (digest, tag) {
            (Some(digest), _) => Some(Selector::Digest(digest.to_owned())),
            (None, Some(tag)) if is_tag(tag) => Some(Selector::Tag(tag.to_owned())),
            (None, Some(_)) => return Err(wrong("has a tag that is none")),
            (None, None) => None,
        };
        Ok((repository, selector))
    }

    /// Where the registry's API is.
    pub(crate) fn base(&self) -> Result<Url, ChartFault> {
        let host = if is_hub(&self.registry) { "registry-1.docker.io" } else { &self.registry };
        let url = Url::parse(&format!("https://{host}/"))?;
        let loopback = url.host() == "localhost"
            || url.host().parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if self.insecure || loopback { Ok(Url::parse(&format!("http://{host}/"))?) } else { Ok(url) }
    }
}

/// Whether a text can be a tag.
pub(crate) fn is_tag(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with(['.', '-'])
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oci://{}/{}", self.registry, self.path)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => write!(f, ":{tag}"),
            Self::Digest(digest) => write!(f, "@{digest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Repository, Selector};

    #[test]
    fn references_are_taken_apart() {
        let tag = |tag: &str| Some(Selector::Tag(tag.to_owned()));
        let cases = [
            ("oci://ghcr.io/bjw-s/helm/app", "https://ghcr.io/", "bjw-s/helm/app", None),
            ("oci://ghcr.io/x/y:1.2.3_4", "https://ghcr.io/", "x/y", tag("1.2.3_4")),
            ("oci://localhost:5000/x", "http://localhost:5000/", "x", None),
            ("oci://127.0.0.1:5000/x:t", "http://127.0.0.1:5000/", "x", tag("t")),
            ("oci://[::1]:5000/x", "http://[::1]:5000/", "x", None),
            ("oci://docker.io/redis", "https://registry-1.docker.io/", "library/redis", None),
            ("oci://bitnamicharts/nginx", "https://registry-1.docker.io/", "bitnamicharts/nginx", None),
            (
                "oci://h.lan/x@sha256:ab",
                "https://h.lan/",
                "x",
                Some(Selector::Digest("sha256:ab".to_owned())),
            ),
        ];
        for (url, base, path, selector) in cases {
            let (repository, found) = Repository::parse_reference(url, false).unwrap();
            assert_eq!((repository.base().unwrap().whole().as_str(), repository.path.as_str()), (base, path));
            assert_eq!(found, selector, "{url}");
        }
        let insecure = Repository::parse("oci://h.lan/x", true).unwrap();
        assert_eq!(insecure.base().unwrap().whole(), "http://h.lan/");
    }

    #[test]
    fn what_names_no_repository_is_refused() {
        for url in [
            "https://ghcr.io/x",
            "oci://",
            "oci://ghcr.io",
            "oci://ghcr.io/",
            "oci://ghcr.io/X",
            "oci://ghcr.io/a/../b",
            "oci://ghcr.io/a//b",
            "oci://ghcr.io/x:t",
            "oci://ghcr.io/x:-t",
            "oci://me:secret@ghcr.io/x",
            "oci://ghcr.io/x?y",
        ] {
            let error = Repository::parse(url, false).unwrap_err().to_string();
            assert!(!error.contains("secret") || error.contains("Secret"), "{error}");
        }
    }
}
