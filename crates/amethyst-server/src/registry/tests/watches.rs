//! Watches.

use std::time::Duration;

use super::{Server, refused};
use crate::registry::{Call, PatchKind, Watch};
use crate::request::ListOptions;

const MAP: &str = "v1/configmaps";

fn watching() -> ListOptions {
    ListOptions { watch: true, ..ListOptions::default() }
}

async fn next(watch: &mut Watch) -> String {
    let event = watch.next().await.expect("the watch goes on");
    let frame = String::from_utf8(event.frame_json().to_vec()).unwrap();
    assert!(frame.ends_with("}\n") && amethyst_object::json::parse(frame.as_bytes()).is_ok(), "{frame}");
    match event.object() {
        Some(object) => format!("{} {}", event.kind(), object.name()),
        None => frame,
    }
}

fn call(server: &Server) -> Call {
    server.call(MAP, "default", "")
}

async fn label(server: &Server, name: &str, label: &str) {
    let patch = format!(r#"{{"metadata":{{"labels":{{"l":"{label}"}}}}}}"#);
    server.patch(PatchKind::Merge, MAP, "default", name, &patch).await.unwrap();
}

#[tokio::test]
async fn a_watch_tells_what_happens_and_what_begins_and_stops_to_match() {
    let server = Server::start().await;
    server.create(MAP, "default", r#"{"metadata":{"name":"old","labels":{"l":"x"}}}"#).await.unwrap();
    let options = ListOptions { label_selector: "l=x".into(), ..watching() };
    let mut watch = server.registry.watch(&call(&server), &options).unwrap();
    assert_eq!(next(&mut watch).await, "ADDED old");
    server.create(MAP, "default", r#"{"metadata":{"name":"a"}}"#).await.unwrap();
    label(&server, "a", "x").await;
    assert_eq!(next(&mut watch).await, "ADDED a");
    label(&server, "old", "y").await;
    let gone = watch.next().await.unwrap();
    assert_eq!(gone.kind(), "DELETED");
    let object = gone.object().unwrap();
    assert_eq!(object.index().label("l"), Some("x"), "as it was");
    assert_eq!(
        object.revision(),
        server.registry.store().snapshot().revision(),
        "at the revision of the change"
    );
    server.delete(MAP, "default", "a").await.unwrap();
    assert_eq!(next(&mut watch).await, "DELETED a");
}

#[tokio::test]
async fn frames_are_encoded_once() {
    let server = Server::start().await;
    let mut watches: Vec<Watch> =
        (0..2).map(|_| server.registry.watch(&call(&server), &watching()).unwrap()).collect();
    server.create(MAP, "default", r#"{"metadata":{"name":"a"},"data":{"k":"v"}}"#).await.unwrap();
    let mut frames = Vec::new();
    for watch in &mut watches {
        frames.push(watch.next().await.unwrap().frame_json());
    }
    assert_eq!(frames[0].as_ptr(), frames[1].as_ptr());
    let text = String::from_utf8(frames[0].to_vec()).unwrap();
    assert!(text.starts_with(r#"{"type":"ADDED","object":{"apiVersion":"v1","data":{"k":"v"},"kind":"ConfigMap","metadata":{"managedFields":["#), "{text}");
}

#[tokio::test]
async fn initial_events_end_with_a_bookmark() {
    let server = Server::start().await;
    server.create(MAP, "default", r#"{"metadata":{"name":"a"}}"#).await.unwrap();
    let options = ListOptions {
        send_initial_events: Some(true),
        resource_version_match: "NotOlderThan".into(),
        allow_watch_bookmarks: true,
        ..watching()
    };
    let mut watch = server.registry.watch(&call(&server), &options).unwrap();
    assert_eq!(next(&mut watch).await, "ADDED a");
    let revision = server.registry.store().snapshot().revision();
    assert_eq!(
        next(&mut watch).await,
        format!(
            "{{\"type\":\"BOOKMARK\",\"object\":{{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":\
             {{\"annotations\":{{\"k8s.io/initial-events-end\":\"true\"}},\"resourceVersion\":\"{revision}\"}}}}}}\n"
        )
    );
    let wrong = ListOptions { send_initial_events: Some(true), ..watching() };
    assert!(
        refused(server.registry.watch(&call(&server), &wrong).map(|_| ()))
            .contains("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
    );
}

#[tokio::test]
async fn a_watch_goes_on_from_a_revision_or_is_told_that_it_is_gone() {
    let server = Server::start().await;
    server.create(MAP, "default", r#"{"metadata":{"name":"a"}}"#).await.unwrap();
    let from = server.registry.store().snapshot().revision();
    server.create(MAP, "default", r#"{"metadata":{"name":"b"}}"#).await.unwrap();
    let options = ListOptions { resource_version: from.to_string(), ..watching() };
    let mut watch = server.registry.watch(&call(&server), &options).unwrap();
    assert_eq!(next(&mut watch).await, "ADDED b");
    server.registry.store().compact(server.registry.store().snapshot().revision());
    let mut watch = server.registry.watch(&call(&server), &options).unwrap();
    let error = next(&mut watch).await;
    assert!(error.contains(r#""type":"ERROR""#) && error.contains(r#""code":410"#), "{error}");
    assert!(
        error.contains(r#""reason":"Expired""#) && error.contains("too old resource version: "),
        "{error}"
    );
    assert!(watch.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn bookmarks_come_each_minute_and_before_the_end() {
    let server = Server::start().await;
    let options = ListOptions { allow_watch_bookmarks: true, timeout_seconds: Some(150), ..watching() };
    let started = tokio::time::Instant::now();
    let mut watch = server.registry.watch(&call(&server), &options).unwrap();
    let mut bookmarks = Vec::new();
    loop {
        match watch.next().await {
            Some(event) if event.kind() == "BOOKMARK" => bookmarks.push(started.elapsed().as_secs()),
            Some(_) => {}
            None => break,
        }
    }
    assert_eq!(bookmarks, [60, 120, 148]);
    assert_eq!(started.elapsed(), Duration::from_secs(150));
}
