//! What rendering asks for: answered from the cache, and noted.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use amethyst_diag::Diagnostic;
use amethyst_helm::Schemas;
use amethyst_render::repository::{ChartArchive, ChartWanted, Charts};
use amethyst_source::{ChartRequest, ChartSource, OciVersion};

use crate::commands::fetched::{self, Fetched};

/// How many different things one run may ask for.
const REQUESTS_MAX: usize = 10_000;

/// Answers from the cache and notes every request.
pub(super) struct Wanted {
    fetched: Fetched,
    asked: Mutex<Asked>,
}

#[derive(Default)]
struct Asked {
    /// All of them.
    known: BTreeSet<String>,
    /// Those that nobody took yet.
    new: Vec<ChartRequest>,
    /// HelmReleases that name no chart that can be fetched, and what of their sources is not honoured.
    faults: Vec<Diagnostic>,
}

impl Wanted {
    pub(super) fn new(fetched: Fetched) -> Self {
        Self { fetched, asked: Mutex::default() }
    }

    /// What was asked for since the last time, in an order that no thread decides.
    pub(super) fn take_new(&self) -> Vec<ChartRequest> {
        let mut new = std::mem::take(&mut self.asked().new);
        new.sort_by_cached_key(|request| (name(request), request.wanted_by.clone()));
        new
    }

    pub(super) fn forget_faults(&self) {
        self.asked().faults.clear();
    }

    /// What is wrong with those who ask.
    pub(super) fn faults(&self) -> Vec<Diagnostic> {
        let mut faults = self.asked().faults.clone();
        faults.sort_by(|a, b| (&a.object, &a.message).cmp(&(&b.object, &b.message)));
        faults.dedup();
        faults
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, request: &ChartRequest) {
        let mut asked = self.asked();
        if asked.known.len() < REQUESTS_MAX && asked.known.insert(name(request)) {
            asked.new.push(request.clone());
        }
    }
}

/// The same for requests that mean the same. It may hold what a URL hides, and is shown to nobody.
fn name(request: &ChartRequest) -> String {
    let who = if request.credentials.is_some() { request.wanted_by.as_str() } else { "" };
    format!("{:?} {who}", request.source)
}

impl Charts for Wanted {
    fn chart(&self, wanted: &ChartWanted<'_>) -> Result<ChartArchive, Box<Diagnostic>> {
        match fetched::request(wanted) {
            Ok((request, remarks)) => {
                self.asked().faults.extend(remarks);
                self.note(&request);
                self.fetched.answer(&request)
            }
            Err(fault) => {
                let about = fault.object.clone().unwrap_or_else(|| wanted.release.id().to_string());
                self.asked().faults.push(Diagnostic { object: Some(about), ..(*fault).clone() });
                Err(fault)
            }
        }
    }
}

impl Schemas for Wanted {
    fn get(&self, url: &str) -> Option<Vec<u8>> {
        self.note(&fetched::document(url)?);
        self.fetched.schemas().get(url)
    }
}

/// Whether it is a document and no chart.
pub(super) fn is_document(request: &ChartRequest) -> bool {
    matches!(request.source, ChartSource::Document { .. })
}

/// Whether it names one version, which nobody publishes twice; tags and documents may change.
pub(super) fn is_exact(source: &ChartSource) -> bool {
    match source {
        ChartSource::Oci(source) => match &source.version {
            OciVersion::Digest(_) => true,
            OciVersion::Tag(version) | OciVersion::Chart(version) => is_version(version),
            OciVersion::Semver { .. } => false,
        },
        ChartSource::Repository(source) => is_version(&source.version),
        ChartSource::Document { .. } => false,
    }
}

/// Whether all three numbers of a version are there, and nothing that makes a range of it.
fn is_version(text: &str) -> bool {
    let text = text.trim();
    let core = text.strip_prefix('v').unwrap_or(text);
    let core = core.split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    core.split('.').count() == 3 && core.split('.').all(is_number) && !text.contains([' ', '|', ','])
}

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn versions_are_told_from_ranges() {
        for exact in ["1.2.3", "v1.2.3", "1.2.3-rc.1", "1.2.3+a"] {
            assert!(is_version(exact), "{exact}");
        }
        for range in
            ["", "*", "1.2", "1.x.x", "^1.2.3", ">=1.2.3", "1.2.3 - 1.3.0", "1.2.3 || 2.0.0", "latest"]
        {
            assert!(!is_version(range), "{range}");
        }
    }
}
