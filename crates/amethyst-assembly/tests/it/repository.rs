//! A homelab's repository in a temporary folder, and its homelab.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use amethyst_assembly::{Homelab, Settings, builtin};
use amethyst_render::entry;
use amethyst_source::LocalGit;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;

/// How long anything here may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

const SYNC: &str = "\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://git.example.org/home.git, interval: 10m}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./cluster, prune: true, interval: 10m, sourceRef: {kind: GitRepository, name: flux-system}}
";

pub(crate) struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    /// A repository with a sync over `cluster/` and one commit.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository.write("cluster/flux-system/gotk-sync.yaml", SYNC);
        repository.commit(files);
        repository
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits files; the commit's id comes back.
    pub(crate) fn commit(&self, files: &[(&str, &str)]) -> String {
        for (path, text) in files {
            self.write(path, text);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "change"]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let author = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let done =
            Command::new("git").current_dir(self.path()).args(author).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    pub(crate) fn settings(&self, data_dir: Option<PathBuf>) -> Settings {
        let repository = LocalGit::open(self.path()).unwrap();
        let entry = entry::find(&repository.head().unwrap().tree, None).unwrap();
        let builtins = builtin::ALL.iter().map(|name| (*name).to_owned()).collect();
        Settings {
            name: "test".into(),
            data_dir,
            listen: None,
            kubeconfig: None,
            repository,
            entry,
            builtins,
            devices: Vec::new(),
            service_accounts: amethyst_assembly::ServiceAccounts::default(),
            issuers: Vec::new(),
            encryption: amethyst_assembly::Encryption::default(),
            audit: None,
        }
    }

    /// A homelab that follows this repository, in memory.
    pub(crate) async fn run(&self) -> Homelab {
        let settings = self.settings(None);
        let mut homelab = Homelab::start(&settings).await.unwrap();
        homelab.follow(&settings).await.unwrap();
        homelab
    }
}

/// Waits until `look` gives something.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let looked = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Waits until the ConfigMap `name` of namespace `default` has `value` under the key `key`.
pub(crate) async fn config_map(homelab: &Homelab, name: &str, value: &str) -> ConfigMap {
    let api: Api<ConfigMap> = Api::namespaced(homelab.client().clone(), "default");
    until(&format!("ConfigMap {name} with {value}"), || async {
        let found = api.get_opt(name).await.unwrap()?;
        let holds = found.data.as_ref().and_then(|data| data.get("key")).is_some_and(|found| found == value);
        holds.then_some(found)
    })
    .await
}

/// A ConfigMap in namespace `default`.
pub(crate) fn manifest(name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: default}}\ndata: {{key: \"{value}\"}}\n"
    )
}

/// A Kustomization `name` over the folder `name/`.
pub(crate) fn kustomization(name: &str, more: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\n\
         spec:\n  path: ./{name}\n  prune: true\n  interval: 10m\n  retryInterval: 1s\n  \
         sourceRef: {{kind: GitRepository, name: flux-system}}\n{more}"
    )
}
