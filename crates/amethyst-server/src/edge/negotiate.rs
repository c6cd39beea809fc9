//! Accept headers: in which form a client wants its answer.
//!
//! Answers are always JSON; what is chosen is the shape: the object itself, a Table, or its metadata alone.

use http::HeaderMap;
use http::header::ACCEPT;

use crate::status::{Reason, Status};

const META: &str = "meta.k8s.io";

/// The shape of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The object as it is.
    Plain,
    /// `meta.k8s.io` Table.
    Table(MetaVersion),
    /// `meta.k8s.io` PartialObjectMetadata, of single objects and watches.
    Partial(MetaVersion),
    /// `meta.k8s.io` PartialObjectMetadataList.
    PartialList(MetaVersion),
}

/// A version of `meta.k8s.io`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetaVersion {
    V1,
    V1Beta1,
}

impl MetaVersion {
    /// The `apiVersion`.
    pub(crate) fn api_version(self) -> &'static str {
        match self {
            Self::V1 => "meta.k8s.io/v1",
            Self::V1Beta1 => "meta.k8s.io/v1beta1",
        }
    }
}

/// One alternative of an Accept header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clause<'a> {
    /// `application/json`, `*/*`, ...
    pub(crate) media: &'a str,
    params: Vec<(&'a str, &'a str)>,
}

impl<'a> Clause<'a> {
    /// The parameter `key`, or empty.
    pub(crate) fn param(&self, key: &str) -> &'a str {
        self.params.iter().find(|(name, _)| *name == key).map_or("", |(_, value)| value)
    }

    /// Whether JSON satisfies it.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.media, "application/json" | "application/*" | "*/*")
    }
}

/// The alternatives of all Accept headers, the most wanted first. None at all means anything.
pub(crate) fn clauses(headers: &HeaderMap) -> Vec<Clause<'_>> {
    let texts = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    let mut weighted: Vec<(u32, Clause<'_>)> = texts
        .flat_map(|text| text.split(','))
        .filter(|text| !text.trim().is_empty())
        .map(|text| {
            let mut parts = text.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let params: Vec<(&str, &str)> = parts
                .filter_map(|part| part.split_once('='))
                .map(|(key, value)| (key.trim(), value.trim().trim_matches('"')))
                .collect();
            let clause = Clause { media, params };
            let weight: f64 = match clause.param("q") {
                "" => 1.0,
                q => q.parse().unwrap_or(1.0),
            };
            ((weight.clamp(0.0, 1.0) * 1000.0) as u32, clause)
        })
        .collect();
    weighted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    // Upstream's parser puts `q=0` last and does not leave it out.
    weighted.into_iter().map(|(_, clause)| clause).collect()
}

/// Chooses the shape of an object's, a list's or a watch's answer.
pub(crate) fn shape(headers: &HeaderMap) -> Result<Shape, Status> {
    let clauses = clauses(headers);
    if clauses.is_empty() {
        return Ok(Shape::Plain);
    }
    clauses.iter().filter(|clause| clause.is_json()).find_map(shape_of).ok_or_else(|| {
        let anything = clauses.iter().any(|clause| !clause.param("as").is_empty());
        if anything { only_these() } else { not_acceptable() }
    })
}

fn shape_of(clause: &Clause<'_>) -> Option<Shape> {
    let kind = clause.param("as");
    if kind.is_empty() {
        return Some(Shape::Plain);
    }
    let version = match (clause.param("g"), clause.param("v")) {
        (META, "v1") => MetaVersion::V1,
        (META, "v1beta1") => MetaVersion::V1Beta1,
        _ => return None,
    };
    match kind {
        "Table" => Some(Shape::Table(version)),
        "PartialObjectMetadata" => Some(Shape::Partial(version)),
        "PartialObjectMetadataList" => Some(Shape::PartialList(version)),
        _ => None,
    }
}

/// Upstream's refusal when no media type of the header is known.
pub(crate) fn not_acceptable() -> Status {
    let message = "406: Not Acceptable\n\nAvailable representations: application/json";
    Status::new(Reason::NotAcceptable, message).with_details()
}

/// Upstream's refusal when the type is known and the wanted shape is not.
pub(crate) fn only_these() -> Status {
    Status::new(Reason::NotAcceptable, "only the following media types are accepted: application/json")
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::shape;

    fn check(accept: &str, expect: &str) {
        let mut headers = HeaderMap::new();
        if !accept.is_empty() {
            headers.insert("accept", accept.parse().unwrap());
        }
        let found = match shape(&headers) {
            Ok(shape) => format!("{shape:?}"),
            Err(status) => format!("{:?}", status.reason()),
        };
        assert_eq!(found, expect, "{accept}");
    }

    #[test]
    fn the_first_form_we_can_give_wins() {
        check("", "Plain");
        check("*/*", "Plain");
        check("application/json", "Plain");
        check("application/vnd.kubernetes.protobuf,application/json", "Plain");
        check("application/vnd.kubernetes.protobuf", "NotAcceptable");
        check("text/html", "NotAcceptable");
        check("application/cbor, application/json;q=0.5", "Plain");
        check("application/json;q=0", "Plain");
        check("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "Table(V1)");
        check("application/json;as=Table;v=v2;g=meta.k8s.io,application/json", "Plain");
        check("application/json;as=Tablex;v=v1;g=meta.k8s.io", "NotAcceptable");
        let metadata = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
        check(metadata, "Partial(V1)");
        check(
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1beta1",
            "PartialList(V1Beta1)",
        );
        check("application/json;stream=watch", "Plain");
    }
}
