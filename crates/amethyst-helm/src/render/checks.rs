//! What Helm checks before it installs a chart.

use super::RenderError;
use crate::dependencies::missing;
use crate::semver::is_compatible_range;
use crate::{Capabilities, Chart};

/// How long the name of a release may be.
const RELEASE_NAME_LENGTH_MAX: usize = 53;

/// Only applications are installed, and with all their dependencies.
pub(super) fn check_installable(chart: &Chart) -> Result<(), Box<RenderError>> {
    match chart.metadata().chart_type.as_str() {
        "" | "application" => {}
        other => return Err(RenderError::not_installable(other)),
    }
    let missing = missing(chart);
    if missing.is_empty() { Ok(()) } else { Err(RenderError::missing_dependencies(&missing)) }
}

/// Names of releases become parts of names of objects.
pub(super) fn check_name(name: &str) -> Result<(), Box<RenderError>> {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.first().is_some_and(|byte| edge(*byte))
            && bytes.last().is_some_and(|byte| edge(*byte))
            && bytes.iter().all(|byte| edge(*byte) || *byte == b'-')
    };
    if name.len() <= RELEASE_NAME_LENGTH_MAX && name.split('.').all(label) {
        return Ok(());
    }
    Err(RenderError::release_name(name))
}

/// The version of Kubernetes must be one that the chart is for.
pub(super) fn check_kube_version(chart: &Chart, capabilities: &Capabilities) -> Result<(), Box<RenderError>> {
    let wanted = &chart.metadata().kube_version;
    let found = &capabilities.kube_version;
    if wanted.is_empty() || is_compatible_range(wanted, &found.normalized) {
        return Ok(());
    }
    Err(RenderError::kube_version(wanted, &found.version))
}
