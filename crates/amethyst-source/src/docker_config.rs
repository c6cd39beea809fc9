//! Docker's `config.json`: who asks which registry.

use std::collections::BTreeMap;

use amethyst_diag::Redacted;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;

use crate::request::Credentials;

/// The name of Docker Hub in `auths`.
const HUB: &str = "https://index.docker.io/v1/";

/// What Docker's `config.json` says. No helper is run: what only one of them knows is told by its name.
#[derive(Clone, Debug, Default)]
pub struct DockerConfig {
    auths: BTreeMap<String, Auth>,
    helpers: BTreeMap<String, String>,
    store: Option<String>,
}

/// What Docker's config knows about a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing.
    Nothing,
    /// Who asks.
    Credentials(Credentials),
    /// Only a program that is not run here knows.
    Helper(String),
}

/// A `config.json` that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Docker's config.json cannot be read: {0}\nhint: `docker login` writes it; it is JSON with `auths`")]
pub struct DockerConfigError(String);

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    auths: BTreeMap<String, RawAuth>,
    #[serde(default, rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
    #[serde(default, rename = "credsStore")]
    store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawAuth {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

#[derive(Clone, Debug)]
struct Auth(Option<Credentials>);

impl DockerConfig {
    /// Reads the file's bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, DockerConfigError> {
        // What serde says may quote the text, which holds passwords: only the place is told.
        let raw: Raw = serde_json::from_slice(bytes).map_err(|error| {
            DockerConfigError(format!("line {}, column {}", error.line(), error.column()))
        })?;
        let mut auths = BTreeMap::new();
        for (registry, auth) in raw.auths {
            let credentials = auth
                .credentials()
                .map_err(|why| DockerConfigError(format!("`auths` of `{registry}`: {why}")))?;
            auths.insert(normal(&registry), Auth(credentials));
        }
        let helpers = raw.helpers.into_iter().map(|(registry, helper)| (normal(&registry), helper)).collect();
        Ok(Self { auths, helpers, store: raw.store.filter(|store| !store.is_empty()) })
    }

    /// Who asks the registry at `host` (with its port, when there is one) for `repository`. The longest
    /// path that is known wins, as in the kubelet's and Docker's newer readers.
    pub(crate) fn find(&self, host: &str, repository: &str) -> Known {
        let host = if is_hub(host) { normal(HUB) } else { host.to_ascii_lowercase() };
        if let Some(helper) = self.helpers.get(&host) {
            return Known::Helper(format!("docker-credential-{helper}"));
        }
        let mut name = format!("{host}/{repository}");
        loop {
            match self.auths.get(&name) {
                Some(Auth(Some(credentials))) => return Known::Credentials(credentials.clone()),
                // As `docker login` leaves it when a store keeps the rest.
                Some(Auth(None)) | None => match name.rfind('/') {
                    Some(at) => name.truncate(at),
                    None => break,
                },
            }
        }
        self.store
            .as_ref()
            .map_or(Known::Nothing, |store| Known::Helper(format!("docker-credential-{store}")))
    }
}

/// Whether a host is Docker Hub under one of its names.
pub(crate) fn is_hub(host: &str) -> bool {
    matches!(host, "docker.io" | "index.docker.io" | "registry-1.docker.io")
}

fn normal(registry: &str) -> String {
    let name = registry.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
    let name = name.strip_suffix("/v1").or_else(|| name.strip_suffix("/v2")).unwrap_or(name);
    let (host, path) = name.split_once('/').map_or((name, None), |(host, path)| (host, Some(path)));
    let host = if is_hub(host) { "index.docker.io".to_owned() } else { host.to_ascii_lowercase() };
    path.map_or(host.clone(), |path| format!("{host}/{path}"))
}

impl RawAuth {
    fn credentials(self) -> Result<Option<Credentials>, &'static str> {
        let filled = |value: Option<String>| value.filter(|value| !value.is_empty());
        if let Some(token) = filled(self.registrytoken) {
            return Ok(Some(Credentials::RegistryToken(Redacted::new(token))));
        }
        if let Some(token) = filled(self.identitytoken) {
            return Ok(Some(Credentials::IdentityToken(Redacted::new(token))));
        }
        let (mut username, mut password) = (filled(self.username), filled(self.password));
        if let Some(auth) = filled(self.auth) {
            let decoded = STANDARD.decode(auth.trim()).or_else(|_| STANDARD_NO_PAD.decode(auth.trim()));
            let text = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let text = text.ok_or("`auth` is no base64 of `name:password`")?;
            let (name, secret) = text.split_once(':').ok_or("`auth` is no base64 of `name:password`")?;
            // Docker pads some passwords with zero bytes.
            let secret = secret.trim_end_matches('\0');
            (username, password) = (Some(name.to_owned()), Some(secret.to_owned()));
        }
        Ok(username.map(|username| Credentials::Basic {
            username,
            password: Redacted::new(password.unwrap_or_default()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{DockerConfig, Known};
    use crate::request::Credentials;

    fn who(config: &str, host: &str, repository: &str) -> String {
        match DockerConfig::parse(config.as_bytes()).unwrap().find(host, repository) {
            Known::Nothing => "nobody".to_owned(),
            Known::Helper(name) => name,
            Known::Credentials(Credentials::Basic { username, password }) => {
                format!("{username}:{}", password.expose())
            }
            Known::Credentials(Credentials::IdentityToken(token)) => format!("identity {}", token.expose()),
            Known::Credentials(Credentials::RegistryToken(token)) => format!("token {}", token.expose()),
        }
    }

    #[test]
    fn registries_are_found_by_all_their_names() {
        let config = r#"{"auths": {
            "ghcr.io": {"auth": "bWU6cGE6c3M="},
            "https://quay.io/v2/": {"username": "q", "password": "w"},
            "https://index.docker.io/v1/": {"username": "hub", "password": "h"},
            "localhost:5000": {"auth": "bWU6cA", "identitytoken": "refresh"},
            "harbor.lan/team": {"username": "team", "password": "t"},
            "harbor.lan": {"username": "all", "password": "a"},
            "token.lan": {"registrytoken": "abc"},
            "empty.lan": {}
        }}"#;
        for (host, repository, expect) in [
            ("ghcr.io", "x/y", "me:pa:ss"),
            ("quay.io", "x", "q:w"),
            ("registry-1.docker.io", "library/x", "hub:h"),
            ("localhost:5000", "x", "identity refresh"),
            ("localhost:5001", "x", "nobody"),
            ("harbor.lan", "team/x", "team:t"),
            ("harbor.lan", "teams/x", "all:a"),
            ("token.lan", "x", "token abc"),
            ("empty.lan", "x", "nobody"),
        ] {
            assert_eq!(who(config, host, repository), expect, "{host}/{repository}");
        }
    }

    #[test]
    fn helpers_are_named_and_not_run() {
        let config = r#"{"auths": {"ghcr.io": {}, "own.lan": {"auth": "YTpi"}},
            "credHelpers": {"ecr.lan": "ecr-login"}, "credsStore": "desktop"}"#;
        assert_eq!(who(config, "ghcr.io", "x"), "docker-credential-desktop");
        assert_eq!(who(config, "ecr.lan", "x"), "docker-credential-ecr-login");
        assert_eq!(who(config, "own.lan", "x"), "a:b");
    }

    #[test]
    fn what_is_broken_is_told_without_its_secrets() {
        for config in
            ["", "7", r#"{"auths": {"x": {"auth": "c2VjcmV0"}}}"#, r#"{"auths": {"x": {"password": 7}}}"#]
        {
            let error = DockerConfig::parse(config.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("config.json") && !error.contains("c2Vj"), "{error}");
        }
    }
}
