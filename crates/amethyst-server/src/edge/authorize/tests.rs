//! Refusals, as kube-apiserver 1.37.2 words them.

use http::Method;

use super::Question;
use crate::rbac::forbidden;
use crate::request::{Asked, Query};
use crate::user::User;

fn check(method: &Method, url: &str, expect: &str) {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let query = Query::parse(query);
    let asked = Asked::read(method, path, &query);
    let jane = User { name: "jane".into(), ..User::default() };
    let question = Question::new(method, path, &query, &asked);
    assert_eq!(forbidden(&jane, &question.attributes(), "").to_string(), expect, "{method} {url}");
}

#[test]
fn refusals_are_upstreams() {
    check(
        &Method::GET,
        "/api/v1/namespaces/default/configmaps",
        "configmaps is forbidden: User \"jane\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\"",
    );
    check(
        &Method::GET,
        "/api/v1/nodes",
        "nodes is forbidden: User \"jane\" cannot list resource \"nodes\" in API group \"\" at the cluster scope",
    );
    check(
        &Method::GET,
        "/api/v1/nodes?watch=1&fieldSelector=metadata.name%3Dn1",
        "nodes \"n1\" is forbidden: User \"jane\" cannot watch resource \"nodes\" in API group \"\" at the cluster scope",
    );
    check(
        &Method::GET,
        "/api/v1/namespaces/apps",
        "namespaces \"apps\" is forbidden: User \"jane\" cannot get resource \"namespaces\" in API group \"\" in the namespace \"apps\"",
    );
    check(
        &Method::DELETE,
        "/api/v1/namespaces/apps/pods?fieldSelector=metadata.name%3Dn1",
        "pods is forbidden: User \"jane\" cannot deletecollection resource \"pods\" in API group \"\" in the namespace \"apps\"",
    );
    check(
        &Method::GET,
        "/apis/apps/v1/namespaces/default/deployments/x/scale",
        "deployments.apps \"x\" is forbidden: User \"jane\" cannot get resource \"deployments/scale\" in API group \"apps\" in the namespace \"default\"",
    );
    check(&Method::GET, "/metrics", "forbidden: User \"jane\" cannot get path \"/metrics\"");
    check(&Method::POST, "/a%20b", "forbidden: User \"jane\" cannot post path \"/a b\"");
    check(&Method::GET, "/<x>", "forbidden: User \"jane\" cannot get path \"/&lt;x&gt;\"");
}
