//! Evaluators: what an object of one resource costs.

use amethyst_object::{Map, Str};
use amethyst_schema::Quantity;
use jiff::Timestamp;

use crate::list::ResourceList;
use crate::scope::{ScopeRequirement, quota_scopes};
use crate::{claim, device, names, pod, service};

/// Resources that cost nothing: what is not stored, and events (kubernetes `pkg/quota/v1/install`).
const IGNORED: [(&str, &str); 10] = [
    ("", "bindings"),
    ("", "componentstatuses"),
    ("authentication.k8s.io", "tokenreviews"),
    ("authentication.k8s.io", "selfsubjectreviews"),
    ("authorization.k8s.io", "subjectaccessreviews"),
    ("authorization.k8s.io", "selfsubjectaccessreviews"),
    ("authorization.k8s.io", "localsubjectaccessreviews"),
    ("authorization.k8s.io", "selfsubjectrulesreviews"),
    ("", "events"),
    ("events.k8s.io", "events"),
];
/// Resources of the core group that are also counted under their bare names.
const ALIASES: [&str; 4] = ["configmaps", "resourcequotas", "replicationcontrollers", "secrets"];

/// Whether quotas pass over a resource.
pub fn is_ignored(group: &str, plural: &str) -> bool {
    IGNORED.contains(&(group, plural))
}

/// What is done with an object.
#[derive(Clone, Copy, Debug)]
pub enum Operation<'a> {
    /// It is made.
    Create,
    /// It is changed: how it was.
    Update(&'a Map),
}

/// Knows what objects of one resource cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluator {
    /// Pods: compute resources.
    Pods,
    /// Services: node ports and load balancers.
    Services,
    /// PersistentVolumeClaims: storage.
    PersistentVolumeClaims,
    /// ResourceClaims: devices.
    ResourceClaims,
    /// Anything else: one each, under these names.
    Count(Vec<Str>),
}

impl Evaluator {
    /// The evaluator of a namespaced resource; `None` when quotas pass over it.
    pub fn of(group: &str, plural: &str) -> Option<Self> {
        if is_ignored(group, plural) {
            return None;
        }
        Some(match (group, plural) {
            ("", "pods") => Self::Pods,
            ("", "services") => Self::Services,
            ("", "persistentvolumeclaims") => Self::PersistentVolumeClaims,
            ("resource.k8s.io", "resourceclaims") => Self::ResourceClaims,
            _ => {
                let alias = (group.is_empty() && ALIASES.contains(&plural)).then(|| Str::from(plural));
                Self::Count([names::count(group, plural)].into_iter().chain(alias).collect())
            }
        })
    }

    /// Whether a quota limits objects of this resource under the name.
    pub fn matches_resource(&self, name: &str) -> bool {
        match self {
            Self::Pods => pod::matches_resource(name),
            Self::Services => service::RESOURCES.contains(&name),
            Self::PersistentVolumeClaims => claim::matches_resource(name),
            Self::ResourceClaims => device::matches_resource(name),
            Self::Count(names) => names.iter().any(|own| own == name),
        }
    }

    /// Of some names, those under which a quota limits objects of this resource.
    pub fn matching_resources<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        names.into_iter().filter(|name| self.matches_resource(name)).collect()
    }

    /// Whether an object is in a scope.
    pub fn is_in_scope(&self, object: &Map, scope: &ScopeRequirement) -> bool {
        match self {
            Self::Pods => pod::is_in_scope(object, scope),
            Self::PersistentVolumeClaims => claim::is_in_scope(object, scope),
            _ => false,
        }
    }

    /// Whether a quota looks at an object: it limits one of its resources, and the object is in all of the
    /// quota's scopes. The limits are those of `status.hard`, as upstream charges by what was observed.
    pub fn matches(&self, quota: &Map, object: &Map) -> bool {
        let hard = ResourceList::read(quota.get("status").and_then(|status| status.get("hard")));
        hard.names().any(|name| self.matches_resource(name))
            && quota_scopes(quota).iter().all(|scope| self.is_in_scope(object, scope))
    }

    /// Whether a write may change what the object costs.
    pub fn handles(&self, operation: Operation<'_>, subresource: &str, object: &Map) -> bool {
        match (self, subresource, operation) {
            (Self::Pods, "", Operation::Update(old)) => {
                pod::is_terminating(old) != pod::is_terminating(object)
            }
            (Self::PersistentVolumeClaims, "status", Operation::Update(old)) => {
                claim::status_counts(object, old)
            }
            (_, "", Operation::Create)
            | (Self::Pods, "resize", Operation::Update(_))
            | (
                Self::Services | Self::PersistentVolumeClaims | Self::ResourceClaims,
                "",
                Operation::Update(_),
            ) => true,
            _ => false,
        }
    }

    /// Refuses an object that leaves out what must be said when `required` is limited.
    pub fn constraints(&self, required: &[&str], object: &Map) -> Result<(), String> {
        if let Self::Pods = self { pod::constraints(required, object) } else { Ok(()) }
    }

    /// What an object costs.
    pub fn usage(&self, object: &Map, now: Timestamp) -> ResourceList {
        match self {
            Self::Pods => pod::usage(object, now),
            Self::Services => service::usage(object),
            Self::PersistentVolumeClaims => claim::usage(object),
            Self::ResourceClaims => device::usage(object),
            Self::Count(names) => names.iter().map(|name| (name.clone(), Quantity::of(1))).collect(),
        }
    }

    /// Whether what objects cost can be told from their number alone.
    pub fn only_counts(&self) -> bool {
        matches!(self, Self::Count(_))
    }
}

/// What all objects of a namespace cost a quota (apiserver `pkg/quota/v1`, `CalculateUsage`). `objects` gives
/// the objects of the resource at an index of `evaluators`, or counts them for one that only counts; it is
/// asked only for what the quota limits.
pub fn calculate_usage<'e>(
    quota: &Map,
    evaluators: impl IntoIterator<Item = &'e Evaluator>,
    now: Timestamp,
    mut objects: impl FnMut(usize) -> Vec<Map>,
    mut count: impl FnMut(usize) -> usize,
) -> ResourceList {
    let hard = ResourceList::read(quota.get("spec").and_then(|spec| spec.get("hard")));
    let scopes = quota_scopes(quota);
    let mut used = ResourceList::new();
    for (at, evaluator) in evaluators.into_iter().enumerate() {
        let names = evaluator.matching_resources(hard.names().map(Str::as_str));
        if names.is_empty() {
            continue;
        }
        let mut sum: ResourceList = names.iter().map(|name| (*name, Quantity::of(0))).collect();
        if evaluator.only_counts() {
            let many = if scopes.is_empty() { count(at) as i64 } else { 0 };
            sum = names.iter().map(|name| (*name, Quantity::of(many))).collect();
        } else {
            for object in objects(at) {
                if scopes.iter().all(|scope| evaluator.is_in_scope(&object, scope)) {
                    sum.add(&evaluator.usage(&object, now));
                }
            }
        }
        used.add(&sum);
    }
    used.mask(hard.names().map(Str::as_str))
}
