//! OpenAPI v3: an index, and one document per group and version with schemas **and paths**.
//!
//! kubectl reads the paths to decide about server-side validation, dry run and `explain`. OpenAPI v2 is
//! written from the same values (`second`), as JSON and as the protobuf that client-go reads (`gnostic`).
//! Documents are written when they are asked for and kept nowhere: clients keep them under their hashes.

mod custom;
mod gnostic;
mod paths;
mod schemas;
mod second;

use std::sync::{Mutex, PoisonError};

use amethyst_object::{Map, Value, value};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, ETAG, HeaderValue, IF_NONE_MATCH, LOCATION, VARY};
use http::{HeaderMap, StatusCode};
use sha2::{Digest, Sha256};

use super::answer::{self, Answer, Pretty};
use super::body::ResponseBody;
use super::discovery::hexadecimal;
use super::negotiate;
use crate::catalog::{Catalog, Source};
use crate::request::Query;

/// Changes when documents of the same catalog are written in another way.
const FORMAT: &str = concat!("amethyst ", env!("CARGO_PKG_VERSION"), " 2");

/// The index of the newest catalog.
#[derive(Debug, Default)]
pub(crate) struct OpenApi(Mutex<Option<Index>>);

#[derive(Clone, Debug)]
struct Index {
    generation: u64,
    /// Path of the group and version, and its document's hash.
    documents: std::sync::Arc<[(String, String)]>,
}

/// Which OpenAPI a schema is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Second,
    Third,
}

/// A group and version by its path: `api/v1`, `apis/apps/v1`.
struct GroupVersion<'a> {
    group: &'a str,
    version: &'a str,
}

impl OpenApi {
    /// Answers `/openapi/v3`.
    pub(crate) fn index(&self, catalog: &Catalog, pretty: Pretty) -> Answer {
        let mut paths = Map::new();
        for (path, hash) in self.hashes(catalog).iter() {
            let url = format!("/openapi/v3/{path}?hash={hash}");
            paths.insert(path.as_str(), value!({"serverRelativeURL": url}));
        }
        answer::json_value(StatusCode::OK, &value!({"paths": paths}), pretty)
    }

    /// Answers `/openapi/v3/<path>`; `None` when no such group and version is served.
    pub(crate) fn document(
        &self,
        catalog: &Catalog,
        path: &str,
        query: &Query,
        headers: &HeaderMap,
    ) -> Option<Answer> {
        let hashes = self.hashes(catalog);
        let (_, hash) = hashes.iter().find(|(known, _)| known == path)?;
        let etag =
            HeaderValue::from_str(&format!("\"{hash}\"")).expect("hexadecimal digits are a header value");
        let asked = query.first("hash").filter(|asked| !asked.is_empty());
        let mut answer = if asked.is_some_and(|asked| asked != hash) {
            let mut moved = empty(StatusCode::MOVED_PERMANENTLY);
            let url = HeaderValue::from_str(&format!("/openapi/v3/{path}?hash={hash}"));
            moved.headers_mut().insert(LOCATION, url.ok()?);
            moved
        } else if headers.get_all(IF_NONE_MATCH).iter().any(|known| known == etag) {
            empty(StatusCode::NOT_MODIFIED)
        } else {
            let bytes = write(catalog, &GroupVersion::of(path)?);
            answer::json_bytes(StatusCode::OK, bytes, Pretty(false))
        };
        let fields = answer.headers_mut();
        fields.insert(ETAG, etag);
        fields.insert(VARY, HeaderValue::from_static("Accept"));
        if asked == Some(hash.as_str()) {
            fields.insert(CACHE_CONTROL, HeaderValue::from_static("public, immutable"));
        }
        Some(answer)
    }

    /// Answers `/openapi/v2`: as JSON, and as the protobuf that older clients read.
    pub(crate) fn second(&self, catalog: &Catalog, headers: &HeaderMap) -> Answer {
        let clauses = negotiate::clauses(headers);
        let protobuf = match clauses.iter().find_map(|clause| is_protobuf(clause.media)) {
            Some(protobuf) => protobuf,
            None if clauses.is_empty() => false,
            None => return empty(StatusCode::NOT_ACCEPTABLE),
        };
        let mut hasher = Sha256::new();
        for (path, hash) in self.hashes(catalog).iter() {
            hasher.update(path);
            hasher.update(hash);
        }
        let etag = HeaderValue::from_str(&format!("\"{}\"", hexadecimal(&hasher.finalize())))
            .expect("hexadecimal digits are a header value");
        let mut answer = if headers.get_all(IF_NONE_MATCH).iter().any(|known| known == etag) {
            empty(StatusCode::NOT_MODIFIED)
        } else {
            let (media, bytes) = if protobuf {
                (gnostic::MEDIA_TYPES[0], gnostic::write(catalog))
            } else {
                ("application/json", second::json(catalog))
            };
            answer::with_type(StatusCode::OK, HeaderValue::from_static(media), ResponseBody::full(bytes))
        };
        answer.headers_mut().insert(ETAG, etag);
        answer.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
        answer
    }

    fn hashes(&self, catalog: &Catalog) -> std::sync::Arc<[(String, String)]> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = kept.as_ref()
            && index.generation == catalog.generation
        {
            return std::sync::Arc::clone(&index.documents);
        }
        let mut documents = Vec::new();
        for group in &catalog.groups {
            for version in &group.versions {
                let group_version = GroupVersion { group: &group.name, version };
                documents.push((group_version.path(), group_version.hash(catalog)));
            }
        }
        let documents: std::sync::Arc<[_]> = documents.into();
        *kept = Some(Index { generation: catalog.generation, documents: std::sync::Arc::clone(&documents) });
        documents
    }
}

/// Whether a media type asks for v2 as protobuf, if it asks for it at all.
fn is_protobuf(media: &str) -> Option<bool> {
    match media {
        "application/json" | "application/*" | "*/*" => Some(false),
        media => gnostic::MEDIA_TYPES.contains(&media).then_some(true),
    }
}

fn empty(code: StatusCode) -> Answer {
    let json = HeaderValue::from_static("application/json");
    answer::with_type(code, json, ResponseBody::full(Bytes::new()))
}

impl<'a> GroupVersion<'a> {
    fn of(path: &'a str) -> Option<Self> {
        match path.split('/').collect::<Vec<_>>()[..] {
            ["api", version] => Some(Self { group: "", version }),
            ["apis", group, version] => Some(Self { group, version }),
            _ => None,
        }
    }

    fn path(&self) -> String {
        match self.group {
            "" => format!("api/{}", self.version),
            group => format!("apis/{group}/{}", self.version),
        }
    }

    /// A hash over all that the document is written from.
    fn hash(&self, catalog: &Catalog) -> String {
        let mut hasher = Sha256::new();
        hasher.update(FORMAT);
        for row in catalog.rows(self.group, self.version) {
            hasher.update(format!(
                "{:?}{}{}{:?}{:?}",
                row.gvr, row.kind, row.namespaced, row.verbs, row.subresources
            ));
            if let Source::Custom(version) = &row.source {
                hasher.update(&version.open_api);
                hasher.update(format!("{:?}", version.selectable));
            }
        }
        hexadecimal(&hasher.finalize())
    }
}

/// Writes the document of a group and version piece by piece: it can be over a megabyte long.
fn write(catalog: &Catalog, group_version: &GroupVersion<'_>) -> Vec<u8> {
    let rows = catalog.rows(group_version.group, group_version.version);
    let mut out = Vec::with_capacity(64 << 10);
    out.extend_from_slice(
        br#"{"openapi":"3.0.0","info":{"title":"Kubernetes","version":"v1.37.2"},"paths":{"#,
    );
    let mut references = schemas::References::default();
    let mut first = true;
    paths::visit(group_version, rows, &mut references, |path, item| member(&mut first, path, item, &mut out));
    out.extend_from_slice(b"},\"components\":{\"schemas\":{");
    let mut first = true;
    schemas::visit(rows, &references, Version::Third, |name, schema| {
        member(&mut first, name, schema, &mut out);
    });
    out.extend_from_slice(b"}}}");
    out
}

/// Appends `"key":value`, with a comma before all but the first.
fn member(first: &mut bool, key: &str, value: &Value, out: &mut Vec<u8>) {
    if !std::mem::take(first) {
        out.push(b',');
    }
    amethyst_object::json::write_string(key, out);
    out.push(b':');
    out.extend_from_slice(amethyst_object::json::to_string_in_order(value).as_bytes());
}

fn reference(name: &str) -> Value {
    value!({"$ref": (format!("#/components/schemas/{name}"))})
}

#[cfg(test)]
mod tests;
