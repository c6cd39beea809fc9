//! A plain server on loopback whose answers a test writes, and what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// The target as it was sent: a path, a whole URL to a proxy, `host:port` of a tunnel.
    pub(crate) target: String,
    pub(crate) method: String,
    headers: BTreeMap<String, String>,
}

impl Asked {
    /// A header by its small name; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// An answer as it goes over the wire.
pub(crate) type Answer = Vec<u8>;

/// An answer with a status, headers and a body.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let headers =
        headers.iter().fold(String::new(), |all, (name, value)| all + &format!("{name}: {value}\r\n"));
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// A running server; nobody listens there once it is dropped.
pub(crate) struct Web {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Web {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // It waits for somebody to come.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Web {
    /// Answers every request by `handler`, which is told how many came before.
    pub(crate) fn start(handler: impl Fn(usize, &Asked) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut web = Self {
            address: listener.local_addr().unwrap().to_string(),
            asked: Arc::default(),
            is_over: Arc::default(),
            thread: None,
        };
        let (asked, is_over) = (Arc::clone(&web.asked), Arc::clone(&web.is_over));
        web.thread = Some(std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { break };
                if is_over.load(Ordering::Acquire) {
                    break;
                }
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                let mut words = first.split(' ').map(str::to_owned);
                let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    Some((name.to_lowercase(), value.trim().to_owned()))
                });
                let request = Asked { target, method, headers: headers.collect() };
                let answer = {
                    let mut asked = asked.lock().unwrap();
                    asked.push(request.clone());
                    handler(asked.len() - 1, &request)
                };
                let _ = stream.write_all(&answer);
            }
        }));
        web
    }

    /// A server of files that may change.
    pub(crate) fn files(files: &Files) -> Self {
        let files = files.clone();
        Self::start(move |_, request| files.answer(&request.target))
    }

    /// A URL of this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// The targets of what was asked since the last time.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.target).collect()
    }
}

/// Files by path.
#[derive(Clone, Default)]
pub(crate) struct Files(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Files {
    pub(crate) fn put(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.0.lock().unwrap().insert(path.to_owned(), body.into());
    }

    pub(crate) fn remove(&self, path: &str) {
        self.0.lock().unwrap().remove(path);
    }

    /// The file, or 404.
    pub(crate) fn answer(&self, path: &str) -> Answer {
        let files = self.0.lock().unwrap();
        files.get(path).map_or_else(|| answer(404, &[], b""), |body| answer(200, &[], body))
    }
}
