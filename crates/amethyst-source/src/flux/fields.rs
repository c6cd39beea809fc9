//! What is done with each field of Flux's sources.

/// What is done with a field.
pub(super) enum Checked {
    /// What it says is done.
    Honoured,
    /// It makes no difference to what the chart is.
    Harmless,
    /// It is not supported, and matters.
    Refused(&'static str),
    /// It is not supported; the hint says what is done instead.
    Unused(&'static str),
    /// Honoured when it is one of these; else as [`Checked::Unused`].
    OneOf(&'static [&'static str], &'static str),
}

use Checked::{Harmless, Honoured, OneOf, Refused, Unused};

const CERTIFICATES: &str =
    "name the registry's authority to this machine, or beside the system's for `amethyst fetch`";
const PROXY: &str = "set HTTPS_PROXY for `amethyst fetch`, and take the field out or override it here";
const PROVIDER: &str = "no cloud is asked who we are; Docker's config.json is used instead, as `docker login` or `helm registry login` writes it";
const ACCOUNT: &str = "image pull secrets of a service account are known on a cluster only; Docker's config.json is used instead";
const PROVIDERS: &[&str] = &["", "generic"];

/// HelmChart, and `spec.chart.spec` of a HelmRelease.
pub(super) const CHART: &[(&str, Checked)] = &[
    ("chart", Honoured),
    ("version", Honoured),
    ("sourceRef", Honoured),
    ("valuesFiles", Honoured),
    ("valuesFile", Honoured),
    ("ignoreMissingValuesFiles", Honoured),
    ("verify", Honoured),
    ("interval", Harmless),
    ("reconcileStrategy", Harmless),
    ("suspend", Harmless),
];

pub(super) const HELM_REPOSITORY: &[(&str, Checked)] = &[
    ("url", Honoured),
    ("type", OneOf(&["", "default", "oci"], "it is taken for `default`")),
    ("secretRef", Honoured),
    ("passCredentials", Honoured),
    ("insecure", Honoured),
    ("interval", Harmless),
    ("timeout", Harmless),
    ("suspend", Harmless),
    ("accessFrom", Harmless),
    ("certSecretRef", Refused(CERTIFICATES)),
    ("provider", OneOf(PROVIDERS, PROVIDER)),
];

pub(super) const OCI_REPOSITORY: &[(&str, Checked)] = &[
    ("url", Honoured),
    ("ref", Honoured),
    ("layerSelector", Honoured),
    ("secretRef", Honoured),
    ("insecure", Honoured),
    ("ignore", Honoured),
    ("verify", Honoured),
    ("interval", Harmless),
    ("timeout", Harmless),
    ("suspend", Harmless),
    ("serviceAccountName", Unused(ACCOUNT)),
    ("certSecretRef", Refused(CERTIFICATES)),
    ("proxySecretRef", Refused(PROXY)),
    ("provider", OneOf(PROVIDERS, PROVIDER)),
];
