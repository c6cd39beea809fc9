//! `cargo xtask peers NAME`: builds a peer from its published source, outside the tree, and tells where it lies.
//!
//! Each peer has a folder `peers/<peer>/` with its own `go.mod` and pinned versions. What is built stays in
//! the user's cache folder between runs.

mod conformance;
mod fixtures;
mod flux_local;
mod helm;
mod known;
mod krusty;
mod render;
mod tally;
mod tools;
mod unittest;
mod yaml;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// How `peers` is called.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which peer: `kubectl`, `kube-apiserver`, `kube-controller-manager`, `e2e.test`, `etcd`, `helm`, `kustomize`,
    /// `flate`, `flux`, `flux-local`, `helm-unittest`, `helm-controller`; or `conformance`, which runs upstream's
    /// conformance tests against `amethyst up`, `fixtures`, which takes upstream's examples of all kinds through our
    /// decoders and encoders, or `render`, which proves and measures ours on the repositories of `--corpus` and the
    /// charts' tests of `--suites`. Its parts are `krusty`, which takes kustomize's own tests, or the kustomizations of
    /// `--corpus`, through ours, `yaml`, which reads and writes documents with Go's libraries, `goldens`, which takes
    /// Helm's own tests of `helm template`, `template`, which renders the charts and HelmReleases of `--corpus` with
    /// helm and ours, and `unittest`, which runs the charts' tests of `--suites` with ours and with helm-unittest
    name: String,
    /// Compare what lies below these folders
    #[arg(long, value_name = "DIR", num_args = 1..)]
    corpus: Vec<PathBuf>,
    #[command(flatten)]
    conformance: conformance::Arguments,
    #[command(flatten)]
    krusty: krusty::Arguments,
    #[command(flatten)]
    yaml: yaml::Arguments,
    #[command(flatten)]
    render: render::Arguments,
    #[command(flatten)]
    unittest: unittest::Arguments,
    /// Run ours against it: request sequences against `kube-apiserver`
    #[arg(long)]
    run: bool,
    /// Run ours against it: invalid objects against `kube-apiserver`
    #[arg(long, conflicts_with = "run")]
    run_invalid: bool,
    /// Take this kube-apiserver instead of building one
    #[arg(long, value_name = "PATH")]
    kube_apiserver: Option<PathBuf>,
    /// Take this etcd instead of building one
    #[arg(long, value_name = "PATH")]
    etcd: Option<PathBuf>,
    /// Run the sequences, tests or kinds whose names hold this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// A program that is built from the Go module proxy.
struct Peer {
    name: &'static str,
    folder: &'static str,
    package: &'static str,
    version: &'static str,
    /// What the program is: a command, or the tests of a package.
    is_test: bool,
    /// The Go that it needs, where that is newer than what everything else is built with.
    toolchain: Option<&'static str>,
}

const KUBERNETES: &str = "v1.37.2";

const PEERS: &[Peer] = &[
    Peer::kubernetes("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
    Peer::kubernetes("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
    Peer::kubernetes("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    Peer { is_test: true, ..Peer::kubernetes("e2e.test", "k8s.io/kubernetes/test/e2e") },
    Peer::module("etcd", "go.etcd.io/etcd/server/v3", "v3.7.3"),
    Peer::module("helm", "helm.sh/helm/v4/cmd/helm", "v4.3.1"),
    Peer::module("helm-unittest", "github.com/helm-unittest/helm-unittest/cmd/helm-unittest", "v1.1.2"),
    Peer::module("kustomize", "sigs.k8s.io/kustomize/kustomize/v5", "v5.8.2"),
    Peer {
        toolchain: Some("go1.27.3"),
        ..Peer::module("flate", "github.com/home-operations/flate/cmd/flate", "v0.6.5")
    },
    Peer {
        toolchain: Some("go1.27.3"),
        ..Peer::module("helm-controller", "github.com/fluxcd/helm-controller", "v1.6.4")
    },
];

impl Peer {
    const fn kubernetes(name: &'static str, package: &'static str) -> Self {
        Self { folder: "kubernetes", ..Self::module(name, package, KUBERNETES) }
    }

    /// A peer whose folder is called like itself.
    const fn module(name: &'static str, package: &'static str, version: &'static str) -> Self {
        Self { name, folder: name, package, version, is_test: false, toolchain: None }
    }
}

/// Builds the peer, unless it is there, and prints its path or runs ours against it.
#[expect(clippy::print_stdout, reason = "the path is what is asked for")]
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let only = arguments.only.as_deref().unwrap_or_default();
    match arguments.name.as_str() {
        "conformance" => return conformance::run(&arguments.conformance, only),
        "fixtures" => return fixtures::run(),
        "krusty" => return krusty::run(&arguments.krusty, &arguments.corpus, only),
        "yaml" => return yaml::run(&arguments.yaml, &arguments.corpus),
        "goldens" | "template" => return helm::run(&arguments.name, &arguments.corpus),
        "unittest" => return unittest::run(&arguments.unittest, only),
        "render" => {
            let Arguments { krusty, yaml, unittest, .. } = arguments;
            let parts = render::Parts { krusty, yaml, unittest };
            return render::run(&arguments.render, &parts, &arguments.corpus);
        }
        _ => {}
    }
    for (is_wanted, tool) in [(arguments.run, "sequences"), (arguments.run_invalid, "invalid")] {
        if is_wanted {
            return compare(arguments, tool);
        }
    }
    println!("{}", find(&arguments.name)?.display());
    Ok(())
}

/// Runs this tool of amethyst-bench on our server and on kube-apiserver.
fn compare(arguments: &Arguments, tool: &str) -> anyhow::Result<()> {
    if arguments.name != "kube-apiserver" {
        bail!(
            "nothing of ours runs against `{}`\nhint: `--run` and `--run-invalid` go with `kube-apiserver`",
            arguments.name
        );
    }
    let built = |given: &Option<PathBuf>, name: &str| match given {
        Some(path) => Ok(path.clone()),
        None => find(name),
    };
    let status = crate::cargo()
        .current_dir(crate::root()?)
        .args(["run", "--quiet", "-p", "amethyst-bench", "--bin", tool, "--"])
        .arg("--kube-apiserver")
        .arg(built(&arguments.kube_apiserver, "kube-apiserver")?)
        .arg("--etcd")
        .arg(built(&arguments.etcd, "etcd")?)
        .args(["--only", arguments.only.as_deref().unwrap_or_default()])
        .status()
        .context("failed to run the comparison")?;
    if !status.success() {
        bail!("the comparison ended with {status}");
    }
    Ok(())
}

/// Where the peer of this name lies; it is built unless it is there.
pub(crate) fn find(name: &str) -> anyhow::Result<PathBuf> {
    match name {
        "flux" => return flux_local::flux(),
        "flux-local" => return flux_local::find(None),
        _ => {}
    }
    let peer = PEERS.iter().find(|peer| peer.name == name).with_context(|| {
        let known: Vec<&str> = PEERS
            .iter()
            .map(|peer| peer.name)
            .chain(["flux", "flux-local", "conformance", "fixtures", "render"])
            .chain(["krusty", "yaml", "goldens", "template", "unittest"])
            .collect();
        format!("no peer is called `{name}`\nhint: one of {}", known.join(", "))
    })?;
    build(&crate::root()?, peer)
}

#[expect(clippy::disallowed_methods, reason = "a task reads where the user's cache lies")]
pub(crate) fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| "/tmp".into())).join(".cache");
    std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("amethyst/peers")
}

/// What a corpus is called: its folder's name.
fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn build(root: &Path, peer: &Peer) -> anyhow::Result<PathBuf> {
    let folder = cache().join(format!("{}-{}", peer.name, peer.version));
    let binary = folder.join(peer.name);
    if binary.exists() {
        return Ok(binary);
    }
    std::fs::create_dir_all(&folder)?;
    let work = cache().join(peer.folder);
    std::fs::create_dir_all(&work)?;
    for file in ["go.mod", "go.sum", "tools.go"] {
        let from = root.join("peers").join(peer.folder).join(file);
        if from.exists() {
            std::fs::copy(&from, work.join(file))
                .with_context(|| format!("failed to copy `{}`", from.display()))?;
        }
    }
    let mut flags = String::from("-s -w");
    if peer.folder == "kubernetes" {
        // Without these a client sees v0.0.0 and refuses.
        for package in ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"] {
            let version = peer.version;
            write!(
                flags,
                " -X {package}.gitVersion={version} -X {package}.gitMajor=1 -X {package}.gitMinor=37"
            )?;
        }
    }
    if peer.folder == "helm-unittest" {
        // Suites ask for a least version, and without this it is v0.1.0.
        let version = peer.version.trim_start_matches('v');
        write!(flags, " -X github.com/helm-unittest/helm-unittest/internal/build.version={version}")?;
    }
    let status = Command::new("go")
        .current_dir(&work)
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "-buildvcs=false -trimpath -mod=mod")
        .envs(peer.toolchain.map(|toolchain| ("GOTOOLCHAIN", toolchain)))
        .args(if peer.is_test { &["test", "-c"][..] } else { &["build"] })
        .args(["-ldflags", &flags, "-o"])
        .arg(&binary)
        .arg(peer.package)
        .status()
        .context("failed to run `go`; peers are built with Go 1.26 or newer")?;
    if !status.success() {
        bail!("failed to build `{}`: go ended with {status}", peer.name);
    }
    Ok(binary)
}
