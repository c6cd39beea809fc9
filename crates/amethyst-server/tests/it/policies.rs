//! Admission policies: what they refuse, change, warn of, and that upstream's words are used.

mod mutating;
mod validating;

use amethyst_object::{Value, json, value};
use amethyst_server::Server;

use crate::support::{Answer, ask};

const GROUP: &str = "/apis/admissionregistration.k8s.io/v1";
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// Creates a policy about ConfigMaps called `p`, with `spec` in it.
async fn policy(server: &Server, kind: &str, spec: &str) -> Answer {
    let mut whole = value!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": "p"},
        "spec": {"matchConstraints": {"resourceRules": [
            {"operations": ["CREATE", "UPDATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]},
        ]}},
    });
    if kind == "MutatingAdmissionPolicy" {
        whole.as_object_mut().unwrap().object_mut("spec").insert("reinvocationPolicy", "Never");
    }
    let spec = json::parse(spec.as_bytes()).unwrap_or_else(|error| panic!("{error}: {spec}"));
    for (key, value) in spec.as_object().unwrap().iter() {
        whole.as_object_mut().unwrap().object_mut("spec").insert(key.clone(), value.clone());
    }
    let plural =
        if kind.starts_with('M') { "mutatingadmissionpolicies" } else { "validatingadmissionpolicies" };
    ask(server, &format!("POST {GROUP}/{plural}"), &json::to_string(&whole)).await
}

/// Binds the policy `p`, with `spec` in the binding.
async fn bind(server: &Server, kind: &str, spec: &str) {
    let mut whole = value!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": "b"},
        "spec": {"policyName": "p"},
    });
    let spec: Value = json::parse(spec.as_bytes()).unwrap();
    for (key, value) in spec.as_object().unwrap().iter() {
        whole.as_object_mut().unwrap().object_mut("spec").insert(key.clone(), value.clone());
    }
    let answer =
        ask(server, &format!("POST {GROUP}/{}s", kind.to_lowercase()), &json::to_string(&whole)).await;
    assert_eq!(answer.code, 201, "{}", answer.text);
}

async fn create(server: &Server, name: &str, more: &str) -> Answer {
    let body = format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}"}}{more}}}"#);
    ask(server, &format!("POST {MAPS}"), &body).await
}

fn message(answer: &Answer) -> String {
    answer.json().str_at(&["message"]).unwrap_or_default().to_owned()
}
