//! What a signer may write into the status of a PodCertificateRequest.

use amethyst_object::{Map, Value};
use amethyst_schema::Fault;
use amethyst_validation::names;
use jiff::{SignedDuration, Timestamp};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{TERMINAL, key};
use crate::certificates::pem;
use crate::registry::metadata::path;
use crate::registry::write::Attempt;

const CHAIN_BYTES_MAX: usize = 100 << 10;
const SKEW: SignedDuration = SignedDuration::from_mins(5);
const REFRESH_MARGIN: SignedDuration = SignedDuration::from_mins(10);
const LIFE_MIN: SignedDuration = SignedDuration::from_hours(1);
const REASON_BYTES_MAX: usize = 1 << 10;
const MESSAGE_BYTES_MAX: usize = 32 << 10;

/// What is wrong with a new status.
pub(super) fn validate(attempt: &Attempt<'_>, new: &Map, old: &Map) -> Vec<Fault> {
    let faults = of_conditions(new);
    if !faults.is_empty() {
        return faults;
    }
    let (before, after) = (end_of(old), end_of(new));
    let changed = new.get("status") != old.get("status");
    let frozen =
        |why: &str| if changed { vec![Fault::invalid_untold(path(&["status"]), why)] } else { Vec::new() };
    match (before, after) {
        (Some(_), _) => frozen("immutable after PodCertificateRequest is issued, denied, or failed"),
        (None, Some("Issued")) => of_certificate(attempt, new, old),
        (None, Some(_)) => {
            let others = ["certificateChain", "notBefore", "beginRefreshAt", "notAfter"];
            let status = new.get("status");
            let set =
                |key: &str| status.and_then(|status| status.get(key)).is_some_and(|value| !value.is_null());
            if !others.iter().any(|key| set(key)) {
                return Vec::new();
            }
            let why =
                "non-condition status fields must be empty when denying or failing the PodCertificateRequest";
            vec![Fault::invalid_untold(path(&["status"]), why)]
        }
        (None, None) => {
            frozen("status is immutable unless transitioning to \"Issued\", \"Denied\", or \"Failed\"")
        }
    }
}

fn conditions(request: &Map) -> &[Value] {
    let list = request.get("status").and_then(|status| status.get("conditions")).and_then(Value::as_array);
    list.unwrap_or_default()
}

/// The condition that ends a request, if one does; a denial counts before a certificate.
fn end_of(request: &Map) -> Option<&'static str> {
    let holds = |kind: &&str| {
        conditions(request).iter().any(|condition| {
            condition.str_at(&["type"]) == Some(kind) && condition.str_at(&["status"]) == Some("True")
        })
    };
    ["Denied", "Failed", "Issued"].into_iter().find(holds)
}

fn of_conditions(new: &Map) -> Vec<Fault> {
    let (mut faults, mut known) = (Vec::new(), 0);
    let all = conditions(new);
    for (index, condition) in all.iter().enumerate() {
        // Upstream writes this index as if it were a field.
        let at = |key: &str| path(&["status", "conditions", &format!("[{index}]"), key]);
        let (kind, status) = (text(condition, "type"), text(condition, "status"));
        if !TERMINAL.contains(&kind) {
            faults.push(Fault::not_supported(at("type"), kind, &TERMINAL));
            continue;
        }
        known += 1;
        if known > 1 {
            let why = "There may be at most one condition with type \"Issued\", \"Denied\", or \"Failed\"";
            faults.push(Fault::invalid(at("type"), kind, why));
        }
        if status != "True" {
            faults.push(Fault::not_supported(at("status"), status, &["True"]));
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, condition) in all.iter().enumerate() {
        let at = path(&["status", "conditions"]).index(index);
        if seen.contains(&text(condition, "type")) {
            faults.push(Fault::duplicate(at.clone(), text(condition, "type")));
        }
        seen.push(text(condition, "type"));
        faults.extend(of_condition(condition, &at));
    }
    faults
}

/// kubernetes/apimachinery `pkg/apis/meta/v1/validation`, `ValidateCondition`.
fn of_condition(condition: &Value, at: &amethyst_object::FieldPath) -> Vec<Fault> {
    let mut faults = Vec::new();
    let kind = text(condition, "type");
    if kind.is_empty() {
        faults.push(Fault::required(at.child("type"), "is required"));
    } else {
        faults.extend(names::qualified(kind).iter().map(|why| Fault::invalid(at.child("type"), kind, why)));
    }
    let statuses = ["False", "True", "Unknown"];
    match text(condition, "status") {
        "" => faults.push(Fault::required(at.child("status"), "")),
        status if !statuses.contains(&status) => {
            faults.push(Fault::not_supported(at.child("status"), status, &statuses));
        }
        _ => {}
    }
    let generation = condition.get("observedGeneration").and_then(Value::as_i64).unwrap_or_default();
    if generation < 0 {
        let why = "must be greater than or equal to zero";
        faults.push(Fault::invalid(at.child("observedGeneration"), generation, why));
    }
    if text(condition, "lastTransitionTime").is_empty() {
        faults.push(Fault::required(at.child("lastTransitionTime"), ""));
    }
    let reason = text(condition, "reason");
    if reason.is_empty() {
        faults.push(Fault::required(at.child("reason"), ""));
    } else if !is_reason(reason) {
        let why = "a condition reason must start with alphabetic character, optionally followed by a string of \
                   alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. \
                   'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used \
                   for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";
        faults.push(Fault::invalid(at.child("reason"), reason, why));
    }
    if reason.len() > REASON_BYTES_MAX {
        faults.push(Fault::too_long(at.child("reason"), REASON_BYTES_MAX as u64));
    }
    if text(condition, "message").len() > MESSAGE_BYTES_MAX {
        faults.push(Fault::too_long(at.child("message"), MESSAGE_BYTES_MAX as u64));
    }
    faults
}

fn is_reason(reason: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b',' | b':');
    let bytes = reason.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.iter().all(|byte| inner(*byte))
        && bytes.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn of_certificate(attempt: &Attempt<'_>, new: &Map, old: &Map) -> Vec<Fault> {
    check_certificate(attempt, new, old).err().unwrap_or_default()
}

fn check_certificate(attempt: &Attempt<'_>, new: &Map, old: &Map) -> Result<(), Vec<Fault>> {
    let status = new.get("status").cloned().unwrap_or_default();
    let chain = text(&status, "certificateChain");
    let chain_at = path(&["status", "certificateChain"]);
    let refuse = |why: &str| Err(vec![Fault::invalid(chain_at.clone(), chain, why)]);
    if chain.len() > CHAIN_BYTES_MAX {
        return Err(vec![Fault::too_long(chain_at, CHAIN_BYTES_MAX as u64)]);
    }
    let blocks = pem::blocks(chain);
    let Some((leaf, others)) = blocks.split_first() else {
        return refuse("issued certificate chain must contain at least one certificate");
    };
    if leaf.label != "CERTIFICATE" {
        return refuse("issued certificate chain must consist entirely of CERTIFICATE PEM blocks");
    }
    let Ok((_, leaf)) = X509Certificate::from_der(&leaf.bytes) else {
        return refuse("leaf certificate does not parse as valid X.509");
    };
    if key::wanted(old).is_none_or(|wanted| wanted != leaf.public_key().raw) {
        return refuse("leaf certificate was not issued to the requested public key");
    }
    check_times(attempt, new, &status, &leaf)?;
    if others.iter().any(|block| block.label != "CERTIFICATE") {
        // Upstream's own spelling.
        return refuse("issued certificate chain must consist entirely of CERTFICATE PEM blocks");
    }
    if others.iter().any(|block| X509Certificate::from_der(&block.bytes).is_err()) {
        return refuse("intermediate certificate does not parse as valid X.509");
    }
    Ok(())
}

fn check_times(
    attempt: &Attempt<'_>,
    new: &Map,
    status: &Value,
    leaf: &X509Certificate<'_>,
) -> Result<(), Vec<Fault>> {
    let time = |key: &str| text(status, key).parse::<Timestamp>().ok();
    let at = |key: &str| path(&["status", key]);
    let consistent = "must be present and consistent with the issued certificate";
    let within = "must be present and in the range [notbefore+10min, notafter-10min]";
    let wanted = [("notBefore", consistent), ("notAfter", consistent), ("beginRefreshAt", within)];
    let missing = wanted.iter().filter(|(key, _)| time(key).is_none());
    let missing: Vec<Fault> = missing.map(|(key, why)| Fault::required(at(key), why)).collect();
    let (Some(begins), Some(ends), Some(refresh)) =
        (time("notBefore"), time("notAfter"), time("beginRefreshAt"))
    else {
        return Err(missing);
    };
    let refuse = |key: &str, why: &str| Err(vec![Fault::invalid(at(key), text(status, key), why)]);
    let (first, last) = (leaf.validity().not_before.timestamp(), leaf.validity().not_after.timestamp());
    if begins.as_second() != first {
        return refuse("notBefore", "must be set to the NotBefore time encoded in the leaf certificate");
    }
    let now = attempt.registry.options().clock.now();
    if now.duration_since(begins).abs() >= SKEW {
        return refuse("notBefore", "must be set to within 5 minutes of kube-apiserver's current time");
    }
    if ends.as_second() != last {
        return refuse("notAfter", "must be set to the NotAfter time encoded in the leaf certificate");
    }
    let life = SignedDuration::from_secs(last - first);
    let told = |why: String| {
        Err(vec![Fault::invalid(path(&["status", "certificateChain"]), life.as_nanos() as i64, why)])
    };
    if life < LIFE_MIN {
        return told("leaf certificate lifetime must be >= 1 hour".to_owned());
    }
    let seconds = new.get("spec").and_then(|spec| spec.get("maxExpirationSeconds")).and_then(Value::as_i64);
    let seconds = seconds.unwrap_or_default();
    if life > SignedDuration::from_secs(seconds) {
        return told(format!("leaf certificate lifetime must be <= spec.maxExpirationSeconds ({seconds})"));
    }
    if refresh.duration_since(begins) < REFRESH_MARGIN {
        return refuse("beginRefreshAt", "must be at least 10 minutes after status.notBefore");
    }
    if ends.duration_since(refresh) < REFRESH_MARGIN {
        return refuse("beginRefreshAt", "must be at least 10 minutes before status.notAfter");
    }
    Ok(())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.str_at(&[key]).unwrap_or_default()
}
