//! Helm repositories: which chart of an `index.yaml` is meant.

mod choose;
mod scan;

pub(crate) use choose::{choose, resolve_url};
pub(crate) use scan::{ChartVersion, INDEX_BYTES_MAX, scan};
