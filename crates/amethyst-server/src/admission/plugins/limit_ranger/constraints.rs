//! One entry of a LimitRange against what is asked for. Upstream goes through each map in no order; here it is
//! that of the names.

use amethyst_object::Value;
use amethyst_quota::ResourceList;
use amethyst_schema::Quantity;

use super::super::read::text;

const NANOS: i128 = 1_000_000_000;
/// What fits 64 bits when it is counted in thousandths (`resource.MaxMilliValue`).
const MILLI_MAX: i128 = i64::MAX as i128 / 1000;

/// An entry of a LimitRange.
pub(super) struct Limits<'a> {
    /// `Container`, `Pod` or `PersistentVolumeClaim`.
    pub(super) kind: &'a str,
    min: ResourceList,
    max: ResourceList,
    ratio: ResourceList,
}

impl<'a> Limits<'a> {
    pub(super) fn of(limit: &'a Value) -> Self {
        let read = |key| ResourceList::read(limit.get(key));
        Self {
            kind: text(limit, &["type"]),
            min: read("min"),
            max: read("max"),
            ratio: read("maxLimitRequestRatio"),
        }
    }

    /// What is wrong with requests and limits.
    pub(super) fn check(&self, requests: &ResourceList, limits: &ResourceList, errors: &mut Vec<String>) {
        self.check_least(requests, limits, errors);
        for (name, most) in self.max.iter() {
            errors.extend(self.at_most(name, most, requests, limits));
        }
        for (name, ratio) in self.ratio.iter() {
            errors.extend(self.in_ratio(name, ratio, requests, limits));
        }
    }

    /// What is wrong with the requests of a claim, which has no limits.
    pub(super) fn check_claim(&self, requests: &ResourceList, errors: &mut Vec<String>) {
        self.check_least(requests, &ResourceList::new(), errors);
        for (name, most) in self.max.iter() {
            let before = format!("maximum {name} usage per {} is {most}", self.kind);
            match requests.get(name) {
                None => errors.push(format!("{before}.  No request is specified")),
                Some(request) if is_more(request, most) => {
                    errors.push(format!("{before}, but request is {request}"));
                }
                Some(_) => {}
            }
        }
    }

    fn check_least(&self, requests: &ResourceList, limits: &ResourceList, errors: &mut Vec<String>) {
        for (name, least) in self.min.iter() {
            let before = format!("minimum {name} usage per {} is {least}", self.kind);
            match (requests.get(name), limits.get(name)) {
                (None, _) => errors.push(format!("{before}.  No request is specified")),
                (Some(request), _) if is_more(least, request) => {
                    errors.push(format!("{before}, but request is {request}"));
                }
                (_, Some(limit)) if is_more(least, limit) => {
                    errors.push(format!("{before}, but limit is {limit}"));
                }
                _ => {}
            }
        }
    }

    fn at_most(
        &self,
        name: &str,
        most: &Quantity,
        requests: &ResourceList,
        limits: &ResourceList,
    ) -> Option<String> {
        let before = format!("maximum {name} usage per {} is {most}", self.kind);
        let Some(limit) = limits.get(name) else { return Some(format!("{before}.  No limit is specified")) };
        if is_more(limit, most) {
            return Some(format!("{before}, but limit is {limit}"));
        }
        let request = requests.get(name).filter(|request| is_more(request, most))?;
        Some(format!("{before}, but request is {request}"))
    }

    fn in_ratio(
        &self,
        name: &str,
        most: &Quantity,
        requests: &ResourceList,
        limits: &ResourceList,
    ) -> Option<String> {
        let before = format!("{name} max limit to request ratio per {} is {most}", self.kind);
        let given = |list: &ResourceList| list.get(name).filter(|quantity| !quantity.is_zero()).cloned();
        let Some(request) = given(requests) else {
            return Some(format!("{before}, but no request is specified or request is 0"));
        };
        let Some(limit) = given(limits) else {
            return Some(format!("{before}, but no limit is specified or limit is 0"));
        };
        let [limit, request, _] = counted([&limit, &request, most]);
        let ratio = limit as f64 / request as f64;
        let milli = units(most, NANOS) <= MILLI_MAX;
        let (observed, allowed) =
            if milli { (ratio * 1000.0, units(most, NANOS / 1000)) } else { (ratio, units(most, NANOS)) };
        (observed > allowed as f64).then(|| format!("{before}, but provided ratio is {ratio:.6}"))
    }
}

fn is_more(one: &Quantity, other: &Quantity) -> bool {
    let [one, other, _] = counted([one, other, &Quantity::of(0)]);
    one > other
}

/// In thousandths if all fit, else in wholes, both rounded up (`requestLimitEnforcedValues`).
fn counted(quantities: [&Quantity; 3]) -> [i128; 3] {
    let milli = quantities.iter().all(|quantity| units(quantity, NANOS) <= MILLI_MAX);
    quantities.map(|quantity| units(quantity, if milli { NANOS / 1000 } else { NANOS }))
}

fn units(quantity: &Quantity, nanos: i128) -> i128 {
    -(-quantity.nanos()).div_euclid(nanos)
}
