//! Volumes that gather files from several places (kubernetes `pkg/apis/core/validation`,
//! `validateProjectionSources`).

use super::volumes::{downward_file, key_to_path};
use crate::at::At;
use crate::faults::Faults;
use crate::volume::{self, needs};
use crate::{metadata, names, selector, text};

const KEYS: [&str; 6] = ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];
const SECONDS_MIN: i64 = 3600;
const SECONDS_MAX: i64 = 91 * 24 * 3600;
const KUBERNETES_SECONDS_MAX: i64 = 24 * 3600;

/// What is gathered, and the paths that are taken.
struct Gathering<'a, 'f> {
    at: At<'a>,
    paths: Vec<&'a str>,
    faults: &'f mut Faults,
}

pub(super) fn projected(at: &At<'_>, faults: &mut Faults) {
    volume::mode(at, "defaultMode", faults);
    volume::user(at, "defaultUser", faults);
    let mut gathering = Gathering { at: at.clone(), paths: Vec::new(), faults };
    for source in at.get("sources").items() {
        gathering.source(&source);
    }
}

impl<'a> Gathering<'a, '_> {
    fn source(&mut self, at: &At<'a>) {
        let mut count = 0;
        for kind in [
            "secret",
            "configMap",
            "downwardAPI",
            "serviceAccountToken",
            "clusterTrustBundle",
            "podCertificate",
        ] {
            if !at.has(kind) {
                continue;
            }
            count += 1;
            let source = at.get(kind);
            match kind {
                "secret" | "configMap" => self.keys(&source),
                "downwardAPI" => self.downward(&source),
                "serviceAccountToken" => self.token(&source),
                "clusterTrustBundle" => self.bundle(&source),
                _ => self.certificate(&source),
            }
        }
        if count > 1 {
            self.faults.forbidden(&at.path, "may not specify more than 1 volume type per source");
        }
    }

    /// Takes a path; whose it is already is told with `shown`.
    fn take(&mut self, path: &'a str, shown: &str) {
        if self.paths.contains(&path) {
            self.faults.invalid_value(&self.at.path, shown, "conflicting duplicate paths");
        } else {
            self.paths.push(path);
        }
    }

    fn keys(&mut self, at: &At<'a>) {
        needs(at, &["name"], self.faults);
        for item in at.get("items").items() {
            key_to_path(&item, self.faults);
            if !item.text("path").is_empty() {
                self.take(item.text("path"), at.text("name"));
            }
        }
    }

    fn downward(&mut self, at: &At<'a>) {
        for item in at.get("items").items() {
            downward_file(&item.called(at.path.clone()), self.faults);
            if !item.text("path").is_empty() {
                self.take(item.text("path"), item.text("path"));
            }
        }
    }

    fn token(&mut self, at: &At<'a>) {
        let (seconds, path) =
            (at.get("expirationSeconds"), at.get("path").called(self.at.path.child("path")));
        match seconds.int() {
            None => self.faults.required(&seconds.path, ""),
            Some(number) if number < 600 => {
                self.faults.invalid(&seconds, "may not specify a duration less than 10 minutes");
            }
            Some(number) if number > 1 << 32 => {
                self.faults.invalid(&seconds, "may not specify a duration larger than 2^32 seconds");
            }
            Some(_) => {}
        }
        if self.faults.needs_text(&path) {
            self.faults.texts(&path, text::local_path(path.str()));
        }
        volume::user(at, "user", self.faults);
    }

    fn bundle(&mut self, at: &At<'a>) {
        let (name, signer, labels) = (at.get("name"), at.get("signerName"), at.get("labelSelector"));
        match (name.is_set(), signer.is_set()) {
            (true, true) => self.faults.invalid(at, "only one of name and signerName may be used"),
            (true, false) => {
                if name.str().is_empty() {
                    self.faults.required(&name.path, "must be a valid object name");
                }
                for why in bundle_name(name.str()) {
                    self.faults.invalid(&name, format!("not a valid clustertrustbundlename: {why}"));
                }
                if labels.is_set() {
                    self.faults.invalid(&labels, "labelSelector must be unset if name is specified");
                }
            }
            (false, true) => {
                if signer.str().is_empty() {
                    self.faults.required(&signer.path, "must be a valid signer name");
                }
                signer_name(&signer, self.faults);
                selector::labels(&labels, false, self.faults);
            }
            (false, false) => self.faults.required(&at.path, "either name or signerName must be specified"),
        }
        needs(at, &["path"], self.faults);
        volume::user(at, "user", self.faults);
        self.faults.texts(&at.get("path"), text::local_path(at.text("path")));
        self.take(at.text("path"), at.text("path"));
    }

    fn certificate(&mut self, at: &At<'a>) {
        let signer = at.get("signerName");
        signer_name(&signer, self.faults);
        if at.has("userAnnotations") {
            user_annotations(&at.get("userAnnotations"), self.faults);
        }
        volume::user(at, "user", self.faults);
        self.faults.enumerated(&at.get("keyType"), &KEYS);
        let seconds = at.get("maxExpirationSeconds");
        if let Some(number) = seconds.int() {
            let domain = signer.str().split('/').next().unwrap_or_default();
            let own = domain == "kubernetes.io" || domain.ends_with(".kubernetes.io");
            let most = if own { KUBERNETES_SECONDS_MAX } else { SECONDS_MAX };
            if number < SECONDS_MIN {
                self.faults.invalid(&seconds, "if provided, maxExpirationSeconds must be >= 3600");
            }
            if number > most {
                self.faults.invalid(&seconds, format!("if provided, maxExpirationSeconds must be <= {most}"));
            }
        }
        let mut count = 0;
        for key in ["credentialBundlePath", "keyPath", "certificateChainPath"] {
            let path = at.get(key);
            if !path.str().is_empty() {
                count += 1;
                self.faults.texts(&path, text::local_path(path.str()));
                self.take(path.str(), path.str());
            }
        }
        if count == 0 {
            let why = "specify at least one of credentialBundlePath, keyPath, and certificateChainPath";
            self.faults.required(&at.path, why);
        }
    }
}

/// What is wrong with the name of a ClusterTrustBundle (`ValidateClusterTrustBundleName`).
fn bundle_name(name: &str) -> Vec<String> {
    let Some((signer, _)) = name.rsplit_once(':') else { return names::subdomain(name) };
    names::subdomain(name.strip_prefix(signer).and_then(|rest| rest.strip_prefix(':')).unwrap_or(name))
}

/// The name of a signer (`ValidateSignerName`).
fn signer_name(at: &At<'_>, faults: &mut Faults) {
    if !faults.needs_text(at) {
        return;
    }
    let Some((domain, path)) = at.str().split_once('/').filter(|(_, path)| !path.contains('/')) else {
        return faults
            .invalid(at, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
    };
    if domain.len() > 253 {
        faults.too_long(&at.path, 253);
    }
    let wrong = |text: &str, rule: fn(&str) -> Vec<String>| -> Vec<String> {
        let mut labels = text.split('.').map(|label| (label, rule(label)));
        let first = labels.find(|(_, wrong)| !wrong.is_empty());
        first
            .into_iter()
            .flat_map(|(label, wrong)| {
                wrong.into_iter().map(move |why| format!("validating label {label:?}: {why}"))
            })
            .collect()
    };
    for why in wrong(domain, names::label) {
        faults.invalid_value(&at.path, domain, why);
    }
    if !domain.contains('.') {
        let why = "should be a domain with at least two segments separated by dots";
        faults.invalid_value(&at.path, domain, why);
    }
    for why in wrong(path, names::subdomain) {
        faults.invalid_value(&at.path, path, why);
    }
    if at.str().len() > 253 + 253 + 63 + 1 + 1 {
        faults.too_long(&at.path, 571);
    }
}

fn user_annotations(at: &At<'_>, faults: &mut Faults) {
    let mut size = 0;
    for (key, value) in at.strings() {
        size += key.len() + value.len();
        let (key, before) = (key.to_lowercase(), faults.len());
        if key.is_empty() {
            faults.required(&at.path, "");
            continue;
        }
        metadata::label_key(&at.path, &key, faults);
        if faults.len() == before && !key.contains('/') {
            let why = "must be a domain-prefixed key (such as \"acme.io/foo\")";
            faults.invalid_value(&at.path, key.as_str(), why);
        }
    }
    if size > 256 << 10 {
        faults.too_long(&at.path, 256 << 10);
    }
}
