//! SIGKILL, two hundred times, while clients write and watch over TLS.
//!
//! A killed process keeps what the kernel already took, so this does not test the disk; the store's own
//! suite does that, on a disk that loses unsynced writes. This tests that everything above the store
//! acknowledges only what is stored, gives no number twice, and lets clients find their way back.

use std::collections::{BTreeMap, HashMap};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amethyst_clock::Entropy;
use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ListParams, ObjectMeta, PostParams, WatchEvent, WatchParams};
use kube::{Api, Error};

use crate::homelab::Homelab;
use crate::program::{Running, client, eventually};

const KILLS: usize = 200;
const WRITERS: usize = 4;
/// Each writer writes these over and over.
const KEYS: usize = 12;
const SEED: u64 = 0x616d_6574_6879_7374;
/// How long a server is left alone after it answers, at most.
const ALIVE_MILLISECONDS_MAX: u64 = 120;

/// What was read of a ConfigMap: its revision and what it holds.
type Read = (u64, String);

/// What clients know, together.
#[derive(Default)]
struct Known {
    /// What stood at each revision. It may be learnt from an answer, a list or a watch, and is always the same.
    at: Mutex<HashMap<u64, (String, String)>>,
    /// The last acknowledged write of each object.
    acknowledged: Mutex<BTreeMap<String, Read>>,
    writes: AtomicUsize,
    ended: AtomicBool,
}

impl Known {
    /// Takes note of an object as any answer shows it.
    fn saw(&self, map: &ConfigMap) -> (String, Read) {
        let name = map.metadata.name.clone().unwrap();
        let revision = map.metadata.resource_version.as_ref().unwrap().parse().unwrap();
        let text = map.data.as_ref().and_then(|data| data.get("text")).cloned().unwrap_or_default();
        let mut at = self.at.lock().unwrap();
        let first = at.entry(revision).or_insert_with(|| (name.clone(), text.clone()));
        assert_eq!(*first, (name.clone(), text.clone()), "revision {revision} was given twice");
        (name, (revision, text))
    }

    fn acknowledge(&self, map: &ConfigMap) -> Read {
        let (name, read) = self.saw(map);
        self.acknowledged.lock().unwrap().insert(name, read.clone());
        self.writes.fetch_add(1, Ordering::Relaxed);
        read
    }

    fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

/// Writes its own objects until the end, each time on top of what it last knew.
struct Writer {
    number: usize,
    maps: Api<ConfigMap>,
    known: Arc<Known>,
    /// What each object holds, as far as an answer said so.
    mine: HashMap<String, Read>,
    /// What was sent for an object and not answered.
    unanswered: HashMap<String, Vec<String>>,
}

impl Writer {
    async fn run(mut self) {
        let mut count = 0_usize;
        while !self.known.ended() {
            let name = format!("w{}-{}", self.number, count % KEYS);
            let text = format!("{}/{count}", self.number);
            count += 1;
            if self.write(&name, &text).await.is_none() {
                // Nobody listens just now.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Writes one object; `None` when no server answered.
    async fn write(&mut self, name: &str, text: &str) -> Option<()> {
        if self.unanswered.contains_key(name) {
            self.ask(name).await?;
        }
        let before = self.mine.get(name).cloned();
        let map = ConfigMap {
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                resource_version: before.as_ref().map(|(revision, _)| revision.to_string()),
                ..ObjectMeta::default()
            },
            data: Some([("text".to_owned(), text.to_owned())].into()),
            ..ConfigMap::default()
        };
        let sent = match before {
            None => self.maps.create(&PostParams::default(), &map).await,
            Some(_) => self.maps.replace(name, &PostParams::default(), &map).await,
        };
        match sent {
            Ok(answer) => {
                let read = self.known.acknowledge(&answer);
                assert_eq!(read.1, text, "the answer is about another write");
                assert!(before.is_none_or(|before| before.0 < read.0), "the revision of {name} went back");
                self.mine.insert(name.to_owned(), read);
                Some(())
            }
            Err(Error::Api(status)) if status.code < 500 => panic!("{name} was refused: {status}"),
            Err(_) => {
                self.unanswered.entry(name.to_owned()).or_default().push(text.to_owned());
                None
            }
        }
    }

    /// Asks what became of the writes that were not answered: none or one of them was done.
    async fn ask(&mut self, name: &str) -> Option<()> {
        let found = match self.maps.get_opt(name).await {
            Ok(found) => found.map(|map| self.known.saw(&map).1),
            Err(Error::Api(status)) if status.code < 500 => panic!("{name} could not be read: {status}"),
            Err(_) => return None,
        };
        let sent = self.unanswered.remove(name).unwrap_or_default();
        match (self.mine.get(name), &found) {
            (None, None) => {}
            (before, Some((revision, text))) => {
                let is_before = before.is_some_and(|before| before == &(*revision, text.clone()));
                let is_later = before.is_none_or(|before| before.0 < *revision) && sent.contains(text);
                assert!(
                    is_before || is_later,
                    "{name} is {found:?}, acknowledged was {before:?}, sent {sent:?}"
                );
            }
            (Some(before), None) => panic!("{name} is gone, acknowledged was {before:?}"),
        }
        if let Some(found) = found {
            self.mine.insert(name.to_owned(), found);
        }
        Some(())
    }
}

/// Follows all objects with bookmarks, from where it last was, and lists again when that is too long ago.
struct Watcher {
    maps: Api<ConfigMap>,
    known: Arc<Known>,
    seen: Arc<Mutex<BTreeMap<String, Read>>>,
    resumed: Arc<AtomicUsize>,
    listed: Arc<AtomicUsize>,
}

impl Watcher {
    async fn run(self) {
        let mut from = None;
        loop {
            from = match from {
                None => self.list().await,
                Some(revision) => self.watch(revision).await,
            };
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn list(&self) -> Option<u64> {
        let list = self.maps.list(&ListParams::default()).await.ok()?;
        let mut seen = self.seen.lock().unwrap();
        let now: BTreeMap<String, Read> = list.items.iter().map(|map| self.known.saw(map)).collect();
        for (name, (revision, _)) in seen.iter() {
            let newer = now.get(name).is_some_and(|(now, _)| now >= revision);
            assert!(newer, "{name} was seen at {revision} and is {:?} in a later list", now.get(name));
        }
        *seen = now;
        self.listed.fetch_add(1, Ordering::Relaxed);
        Some(list.metadata.resource_version.unwrap().parse().unwrap())
    }

    /// Follows from `revision` until the server goes away; gives where to go on, `None` for a new list.
    async fn watch(&self, revision: u64) -> Option<u64> {
        let Ok(events) = self.maps.watch(&WatchParams::default(), &revision.to_string()).await else {
            return Some(revision);
        };
        let (mut events, mut revision, mut is_first) = (pin!(events), revision, true);
        while let Some(Ok(event)) = events.next().await {
            if is_first && !matches!(event, WatchEvent::Error(_)) {
                self.resumed.fetch_add(1, Ordering::Relaxed);
            }
            is_first = false;
            match event {
                WatchEvent::Added(map) | WatchEvent::Modified(map) => {
                    let (name, read) = self.known.saw(&map);
                    assert!(read.0 > revision, "an event at {} came after revision {revision}", read.0);
                    revision = read.0;
                    self.seen.lock().unwrap().insert(name, read);
                }
                WatchEvent::Bookmark(mark) => {
                    let marked: u64 = mark.metadata.resource_version.parse().unwrap();
                    assert!(marked >= revision, "a bookmark at {marked} came after revision {revision}");
                    revision = marked;
                }
                WatchEvent::Deleted(map) => panic!("nobody deletes {:?}", map.metadata.name),
                WatchEvent::Error(status) if status.code == 410 => return None,
                WatchEvent::Error(status) => panic!("the watch was refused: {status}"),
            }
        }
        Some(revision)
    }
}

/// Every acknowledged write is there: the same, or a later one of the same object.
async fn verify(maps: &Api<ConfigMap>, known: &Known) {
    let acknowledged = known.acknowledged.lock().unwrap().clone();
    let list = maps.list(&ListParams::default()).await.expect("the server answers");
    let now: BTreeMap<String, Read> = list.items.iter().map(|map| known.saw(map)).collect();
    for (name, (revision, text)) in &acknowledged {
        let found = now.get(name);
        let kept = found.is_some_and(|found| found.0 > *revision || found == &(*revision, text.clone()));
        assert!(kept, "{name} was acknowledged at {revision} with {text}, and is {found:?}");
    }
}

/// A free port that the system gives to no outgoing connection: while nobody listens, a client that dials
/// such a port may find itself.
fn port() -> u16 {
    let first = 20_000 + u16::try_from(std::process::id() % 8_000).unwrap();
    (first..32_000).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("one is free")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn nothing_acknowledged_is_lost_by_two_hundred_kills() {
    let homelab = Homelab::small();
    let entropy = Entropy::seeded(SEED);
    let address = format!("127.0.0.1:{}", port());
    let start = || {
        tokio::task::block_in_place(|| {
            let mut running = Running::listening(&homelab, &address, &["--builtins", "none"]);
            running.wait_for("export KUBECONFIG=");
            running
        })
    };
    let mut running = start();
    let kubeconfig = homelab.state().join("kubeconfig");
    let known = Arc::new(Known::default());
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..WRITERS {
        let maps = Api::namespaced(client(&kubeconfig).await, "default");
        let known = Arc::clone(&known);
        writers.spawn(Writer { number, maps, known, mine: HashMap::new(), unanswered: HashMap::new() }.run());
    }
    let maps: Api<ConfigMap> = Api::namespaced(client(&kubeconfig).await, "default");
    let watcher = Watcher {
        maps: maps.clone(),
        known: Arc::clone(&known),
        seen: Arc::default(),
        resumed: Arc::default(),
        listed: Arc::default(),
    };
    let (seen, resumed, listed) = (watcher.seen.clone(), watcher.resumed.clone(), watcher.listed.clone());
    let mut watching = tokio::task::JoinSet::new();
    watching.spawn(watcher.run());

    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(entropy.u64() % ALIVE_MILLISECONDS_MAX)).await;
        running.kill();
        running = start();
        // A fresh connection, as any other program would make.
        verify(&Api::namespaced(client(&kubeconfig).await, "default"), &known).await;
        if let Some(ended) = writers.try_join_next().or_else(|| watching.try_join_next()) {
            ended.expect("clients go on until they are told");
            panic!("a client ended before it was told");
        }
    }
    known.ended.store(true, Ordering::Relaxed);
    while let Some(ended) = writers.join_next().await {
        ended.expect("no writer found a fault");
    }
    verify(&maps, &known).await;
    let list = maps.list(&ListParams::default()).await.unwrap();
    let last: BTreeMap<String, Read> = list.items.iter().map(|map| known.saw(map)).collect();
    eventually("all writes at the watcher", async || (*seen.lock().unwrap() == last).then_some(())).await;
    assert!(watching.try_join_next().is_none(), "the watcher found a fault");

    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let (writes, resumed, listed) = (count(&known.writes), count(&resumed), count(&listed));
    eprintln!(
        "{KILLS} kills, {writes} acknowledged writes, watch resumed {resumed} times, listed anew {listed} times"
    );
    assert!(writes > KILLS && resumed + listed > 1, "{writes} writes, {resumed} resumed, {listed} listed");
}
