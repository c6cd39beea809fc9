//! Where `amethyst helm template` takes charts and values from: the disk, and what was fetched before.

use std::path::Path;

use amethyst_diag::Diagnostic;
use amethyst_helm::{Chart, ValueSource};
use amethyst_source::{ChartRequest, ChartSource, Layer, OciSource, OciVersion, RepositorySource};

use crate::arguments::Template;
use crate::commands::fetched;
use crate::commands::kustomize::relative;
use crate::settings;

/// Loads the chart that is named: a folder, a package, or one that was fetched.
pub(super) fn load(name: &str, arguments: &Template) -> Result<Chart, Box<Diagnostic>> {
    let repository = arguments.repo.as_deref().filter(|url| !url.is_empty());
    if repository.is_none() && Path::new(name).exists() {
        return from_disk(Path::new(name));
    }
    let version = arguments.chart_version.as_deref().unwrap_or_default();
    let requests = match (repository, name.strip_prefix("oci://")) {
        (_, Some(reference)) => oci(reference, version),
        (Some(url), None) => vec![ChartSource::Repository(RepositorySource {
            url: url.to_owned(),
            chart: name.to_owned(),
            version: version.to_owned(),
            pass_credentials: false,
        })],
        (None, None) => return Err(Box::new(nowhere(name))),
    };
    let charts = fetched::charts().map_err(|error| Box::new(missing(name, &error.to_string())))?;
    let mut first = None;
    for source in requests {
        let request = ChartRequest { wanted_by: format!("helm template {name}"), source, credentials: None };
        match charts.answer(&request) {
            Ok(archive) => {
                return Chart::from_archive(&archive.bytes)
                    .map_err(|error| Box::new(error.to_diagnostic(name)));
            }
            Err(fault) => first = first.or(Some(fault)),
        }
    }
    let told = first.map(|fault| fault.message).unwrap_or_default();
    let hint = "`amethyst fetch` gets the charts that a repository names, in its versions; or `helm pull` it, \
                and name the package";
    Err(Box::new(Diagnostic::error("chart-missing", told).hint(hint)))
}

/// What may have been fetched for a reference to a registry: as a HelmRepository names a chart, and as an
/// OCIRepository does.
fn oci(reference: &str, version: &str) -> Vec<ChartSource> {
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (reference, None),
    };
    let slash = name.rfind('/').unwrap_or_default();
    let (name, tag) = match name[slash..].rfind(':') {
        Some(colon) => (&name[..slash + colon], &name[slash + colon + 1..]),
        None => (name, version),
    };
    let versions = match digest {
        Some(digest) => vec![OciVersion::Digest(digest.to_owned())],
        None if tag.is_empty() => vec![OciVersion::Chart(String::new())],
        None => vec![OciVersion::Chart(tag.to_owned()), OciVersion::Tag(tag.to_owned())],
    };
    let layers = [
        Layer::HelmChart,
        Layer::MediaType("application/vnd.cncf.helm.chart.content.v1.tar+gzip".to_owned()),
        Layer::First,
    ];
    let source = |version: &OciVersion, layer: &Layer| {
        let (version, layer) = (version.clone(), layer.clone());
        ChartSource::Oci(OciSource { url: format!("oci://{name}"), version, layer, insecure: false })
    };
    versions.iter().flat_map(|version| layers.iter().map(move |layer| source(version, layer))).collect()
}

/// A name that is no chart here, in Helm's words.
fn nowhere(name: &str) -> Diagnostic {
    let hint = "name the folder of a chart, a packaged chart (`.tgz`), or one that was fetched (`oci://...`, or `--repo URL`)";
    let text = match name.split_once('/') {
        _ if name.starts_with(['/', '.']) => format!("path {name:?} not found"),
        _ if name.contains("://") => format!("failed to download {name:?}: nothing is dialled here"),
        Some((repository, _)) => format!("repo {repository} not found"),
        None => format!("non-absolute URLs should be in form of repo_name/path_to_chart, got: {name}"),
    };
    Diagnostic::error("chart-missing", text).hint(hint)
}

fn missing(shown: &str, reason: &str) -> Diagnostic {
    let fault = Diagnostic::error("chart-missing", format!("failed to load `{shown}`: {reason}"));
    fault.hint("name the folder of a chart, or a packaged chart (`.tgz`)")
}

fn from_disk(path: &Path) -> Result<Chart, Box<Diagnostic>> {
    let shown = path.display().to_string();
    let missing = |reason: String| Box::new(missing(&shown, &reason));
    let loaded = if path.is_dir() {
        let tree = amethyst_source::folder(path).map_err(|error| missing(error.to_string()))?;
        let alone = Chart::from_tree(&tree, "");
        // A link may lead to what lies beside the chart.
        if alone.is_err() { within_repository(path).unwrap_or(alone) } else { alone }
    } else {
        let bytes = std::fs::read(path).map_err(|error| missing(error.to_string()))?;
        Chart::from_archive(&bytes)
    };
    loaded.map_err(|error| Box::new(error.to_diagnostic(&shown)))
}

/// The chart as a part of the repository that its folder lies in, if it lies in one.
fn within_repository(path: &Path) -> Option<Result<Chart, amethyst_helm::ChartError>> {
    let (root, folder) = (settings::repository(path).ok()?, path.canonicalize().ok()?);
    let folder = relative(&root, &folder)?;
    let tree = amethyst_source::folder_with(&root, std::slice::from_ref(&folder)).ok()?;
    Some(Chart::from_tree(&tree, &folder))
}

/// Reads files of values.
pub(super) struct Disk;

impl ValueSource for Disk {
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        if name == "-" {
            let mut text = Vec::new();
            return std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut text)
                .map(|_| text)
                .map_err(|error| error.to_string());
        }
        let is_remote = ["http://", "https://", "oci://"].iter().any(|scheme| name.starts_with(scheme));
        if is_remote {
            return Err(format!(
                "Get {name:?}: nothing is dialled here\nhint: download the file, and name it by its path"
            ));
        }
        std::fs::read(name).map_err(|error| {
            let reason = match error.kind() {
                std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
                _ => error.to_string(),
            };
            format!("open {name}: {reason}")
        })
    }
}
