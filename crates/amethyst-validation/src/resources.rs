//! Names of resources, quantities, requests and limits (kubernetes `pkg/apis/core/{helper,validation}`).

use amethyst_schema::{Fault, Quantity};

use crate::at::At;
use crate::faults::{Faults, NEGATIVE};
use crate::names;

pub(crate) const NANO: i128 = 1_000_000_000;
const CONTAINER: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
const OBJECTS: [&str; 9] = [
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];
const AMOUNTS: [&str; 10] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];

pub(crate) fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

/// Whether a resource is Kubernetes' own.
pub(crate) fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

pub(crate) fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && names::qualified(&format!("requests.{name}")).is_empty()
}

fn may_overcommit(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}

fn is_integer(name: &str) -> bool {
    OBJECTS.contains(&name) || is_extended(name)
}

pub(crate) fn is_standard_for_quota(name: &str) -> bool {
    OBJECTS.contains(&name)
        || AMOUNTS.contains(&name)
        || is_huge_page(name)
        || name.starts_with("requests.hugepages-")
}

pub(crate) fn is_standard_for_container(name: &str) -> bool {
    CONTAINER.contains(&name) || is_huge_page(name)
}

/// The name of a resource (`validateResourceName`); says whether it is well.
pub(crate) fn name(at: &At<'_>, name: &str, faults: &mut Faults) -> bool {
    let before = faults.len();
    for why in names::qualified(name) {
        faults.invalid_value(&at.path, name, why);
    }
    let standard = OBJECTS.contains(&name)
        || AMOUNTS.contains(&name)
        || is_huge_page(name)
        || name == "storage"
        || name.starts_with("requests.hugepages-");
    if faults.len() == before && !name.contains('/') && !standard {
        faults.invalid_value(&at.path, name, "must be a standard resource type or fully qualified");
    }
    faults.len() == before
}

/// The name of a container's resource (`ValidateContainerResourceName`).
pub(crate) fn container_name(at: &At<'_>, resource: &str, faults: &mut Faults) {
    name(at, resource, faults);
    if !resource.contains('/') {
        if !is_standard_for_container(resource) {
            faults.invalid_value(&at.path, resource, "must be a standard resource for containers");
        }
    } else if !is_native(resource) && !is_extended(resource) {
        faults.invalid_value(&at.path, resource, "doesn't follow extended resource name standard");
    }
}

/// The name of a pod's resource (`validatePodResourceName`).
pub(crate) fn pod_name(at: &At<'_>, resource: &str, faults: &mut Faults) {
    if name(at, resource, faults) && !matches!(resource, "cpu" | "memory") && !is_huge_page(resource) {
        faults.push(Fault::not_supported(at.path.clone(), resource, &["cpu", "hugepages-", "memory"]));
    }
}

/// The quantity at a place; what cannot be read was refused before.
pub(crate) fn quantity(at: &At<'_>) -> Option<Quantity> {
    let number;
    let text = match at.value()? {
        amethyst_object::Value::Number(lexeme) => {
            number = lexeme.to_string();
            number.as_str()
        }
        value => value.as_str()?,
    };
    Quantity::parse(text).ok()
}

/// How a quantity is shown: as upstream stores it.
pub(crate) fn shown(at: &At<'_>) -> String {
    quantity(at).map(|quantity| quantity.to_string()).unwrap_or_default()
}

/// Worth in thousand-millionths; zero when missing.
pub(crate) fn nanos(at: &At<'_>) -> i128 {
    quantity(at).map(|quantity| quantity.nanos()).unwrap_or_default()
}

/// A quantity of a resource (`ValidateResourceQuantityValue`).
pub(crate) fn amount(at: &At<'_>, resource: &str, faults: &mut Faults) {
    let worth = nanos(at);
    if worth < 0 {
        faults.invalid_value(&at.path, shown(at), NEGATIVE);
    }
    if is_integer(resource) && worth % NANO != 0 {
        faults.invalid_value(&at.path, shown(at), "must be an integer");
    }
}

/// A quantity of more than nothing (`ValidatePositiveQuantityValue`); says whether it is.
pub(crate) fn positive(at: &At<'_>, faults: &mut Faults) -> bool {
    let fine = nanos(at) > 0;
    if !fine {
        faults.invalid_value(&at.path, shown(at), "must be greater than zero");
    }
    fine
}

/// A quantity that is not negative (`validateBasicResource`), shown in whole numbers.
pub(crate) fn basic(at: &At<'_>, faults: &mut Faults) {
    let worth = nanos(at);
    if worth.div_euclid(NANO) + i128::from(worth.rem_euclid(NANO) > 0) < 0 {
        let whole = i64::try_from(worth.div_euclid(NANO)).unwrap_or(i64::MIN);
        faults.invalid_value(&at.path, whole, "must be a valid resource quantity");
    }
}

fn huge_page(at: &At<'_>, resource: &str, faults: &mut Faults) {
    let size = resource.strip_prefix("hugepages-").and_then(|size| Quantity::parse(size).ok());
    let size = size.map(|size| size.nanos()).unwrap_or_default();
    if size <= 0 || nanos(at) % size != 0 {
        let why = format!("{} is not positive integer multiple of {resource}", shown(at));
        faults.invalid_value(&at.path, shown(at), why);
    }
}

/// Requests, limits and claims (`validateResourceRequirements`).
pub(crate) fn requirements(
    at: &At<'_>,
    name: fn(&At<'_>, &str, &mut Faults),
    claims: &[&str],
    faults: &mut Faults,
) {
    let (limits, requests) = (at.get("limits"), at.get("requests"));
    for (resource, limit) in limits.entries() {
        name(&limit, resource, faults);
        amount(&limit, resource, faults);
        if is_huge_page(resource) {
            huge_page(&limit, resource, faults);
        }
    }
    for (resource, request) in requests.entries() {
        name(&request, resource, faults);
        amount(&request, resource, faults);
        let limit = limits.key(resource);
        if limit.is_set() {
            let (wanted, most) = (nanos(&request), nanos(&limit));
            let relation = if wanted != most && !may_overcommit(resource) {
                "equal to"
            } else if wanted > most {
                "less than or equal to"
            } else {
                ""
            };
            if !relation.is_empty() {
                let why = format!("must be {relation} {resource} limit of {}", shown(&limit));
                faults.invalid_value(&requests.path, shown(&request), why);
            }
        } else if !may_overcommit(resource) {
            faults.required(&limits.path, "Limit must be set for non overcommitable resources");
        }
        if is_huge_page(resource) {
            huge_page(&request, resource, faults);
        }
    }
    let any = |of: fn(&str) -> bool| {
        [&limits, &requests].iter().any(|map| map.entries().iter().any(|(key, _)| of(key)))
    };
    if any(is_huge_page) && !any(|resource| matches!(resource, "cpu" | "memory")) {
        faults.forbidden(&at.path, "HugePages require cpu or memory");
    }
    claimed(&at.get("claims"), claims, faults);
}

/// Which claims of the pod a container uses (`validateResourceClaimNames`).
fn claimed(at: &At<'_>, known: &[&str], faults: &mut Faults) {
    let mut seen: Vec<String> = Vec::new();
    for claim in at.items() {
        let (name, request) = (claim.text("name"), claim.text("request"));
        if name.is_empty() {
            faults.required(&claim.path, "");
            continue;
        }
        if seen.iter().any(|key| key == name) {
            faults.duplicate(&claim.path, name);
        } else {
            let mut key = name.to_owned();
            if !request.is_empty() {
                faults.texts(&claim.get("request"), names::label(request));
                key = format!("{name}/{request}");
            }
            if seen.contains(&key) {
                faults.duplicate(&claim.path, key.as_str());
            } else if request.is_empty() {
                let of_same = |key: &&String| key.split_once('/').is_some_and(|(of, _)| of == name);
                seen.iter().filter(of_same).for_each(|_| faults.duplicate(&claim.path, name));
            }
            seen.push(key);
        }
        if !known.contains(&name) {
            let mut sorted = known.to_vec();
            sorted.sort_unstable();
            let rest = if known.is_empty() {
                " which is empty".to_owned()
            } else {
                format!(": {}", sorted.join(", "))
            };
            let why = format!("must be one of the names in pod.spec.resourceClaims{rest}");
            faults.push(Fault::not_found(claim.path.clone(), name, why));
        }
    }
}
