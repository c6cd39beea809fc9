//! Charts of Helm repositories.

use amethyst_diag::Redacted;
use amethyst_source::{ChartRequest, ChartSource, Credentials, Digest, Mode, Origin, RepositorySource};

use crate::registry::Registry;
use crate::web::{Web, answer};
use crate::{NOW, fetcher, request, said};

fn index(url: &str, digest: &str) -> String {
    format!(
        "apiVersion: v1\nentries:\n  app:\n  - name: app\n    version: 1.2.3\n    digest: \"{digest}\"\n    urls:\n    - {url}\n  - name: app\n    version: 1.0.0\n    urls: [old.tgz]\n"
    )
}

fn chart(url: String, version: &str) -> ChartRequest {
    let (chart, version) = ("app".to_owned(), version.to_owned());
    request(ChartSource::Repository(RepositorySource { url, chart, version, pass_credentials: false }))
}

#[tokio::test]
async fn a_chart_is_found_by_the_index() {
    let digest = Digest::of(b"the chart");
    let text = index("charts/app-1.2.3.tgz", &digest.hex());
    let web = Web::start(move |_, request| match request.uri().path() {
        "/repo/index.yaml" => match request.headers().get("if-none-match") {
            Some(etag) if etag == "\"v1\"" => answer(304, &[], ""),
            _ => answer(
                200,
                &[("etag", "\"v1\""), ("last-modified", "Sat, 28 Nov 2026 00:00:00 GMT")],
                text.clone(),
            ),
        },
        "/repo/charts/app-1.2.3.tgz" => answer(200, &[("content-encoding", "gzip")], "the chart"),
        "/repo/old.tgz" => answer(200, &[], "old"),
        _ => answer(404, &[], ""),
    })
    .await;
    let root = tempfile::tempdir().unwrap();
    let fetcher = fetcher(root.path());
    let wanted = chart(web.url("/repo/"), "1.x");
    let found = fetcher.get(&wanted, NOW).await.unwrap();
    assert_eq!((found.digest, found.version.as_str(), found.revision.as_str()), (digest, "1.2.3", "1.2.3"));
    assert_eq!(web.lines(), ["GET /repo/index.yaml", "GET /repo/charts/app-1.2.3.tgz"]);
    // The index is not sent again, and the chart not asked for.
    assert_eq!(fetcher.get(&wanted, NOW).await.unwrap().origin, Origin::Confirmed);
    assert_eq!(web.count(), 3);
    assert_eq!(web.header(2, "if-modified-since"), None);
    // The exact version is known by now, the older one is without a digest.
    assert!(fetcher.get(&chart(web.url("/repo"), "1.2.3"), Mode::Offline).await.is_ok());
    assert_eq!(fetcher.get(&chart(web.url("/repo"), "1.0.0"), NOW).await.unwrap().digest, Digest::of(b"old"));
    let error = said(&fetcher.get(&chart(web.url("/repo"), ">1.3"), NOW).await.unwrap_err());
    assert!(error.contains("no version matches `>1.3`; there is `1.2.3`, `1.0.0`"), "{error}");
    let mut other = wanted.clone();
    if let ChartSource::Repository(source) = &mut other.source {
        "App".clone_into(&mut source.chart);
    }
    let error = said(&fetcher.get(&other, NOW).await.unwrap_err());
    assert!(error.contains("has no chart `App`") && error.contains("did you mean `app`?"), "{error}");
}

#[tokio::test]
async fn credentials_go_to_the_repository_only() {
    let store = Web::start(|_, _| answer(200, &[], "the chart")).await;
    let text = index(&store.url("/app.tgz"), "");
    let web = Web::start(move |_, _| answer(200, &[], text.clone())).await;
    let mut wanted = chart(web.url(""), "1.2.3");
    wanted.credentials =
        Some(Credentials::Basic { username: "me".to_owned(), password: Redacted::new("pw".to_owned()) });
    let root = tempfile::tempdir().unwrap();
    fetcher(root.path()).get(&wanted, NOW).await.unwrap();
    assert_eq!(web.lines(), ["GET /index.yaml Basic bWU6cHc="]);
    assert_eq!(store.lines(), ["GET /app.tgz"]);
    if let ChartSource::Repository(source) = &mut wanted.source {
        source.pass_credentials = true;
    }
    fetcher(root.path()).get(&wanted, NOW).await.unwrap();
    assert_eq!(store.lines()[1], "GET /app.tgz Basic bWU6cHc=");
}

#[tokio::test]
async fn hostile_repositories_get_nowhere() {
    let digest = Digest::of(b"the chart").hex();
    let cases = [
        (index("file:///etc/passwd", ""), "only https:// and http:// are fetched"),
        (index("\"ftp://h/x\"", ""), "only https:// and http:// are fetched"),
        (index("http://192.0.2.1/x.tgz", ""), "only loopback may be dialed"),
        (index("app.tgz", &digest), "has the digest"),
        (index("app.tgz", "md5:00"), "digests of `md5` are not supported"),
        (index("redirect", ""), "only https:// and http:// are fetched"),
        (index("oci://192.0.2.1:1/x:1", ""), "only loopback may be dialed"),
        ("<html>".to_owned(), "cannot be read"),
        (String::new(), "it is empty"),
        (
            "apiVersion: v1\nentries:\n  app:\n  - name: app\n    version: 1.2.3\n".to_owned(),
            "has no downloadable URLs",
        ),
        (format!("apiVersion: v1\nentries:\n  app:\n  - name: {}\n", "x".repeat(5 << 20)), "is longer than"),
    ];
    let root = tempfile::tempdir().unwrap();
    for (text, expect) in cases {
        let shown: String = text.chars().take(100).collect();
        let web = Web::start(move |_, request| match request.uri().path() {
            "/index.yaml" => answer(200, &[], text.clone()),
            "/redirect" => answer(302, &[("location", "file:///etc/passwd")], ""),
            _ => answer(200, &[], "another chart"),
        })
        .await;
        let offline = request(chart(web.url(""), "1.2.3").source);
        let error = said(&fetcher(root.path()).get(&offline, NOW).await.unwrap_err());
        assert!(error.contains(expect), "{shown}: {error}");
    }
    let error =
        said(&fetcher(root.path()).get(&chart("file:///srv".to_owned(), "1"), NOW).await.unwrap_err());
    assert!(error.contains("is a `file` URL"), "{error}");
}

#[tokio::test]
async fn an_index_may_name_a_registry() {
    let registry = Registry::default();
    let (_, layer) = registry.chart("charts/app", "1.2.3", b"the chart");
    let oci = registry.serve().await;
    let text = index(&format!("oci://{}/charts/app:1.2.3", oci.address), "");
    let web = Web::start(move |_, _| answer(200, &[], text.clone())).await;
    let root = tempfile::tempdir().unwrap();
    let found = fetcher(root.path()).get(&chart(web.url(""), ""), NOW).await.unwrap();
    assert_eq!((found.digest, found.version.as_str()), (layer, "1.2.3"));
}

#[tokio::test]
async fn many_charts_of_one_repository_need_its_index_once() {
    let entry = |at: usize| format!("  c{at}:\n  - name: c{at}\n    version: 1.0.0\n    urls: [c{at}.tgz]\n");
    let text = (0..20).map(entry).collect::<Vec<_>>().concat();
    let web = Web::start(move |_, request| match request.uri().path() {
        "/index.yaml" => answer(200, &[], format!("apiVersion: v1\nentries:\n{text}")),
        path => answer(200, &[], path.to_owned()),
    })
    .await;
    let root = tempfile::tempdir().unwrap();
    let fetcher = fetcher(root.path());
    let mut running = tokio::task::JoinSet::new();
    for at in 0..20 {
        let (fetcher, mut wanted) = (fetcher.clone(), chart(web.url(""), "*"));
        if let ChartSource::Repository(source) = &mut wanted.source {
            source.chart = format!("c{at}");
        }
        running.spawn(async move { fetcher.get(&wanted, NOW).await.unwrap().size });
    }
    assert_eq!(running.join_all().await.len(), 20);
    let indexes = web.lines().iter().filter(|line| line.ends_with("/index.yaml")).count();
    assert_eq!((indexes, web.count()), (1, 21), "{:?}", web.lines());
}
