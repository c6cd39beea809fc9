//! Clients against servers on loopback: redirects, credentials, proxies, retries, large bodies.

use std::sync::Arc;
use std::time::Duration;

use amethyst_clock::Clock;
use amethyst_diag::Redacted;
use amethyst_http::{
    Authorization, Client, ClientSettings, Dial, Fetch, FetchError, FetchFault, Gate, LoopbackOnly, Progress,
    Proxies, Resume, Retry, Url,
};
use http::Method;

use crate::servers::{Authority, Behaviour, Server};
use crate::web::{Web, answer};

fn settings() -> ClientSettings {
    ClientSettings {
        purpose: "test",
        gate: Arc::new(LoopbackOnly),
        clock: Clock::system(),
        proxies: Proxies::none(),
        authorities_pem: None,
        user_agent: "amethyst/test",
        retry: Retry {
            tries_max: 3,
            first_pause: Duration::from_millis(1),
            pause_max: Duration::from_secs(2),
        },
    }
}

fn client() -> Client {
    Client::new(settings())
}

fn get(url: &str) -> Fetch {
    let mut fetch = Fetch::get(Url::parse(url).unwrap());
    fetch.authorization =
        Some(Authorization::Basic { name: "me".to_owned(), password: Redacted::new("secret".to_owned()) });
    fetch
}

fn said(error: &FetchError) -> String {
    format!("{error}: {}", error.fault)
}

async fn text(client: &Client, fetch: &Fetch) -> String {
    let (_, body) = client.fetch(fetch).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn credentials_stay_with_their_server() {
    let other = Web::start(|_, _| answer(200, &[], "there")).await;
    let there = other.url("/blob?sig=1");
    let first = Web::start(move |_, request| match request.uri().path() {
        "/a" => answer(302, &[("location", "/b")], ""),
        _ => answer(307, &[("location", &there)], ""),
    })
    .await;
    assert_eq!(text(&client(), &get(&first.url("/a"))).await, "there");
    assert_eq!(first.header(0, "authorization").as_deref(), Some("Basic bWU6c2VjcmV0"));
    assert_eq!(first.header(1, "authorization").as_deref(), Some("Basic bWU6c2VjcmV0"));
    assert_eq!(other.header(0, "authorization"), None);
    assert_eq!(other.header(0, "user-agent").as_deref(), Some("amethyst/test"));
    assert_eq!(other.line(0), "GET /blob?sig=1");
}

#[tokio::test]
async fn redirects_are_bounded_and_never_leave_http() {
    let cases = [
        ("file:///etc/passwd", "only https:// and http:// are fetched"),
        ("/", "stopped after 10 redirects"),
        ("http://192.0.2.1/", "only loopback may be dialed"),
    ];
    for (to, expect) in cases {
        let server = Web::start(move |_, _| answer(301, &[("location", to)], "")).await;
        let error = client().fetch(&get(&server.url("/"))).await.unwrap_err();
        assert!(said(&error).contains(expect), "{}", said(&error));
    }
}

#[tokio::test]
async fn a_post_becomes_a_get_where_go_makes_it_one() {
    for (status, expect) in [(303, "GET /b"), (302, "GET /b"), (307, "POST /b"), (308, "POST /b")] {
        let server = Web::start(move |turn, _| match turn {
            0 => answer(status, &[("location", "b")], ""),
            _ => answer(200, &[], ""),
        })
        .await;
        let mut fetch = get(&server.url("/a"));
        (fetch.method, fetch.body) = (Method::POST, "x".into());
        client().fetch(&fetch).await.unwrap();
        assert_eq!(server.line(1), expect);
        assert_eq!(server.text(1), if expect.starts_with("POST") { "x" } else { "" });
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let server = Web::start(|turn, _| match turn {
        0 => answer(503, &[], "busy"),
        1 => answer(429, &[("retry-after", "1")], "slow"),
        _ => answer(200, &[], "done"),
    })
    .await;
    let client = client();
    let before = client.clock().instant();
    assert_eq!(text(&client, &get(&server.url("/"))).await, "done");
    assert!(client.clock().instant() - before >= Duration::from_secs(1), "the server asked for a second");
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn what_does_not_pass_is_told() {
    let server = Web::start(|_, _| answer(500, &[], "broken\nbadly")).await;
    let error = client().fetch(&get(&server.url("/x?secret=1"))).await.unwrap_err();
    assert_eq!(
        said(&error),
        format!(
            "failed to fetch `{}?...`: the server answers 500 Internal Server Error: broken badly\n\
             hint: the server is in trouble; try again later",
            server.url("/x")
        )
    );
    assert_eq!(server.count(), 3);
    // Neither what is not idempotent, nor what would take too long, nor what is final, is asked for again.
    for (method, status, headers) in [
        (Method::POST, 503, vec![]),
        (Method::GET, 429, vec![("retry-after", "3600")]),
        (Method::GET, 404, vec![]),
    ] {
        let server = Web::start(move |_, _| answer(status, &headers, "")).await;
        let mut fetch = get(&server.url("/"));
        fetch.method = method;
        let error = client().fetch(&fetch).await.unwrap_err();
        assert_eq!((error.status().unwrap().as_u16(), server.count()), (status, 1));
    }
}

#[tokio::test]
async fn nobody_there_is_an_error_after_some_tries() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = client().fetch(&get(&format!("http://{free}/"))).await.unwrap_err();
    assert!(said(&error).contains("connection refused\nhint: is the network up"), "{}", said(&error));
}

#[tokio::test]
async fn what_is_known_is_not_sent_again() {
    let server = Web::start(|_, request| match request.headers().get("if-none-match") {
        Some(etag) if etag == "\"v1\"" => answer(304, &[], ""),
        _ => answer(200, &[("etag", "\"v1\"")], "body"),
    })
    .await;
    let client = client();
    let (headers, _) = client.fetch(&get(&server.url("/"))).await.unwrap();
    let etag = headers["etag"].to_str().unwrap();
    let known = get(&server.url("/")).if_none_match(etag);
    let mut sink = Vec::new();
    let done = client.download(&known, Resume::IfUnchanged, &mut sink, &mut |_| {}).await.unwrap();
    assert!(!done.changed && sink.is_empty());
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0; zlib_rs::compress_bound(bytes.len()) + 18];
    let config = zlib_rs::DeflateConfig { window_bits: 31, ..Default::default() };
    let (packed, code) = zlib_rs::compress_slice(&mut out, bytes, config);
    assert_eq!(code, zlib_rs::ReturnCode::Ok);
    packed.to_vec()
}

#[tokio::test]
async fn gzip_is_taken_off_only_where_it_was_offered() {
    let plain = "a".repeat(300_000);
    let packed = gzip(plain.as_bytes());
    let (sent, cut) = (packed.clone(), packed[..packed.len() - 9].to_vec());
    let server = Web::start(move |_, request| match request.uri().path() {
        "/cut" => answer(200, &[("content-encoding", "gzip")], cut.clone()),
        "/br" => answer(200, &[("content-encoding", "br")], "?"),
        _ => answer(200, &[("content-encoding", "gzip")], sent.clone()),
    })
    .await;
    let mut fetch = get(&server.url("/"));
    // An archive that the server calls encoded comes as it is, as in Helm.
    assert_eq!(client().fetch(&fetch).await.unwrap().1, packed);
    assert_eq!(server.header(0, "accept-encoding").as_deref(), Some("identity"));
    fetch.gzip = true;
    assert_eq!(text(&client(), &fetch).await, plain);
    // A bomb is as long as what it unpacks to.
    fetch.bytes_max = 299_999;
    let error = client().fetch(&fetch).await.unwrap_err();
    assert!(matches!(error.fault, FetchFault::TooLong { limit: 299_999 }), "{}", said(&error));
    fetch.bytes_max = 1_000_000;
    fetch.url = Url::parse(&server.url("/cut")).unwrap();
    assert!(matches!(client().fetch(&fetch).await.unwrap_err().fault, FetchFault::Cut { .. }));
    fetch.url = Url::parse(&server.url("/br")).unwrap();
    assert!(matches!(client().fetch(&fetch).await.unwrap_err().fault, FetchFault::Encoding(_)));
}

/// Sends at most 1000 bytes of the body at a time, and breaks off.
fn breaking(body: Arc<Vec<u8>>, etag: &'static str, ranges: bool) -> impl Fn(&str) -> Vec<u8> + Send + Sync {
    move |head| {
        let range = head.lines().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-'));
        let at: usize = if ranges { range.map_or(0, |at| at.parse().unwrap()) } else { 0 };
        let (whole, left) = (body.len(), body.len() - at);
        let head = if at > 0 {
            format!("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {at}-{}/{whole}\r\n", whole - 1)
        } else {
            "HTTP/1.1 200 OK\r\n".to_owned()
        };
        let head = format!("{head}{etag}Content-Length: {left}\r\nConnection: close\r\n\r\n");
        [head.as_bytes(), &body[at..whole.min(at + 1000)]].concat()
    }
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_stopped() {
    let body: Arc<Vec<u8>> = Arc::new((0..4500u32).map(|at| (at % 251) as u8).collect());
    for (resume, etag) in [(Resume::Same, ""), (Resume::IfUnchanged, "ETag: \"v1\"\r\n")] {
        let server = Web::raw(breaking(Arc::clone(&body), etag, true)).await;
        let (mut sink, mut events) = (Vec::new(), Vec::new());
        let url = get(&server.url("/blob"));
        client().download(&url, resume, &mut sink, &mut |event| events.push(event)).await.unwrap();
        assert_eq!(sink, *body);
        assert_eq!(server.count(), 5);
        assert_eq!(events[0], Progress::Started { already: 0, total: Some(4500) });
        assert!(events.contains(&Progress::Started { already: 4000, total: Some(4500) }), "{events:?}");
        let came: u64 =
            events.iter().map(|event| if let Progress::Advanced(bytes) = event { *bytes } else { 0 }).sum();
        assert_eq!(came, 4500);
        assert_eq!(server.text(1).contains("if-range: \"v1\""), resume == Resume::IfUnchanged);
    }
}

#[tokio::test]
async fn a_download_that_never_gets_further_ends() {
    let body: Arc<Vec<u8>> = Arc::new(vec![7; 4500]);
    let server = Web::raw(breaking(Arc::clone(&body), "", false)).await;
    let mut sink = Vec::new();
    let error =
        client().download(&get(&server.url("/")), Resume::Same, &mut sink, &mut |_| {}).await.unwrap_err();
    assert!(matches!(error.fault, FetchFault::Transport(_) | FetchFault::Cut { .. }), "{}", said(&error));
    assert!(server.count() <= 4, "{}", server.count());
}

#[tokio::test]
async fn what_is_there_counts_only_where_it_is_said_to_be_the_same() {
    let server = Web::start(|_, request| {
        if request.headers().contains_key("range") {
            return answer(206, &[("content-range", "bytes 3-5/6")], "def");
        }
        answer(200, &[], "abcdef")
    })
    .await;
    for (resume, requests) in [(Resume::Same, "bytes=3-"), (Resume::IfUnchanged, "")] {
        let mut sink = b"abc".to_vec();
        let before = server.count();
        client().download(&get(&server.url("/")), resume, &mut sink, &mut |_| {}).await.unwrap();
        assert_eq!(
            (sink.as_slice(), server.header(before, "range").unwrap_or_default().as_str()),
            (b"abcdef".as_slice(), requests)
        );
    }
}

#[tokio::test]
async fn a_range_that_is_not_what_was_asked_for_starts_over() {
    let server = Web::start(|turn, _| match turn {
        0 => answer(206, &[("content-range", "bytes 0-1/6")], "ab"),
        2 => answer(416, &[], ""),
        _ => answer(200, &[], "abcdef"),
    })
    .await;
    for _ in 0..2 {
        let mut sink = b"xxx".to_vec();
        client().download(&get(&server.url("/")), Resume::Same, &mut sink, &mut |_| {}).await.unwrap();
        assert_eq!(sink, b"abcdef");
    }
}

#[tokio::test]
async fn lengths_are_bounded_before_and_while_they_come() {
    let server = Web::start(|_, _| answer(200, &[], vec![0; 2000])).await;
    let mut fetch = get(&server.url("/"));
    fetch.bytes_max = 1999;
    let mut sink = Vec::new();
    let error = client().download(&fetch, Resume::Same, &mut sink, &mut |_| {}).await.unwrap_err();
    assert!(matches!(error.fault, FetchFault::TooLong { .. }) && sink.is_empty(), "{}", said(&error));
    let endless = Web::raw(|_| {
        let mut out = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        (0..100).for_each(|_| {
            out.extend_from_slice(
                b"40\r\n0123456789012345678901234567890123456789012345678901234567890123\r\n",
            );
        });
        out
    })
    .await;
    fetch.url = Url::parse(&endless.url("/")).unwrap();
    let error = client().download(&fetch, Resume::Same, &mut sink, &mut |_| {}).await.unwrap_err();
    assert!(matches!(error.fault, FetchFault::TooLong { .. }), "{}", said(&error));
}

#[tokio::test]
async fn silence_has_an_end() {
    let server = Web::start(|_, _| answer(200, &[], "x")).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}/", listener.local_addr().unwrap());
    let mut fetch = get(&silent);
    fetch.head_timeout = Duration::from_millis(50);
    let error = client().fetch(&fetch).await.unwrap_err();
    assert!(said(&error).contains("context deadline exceeded"), "{}", said(&error));
    drop(server);
}

/// Notes what it is asked, and lets loopback pass.
#[derive(Debug, Default)]
struct Noting(std::sync::Mutex<Vec<String>>);

impl Gate for Noting {
    fn check(&self, dial: &Dial<'_>) -> Result<(), String> {
        self.0.lock().unwrap().push(format!("{} {} {}", dial.purpose, dial.host, dial.address.ip()));
        LoopbackOnly.check(dial)
    }
}

#[tokio::test]
async fn proxies_are_told_whole_urls_and_asked_for_tunnels() {
    let proxy = Web::start(|_, _| answer(200, &[], "from the proxy")).await;
    let refusing = Web::raw(|_| b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n".to_vec()).await;
    let gate = Arc::new(Noting::default());
    let proxies = Proxies::new(
        &format!("http://me:pw@{}", refusing.address),
        &format!("http://me:pw@{}", proxy.address),
        "",
    );
    let settings =
        ClientSettings { proxies: proxies.unwrap(), gate: Arc::<Noting>::clone(&gate), ..settings() };
    let client = Client::new(settings);
    assert_eq!(text(&client, &get("http://charts.example/index.yaml?x=1")).await, "from the proxy");
    assert_eq!(proxy.line(0), "GET http://charts.example/index.yaml?x=1");
    assert_eq!(proxy.header(0, "host").as_deref(), Some("charts.example"));
    assert_eq!(proxy.header(0, "proxy-authorization").as_deref(), Some("Basic bWU6cHc="));
    let error = client.fetch(&get("https://charts.example/")).await.unwrap_err();
    assert!(said(&error).contains("407 Proxy Authentication Required"), "{}", said(&error));
    assert!(
        refusing.text(0).starts_with("CONNECT charts.example:443 HTTP/1.1\r\nHost: charts.example:443\r\n")
    );
    assert_eq!(gate.0.lock().unwrap()[0], "test charts.example 127.0.0.1");
}

#[tokio::test]
async fn a_tunnel_carries_tls_to_the_server_behind_it() {
    let authority = Authority::new();
    let server = Server::start(&authority, "charts.example", Behaviour::Echo).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = listener.local_addr().unwrap();
    let behind = server.address;
    let relay = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut near, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(near.read_u8().await.unwrap());
        }
        near.write_all(b"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n").await.unwrap();
        let mut far = tokio::net::TcpStream::connect(behind).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    });
    let settings = ClientSettings {
        proxies: Proxies::new(&proxy.to_string(), "", "").unwrap(),
        authorities_pem: Some(authority.pem()),
        ..settings()
    };
    let fetch = get("https://charts.example/x");
    assert_eq!(text(&Client::new(settings), &fetch).await, "GET /x HTTP/1.1 ");
    relay.abort();
}

#[tokio::test]
async fn what_is_encrypted_stays_so() {
    let authority = Authority::new();
    let server = Server::start(&authority, "127.0.0.1", Behaviour::Downgrade).await;
    let settings = ClientSettings { authorities_pem: Some(authority.pem()), ..settings() };
    let url = format!("https://127.0.0.1:{}/", server.address.port());
    let error = Client::new(settings).fetch(&get(&url)).await.unwrap_err();
    assert!(said(&error).contains("which is not encrypted"), "{}", said(&error));
}
