//! A kube-runtime controller as people write them: owns children by server-side apply, cleans up by a
//! finalizer, is woken by its children.

use std::sync::Arc;
use std::time::Duration;

use amethyst_testkit::{Env, wait_for, wait_gone};
use futures::StreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::runtime::controller::{Action, Controller};
use kube::runtime::finalizer::{Event, finalizer};
use kube::runtime::watcher;
use kube::{Api, Client, Resource, ResourceExt};
use serde_json::json;

#[derive(Debug)]
struct Failed(String);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl From<kube::Error> for Failed {
    fn from(error: kube::Error) -> Self {
        Self(error.to_string())
    }
}

async fn reconcile(owner: Arc<ConfigMap>, client: Arc<Client>) -> Result<Action, Failed> {
    let owners: Api<ConfigMap> = Api::namespaced((*client).clone(), "default");
    let name = "test.amethyst.dev/cleanup";
    let done = finalizer(&owners, name, owner, |event| async {
        let secrets: Api<Secret> = Api::namespaced((*client).clone(), "default");
        match event {
            Event::Apply(owner) => {
                let child = json!({
                    "apiVersion": "v1", "kind": "Secret",
                    "metadata": {
                        "name": format!("{}-child", owner.name_any()),
                        "ownerReferences": [owner.controller_owner_ref(&()).unwrap()],
                    },
                    "stringData": owner.data.clone().unwrap_or_default(),
                });
                let params = PatchParams::apply("test-controller").force();
                secrets.patch(&format!("{}-child", owner.name_any()), &params, &Patch::Apply(child)).await?;
                Ok::<_, Failed>(Action::requeue(Duration::from_mins(5)))
            }
            Event::Cleanup(owner) => {
                let child = format!("{}-child", owner.name_any());
                secrets.delete(&child, &DeleteParams::default()).await?;
                Ok(Action::await_change())
            }
        }
    });
    done.await.map_err(|error| Failed(error.to_string()))
}

async fn run(config: watcher::Config) {
    let env = Env::start().await;
    let owners: Api<ConfigMap> = Api::namespaced(env.client.clone(), "default");
    let secrets: Api<Secret> = Api::namespaced(env.client.clone(), "default");
    let controller = Controller::new(owners.clone(), config.clone().labels("managed=yes"))
        .owns(secrets.clone(), config)
        .run(reconcile, |_, _, _| Action::requeue(Duration::from_millis(50)), Arc::new(env.client.clone()))
        .for_each(async |_| ());
    let running = tokio::spawn(controller);
    let owner: ConfigMap = serde_json::from_value(
        json!({"metadata": {"name": "web", "labels": {"managed": "yes"}}, "data": {"key": "1"}}),
    )
    .unwrap();
    owners.create(&PostParams::default(), &owner).await.unwrap();
    let holds = |value: &'static str| {
        move |secret: &Secret| secret.data.as_ref().is_some_and(|data| data["key"].0 == value.as_bytes())
    };
    wait_for(&secrets, "web-child", holds("1")).await;
    let change = Patch::Merge(json!({"data": {"key": "2"}}));
    owners.patch("web", &PatchParams::default(), &change).await.unwrap();
    wait_for(&secrets, "web-child", holds("2")).await;
    secrets.delete("web-child", &DeleteParams::default()).await.unwrap();
    wait_for(&secrets, "web-child", holds("2")).await;
    owners.delete("web", &DeleteParams::default()).await.unwrap();
    wait_gone(&owners, "web").await;
    wait_gone(&secrets, "web-child").await;
    running.abort();
    env.stop().await;
}

#[tokio::test]
async fn a_controller_reconciles_with_list_and_watch() {
    run(watcher::Config::default()).await;
}

#[tokio::test]
async fn a_controller_reconciles_with_streaming_lists() {
    run(watcher::Config::default().streaming_lists()).await;
}
