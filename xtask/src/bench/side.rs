//! The two sides: how each is started, what it consists of, and how it is stopped.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};

use super::process::{Process, pause};
use super::{Bench, number};

/// The ConfigMap in our repository that a bench changes.
pub(super) const COMMITTED: &str = "apps/committed.yaml";

/// What is measured.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// kube-apiserver with etcd.
    Peer,
    /// `amethyst up`.
    Ours,
}

/// A server that runs and is ready.
pub(super) struct Server {
    /// Who may do everything there.
    pub(super) kubeconfig: PathBuf,
    /// The repository that it follows; ours only.
    pub(super) checkout: PathBuf,
    /// How long after its start it was ready.
    pub(super) ready_ms: f64,
    /// All of its processes, the one that writes to the disk first, to be stopped from the last.
    processes: Vec<Process>,
}

impl Server {
    /// The process that writes to the disk.
    pub(super) fn writing_pid(&self) -> u32 {
        self.processes[0].pid()
    }

    /// The process that answers clients.
    pub(super) fn answering_pid(&self) -> u32 {
        self.processes[self.processes.len() - 1].pid()
    }

    /// The memory of all its processes, in MB.
    pub(super) fn memory_mb(&self) -> anyhow::Result<f64> {
        let bytes = self.processes.iter().map(Process::memory_bytes).sum::<anyhow::Result<u64>>()?;
        Ok(bytes as f64 / 1e6)
    }

    /// How much of one core it uses while nobody asks anything.
    pub(super) fn idle_percent(&self, seconds: u64) -> anyhow::Result<f64> {
        let used = || self.processes.iter().map(Process::processor_seconds).sum::<anyhow::Result<f64>>();
        let before = used()?;
        pause(Duration::from_secs(seconds));
        Ok((used()? - before) / seconds as f64 * 100.0)
    }

    /// Stops all its processes, the one that the others need last.
    pub(super) fn stop(&mut self) -> anyhow::Result<()> {
        self.processes.iter_mut().rev().try_for_each(Process::stop)
    }
}

/// Starts a side over the folder `name`, which is new when `fresh`, and waits until it is ready.
pub(super) fn start(bench: &Bench, side: Side, name: &str, fresh: bool) -> anyhow::Result<Server> {
    let folder = bench.folder.join(match side {
        Side::Peer => format!("peer-{name}"),
        Side::Ours => format!("ours-{name}"),
    });
    if fresh && folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    match side {
        Side::Peer => peer(bench, &folder),
        Side::Ours => ours(bench, &folder),
    }
}

/// etcd is there before the clock runs: what is measured is the start of kube-apiserver alone.
fn peer(bench: &Bench, folder: &Path) -> anyhow::Result<Server> {
    let (etcd_port, members, port) = (free_port()?, free_port()?, free_port()?);
    let (etcd, members) = (format!("http://127.0.0.1:{etcd_port}"), format!("http://127.0.0.1:{members}"));
    let mut command = Command::new(&bench.etcd);
    command.arg("--data-dir").arg(folder.join("etcd")).args(["--log-level", "error"]);
    command.args(["--listen-client-urls", &etcd, "--advertise-client-urls", &etcd]);
    command.args(["--listen-peer-urls", &members, "--initial-advertise-peer-urls", &members]);
    command.args(["--initial-cluster", &format!("default={members}")]);
    let store = Process::start(&mut command, &folder.join("etcd.log"))?;
    listens(etcd_port)?;
    let url = format!("https://127.0.0.1:{port}");
    if !folder.join("tokens.key").exists() {
        bench.load.certificates(folder, &url)?;
    }
    let kubeconfig = folder.join("kubeconfig");
    let text = std::fs::read_to_string(&kubeconfig)?;
    let lines = text.lines().map(|line| match line.split_once("server: ") {
        Some((before, _)) => format!("{before}server: {url}\n"),
        None => format!("{line}\n"),
    });
    std::fs::write(&kubeconfig, lines.collect::<String>())?;
    let mut command = Command::new(&bench.apiserver);
    command.args([
        "--etcd-servers",
        &etcd,
        "--secure-port",
        &port.to_string(),
        "--bind-address",
        "127.0.0.1",
    ]);
    command.args(["--advertise-address", "192.0.2.10", "--authorization-mode", "Node,RBAC"]);
    for (flag, file) in [
        ("--tls-cert-file", "server.crt"),
        ("--tls-private-key-file", "server.key"),
        ("--client-ca-file", "ca.crt"),
        ("--service-account-key-file", "tokens.key"),
        ("--service-account-signing-key-file", "tokens.key"),
    ] {
        command.arg(flag).arg(folder.join(file));
    }
    command.args(["--service-account-issuer", "https://kubernetes.default.svc"]);
    command.args(["--service-cluster-ip-range", "10.96.0.0/12"]);
    let started = nanoseconds()?;
    let processes = vec![store, Process::start(&mut command, &folder.join("kube-apiserver.log"))?];
    let server = Server { kubeconfig, checkout: PathBuf::new(), ready_ms: 0.0, processes };
    ready(bench, server, started)
}

fn ours(bench: &Bench, folder: &Path) -> anyhow::Result<Server> {
    let checkout = folder.join("repository");
    if !checkout.exists() {
        repository(&checkout)?;
    }
    let kubeconfig = folder.join("kubeconfig");
    if kubeconfig.exists() {
        // The one of the last start names another port.
        std::fs::remove_file(&kubeconfig)?;
    }
    let mut command = Command::new(&bench.amethyst);
    command.arg("up").arg("--path").arg(&checkout).arg("--data-dir").arg(folder.join("state"));
    command.arg("--kubeconfig").arg(&kubeconfig);
    command.args(["--listen", &format!("127.0.0.1:{}", free_port()?)]);
    let started = nanoseconds()?;
    let processes = vec![Process::start(&mut command, &folder.join("amethyst.log"))?];
    ready(bench, Server { kubeconfig, checkout, ready_ms: 0.0, processes }, started)
}

fn ready(bench: &Bench, mut server: Server, started: u128) -> anyhow::Result<Server> {
    let said = bench.load.run(&server, &["ready"], &[("--started", started.to_string())]);
    if server.processes.iter_mut().any(Process::has_ended) {
        bail!("a server ended by itself\nhint: its log lies below `{}`", bench.folder.display());
    }
    server.ready_ms = number(&said?, &["ready", "ready_ms"])?;
    Ok(server)
}

/// A homelab of one ConfigMap.
fn repository(folder: &Path) -> anyhow::Result<()> {
    let sync = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: flux-system\n  \
                namespace: flux-system\nspec:\n  interval: 1m\n  ref:\n    branch: main\n  url: \
                https://git.example.org/bench.git\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: \
                Kustomization\nmetadata:\n  name: flux-system\n  namespace: flux-system\nspec:\n  interval: 10m\n  \
                path: ./apps\n  prune: true\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n";
    let committed = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: committed\n  namespace: default\n\
                     data:\n  value: first\n";
    for (file, text) in [("flux-system/gotk-sync.yaml", sync), (COMMITTED, committed)] {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        std::fs::write(path, text)?;
    }
    let author = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"];
    for arguments in [
        &["init", "--quiet", "--initial-branch", "main"][..],
        &["add", "--all"],
        &["commit", "--quiet", "--message", "A homelab of one ConfigMap"],
    ] {
        let status = Command::new("git").current_dir(folder).args(author).args(arguments).status()?;
        if !status.success() {
            bail!("`git {}` ended with {status}", arguments.join(" "));
        }
    }
    Ok(())
}

/// Waits until somebody listens on a port.
fn listens(port: u16) -> anyhow::Result<()> {
    for _ in 0..1500 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        pause(Duration::from_millis(20));
    }
    bail!("nobody came to listen on port {port}")
}

/// A port that was free a moment ago.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[expect(clippy::disallowed_methods, reason = "the load, another process, measures from this moment on")]
fn nanoseconds() -> anyhow::Result<u128> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?.as_nanos())
}
