//! Requests for anything but objects: health, version, discovery, OpenAPI, metrics, and the index of paths.

use amethyst_object::{Value, value};
use http::request::Parts;
use http::{Method, StatusCode};

use super::answer::{self, Answer, Pretty};
use super::discovery::{self, Root};
use super::metrics::About;
use super::{Inner, health, route};
use crate::catalog::Catalog;
use crate::request::Query;
use crate::status::Status;

const HEALTH: [&str; 3] = ["healthz", "livez", "readyz"];
/// The release whose API is served.
const VERSION: &str = "v1.37.2";

/// Answers a request by the segments of its path.
pub(super) fn handle(
    server: &Inner,
    segments: &[String],
    query: &Query,
    parts: &Parts,
    pretty: Pretty,
) -> Result<Answer, Status> {
    let words: Vec<&str> = segments.iter().map(String::as_str).collect();
    if let [endpoint, rest @ ..] = segments
        && HEALTH.contains(&endpoint.as_str())
    {
        return health::answer(endpoint, rest, query, &server.shutdown).ok_or_else(route::not_found);
    }
    if is_for_objects(&words) || !matches!(parts.method, Method::GET | Method::HEAD) {
        return Err(route::not_allowed());
    }
    let catalog = server.registry.catalog();
    let headers = &parts.headers;
    let found = match words.as_slice() {
        [] => Some(answer::json_value(StatusCode::OK, &index(&catalog), pretty)),
        ["version"] => Some(answer::json_value(StatusCode::OK, &version(&server.options.build), pretty)),
        ["api"] => {
            Some(server.discovery.root(&catalog, Root::Core, &server.options.address, headers, pretty)?)
        }
        ["apis"] => {
            Some(server.discovery.root(&catalog, Root::Groups, &server.options.address, headers, pretty)?)
        }
        ["api", version] => discovery::resources(&catalog, "", version, pretty),
        ["apis", group] => discovery::group(&catalog, group, pretty),
        ["apis", group, version] => discovery::resources(&catalog, group, version, pretty),
        ["openapi", "v2"] => Some(server.openapi.second(&catalog, headers)),
        ["openapi", "v3"] => Some(server.openapi.index(&catalog, pretty)),
        ["openapi", "v3", path @ ..] => server.openapi.document(&catalog, &path.join("/"), query, headers),
        ["metrics"] => Some(metrics(server, &catalog)),
        _ => None,
    };
    found.ok_or_else(route::not_found)
}

fn metrics(server: &Inner, catalog: &Catalog) -> Answer {
    let snapshot = server.registry.store().snapshot();
    let mut prefixes: Vec<(String, amethyst_object::Str, amethyst_object::Str)> = catalog
        .all()
        .map(|row| (row.storage.prefix(), row.storage.group.clone(), row.storage.plural.clone()))
        .collect();
    prefixes.sort();
    prefixes.dedup();
    let count =
        |(prefix, group, plural): (String, _, _)| (group, plural, snapshot.range(&prefix, None).count());
    let about = About {
        objects: prefixes.into_iter().map(count).collect(),
        version: &format!("{VERSION}+{}", server.options.build),
        started_seconds: server.started_seconds,
    };
    let audit = server.options.audit.as_ref().map(crate::audit::Audit::metrics).unwrap_or_default();
    let mut answer = answer::text(StatusCode::OK, server.metrics.text(&about) + &audit);
    let media = http::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    answer.headers_mut().insert(http::header::CONTENT_TYPE, media);
    answer
}

/// Whether a path is one of objects: then only its method was unknown.
fn is_for_objects(words: &[&str]) -> bool {
    matches!(words, ["api", _, _, ..] | ["apis", _, _, _, ..])
}

fn version(build: &str) -> Value {
    value!({
        "major": "1",
        "minor": "37",
        "emulationMajor": "1",
        "emulationMinor": "37",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "36",
        "gitVersion": (format!("{VERSION}+{build}")),
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "rustc",
        "platform": (format!("{}/{}", std::env::consts::OS, architecture())),
    })
}

/// The processor as Go names it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// All paths that are served, as `/` lists them.
fn index(catalog: &Catalog) -> Value {
    let mut paths: Vec<String> =
        ["/api", "/apis", "/metrics", "/openapi/v2", "/openapi/v3", "/version"].map(str::to_owned).to_vec();
    for group in &catalog.groups {
        if !group.name.is_empty() {
            paths.push(format!("/apis/{}", group.name));
        }
        for version in &group.versions {
            paths.push(match group.name.as_str() {
                "" => format!("/api/{version}"),
                name => format!("/apis/{name}/{version}"),
            });
        }
    }
    for endpoint in HEALTH {
        paths.push(format!("/{endpoint}"));
        let checks = health::checks(endpoint, &tokio_util::sync::CancellationToken::new());
        paths.extend(checks.iter().map(|(name, _)| format!("/{endpoint}/{name}")));
    }
    paths.sort();
    value!({"paths": paths})
}
