//! Fetching from registries and repositories on loopback, good ones and bad ones.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod documents;
mod oci;
mod registry;
mod repository;
#[expect(dead_code, reason = "some of it is for the tests of `amethyst-http`, where it lies")]
#[path = "../../../amethyst-http/tests/it/web.rs"]
mod web;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use amethyst_clock::Clock;
use amethyst_http::{Client, ClientSettings, LoopbackOnly, Proxies, Retry};
use amethyst_source::{Cache, ChartError, ChartRequest, ChartSource, DockerConfig, Fetcher, Mode};

/// Asks always.
const NOW: Mode = Mode::Online { max_age: Duration::ZERO };
/// Asks for what is missing.
const MISSING: Mode = Mode::Online { max_age: Duration::MAX };

fn client() -> Client {
    Client::new(ClientSettings {
        purpose: "source",
        gate: Arc::new(LoopbackOnly),
        clock: Clock::system(),
        proxies: Proxies::none(),
        authorities_pem: None,
        user_agent: "amethyst/test",
        retry: Retry {
            tries_max: 3,
            first_pause: Duration::from_millis(1),
            pause_max: Duration::from_secs(2),
        },
    })
}

fn fetcher_with(root: &Path, docker: &str) -> Fetcher {
    let cache = Cache::open(root, Clock::system()).unwrap();
    let docker = if docker.is_empty() {
        DockerConfig::default()
    } else {
        DockerConfig::parse(docker.as_bytes()).unwrap()
    };
    Fetcher::new(cache, client(), docker)
}

fn fetcher(root: &Path) -> Fetcher {
    fetcher_with(root, "")
}

fn request(source: ChartSource) -> ChartRequest {
    ChartRequest { wanted_by: "HelmRelease/media/app".to_owned(), source, credentials: None }
}

/// The error with its causes, on one line.
fn said(error: &ChartError) -> String {
    error.to_diagnostic().to_string()
}
