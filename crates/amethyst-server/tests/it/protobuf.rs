//! Answers in protobuf say what the same answers in JSON say.

use amethyst_kinds::protobuf::decode;
use amethyst_object::{Value, json};
use amethyst_server::Server;

use crate::support::{Answer, ask, server};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const PROTOBUF: &str = "accept: application/vnd.kubernetes.protobuf,application/json";

async fn with_maps(count: usize) -> Server {
    let server = server().await;
    for number in 0..count {
        let body = format!(
            r#"{{"metadata":{{"name":"m{number}","labels":{{"a":"b"}}}},"data":{{"k":"é\n\"{number}"}}}}"#
        );
        let answer = ask(&server, &format!("POST {MAPS}\ncontent-type: application/json"), &body).await;
        assert_eq!(answer.code, 201, "{answer:?}");
    }
    server
}

/// Asks twice, and compares.
async fn check(server: &Server, path: &str, code: u16) {
    let encoded = ask(server, &format!("GET {path}\n{PROTOBUF}"), "").await;
    assert_eq!(encoded.code, code, "{encoded:?}");
    assert_eq!(encoded.header("content-type"), "application/vnd.kubernetes.protobuf");
    let plain = ask(server, &format!("GET {path}"), "").await.json();
    let decoded = decode(&encoded.bytes).unwrap();
    assert_eq!(sorted(&decoded), sorted(&plain), "{path}");
}

fn sorted(value: &Value) -> String {
    json::to_string(value)
}

#[tokio::test(start_paused = true)]
async fn objects_lists_and_failures_are_the_same_in_both() {
    let server = with_maps(3).await;
    check(&server, &format!("{MAPS}/m0"), 200).await;
    check(&server, MAPS, 200).await;
    check(&server, &format!("{MAPS}?limit=2"), 200).await;
    check(&server, "/api/v1/namespaces", 200).await;
    check(&server, "/api/v1/namespaces/default/services/kubernetes", 200).await;
    check(&server, &format!("{MAPS}/nope"), 404).await;
}

#[tokio::test]
async fn metadata_comes_as_protobuf_too() {
    let server = with_maps(2).await;
    let shaped = |kind: &str, media: &str| format!("accept: {media};as={kind};v=v1;g=meta.k8s.io");
    for (path, kind) in
        [(MAPS.to_owned(), "PartialObjectMetadataList"), (format!("{MAPS}/m1"), "PartialObjectMetadata")]
    {
        let media = "application/vnd.kubernetes.protobuf";
        let encoded = ask(&server, &format!("GET {path}\n{}", shaped(kind, media)), "").await;
        let plain =
            ask(&server, &format!("GET {path}\n{}", shaped(kind, "application/json")), "").await.json();
        let decoded = decode(&encoded.bytes).unwrap();
        assert_eq!(decoded.str_at(&["kind"]), Some(kind));
        let names = |value: &Value| {
            let items = value
                .get("items")
                .and_then(Value::as_array)
                .map_or_else(|| vec![value.clone()], <[_]>::to_vec);
            items.iter().map(|item| sorted(item.get("metadata").unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(names(&decoded), names(&plain));
    }
}

/// The objects of the frames of a watch.
fn frames(answer: &Answer) -> Vec<(String, Value)> {
    let (mut rest, mut found) = (&answer.bytes[..], Vec::new());
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<4>().unwrap();
        let (frame, after) = after.split_at(u32::from_be_bytes(*length) as usize);
        // The type is the first field; the envelope takes the rest of the frame.
        let kind = String::from_utf8_lossy(&frame[2..2 + usize::from(frame[1])]).into_owned();
        let start = frame.windows(4).position(|bytes| bytes == b"k8s\0").unwrap();
        found.push((kind, decode(&frame[start..]).unwrap()));
        rest = after;
    }
    found
}

#[tokio::test(start_paused = true)]
async fn watches_frame_their_events() {
    let server = with_maps(2).await;
    let query = "watch=1&timeoutSeconds=9&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=a%3Db";
    let answer = ask(&server, &format!("GET {MAPS}?{query}\n{PROTOBUF}"), "").await;
    assert_eq!(answer.header("content-type"), "application/vnd.kubernetes.protobuf;stream=watch");
    let found = frames(&answer);
    let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds[..3], ["ADDED", "ADDED", "BOOKMARK"]);
    let plain = ask(&server, &format!("GET {MAPS}/m0"), "").await.json();
    assert_eq!(sorted(&found[0].1), sorted(&plain));
    let end = found[2].1.at(&["metadata", "annotations", "k8s.io/initial-events-end"]);
    assert_eq!(end.and_then(Value::as_str), Some("true"));
    let old =
        ask(&server, &format!("GET {MAPS}?watch=1&resourceVersion=1&timeoutSeconds=1\n{PROTOBUF}"), "").await;
    assert!(frames(&old).iter().all(|(kind, _)| kind != "ERROR"));
}

#[tokio::test]
async fn answers_may_be_yaml() {
    let server = with_maps(1).await;
    let answer = ask(&server, &format!("GET {MAPS}/m0\naccept: application/yaml"), "").await;
    assert_eq!(answer.header("content-type"), "application/yaml");
    assert!(answer.text.starts_with("apiVersion: v1\ndata:\n"), "{}", answer.text);
}
