//! Every word of Flux's that leaves this crate: groups, annotations, managers, condition reasons.

use amethyst_object::GroupVersionKind;

/// The group of Kustomization.
pub(crate) const KUSTOMIZE_GROUP: &str = "kustomize.toolkit.fluxcd.io";
/// The group of GitRepository.
pub(crate) const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";
/// The group of HelmRelease.
pub(crate) const HELM_GROUP: &str = "helm.toolkit.fluxcd.io";
/// The version that is stored and watched.
pub(crate) const VERSION: &str = "v1";

/// The kind of Kustomization.
pub(crate) const KUSTOMIZATION: &str = "Kustomization";
/// The kind of GitRepository.
pub(crate) const GIT_REPOSITORY: &str = "GitRepository";

/// Flux's finalizer.
pub(crate) const FINALIZER: &str = "finalizers.fluxcd.io";

/// Who applies the objects of a Kustomization, and speaks in its events.
pub(crate) const KUSTOMIZE_CONTROLLER: &str = "kustomize-controller";
/// Who writes the status of a Kustomization.
pub(crate) const KUSTOMIZE_STATUS_MANAGER: &str = "gotk-kustomize-controller";
/// Who writes the status of a GitRepository, and speaks in its events.
pub(crate) const SOURCE_CONTROLLER: &str = "source-controller";

/// The label that names the Kustomization of an object.
pub(crate) const OWNER_NAME: &str = "kustomize.toolkit.fluxcd.io/name";
/// The label that names the namespace of the Kustomization of an object.
pub(crate) const OWNER_NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";
/// `disabled`: never deleted by pruning.
pub(crate) const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";
/// `disabled`: neither applied nor deleted.
pub(crate) const RECONCILE: &str = "kustomize.toolkit.fluxcd.io/reconcile";
/// `Merge`, `IfNotPresent`, `Ignore`: how the object is applied.
pub(crate) const SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";
/// `enabled`: made anew when it cannot be changed.
pub(crate) const FORCE: &str = "kustomize.toolkit.fluxcd.io/force";

/// The annotation of events that names the revision, after the group.
pub(crate) const REVISION_KEY: &str = "kustomize.toolkit.fluxcd.io/revision";

/// The condition of health checks.
pub(crate) const HEALTHY: &str = "Healthy";
/// The condition that says that a source could be read.
pub(crate) const ARTIFACT_IN_STORAGE: &str = "ArtifactInStorage";
/// The condition that says that a source could not be read.
pub(crate) const FETCH_FAILED: &str = "FetchFailed";

/// Reasons of conditions and events.
pub(crate) mod reasons {
    /// All went well.
    pub(crate) const SUCCEEDED: &str = "Succeeded";
    /// Work is in flight.
    pub(crate) const PROGRESSING: &str = "Progressing";
    /// It failed and is tried again.
    pub(crate) const PROGRESSING_WITH_RETRY: &str = "ProgressingWithRetry";
    /// All objects are applied and healthy.
    pub(crate) const RECONCILIATION_SUCCEEDED: &str = "ReconciliationSucceeded";
    /// The API server refused an object.
    pub(crate) const RECONCILIATION_FAILED: &str = "ReconciliationFailed";
    /// The source has nothing to build from.
    pub(crate) const ARTIFACT_FAILED: &str = "ArtifactFailed";
    /// The files could not be built into objects.
    pub(crate) const BUILD_FAILED: &str = "BuildFailed";
    /// An object did not become healthy.
    pub(crate) const HEALTH_CHECK_FAILED: &str = "HealthCheckFailed";
    /// Another Kustomization comes first.
    pub(crate) const DEPENDENCY_NOT_READY: &str = "DependencyNotReady";
    /// A stale object could not be deleted.
    pub(crate) const PRUNE_FAILED: &str = "PruneFailed";
    /// The spec asks for what this version cannot do; ours, not Flux's.
    pub(crate) const UNSUPPORTED: &str = "UnsupportedField";
    /// The spec cannot be read at all; ours.
    pub(crate) const INVALID_SPEC: &str = "InvalidSpec";
    /// Kustomizations wait for each other; ours.
    pub(crate) const CIRCULAR_DEPENDENCY: &str = "CircularDependency";
    /// The repository could not be read.
    pub(crate) const GIT_OPERATION_FAILED: &str = "GitOperationFailed";
    /// There is a new artifact.
    pub(crate) const NEW_ARTIFACT: &str = "NewArtifact";
}

/// Kustomization in the version that is watched.
pub(crate) fn kustomization() -> GroupVersionKind {
    GroupVersionKind::new(KUSTOMIZE_GROUP, VERSION, KUSTOMIZATION)
}

/// GitRepository in the version that is watched.
pub(crate) fn git_repository() -> GroupVersionKind {
    GroupVersionKind::new(SOURCE_GROUP, VERSION, GIT_REPOSITORY)
}
