//! Accept headers: in which form a client wants its answer.
//!
//! Two things are chosen: the shape (the object itself, a Table, or its metadata alone), and the format it is
//! written in. What an endpoint can give is its [`Offer`]. After kubernetes/apiserver
//! `pkg/endpoints/handlers/negotiation/negotiate.go`.

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

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Yaml,
    Protobuf,
}

impl Format {
    fn of(media: &str) -> Option<Self> {
        match media {
            "application/json" | "application/*" | "*/*" => Some(Self::Json),
            "application/yaml" => Some(Self::Yaml),
            "application/vnd.kubernetes.protobuf" => Some(Self::Protobuf),
            _ => None,
        }
    }
}

/// What an endpoint can give.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    /// Its objects have a message: built-in kinds.
    pub(crate) protobuf: bool,
    /// Its objects can be printed as rows.
    pub(crate) table: bool,
    /// It answers with a stream of events.
    pub(crate) watch: bool,
    /// It can be watched, so that its route names the media types of streams too.
    pub(crate) streams: bool,
}

/// What a client gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) shape: Shape,
    pub(crate) format: Format,
}

/// Chooses the shape and format of an object's, a list's or a watch's answer.
pub(crate) fn choose(headers: &HeaderMap, offer: Offer) -> Result<Wanted, Status> {
    let clauses = clauses(headers);
    if clauses.is_empty() {
        return Ok(Wanted { shape: Shape::Plain, format: Format::Json });
    }
    clauses.iter().find_map(|clause| offer.wanted(clause)).ok_or_else(|| {
        let known = |clause: &Clause<'_>| {
            Format::of(clause.media).is_some_and(|format| format != Format::Protobuf || offer.protobuf)
        };
        if clauses.iter().any(known) { offer.only_these() } else { offer.not_acceptable() }
    })
}

impl Offer {
    fn wanted(self, clause: &Clause<'_>) -> Option<Wanted> {
        let format = Format::of(clause.media).filter(|format| *format != Format::Yaml || !self.watch)?;
        let shape = shape_of(clause)?;
        let given = match (&shape, format) {
            (Shape::Table(_), format) => self.table && format != Format::Protobuf,
            (Shape::Plain, Format::Protobuf) => self.protobuf,
            _ => true,
        };
        given.then_some(Wanted { shape, format })
    }

    fn media_types(self) -> Vec<&'static str> {
        let mut types = vec!["application/json", "application/yaml"];
        if self.protobuf {
            types.push("application/vnd.kubernetes.protobuf");
        }
        types
    }

    /// Upstream's refusal when no media type of the header is known.
    fn not_acceptable(self) -> Status {
        let mut types = self.media_types();
        if self.streams {
            types.push("application/json;stream=watch");
            if self.protobuf {
                types.push("application/vnd.kubernetes.protobuf;stream=watch");
            }
        }
        let message = format!("406: Not Acceptable\n\nAvailable representations: {}", types.join(", "));
        Status::new(Reason::NotAcceptable, message).with_details()
    }

    /// Upstream's refusal when the type is known and the wanted shape is not.
    fn only_these(self) -> Status {
        only_these(&self.media_types())
    }
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

/// Upstream's refusal of documents that are only there in JSON, when no media type of the header is known.
pub(crate) fn not_acceptable() -> Status {
    only_there_in("application/json")
}

/// The same for documents that are only there in another type.
pub(crate) fn only_there_in(content_type: &str) -> Status {
    let message = format!("406: Not Acceptable\n\nAvailable representations: {content_type}");
    Status::new(Reason::NotAcceptable, message).with_details()
}

/// Upstream's refusal when the type is known and the wanted shape is not.
pub(crate) fn only_these(types: &[&str]) -> Status {
    let message = format!("only the following media types are accepted: {}", types.join(", "));
    Status::new(Reason::NotAcceptable, message)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{Offer, choose};

    const BUILT_IN: Offer = Offer { protobuf: true, table: true, watch: false, streams: true };
    const CUSTOM: Offer = Offer { protobuf: false, ..BUILT_IN };

    fn check(offer: Offer, accept: &str, expect: &str) {
        let mut headers = HeaderMap::new();
        if !accept.is_empty() {
            headers.insert("accept", accept.parse().unwrap());
        }
        let found = match choose(&headers, offer) {
            Ok(wanted) => format!("{:?} {:?}", wanted.shape, wanted.format),
            Err(status) => format!("{:?}", status.reason()),
        };
        assert_eq!(found, expect, "{accept}");
    }

    #[test]
    fn the_first_form_we_can_give_wins() {
        let check = |accept: &str, expect: &str| check(BUILT_IN, accept, expect);
        check("", "Plain Json");
        check("*/*", "Plain Json");
        check("application/json", "Plain Json");
        check("application/yaml", "Plain Yaml");
        check("application/vnd.kubernetes.protobuf,application/json", "Plain Protobuf");
        check("application/vnd.kubernetes.protobuf;stream=watch", "Plain Protobuf");
        check("text/html", "NotAcceptable");
        check("application/cbor, application/json;q=0.5", "Plain Json");
        check("application/json;q=0", "Plain Json");
        check("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "Table(V1) Json");
        check("application/json;as=Table;v=v2;g=meta.k8s.io,application/json", "Plain Json");
        check("application/json;as=Tablex;v=v1;g=meta.k8s.io", "NotAcceptable");
        check("application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io", "NotAcceptable");
        let metadata = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
        check(metadata, "Partial(V1) Protobuf");
        check(
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1beta1",
            "PartialList(V1Beta1) Json",
        );
        check("application/json;stream=watch", "Plain Json");
    }

    #[test]
    fn endpoints_give_what_they_can() {
        check(CUSTOM, "application/vnd.kubernetes.protobuf,application/json", "Plain Json");
        check(CUSTOM, "application/vnd.kubernetes.protobuf", "NotAcceptable");
        let metadata = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
        check(CUSTOM, metadata, "Partial(V1) Protobuf");
        let watch = Offer { watch: true, ..BUILT_IN };
        check(watch, "application/yaml", "NotAcceptable");
        let review = Offer { table: false, streams: false, ..BUILT_IN };
        check(review, "application/json;as=Table;v=v1;g=meta.k8s.io", "NotAcceptable");
    }

    proptest::proptest! {
        /// Whatever a client says it takes, it gets something or is told what there is.
        #[test]
        fn any_header_is_answered(accept in "[a-z*/;=,.0-9 q]{0,80}|[ -~]{0,60}") {
            let mut headers = HeaderMap::new();
            headers.insert("accept", accept.parse().unwrap());
            for offer in [BUILT_IN, CUSTOM] {
                if let Err(status) = choose(&headers, offer) {
                    proptest::prop_assert!(status.to_string().contains("application/json"));
                }
            }
        }
    }
}
