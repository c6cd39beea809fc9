//! A cache on disk: found again, damaged, shared, kept small.

use std::fs;
use std::time::Duration;

use amethyst_clock::Clock;
use amethyst_http::Sink;

use super::{Cache, Entry, Origin};
use crate::digest::Digest;
use crate::request::{ChartRequest, ChartSource};

fn clock() -> Clock {
    Clock::at("2026-11-28T00:00:00Z".parse().unwrap())
}

fn entry(cache: &Cache, content: &[u8]) -> Entry {
    Entry {
        digest: cache.keep(content).unwrap(),
        size: content.len() as u64,
        version: "1".to_owned(),
        revision: "1".to_owned(),
        resolved: cache.clock().now(),
        etag: None,
        modified: None,
    }
}

fn request(url: &str) -> ChartRequest {
    let source = ChartSource::Document { url: url.to_owned() };
    ChartRequest { wanted_by: "HelmRelease/media/plex".to_owned(), source, credentials: None }
}

#[tokio::test(start_paused = true)]
async fn what_was_fetched_is_found_offline() {
    let root = tempfile::tempdir().unwrap();
    let cache = Cache::open(&root.path().join("deep/cache"), clock()).unwrap();
    let error = cache.get(&request("https://h/x")).unwrap_err();
    let said = error.to_diagnostic();
    assert_eq!((said.code, said.hint.as_deref()), ("chart-not-fetched", Some("run `amethyst fetch`")));
    assert_eq!(said.object.as_deref(), Some("HelmRelease/media/plex"));
    assert!(said.message.contains("`https://h/x`") && !said.message.contains('\n'), "{}", said.message);
    let noted = entry(&cache, b"content");
    cache.set_entry(&request("https://h/x").source.key(), &noted).unwrap();
    // Another process sees it as well.
    let cache = Cache::open(cache.path(), clock()).unwrap();
    let found = cache.get(&request("https://h/x")).unwrap();
    assert_eq!((found.digest, found.origin), (Digest::of(b"content"), Origin::Cache));
    assert_eq!(found.bytes().unwrap().as_ref(), b"content");
    // Damage of the same length is told, and gone afterwards.
    fs::write(&found.path, b"CONTENT").unwrap();
    assert!(found.bytes().unwrap_err().to_string().contains("damaged"));
    assert!(cache.get(&request("https://h/x")).is_err());
    // So is damage of another length.
    cache.keep(b"content").unwrap();
    fs::write(&found.path, b"short").unwrap();
    assert!(cache.get(&request("https://h/x")).is_err());
}

#[tokio::test(start_paused = true)]
async fn folders_of_others_are_left_alone() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("letter.txt"), "dear").unwrap();
    assert!(Cache::open(root.path(), clock()).unwrap_err().to_string().contains("letter.txt"));
    fs::remove_file(root.path().join("letter.txt")).unwrap();
    fs::write(root.path().join("format"), "amethyst cache 2\n").unwrap();
    assert!(Cache::open(root.path(), clock()).unwrap_err().to_string().contains("amethyst cache 2"));
}

#[tokio::test(start_paused = true)]
async fn what_was_not_used_for_long_goes_first() {
    let root = tempfile::tempdir().unwrap();
    let cache = Cache::open(root.path(), clock()).unwrap();
    for (at, content) in ["first", "other", "third"].into_iter().enumerate() {
        let noted = entry(&cache, content.as_bytes());
        cache.set_entry(&format!("document {content}"), &noted).unwrap();
        cache.clock().sleep(Duration::from_secs(60 + at as u64)).await;
        assert!(cache.get(&request(content)).is_ok());
    }
    cache.clock().sleep(Duration::from_mins(1)).await;
    assert!(cache.get(&request("first")).is_ok());
    assert_eq!(cache.size().unwrap(), 15);
    let evicted = cache.shrink(10).unwrap();
    assert_eq!((evicted.blobs, evicted.bytes, evicted.bytes_left), (1, 5, 10));
    assert!(cache.get(&request("other")).is_err());
    assert!(cache.get(&request("first")).is_ok() && cache.get(&request("third")).is_ok());
    assert_eq!(fs::read_dir(root.path().join("refs")).unwrap().count(), 2);
    assert_eq!(cache.shrink(0).unwrap().bytes_left, 0);
}

#[tokio::test]
async fn a_download_goes_on_after_a_crash() {
    let root = tempfile::tempdir().unwrap();
    let cache = Cache::open(root.path(), Clock::system()).unwrap();
    let lock = cache.lock("key").await.unwrap();
    let mut partial = cache.partial(&lock, "key").unwrap();
    partial.write(b"cont").unwrap();
    // Whoever else wants it waits.
    let waits = tokio::time::timeout(Duration::from_millis(60), cache.lock("key")).await;
    assert!(waits.is_err());
    drop((lock, partial));
    let lock = cache.lock("key").await.unwrap();
    let mut partial = cache.partial(&lock, "key").unwrap();
    assert_eq!(partial.len(), 4);
    partial.write(b"ent").unwrap();
    let (digest, size) = cache.finish(partial, "x", Some(Digest::of(b"content"))).unwrap();
    assert_eq!(size, 7);
    assert_eq!(fs::read(cache.blob(&digest).unwrap()).unwrap(), b"content");
    // What is wrong is thrown away.
    let mut partial = cache.partial(&lock, "key").unwrap();
    assert_eq!(partial.len(), 0);
    partial.write(b"wrong").unwrap();
    assert!(cache.finish(partial, "x", Some(Digest::of(b"content"))).is_err());
    assert_eq!(cache.partial(&lock, "key").unwrap().len(), 0);
}
