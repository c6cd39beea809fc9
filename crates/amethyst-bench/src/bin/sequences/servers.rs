//! The two servers, both on loopback and both empty.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use amethyst_clock::{Clock, Entropy};
use amethyst_server::edge::tls::{Pki, PkiHome};
use amethyst_server::identity::Identity;
use amethyst_server::registry::{Registry, RegistryOptions};
use amethyst_server::{Server, ServerOptions};
use amethyst_store::{Options, Store};
use anyhow::{Context, bail};
use bytes::Bytes;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::client::Client;

/// How often a starting peer is asked whether it is ready, and the pause between.
const READY_TRIES: usize = 300;
const READY_PAUSE: Duration = Duration::from_millis(200);

/// Our server; dropping it stops it.
pub(crate) struct Ours {
    pub(crate) client: Client,
    _tasks: JoinSet<()>,
}

/// kube-apiserver and its etcd; dropping them stops both.
pub(crate) struct Peer {
    pub(crate) client: Client,
    _folder: TempDir,
    _children: Vec<Stopped>,
}

/// A program that ends with its owner.
struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        // One that has ended by itself needs no killing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts our server on an empty store. Its background tasks do what kube-controller-manager does, which
/// the peer has not, so they do not run.
pub(crate) async fn ours() -> anyhow::Result<Ours> {
    let clock = Clock::system();
    let pki = Pki::open(PkiHome::Memory, &[], clock.clone())?;
    let options = RegistryOptions {
        clock: clock.clone(),
        entropy: Entropy::system(),
        identity: Identity::in_memory(clock.clone(), Entropy::system()),
        service_cidr: ([10, 96, 0, 0].into(), 16),
        node_ports: 30000..=32767,
        root_ca_pem: pki.authority_pem().to_owned(),
        advertise: None,
        plugins: Vec::new(),
        outbound: std::sync::Arc::new(amethyst_http::LoopbackOnly),
    };
    let registry = Registry::start(Store::memory(Options::default()), options).await?;
    let server = Server::start(registry, ServerOptions::new(clock));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let client = Client::new(listener.local_addr()?, &pki)?;
    let (tls, mut tasks) = (pki.tls()?, JoinSet::new());
    tasks.spawn(async move {
        // The listener has an address, so serving it ends with the program only.
        let _ = server.serve(listener, tls, CancellationToken::new()).await;
    });
    Ok(Ours { client, _tasks: tasks })
}

/// Starts etcd and kube-apiserver in a temporary folder and waits until the latter is ready.
pub(crate) async fn peer(apiserver: &Path, etcd: &Path) -> anyhow::Result<Peer> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name).display().to_string();
    let pki = Pki::open(PkiHome::Folder(folder.path().join("pki")), &[], Clock::system())?;
    let [client_port, peer_port, port] = free_ports()?;
    let etcd_url = format!("http://127.0.0.1:{client_port}");
    let peer_url = format!("http://127.0.0.1:{peer_port}");
    let mut children = vec![start(
        Command::new(etcd)
            .args(["--data-dir", &at("etcd"), "--unsafe-no-fsync", "--log-level", "error"])
            .args(["--listen-client-urls", &etcd_url, "--advertise-client-urls", &etcd_url])
            .args(["--listen-peer-urls", &peer_url, "--initial-advertise-peer-urls", &peer_url])
            .args(["--initial-cluster", &format!("default={peer_url}")]),
        &at("etcd.log"),
    )?];
    children.push(start(
        Command::new(apiserver)
            .args(["--etcd-servers", &etcd_url, "--bind-address", "127.0.0.1"])
            .args(["--secure-port", &port.to_string(), "--advertise-address", "192.0.2.10"])
            .args(["--tls-cert-file", &at("pki/server.crt"), "--tls-private-key-file", &at("pki/server.key")])
            .args(["--client-ca-file", &at("pki/ca.crt"), "--authorization-mode", "RBAC"])
            .args(["--service-account-issuer", "https://kubernetes.default.svc"])
            // A certificate holds a public key as well.
            .args(["--service-account-key-file", &at("pki/server.crt")])
            .args(["--service-account-signing-key-file", &at("pki/server.key")])
            .args(["--service-cluster-ip-range", "10.96.0.0/16", "--allow-privileged"]),
        &at("kube-apiserver.log"),
    )?);
    let client = Client::new(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), &pki)?;
    for _ in 0..READY_TRIES {
        if let Some(status) = children.iter_mut().find_map(|child| child.0.try_wait().ok().flatten()) {
            bail!("the peer ended with {status}: {}", tail(Path::new(&at("kube-apiserver.log"))));
        }
        if let Ok(answer) = client.ask("GET", "/readyz", &[], Bytes::new()).await
            && answer.code == 200
        {
            return Ok(Peer { client, _folder: folder, _children: children });
        }
        tokio::time::sleep(READY_PAUSE).await;
    }
    bail!("the peer did not become ready: {}", tail(Path::new(&at("kube-apiserver.log"))))
}

fn start(command: &mut Command, log: &str) -> anyhow::Result<Stopped> {
    let log = File::create(log)?;
    let program = command.get_program().to_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("failed to start `{}`", program.display()))?;
    Ok(Stopped(child))
}

fn free_ports() -> anyhow::Result<[u16; 3]> {
    let listeners: Result<Vec<_>, _> = (0..3).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect();
    let ports: Result<Vec<_>, _> =
        listeners?.iter().map(|listener| listener.local_addr().map(|address| address.port())).collect();
    Ok(ports?.try_into().expect("three were asked for"))
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
