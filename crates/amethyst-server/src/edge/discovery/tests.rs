//! Discovery against what kube-apiserver answers; the whole of it is compared by the peer run.

use http::HeaderMap;

use super::{Form, form};

fn check(accept: &str, expect: &str) {
    let mut headers = HeaderMap::new();
    if !accept.is_empty() {
        headers.insert("accept", accept.parse().unwrap());
    }
    let found = match form(&headers) {
        Ok(Form::Aggregated) => "aggregated",
        Ok(Form::Legacy) => "legacy",
        Err(_) => "refused",
    };
    assert_eq!(found, expect, "{accept}");
}

#[test]
fn clients_choose_the_form() {
    let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    check("", "legacy");
    check("application/json", "legacy");
    check(aggregated, "aggregated");
    check(&format!("{aggregated};profile=nopeer,{aggregated},application/json"), "aggregated");
    let beta = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
    check(beta, "refused");
    check(&format!("{beta},application/json"), "legacy");
}
