//! The server's own plugins: those that are on by default, in upstream's order
//! (kubernetes `pkg/kubeapiserver/options/plugins.go`).
//!
//! `NamespaceLifecycle` is not among them: a namespace must stay as it is until the write is through, so it
//! is a condition of the transaction (`registry/write`, `strategy/namespace`). What waits for others and what
//! charges quotas has its place in `admission` itself.

mod certificates;
mod default_classes;
mod limit_ranger;
mod node_features;
mod pod_resize;
mod pod_security;
mod priority;
mod read;
mod runtime_class;
pub(super) mod service_account;
mod storage;
mod taint_nodes;
mod tolerations;
mod topology_labels;

use std::sync::Arc;

use amethyst_admission::Plugin;
use amethyst_clock::Entropy;

/// All of them; `entropy` makes up the names of volumes.
pub(super) fn all(entropy: &Entropy) -> Vec<Arc<dyn Plugin>> {
    vec![
        Arc::new(limit_ranger::LimitRanger),
        Arc::new(service_account::ServiceAccount::new(entropy.clone())),
        Arc::new(taint_nodes::TaintNodesByCondition),
        Arc::new(pod_security::PodSecurity),
        Arc::new(priority::Priority),
        Arc::new(tolerations::DefaultTolerationSeconds),
        Arc::new(default_classes::DefaultStorageClass),
        Arc::new(storage::StorageObjectInUseProtection),
        Arc::new(storage::PersistentVolumeClaimResize),
        Arc::new(runtime_class::RuntimeClass),
        Arc::new(certificates::CertificateApproval),
        Arc::new(certificates::CertificateSigning),
        Arc::new(certificates::ClusterTrustBundleAttest),
        Arc::new(certificates::CertificateSubjectRestriction),
        Arc::new(default_classes::DefaultIngressClass),
        Arc::new(topology_labels::PodTopologyLabels),
        Arc::new(node_features::NodeDeclaredFeatureValidator),
        Arc::new(pod_resize::PodResizeValidator),
    ]
}

#[cfg(test)]
mod tests;
