//! Where charts come from.

use amethyst_diag::Diagnostic;
use amethyst_object::Object;

/// A chart that a HelmRelease names and that does not lie in the repository.
#[derive(Clone, Copy, Debug)]
pub struct ChartWanted<'a> {
    /// The HelmRelease.
    pub release: &'a Object,
    /// The HelmRepository, OCIRepository, GitRepository or Bucket that it comes from.
    pub source: &'a Object,
    /// The chart's name in a HelmRepository, or its path in a GitRepository; empty for an OCIRepository.
    pub chart: &'a str,
    /// The wanted version or range; empty for the newest.
    pub version: &'a str,
}

/// Gives charts that do not lie in the repository. It never dials: what was not fetched before is missing.
pub trait Charts: Sync {
    /// The chart, or why it is not here.
    fn chart(&self, wanted: &ChartWanted<'_>) -> Result<(), Box<Diagnostic>>;
}

/// Has no charts.
#[derive(Clone, Copy, Debug)]
pub struct NoCharts;

impl Charts for NoCharts {
    fn chart(&self, wanted: &ChartWanted<'_>) -> Result<(), Box<Diagnostic>> {
        let source = wanted.source.id();
        let fault = Diagnostic::info("chart-missing", format!("the chart of {source} is not here"));
        Err(Box::new(fault.hint("run `amethyst fetch` to get the charts that the repository names")))
    }
}

#[derive(Debug, Default)]
pub(super) struct Loaded {}
