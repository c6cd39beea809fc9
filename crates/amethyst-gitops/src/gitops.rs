//! Both controllers together, as assembly starts them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use amethyst_clock::{Clock, Entropy};
use amethyst_controller::events::Recorder;
use amethyst_controller::{Cluster, Context, Controller, Metrics};
use tokio_util::sync::CancellationToken;

use crate::artifacts::Artifacts;
use crate::git_repository::{Followers, GitRepositories};
use crate::kustomization::Kustomizations;
use crate::kustomization::compared::Comparisons;
use crate::names;
use crate::sources::SourceProvider;

/// What the controllers run with.
#[derive(Clone)]
pub struct Settings {
    /// The API.
    pub client: kube::Client,
    /// The time.
    pub clock: Clock,
    /// Chance, for delays.
    pub entropy: Entropy,
    /// Where repositories are.
    pub sources: Arc<dyn SourceProvider>,
    /// How many Kustomizations are worked on at once.
    pub concurrency: usize,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}

/// The GitRepository and the Kustomization controller.
pub struct GitOps {
    repositories: Controller<GitRepositories>,
    kustomizations: Controller<Kustomizations>,
    metrics: [(&'static str, Arc<Metrics>); 2],
}

impl fmt::Debug for GitOps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitOps").field("metrics", &self.metrics).finish_non_exhaustive()
    }
}

impl GitOps {
    /// The controllers, not started yet. The definitions of their kinds need not be there before.
    pub fn new(settings: Settings) -> Self {
        let Settings { client, clock, entropy, sources, concurrency } = settings;
        let cluster = Cluster::new(client);
        let metrics = [("gitrepository", Arc::default()), ("kustomization", Arc::default())];
        let context = |metrics: &Arc<Metrics>| Context {
            cluster: cluster.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            metrics: Arc::clone(metrics),
            concurrency,
        };
        let recorder = |component| Recorder::new(cluster.clone(), clock.clone(), component);
        let artifacts: Arc<Artifacts> = Arc::default();
        let repositories = GitRepositories {
            cluster: cluster.clone(),
            clock: clock.clone(),
            recorder: recorder(names::SOURCE_CONTROLLER),
            sources,
            artifacts: Arc::clone(&artifacts),
            followers: Followers::default(),
        };
        let kustomizations = Kustomizations {
            cluster: cluster.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            recorder: recorder(names::KUSTOMIZE_CONTROLLER),
            artifacts: Arc::clone(&artifacts),
            memories: Mutex::new(HashMap::new()),
            compared: Comparisons::default(),
        };
        let repositories = Controller::new(repositories, context(&metrics[0].1));
        let kustomizations = Controller::new(kustomizations, context(&metrics[1].1));
        artifacts.tell(kustomizations.wakes());
        Self { repositories, kustomizations, metrics }
    }

    /// The counters of each controller, by the name of what it owns.
    pub fn metrics(&self) -> [(&'static str, Arc<Metrics>); 2] {
        self.metrics.clone()
    }

    /// Runs until `stop`; then lets the running passes end.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(self.repositories.run(stop.clone()), self.kustomizations.run(stop));
    }
}
