//! What a PersistentVolumeClaim costs (kubernetes
//! `pkg/quota/v1/evaluator/core/persistent_volume_claims.go`).

use amethyst_object::{Map, Str, Value};
use amethyst_schema::Quantity;

use crate::list::ResourceList;
use crate::names::STORAGE_CLASS;
use crate::scope::ScopeRequirement;

const COUNT: &str = "count/persistentvolumeclaims";
const CLAIMS: &str = "persistentvolumeclaims";
const STORAGE: &str = "requests.storage";
const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

/// Whether a quota limits claims under the name; a class may stand before it.
pub(crate) fn matches_resource(name: &str) -> bool {
    let of_class = |of: &&str| name.strip_suffix(of).is_some_and(|class| class.ends_with(STORAGE_CLASS));
    [COUNT, CLAIMS, STORAGE].contains(&name) || [CLAIMS, STORAGE].iter().any(of_class)
}

pub(crate) fn usage(claim: &Map) -> ResourceList {
    let mut usage = ResourceList::new();
    let class = class(claim);
    let mut charge = |name: &str, quantity: Quantity| {
        if !class.is_empty() {
            usage.set(format!("{class}{STORAGE_CLASS}{name}"), quantity.clone());
        }
        usage.set(name, quantity);
    };
    charge(CLAIMS, Quantity::of(1));
    if let Some(bytes) = storage(claim) {
        charge(STORAGE, bytes);
    }
    usage.set(COUNT, Quantity::of(1));
    usage
}

fn at<'a>(claim: &'a Map, keys: &[&str]) -> Option<&'a Value> {
    let (first, rest) = keys.split_first()?;
    claim.get(first)?.at(rest)
}

fn class(claim: &Map) -> Str {
    let beta = at(claim, &["metadata", "annotations", BETA_CLASS]).and_then(Value::as_str);
    let own = at(claim, &["spec", "storageClassName"]).and_then(Value::as_str);
    beta.or(own).unwrap_or_default().into()
}

/// Whole bytes: what is asked for, or what was allocated when that is more.
fn storage(claim: &Map) -> Option<Quantity> {
    let list = |keys: &[&str]| ResourceList::read(at(claim, keys)).get("storage").cloned();
    let mut bytes = list(&["spec", "resources", "requests"])?;
    if let Some(allocated) = list(&["status", "allocatedResources"])
        && allocated > bytes
    {
        bytes = allocated;
    }
    bytes.round_up();
    Some(bytes)
}

/// The only scope of claims: the classes of attributes that a claim names anywhere.
pub(crate) fn is_in_scope(claim: &Map, scope: &ScopeRequirement) -> bool {
    if scope.name != "VolumeAttributesClass" {
        return false;
    }
    let named = attribute_classes(claim);
    if scope.operator == "Exists" { !named.is_empty() } else { scope.selects(&named) }
}

fn attribute_classes(claim: &Map) -> Vec<&str> {
    let paths: [&[&str]; 3] = [
        &["spec", "volumeAttributesClassName"],
        &["status", "currentVolumeAttributesClassName"],
        &["status", "modifyVolumeStatus", "targetVolumeAttributesClassName"],
    ];
    let named = paths.into_iter().filter_map(|path| at(claim, path)?.as_str());
    named.filter(|name| !name.is_empty()).collect()
}

/// Whether a write of the status changes what the claim costs.
pub(crate) fn status_counts(new: &Map, old: &Map) -> bool {
    let allocated = |claim: &Map| {
        ResourceList::read(at(claim, &["status", "allocatedResources"])).get("storage").cloned()
    };
    let classes = |claim: &Map| {
        attribute_classes(claim).into_iter().map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
    };
    allocated(new) != allocated(old) || classes(new) != classes(old)
}
