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
    /// `spec.audit`: what is told of requests; nothing when `None`.
    pub audit: Option<Audit>,
}

/// What is told of requests, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// `spec.audit.policy`: the file of an `audit.k8s.io/v1` Policy.
    pub policy: String,
    /// `spec.audit.log`: the file that is written; `audit.log` in the state folder when `None`.
    pub log: Option<String>,
    /// `spec.audit.maxSizeMegabytes`: a file that has grown past this gives way to a new one.
    pub max_size_megabytes: Option<u64>,
    /// `spec.audit.maxBackups`: how many older files are kept.
    pub max_backups: Option<u64>,
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
    /// `amd64`, `arm64`.
    pub arch: Option<String>,
    /// How many CPUs it has, as it is written.
    pub cpu: Option<String>,
    /// How much memory it has, as it is written.
    pub memory: Option<String>,
    /// Its address in the network.
    pub address: Option<String>,
    /// The size of the disk that the system is on, as it is written.
    pub system_disk: Option<String>,
}

impl Device {
    /// Whether it is a node of the cluster.
    pub fn is_node(&self) -> bool {
        matches!(self.role.as_str(), "control-plane" | "worker")
    }
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
            "audit",
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
    ("spec.audit", &["policy", "log", "maxSizeMegabytes", "maxBackups"]),
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
        devices.push(Device {
            name,
            role,
            arch: scalar(device.get("arch")),
            cpu: scalar(device.get("cpu")),
            memory: scalar(device.get("memory")),
            address: scalar(device.get("address")),
            system_disk: system_disk(device),
        });
    }
    let services = list("services").iter().map(|service| Service {
        name: service.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        cost_per_year: scalar(service.get("costPerYear")),
    });
    let service_accounts = service_accounts(root, place, said);
    let audit = audit(root, place, said);
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
        audit,
    }
}

fn audit(root: &Value, place: &impl Fn(&FieldPath) -> Location, said: &mut Vec<Diagnostic>) -> Option<Audit> {
    let audit = root.at(&["spec", "audit"])?;
    let mut number = |key: &str| {
        let value = audit.get(key)?;
        let number = value.as_number().and_then(amethyst_object::Number::as_u64);
        if number.is_none() {
            let fault = Diagnostic::error("homelab-audit", format!("`audit.{key}` is no whole number"));
            let at = FieldPath::of(["spec", "audit", key]);
            said.push(fault.at(place(&at)).hint("write a number without quotes: `64`"));
        }
        number
    };
    let (max_size_megabytes, max_backups) = (number("maxSizeMegabytes"), number("maxBackups"));
    let Some(policy) = audit.str_at(&["policy"]) else {
        let fault = Diagnostic::error("homelab-audit", "`audit` names no policy");
        let hint = "write `policy: FILE`, a file with `apiVersion: audit.k8s.io/v1` and `kind: Policy`";
        said.push(fault.at(place(&FieldPath::of(["spec", "audit"]))).hint(hint));
        return None;
    };
    let log = audit.str_at(&["log"]).map(str::to_owned);
    Some(Audit { policy: policy.to_owned(), log, max_size_megabytes, max_backups })
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

/// A text, or a number as it is written.
fn scalar(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.to_string()),
        other => Some(amethyst_object::json::to_string(other)),
    }
}

/// The size of the disk that is for the system, or of the first one.
fn system_disk(device: &Value) -> Option<String> {
    let disks = device.get("disks").and_then(Value::as_array).unwrap_or_default();
    let system = disks.iter().find(|disk| disk.str_at(&["use"]) == Some("system"));
    scalar(system.or(disks.first())?.get("size"))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_homelab_is_read_whole() {
        let (homelab, said) = parse(
            "apiVersion: amethyst.home.arpa/v1alpha1\nkind: Homelab\nmetadata: {name: home}\nspec:\n  \
             devices:\n  - {name: nuc1, role: control-plane, cpu: 8, memory: 32Gi, disks: [{name: a, size: 1TB}, {name: b, size: 2TB, use: system}]}\n  services:\n  - {name: DNS, costPerYear: 10}\n  \
             builtins: [flux]\n",
        );
        assert_eq!(said, []);
        assert_eq!(homelab.name.as_deref(), Some("home"));
        let device = &homelab.devices[0];
        assert!(device.is_node());
        assert_eq!((device.cpu.as_deref(), device.system_disk.as_deref()), (Some("8"), Some("2TB")));
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

    #[test]
    fn an_audit_names_its_policy() {
        let read = |audit: &str| {
            parse(&format!(
                "apiVersion: amethyst.home.arpa/v1alpha1\nkind: Homelab\nspec:\n  audit: {audit}\n"
            ))
        };
        let (homelab, said) = read("{policy: audit.yaml, maxBackups: 3}");
        assert_eq!(said, []);
        let audit = homelab.audit.unwrap();
        assert_eq!((audit.policy.as_str(), audit.log, audit.max_backups), ("audit.yaml", None, Some(3)));
        let (homelab, said) = read("{log: x, maxBackups: many}");
        assert_eq!(homelab.audit, None);
        let lines: Vec<String> = said.iter().map(ToString::to_string).collect();
        assert!(
            lines[0].starts_with("amethyst.yaml:4:19: error[homelab-audit]: `audit.maxBackups`"),
            "{lines:?}"
        );
        assert!(lines[1].contains("`audit` names no policy"), "{lines:?}");
    }
}
