//! Where the Go modules of one Kubernetes release lie on this machine.

use std::path::PathBuf;
use std::process::Command;

use amethyst_object::json;
use anyhow::{Context, bail};

/// Folders of the modules that the tables are made from.
pub(crate) struct Modules {
    /// `k8s.io/kubernetes`: discovery and OpenAPI documents.
    pub(crate) kubernetes: PathBuf,
    /// `k8s.io/api`: types, protos and fixtures.
    pub(crate) api: PathBuf,
    /// `k8s.io/apimachinery`.
    pub(crate) apimachinery: PathBuf,
    /// `k8s.io/apiextensions-apiserver`.
    pub(crate) apiextensions: PathBuf,
    /// `k8s.io/kube-aggregator`.
    pub(crate) aggregator: PathBuf,
}

impl Modules {
    /// Has the Go command fetch them, unless its cache holds them.
    pub(crate) fn fetch(release: &str) -> anyhow::Result<Self> {
        let staging = |name: &str| download(&format!("k8s.io/{name}@v0.{release}"));
        Ok(Self {
            kubernetes: download(&format!("k8s.io/kubernetes@v1.{release}"))?,
            api: staging("api")?,
            apimachinery: staging("apimachinery")?,
            apiextensions: staging("apiextensions-apiserver")?,
            aggregator: staging("kube-aggregator")?,
        })
    }

    /// The modules that declare protobuf messages.
    pub(crate) fn with_protos(&self) -> [&PathBuf; 4] {
        [&self.api, &self.apimachinery, &self.apiextensions, &self.aggregator]
    }
}

/// Has the Go command fetch one module, unless its cache holds it; gives its folder.
pub(crate) fn download(module: &str) -> anyhow::Result<PathBuf> {
    let output = Command::new("go")
        .args(["mod", "download", "-json", module])
        .current_dir(std::env::temp_dir())
        .output()
        .context("failed to run `go`; hint: install Go, which fetches upstream's modules")?;
    let answer =
        json::parse(&output.stdout).with_context(|| format!("`go mod download {module}` told no JSON"))?;
    if let Some(error) = answer.str_at(&["Error"]) {
        bail!("failed to fetch `{module}`: {error}");
    }
    let folder =
        answer.str_at(&["Dir"]).with_context(|| format!("`go mod download {module}` told no folder"))?;
    Ok(folder.into())
}
