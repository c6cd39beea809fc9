//! HelmReleases.
use super::State;

#[derive(Debug)]
pub(crate) struct Installed {}

pub(super) fn run(state: &mut State<'_>) {
    state.releases.clear();
}
