//! A homelab in a temporary folder, the server and the controllers, and words to talk to them.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use amethyst_clock::Entropy;
use amethyst_controller::ObjectKey;
use amethyst_gitops::{GitOps, LocalSources, Settings, definitions};
use amethyst_object::{Value, json};
use amethyst_source::LocalGit;
use amethyst_testkit::{Env, wait_for, wait_gone};
use kube::Api;
use kube::api::{ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The namespace of everything that has one.
pub(crate) const NAMESPACE: &str = "flux-system";

/// A homelab that runs.
pub(crate) struct World {
    pub(crate) env: Env,
    root: TempDir,
    stop: CancellationToken,
    running: Option<JoinHandle<()>>,
}

impl World {
    /// Starts a homelab whose sync is the GitRepository `home`, with `files` committed.
    pub(crate) async fn start(files: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        git(root.path(), &["init", "-q", "-b", "main"]);
        let env = Env::start().await;
        let mut world = Self { env, root, stop: CancellationToken::new(), running: None };
        world.commit(files);
        world.run();
        for definition in definitions() {
            let text = json::to_vec(&Value::Object(definition.0));
            let definition: DynamicObject = serde_json::from_slice(&text).unwrap();
            world.definitions().create(&PostParams::default(), &definition).await.unwrap();
        }
        for name in ["gitrepositories.source.toolkit.fluxcd.io", "kustomizations.kustomize.toolkit.fluxcd.io"]
        {
            wait_for(&world.definitions(), name, |it| condition(it, "Established").starts_with("True")).await;
        }
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        world.create(namespace).await;
        let spec =
            json!({"url": "https://git.example.org/home.git", "interval": "1h", "ref": {"branch": "main"}});
        world.create(git_repository("home", &spec)).await;
        world
    }

    /// Starts the controllers, or starts them again after [`World::halt`].
    pub(crate) fn run(&mut self) {
        let sync = (ObjectKey::new(NAMESPACE, "home"), "https://git.example.org/home".to_owned());
        let checkout = LocalGit::open(self.root.path()).unwrap();
        let gitops = GitOps::new(Settings {
            client: self.env.client.clone(),
            clock: self.env.clock().clone(),
            entropy: Entropy::seeded(1),
            sources: Arc::new(LocalSources::new(checkout, Some(sync))),
            concurrency: 4,
        });
        self.stop = CancellationToken::new();
        self.running = Some(tokio::spawn(gitops.run(self.stop.clone())));
    }

    /// Stops the controllers.
    pub(crate) async fn halt(&mut self) {
        self.stop.cancel();
        if let Some(running) = self.running.take() {
            running.await.unwrap();
        }
    }

    /// The repository's folder.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// Writes and commits files; an empty one is deleted. Gives the commit's id.
    pub(crate) fn commit(&self, files: &[(&str, &str)]) -> String {
        for (path, text) in files {
            let path = self.root().join(path);
            if text.is_empty() {
                std::fs::remove_file(path).unwrap();
            } else {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
        }
        git(self.root(), &["add", "-A"]);
        git(self.root(), &["commit", "-q", "--allow-empty", "-m", "change the homelab"]);
        git(self.root(), &["rev-parse", "HEAD"])
    }

    /// Runs git in the repository.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(self.root(), arguments)
    }

    fn api(&self, api_version: &str, kind: &str, plural: &str, namespaced: bool) -> Api<DynamicObject> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let resource = ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
        };
        if namespaced {
            Api::namespaced_with(self.env.client.clone(), NAMESPACE, &resource)
        } else {
            Api::all_with(self.env.client.clone(), &resource)
        }
    }

    pub(crate) fn definitions(&self) -> Api<DynamicObject> {
        let kind = "CustomResourceDefinition";
        self.api("apiextensions.k8s.io/v1", kind, "customresourcedefinitions", false)
    }

    pub(crate) fn kustomizations(&self) -> Api<DynamicObject> {
        self.api("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "kustomizations", true)
    }

    pub(crate) fn repositories(&self) -> Api<DynamicObject> {
        self.api("source.toolkit.fluxcd.io/v1", "GitRepository", "gitrepositories", true)
    }

    pub(crate) fn maps(&self) -> Api<DynamicObject> {
        self.api("v1", "ConfigMap", "configmaps", true)
    }

    pub(crate) fn things(&self) -> Api<DynamicObject> {
        self.api("example.org/v1", "Thing", "things", true)
    }

    /// Creates an object of a kind that the tests know.
    pub(crate) async fn create(&self, object: serde_json::Value) {
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let types = object.types.clone().unwrap();
        let plural = match types.kind.as_str() {
            "GitRepository" => "gitrepositories".to_owned(),
            kind => format!("{}s", kind.to_lowercase()),
        };
        let api = self.api(&types.api_version, &types.kind, &plural, object.metadata.namespace.is_some());
        api.create(&PostParams::default(), &object).await.unwrap();
    }

    /// Creates a Kustomization of a folder; `spec` completes and overrides.
    pub(crate) async fn kustomization(&self, name: &str, path: &str, spec: serde_json::Value) {
        let mut all = json!({
            "interval": "1h", "retryInterval": "1h", "prune": true, "path": path, "targetNamespace": NAMESPACE,
            "sourceRef": {"kind": "GitRepository", "name": "home"},
        });
        all.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let metadata = json!({"name": name, "namespace": NAMESPACE});
        let api_version = "kustomize.toolkit.fluxcd.io/v1";
        self.create(
            json!({"apiVersion": api_version, "kind": "Kustomization", "metadata": metadata, "spec": all}),
        )
        .await;
    }

    /// Merges a patch into a Kustomization.
    pub(crate) async fn patch(&self, name: &str, patch: serde_json::Value) {
        merge(&self.kustomizations(), name, patch).await;
    }

    /// Asks for a pass over a Kustomization, and waits for its end.
    pub(crate) async fn request(&self, name: &str, at: &str) -> DynamicObject {
        let annotations = json!({"reconcile.fluxcd.io/requestedAt": at});
        self.patch(name, json!({"metadata": {"annotations": annotations}})).await;
        wait_for(&self.kustomizations(), name, |it| it.data["status"]["lastHandledReconcileAt"] == at).await
    }

    /// Waits until a Kustomization says something that begins with `said`: `True`, `False BuildFailed: ...`.
    pub(crate) async fn said(&self, name: &str, said: &str) -> DynamicObject {
        wait_for(&self.kustomizations(), name, |it| condition(it, "Ready").starts_with(said)).await
    }

    /// Waits until a Kustomization has applied a commit.
    pub(crate) async fn applied(&self, name: &str, commit: &str) -> DynamicObject {
        self.said(name, &format!("True ReconciliationSucceeded: Applied revision: main@sha1:{commit}")).await
    }

    /// Waits until a ConfigMap's key `x` is this.
    pub(crate) async fn map(&self, name: &str, x: &str) -> DynamicObject {
        wait_for(&self.maps(), name, |it| it.data["data"]["x"] == x).await
    }

    /// Waits until a ConfigMap is gone.
    pub(crate) async fn no_map(&self, name: &str) {
        wait_gone(&self.maps(), name).await;
    }

    /// Whether a ConfigMap is there now.
    pub(crate) async fn has_map(&self, name: &str) -> bool {
        self.maps().get_opt(name).await.unwrap().is_some()
    }

    /// Deletes a Kustomization.
    pub(crate) async fn delete(&self, name: &str) {
        self.kustomizations().delete(name, &DeleteParams::default()).await.unwrap();
    }

    /// Waits until an event about an object begins with `said`, as `Type Reason: message`.
    pub(crate) async fn event(&self, about: &str, said: &str) {
        let events = self.api("v1", "Event", "events", true);
        let line = |event: &DynamicObject| {
            let text = |key: &str| event.data[key].as_str().unwrap_or_default().to_owned();
            format!("{} {}: {}", text("type"), text("reason"), text("message"))
        };
        // Events follow the status that a test has waited for: soon, but not at once.
        for _ in 0..500 {
            let list = events.list(&ListParams::default()).await.unwrap();
            let mut of_it = list.items.iter().filter(|event| event.data["involvedObject"]["name"] == about);
            if of_it.any(|event| line(event).starts_with(said)) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let list = events.list(&ListParams::default()).await.unwrap();
        panic!(
            "no event `{said}` about `{about}` among {:#?}",
            list.items.iter().map(line).collect::<Vec<_>>()
        );
    }
}

/// Merges a patch into an object.
pub(crate) async fn merge(api: &Api<DynamicObject>, name: &str, patch: serde_json::Value) {
    api.patch(name, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
}

/// Merges a patch into the status of an object.
pub(crate) async fn merge_status(api: &Api<DynamicObject>, name: &str, status: &serde_json::Value) {
    api.patch_status(name, &PatchParams::default(), &Patch::Merge(json!({"status": status}))).await.unwrap();
}

/// A condition as `Status Reason: message`; empty when it is not there.
pub(crate) fn condition(object: &DynamicObject, kind: &str) -> String {
    let conditions = object.data["status"]["conditions"].as_array();
    let found = conditions.into_iter().flatten().find(|condition| condition["type"] == kind);
    found.map_or_else(String::new, |found| {
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        format!("{} {}: {}", text("status"), text("reason"), text("message"))
    })
}

/// A GitRepository.
pub(crate) fn git_repository(name: &str, spec: &serde_json::Value) -> serde_json::Value {
    let metadata = json!({"name": name, "namespace": NAMESPACE});
    json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": metadata, "spec": spec})
}

/// The file of a ConfigMap.
pub(crate) fn map_file(name: &str, x: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  x: \"{x}\"\n")
}

fn git(root: &Path, arguments: &[&str]) -> String {
    let base = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
    let done = Command::new("git").current_dir(root).args(base).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}
