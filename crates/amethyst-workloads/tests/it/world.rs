//! A server with the controllers running.

use amethyst_clock::Entropy;
use amethyst_testkit::Env;
use amethyst_workloads::{Settings, SimulatedNode, Workloads};
use kube::api::PostParams;
use kube::{Api, Client, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) struct World {
    pub(crate) env: Env,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Vec::new()).await
    }

    /// With simulated nodes.
    pub(crate) async fn with(nodes: Vec<SimulatedNode>) -> Self {
        let env = Env::repeatable("2026-11-24T00:00:00Z").await;
        let settings = Settings {
            client: env.client.clone(),
            clock: env.clock().clone(),
            entropy: Entropy::seeded(2),
            nodes,
        };
        let stop = CancellationToken::new();
        let running = tokio::spawn(Workloads::new(settings).run(stop.clone()));
        Self { env, stop, running }
    }

    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        Api::namespaced(self.env.client.clone(), "default")
    }

    pub(crate) fn client(&self) -> Client {
        self.env.client.clone()
    }

    /// Creates an object.
    pub(crate) async fn make<K>(&self, api: &Api<K>, object: Value) -> K
    where
        K: Clone + std::fmt::Debug + Serialize + DeserializeOwned,
    {
        let object: K = serde_json::from_value(object).expect("a test writes valid objects");
        api.create(&PostParams::default(), &object).await.expect("the server takes it")
    }

    /// Stops, and says how many revisions passing by costs when nothing changes.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.running.await.expect("the controllers end in order");
        self.env.stop().await;
    }

    /// Waits long enough for anything that would be written to be written; gives the revision then.
    pub(crate) async fn rest(&self) -> u64 {
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        self.env.store().snapshot().revision().0
    }
}
