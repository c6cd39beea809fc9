//! What is to be done about a certificate request: a function of the request and the time.

use amethyst_object::{Map, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use x509_parser::pem::parse_x509_pem;

use crate::certificates::{Authority, Life, Request, Subject, Usages, kubelet};
use crate::strategy::signing_request::{conditions, request, usages};
use crate::user::User;

/// The longest life the cluster's signers give, and the usual one.
const LIFE_MAX: SignedDuration = SignedDuration::from_hours(365 * 24);
const LIFE_MIN: SignedDuration = SignedDuration::from_mins(10);
/// How long requests are kept: answered ones, and those that wait.
const ANSWERED_KEPT: SignedDuration = SignedDuration::from_hours(1);
const WAITING_KEPT: SignedDuration = SignedDuration::from_hours(24);
const POD_REQUESTS_KEPT: SignedDuration = SignedDuration::from_mins(15);

const KUBELET_CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";
const KUBELET_SERVING: &str = "kubernetes.io/kubelet-serving";
const API_CLIENT: &str = "kubernetes.io/kube-apiserver-client";
const LEGACY: &str = "kubernetes.io/legacy-unknown";

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing.
    Nothing,
    /// Approve it, for this reason.
    Approve(&'static str),
    /// Say that it cannot be signed, and why.
    Fail(String),
    /// Write this certificate, in base64.
    Sign(String),
    /// It has been kept long enough.
    Remove,
}

/// What is to be done about a request; `may` says whether its user may have such a request approved at once.
pub(super) fn of_request(
    object: &Map,
    authority: &Authority,
    now: Timestamp,
    may: impl Fn(&User, &str) -> bool,
) -> Step {
    if is_old(object, now) {
        return Step::Remove;
    }
    let signed = !text(object, "status", "certificate").is_empty();
    if signed || has(object, "Denied") || is_failed(object) {
        return Step::Nothing;
    }
    let Ok(asked) = request(object) else { return Step::Nothing };
    if has(object, "Approved") {
        return sign(object, &asked, authority, now);
    }
    approve(object, &asked, may).map_or(Step::Nothing, Step::Approve)
}

/// What is to be done about a pod's request.
pub(super) fn of_pod_request(object: &Map, now: Timestamp) -> Step {
    let old = time(text(object, "metadata", "creationTimestamp"))
        .is_some_and(|made| now.duration_since(made) >= POD_REQUESTS_KEPT);
    if old { Step::Remove } else { Step::Nothing }
}

/// Why a kubelet's request is approved, if it is.
fn approve(object: &Map, asked: &Request, may: impl Fn(&User, &str) -> bool) -> Option<&'static str> {
    let of_kubelet = text(object, "spec", "signerName") == KUBELET_CLIENT
        && kubelet::client(asked, &usages(object)).is_ok();
    if !of_kubelet {
        return None;
    }
    let user = user(object);
    if user.name == asked.common_name && may(&user, "selfnodeclient") {
        return Some("Auto approving self kubelet client certificate after SubjectAccessReview.");
    }
    may(&user, "nodeclient").then_some("Auto approving kubelet client certificate after SubjectAccessReview.")
}

fn user(object: &Map) -> User {
    let spec = object.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    let texts = |list: Option<&Value>| -> Vec<String> {
        let list = list.and_then(Value::as_array).unwrap_or_default();
        list.iter().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
    };
    let extra = spec.get("extra").and_then(Value::as_object).into_iter().flat_map(Map::iter);
    User {
        name: spec.str("username").unwrap_or_default().to_owned(),
        uid: spec.str("uid").unwrap_or_default().to_owned(),
        groups: texts(spec.get("groups")),
        extra: extra.map(|(key, values)| (key.to_string(), texts(Some(values)))).collect(),
    }
}

fn sign(object: &Map, asked: &Request, authority: &Authority, now: Timestamp) -> Step {
    let names = usages(object);
    let fit = match text(object, "spec", "signerName") {
        KUBELET_CLIENT => kubelet::client(asked, &names),
        KUBELET_SERVING => kubelet::serving(asked, &names),
        API_CLIENT => kubelet::api_client(&names),
        LEGACY => Ok(()),
        // Somebody else's.
        _ => return Step::Nothing,
    };
    if let Err(why) = fit {
        return Step::Fail(why);
    }
    let seconds = object.get("spec").and_then(|spec| spec.get("expirationSeconds")).and_then(Value::as_i64);
    let length =
        seconds.map_or(LIFE_MAX, |seconds| SignedDuration::from_secs(seconds).clamp(LIFE_MIN, LIFE_MAX));
    let certificate = Usages::parse(names).and_then(|usages| {
        authority
            .sign(&Subject::of_request(asked), &usages, Life { now, length })
            .map_err(|error| error.to_string())
    });
    match certificate {
        Ok(pem) => Step::Sign(STANDARD.encode(pem)),
        Err(why) => {
            tracing::warn!(
                why,
                name = text(object, "metadata", "name"),
                "failed to sign a certificate request"
            );
            Step::Nothing
        }
    }
}

fn is_old(object: &Map, now: Timestamp) -> bool {
    let older = |at: &str, kept: SignedDuration| time(at).is_some_and(|at| now.duration_since(at) > kept);
    let certificate = text(object, "status", "certificate");
    let listed = conditions(object);
    if listed.is_empty() {
        return older(text(object, "metadata", "creationTimestamp"), WAITING_KEPT);
    }
    listed.iter().any(|condition| {
        let updated = condition.str_at(&["lastUpdateTime"]).unwrap_or_default();
        match condition.str_at(&["type"]) {
            Some("Denied" | "Failed") => older(updated, ANSWERED_KEPT),
            Some("Approved") if certificate.is_empty() => older(updated, WAITING_KEPT),
            Some("Approved") => older(updated, ANSWERED_KEPT) || has_ended(certificate, now),
            _ => false,
        }
    })
}

fn has_ended(certificate: &str, now: Timestamp) -> bool {
    let ends = || {
        let pem = STANDARD.decode(certificate).ok()?;
        let (_, block) = parse_x509_pem(&pem).ok()?;
        Some(block.parse_x509().ok()?.validity().not_after.timestamp())
    };
    ends().is_some_and(|ends| now.as_second() > ends)
}

fn has(object: &Map, kind: &str) -> bool {
    conditions(object).iter().any(|condition| condition.str_at(&["type"]) == Some(kind))
}

fn is_failed(object: &Map) -> bool {
    conditions(object).iter().any(|condition| {
        condition.str_at(&["type"]) == Some("Failed")
            && matches!(condition.str_at(&["status"]), None | Some("" | "True"))
    })
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn text<'a>(object: &'a Map, part: &str, key: &str) -> &'a str {
    object.get(part).and_then(|part| part.str_at(&[key])).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use amethyst_clock::{Clock, Entropy};
    use amethyst_object::{Map, Value, json};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use jiff::Timestamp;

    use super::{Step, of_pod_request, of_request};
    use crate::certificates::tests::{JANE, KUBELET_CLIENT};
    use crate::edge::tls::{Pki, PkiHome};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The step for a request made at three o'clock, as a word.
    fn step(csr: &str, signer: &str, usages: &str, status: &str, now: &str) -> String {
        let request = STANDARD.encode(csr);
        let object = format!(
            r#"{{"metadata":{{"creationTimestamp":"2026-11-24T03:00:00Z"}},"spec":{{"username":"system:node:n1",
                "request":"{request}","signerName":"{signer}","usages":{usages}}},"status":{status}}}"#
        );
        let Value::Object(object) = json::parse(object.as_bytes()).unwrap() else { panic!() };
        let pki = Pki::open(PkiHome::Memory, &[], Clock::at(at("2026-11-24T00:00:00Z"))).unwrap();
        let authority = pki.authority(Entropy::seeded(1)).unwrap();
        let may = |_: &crate::user::User, below: &str| below == "selfnodeclient";
        match of_request(&object, &authority, at(now), may) {
            Step::Sign(certificate) => {
                let pem = String::from_utf8(STANDARD.decode(certificate).unwrap()).unwrap();
                assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{pem}");
                "sign".to_owned()
            }
            Step::Approve(_) => "approve".to_owned(),
            Step::Fail(why) => why,
            Step::Remove => "remove".to_owned(),
            Step::Nothing => String::new(),
        }
    }

    #[test]
    fn a_request_is_approved_signed_and_cleared_away() {
        let client = r#"["client auth","digital signature"]"#;
        let kubelet = "kubernetes.io/kube-apiserver-client-kubelet";
        let api = "kubernetes.io/kube-apiserver-client";
        let condition = |kind: &str| {
            format!(
                r#"{{"conditions":[{{"type":"{kind}","status":"True","lastUpdateTime":"2026-11-24T03:00:00Z"}}]}}"#
            )
        };
        let three = "2026-11-24T03:00:01Z";
        let check = |csr: &str, signer: &str, usages: &str, status: &str, now: &str, expect: &str| {
            assert_eq!(step(csr, signer, usages, status, now), expect, "{signer} {usages} {status} {now}");
        };
        check(KUBELET_CLIENT, kubelet, client, "{}", three, "approve");
        check(KUBELET_CLIENT, kubelet, r#"["any"]"#, "{}", three, "");
        check(JANE, kubelet, client, "{}", three, "");
        check(JANE, api, client, "{}", three, "");
        check(JANE, api, client, &condition("Approved"), three, "sign");
        check(JANE, api, client, &condition("Denied"), three, "");
        check(JANE, api, client, &condition("Failed"), three, "");
        check(
            JANE,
            kubelet,
            client,
            &condition("Approved"),
            three,
            "subject organization is not system:nodes",
        );
        check(
            JANE,
            api,
            r#"["any"]"#,
            &condition("Approved"),
            three,
            "invalid usage for client certificate: any",
        );
        check(JANE, "kubernetes.io/legacy-unknown", r#"["any"]"#, &condition("Approved"), three, "sign");
        check(JANE, "example.com/a", client, &condition("Approved"), three, "");
        check(JANE, api, client, "{}", "2026-11-25T03:00:00Z", "");
        check(JANE, api, client, "{}", "2026-11-25T03:00:01Z", "remove");
        check(JANE, api, client, &condition("Denied"), "2026-11-24T04:00:01Z", "remove");
        check(JANE, api, client, &condition("Failed"), "2026-11-24T04:00:01Z", "remove");
        check(JANE, "example.com/a", client, &condition("Approved"), "2026-11-25T03:00:01Z", "remove");
        check(JANE, "example.com/a", client, &condition("Approved"), "2026-11-24T04:00:01Z", "");
    }

    #[test]
    fn pods_requests_are_short_lived() {
        let Value::Object(object) =
            json::parse(br#"{"metadata":{"creationTimestamp":"2026-11-24T03:00:00Z"}}"#).unwrap()
        else {
            panic!()
        };
        assert_eq!(of_pod_request(&object, at("2026-11-24T03:14:59Z")), Step::Nothing);
        assert_eq!(of_pod_request(&object, at("2026-11-24T03:15:00Z")), Step::Remove);
        assert_eq!(of_pod_request(&Map::new(), at("2026-11-24T03:15:00Z")), Step::Nothing);
    }
}
