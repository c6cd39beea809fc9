//! Manifests and indexes of artifacts.

use serde::Deserialize;

use crate::digest::Digest;
use crate::fault::ChartFault;
use crate::request::Layer;

/// What a registry is asked for.
pub(crate) const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json";

const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const CHART_LAYERS: [&str; 2] =
    ["application/vnd.cncf.helm.chart.content.v1.tar+gzip", "application/tar+gzip"];
/// How many artifacts of an index are looked at.
const ARTIFACTS_MAX: usize = 64;

/// What a manifest points at.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    #[serde(default)]
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) size: u64,
    #[serde(default)]
    platform: Option<Platform>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Platform {
    architecture: String,
    os: String,
}

/// An artifact.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Manifest {
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    #[serde(default)]
    schema_version: u32,
    #[serde(default)]
    media_type: String,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Option<Vec<Descriptor>>,
    #[serde(default)]
    manifests: Option<Vec<Descriptor>>,
}

/// What stands under a reference.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Artifact(Manifest),
    /// Artifacts to choose from.
    Index(Vec<Descriptor>),
}

impl Node {
    /// Reads what a registry answered; `content_type` decides where the text does not say what it is.
    pub(crate) fn parse(bytes: &[u8], content_type: &str) -> Result<Self, String> {
        let raw: Raw = serde_json::from_slice(bytes)
            .map_err(|error| format!("its manifest is no JSON of one: {error}"))?;
        if raw.schema_version != 2 {
            return Err(format!("its manifest has schemaVersion {}, only 2 is known", raw.schema_version));
        }
        let media_type = if raw.media_type.is_empty() { content_type } else { &raw.media_type };
        if is_index(media_type) || (raw.manifests.is_some() && raw.layers.is_none()) {
            return Ok(Self::Index(raw.manifests.unwrap_or_default()));
        }
        Ok(Self::Artifact(Manifest { config: raw.config, layers: raw.layers.unwrap_or_default() }))
    }
}

/// Whether a media type is that of an index.
pub(crate) fn is_index(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.oci.image.index.v1+json")
        || media_type.starts_with("application/vnd.docker.distribution.manifest.list.v2+json")
}

/// The artifacts of an index that are worth a look: those for no platform, then those for linux on amd64,
/// which is what Flux takes.
pub(crate) fn candidates(index: &[Descriptor]) -> Vec<&Descriptor> {
    let plain = |found: &&Descriptor| {
        found
            .platform
            .as_ref()
            .is_none_or(|platform| platform.os.is_empty() && platform.architecture.is_empty())
    };
    let usual = |found: &&Descriptor| {
        found
            .platform
            .as_ref()
            .is_some_and(|platform| platform.os == "linux" && platform.architecture == "amd64")
    };
    let found = index.iter().filter(plain).chain(index.iter().filter(usual));
    found.filter(|found| !is_index(&found.media_type)).take(ARTIFACTS_MAX).collect()
}

impl Manifest {
    /// Whether it is a Helm chart.
    pub(crate) fn is_chart(&self) -> bool {
        self.config.as_ref().is_some_and(|config| config.media_type == CHART_CONFIG)
    }

    /// The layer that is asked for.
    pub(crate) fn layer(&self, layer: &Layer) -> Result<&Descriptor, String> {
        let first = self.layers.first().ok_or("no layers found in artifact")?;
        match layer {
            Layer::First => Ok(first),
            Layer::MediaType(wanted) => {
                let found = self.layers.iter().find(|layer| layer.media_type == *wanted);
                found.ok_or_else(|| {
                    let there: Vec<String> =
                        self.layers.iter().map(|layer| format!("`{}`", layer.media_type)).collect();
                    format!(
                        "failed to find layer with media type '{wanted}' in artifact; it has {}",
                        there.join(", ")
                    )
                })
            }
            Layer::HelmChart => {
                if !self.is_chart() {
                    let config = self.config.as_ref().map(|config| config.media_type.as_str());
                    return Err(format!(
                        "it is no Helm chart: its config is `{}`",
                        config.unwrap_or_default()
                    ));
                }
                let found =
                    self.layers.iter().find(|layer| CHART_LAYERS.contains(&layer.media_type.as_str()));
                found.ok_or_else(|| {
                    format!("manifest does not contain a layer with mediatype {}", CHART_LAYERS[0])
                })
            }
        }
    }
}

impl Descriptor {
    /// Its digest, when it is one that can be verified.
    pub(crate) fn digest(&self, reference: &str) -> Result<Digest, ChartFault> {
        let place = || format!("the manifest of `{reference}`");
        self.digest.parse().map_err(|source| ChartFault::DigestSyntax { place: place(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, candidates};
    use crate::request::Layer;

    const FLUX: &str = r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.flux.config.v1+json","digest":"sha256:0","size":1},
        "layers":[{"mediaType":"application/vnd.cncf.flux.content.v1.tar+gzip","digest":"sha256:1","size":1},{"mediaType":"x","digest":"sha256:2","size":1}]}"#;
    const CHART: &str = r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"sha256:0","size":1},
        "layers":[{"mediaType":"application/vnd.cncf.helm.chart.provenance.v1.prov","digest":"sha256:1","size":1},{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip","digest":"sha256:2","size":1}]}"#;

    fn chosen(text: &str, layer: &Layer) -> Result<String, String> {
        match Node::parse(text.as_bytes(), "")? {
            Node::Artifact(manifest) => manifest.layer(layer).map(|layer| layer.digest.clone()),
            Node::Index(index) => {
                Ok(candidates(&index).iter().map(|one| one.digest.as_str()).collect::<Vec<_>>().join(" "))
            }
        }
    }

    #[test]
    fn layers_are_chosen_as_flux_and_helm_do() {
        assert_eq!(chosen(FLUX, &Layer::First).unwrap(), "sha256:1");
        assert_eq!(chosen(FLUX, &Layer::MediaType("x".to_owned())).unwrap(), "sha256:2");
        let error = chosen(FLUX, &Layer::MediaType("y".to_owned())).unwrap_err();
        assert!(error.starts_with("failed to find layer with media type 'y' in artifact"), "{error}");
        assert!(chosen(FLUX, &Layer::HelmChart).unwrap_err().contains("it is no Helm chart"));
        assert_eq!(chosen(CHART, &Layer::HelmChart).unwrap(), "sha256:2");
        assert_eq!(chosen(CHART, &Layer::First).unwrap(), "sha256:1");
        assert_eq!(
            chosen(r#"{"schemaVersion":2}"#, &Layer::First).unwrap_err(),
            "no layers found in artifact"
        );
        assert!(
            chosen(r#"{"schemaVersion":1}"#, &Layer::First).is_err()
                && chosen("<html>", &Layer::First).is_err()
        );
    }

    #[test]
    fn an_index_prefers_what_is_for_no_platform() {
        let index = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
            {"digest":"arm","size":1,"platform":{"os":"linux","architecture":"arm64"}},
            {"digest":"amd","size":1,"platform":{"os":"linux","architecture":"amd64"}},
            {"digest":"none","size":1},
            {"digest":"nested","size":1,"mediaType":"application/vnd.oci.image.index.v1+json"}]}"#;
        assert_eq!(chosen(index, &Layer::First).unwrap(), "none amd");
    }
}
