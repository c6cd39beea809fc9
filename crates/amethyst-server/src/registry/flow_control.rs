//! The FlowSchemas and PriorityLevelConfigurations that every cluster has, for clients that look at them.
//!
//! Names and numbers are those of kubernetes/apiserver `pkg/apis/flowcontrol/bootstrap/default.go`. What
//! limits requests here is simpler (`edge/limits`), so changing them changes nothing.

use amethyst_object::{Map, Value, value};
use amethyst_store::{CommitError, Expect, Txn};
use bytes::Bytes;

use super::Registry;
use super::start::{StartError, new_object};
use crate::record::Entry;

const GROUP: &str = "flowcontrol.apiserver.k8s.io";
const VERSION: &str = "v1";

/// Name, shares, what may be lent in per cent, and queues with the size of a hand; without them it rejects.
type Level = (&'static str, u32, u32, Option<(u32, u32)>);

const LEVELS: [Level; 7] = [
    ("catch-all", 5, 0, None),
    ("global-default", 20, 50, Some((128, 6))),
    ("leader-election", 10, 0, Some((16, 4))),
    ("node-high", 40, 25, Some((64, 6))),
    ("system", 30, 33, Some((64, 6))),
    ("workload-high", 40, 50, Some((128, 6))),
    ("workload-low", 100, 90, Some((128, 6))),
];

/// Who a FlowSchema is for.
#[derive(Clone, Copy)]
enum Subject {
    Group(&'static str),
    User(&'static str),
    /// All service accounts of a namespace.
    Accounts(&'static str),
}

use Subject::{Accounts, Group, User};

/// What a FlowSchema is for.
#[derive(Clone, Copy)]
enum Rules {
    Everything,
    Health,
    /// Verbs on leases.
    Leases(&'static [&'static str]),
    NodesAndLeases,
}

struct Schema {
    name: &'static str,
    level: &'static str,
    precedence: u32,
    /// What tells flows apart; exempt ones are not told apart.
    by: &'static str,
    subjects: &'static [Subject],
    rules: Rules,
}

const EVERYBODY: &[Subject] = &[Group("system:unauthenticated"), Group("system:authenticated")];
const MANAGER: Subject = User("system:kube-controller-manager");
const SCHEDULER: Subject = User("system:kube-scheduler");

const fn schema(
    name: &'static str,
    level: &'static str,
    precedence: u32,
    by: &'static str,
    subjects: &'static [Subject],
    rules: Rules,
) -> Schema {
    Schema { name, level, precedence, by, subjects, rules }
}

const SCHEMAS: [Schema; 11] = [
    schema("exempt", "exempt", 1, "", &[Group("system:masters")], Rules::Everything),
    schema("probes", "exempt", 2, "", EVERYBODY, Rules::Health),
    schema(
        "system-leader-election",
        "leader-election",
        100,
        "ByUser",
        &[MANAGER, SCHEDULER, Accounts("kube-system")],
        Rules::Leases(&["get", "create", "update"]),
    ),
    schema("system-node-high", "node-high", 400, "ByUser", &[Group("system:nodes")], Rules::NodesAndLeases),
    schema("system-nodes", "system", 500, "ByUser", &[Group("system:nodes")], Rules::Everything),
    schema("kube-controller-manager", "workload-high", 800, "ByNamespace", &[MANAGER], Rules::Everything),
    schema("kube-scheduler", "workload-high", 800, "ByNamespace", &[SCHEDULER], Rules::Everything),
    schema(
        "kube-system-service-accounts",
        "workload-high",
        900,
        "ByNamespace",
        &[Accounts("kube-system")],
        Rules::Everything,
    ),
    schema(
        "service-accounts",
        "workload-low",
        9000,
        "ByUser",
        &[Group("system:serviceaccounts")],
        Rules::Everything,
    ),
    schema("global-default", "global-default", 9900, "ByUser", EVERYBODY, Rules::Everything),
    schema("catch-all", "catch-all", 10_000, "ByUser", EVERYBODY, Rules::Everything),
];

/// Writes those that are missing, in one transaction.
pub(super) async fn bootstrap(registry: &Registry) -> Result<(), StartError> {
    let (snapshot, catalog) = (registry.store().snapshot(), registry.catalog());
    let mut txn = Txn::new();
    let levels =
        LEVELS.iter().map(level).chain([exempt()]).map(|object| ("prioritylevelconfigurations", object));
    let now = registry.options().clock.now_rfc3339();
    let schemas = SCHEMAS.iter().map(|schema| ("flowschemas", schema.object(&now)));
    for (plural, object) in levels.chain(schemas) {
        let Some(resource) = catalog.resource(GROUP, VERSION, plural) else { continue };
        let name = object.str_at(&["metadata", "name"]).unwrap_or_default();
        let key = resource.storage.key("", name);
        if snapshot.get(&key).is_none() {
            let entry = Entry::new(new_object(registry, object), Bytes::new());
            txn = txn.expect(key.as_str(), Expect::Absent).put(key.as_str(), entry);
        }
    }
    if txn.is_empty() {
        return Ok(());
    }
    match registry.store().commit(txn).await {
        // At start nobody else writes; what was written since is as good.
        Ok(_) | Err(CommitError::Conflict { .. }) => Ok(()),
        Err(error) => Err(StartError::Bootstrap(error)),
    }
}

fn object(kind: &str, name: &str, spec: &Map, status: &Map) -> Value {
    let metadata =
        value!({"name": name, "generation": 1, "annotations": {"apf.kubernetes.io/autoupdate-spec": "true"}});
    let api_version = format!("{GROUP}/{VERSION}");
    let (spec, status) = (spec.clone(), status.clone());
    value!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec, "status": status})
}

fn level((name, shares, lendable, queues): &Level) -> Value {
    let response = match queues {
        None => value!({"type": "Reject"}),
        Some((queues, hand)) => {
            let queuing = value!({"queues": (*queues), "handSize": (*hand), "queueLengthLimit": 50});
            value!({"type": "Queue", "queuing": queuing})
        }
    };
    let mut limited = Map::new();
    limited.insert("nominalConcurrencyShares", *shares);
    limited.insert("limitResponse", response);
    limited.insert("lendablePercent", *lendable);
    let mut spec = Map::new();
    spec.insert("type", "Limited");
    spec.insert("limited", limited);
    object("PriorityLevelConfiguration", name, &spec, &Map::new())
}

fn exempt() -> Value {
    let mut spec = Map::new();
    spec.insert("type", "Exempt");
    spec.insert("exempt", value!({"nominalConcurrencyShares": 0, "lendablePercent": 0}));
    object("PriorityLevelConfiguration", "exempt", &spec, &Map::new())
}

impl Schema {
    fn object(&self, now: &str) -> Value {
        let mut spec = Map::new();
        spec.insert("priorityLevelConfiguration", value!({"name": (self.level)}));
        spec.insert("matchingPrecedence", self.precedence);
        if !self.by.is_empty() {
            spec.insert("distinguisherMethod", value!({"type": (self.by)}));
        }
        let mut rules = self.rules.value();
        let subjects: Vec<Value> = self.subjects.iter().map(|subject| subject.value()).collect();
        rules.insert("subjects", subjects);
        spec.insert("rules", vec![Value::Object(rules)]);
        let message = format!(
            "This FlowSchema references the PriorityLevelConfiguration object named {:?} and it exists",
            self.level
        );
        let mut status = Map::new();
        let condition = value!({
            "type": "Dangling", "status": "False", "lastTransitionTime": now, "reason": "Found", "message": message,
        });
        status.insert("conditions", vec![condition]);
        object("FlowSchema", self.name, &spec, &status)
    }
}

impl Subject {
    fn value(self) -> Value {
        match self {
            Group(name) => value!({"kind": "Group", "group": {"name": name}}),
            User(name) => value!({"kind": "User", "user": {"name": name}}),
            Accounts(namespace) => {
                value!({"kind": "ServiceAccount", "serviceAccount": {"namespace": namespace, "name": "*"}})
            }
        }
    }
}

impl Rules {
    fn value(self) -> Map {
        let leases = |verbs: &[&str]| {
            let verbs: Vec<Value> = verbs.iter().map(|verb| Value::from(*verb)).collect();
            value!({
                "verbs": verbs, "apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "namespaces": ["*"],
            })
        };
        let (resources, others) = match self {
            Self::Everything => (
                value!([{
                    "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": true, "namespaces": ["*"],
                }]),
                value!([{"verbs": ["*"], "nonResourceURLs": ["*"]}]),
            ),
            Self::Health => {
                let paths = value!(["/healthz", "/readyz", "/livez"]);
                (Value::Null, value!([{"verbs": ["get"], "nonResourceURLs": paths}]))
            }
            Self::Leases(verbs) => (vec![leases(verbs)].into(), Value::Null),
            Self::NodesAndLeases => {
                let nodes = value!({
                    "verbs": ["*"], "apiGroups": [""], "resources": ["nodes", "nodes/status"], "clusterScope": true,
                    "namespaces": ["*"],
                });
                (vec![nodes, leases(&["*"])].into(), Value::Null)
            }
        };
        let parts = [("resourceRules", resources), ("nonResourceRules", others)];
        parts.into_iter().filter(|(_, rules)| !rules.is_null()).collect()
    }
}
