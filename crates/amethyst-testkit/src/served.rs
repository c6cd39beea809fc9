//! A listener on loopback, for clients that are no part of this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use amethyst_server::Server;
use amethyst_server::edge::tls::Pki;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Where the server listens. The kubeconfig file goes with it.
#[derive(Debug)]
pub struct Served {
    address: SocketAddr,
    folder: TempDir,
    kubeconfig: PathBuf,
}

impl Served {
    /// The address on loopback.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The kubeconfig file of a user who may do everything.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// A folder that lives as long as the listener, for a client's caches.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the kubeconfig file of another user with a certificate of the server's authority.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn kubeconfig_as(&self, pki: &Pki, user: &str, group: Option<&str>) -> PathBuf {
        let leaf = pki.client(user, group).expect("a client certificate can be made");
        let path = self.folder.path().join(format!("{user}.kubeconfig"));
        std::fs::write(&path, pki.kubeconfig_of(&leaf, &self.url(), "testkit"))
            .expect("a temporary folder can be written");
        path
    }
}

pub(crate) async fn serve(
    server: &Server,
    pki: &Pki,
    port: u16,
    tasks: &mut JoinSet<()>,
    shutdown: &CancellationToken,
) -> Served {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("loopback can be listened on");
    let address = listener.local_addr().expect("a listener has an address");
    let tls = pki.tls().expect("a certificate that was just made serves");
    let (server, shutdown) = (server.clone(), shutdown.clone());
    tasks.spawn(async move {
        server.serve(listener, tls, shutdown).await.expect("a listener that has an address serves");
    });
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let kubeconfig = folder.path().join("kubeconfig");
    std::fs::write(&kubeconfig, pki.kubeconfig(&format!("https://{address}"), "testkit"))
        .expect("a temporary folder can be written");
    Served { address, folder, kubeconfig }
}
