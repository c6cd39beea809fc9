//! `amethyst fetch`: fills the cache of charts that rendering reads.
//!
//! What must be fetched is found by rendering: whatever a HelmRelease or a chart's schema asks for and the cache
//! has not. What was fetched is rendered in turn, for charts may bring more HelmReleases.

mod progress;
mod wanted;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use amethyst_clock::Clock;
use amethyst_diag::{Diagnostic, Location};
use amethyst_helm::Schemas;
use amethyst_http::{Client, ClientSettings, Open, Proxies, Retry};
use amethyst_render::repository;
use amethyst_source::{
    ChartError, ChartFault, ChartRequest, DockerConfig, Evicted, Fetched, Fetcher, Mode, Origin,
};
use anyhow::{Context, anyhow};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::fetched;
use super::rendering::{self, Side};
use crate::arguments::{Fetch, Output, Report};
use crate::settings::{duration, size};
use crate::{environment, output};
use progress::{Told, bytes};
use wanted::{Wanted, is_exact};

/// How often what was fetched may ask for more.
const ROUNDS_MAX: usize = 4;
/// How many downloads run at once.
const CONCURRENCY: usize = 4;
/// How long a range of versions means what it meant.
const RANGE_AGE: Duration = Duration::from_hours(1);
/// How many bytes of results are kept from round to round.
const CACHE_BYTES: usize = 256 << 20;

/// A request and what came of it.
type Done = (ChartRequest, Result<Fetched, ChartError>);

/// Fetches what the repository names.
pub(super) fn run(arguments: &Fetch) -> anyhow::Result<ExitCode> {
    let (max_age, cache_bytes) =
        match (arguments.max_age.as_deref().map(duration), size(&arguments.cache_size)) {
            (Some(Err(error)), _) | (_, Err(error)) => {
                output::note(&format!("error: {error}"));
                return Ok(ExitCode::from(output::USAGE));
            }
            (max_age, Ok(bytes)) => (max_age.transpose()?, bytes),
        };
    let what = arguments.what.as_deref().map_or(rendering::Wanted::Here, rendering::Wanted::of);
    let side = Side::open(&what, &arguments.repository)?;
    // The fetcher makes the cache that is read.
    let (fetcher, memo) = (fetcher()?, repository::Cache::new(CACHE_BYTES));
    let wanted = Arc::new(Wanted::new(fetched::charts()?));
    let schemas: Arc<dyn Schemas> = Arc::clone(&wanted) as _;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("failed to start")?;
    let mut done: Vec<Done> = Vec::new();
    // Where those who want something are declared.
    let mut places: BTreeMap<String, Location> = BTreeMap::new();
    let mut downloaded = 0;
    for _ in 0..ROUNDS_MAX {
        // Faults of this round are those of the repository as it is now.
        wanted.forget_faults();
        let rendered = side.render(&arguments.repository, wanted.as_ref(), &schemas, false, &memo);
        places.extend(rendered.units.iter().filter(|unit| !unit.origin.file.is_empty()).map(|unit| {
            (unit.object.id().to_string(), Location::new(unit.origin.file.clone(), unit.origin.line, 0))
        }));
        let fresh = wanted.take_new();
        if fresh.is_empty() {
            break;
        }
        downloaded += fetch(&runtime, &fetcher, fresh, max_age, &mut done);
    }
    let evicted = fetcher.cache().shrink(cache_bytes).map_err(|error| anyhow!("{error}"))?;
    let placed = |fault: Diagnostic| {
        let place = fault.object.as_ref().filter(|_| fault.location.is_none()).and_then(|id| places.get(id));
        match place.cloned() {
            Some(place) => fault.at(place),
            None => fault,
        }
    };
    let failed = done.iter().filter_map(|(_, result)| Some(placed(result.as_ref().err()?.to_diagnostic())));
    let (failed, faults) = (failed.collect(), wanted.faults().into_iter().map(placed).collect());
    let told = Outcome { done, failed, faults, downloaded, evicted };
    told.tell(arguments)?;
    Ok(ExitCode::from(told.code()))
}

/// Fetches requests, and gives how many bytes came from the network.
fn fetch(
    runtime: &Runtime,
    fetcher: &Fetcher,
    requests: Vec<ChartRequest>,
    max_age: Option<Duration>,
    done: &mut Vec<Done>,
) -> u64 {
    let (exact, ranges): (Vec<_>, Vec<_>) =
        requests.into_iter().partition(|request| is_exact(&request.source));
    let told = Arc::new(Told::new(exact.iter().chain(&ranges)));
    for (requests, usual, from) in [(&exact, Duration::MAX, 0), (&ranges, RANGE_AGE, exact.len())] {
        let mode = Mode::Online { max_age: max_age.unwrap_or(usual) };
        let progress = Arc::new(told.from(from));
        let results = runtime.block_on(fetcher.fetch_all(requests, mode, CONCURRENCY, progress));
        done.extend(requests.iter().cloned().zip(results));
    }
    told.end()
}

fn fetcher() -> anyhow::Result<Fetcher> {
    let (https, http, exceptions) = environment::proxies();
    let proxies = Proxies::new(&https, &http, &exceptions).map_err(|error| {
        anyhow!("failed to read HTTPS_PROXY and HTTP_PROXY: {error}\nhint: write them as `http://host:port`")
    })?;
    let client = Client::new(ClientSettings {
        purpose: "charts",
        gate: Arc::new(Open),
        clock: Clock::system(),
        proxies,
        authorities_pem: None,
        user_agent: concat!("amethyst/", env!("CARGO_PKG_VERSION")),
        retry: Retry::default(),
    });
    Ok(Fetcher::new(fetched::cache()?, client, docker()?))
}

fn docker() -> anyhow::Result<DockerConfig> {
    let Some(path) = environment::docker_config() else { return Ok(DockerConfig::default()) };
    match std::fs::read(&path) {
        Ok(text) => DockerConfig::parse(&text).with_context(|| format!("failed to use `{}`", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(DockerConfig::default()),
        Err(error) => Err(error).with_context(|| format!("failed to read `{}`", path.display())),
    }
}

/// Whether it is the world's fault, not the repository's.
fn is_environment(fault: &ChartFault) -> bool {
    use ChartFault as F;
    matches!(
        fault,
        F::Fetch(_)
            | F::Authentication { .. }
            | F::Helper { .. }
            | F::Digest { .. }
            | F::DigestSyntax { .. }
            | F::Stopped
            | F::Cache { .. }
            | F::Format { .. }
            | F::Offline
    )
}

/// What a run came to.
struct Outcome {
    done: Vec<Done>,
    /// What failed, with the places of those who want it.
    failed: Vec<Diagnostic>,
    /// What is wrong with those who ask.
    faults: Vec<Diagnostic>,
    /// How many bytes came from the network.
    downloaded: u64,
    evicted: Evicted,
}

impl Outcome {
    fn code(&self) -> u8 {
        let mut errors = self.done.iter().filter_map(|(_, result)| result.as_ref().err());
        if errors.any(|error| is_environment(&error.fault)) {
            output::ENVIRONMENT
        } else if !self.failed.is_empty() || self.faults.iter().any(Diagnostic::is_error) {
            output::FAULTS
        } else {
            0
        }
    }

    fn tell(&self, arguments: &Fetch) -> anyhow::Result<()> {
        let Self { done, failed, faults, downloaded, evicted } = self;
        let is_new = |fetched: &Fetched| fetched.origin == Origin::Network;
        let good = || done.iter().filter_map(|(request, result)| Some((request, result.as_ref().ok()?)));
        let fresh = good().filter(|(_, fetched)| is_new(fetched)).count();
        let there = good().count() - fresh;
        if arguments.format.output == Output::Json {
            let row = |(request, fetched): (&ChartRequest, &Fetched)| {
                json!({
                    "source": request.source.to_string().replace('`', ""), "wantedBy": request.wanted_by,
                    "version": fetched.version, "revision": fetched.revision, "digest": fetched.digest.hex(), "bytes": fetched.size,
                })
            };
            let rows = |new: bool| -> Vec<Value> {
                good().filter(|(_, fetched)| is_new(fetched) == new).map(row).collect()
            };
            let document = json!({
                "fetched": rows(true), "there": rows(false), "failed": failed, "faults": faults,
                "bytesDownloaded": downloaded,
                "cache": {"bytes": evicted.bytes_left, "bytesEvicted": evicted.bytes, "evicted": evicted.blobs},
            });
            output::data(&serde_json::to_string_pretty(&document)?);
            return Ok(());
        }
        output::diagnostics(failed, Report::Human)?;
        output::diagnostics(faults, Report::Human)?;
        let (documents, charts) = (
            good().filter(|(request, fetched)| is_new(fetched) && wanted::is_document(request)).count(),
            fresh,
        );
        let charts = charts - documents;
        let mut line = format!(
            "{} fetched ({}), {there} were there",
            output::count(charts, "chart"),
            bytes(*downloaded)
        );
        if documents > 0 {
            line += &format!(", {} fetched", output::count(documents, "schema"));
        }
        if !failed.is_empty() {
            line += &format!(", {}", output::paint(&format!("{} failed", failed.len()), output::RED));
        }
        if evicted.blobs > 0 {
            line += &format!("; {} taken out of the cache", bytes(evicted.bytes));
        }
        output::note(&line);
        Ok(())
    }
}
