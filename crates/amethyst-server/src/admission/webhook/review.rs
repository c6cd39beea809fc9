//! The AdmissionReview that is sent, and what counts as an answer to it
//! (kubernetes/apiserver `pkg/admission/plugin/webhook/request/admissionreview.go`).

use amethyst_object::{GroupVersionKind, Map, Value, json, value};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::super::attributes::Attributes;
use super::super::matching::Match;

/// A webhook's answer, as far as it counts.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) allowed: bool,
    /// The JSON patch; empty for none.
    pub(super) patch: Vec<u8>,
    pub(super) patch_type: String,
    /// `response.status`.
    pub(super) result: Option<Value>,
    pub(super) warnings: Vec<String>,
    pub(super) audit: Vec<(String, String)>,
}

/// The review to send.
pub(super) fn request(
    version: &str,
    uid: &str,
    attributes: &Attributes<'_>,
    found: &Match,
    object: Option<&Value>,
    old: Option<&Value>,
) -> Vec<u8> {
    let mut request = Map::new();
    request.insert("uid", uid);
    request.insert("kind", kind(&found.kind));
    request.insert("resource", resource(&found.resource.gvr));
    let subresource = attributes.subresource();
    if !subresource.is_empty() {
        request.insert("subResource", subresource);
    }
    request.insert("requestKind", kind(&attributes.kind));
    request.insert("requestResource", resource(attributes.gvr()));
    if !subresource.is_empty() {
        request.insert("requestSubResource", subresource);
    }
    for (key, text) in [("name", &attributes.name), ("namespace", &attributes.namespace)] {
        if !text.is_empty() {
            request.insert(key, text.as_str());
        }
    }
    request.insert("operation", attributes.operation.as_str());
    request.insert("userInfo", attributes.user_info());
    request.insert("object", object.cloned().unwrap_or_default());
    request.insert("oldObject", old.cloned().unwrap_or_default());
    request.insert("dryRun", attributes.dry_run());
    request.insert("options", attributes.options.clone());
    let review = value!({
        "kind": "AdmissionReview", "apiVersion": (format!("admission.k8s.io/{version}")), "request": request,
    });
    json::to_vec(&review)
}

fn kind(kind: &GroupVersionKind) -> Value {
    value!({"group": (kind.group.clone()), "version": (kind.version.clone()), "kind": (kind.kind.clone())})
}

fn resource(resource: &amethyst_object::GroupVersionResource) -> Value {
    let (group, version, plural) = (&resource.group, &resource.version, &resource.resource);
    value!({"group": (group.clone()), "version": (version.clone()), "resource": (plural.clone())})
}

/// Checks an answer to the review `uid`; v1beta1 was never strict about it.
pub(super) fn verify(version: &str, uid: &str, mutating: bool, review: &Value) -> Result<Answer, String> {
    let Some(response) = review.get("response").filter(|response| !response.is_null()) else {
        return Err("webhook response was absent".to_owned());
    };
    let patch = decode_patch(response)?;
    let patch_type = response.get("patchType").filter(|kind| !kind.is_null()).and_then(Value::as_str);
    let mut answer = Answer {
        allowed: response.get("allowed").and_then(Value::as_bool).unwrap_or_default(),
        result: response.get("status").filter(|status| !status.is_null()).cloned(),
        warnings: texts(response.get("warnings")),
        audit: pairs(response.get("auditAnnotations")),
        ..Answer::default()
    };
    if version == "v1" {
        strict(uid, mutating, review, response, &patch, patch_type)?;
        patch_type.unwrap_or_default().clone_into(&mut answer.patch_type);
    } else if !patch.is_empty() {
        "JSONPatch".clone_into(&mut answer.patch_type);
    }
    if mutating {
        answer.patch = patch;
    }
    Ok(answer)
}

fn strict(
    uid: &str,
    mutating: bool,
    review: &Value,
    response: &Value,
    patch: &[u8],
    patch_type: Option<&str>,
) -> Result<(), String> {
    let answered = response.str_at(&["uid"]).unwrap_or_default();
    if answered != uid {
        return Err(format!("expected response.uid={uid:?}, got {answered:?}"));
    }
    let of = |key: &str| review.str_at(&[key]).unwrap_or_default();
    if (of("apiVersion"), of("kind")) != ("admission.k8s.io/v1", "AdmissionReview") {
        let (group, version) = of("apiVersion").split_once('/').unwrap_or(("", of("apiVersion")));
        let got = format!("{group}/{version}, Kind={}", of("kind"));
        return Err(format!(
            "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got {got}"
        ));
    }
    let refuse = |what: &str| Err(what.to_owned());
    match (mutating, patch.is_empty(), patch_type) {
        (true, false, None) => refuse("webhook returned response.patch but not response.patchType"),
        (true, true, Some(_)) => refuse("webhook returned response.patchType but not response.patch"),
        (true, false, Some("")) => refuse("webhook returned invalid response.patchType of \"\""),
        (false, false, _) => refuse("validating webhook may not return response.patch"),
        (false, true, Some(_)) => refuse("validating webhook may not return response.patchType"),
        _ => Ok(()),
    }
}

/// The patch travels as bytes do in JSON: in base64.
fn decode_patch(response: &Value) -> Result<Vec<u8>, String> {
    match response.get("patch") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => {
            BASE64_STANDARD.decode(text.as_bytes()).map_err(|error| format!("response.patch: {error}"))
        }
        Some(other) => Err(format!("response.patch must be base64, not {}", other.type_name())),
    }
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).unwrap_or_default();
    list.iter().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
}

fn pairs(map: Option<&Value>) -> Vec<(String, String)> {
    let Some(map) = map.and_then(Value::as_object) else { return Vec::new() };
    map.iter().filter_map(|(key, text)| Some((key.to_string(), text.as_str()?.to_owned()))).collect()
}
