//! Documents at URLs: schemas that others refer to.

use amethyst_source::{ChartSource, Mode, Origin};

use crate::web::{Web, answer};
use crate::{MISSING, NOW, fetcher, request, said};

#[tokio::test]
async fn a_schema_is_kept_and_looked_at_again() {
    let web = Web::start(|turn, request| match turn {
        0 => answer(429, &[("retry-after", "0")], ""),
        1 | 2 if request.headers().get("if-none-match").is_none() => {
            answer(200, &[("etag", "W/\"1\"")], "{}")
        }
        3 => answer(200, &[], "{\"type\":\"object\"}"),
        _ => answer(304, &[], ""),
    })
    .await;
    let root = tempfile::tempdir().unwrap();
    let fetcher = fetcher(root.path());
    let wanted = request(ChartSource::Document { url: web.url("/schema.json?token=secret#/definitions/x") });
    assert_eq!(fetcher.get(&wanted, NOW).await.unwrap().bytes().unwrap().as_ref(), b"{}");
    assert_eq!(fetcher.get(&wanted, MISSING).await.unwrap().origin, Origin::Cache);
    assert_eq!(fetcher.get(&wanted, NOW).await.unwrap().origin, Origin::Confirmed);
    assert_eq!(web.header(2, "if-none-match").as_deref(), Some("W/\"1\""));
    assert_eq!(fetcher.get(&wanted, NOW).await.unwrap().bytes().unwrap().as_ref(), b"{\"type\":\"object\"}");
    assert_eq!(fetcher.get(&wanted, Mode::Offline).await.unwrap().size, 17);
    let error = said(
        &fetcher
            .get(&request(ChartSource::Document { url: web.url("/x?token=secret") }), Mode::Offline)
            .await
            .unwrap_err(),
    );
    assert!(error.contains("/x`") && !error.contains("secret"), "{error}");
    let dated = Web::start(|_, request| match request.headers().get("if-modified-since") {
        Some(at) if at == "Sat, 28 Nov 2026 00:00:00 GMT" => answer(304, &[], ""),
        _ => answer(200, &[("last-modified", "Sat, 28 Nov 2026 00:00:00 GMT")], "{}"),
    })
    .await;
    let wanted = request(ChartSource::Document { url: dated.url("/") });
    assert_eq!(fetcher.get(&wanted, NOW).await.unwrap().origin, Origin::Network);
    assert_eq!(fetcher.get(&wanted, NOW).await.unwrap().origin, Origin::Confirmed);
    let file = request(ChartSource::Document { url: "file:///etc/passwd".to_owned() });
    assert!(said(&fetcher.get(&file, NOW).await.unwrap_err()).contains("is a `file` URL"));
}
