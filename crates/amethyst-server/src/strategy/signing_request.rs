//! CertificateSigningRequests (kubernetes `pkg/registry/certificates/certificates`, `pkg/apis/certificates/validation`,
//! `plugin/pkg/admission/certificates`): who asked is written by the server, `approval` writes conditions, `status`
//! the certificate and other conditions, and nobody changes what was asked for.

use std::collections::BTreeSet;

use amethyst_object::{Map, Value};
use amethyst_schema::Fault;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::signer;
use crate::certificates::{Request, USAGES, pem};
use crate::registry::metadata::{self, path};
use crate::registry::write::{Attempt, Live, map};
use crate::status::Status;
use crate::user::MASTERS;

const APPROVED: &str = "Approved";
const DENIED: &str = "Denied";
const FAILED: &str = "Failed";
const LEGACY: &str = "kubernetes.io/legacy-unknown";
const API_CLIENT: &str = "kubernetes.io/kube-apiserver-client";
const SECONDS_MIN: i64 = 600;

/// What nobody's write comes to own, by subresource.
pub(super) const RESETS: &[(&str, &[&str])] = &[
    ("", &["spec"]),
    ("status", &["status", "conditions"]),
    ("approval", &["spec"]),
    ("approval", &["status", "certificate"]),
];

/// Refuses to approve, sign or ask for what the caller may not.
pub(super) fn grant(attempt: &Attempt<'_>, new: &Map, old: Option<&Live>) -> Result<(), Status> {
    let Some(live) = old else { return restrict_subject(attempt, new) };
    let old = map(&live.object);
    let name = attempt.call.name.as_str();
    let signer = text(old, &["spec", "signerName"]);
    let refused = |what: &str| {
        let why = format!("user not permitted to {what} requests with signerName {signer:?}");
        Err(signer::forbidden(attempt, name, &why))
    };
    match attempt.call.subresource.as_str() {
        "approval" if !signer::is_allowed(attempt, "approve", signer) => refused("approve"),
        "status" => {
            let changes = ["certificate", "conditions"].iter().any(|key| {
                let of = |object: &Map| object.get("status").and_then(|status| status.get(key)).cloned();
                of(new) != of(old)
            });
            if changes && !signer::is_allowed(attempt, "sign", signer) { refused("sign") } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

/// Nobody becomes a master by a certificate that the cluster's own signer makes.
fn restrict_subject(attempt: &Attempt<'_>, new: &Map) -> Result<(), Status> {
    if text(new, &["spec", "signerName"]) != API_CLIENT {
        return Ok(());
    }
    let name = metadata::text(new, "name");
    let request = request(new)
        .map_err(|why| signer::forbidden(attempt, name, &format!("failed to parse CSR: {why}")))?;
    if request.organizations.iter().any(|group| group == MASTERS) {
        let why = format!("use of {API_CLIENT} signer with {MASTERS} group is not allowed");
        return Err(signer::forbidden(attempt, name, &why));
    }
    Ok(())
}

/// Writes who asks.
pub(super) fn prepare_create(attempt: &Attempt<'_>, new: &mut Map) {
    let user = &attempt.call.user;
    let spec = new.object_mut("spec");
    let texts = |list: &[String]| list.iter().map(|text| Value::from(text.as_str())).collect::<Vec<_>>();
    spec.insert("username", user.name.as_str());
    spec.insert("uid", user.uid.as_str());
    spec.insert("groups", texts(&user.groups));
    let extra = user.extra.iter().map(|(key, values)| (key.as_str(), texts(values)));
    spec.insert("extra", extra.collect::<Map>());
}

/// Keeps what each subresource may not change.
pub(super) fn prepare_update(attempt: &Attempt<'_>, new: &mut Map, old: &Map) {
    match attempt.call.subresource.as_str() {
        "status" => {
            for kind in [APPROVED, DENIED] {
                preserve(new, old, kind);
            }
            fill_times(new, old, &attempt.now);
        }
        "approval" => {
            fill_times(new, old, &attempt.now);
            let conditions = new.object_mut("status").remove("conditions");
            new.insert("status", old.get("status").cloned().unwrap_or_else(Value::object));
            match conditions {
                Some(conditions) => new.object_mut("status").insert("conditions", conditions),
                None => new.object_mut("status").remove("conditions"),
            };
        }
        _ => {}
    }
    new.insert("spec", old.get("spec").cloned().unwrap_or_else(Value::object));
}

/// Keeps conditions of a kind as they were, when there are as many as before.
fn preserve(new: &mut Map, old: &Map, kind: &str) {
    let places = |object: &Map| -> Vec<usize> {
        let all = conditions(object).iter().enumerate();
        all.filter(|(_, condition)| condition.str_at(&["type"]) == Some(kind)).map(|(at, _)| at).collect()
    };
    let (before, after) = (places(old), places(new));
    if before.len() != after.len() || before.is_empty() {
        return;
    }
    let kept = conditions(old);
    let Some(list) = new.object_mut("status").get_mut("conditions").and_then(Value::as_array_mut) else {
        return;
    };
    for (from, to) in before.into_iter().zip(after) {
        list[to] = kept[from].clone();
    }
}

fn fill_times(new: &mut Map, old: &Map, now: &str) {
    let before = conditions(old).to_vec();
    let Some(list) = new.object_mut("status").get_mut("conditions").and_then(Value::as_array_mut) else {
        return;
    };
    for condition in list.iter_mut().filter_map(Value::as_object_mut) {
        let is_unset = |condition: &Map, key: &str| condition.get(key).is_none_or(Value::is_null);
        if is_unset(condition, "lastUpdateTime") {
            condition.insert("lastUpdateTime", now);
        }
        if is_unset(condition, "lastTransitionTime") {
            let same = before.iter().find(|other| {
                ["type", "status"].iter().all(|key| other.str_at(&[key]) == condition.str(key))
                    && other.str_at(&["lastTransitionTime"]).is_some()
            });
            let since = same.and_then(|other| other.str_at(&["lastTransitionTime"])).unwrap_or(now);
            condition.insert("lastTransitionTime", since);
        }
    }
}

/// What is wrong with a request.
pub(super) fn validate(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let mut faults = of_spec(new, old);
    faults.extend(of_conditions(new, old));
    let certificate = text(new, &["status", "certificate"]);
    let before = old.map_or("", |old| text(old, &["status", "certificate"]));
    // What was stored already is not looked at again.
    if old.is_none_or(|_| certificate != before && check_certificate(before).is_ok())
        && let Err(why) = check_certificate(certificate)
    {
        faults.push(Fault::invalid(path(&["status", "certificate"]), "<certificate data>", why));
    }
    if let Some(old) = old {
        faults.extend(of_change(&attempt.call.subresource, new, old));
    }
    faults.extend(declared(new, old));
    faults
}

fn of_spec(new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let spec = |key: &str| path(&["spec", key]);
    let mut faults = Vec::new();
    if let Err(why) = request(new).and_then(|request| request.check_signature()) {
        let request = text(new, &["spec", "request"]);
        let shown = if request.is_empty() { Value::Null } else { request.into() };
        faults.push(Fault::invalid(spec("request"), shown, why));
    }
    let usages = usages(new);
    if usages.is_empty() {
        faults.push(Fault::required(spec("usages"), ""));
    }
    let before = old.map(self::usages).unwrap_or_default();
    let is_unknown = |usage: &&str| !USAGES.contains(usage);
    if !before.iter().any(is_unknown) {
        let unknown = usages.iter().enumerate().filter(|(_, usage)| is_unknown(usage));
        faults.extend(
            unknown.map(|(at, usage)| Fault::not_supported(spec("usages").index(at), *usage, &USAGES)),
        );
    }
    let repeated = |usages: &[&str]| -> Vec<usize> {
        let mut seen = BTreeSet::new();
        usages.iter().enumerate().filter(|(_, usage)| !seen.insert(**usage)).map(|(at, _)| at).collect()
    };
    if repeated(&before).is_empty() {
        faults.extend(
            repeated(&usages).into_iter().map(|at| Fault::duplicate(spec("usages").index(at), usages[at])),
        );
    }
    let name = text(new, &["spec", "signerName"]);
    if name == LEGACY && old.is_none_or(|old| text(old, &["spec", "signerName"]) != LEGACY) {
        let why = "the legacy signerName is not allowed via this API version";
        faults.push(Fault::invalid(spec("signerName"), name, why));
    } else {
        faults.extend(signer::faults(&spec("signerName"), name));
    }
    let seconds = new.get("spec").and_then(|spec| spec.get("expirationSeconds")).and_then(Value::as_i64);
    if let Some(seconds) = seconds.filter(|seconds| *seconds < SECONDS_MIN) {
        let why = "may not specify a duration less than 600 seconds (10 minutes)";
        faults.push(Fault::invalid(spec("expirationSeconds"), seconds, why));
    }
    faults
}

fn of_conditions(new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let list = path(&["status", "conditions"]);
    let kinds = |object: &Map| -> Vec<String> {
        let all = conditions(object).iter();
        all.map(|condition| condition.str_at(&["type"]).unwrap_or_default().to_owned()).collect()
    };
    let before = old.map(kinds).unwrap_or_default();
    let had = |kind: &str| before.iter().any(|other| other == kind);
    let may_repeat = before.iter().collect::<BTreeSet<_>>().len() < before.len();
    let (mut faults, mut seen) = (Vec::new(), Vec::<&str>::new());
    for (at, condition) in conditions(new).iter().enumerate() {
        let at = list.index(at);
        let kind = condition.str_at(&["type"]).unwrap_or_default();
        let status = condition.str_at(&["status"]).unwrap_or_default();
        if kind.is_empty() && !had("") {
            faults.push(Fault::required(at.child("type"), ""));
        }
        let allowed: &[&str] = if matches!(kind, APPROVED | DENIED | FAILED) {
            &["True"]
        } else {
            &["False", "True", "Unknown"]
        };
        if status.is_empty() {
            faults.push(Fault::required(at.child("status"), ""));
        } else if !allowed.contains(&status) {
            faults.push(Fault::not_supported(at.child("status"), status, allowed));
        }
        if seen.contains(&kind) && !may_repeat {
            faults.push(Fault::duplicate(at.child("type"), kind));
        }
        seen.push(kind);
    }
    faults
}

/// What upstream declares on its types, and tells behind the rest.
fn declared(new: &Map, old: Option<&Map>) -> Option<Fault> {
    let both = |object: &Map| {
        let has = |kind| conditions(object).iter().any(|condition| condition.str_at(&["type"]) == Some(kind));
        has(APPROVED) && has(DENIED)
    };
    let named = |kind| format!("conditions[{{\"type\": {kind:?}}}]");
    let (approved, denied) = (named(APPROVED), named(DENIED));
    let why = format!("must specify at most one of: `{approved}`, `{denied}`");
    let shown = format!("{{{approved}, {denied}}}");
    (both(new) && !old.is_some_and(both)).then(|| Fault::invalid(path(&["status", "conditions"]), shown, why))
}

fn of_change(subresource: &str, new: &Map, old: &Map) -> Vec<Fault> {
    let at = || path(&["status", "conditions"]);
    let of = |object: &Map, kind: &str| -> Vec<Value> {
        let all = conditions(object).iter();
        all.filter(|condition| condition.str_at(&["type"]) == Some(kind)).cloned().collect()
    };
    let mut faults = Vec::new();
    for kind in [APPROVED, DENIED, FAILED] {
        if of(new, kind).len() < of(old, kind).len() {
            let why = format!("updates may not remove a condition of type {kind:?}");
            faults.push(Fault::forbidden(at(), why));
        }
    }
    for kind in [APPROVED, DENIED].into_iter().filter(|_| subresource != "approval") {
        let (before, after) = (of(old, kind), of(new, kind));
        let verb = match after.len().cmp(&before.len()) {
            std::cmp::Ordering::Greater => "add",
            std::cmp::Ordering::Equal if before != after => "modify",
            _ => continue,
        };
        faults.push(Fault::forbidden(at(), format!("updates may not {verb} a condition of type {kind:?}")));
    }
    let certificate = |object: &Map| text(object, &["status", "certificate"]).to_owned();
    let (before, after) = (certificate(old), certificate(new));
    if before != after {
        let at = path(&["status", "certificate"]);
        if subresource != "status" {
            faults.push(Fault::forbidden(at, "updates may not set certificate content"));
        } else if !before.is_empty() {
            faults.push(Fault::forbidden(at, "updates may not modify existing certificate content"));
        }
    }
    faults
}

/// Whether `status.certificate` holds certificates and nothing else.
fn check_certificate(encoded: &str) -> Result<(), String> {
    if encoded.is_empty() {
        return Ok(());
    }
    let text = decoded(encoded);
    let blocks = pem::blocks(&text);
    if blocks.is_empty() {
        return Err("must contain at least one CERTIFICATE PEM block".to_owned());
    }
    for block in blocks {
        if block.label != "CERTIFICATE" {
            return Err(format!("only CERTIFICATE PEM blocks are allowed, found {:?}", block.label));
        }
        if block.has_headers {
            return Err("no PEM block headers are permitted".to_owned());
        }
        if X509Certificate::from_der(&block.bytes).is_err() {
            return Err("x509: malformed certificate".to_owned());
        }
    }
    Ok(())
}

/// What is asked for, taken apart.
pub(crate) fn request(object: &Map) -> Result<Request, String> {
    Request::of_pem(&decoded(text(object, &["spec", "request"])))
}

/// The usages that are asked for.
pub(crate) fn usages(object: &Map) -> Vec<&str> {
    let list = object.get("spec").and_then(|spec| spec.get("usages")).and_then(Value::as_array);
    list.unwrap_or_default().iter().filter_map(Value::as_str).collect()
}

/// `status.conditions`.
pub(crate) fn conditions(object: &Map) -> &[Value] {
    let list = object.get("status").and_then(|status| status.get("conditions")).and_then(Value::as_array);
    list.unwrap_or_default()
}

fn decoded(encoded: &str) -> String {
    String::from_utf8(STANDARD.decode(encoded).unwrap_or_default()).unwrap_or_default()
}

fn text<'a>(object: &'a Map, keys: &[&str]) -> &'a str {
    let found = keys.split_first().and_then(|(first, rest)| object.get(first)?.str_at(rest));
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests;
