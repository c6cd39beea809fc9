//! A small registry on loopback.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use amethyst_source::{ChartSource, Digest, Layer, OciSource, OciVersion};
use bytes::Bytes;
use http::Request;

use crate::web::{Answer, Web, answer};

pub(crate) const CHART_LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// What a registry holds: answers by path.
#[derive(Clone, Default)]
pub(crate) struct Registry {
    answers: Arc<Mutex<BTreeMap<String, (String, Bytes)>>>,
}

impl Registry {
    /// Puts a chart under a tag; gives the manifest's and the layer's digests.
    pub(crate) fn chart(&self, repository: &str, tag: &str, chart: &[u8]) -> (Digest, Digest) {
        self.push(repository, tag, CHART_CONFIG, CHART_LAYER, chart)
    }

    pub(crate) fn push(
        &self,
        repository: &str,
        tag: &str,
        config: &str,
        layer: &str,
        content: &[u8],
    ) -> (Digest, Digest) {
        let digest = Digest::of(content);
        let manifest = format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"{config}","digest":"{}","size":2}},"layers":[{{"mediaType":"{layer}","digest":"{digest}","size":{}}}]}}"#,
            Digest::of(b"{}"),
            content.len()
        );
        self.put(&format!("/v2/{repository}/blobs/{digest}"), "application/octet-stream", content);
        (self.manifest(repository, tag, MANIFEST, &manifest), digest)
    }

    /// Puts a manifest under a tag and its digest.
    pub(crate) fn manifest(&self, repository: &str, tag: &str, media_type: &str, text: &str) -> Digest {
        let digest = Digest::of(text.as_bytes());
        for name in [tag, &digest.to_string()] {
            self.put(&format!("/v2/{repository}/manifests/{name}"), media_type, text.as_bytes());
        }
        digest
    }

    /// Puts anything under a path.
    pub(crate) fn put(&self, path: &str, content_type: &str, content: &[u8]) {
        let content = (content_type.to_owned(), Bytes::copy_from_slice(content));
        self.answers.lock().unwrap().insert(path.to_owned(), content);
    }

    /// Answers a request as the registry does: tags in pages of two.
    pub(crate) fn answer(&self, request: &Request<Bytes>) -> Answer {
        let path = request.uri().path();
        let answers = self.answers.lock().unwrap();
        if let Some(repository) = path.strip_suffix("/tags/list") {
            let prefix = format!("{repository}/manifests/");
            let tags: Vec<&str> = answers
                .keys()
                .filter_map(|path| path.strip_prefix(&prefix))
                .filter(|tag| !tag.starts_with("sha256:"))
                .collect();
            let query = request.uri().query().unwrap_or_default();
            let from: usize = query.strip_prefix("from=").map_or(0, |from| from.parse().unwrap());
            let body = format!("{{\"tags\":{:?}}}", &tags[from..tags.len().min(from + 2)]);
            let link = format!("<{path}?from={}>; rel=\"next\"", from + 2);
            let headers = [("link", link.as_str())];
            return answer(200, if from + 2 < tags.len() { &headers } else { &[] }, body);
        }
        match answers.get(path) {
            Some((content_type, content)) => answer(200, &[("content-type", content_type)], content.clone()),
            None => answer(404, &[], r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#),
        }
    }

    pub(crate) async fn serve(&self) -> Web {
        let registry = self.clone();
        Web::start(move |_, request| registry.answer(request)).await
    }
}

/// A chart of a repository of `type: oci`.
pub(crate) fn chart(web: &Web, path: &str, range: &str) -> ChartSource {
    artifact(web, path, OciVersion::Chart(range.to_owned()), Layer::HelmChart)
}

pub(crate) fn artifact(web: &Web, path: &str, version: OciVersion, layer: Layer) -> ChartSource {
    let url = format!("oci://{}/{path}", web.address);
    ChartSource::Oci(OciSource { url, version, layer, insecure: false })
}
