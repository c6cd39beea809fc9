//! The roles and bindings that every cluster begins with, brought up to date at each start.
//!
//! What is missing is made; rules, subjects, labels and annotations that are missing are added; nothing is
//! taken away, and what carries `rbac.authorization.kubernetes.io/autoupdate: "false"` is left alone
//! (kubernetes/component-helpers `auth/rbac/reconciliation`). All of it is one transaction, or none.

use amethyst_kinds::policy::{self, PolicyObject, PolicyRule};
use amethyst_merge::{ApplyRequest, FieldSet, Managed, UpdateRequest};
use amethyst_object::{Map, Str, Value, value};
use amethyst_store::{CommitError, Expect, Snapshot, Txn};

use super::index::{GROUP, RoleRef};
use super::rule::{Rule, uncovered};
use crate::background::aggregation;
use crate::catalog::Resource;
use crate::record::Entry;
use crate::registry::start::{StartError, new_object};
use crate::registry::write::{encode, managed_of, map};
use crate::registry::{Registry, decode, managed};

const API_VERSION: &str = "rbac.authorization.k8s.io/v1";
const AUTOUPDATE: &str = "rbac.authorization.kubernetes.io/autoupdate";
const BOOTSTRAPPING: &str = "kubernetes.io/bootstrapping";
const AGGREGATE: &str = "rbac.authorization.k8s.io/aggregate-to-";
/// Who upstream says wrote them.
const MANAGER: &str = "kube-apiserver";
/// How often the transaction is worked out anew; at start nobody else writes.
const ATTEMPTS_MAX: usize = 8;

/// Makes and completes the roles and bindings.
pub(crate) async fn reconcile(registry: &Registry) -> Result<(), StartError> {
    for _ in 0..ATTEMPTS_MAX {
        let snapshot = registry.store().snapshot();
        let mut txn = Txn::new();
        for object in policy::objects() {
            txn = reconcile_one(registry, &snapshot, object, txn);
        }
        if txn.is_empty() {
            return Ok(());
        }
        match registry.store().commit(txn).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(StartError::Policy(error)),
        }
    }
    Ok(())
}

fn reconcile_one(
    registry: &Registry,
    snapshot: &Snapshot<Entry>,
    wanted: &'static PolicyObject,
    txn: Txn<Entry>,
) -> Txn<Entry> {
    let catalog = registry.catalog();
    let Some(resource) = catalog.resource(GROUP, "v1", &format!("{}s", wanted.kind)) else { return txn };
    let key = resource.storage.key(wanted.namespace, wanted.name);
    match snapshot.get(&key) {
        None => {
            txn.expect(key.as_str(), Expect::Absent).put(key.as_str(), create(registry, resource, wanted))
        }
        Some(stored) => {
            let old = stored.record.object();
            if old.get("metadata").and_then(|meta| meta.str_at(&["annotations", AUTOUPDATE])) == Some("false")
            {
                return txn;
            }
            let entry = if same_role(&old, wanted) {
                let Some(new) = completed(&old, wanted) else { return txn };
                update(registry, resource, &stored.record, old, new)
            } else {
                create(registry, resource, wanted)
            };
            txn.expect(key.as_str(), Expect::Unchanged(stored.modified)).put(key.as_str(), entry)
        }
    }
}

/// A new object; what aggregates has its rules at once.
fn create(registry: &Registry, resource: &Resource, wanted: &PolicyObject) -> Entry {
    let mut object = Value::Object(new_object(registry, document(resource, wanted)));
    decode::fill(resource, &mut object);
    let now = registry.options().clock.now_rfc3339();
    let zero = managed::zero(resource);
    let owned = track(resource, zero.as_deref(), &object, &Managed::default(), &now);
    if wanted.aggregates_from.is_empty() {
        return entry(&object, &owned);
    }
    let applied = value!({
        "apiVersion": API_VERSION, "kind": (resource.kind.as_str()), "metadata": {"name": (wanted.name)},
        "rules": (aggregated(wanted).iter().map(Rule::to_value).collect::<Vec<_>>())
    });
    let request = ApplyRequest {
        live: Some(&object),
        empty: zero.as_deref(),
        applied: &applied,
        managed: &owned,
        manager: aggregation::MANAGER,
        subresource: "",
        api_version: API_VERSION,
        force: true,
        now: &now,
        schema: managed::schema(resource),
        reset_fields: &FieldSet::default(),
    };
    match amethyst_merge::apply(&request) {
        Ok(done) => {
            let mut object = done.object;
            decode::fill(resource, &mut object);
            entry(&object, &done.managed)
        }
        // Forced and well-formed, it applies; if not, the aggregation itself comes a moment later.
        Err(_) => entry(&object, &owned),
    }
}

fn update(registry: &Registry, resource: &Resource, stored: &Entry, old: Map, new: Map) -> Entry {
    let (old, mut new) = (Value::Object(old), Value::Object(new));
    decode::fill(resource, &mut new);
    let now = registry.options().clock.now_rfc3339();
    let owned = track(resource, Some(&old), &new, &managed_of(stored), &now);
    entry(&new, &owned)
}

fn track(resource: &Resource, live: Option<&Value>, new: &Value, before: &Managed, now: &str) -> Managed {
    let request = UpdateRequest {
        live,
        new,
        managed: before,
        manager: MANAGER,
        subresource: "",
        api_version: API_VERSION,
        now,
        schema: managed::schema(resource),
        reset_fields: &FieldSet::default(),
    };
    amethyst_merge::update(&request).unwrap_or_else(|_| before.clone())
}

fn entry(object: &Value, owned: &Managed) -> Entry {
    Entry::new(map(object).clone(), encode(owned))
}

/// The object as the table has it.
fn document(resource: &Resource, wanted: &PolicyObject) -> Value {
    let mut metadata = Map::new();
    metadata.insert("name", wanted.name);
    if !wanted.namespace.is_empty() {
        metadata.insert("namespace", wanted.namespace);
    }
    metadata.insert("annotations", [(AUTOUPDATE, "true")].into_iter().collect::<Map>());
    metadata.insert("labels", labels(wanted).into_iter().collect::<Map>());
    let mut object = Map::new();
    object.insert("apiVersion", API_VERSION);
    object.insert("kind", resource.kind.as_str());
    object.insert("metadata", metadata);
    if wanted.role.1.is_empty() {
        let rules: Vec<Value> = own_rules(wanted).iter().map(Rule::to_value).collect();
        object.insert("rules", if rules.is_empty() { Value::Null } else { Value::Array(rules) });
    } else {
        object
            .insert("roleRef", value!({"apiGroup": GROUP, "kind": (wanted.role.0), "name": (wanted.role.1)}));
        object.insert("subjects", subjects(wanted));
    }
    if !wanted.aggregates_from.is_empty() {
        object.insert("aggregationRule", value!({"clusterRoleSelectors": (selectors(wanted))}));
    }
    Value::Object(object)
}

fn labels(wanted: &PolicyObject) -> Vec<(Str, Value)> {
    let mut labels = vec![(Str::from(BOOTSTRAPPING), Value::from("rbac-defaults"))];
    let target = |target: &&str| (Str::from(format!("{AGGREGATE}{target}")), Value::from("true"));
    labels.extend(wanted.aggregates_to.iter().map(target));
    labels
}

fn selectors(wanted: &PolicyObject) -> Vec<Value> {
    let selector = |target: &&str| {
        let labels: Map = [(format!("{AGGREGATE}{target}"), "true")].into_iter().collect();
        value!({"matchLabels": labels})
    };
    wanted.aggregates_from.iter().map(selector).collect()
}

fn subjects(wanted: &PolicyObject) -> Vec<Value> {
    let subject = |subject: &policy::PolicySubject| {
        let (kind, name, namespace) = (subject.kind, subject.name, subject.namespace);
        if kind == "ServiceAccount" {
            value!({"kind": kind, "name": name, "namespace": namespace})
        } else {
            value!({"apiGroup": GROUP, "kind": kind, "name": name})
        }
    };
    wanted.subjects.iter().map(subject).collect()
}

fn own_rules(wanted: &PolicyObject) -> Vec<Rule> {
    let list = |words: &[&'static str]| words.iter().copied().map(Str::from).collect();
    let rule = |rule: &PolicyRule| Rule {
        verbs: list(&rule.verbs),
        groups: list(&rule.api_groups),
        resources: list(&rule.resources),
        names: list(&rule.resource_names),
        urls: list(&rule.non_resource_urls),
    };
    wanted.rules.iter().map(rule).collect()
}

/// The rules that an aggregating role of the table gathers, those of other aggregating roles included.
fn aggregated(wanted: &PolicyObject) -> Vec<Rule> {
    let gathers = |source: &&PolicyObject| {
        source.name != wanted.name
            && source.aggregates_to.iter().any(|target| wanted.aggregates_from.contains(target))
    };
    let mut sources: Vec<&PolicyObject> = policy::objects().iter().filter(gathers).collect();
    sources.sort_unstable_by_key(|source| source.name);
    let mut rules: Vec<Rule> = Vec::new();
    for source in sources {
        let own = if source.aggregates_from.is_empty() { own_rules(source) } else { aggregated(source) };
        for rule in own {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
    }
    rules
}

fn same_role(old: &Map, wanted: &PolicyObject) -> bool {
    let Some(reference) = old.get("roleRef") else { return true };
    let role = RoleRef::of(reference);
    (role.kind.as_str(), role.name.as_str()) == wanted.role && reference.str_at(&["apiGroup"]) == Some(GROUP)
}

/// The object with what it lacks; none when it lacks nothing.
fn completed(old: &Map, wanted: &PolicyObject) -> Option<Map> {
    let mut new = old.clone();
    let metadata = new.object_mut("metadata");
    metadata.object_mut("annotations").get_or_insert_with(AUTOUPDATE, || "true".into());
    for (label, text) in labels(wanted) {
        metadata.object_mut("labels").get_or_insert_with(&label, || text);
    }
    if wanted.role.1.is_empty() {
        complete_role(&mut new, old, wanted);
    } else {
        add_missing(&mut new, "subjects", subjects(wanted));
    }
    (new != *old).then_some(new)
}

fn complete_role(new: &mut Map, old: &Map, wanted: &PolicyObject) {
    let own = own_rules(wanted);
    // Equal rules cover each other; that is the way of nearly every start.
    let held = Rule::all_of(old);
    if held != own {
        let missing = uncovered(&held, &own);
        if !missing.is_empty() {
            let rules: Vec<Value> = held.iter().chain(&missing).map(Rule::to_value).collect();
            new.insert("rules", rules);
        }
    }
    if wanted.aggregates_from.is_empty() {
        new.remove("aggregationRule");
    } else {
        add_missing(new.object_mut("aggregationRule"), "clusterRoleSelectors", selectors(wanted));
    }
}

/// Adds to a list what it lacks.
fn add_missing(object: &mut Map, key: &str, wanted: Vec<Value>) {
    let held = object.get(key).and_then(Value::as_array).unwrap_or_default();
    let missing: Vec<Value> = wanted.into_iter().filter(|item| !held.contains(item)).collect();
    if missing.is_empty() {
        return;
    }
    let all: Vec<Value> = held.iter().cloned().chain(missing).collect();
    object.insert(key, all);
}
