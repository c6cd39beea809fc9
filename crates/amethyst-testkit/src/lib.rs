//! An API server in process, for tests: a memory store of its own, background tasks, a client.
//!
//! [`Env::start`] takes milliseconds, so each test has its own. Nothing sleeps: wait for what an object
//! looks like with [`wait_for`]. On a paused current-thread runtime the server, its timers and its
//! timestamps run in virtual time. [`Env::serve`] opens a TLS listener on loopback for real clients.

mod served;
mod wait;

use amethyst_clock::{Clock, Entropy};
use amethyst_server::edge::tls::{Pki, PkiHome};
use amethyst_server::identity::Identity;
use amethyst_server::record::Entry;
use amethyst_server::registry::{Registry, RegistryOptions};
use amethyst_server::user::User;
use amethyst_server::{Server, ServerOptions};
use amethyst_store::{Options, Store};
// kube takes the version of Kubernetes from it.
use k8s_openapi as _;
use kube::Client;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use served::Served;
pub use wait::{wait_for, wait_gone, wait_until};

/// A server with an empty homelab. Dropping it stops everything.
pub struct Env {
    /// A client of a user who may do everything.
    pub client: Client,
    server: Server,
    clock: Clock,
    pki: Pki,
    shutdown: CancellationToken,
    tasks: JoinSet<()>,
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Env").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Env {
    /// Starts a server in the machine's time, or in virtual time on a paused runtime.
    ///
    /// # Panics
    /// When the server cannot start: a test cannot go on then.
    pub async fn start() -> Self {
        Self::with(Clock::system(), Entropy::system()).await
    }

    /// Starts a server whose timestamps, uids and generated names repeat from run to run; on a paused
    /// runtime everything does.
    ///
    /// # Panics
    /// As [`Env::start`].
    pub async fn repeatable(epoch: &str) -> Self {
        let epoch = epoch.parse().expect("a test names a valid time");
        Self::with(Clock::at(epoch), Entropy::seeded(1)).await
    }

    async fn with(clock: Clock, entropy: Entropy) -> Self {
        let pki = Pki::open(PkiHome::Memory, &[], clock.clone()).expect("an authority in memory can be made");
        let store: Store<Entry> = Store::memory(Options::default());
        let options = RegistryOptions {
            clock: clock.clone(),
            identity: Identity::in_memory(clock.clone(), entropy.clone()),
            entropy,
            service_cidr: ([10, 96, 0, 0].into(), 16),
            node_ports: 30000..=32767,
            root_ca_pem: pki.authority_pem().to_owned(),
            advertise: None,
            plugins: Vec::new(),
            outbound: std::sync::Arc::new(amethyst_http::LoopbackOnly),
        };
        let registry = Registry::start(store, options).await.expect("a registry starts on an empty store");
        let (mut tasks, shutdown) = (JoinSet::new(), CancellationToken::new());
        let authority = pki.authority(Entropy::system()).expect("an authority that was just made signs");
        registry.spawn_background(&mut tasks, &shutdown);
        registry.spawn_signers(authority, &mut tasks, &shutdown);
        let server = Server::start(registry, ServerOptions::new(clock.clone()));
        let client = Client::new(server.service(User::in_process("test")), "default");
        Self { client, server, clock, pki, shutdown, tasks }
    }

    /// A client of another user.
    pub fn client_as(&self, user: User) -> Client {
        Client::new(self.server.service(user), "default")
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The store below the server.
    pub fn store(&self) -> &Store<Entry> {
        self.server.registry().store()
    }

    /// The server's certificates.
    pub fn pki(&self) -> &Pki {
        &self.pki
    }

    /// The server's time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Serves on loopback with TLS, and writes a kubeconfig file for kubectl and its like.
    ///
    /// # Panics
    /// When loopback cannot be listened on.
    pub async fn serve(&mut self) -> Served {
        self.serve_on(0).await
    }

    /// As [`Env::serve`], on a port.
    ///
    /// # Panics
    /// When the port is in use.
    pub async fn serve_on(&mut self, port: u16) -> Served {
        served::serve(&self.server, &self.pki, port, &mut self.tasks, &self.shutdown).await
    }

    /// Stops the server and waits until its tasks have ended.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        self.server.shut_down();
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Drop for Env {
    fn drop(&mut self) {
        self.shutdown.cancel();
        self.server.shut_down();
    }
}
