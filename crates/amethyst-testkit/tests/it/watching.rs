//! kube-runtime's watcher, with list-watch and with streaming lists.

use std::collections::BTreeSet;
use std::time::Duration;

use amethyst_testkit::Env;
use futures::StreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, WatchParams};
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, ResourceExt};
use serde_json::json;

fn labelled(name: &str, label: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name, "labels": {"team": label}}})).unwrap()
}

/// Follows a watcher until its store holds `expect`.
async fn follow(config: watcher::Config, expect: &[&str], env: &Env) {
    let api: Api<ConfigMap> = Api::namespaced(env.client.clone(), "default");
    api.create(&PostParams::default(), &labelled("before", "a")).await.unwrap();
    api.create(&PostParams::default(), &labelled("other", "b")).await.unwrap();
    let mut stream = watcher(api.clone(), config.labels("team=a")).boxed();
    let (mut held, mut initial, mut changed) = (BTreeSet::new(), BTreeSet::new(), false);
    let following = async {
        while let Some(event) = stream.next().await {
            match event.unwrap() {
                Event::Init => initial.clear(),
                Event::InitApply(object) => drop(initial.insert(object.name_any())),
                Event::InitDone => held = std::mem::take(&mut initial),
                Event::Apply(object) => drop(held.insert(object.name_any())),
                Event::Delete(object) => drop(held.remove(&object.name_any())),
            }
            if !held.is_empty() && !std::mem::replace(&mut changed, true) {
                api.create(&PostParams::default(), &labelled("after", "a")).await.unwrap();
                let into = Patch::Merge(json!({"metadata": {"labels": {"team": "a"}}}));
                api.patch("other", &PatchParams::default(), &into).await.unwrap();
                api.delete("before", &DeleteParams::default()).await.unwrap();
            }
            if held.iter().eq(expect.iter()) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), following).await.expect("the watcher sees all changes");
    for name in expect {
        api.delete(name, &DeleteParams::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_watcher_lists_and_watches() {
    let env = Env::start().await;
    follow(watcher::Config::default(), &["after", "other"], &env).await;
}

#[tokio::test]
async fn a_watcher_streams_its_list() {
    let env = Env::start().await;
    follow(watcher::Config::default().streaming_lists(), &["after", "other"], &env).await;
}

#[tokio::test]
async fn a_metadata_watcher_sees_metadata_only() {
    let env = Env::start().await;
    let api: Api<ConfigMap> = Api::namespaced(env.client.clone(), "default");
    api.create(&PostParams::default(), &labelled("a", "x")).await.unwrap();
    let metadata: Api<PartialObjectMeta<ConfigMap>> = Api::namespaced(env.client.clone(), "default");
    let mut stream = watcher(metadata, watcher::Config::default().labels("team")).boxed();
    loop {
        match stream.next().await.unwrap().unwrap() {
            Event::InitApply(object) => return assert_eq!(object.name_any(), "a"),
            Event::InitDone => panic!("the list is empty"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_watch_ends_with_the_server() {
    let env = Env::start().await;
    let api: Api<Pod> = Api::namespaced(env.client.clone(), "default");
    let stream = api.watch(&WatchParams::default().timeout(290), "0").await.unwrap();
    let mut stream = std::pin::pin!(stream);
    env.stop().await;
    let ended = tokio::time::timeout(Duration::from_secs(10), stream.next()).await;
    assert!(matches!(ended, Ok(None)), "{ended:?}");
}
