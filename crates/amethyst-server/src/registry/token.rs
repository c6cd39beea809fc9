//! `serviceaccounts/NAME/token`: makes a token for a service account (kubernetes
//! `pkg/registry/core/serviceaccount/storage/token.go`).

use amethyst_clock::rfc3339_seconds;
use amethyst_object::{FieldPath, GroupVersionKind, Map, Value, value};
use amethyst_schema::Fault;
use amethyst_store::Snapshot;
use amethyst_validation::names;
use jiff::{SignedDuration, Timestamp};

use super::metadata::{self, path, refuse};
use super::write::map_mut;
use super::{Body, Call, Outcome, Registry, Rendered, decode, managed, read, scan};
use crate::identity::{Bound, Object, Request};
use crate::record::Entry;
use crate::status::Status;

const GROUP: &str = "authentication.k8s.io";
const KIND: &str = "TokenRequest";
/// What a request gets that names no duration.
const DEFAULT_SECONDS: i64 = 60 * 60;
const SECONDS_MIN: i64 = 10 * 60;
const SECONDS_MAX: i64 = 1 << 32;
/// The duration that projected volumes of the admission plugin ask for: such tokens are warned of, not refused,
/// when clients do not read them anew in time.
const WARNED_SECONDS: i64 = 60 * 60 + 7;
/// How long they count.
const EXTENDED_SECONDS: i64 = 365 * 24 * 60 * 60;
/// The one claim that can be attested.
const REVIEWED_GROUPS: &str = "admissionReviewAPIGroups";

pub(super) async fn create(registry: &Registry, call: &Call, body: Body) -> Result<Outcome, Status> {
    let gvk = GroupVersionKind::new(GROUP, "v1", KIND);
    let mut asked = decode::decode_as(call, body, &gvk)?;
    metadata::settle_namespace(map_mut(&mut asked), &call.namespace)?;
    set_default(&mut asked);
    let owned = managed::of_question(registry, call, &gvk, &asked);
    let now = registry.options().clock.now();
    let request = {
        let snapshot = registry.store().snapshot();
        prepare(registry, call, &snapshot, &mut asked, now)?
    };
    let token = registry
        .identity()
        .issue(&request, now)
        .await
        .map_err(|error| Status::internal(format!("failed to generate token: {error}")))?;
    let seconds = expiration(&asked);
    let end = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    let status = value!({"token": token, "expirationTimestamp": (rfc3339_seconds(end))});
    map_mut(&mut asked).insert("status", status);
    let Value::Object(answer) = asked else { unreachable!("decoded objects are maps") };
    let object = Rendered::computed_of(answer, owned);
    Ok(Outcome::Object { object, created: true })
}

fn set_default(asked: &mut Value) {
    let spec = map_mut(asked).object_mut("spec");
    if spec.get("expirationSeconds").is_none_or(Value::is_null) {
        spec.insert("expirationSeconds", DEFAULT_SECONDS);
    }
}

fn expiration(asked: &Value) -> i64 {
    asked.at(&["spec", "expirationSeconds"]).and_then(Value::as_i64).unwrap_or(DEFAULT_SECONDS)
}

/// Checks the request and fills it in; says what token is to be made.
fn prepare(
    registry: &Registry,
    call: &Call,
    snapshot: &Snapshot<Entry>,
    asked: &mut Value,
    now: Timestamp,
) -> Result<Request, Status> {
    let (name, namespace) = (call.name.as_str(), call.namespace.as_str());
    let own = asked.str_at(&["metadata", "name"]).unwrap_or_default();
    if !own.is_empty() && own != name {
        let why = "must match the service account name if specified";
        return refuse_name(name, Fault::invalid(path(&["metadata", "name"]), own, why));
    }
    let key = call.resource.storage.key(namespace, name);
    let account = snapshot.get(&key).ok_or_else(|| read::not_found(&call.resource, name))?;
    let account = Object { name: name.to_owned(), uid: account.record.index.uid.to_string() };
    let uid = asked.str_at(&["metadata", "uid"]).unwrap_or_default();
    if !uid.is_empty() && uid != account.uid {
        let why = format!(
            "the UID in the token request ({uid}) does not match the UID of the service account ({})",
            account.uid
        );
        return Err(Status::conflict(GROUP, KIND, name, why));
    }
    let audiences = registry.identity().audiences();
    complete(map_mut(asked), &account, namespace, audiences, now);
    refuse(GROUP, KIND, "", validate(asked))?;
    let bound = bind(call, snapshot, asked)?;
    let audiences_asked = texts(asked.at(&["spec", "audiences"]));
    let seconds = expiration(asked);
    let for_us = audiences_asked.iter().all(|audience| audiences.contains(audience));
    let extended = matches!(bound, Bound::Pod { .. }) && seconds == WARNED_SECONDS && for_us;
    Ok(Request {
        namespace: namespace.to_owned(),
        account,
        bound,
        audiences: audiences_asked,
        expiration_seconds: if extended { EXTENDED_SECONDS } else { seconds },
        warn_after_seconds: extended.then_some(seconds),
    })
}

fn refuse_name<T>(name: &str, fault: Fault) -> Result<T, Status> {
    Err(Status::invalid(GROUP, KIND, name, metadata::causes(vec![fault])))
}

/// Fills in what the request leaves open.
fn complete(asked: &mut Map, account: &Object, namespace: &str, audiences: &[String], now: Timestamp) {
    let meta = asked.object_mut("metadata");
    meta.insert("name", account.name.as_str());
    meta.insert("namespace", namespace);
    meta.insert("uid", account.uid.as_str());
    meta.insert("creationTimestamp", rfc3339_seconds(now));
    let spec = asked.object_mut("spec");
    if spec.get("audiences").and_then(Value::as_array).is_none_or(<[Value]>::is_empty) {
        spec.insert("audiences", audiences.iter().map(|one| Value::from(one.as_str())).collect::<Vec<_>>());
    }
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).unwrap_or_default();
    list.iter().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
}

/// What is wrong with a request (kubernetes `pkg/apis/authentication/validation`).
fn validate(asked: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let seconds = expiration(asked);
    let at = || path(&["spec", "expirationSeconds"]);
    if seconds < SECONDS_MIN {
        faults.push(Fault::invalid(at(), seconds, "may not specify a duration less than 10 minutes"));
    }
    if seconds > SECONDS_MAX {
        faults.push(Fault::invalid(at(), seconds, "may not specify a duration larger than 2^32 seconds"));
    }
    let attestations = asked.at(&["spec", "attestations"]);
    let none = Map::new();
    let attested = attestations.and_then(Value::as_object).unwrap_or(&none);
    let at = path(&["spec", "attestations"]);
    if !is_webhook(asked) {
        if attested.is_empty() {
            return faults;
        }
        let why = "attestations may only be specified with a webhook bound object reference";
        return vec![Fault::invalid(at, attested.clone(), why)];
    }
    let audiences = asked.at(&["spec", "audiences"]).cloned().unwrap_or_default();
    if audiences.as_array().map_or(0, <[Value]>::len) != 1 {
        let why = "must be length 1 when bound to a webhook config";
        faults.push(Fault::invalid(path(&["spec", "audiences"]), audiences, why));
    }
    faults.extend(validate_attestations(attestations, attested, at));
    faults
}

fn validate_attestations(given: Option<&Value>, attested: &Map, at: FieldPath) -> Vec<Fault> {
    if attested.len() != 1 {
        let why = "webhook bound requests require exactly one admissionReviewAPIGroups attestation";
        return vec![Fault::invalid(at, given.cloned().unwrap_or_default(), why)];
    }
    let mut faults = Vec::new();
    for (key, values) in attested.iter() {
        let mut at = at.clone();
        at.push_map_key(key.clone());
        if key != REVIEWED_GROUPS {
            faults.push(Fault::not_supported(at, key.as_str(), &[REVIEWED_GROUPS]));
            continue;
        }
        match values.as_array().unwrap_or_default() {
            [group] => {
                let group = group.as_str().unwrap_or_default();
                at.push_index(0);
                if group.is_empty() {
                    faults.push(Fault::invalid(at, group, "may not be an empty string"));
                } else if group != "*" {
                    let wrong = names::subdomain(group).into_iter();
                    let why = wrong.map(|why| format!("must specify a valid API Group: {why}"));
                    faults.extend(why.map(|why| Fault::invalid(at.clone(), group, why)));
                }
            }
            _ => faults.push(Fault::invalid(at, values.clone(), "must specify a single value")),
        }
    }
    faults
}

/// Whether the token is to be bound to the configuration of webhooks.
fn is_webhook(asked: &Value) -> bool {
    let text = |key: &str| asked.str_at(&["spec", "boundObjectRef", key]).unwrap_or_default();
    text("apiVersion") == "admissionregistration.k8s.io/v1"
        && matches!(text("kind"), "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration")
}

/// Finds what the token is to be bound to.
fn bind(call: &Call, snapshot: &Snapshot<Entry>, asked: &Value) -> Result<Bound, Status> {
    let Some(reference) = asked.at(&["spec", "boundObjectRef"]).and_then(Value::as_object) else {
        return Ok(Bound::Account);
    };
    let text = |key: &str| reference.str(key).unwrap_or_default();
    let (group, version) = text("apiVersion").split_once('/').unwrap_or(("", text("apiVersion")));
    let (kind, name) = (text("kind"), text("name"));
    let find = |plural: &str, namespace: &str, name: &str| {
        let found = snapshot.get(&format!("/{plural}/{namespace}/{name}"));
        found.map(|stored| &stored.record).ok_or_else(|| Status::not_found("", plural, name))
    };
    let object =
        |entry: &Entry, name: &str| Object { name: name.to_owned(), uid: entry.index.uid.to_string() };
    let namespace = call.namespace.as_str();
    let (bound, uid) = match (group, kind) {
        ("", "Pod") => {
            let pod = find("pods", namespace, name)?;
            let account = scan::text(&pod.body, &["spec", "serviceAccountName"]).unwrap_or_default();
            if account != call.name {
                return Err(Status::bad_request(format!(
                    "cannot bind token for serviceaccount {:?} to pod running with different serviceaccount name.",
                    call.name
                )));
            }
            let node = scan::text(&pod.body, &["spec", "nodeName"]).filter(|node| !node.is_empty());
            // A node that is not there is still named.
            let node = node.map(|node| {
                let found = find("nodes", "", &node).map(|found| object(found, &node));
                found.unwrap_or(Object { name: node, uid: String::new() })
            });
            (Bound::Pod { pod: object(pod, name), node }, pod.index.uid.clone())
        }
        ("", "Node") => {
            let node = find("nodes", "", name)?;
            (Bound::Node(object(node, name)), node.index.uid.clone())
        }
        ("", "Secret") => {
            let secret = find("secrets", namespace, name)?;
            (Bound::Secret(object(secret, name)), secret.index.uid.clone())
        }
        _ => {
            let disabled = if is_webhook(asked) {
                " (feature gate APIServerWebhookAuthenticationToken is disabled)"
            } else {
                ""
            };
            return Err(Status::bad_request(format!(
                "cannot bind token to object of type {group}/{version}, Kind={kind}{disabled}"
            )));
        }
    };
    let wanted = text("uid");
    if !wanted.is_empty() && uid != wanted {
        let why = format!(
            "the UID in the bound object reference ({wanted}) does not match the UID in record. The object might \
             have been deleted and then recreated"
        );
        return Err(Status::conflict(group, kind, name, why));
    }
    Ok(bound)
}
