//! Charts and artifacts of registries.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use amethyst_diag::Redacted;
use amethyst_source::{
    ChartError, Credentials, Digest, FetchProgress, Fetched, Layer, Mode, OciVersion, Origin,
};

use crate::registry::{CHART_LAYER, Registry, artifact, chart};
use crate::web::{Web, answer};
use crate::{MISSING, NOW, fetcher, fetcher_with, request, said};

#[tokio::test]
async fn a_chart_is_fetched_once_and_then_had_offline() {
    let registry = Registry::default();
    let (manifest, layer) = registry.chart("charts/app", "1.2.3", b"the chart");
    let web = registry.serve().await;
    let root = tempfile::tempdir().unwrap();
    let fetcher = fetcher(root.path());
    let wanted = request(chart(&web, "charts/app", "1.2.3"));
    assert!(
        said(&fetcher.get(&wanted, Mode::Offline).await.unwrap_err()).contains("hint: run `amethyst fetch`")
    );
    assert_eq!(web.count(), 0);
    let found = fetcher.get(&wanted, NOW).await.unwrap();
    assert_eq!((found.digest, found.origin, found.version.as_str()), (layer, Origin::Network, "1.2.3"));
    assert_eq!(found.revision, format!("1.2.3@{manifest}"));
    assert_eq!(found.bytes().unwrap().as_ref(), b"the chart");
    assert_eq!(
        web.lines(),
        ["GET /v2/charts/app/manifests/1.2.3".to_owned(), format!("GET /v2/charts/app/blobs/{layer}")]
    );
    // Once more asks only whether the tag still means the same.
    assert_eq!(fetcher.get(&wanted, NOW).await.unwrap().origin, Origin::Confirmed);
    assert_eq!(web.count(), 3);
    assert_eq!(fetcher.get(&wanted, MISSING).await.unwrap().origin, Origin::Cache);
    drop(web);
    assert_eq!(fetcher.get(&wanted, Mode::Offline).await.unwrap().bytes().unwrap().as_ref(), b"the chart");
    assert_eq!(fetcher.cache().get(&wanted).unwrap().digest, layer);
}

#[tokio::test]
async fn versions_are_chosen_from_all_pages() {
    let registry = Registry::default();
    for tag in
        ["1.0.0", "1.9.0", "1.10.0", "1.11.0-rc.1", "2.0.0_build.1", "v3.0.0", "latest", "1.10.0-amd64"]
    {
        registry.chart("x", tag, tag.as_bytes());
    }
    let web = registry.serve().await;
    let root = tempfile::tempdir().unwrap();
    let fetcher = fetcher(root.path());
    let cases = [
        ("1.x", "1.10.0"),
        ("", "2.0.0+build.1"),
        (">=1.0.0 <1.10.0", "1.9.0"),
        ("2.0.0+build.1", "2.0.0+build.1"),
    ];
    for (range, expect) in cases {
        let found = fetcher.get(&request(chart(&web, "x", range)), NOW).await.unwrap();
        assert_eq!(found.version, expect, "{range}");
        assert_eq!(found.bytes().unwrap().as_ref(), expect.replace('+', "_").as_bytes());
    }
    // What a range came to is also had by its own name, without a network.
    assert!(fetcher.get(&request(chart(&web, "x", "1.9.0")), Mode::Offline).await.is_ok());
    let error = said(&fetcher.get(&request(chart(&web, "x", "~9")), NOW).await.unwrap_err());
    assert!(error.contains("no version matches `~9`; there is `v3.0.0`"), "{error}");
    // An OCIRepository reads tags with a `v`, keeps `_`, and filters before it chooses.
    let semver = |range: &str, filter: Option<&str>, layer: &str| {
        let version = OciVersion::Semver { range: range.to_owned(), filter: filter.map(str::to_owned) };
        request(artifact(&web, "x", version, Layer::MediaType(layer.to_owned())))
    };
    for (wanted, expect) in [
        (semver(">=1.0.0", None, CHART_LAYER), "v3.0.0"),
        (semver("2.x", None, CHART_LAYER), "2.0.0_build.1"),
        (semver(">=1.0.0-0", Some("amd64$"), CHART_LAYER), "1.10.0-amd64"),
    ] {
        assert_eq!(fetcher.get(&wanted, NOW).await.unwrap().version, expect);
    }
    let error = said(&fetcher.get(&semver("*", Some("("), CHART_LAYER), NOW).await.unwrap_err());
    assert!(error.contains("`semverFilter` is no regular expression"), "{error}");
    let error = said(&fetcher.get(&semver("*", None, "other"), NOW).await.unwrap_err());
    assert!(error.contains("failed to find layer with media type 'other'"), "{error}");
}

#[tokio::test]
async fn the_registry_is_told_who_asks_and_nobody_else() {
    let registry = Registry::default();
    let (_, layer) = registry.chart("private/app", "1.0.0", b"secret chart");
    let store = Web::start(|_, _| answer(200, &[], "secret chart")).await;
    let tokens = Web::start(|turn, _| answer(200, &[], format!("{{\"token\":\"t{turn}\"}}"))).await;
    let (stored, realm) = (store.url("/signed?sig=1"), tokens.url("/token?a=b"));
    let valid = Arc::new(Mutex::new("Bearer t0".to_owned()));
    let now_valid = Arc::clone(&valid);
    let web = Web::start(move |_, request| {
        let told = request.headers().get("authorization").map(|value| value.to_str().unwrap());
        if told != Some(now_valid.lock().unwrap().as_str()) {
            let challenge =
                format!(r#"Bearer realm="{realm}",service="reg",scope="repository:private/app:pull""#);
            return answer(401, &[("www-authenticate", &challenge)], "");
        }
        if request.uri().path().contains("/blobs/") {
            return answer(307, &[("location", &stored)], "");
        }
        registry.answer(request)
    })
    .await;
    let root = tempfile::tempdir().unwrap();
    let docker = format!(r#"{{"auths":{{"{}":{{"auth":"bWU6cHc="}}}}}}"#, web.address);
    let fetcher = fetcher_with(root.path(), &docker);
    let wanted = request(chart(&web, "private/app", "1.0.0"));
    assert_eq!(fetcher.get(&wanted, NOW).await.unwrap().digest, layer);
    assert_eq!(
        tokens.lines(),
        ["GET /token?a=b&service=reg&scope=repository%3Aprivate%2Fapp%3Apull Basic bWU6cHc="]
    );
    assert_eq!(
        web.lines(),
        [
            "GET /v2/private/app/manifests/1.0.0".to_owned(),
            "GET /v2/private/app/manifests/1.0.0 Bearer t0".to_owned(),
            format!("GET /v2/private/app/blobs/{layer} Bearer t0"),
        ]
    );
    assert_eq!(store.lines(), ["GET /signed?sig=1"]);
    // A token is used again, and asked for again when it is no longer good.
    fetcher.get(&wanted, NOW).await.unwrap();
    assert_eq!(tokens.count(), 1);
    "Bearer t1".clone_into(&mut valid.lock().unwrap());
    fetcher.get(&wanted, NOW).await.unwrap();
    assert_eq!(tokens.count(), 2);
    // An identity token goes to the same server in a form.
    "Bearer t2".clone_into(&mut valid.lock().unwrap());
    let mut own = wanted.clone();
    own.credentials = Some(Credentials::IdentityToken(Redacted::new("re/fresh".to_owned())));
    fetcher.get(&own, NOW).await.unwrap();
    assert_eq!(
        tokens.lines()[2],
        "POST /token?a=b grant_type=refresh_token&client_id=amethyst&service=reg&scope=repository%3Aprivate%2Fapp%3Apull&refresh_token=re%2Ffresh"
    );
}

#[tokio::test]
async fn who_may_not_is_told_what_to_do() {
    let basic = Web::start(|_, request| match request.headers().get("authorization") {
        Some(value) if value == "Basic bWU6cHc=" => answer(404, &[], "nothing here"),
        _ => answer(401, &[("www-authenticate", "Basic realm=\"x\"")], ""),
    })
    .await;
    let root = tempfile::tempdir().unwrap();
    let wanted = request(chart(&basic, "x", "1.0.0"));
    let error = said(&fetcher(root.path()).get(&wanted, NOW).await.unwrap_err());
    assert!(error.contains("401") && error.contains("hint: is the source private?"), "{error}");
    let helper = r#"{"credsStore":"desktop"}"#;
    let error = said(&fetcher_with(root.path(), helper).get(&wanted, NOW).await.unwrap_err());
    assert!(error.contains("only `docker-credential-desktop` of Docker's config.json knows"), "{error}");
    let mut known = wanted.clone();
    known.credentials =
        Some(Credentials::Basic { username: "me".to_owned(), password: Redacted::new("pw".to_owned()) });
    let error = said(&fetcher(root.path()).get(&known, NOW).await.unwrap_err());
    assert!(error.contains("404 Not Found: nothing here") && !error.contains("pw"), "{error}");
    // A registry that wants to be asked in another way, or whose realm is a file.
    for challenge in ["Negotiate", "Bearer realm=\"file:///etc/passwd\"", "Bearer"] {
        let web = Web::start(move |_, _| answer(401, &[("www-authenticate", challenge)], "")).await;
        assert!(fetcher(root.path()).get(&request(chart(&web, "x", "1.0.0")), NOW).await.is_err());
    }
}

#[tokio::test]
async fn what_is_not_what_its_digest_says_is_not_kept() {
    let registry = Registry::default();
    let (manifest, layer) = registry.chart("x", "1.0.0", b"the chart");
    registry.put(&format!("/v2/x/blobs/{layer}"), "", b"the ch4rt");
    let web = registry.serve().await;
    let root = tempfile::tempdir().unwrap();
    let fetcher = fetcher(root.path());
    let wanted = request(chart(&web, "x", "1.0.0"));
    let error = said(&fetcher.get(&wanted, NOW).await.unwrap_err());
    assert!(error.contains(&format!("but should have `{layer}`")), "{error}");
    assert!(fetcher.cache().get(&wanted).is_err() && fetcher.cache().size().unwrap() == 0);
    // Longer or shorter than it should be.
    registry.put(&format!("/v2/x/blobs/{layer}"), "", b"the chart and more");
    assert!(said(&fetcher.get(&wanted, NOW).await.unwrap_err()).contains("longer than the 9 bytes"));
    registry.put(&format!("/v2/x/blobs/{layer}"), "", b"the");
    assert!(said(&fetcher.get(&wanted, NOW).await.unwrap_err()).contains("has the digest"));
    registry.put(&format!("/v2/x/blobs/{layer}"), "", b"the chart");
    assert_eq!(fetcher.get(&wanted, NOW).await.unwrap().digest, layer);
    // A manifest that is asked for by its digest.
    registry.put(&format!("/v2/x/manifests/{manifest}"), "", b"{\"schemaVersion\":2}");
    let pinned = |digest: String| request(artifact(&web, "x", OciVersion::Digest(digest), Layer::First));
    let error = said(&fetcher.get(&pinned(manifest.to_string()), NOW).await.unwrap_err());
    assert!(error.contains("the manifest of"), "{error}");
    let error = said(&fetcher.get(&pinned(format!("sha512:{}", "0".repeat(128))), NOW).await.unwrap_err());
    assert!(error.contains("digests of `sha512` are not supported"), "{error}");
}

#[tokio::test]
async fn a_pinned_digest_is_asked_for_once() {
    let registry = Registry::default();
    let (manifest, layer) =
        registry.push("x", "t", "application/vnd.cncf.flux.config.v1+json", "any", b"files");
    let web = registry.serve().await;
    let root = tempfile::tempdir().unwrap();
    let fetcher = fetcher(root.path());
    let wanted = request(artifact(&web, "x", OciVersion::Digest(manifest.to_string()), Layer::First));
    let found = fetcher.get(&wanted, NOW).await.unwrap();
    assert_eq!((found.digest, found.revision), (layer, manifest.to_string()));
    assert_eq!(fetcher.get(&wanted, NOW).await.unwrap().origin, Origin::Cache);
    assert_eq!(web.count(), 2);
}

#[tokio::test]
async fn an_index_leads_to_its_artifact() {
    let registry = Registry::default();
    let (chart_manifest, layer) = registry.chart("x", "inner", b"the chart");
    let (other, _) =
        registry.push("x", "other", "application/vnd.oci.image.config.v1+json", "any", b"an image");
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"digest":"{other}","size":1}},{{"digest":"{chart_manifest}","size":1}}]}}"#
    );
    let index = registry.manifest("x", "1.0.0", "application/vnd.oci.image.index.v1+json", &index);
    let web = registry.serve().await;
    let root = tempfile::tempdir().unwrap();
    let found = fetcher(root.path()).get(&request(chart(&web, "x", "1.0.0")), NOW).await.unwrap();
    assert_eq!((found.digest, found.revision), (layer, format!("1.0.0@{index}")));
}

#[tokio::test]
async fn a_download_goes_on_in_the_next_process() {
    let registry = Registry::default();
    let body: Vec<u8> = (0..5000u32).map(|at| (at % 251) as u8).collect();
    let (_, layer) = registry.chart("x", "1.0.0", &body);
    let whole = body.clone();
    let web = Web::start(move |_, request| {
        let range = request.headers().get("range").map(|value| value.to_str().unwrap());
        match (request.uri().path().contains("/blobs/"), range) {
            (true, Some("bytes=2000-")) => {
                answer(206, &[("content-range", "bytes 2000-4999/5000")], whole[2000..].to_vec())
            }
            (true, Some(_)) => answer(416, &[], ""),
            _ => registry.answer(request),
        }
    })
    .await;
    for (left, good) in [(&body[..2000], true), (&[7; 2000][..], false), (&[7; 6000][..], false)] {
        let root = tempfile::tempdir().unwrap();
        let fetcher = fetcher(root.path());
        // As a process leaves it that was killed: its name is that of the digest.
        let name = Digest::of(layer.to_string().as_bytes()).hex();
        std::fs::write(root.path().join("partial").join(format!("{name}.part")), left).unwrap();
        let before = web.count();
        let found = fetcher.get(&request(chart(&web, "x", "1.0.0")), NOW).await.unwrap();
        assert_eq!(found.bytes().unwrap(), body);
        let last = web.header(web.count() - 1, "range");
        assert_eq!(last.is_some(), good, "{:?}", web.lines().split_off(before));
    }
}

#[tokio::test]
async fn what_many_want_is_fetched_once() {
    let registry = Registry::default();
    registry.chart("x", "1.0.0", &vec![1; 300_000]);
    let web = registry.serve().await;
    let root = tempfile::tempdir().unwrap();
    let fetcher = fetcher(root.path());
    let wanted = request(chart(&web, "x", "1.0.0"));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (fetcher, wanted) = (fetcher.clone(), wanted.clone());
        running.spawn(async move { fetcher.get(&wanted, NOW).await.unwrap().size });
    }
    assert!(running.join_all().await.iter().all(|size| *size == 300_000));
    assert_eq!(web.count(), 2, "{:?}", web.lines());
    // Fetchers that know nothing of each other, as in two processes, fetch the content once.
    let root = tempfile::tempdir().unwrap();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let (fetcher, wanted) = (crate::fetcher(root.path()), wanted.clone());
        running.spawn(async move { fetcher.get(&wanted, NOW).await.unwrap().size });
    }
    running.join_all().await;
    let blobs = web.lines().iter().filter(|line| line.contains("/blobs/")).count();
    assert_eq!(blobs, 2, "{:?}", web.lines());
}

#[derive(Default)]
struct Told {
    came: AtomicUsize,
    total: AtomicUsize,
    finished: Mutex<Vec<(usize, bool)>>,
}

impl FetchProgress for Told {
    fn started(&self, _request: usize, total_bytes: Option<u64>) {
        self.total.fetch_add(total_bytes.unwrap_or_default() as usize, Ordering::Relaxed);
    }

    fn advanced(&self, _request: usize, bytes: u64) {
        self.came.fetch_add(bytes as usize, Ordering::Relaxed);
    }

    fn finished(&self, request: usize, outcome: Result<&Fetched, &ChartError>) {
        self.finished.lock().unwrap().push((request, outcome.is_ok()));
    }
}

#[tokio::test]
async fn all_are_fetched_and_their_progress_told() {
    let registry = Registry::default();
    for (name, size) in [("a", 1000), ("b", 2000), ("c", 3000)] {
        registry.chart(name, "1.0.0", &vec![name.as_bytes()[0]; size]);
    }
    let web = registry.serve().await;
    let root = tempfile::tempdir().unwrap();
    let wanted: Vec<_> =
        ["a", "b", "missing", "c", "a"].map(|name| request(chart(&web, name, "1.0.0"))).into();
    let told = Arc::new(Told::default());
    let progress: Arc<dyn FetchProgress> = Arc::<Told>::clone(&told);
    let done = fetcher(root.path()).fetch_all(&wanted, NOW, 2, progress).await;
    let sizes: Vec<_> = done.iter().map(|one| one.as_ref().ok().map(|found| found.size)).collect();
    assert_eq!(sizes, [Some(1000), Some(2000), None, Some(3000), Some(1000)]);
    // The two that want the same are both told of it.
    assert_eq!((told.came.load(Ordering::Relaxed), told.total.load(Ordering::Relaxed)), (7000, 7000));
    let mut finished = told.finished.lock().unwrap().clone();
    finished.sort_unstable();
    assert_eq!(finished, [(0, true), (1, true), (2, false), (3, true), (4, true)]);
    assert_eq!(web.count(), 7);
    assert!(said(done[2].as_ref().unwrap_err()).contains("MANIFEST_UNKNOWN"));
}
