//! The cells of volumes, claims and classes.

use amethyst_object::Value;

use super::text::{at, has, list, quantity, strings};
use crate::time;

const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
const DEFAULT_CLASS: [&str; 2] =
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

/// The phase, or that it is being deleted.
pub(super) fn phase(object: &Value, _now: i64) -> Value {
    if has(object, &["metadata", "deletionTimestamp"]) {
        return "Terminating".into();
    }
    at(object, &["status", "phase"]).into()
}

/// The size of a volume.
pub(super) fn volume_capacity(volume: &Value, _now: i64) -> Value {
    quantity(volume.at(&["spec", "capacity", "storage"])).into()
}

/// The size of a claim's volume, once it has one.
pub(super) fn claim_capacity(claim: &Value, _now: i64) -> Value {
    if at(claim, &["spec", "volumeName"]).is_empty() {
        return "".into();
    }
    quantity(claim.at(&["status", "capacity", "storage"])).into()
}

/// `RWO,ROX`.
pub(super) fn volume_modes(volume: &Value, _now: i64) -> Value {
    access_modes(volume, &["spec", "accessModes"])
}

/// `RWO,ROX`, once the claim has a volume.
pub(super) fn claim_modes(claim: &Value, _now: i64) -> Value {
    if at(claim, &["spec", "volumeName"]).is_empty() {
        return "".into();
    }
    access_modes(claim, &["status", "accessModes"])
}

fn access_modes(object: &Value, path: &[&str]) -> Value {
    let modes = strings(object, path);
    let known = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let short = known.iter().filter(|(mode, _)| modes.contains(mode)).map(|(_, short)| *short);
    short.collect::<Vec<_>>().join(",").into()
}

/// `namespace/name`.
pub(super) fn claim(volume: &Value, _now: i64) -> Value {
    if !has(volume, &["spec", "claimRef"]) {
        return "".into();
    }
    let part = |name| at(volume, &["spec", "claimRef", name]);
    format!("{}/{}", part("namespace"), part("name")).into()
}

/// The storage class of a volume or claim.
pub(super) fn class(object: &Value, _now: i64) -> Value {
    let beta = object.str_at(&["metadata", "annotations", BETA_CLASS]);
    beta.unwrap_or_else(|| at(object, &["spec", "storageClassName"])).into()
}

/// Which of the classes is the default in effect: the youngest that is marked, then the first by name.
pub(super) fn default_class(classes: &[Value]) -> Option<usize> {
    let marked = |class: &Value| {
        DEFAULT_CLASS.iter().any(|name| at(class, &["metadata", "annotations", name]) == "true")
    };
    let age = |class: &Value| class.str_at(&["metadata", "creationTimestamp"]).and_then(time::parse);
    let rank = |at_index: &usize| {
        let class = &classes[*at_index];
        (std::cmp::Reverse(age(class)), at(class, &["metadata", "name"]))
    };
    (0..classes.len()).filter(|index| marked(&classes[*index])).min_by_key(rank)
}

/// `Persistent,Ephemeral`.
pub(super) fn lifecycle_modes(driver: &Value, _now: i64) -> Value {
    let modes = strings(driver, &["spec", "volumeLifecycleModes"]).join(",");
    if modes.is_empty() { "<none>".into() } else { modes.into() }
}

/// The audiences of the tokens a driver wants.
pub(super) fn token_requests(driver: &Value, _now: i64) -> Value {
    if !has(driver, &["spec", "tokenRequests"]) {
        return "<unset>".into();
    }
    let requests = list(driver, &["spec", "tokenRequests"]).iter();
    requests.map(|request| at(request, &["audience"])).collect::<Vec<_>>().join(",").into()
}

/// `requests.cpu: 1/2, pods: 3/10`, but for limits.
pub(super) fn quota_requests(quota: &Value, _now: i64) -> Value {
    quota_of(quota, false)
}

/// `limits.cpu: 1/2`.
pub(super) fn quota_limits(quota: &Value, _now: i64) -> Value {
    quota_of(quota, true)
}

fn quota_of(quota: &Value, limits: bool) -> Value {
    let hard = quota.at(&["status", "hard"]).and_then(Value::as_object);
    let mut names: Vec<&str> =
        hard.into_iter().flat_map(amethyst_object::Map::keys).map(amethyst_object::Str::as_str).collect();
    names.retain(|name| name.starts_with("limits.") == limits);
    names.sort_unstable();
    let texts = names.iter().map(|name| {
        let used = quantity(quota.at(&["status", "used", name]));
        format!("{name}: {used}/{}", quantity(quota.at(&["status", "hard", name])))
    });
    texts.collect::<Vec<_>>().join(", ").into()
}

/// How many bytes and texts a map of configuration has.
pub(super) fn config_data(object: &Value, _now: i64) -> Value {
    (super::text::count(object, &["data"]) + super::text::count(object, &["binaryData"])).into()
}
