//! A running homelab.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use amethyst_clock::{Clock, Entropy};
use amethyst_controller::{Cluster, ObjectKey};
use amethyst_gitops::{GitOps, LocalSources};
use amethyst_render::homelab::Device;
use amethyst_server::audit::{Audit, Log, Policy};
use amethyst_server::edge::tls::{Pki, PkiHome, Tls};
use amethyst_server::identity::{Identity, IdentityError, IdentityOptions};
use amethyst_server::record::Entry;
use amethyst_server::registry::{Registry, RegistryOptions};
use amethyst_server::user::User;
use amethyst_server::{Server, ServerOptions};
use amethyst_source::LocalGit;
use amethyst_store::{Disk, DiskLock, LockError, OpenError, Options, RealDisk, Recovery, Store};
use amethyst_workloads::{SimulatedNode, Workloads};
use kube::Client;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::keyring::Keyring;
use crate::{AuditSettings, Progress, Settings, StartError, builtin, seed};

/// Where cluster IPs come from, as kubeadm has it.
const SERVICE_CIDR: ([u8; 4], u8) = ([10, 96, 0, 0], 12);
/// How many Kustomizations are worked on at once; rendering is quick, the rest is waiting.
const CONCURRENCY: usize = 4;
/// The file of the state's keys: beside the store, not in it.
const KEY_FILE: &str = "keys/store.key";
/// The kubeconfig's name in the state folder.
const KUBECONFIG: &str = "kubeconfig";
/// How often certificates are looked at; they are made anew a month before their end.
const RENEWAL: Duration = Duration::from_hours(12);
/// How long a stop waits for what runs.
const DRAIN: Duration = Duration::from_secs(15);

/// A homelab that runs in this process, until [`Homelab::stop`].
pub struct Homelab {
    client: Client,
    store: Store<Entry>,
    address: Option<SocketAddr>,
    recovery: Option<Recovery>,
    /// The source of the sync and the checkout it is served from, once something follows it.
    sync: Option<(ObjectKey, LocalGit)>,
    server: Server,
    stop: CancellationToken,
    stop_server: CancellationToken,
    controllers: JoinSet<()>,
    tasks: JoinSet<()>,
}

impl Homelab {
    /// Starts the API server and the controllers that belong to it, without entry and builtins: the API
    /// answers when this returns.
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let clock = Clock::system();
        let (store, recovery) = open(settings)?;
        let listener = match settings.listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let address = listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let home =
            settings.data_dir.as_ref().map_or(PkiHome::Memory, |folder| PkiHome::Folder(folder.join("pki")));
        let hosts: Vec<String> = address.iter().map(|address| address.ip().to_string()).collect();
        let identity = identity(settings, home.clone(), &clock).map_err(StartError::Identity)?;
        let pki = Pki::open(home, &hosts, clock.clone()).map_err(StartError::Certificates)?;
        let options = RegistryOptions {
            clock: clock.clone(),
            entropy: Entropy::system(),
            identity,
            service_cidr: (SERVICE_CIDR.0.into(), SERVICE_CIDR.1),
            node_ports: 30000..=32767,
            root_ca_pem: pki.authority_pem().to_owned(),
            advertise: address,
            plugins: Vec::new(),
            outbound: std::sync::Arc::new(amethyst_http::Open),
        };
        let registry = Registry::start(store.clone(), options).await.map_err(StartError::Registry)?;
        let (mut tasks, stop_server) = (JoinSet::new(), CancellationToken::new());
        registry.spawn_background(&mut tasks, &stop_server);
        let authority =
            pki.authority(Entropy::system()).map_err(|error| StartError::Certificates(error.into()))?;
        registry.spawn_signers(authority, &mut tasks, &stop_server);
        let audit = settings.audit.as_ref().map(|audit| self::audit(audit, &clock)).transpose()?;
        let mut options = ServerOptions { audit, ..ServerOptions::new(clock) };
        if let Some(address) = address {
            options.address = address.to_string();
        }
        let server = Server::start(registry, options);
        if let (Some(listener), Some(address)) = (listener, address) {
            let tls = pki.tls().map_err(StartError::Certificates)?;
            let (serving, (server, stop)) = (tls.clone(), (server.clone(), stop_server.clone()));
            tasks.spawn(async move {
                if let Err(error) = server.serve(listener, tls, stop).await {
                    tracing::error!(%error, "the listener ended");
                }
            });
            let url = format!("https://{address}");
            let kubeconfig = pki.kubeconfig(&url, &settings.name);
            // The one in the state folder is also how `status` finds this process.
            let beside = settings.data_dir.as_ref().map(|folder| folder.join(KUBECONFIG));
            let paths: BTreeSet<PathBuf> = beside.into_iter().chain(settings.kubeconfig.clone()).collect();
            for path in &paths {
                write_kubeconfig(path, &kubeconfig)?;
            }
            let renewal = Renewal { pki, tls: serving, url, name: settings.name.clone(), paths };
            tasks.spawn(renewal.run(stop_server.clone()));
        }
        let client = Client::new(server.service(User::in_process("system:amethyst")), "default");
        let mut homelab = Self {
            client,
            store,
            address,
            recovery,
            sync: None,
            server,
            stop: CancellationToken::new(),
            stop_server,
            controllers: JoinSet::new(),
            tasks,
        };
        homelab.control(settings);
        Ok(homelab)
    }

    /// Starts the controllers that are Kubernetes itself, whatever else is served.
    fn control(&mut self, settings: &Settings) {
        let user = User::in_process("system:kube-controller-manager");
        let workloads = Workloads::new(amethyst_workloads::Settings {
            client: Client::new(self.server.service(user), "default"),
            clock: Clock::system(),
            entropy: Entropy::system(),
            nodes: settings.devices.iter().filter(|device| device.is_node()).map(simulated).collect(),
        });
        self.controllers.spawn(workloads.run(self.stop.clone()));
    }

    /// Brings the definitions and the entry, and starts the controllers of what is served.
    pub async fn follow(&mut self, settings: &Settings) -> Result<(), StartError> {
        if !settings.builtins.contains(builtin::FLUX) {
            return Ok(());
        }
        let cluster = Cluster::new(self.client.clone());
        seed::definitions(&cluster).await?;
        let source = &settings.entry.source;
        let key = ObjectKey::new(source.namespace(), source.name());
        let url = source.str_at(&["spec", "url"]).unwrap_or_default().to_owned();
        self.sync = Some((key.clone(), settings.repository.clone()));
        let sources = LocalSources::new(settings.repository.clone(), Some((key, url)));
        let gitops = GitOps::new(amethyst_gitops::Settings {
            client: self.client.clone(),
            clock: Clock::system(),
            entropy: Entropy::system(),
            sources: Arc::new(sources),
            concurrency: CONCURRENCY,
        });
        self.controllers.spawn(gitops.run(self.stop.clone()));
        seed::entry(&cluster, &settings.entry).await
    }

    /// A client with every right, in process.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The store, for what counts it.
    pub fn store(&self) -> &Store<Entry> {
        &self.store
    }

    /// Where the API listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// What was found on disk, when state is kept there.
    pub fn recovery(&self) -> Option<&Recovery> {
        self.recovery.as_ref()
    }

    /// What the Kustomizations say, from now on. Must be called inside a tokio runtime.
    pub fn progress(&self) -> Progress {
        match self.sync.clone() {
            Some((source, repository)) => Progress::serving(self.client.clone(), source, repository),
            None => Progress::new(self.client.clone()),
        }
    }

    /// Stops controllers first, then the server, then closes the store.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let drained = async { while self.controllers.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("controllers did not end in time");
            self.controllers.shutdown().await;
        }
        self.stop_server.cancel();
        self.server.shut_down();
        let drained = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("the server did not drain in time");
            self.tasks.shutdown().await;
        }
        if let Err(error) = self.store.close().await {
            tracing::error!(%error, "failed to close the store");
        }
    }
}

fn identity(settings: &Settings, home: PkiHome, clock: &Clock) -> Result<Identity, IdentityError> {
    let given = settings.service_accounts.clone();
    Identity::open(IdentityOptions {
        key_pem: given.key_pem,
        verification_pems: given.verification_pems,
        issuers: given.issuers,
        jwks_uri: given.jwks_uri,
        oidc: settings.issuers.clone(),
        outbound: Arc::new(amethyst_http::Open),
        ..IdentityOptions::new(home, clock.clone(), Entropy::system())
    })
}

/// A device as a node that nobody runs.
fn simulated(device: &Device) -> SimulatedNode {
    SimulatedNode {
        name: device.name.clone(),
        role: device.role.clone(),
        arch: device.arch.clone(),
        cpu: device.cpu.clone(),
        memory: device.memory.clone(),
        storage: device.system_disk.clone(),
        address: device.address.clone(),
    }
}

fn audit(settings: &AuditSettings, clock: &Clock) -> Result<Audit, StartError> {
    let path = || settings.policy.display().to_string();
    let wrong = |source| StartError::AuditPolicy { path: path(), source };
    let text = std::fs::read_to_string(&settings.policy).map_err(|error| wrong(error.into()))?;
    let policy = Policy::parse(&text).map_err(|error| wrong(error.into()))?;
    let log = Log::open(settings.log.clone())
        .map_err(|source| StartError::AuditLog { path: settings.log.path.display().to_string(), source })?;
    Ok(Audit::new(policy, log, clock.clone()))
}

fn open(settings: &Settings) -> Result<(Store<Entry>, Option<Recovery>), StartError> {
    let Some(folder) = &settings.data_dir else { return Ok((Store::memory(Options::default()), None)) };
    let path = folder.join("store");
    let shown = || folder.display().to_string();
    let failed = |source| match source {
        OpenError::Locked { pid } => StartError::Locked { path: shown(), pid },
        source => StartError::Store { path: shown(), source },
    };
    let disk = RealDisk::new(&path).map_err(|source| StartError::DataDir { path: shown(), source })?;
    let encryption = &settings.encryption;
    let passphrase = encryption.passphrase_file.as_deref();
    let mut keyring = Keyring::open(folder.join(KEY_FILE), passphrase, &disk, Entropy::system())
        .map_err(StartError::Keyring)?;
    if encryption.rotate {
        keyring.rotate().map_err(StartError::Keyring)?;
    }
    let options = Options { seal: Some(Arc::new(keyring.seal())), ..Options::default() };
    let (store, recovery) = Store::open(Arc::new(disk), options).map_err(failed)?;
    if recovery.sealed {
        keyring.drop_older().map_err(StartError::Keyring)?;
    }
    Ok((store, Some(recovery)))
}

/// Takes the state in `folder`, so that nobody opens it while it is held.
pub fn lock_state(folder: &Path) -> Result<Box<dyn DiskLock>, StartError> {
    let shown = folder.display().to_string();
    let disk = RealDisk::new(folder.join("store"))
        .map_err(|source| StartError::DataDir { path: shown.clone(), source })?;
    disk.lock().map_err(|error| match error {
        LockError::Held { pid } => StartError::Locked { path: shown, pid },
        LockError::Io(source) => StartError::DataDir { path: shown, source },
    })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

/// Keeps the certificates of a process that runs for a year good.
struct Renewal {
    pki: Pki,
    tls: Tls,
    url: String,
    name: String,
    paths: BTreeSet<PathBuf>,
}

impl Renewal {
    async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RENEWAL) => {}
            }
            match self.pki.renew(&self.tls) {
                Ok(false) => {}
                Ok(true) => {
                    let kubeconfig = self.pki.kubeconfig(&self.url, &self.name);
                    for error in
                        self.paths.iter().filter_map(|path| write_kubeconfig(path, &kubeconfig).err())
                    {
                        tracing::error!(%error, "failed to write the kubeconfig with its new certificate");
                    }
                }
                Err(error) => tracing::error!(%error, "failed to renew the certificates"),
            }
        }
    }
}

/// Writes the file for its owner alone, and whole or not at all.
fn write_kubeconfig(path: &Path, text: &str) -> Result<(), StartError> {
    let failed = |source| StartError::Kubeconfig { path: path.display().to_string(), source };
    let beside = path.with_extension("tmp");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(0o600).open(&beside).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}
