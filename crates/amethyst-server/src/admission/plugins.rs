//! The server's own plugins, in upstream's order (kubernetes `pkg/kubeapiserver/options/plugins.go`).

use std::sync::Arc;

use amethyst_admission::Plugin;

/// All of them.
pub(super) fn all() -> Vec<Arc<dyn Plugin>> {
    Vec::new()
}
