//! Charts that were fetched before, for everything that renders without a network.

use std::path::PathBuf;
use std::sync::Arc;

use amethyst_clock::Clock;
use amethyst_diag::{Diagnostic, Severity};
use amethyst_helm::Schemas;
use amethyst_object::Object;
use amethyst_render::repository::{ChartArchive, ChartWanted, Charts};
use amethyst_source::{
    Cache, ChartError, ChartFault, ChartPlace, ChartRequest, ChartSource, chart_of_release,
};
use anyhow::{Context, anyhow};

use crate::environment;

/// The code of a remark on a chart that was not fetched yet.
pub(super) const MISSING: &str = "chart-missing";

/// The charts in this user's cache; there is none before the first fetch.
pub(super) struct Fetched(Option<Cache>);

impl Fetched {
    /// The documents in the cache that charts' schemas refer to.
    pub(super) fn schemas(&self) -> Arc<dyn Schemas> {
        Arc::new(Documents(self.0.clone()))
    }
}

/// Documents that were fetched before.
struct Documents(Option<Cache>);

impl Schemas for Documents {
    fn get(&self, url: &str) -> Option<Vec<u8>> {
        let fetched = self.0.as_ref()?.get(&document(url)?).ok()?;
        fetched.bytes().ok().map(|bytes| bytes.to_vec())
    }
}

/// What must be fetched for a URL that a chart's schema refers to; `None` where no server is asked.
pub(super) fn document(url: &str) -> Option<ChartRequest> {
    let is_remote = url.starts_with("https://") || url.starts_with("http://");
    let source = ChartSource::Document { url: url.to_owned() };
    is_remote.then(|| ChartRequest {
        wanted_by: "the schema of a chart".to_owned(),
        source,
        credentials: None,
    })
}

/// Opens the cache of charts to read it; nothing is made where there is none.
pub(super) fn charts() -> anyhow::Result<Fetched> {
    let is_there = folder().is_some_and(|folder| folder.is_dir());
    Ok(Fetched(if is_there { Some(cache()?) } else { None }))
}

fn folder() -> Option<PathBuf> {
    environment::cache_home().map(|home| home.join("charts"))
}

/// The cache itself, to fill it.
pub(super) fn cache() -> anyhow::Result<Cache> {
    let folder = folder().ok_or_else(|| {
        anyhow!("no place to keep charts: neither XDG_CACHE_HOME nor HOME is set\nhint: set XDG_CACHE_HOME")
    })?;
    Cache::open(&folder, Clock::system()).with_context(|| format!("failed to open `{}`", folder.display()))
}

/// What must be fetched for a release, and what of its source is not honoured; a diagnostic when that cannot be
/// told.
pub(super) fn request(wanted: &ChartWanted<'_>) -> Result<(ChartRequest, Vec<Diagnostic>), Box<Diagnostic>> {
    let find = |kind: &str, namespace: &str, name: &str| -> Option<&Object> {
        let is = |object: &&Object| {
            object.kind() == kind && object.namespace() == namespace && object.name() == name
        };
        wanted.objects.iter().find(is)
    };
    let (chart, said) = chart_of_release(wanted.release, &find);
    let (errors, remarks): (Vec<_>, Vec<_>) = said.into_iter().partition(Diagnostic::is_error);
    let error = errors.into_iter().next();
    match (chart.map(|chart| chart.place), error) {
        (_, Some(fault)) => Err(Box::new(fault)),
        (Some(ChartPlace::Fetch(request)), None) => Ok((request, remarks)),
        (Some(ChartPlace::Git { repository, url, .. }), None) => {
            let message =
                format!("takes its chart from {repository} at `{url}`, and charts are not fetched by git");
            let hint = "name a HelmRepository or an OCIRepository, or copy the chart into the repository";
            Err(Box::new(Diagnostic::warning("chart-missing", message).hint(hint)))
        }
        (None, None) => Err(Box::new(Diagnostic::error("chart-missing", "names no chart"))),
    }
}

/// Makes one remark of those on charts that were not fetched: a fresh clone has none of them.
pub(super) fn with_charts_counted(faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let is_missing = |fault: &Diagnostic| fault.code == MISSING && fault.severity == Severity::Info;
    let count = faults.iter().filter(|fault| is_missing(fault)).count();
    if count < 2 {
        return faults;
    }
    let message = format!("{count} charts were not rendered: they are not in the cache");
    let remark = Diagnostic::info(MISSING, message).hint("`amethyst fetch` gets them");
    faults.into_iter().filter(|fault| !is_missing(fault)).chain([remark]).collect()
}

impl Charts for Fetched {
    fn chart(&self, wanted: &ChartWanted<'_>) -> Result<ChartArchive, Box<Diagnostic>> {
        self.answer(&request(wanted)?.0)
    }
}

impl Fetched {
    /// What is in the cache for a request.
    pub(super) fn answer(&self, request: &ChartRequest) -> Result<ChartArchive, Box<Diagnostic>> {
        // Not here is no fault of the repository, and on a fresh clone it is so of every chart.
        let missing = |fault: Diagnostic| {
            let hint = fault.hint.unwrap_or_else(|| "run `amethyst fetch`".to_owned());
            Box::new(Diagnostic::info(MISSING, fault.message).hint(hint))
        };
        let found = match &self.0 {
            Some(cache) => cache.get(request),
            None => Err(ChartError {
                wanted_by: request.wanted_by.clone(),
                what: request.source.to_string(),
                fault: Box::new(ChartFault::Offline),
            }),
        };
        let fetched = found.map_err(|error| missing(error.to_diagnostic()))?;
        let bytes = fetched.bytes().map_err(|error| {
            let hint = "make the cache readable, or delete it and run `amethyst fetch`";
            Box::new(Diagnostic::error("chart-unreadable", error.to_string()).hint(hint))
        })?;
        Ok(ChartArchive { digest: fetched.digest.hex(), bytes })
    }
}
