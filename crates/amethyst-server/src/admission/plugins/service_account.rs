//! `ServiceAccount`: a pod is somebody, and finds its token where it looks for it
//! (kubernetes `plugin/pkg/admission/serviceaccount`).

mod secrets;

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_clock::Entropy;
use amethyst_object::{Map, Value, value};

use super::read::{annotation, list, list_mut, map_mut, maps_mut, some, text};

/// Who a pod is that does not say.
pub(crate) const DEFAULT: &str = "default";
const MIRROR: &str = "kubernetes.io/config.mirror";
const VOLUME: &str = "kube-api-access-";
const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// A token lives an hour; the seconds above mark those that may be used longer with a warning.
const TOKEN_SECONDS: i64 = 3607;
const DEFAULT_MODE: i64 = 0o644;

#[derive(Debug)]
pub(super) struct ServiceAccount {
    entropy: Entropy,
}

impl ServiceAccount {
    pub(super) fn new(entropy: Entropy) -> Self {
        Self { entropy }
    }

    /// Mounts the token where nothing is mounted yet.
    fn mount(&self, pod: &mut Value) {
        let is_ours = |volume: &&Value| text(volume, &["name"]).starts_with(VOLUME);
        let there = list(pod, &["spec", "volumes"]).iter().find(is_ours);
        let there = there.map(|volume| text(volume, &["name"]).to_owned());
        let name = there.clone().unwrap_or_else(|| format!("{VOLUME}{}", self.entropy.name_suffix()));
        let spec = map_mut(pod, &["spec"]);
        let mut mounted = false;
        for key in ["initContainers", "containers"] {
            for container in maps_mut(spec, key) {
                mounted |= mount_into(container, &name);
            }
        }
        if there.is_none() && mounted {
            list_mut(spec, "volumes").push(value!({"name": name, "projected": (sources())}));
        }
    }
}

impl Plugin for ServiceAccount {
    fn name(&self) -> &'static str {
        "ServiceAccount"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        let pods = request.resource.group.is_empty() && request.resource.resource == "pods";
        pods && matches!(
            (request.operation, request.subresource),
            (Operation::Create, "") | (Operation::Update, "ephemeralcontainers")
        )
    }

    fn mutate(
        &self,
        request: &Request<'_>,
        pod: &mut Value,
        view: &dyn View,
        notes: &mut Notes,
    ) -> Result<(), Denial> {
        if request.operation != Operation::Create {
            return Ok(());
        }
        // The kubelet wants a mirror pod to be what it wrote.
        if annotation(pod, MIRROR).is_none() {
            if text(pod, &["spec", "serviceAccountName"]).is_empty() {
                let spec = map_mut(pod, &["spec"]);
                spec.insert("serviceAccountName", DEFAULT);
                spec.insert("serviceAccount", DEFAULT);
            }
            let account = account_of(request, pod, view)?;
            if automounts(pod, &account) {
                self.mount(pod);
            }
            pull_by(pod, &account);
        }
        self.validate(request, Some(pod), view, notes)
    }

    fn validate(
        &self,
        request: &Request<'_>,
        pod: Option<&Value>,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let Some(pod) = pod else { return Ok(()) };
        let added = request.operation != Operation::Create;
        if !added && annotation(pod, MIRROR).is_some() {
            return check_mirror(pod);
        }
        if text(pod, &["spec", "serviceAccountName"]).is_empty() {
            let place = format!("{}/{}", request.namespace, text(pod, &["metadata", "name"]));
            return Err(Denial::forbidden(format!("no service account specified for pod {place}")));
        }
        let account = account_of(request, pod, view)?;
        if !secrets::are_limited(&account) {
            return Ok(());
        }
        if added { secrets::check_added(pod, &account) } else { secrets::check(pod, &account) }
    }
}

fn account_of(request: &Request<'_>, pod: &Value, view: &dyn View) -> Result<Value, Denial> {
    let (namespace, name) = (request.namespace, text(pod, &["spec", "serviceAccountName"]));
    let missing = || {
        Denial::forbidden(format!(
            "error looking up service account {namespace}/{name}: serviceaccount {name:?} not found"
        ))
    };
    view.get("", "serviceaccounts", namespace, name).ok_or_else(missing)
}

/// The pod says, else its account, else yes.
fn automounts(pod: &Value, account: &Value) -> bool {
    const KEY: &str = "automountServiceAccountToken";
    let said = some(pod, &["spec", KEY]).or_else(|| some(account, &[KEY]));
    said.and_then(Value::as_bool).unwrap_or(true)
}

/// Who names no secrets to pull images with takes those of the account.
fn pull_by(pod: &mut Value, account: &Value) {
    let secrets = list(account, &["imagePullSecrets"]);
    if list(pod, &["spec", "imagePullSecrets"]).is_empty() && !secrets.is_empty() {
        let named = secrets.iter().map(|secret| value!({"name": (text(secret, &["name"]))}));
        map_mut(pod, &["spec"]).insert("imagePullSecrets", named.collect::<Vec<_>>());
    }
}

/// Mounts the volume unless something is mounted there; says whether it did.
fn mount_into(container: &mut Map, volume: &str) -> bool {
    let mounts = list_mut(container, "volumeMounts");
    let taken = mounts.iter().any(|mount| text(mount, &["mountPath"]) == MOUNT_PATH);
    if !taken {
        mounts.push(value!({"name": volume, "readOnly": true, "mountPath": MOUNT_PATH}));
    }
    !taken
}

/// The token, the authority that signs the server's certificate, and the namespace.
fn sources() -> Value {
    value!({
        "defaultMode": DEFAULT_MODE,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [
                {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
            ]}}
        ]
    })
}

/// What the kubelet runs by itself has nothing of the cluster's.
fn check_mirror(pod: &Value) -> Result<(), Denial> {
    if !text(pod, &["spec", "serviceAccountName"]).is_empty() {
        return Err(Denial::forbidden("a mirror pod may not reference service accounts"));
    }
    if secrets::are_referenced(pod) {
        return Err(Denial::forbidden("a mirror pod may not reference secrets"));
    }
    let mut projected =
        list(pod, &["spec", "volumes"]).iter().flat_map(|it| list(it, &["projected", "sources"]));
    if projected.any(|source| some(source, &["serviceAccountToken"]).is_some()) {
        return Err(Denial::forbidden("a mirror pod may not use ServiceAccountToken volume projections"));
    }
    Ok(())
}
