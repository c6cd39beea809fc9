//! Discovery: which groups, versions and resources there are, as clients ask for it.
//!
//! The aggregated form (`apidiscovery.k8s.io/v2`) answers on `/api` and `/apis` in one document each; the
//! legacy documents are there for older clients. All of it is computed from the catalog; the aggregated
//! documents are kept until the catalog changes.

mod aggregated;
mod legacy;

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use amethyst_object::json;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, ETAG, HeaderValue, IF_NONE_MATCH, VARY};
use http::{HeaderMap, StatusCode};
use sha2::{Digest, Sha256};

use super::answer::{self, Answer, Pretty};
use super::body::ResponseBody;
use super::negotiate::{self, Clause};
use crate::catalog::Catalog;
use crate::status::Status;

/// Which half of the API a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// `/api`: the core group.
    Core,
    /// `/apis`: all others.
    Groups,
}

/// The aggregated documents of the newest catalog.
#[derive(Debug, Default)]
pub(crate) struct Discovery(Mutex<[Option<Document>; 2]>);

#[derive(Clone, Debug)]
struct Document {
    generation: u64,
    bytes: Bytes,
    etag: HeaderValue,
}

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

enum Form {
    Aggregated,
    Legacy,
}

impl Discovery {
    /// Answers `/api` or `/apis`.
    pub(crate) fn root(
        &self,
        catalog: &Arc<Catalog>,
        root: Root,
        address: &str,
        headers: &HeaderMap,
        pretty: Pretty,
    ) -> Result<Answer, Status> {
        match form(headers)? {
            Form::Aggregated => Ok(self.aggregated(catalog, root, headers, pretty)),
            Form::Legacy => {
                let document = match root {
                    Root::Core => legacy::versions(catalog, address),
                    Root::Groups => legacy::groups(catalog),
                };
                Ok(answer::json_value(StatusCode::OK, &document, pretty))
            }
        }
    }

    fn aggregated(&self, catalog: &Arc<Catalog>, root: Root, headers: &HeaderMap, pretty: Pretty) -> Answer {
        let document = self.document(catalog, root);
        let known = headers.get_all(IF_NONE_MATCH).iter().any(|etag| etag == document.etag);
        let mut answer = if known {
            answer::with_type(
                StatusCode::NOT_MODIFIED,
                HeaderValue::from_static(AGGREGATED),
                ResponseBody::full(Bytes::new()),
            )
        } else {
            let mut answer = answer::json_bytes(StatusCode::OK, document.bytes, pretty);
            let content_type = HeaderValue::from_static(AGGREGATED);
            answer.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
            answer
        };
        let fields = answer.headers_mut();
        fields.insert(CACHE_CONTROL, HeaderValue::from_static("public"));
        fields.insert(ETAG, document.etag);
        fields.insert(VARY, HeaderValue::from_static("Accept"));
        answer
    }

    fn document(&self, catalog: &Arc<Catalog>, root: Root) -> Document {
        let slot = usize::from(root == Root::Groups);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = &kept[slot]
            && document.generation == catalog.generation
        {
            return document.clone();
        }
        let bytes = Bytes::from(json::to_string_in_order(&aggregated::document(catalog, root)));
        let etag = format!("\"{}\"", hexadecimal(&Sha256::digest(&bytes)));
        let etag = HeaderValue::from_str(&etag).expect("hexadecimal digits are a header value");
        let document = Document { generation: catalog.generation, bytes, etag };
        kept[slot] = Some(document.clone());
        document
    }
}

/// A hash as upstream prints them: upper case hexadecimal digits.
pub(crate) fn hexadecimal(digest: &[u8]) -> String {
    let mut out = String::with_capacity(digest.len() * 2);
    for byte in digest {
        let _ = write!(out, "{byte:02X}");
    }
    out
}

/// Answers `/apis/<group>`.
pub(crate) fn group(catalog: &Catalog, name: &str, pretty: Pretty) -> Option<Answer> {
    let document = legacy::group(catalog.group(name).filter(|_| !name.is_empty())?, true);
    Some(answer::json_value(StatusCode::OK, &document, pretty))
}

/// Answers `/api/v1` and `/apis/<group>/<version>`.
pub(crate) fn resources(catalog: &Catalog, group: &str, version: &str, pretty: Pretty) -> Option<Answer> {
    let known = catalog.group(group)?.versions.iter().any(|known| known == version);
    let document = known.then(|| legacy::resources(catalog, group, version))?;
    Some(answer::json_value(StatusCode::OK, &document, pretty))
}

fn form(headers: &HeaderMap) -> Result<Form, Status> {
    let clauses = negotiate::clauses(headers);
    if clauses.is_empty() {
        return Ok(Form::Legacy);
    }
    let form = |clause: &Clause<'_>| match (clause.param("as"), clause.param("g"), clause.param("v")) {
        ("", _, _) => Some(Form::Legacy),
        ("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2") => Some(Form::Aggregated),
        _ => None,
    };
    let found = clauses.iter().filter(|clause| clause.is_json()).find_map(form);
    found.ok_or_else(|| {
        let shaped = clauses.iter().any(|clause| !clause.param("as").is_empty());
        if shaped { negotiate::only_these(&["application/json"]) } else { negotiate::not_acceptable() }
    })
}

#[cfg(test)]
mod tests;
