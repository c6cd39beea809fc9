//! Small homelabs in git repositories of their own, and where their state goes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The entry that the homelabs of these tests have.
pub(crate) const SYNC: &str = "\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://git.example.org/home.git, interval: 1m, ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./cluster, prune: true, interval: 10m, retryInterval: 1s, sourceRef: {kind: GitRepository, name: flux-system}}
";

/// A git repository with files, a folder for state, and a home that belongs to nobody.
pub(crate) struct Homelab {
    folder: TempDir,
}

impl Homelab {
    /// A folder that is no repository.
    pub(crate) fn bare(files: &[(&str, &str)]) -> Self {
        let homelab = Self { folder: tempfile::Builder::new().prefix("amethyst-it-").tempdir().unwrap() };
        std::fs::create_dir_all(homelab.repository()).unwrap();
        for (path, text) in files {
            homelab.write(path, text);
        }
        homelab
    }

    /// A repository without a commit.
    pub(crate) fn uncommitted(files: &[(&str, &str)]) -> Self {
        let homelab = Self::bare(files);
        homelab.git(&["init", "--quiet", "--initial-branch=main"]);
        homelab
    }

    /// A repository with the entry and `files`, committed.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let homelab = Self::uncommitted(files);
        homelab.write("cluster/flux-system/gotk-sync.yaml", SYNC);
        homelab.commit("begin");
        homelab
    }

    /// A homelab with one Kustomization `apps` that applies the ConfigMap `default/greeting`.
    pub(crate) fn small() -> Self {
        Self::new(&[
            ("cluster/apps.yaml", &kustomization("apps", "./apps", "")),
            ("apps/greeting.yaml", &config_map("greeting", "hello")),
        ])
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.repository().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits everything; gives the commit.
    pub(crate) fn commit(&self, subject: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", subject]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let done = Command::new("git")
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(self.repository())
            .env("HOME", self.root())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("GIT_DIR")
            .stdin(Stdio::null())
            .output()
            .expect("git is there");
        assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }
}

/// A Flux Kustomization; `more` is added to its spec.
pub(crate) fn kustomization(name: &str, path: &str, more: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: {name}\n  \
         namespace: flux-system\nspec:\n  interval: 10m\n  retryInterval: 1s\n  path: {path}\n  prune: true\n  \
         sourceRef:\n    kind: GitRepository\n    name: flux-system\n{more}"
    )
}

/// A ConfigMap in the namespace `default` that holds `text`.
pub(crate) fn config_map(name: &str, text: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: default\ndata:\n  text: {text}\n"
    )
}
