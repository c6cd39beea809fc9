//! `amethyst.yaml`: what no other file of a homelab says.
//!
//! Everything has a default; a repository without the file works. Unknown fields are errors with their
//! place: a misspelled setting that is silently ignored is worse than none.

mod issuers;

use std::collections::BTreeSet;

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::{FieldPath, Value};
use amethyst_yaml::{Dialect, locate_key, parse_all, to_diagnostic};

pub use issuers::{ClaimMapping, Issuer};

/// The file's name, at the root of the repository.
pub const FILE: &str = "amethyst.yaml";
const API_VERSION: &str = "amethyst.home.arpa/v1alpha1";
const KIND: &str = "Homelab";

/// The settings of a homelab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Homelab {
    /// `metadata.name`; names the state folder and the kubeconfig's context.
    pub name: Option<String>,
    /// `spec.kubernetesVersion`.
    pub kubernetes_version: Option<String>,
    /// `spec.entry`: the file where the sync starts.
    pub entry: Option<String>,
    /// `spec.devices`.
    pub devices: Vec<Device>,
    /// `spec.builtins`: the components that Amethyst may serve itself; `None` means all it can.
    pub builtins: Option<BTreeSet<String>>,
    /// `spec.services`.
    pub services: Vec<Service>,
    /// `spec.serviceAccount...`: what service-account tokens are made with.
    pub service_accounts: ServiceAccounts,
    /// `spec.authentication.jwt`: other issuers whose tokens count.
    pub issuers: Vec<Issuer>,
}

/// What service-account tokens are made with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAccounts {
    /// `spec.serviceAccountIssuer`: one, or a list whose first signs and whose others still count.
    pub issuers: Vec<String>,
    /// `spec.serviceAccountKey`: the file of a private key that signs instead of one of Amethyst's own.
    pub key: Option<String>,
    /// `spec.serviceAccountVerificationKeys`: files of keys that signed before.
    pub verification_keys: Vec<String>,
    /// `spec.serviceAccountJwksUri`: where the keys are published, if not by the API server.
    pub jwks_uri: Option<String>,
}

/// A device of the rack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Its host name.
    pub name: String,
    /// `control-plane`, `worker`, `router`, `switch` or `access-point`.
    pub role: String,
}

/// A service bought elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What a year costs, in the currency of the homelab.
    pub cost_per_year: Option<String>,
}

/// The fields that may stand at each place; `*` is any element of a list.
const FIELDS: &[(&str, &[&str])] = &[
    ("", &["apiVersion", "kind", "metadata", "spec"]),
    ("metadata", &["name"]),
    (
        "spec",
        &[
            "kubernetesVersion",
            "entry",
            "devices",
            "builtins",
            "serviceAccountIssuer",
            "serviceAccountKey",
            "serviceAccountVerificationKeys",
            "serviceAccountJwksUri",
            "authentication",
            "parameters",
            "services",
        ],
    ),
    (
        "spec.devices.*",
        &[
            "name",
            "role",
            "model",
            "arch",
            "cpu",
            "memory",
            "disks",
            "quantity",
            "switchPort",
            "power",
            "address",
            "hosts",
        ],
    ),
    ("spec.devices.*.disks.*", &["name", "kind", "size", "model", "use"]),
    ("spec.services.*", &["name", "use", "costPerYear", "currency"]),
    ("spec.parameters", &["provider", "region", "prefix"]),
    ("spec.authentication", &["jwt"]),
    ("spec.authentication.jwt.*", &["issuer", "claimValidationRules", "claimMappings"]),
    (
        "spec.authentication.jwt.*.issuer",
        &["url", "discoveryURL", "certificateAuthority", "audiences", "audienceMatchPolicy"],
    ),
    ("spec.authentication.jwt.*.claimValidationRules.*", &["claim", "requiredValue"]),
    ("spec.authentication.jwt.*.claimMappings", &["username", "groups", "uid"]),
    ("spec.authentication.jwt.*.claimMappings.username", &["claim", "prefix"]),
    ("spec.authentication.jwt.*.claimMappings.groups", &["claim", "prefix"]),
    ("spec.authentication.jwt.*.claimMappings.uid", &["claim"]),
];

const ROLES: &[&str] = &["control-plane", "worker", "router", "switch", "access-point"];

/// Reads the file; faults are told with their place and the rest is still read.
pub fn parse(text: &str) -> (Homelab, Vec<Diagnostic>) {
    let (documents, faults) = parse_all(text, Dialect::GoV2);
    let mut said: Vec<Diagnostic> = faults.iter().map(|fault| to_diagnostic(fault, FILE)).collect();
    let Some(document) = documents.first() else { return (Homelab::default(), said) };
    let root = &document.value;
    let place = |path: &FieldPath| {
        let (line, column) = locate_key(text, document.index, path).unwrap_or((document.line, 1));
        Location::new(FILE, line, column)
    };
    for (key, expect) in [("apiVersion", API_VERSION), ("kind", KIND)] {
        if root.get(key).and_then(Value::as_str) != Some(expect) {
            let message = format!("expected `{key}: {expect}`");
            let fault = Diagnostic::error("homelab-kind", message).at(place(&FieldPath::of([key])));
            said.push(fault.hint(format!("write `{key}: {expect}` at the top of the file")));
        }
    }
    unknown(root, &mut FieldPath::default(), "", &place, &mut said);
    let homelab = read(root, &place, &mut said);
    (homelab, said)
}

fn unknown(
    value: &Value,
    path: &mut FieldPath,
    shape: &str,
    place: &impl Fn(&FieldPath) -> Location,
    said: &mut Vec<Diagnostic>,
) {
    match value {
        Value::Object(map) => {
            let Some((_, known)) = FIELDS.iter().find(|(at, _)| *at == shape) else { return };
            for (key, value) in map.iter() {
                path.push_key(key.clone());
                if known.contains(&key.as_str()) {
                    let shape = if shape.is_empty() { key.to_string() } else { format!("{shape}.{key}") };
                    unknown(value, path, &shape, place, said);
                } else {
                    let fault = Diagnostic::error("homelab-unknown-field", format!("unknown field `{path}`"));
                    said.push(fault.at(place(path)).hint(format!("known here: {}", known.join(", "))));
                }
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push_index(index);
                unknown(item, path, &format!("{shape}.*"), place, said);
                path.pop();
            }
        }
        _ => {}
    }
}

fn read(root: &Value, place: &impl Fn(&FieldPath) -> Location, said: &mut Vec<Diagnostic>) -> Homelab {
    let text = |keys: &[&str]| root.str_at(keys).map(str::to_owned);
    let list = |key: &str| root.at(&["spec", key]).and_then(Value::as_array).unwrap_or_default();
    let mut devices = Vec::new();
    for (index, device) in list("devices").iter().enumerate() {
        let field = |key: &str| device.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, role) = (field("name"), field("role"));
        if !ROLES.contains(&role.as_str()) {
            let path = FieldPath::of(["spec", "devices"]).index(index).child("role");
            let fault =
                Diagnostic::error("homelab-role", format!("device `{name}` has the unknown role `{role}`"));
            said.push(fault.at(place(&path)).hint(format!("one of {}", ROLES.join(", "))));
        }
        devices.push(Device { name, role });
    }
    let services = list("services").iter().map(|service| Service {
        name: service.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        cost_per_year: service.get("costPerYear").map(|cost| match cost {
            Value::String(cost) => cost.to_string(),
            other => amethyst_object::json::to_string(other),
        }),
    });
    let service_accounts = service_accounts(root, place, said);
    let builtins = root.at(&["spec", "builtins"]).and_then(Value::as_array);
    Homelab {
        name: text(&["metadata", "name"]),
        kubernetes_version: text(&["spec", "kubernetesVersion"]),
        entry: text(&["spec", "entry"]),
        devices,
        builtins: builtins
            .map(|names| names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect()),
        services: services.collect(),
        service_accounts,
        issuers: issuers::read(root, place, said),
    }
}

fn service_accounts(
    root: &Value,
    place: &impl Fn(&FieldPath) -> Location,
    said: &mut Vec<Diagnostic>,
) -> ServiceAccounts {
    let texts = |key: &str| match root.at(&["spec", key]) {
        Some(Value::String(one)) => vec![one.to_string()],
        Some(Value::Array(many)) => many.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect(),
        _ => Vec::new(),
    };
    let text = |key: &str| root.str_at(&["spec", key]).map(str::to_owned);
    let (issuers, jwks_uri) = (texts("serviceAccountIssuer"), text("serviceAccountJwksUri"));
    let urls = issuers.iter().map(|url| ("serviceAccountIssuer", url));
    for (key, url) in urls.chain(jwks_uri.iter().map(|url| ("serviceAccountJwksUri", url))) {
        // What others verify tokens by must be reached over TLS and be the same text for everybody.
        if !url.starts_with("https://") || url.contains(['?', '#']) {
            let fault = Diagnostic::error("homelab-issuer", format!("`{key}: {url}` is no issuer's address"));
            let hint = "write a URL with `https://`, without `?` and `#`";
            said.push(fault.at(place(&FieldPath::of(["spec", key]))).hint(hint));
        }
    }
    ServiceAccounts {
        issuers,
        key: text("serviceAccountKey"),
        verification_keys: texts("serviceAccountVerificationKeys"),
        jwks_uri,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_homelab_is_read_whole() {
        let (homelab, said) = parse(
            "apiVersion: amethyst.home.arpa/v1alpha1\nkind: Homelab\nmetadata: {name: home}\nspec:\n  \
             devices:\n  - {name: nuc1, role: control-plane}\n  services:\n  - {name: DNS, costPerYear: 10}\n  \
             builtins: [flux]\n",
        );
        assert_eq!(said, []);
        assert_eq!(homelab.name.as_deref(), Some("home"));
        assert_eq!(homelab.devices[0].role, "control-plane");
        assert_eq!(homelab.services[0].cost_per_year.as_deref(), Some("10"));
        assert!(homelab.builtins.unwrap().contains("flux"));
    }

    #[test]
    fn issuers_are_urls_that_others_can_read() {
        let start = "apiVersion: amethyst.home.arpa/v1alpha1\nkind: Homelab\nspec:\n";
        let (homelab, said) = parse(&format!(
            "{start}  serviceAccountIssuer: [https://id.example.com, https://old.example.com]\n  \
             serviceAccountKey: keys/sa.key\n"
        ));
        assert_eq!(said, []);
        assert_eq!(homelab.service_accounts.issuers[0], "https://id.example.com");
        assert_eq!(homelab.service_accounts.key.as_deref(), Some("keys/sa.key"));
        let (_, said) = parse(&format!("{start}  serviceAccountIssuer: http://id.example.com\n"));
        assert!(said[0].to_string().starts_with("amethyst.yaml:4:3: error[homelab-issuer]"), "{said:?}");
    }

    #[test]
    fn misspellings_are_told_with_their_place() {
        let (_, said) = parse(
            "apiVersion: amethyst.home.arpa/v1alpha1\nkind: Homelab\nspec:\n  device: []\n  devices:\n  - name: x\n    role: boss\n",
        );
        let lines: Vec<String> = said.iter().map(ToString::to_string).collect();
        assert!(
            lines[0]
                .starts_with("amethyst.yaml:4:3: error[homelab-unknown-field]: unknown field `spec.device`"),
            "{lines:?}"
        );
        assert!(lines[1].starts_with("amethyst.yaml:7:5: error[homelab-role]"), "{lines:?}");
    }
}
