//! What a chart is according to its HelmRepository or OCIRepository.

use amethyst_object::{Object, Value};

use super::{ChartPlace, Reader, ReleaseChart, fields, secret};
use crate::request::{
    ChartRequest, ChartSource, Credentials, Layer, OciSource, OciVersion, RepositorySource,
};

impl<'o> Reader<'_, 'o> {
    pub(super) fn helm_repository(
        &mut self,
        source: &'o Object,
        chart: &str,
        version: &str,
    ) -> Option<ChartPlace> {
        let spec = source.at(&["spec"]).unwrap_or(&Value::Null);
        self.check(spec, &source.id().to_string(), fields::HELM_REPOSITORY)?;
        self.suspended(source);
        let text = |key: &str| spec.get(key).and_then(Value::as_str).unwrap_or_default();
        let is = |key: &str| spec.get(key).and_then(Value::as_bool).unwrap_or_default();
        let url = text("url").to_owned();
        let from = if text("type") == "oci" {
            ChartSource::Oci(OciSource {
                url: format!("{}/{chart}", url.trim_end_matches('/')),
                version: OciVersion::Chart(if version == "*" { String::new() } else { version.to_owned() }),
                layer: Layer::HelmChart,
                insecure: is("insecure"),
            })
        } else {
            if url.starts_with("oci://") {
                let id = source.id();
                self.error(
                    "chart-source-url",
                    &format!(
                        "`{url}` of `{id}` is the URL of an OCI registry, but `spec.type` does not say so"
                    ),
                    "set `spec.type: oci`",
                );
                return None;
            }
            ChartSource::Repository(RepositorySource {
                url: url.clone(),
                chart: chart.to_owned(),
                version: if version == "*" { String::new() } else { version.to_owned() },
                pass_credentials: is("passCredentials"),
            })
        };
        let credentials = self.credentials(source, &url);
        Some(ChartPlace::Fetch(ChartRequest { wanted_by: self.wanted_by.clone(), source: from, credentials }))
    }

    pub(super) fn oci_repository(&mut self, source: &'o Object) -> Option<ReleaseChart> {
        let spec = source.at(&["spec"]).unwrap_or(&Value::Null);
        self.check(spec, &source.id().to_string(), fields::OCI_REPOSITORY)?;
        self.suspended(source);
        if spec.get("verify").is_some_and(|verify| !verify.is_null()) {
            self.unverified(&source.id().to_string());
        }
        let url = spec.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
        let reference = |key: &str| {
            spec.at(&["ref", key]).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let version = if let Some(digest) = reference("digest") {
            OciVersion::Digest(digest)
        } else if let Some(range) = reference("semver") {
            OciVersion::Semver { range, filter: reference("semverFilter") }
        } else {
            OciVersion::Tag(reference("tag").unwrap_or_else(|| "latest".to_owned()))
        };
        let selector = |key: &str| {
            spec.at(&["layerSelector", key]).and_then(Value::as_str).filter(|text| !text.is_empty())
        };
        let layer =
            selector("mediaType").map_or(Layer::First, |media_type| Layer::MediaType(media_type.to_owned()));
        let extracts = match selector("operation") {
            None | Some("extract") => true,
            Some("copy") => false,
            Some(other) => {
                let id = source.id();
                self.error(
                    "chart-source-unsupported",
                    &format!("`spec.layerSelector.operation` `{other}` of `{id}` is not known"),
                    "it is `extract` or `copy`",
                );
                return None;
            }
        };
        let insecure = spec.get("insecure").and_then(Value::as_bool).unwrap_or_default();
        let credentials = self.credentials(source, &url);
        let from = ChartSource::Oci(OciSource { url, version, layer, insecure });
        let ignore = spec.get("ignore").and_then(Value::as_str).map(str::to_owned);
        Some(ReleaseChart {
            place: ChartPlace::Fetch(ChartRequest {
                wanted_by: self.wanted_by.clone(),
                source: from,
                credentials,
            }),
            values_files: Vec::new(),
            ignore_missing_values_files: false,
            ignore: ignore.filter(|_| extracts),
        })
    }

    fn credentials(&mut self, source: &'o Object, url: &str) -> Option<Credentials> {
        let name = source.str_at(&["spec", "secretRef", "name"]).filter(|name| !name.is_empty())?;
        let namespace = source.namespace();
        let found = (self.find)("Secret", namespace, name);
        match found.map(|found| secret::credentials(found, url)) {
            Some(Ok(credentials)) => return credentials,
            Some(Err(why)) => self.warning(
                "chart-source-credentials",
                &format!(
                    "the Secret `{namespace}/{name}` that `{}` names cannot be used: {why}",
                    source.id()
                ),
                "Docker's config.json is used instead",
            ),
            None => self.warning(
                "chart-source-credentials",
                &format!(
                    "the Secret `{namespace}/{name}` that `{}` names is not in this repository",
                    source.id()
                ),
                "Docker's config.json is used instead",
            ),
        }
        None
    }
}
