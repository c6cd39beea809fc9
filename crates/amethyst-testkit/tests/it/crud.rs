//! What a typed client does all day.

use amethyst_server::user::User;
use amethyst_testkit::{Env, wait_gone};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

fn config_maps(client: &Client) -> Api<ConfigMap> {
    Api::namespaced(client.clone(), "default")
}

fn config_map(name: &str, value: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name}, "data": {"key": value}})).unwrap()
}

#[tokio::test]
async fn an_object_is_made_read_changed_and_deleted() {
    let env = Env::start().await;
    let api = config_maps(&env.client);
    let made = api.create(&PostParams::default(), &config_map("a", "1")).await.unwrap();
    assert!(made.uid().is_some() && made.creation_timestamp().is_some());
    assert_eq!(api.get("a").await.unwrap().data.unwrap()["key"], "1");
    let again = api.create(&PostParams::default(), &config_map("a", "1")).await.unwrap_err();
    assert!(
        matches!(&again, kube::Error::Api(status) if status.code == 409 && status.reason == "AlreadyExists"),
        "{again}"
    );
    let mut stale = made.clone();
    let patched =
        api.patch("a", &PatchParams::default(), &Patch::Merge(json!({"data": {"key": "2"}}))).await.unwrap();
    assert_ne!(patched.resource_version(), made.resource_version());
    stale.data.get_or_insert_default().insert("other".into(), "3".into());
    let conflict = api.replace("a", &PostParams::default(), &stale).await.unwrap_err();
    assert!(matches!(&conflict, kube::Error::Api(status) if status.reason == "Conflict"), "{conflict}");
    assert_eq!(api.list(&ListParams::default().fields("metadata.name=a")).await.unwrap().items.len(), 1);
    api.delete("a", &DeleteParams::default()).await.unwrap();
    wait_gone(&api, "a").await;
    assert!(api.get_opt("a").await.unwrap().is_none());
    env.stop().await;
}

#[tokio::test]
async fn two_appliers_own_their_fields() {
    let env = Env::start().await;
    let api = config_maps(&env.client);
    let apply = async |manager: &str, force: bool, data: serde_json::Value| {
        let mut params = PatchParams::apply(manager);
        params.force = force;
        let object =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data});
        api.patch("a", &params, &Patch::Apply(object)).await
    };
    apply("one", false, json!({"x": "1", "y": "1"})).await.unwrap();
    let conflict = apply("two", false, json!({"x": "2"})).await.unwrap_err();
    assert!(conflict.to_string().contains("conflict with \"one\""), "{conflict}");
    apply("two", true, json!({"x": "2"})).await.unwrap();
    let left = apply("one", false, json!({})).await.unwrap();
    assert_eq!(left.data.unwrap().into_iter().collect::<Vec<_>>(), [("x".to_owned(), "2".to_owned())]);
    let before = api.get("a").await.unwrap().resource_version();
    let same = apply("two", false, json!({"x": "2"})).await.unwrap();
    assert_eq!(same.resource_version(), before, "an apply that changes nothing makes no revision");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let env = Env::start().await;
    let api = config_maps(&env.client);
    for number in 0..7 {
        api.create(&PostParams::default(), &config_map(&format!("page-{number}"), "x")).await.unwrap();
    }
    let mut params = ListParams::default().limit(3);
    let mut names = Vec::new();
    loop {
        let page = api.list(&params).await.unwrap();
        names.extend(page.items.iter().map(ResourceExt::name_any).filter(|name| name.starts_with("page-")));
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = ListParams::default().limit(3).continue_token(&token),
            None => break,
        }
    }
    assert_eq!(names, (0..7).map(|number| format!("page-{number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn users_without_rights_are_refused() {
    let env = Env::start().await;
    let jane = User { name: "jane".into(), groups: vec!["system:authenticated".into()], ..User::default() };
    let refused = config_maps(&env.client_as(jane)).list(&ListParams::default()).await.unwrap_err();
    let kube::Error::Api(status) = refused else { panic!("{refused}") };
    assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"));
    assert_eq!(
        status.message,
        "configmaps is forbidden: User \"jane\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\""
    );
}

#[tokio::test(start_paused = true)]
async fn time_is_virtual_on_a_paused_runtime() {
    let env = Env::repeatable("2026-01-02T03:04:05Z").await;
    let api = config_maps(&env.client);
    let made = api.create(&PostParams::default(), &config_map("a", "1")).await.unwrap();
    assert_eq!(made.creation_timestamp().unwrap().0.to_string(), "2026-01-02T03:04:05Z");
}
