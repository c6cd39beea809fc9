//! The tests that people write for charts: helm-unittest suites.
//!
//! Suites are read ([`read_suites`]), run against a chart ([`run`], or suite by suite with [`run_suite`], which
//! many threads may do at once) and told about in helm-unittest's formats ([`format`]). What passes and fails
//! there passes and fails here, with the same texts. This crate does no IO: files come as a tree, and what has
//! to be written (snapshots) goes back to the caller.

mod assert;
mod diff;
mod files;
pub mod format;
mod job;
mod load;
mod path;
mod regex;
mod render;
mod report;
mod run;
mod set_path;
mod snapshot;
mod split;
mod suite;
mod templates;
mod value;
mod values;
mod yaml;

pub use load::read_suites;
pub use render::TestChart;
pub use report::{AssertionReport, ChartReport, Counts, Report, SnapshotCounts, SuiteReport, TestReport};
pub use run::{Clock, Options, run, run_suite};
pub use suite::{Suite, VERSION};
