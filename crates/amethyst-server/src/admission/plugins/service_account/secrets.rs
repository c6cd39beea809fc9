//! Which secrets a pod refers to, and whether its account may.

use amethyst_admission::Denial;
use amethyst_object::Value;

use super::super::read::{annotation, list, some, text};

const ENFORCE: &str = "kubernetes.io/enforce-mountable-secrets";
/// Where volumes name a secret.
const VOLUMES: [&[&str]; 10] = [
    &["azureFile", "secretName"],
    &["cephfs", "secretRef", "name"],
    &["cinder", "secretRef", "name"],
    &["flexVolume", "secretRef", "name"],
    &["rbd", "secretRef", "name"],
    &["secret", "secretName"],
    &["scaleIO", "secretRef", "name"],
    &["iscsi", "secretRef", "name"],
    &["storageos", "secretRef", "name"],
    &["csi", "nodePublishSecretRef", "name"],
];
const CONTAINERS: [(&str, &str); 2] = [("initContainers", "init container"), ("containers", "container")];

/// Whether the account's pods may refer to no secrets but its own.
pub(super) fn are_limited(account: &Value) -> bool {
    // What Go's `strconv.ParseBool` takes for true.
    matches!(annotation(account, ENFORCE), Some("1" | "t" | "T" | "true" | "TRUE" | "True"))
}

/// Whether a pod refers to any secret (kubernetes `pkg/api/pod/util.go`, `VisitPodSecretNames`).
pub(super) fn are_referenced(pod: &Value) -> bool {
    let named = |of: &Value, path: &[&str]| !text(of, path).is_empty();
    let pulls = list(pod, &["spec", "imagePullSecrets"]).iter().any(|secret| named(secret, &["name"]));
    let volumes = list(pod, &["spec", "volumes"]).iter().any(|volume| {
        let mut projected = list(volume, &["projected", "sources"]).iter();
        VOLUMES.iter().any(|path| named(volume, path))
            || projected.any(|source| named(source, &["secret", "name"]))
    });
    let reads = |container: &Value| {
        list(container, &["envFrom"]).iter().any(|from| named(from, &["secretRef", "name"]))
            || list(container, &["env"]).iter().any(|env| named(env, &["valueFrom", "secretKeyRef", "name"]))
    };
    let mut containers = ["initContainers", "containers", "ephemeralContainers"].into_iter();
    pulls || volumes || containers.any(|key| list(pod, &["spec", key]).iter().any(reads))
}

/// The secrets of a pod must be among those of its account.
pub(super) fn check(pod: &Value, account: &Value) -> Result<(), Denial> {
    let own = names(account, "secrets");
    for volume in list(pod, &["spec", "volumes"]) {
        let secret = some(volume, &["secret"]).map(|secret| text(secret, &["secretName"]));
        if let Some(name) = secret.filter(|name| !own.contains(name)) {
            return Err(refused(&format!("volume with secret.secretName=\"{name}\""), "secret", account));
        }
    }
    for (key, word) in CONTAINERS {
        check_containers(list(pod, &["spec", key]), word, &own, account)?;
    }
    let pulls = names(account, "imagePullSecrets");
    for (at, secret) in list(pod, &["spec", "imagePullSecrets"]).iter().enumerate() {
        let name = text(secret, &["name"]);
        if !pulls.contains(&name) {
            return Err(refused(
                &format!("imagePullSecrets[{at}].name=\"{name}\""),
                "imagePullSecret",
                account,
            ));
        }
    }
    Ok(())
}

/// The same for containers that were added to a running pod.
pub(super) fn check_added(pod: &Value, account: &Value) -> Result<(), Denial> {
    let added = list(pod, &["spec", "ephemeralContainers"]);
    check_containers(added, "ephemeral container", &names(account, "secrets"), account)
}

fn check_containers(containers: &[Value], word: &str, own: &[&str], account: &Value) -> Result<(), Denial> {
    for container in containers {
        let who = format!("{word} {}", text(container, &["name"]));
        for env in list(container, &["env"]) {
            let secret = some(env, &["valueFrom", "secretKeyRef"]).map(|secret| text(secret, &["name"]));
            if let Some(name) = secret.filter(|name| !own.contains(name)) {
                let variable = text(env, &["name"]);
                let what = format!("{who} with envVar {variable} referencing secret.secretName=\"{name}\"");
                return Err(refused(&what, "secret", account));
            }
        }
        for from in list(container, &["envFrom"]) {
            let secret = some(from, &["secretRef"]).map(|secret| text(secret, &["name"]));
            if let Some(name) = secret.filter(|name| !own.contains(name)) {
                let what = format!("{who} with envFrom referencing secret.secretName=\"{name}\"");
                return Err(refused(&what, "secret", account));
            }
        }
    }
    Ok(())
}

fn names<'a>(account: &'a Value, key: &str) -> Vec<&'a str> {
    list(account, &[key]).iter().map(|secret| text(secret, &["name"])).collect()
}

fn refused(what: &str, secret: &str, account: &Value) -> Denial {
    let account = text(account, &["metadata", "name"]);
    Denial::forbidden(format!(
        "{what} is not allowed because service account {account} does not reference that {secret}"
    ))
}
