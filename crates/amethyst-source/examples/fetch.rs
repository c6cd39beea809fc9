//! Fetches the charts of the HelmReleases in a file, as the proof against real servers does:
//!
//! ```text
//! fetch CACHE FILE [online|offline] [CONFIG.JSON]
//! ```
//!
//! The file holds HelmReleases and the sources and Secrets that they name. One line comes out per release: its
//! name, the content's digest, the version, the revision, where it came from.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use amethyst_clock::Clock;
use amethyst_http::{Client, ClientSettings, LoopbackOnly, Proxies, Retry};
use amethyst_object::Object;
use amethyst_source::{
    Cache, ChartError, ChartPlace, ChartRequest, DockerConfig, FetchProgress, Fetched, Fetcher, Mode,
    chart_of_release,
};
use amethyst_yaml::{Dialect, parse_all};

#[derive(Default)]
struct Count(AtomicU64);

impl FetchProgress for Count {
    fn started(&self, _request: usize, _total_bytes: Option<u64>) {}

    fn advanced(&self, _request: usize, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn finished(&self, _request: usize, _outcome: Result<&Fetched, &ChartError>) {}
}

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(3)
        }
    }
}

async fn run() -> Result<ExitCode, Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [cache, file, rest @ ..] = words.as_slice() else {
        return Err("usage: fetch CACHE FILE [online|offline] [CONFIG.JSON]".into());
    };
    let offline = rest.first().is_some_and(|word| word == "offline");
    let docker = rest.get(1).map(std::fs::read).transpose()?;
    let docker = docker.map(|bytes| DockerConfig::parse(&bytes)).transpose()?.unwrap_or_default();
    let (requests, mut failed) = requests(&std::fs::read_to_string(file)?);
    let clock = Clock::system();
    let client = Client::new(ClientSettings {
        purpose: "source",
        gate: Arc::new(LoopbackOnly),
        clock: clock.clone(),
        proxies: Proxies::none(),
        authorities_pem: None,
        user_agent: "amethyst/example",
        retry: Retry::default(),
    });
    let fetcher = Fetcher::new(Cache::open(cache.as_ref(), clock)?, client, docker);
    let mode = if offline { Mode::Offline } else { Mode::Online { max_age: Duration::ZERO } };
    let count = Arc::new(Count::default());
    let progress: Arc<dyn FetchProgress> = Arc::<Count>::clone(&count);
    for (request, outcome) in requests.iter().zip(fetcher.fetch_all(&requests, mode, 8, progress).await) {
        match outcome.and_then(|found| {
            found.bytes().map(|_| found).map_err(|fault| ChartError {
                wanted_by: request.wanted_by.clone(),
                what: request.source.to_string(),
                fault: Box::new(fault),
            })
        }) {
            Ok(found) => println!(
                "{} {} {} {} {:?}",
                request.wanted_by, found.digest, found.version, found.revision, found.origin
            ),
            Err(error) => {
                println!("{}", error.to_diagnostic());
                failed = true;
            }
        }
    }
    eprintln!("{} bytes came", count.0.load(Ordering::Relaxed));
    Ok(ExitCode::from(u8::from(failed)))
}

/// What the releases of a file want.
fn requests(text: &str) -> (Vec<ChartRequest>, bool) {
    let (documents, faults) = parse_all(text, Dialect::GoV2);
    let mut failed = !faults.is_empty();
    for fault in &faults {
        println!("{fault}");
    }
    let objects: Vec<Object> =
        documents.into_iter().filter_map(|one| Object::from_value(one.value)).collect();
    let find = |kind: &str, namespace: &str, name: &str| {
        objects.iter().find(|one| one.kind() == kind && one.namespace() == namespace && one.name() == name)
    };
    let mut requests = Vec::new();
    for release in objects.iter().filter(|one| one.kind() == "HelmRelease") {
        let (chart, said) = chart_of_release(release, &find);
        for one in &said {
            println!("{one}");
        }
        match chart.map(|chart| chart.place) {
            Some(ChartPlace::Fetch(request)) => requests.push(request),
            Some(ChartPlace::Git { repository, path, .. }) => {
                println!("{} {repository} {path}", release.id());
            }
            None => failed = true,
        }
    }
    (requests, failed)
}
