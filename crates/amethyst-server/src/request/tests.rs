//! Inputs and outputs of reading requests; the errors are kube-apiserver 1.37.2's own.

use http::Method;
use proptest::{prop_assert, proptest};

use super::{Asked, ListOptions, Query, WriteOptions};
use crate::registry::{DeleteOptions, PatchKind};

fn check(method: &Method, uri: &str, expect: &str) {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let found = match Asked::read(method, path, &Query::parse(query)) {
        Asked::Objects(info) => format!(
            "{} {}/{} {} sub={} ns={} name={}",
            info.verb.as_str(),
            info.group,
            info.version,
            info.resource,
            info.subresource,
            info.namespace,
            info.name
        ),
        Asked::Other(parts) => format!("other {}", parts.join("|")),
    };
    assert_eq!(found, expect, "{method} {uri}");
}

#[test]
fn paths_name_objects() {
    check(&Method::GET, "/api/v1/pods", "list /v1 pods sub= ns= name=");
    check(&Method::GET, "/api/v1/namespaces/a/pods/x", "get /v1 pods sub= ns=a name=x");
    check(&Method::GET, "/api/v1/namespaces/a", "get /v1 namespaces sub= ns= name=a");
    check(&Method::PUT, "/api/v1/namespaces/a/finalize", "update /v1 namespaces sub=finalize ns= name=a");
    check(&Method::GET, "/api/v1/namespaces", "list /v1 namespaces sub= ns= name=");
    check(&Method::GET, "/api/v1/namespaces/a/pods?watch=1", "watch /v1 pods sub= ns=a name=");
    check(&Method::GET, "/api/v1/namespaces/a/pods?watch=false", "list /v1 pods sub= ns=a name=");
    check(&Method::GET, "/api/v1/watch/namespaces/a/pods/x", "watch /v1 pods sub= ns=a name=x");
    check(
        &Method::DELETE,
        "/apis/apps/v1/namespaces/a/deployments",
        "deletecollection apps/v1 deployments sub= ns=a name=",
    );
    check(
        &Method::PATCH,
        "/apis/apps/v1/namespaces/a/deployments/x/scale",
        "patch apps/v1 deployments sub=scale ns=a name=x",
    );
    check(
        &Method::GET,
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode",
        "get rbac.authorization.k8s.io/v1 clusterroles sub= ns= name=system:node",
    );
    check(&Method::POST, "/api/v1/namespaces/a/pods/x/binding", "create /v1 pods sub=binding ns=a name=x");
    check(&Method::GET, "/api/v1/namespaces/a/pods/x?watch=1", "get /v1 pods sub= ns=a name=x");
}

#[test]
fn other_paths_are_left_alone() {
    check(&Method::GET, "/", "other ");
    check(&Method::GET, "/api/v1", "other api|v1");
    check(&Method::GET, "/apis/apps/v1/", "other apis|apps|v1");
    check(&Method::GET, "/healthz/ping", "other healthz|ping");
    check(&Method::OPTIONS, "/api/v1/pods", "other api|v1|pods");
}

#[test]
fn queries_are_decoded() {
    let query = Query::parse("labelSelector=a%3Db%2Cc+in+(d)&x&limit=5&watch=");
    assert_eq!(query.first("labelSelector"), Some("a=b,c in (d)"));
    assert!(query.has("x"));
    assert_eq!(query.flag("watch"), Some(true));
    assert_eq!(query.integer("limit"), Ok(Some(5)));
    assert_eq!(query.integer("missing"), Ok(None));
    assert_eq!(Query::parse("a=%zz%4").first("a"), Some("%zz%4"));
}

fn check_error<T: std::fmt::Debug>(result: Result<T, crate::status::Status>, expect: &str) {
    assert_eq!(result.unwrap_err().to_string(), expect);
}

#[test]
fn faults_of_options_are_upstreams() {
    let list = |query: &str| ListOptions::from_query(&Query::parse(query), false);
    let watch = |query: &str| ListOptions::from_query(&Query::parse(query), true);
    check_error(list("limit=x"), "strconv.ParseInt: parsing \"x\": invalid syntax");
    check_error(
        list("resourceVersionMatch=Exact"),
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
    );
    check_error(
        list("sendInitialEvents=true"),
        "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list",
    );
    check_error(
        watch("sendInitialEvents=true"),
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    );
    assert!(watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan").is_ok());
    let create = |query: &str| WriteOptions::of_create(&Query::parse(query));
    check_error(
        create("fieldManager=%00"),
        "CreateOptions.meta.k8s.io \"\" is invalid: fieldManager: Invalid value: \"\\x00\": invalid character U+0000 (at position 0)",
    );
    check_error(
        create("dryRun=x"),
        "CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"x\"]: supported values: \"All\"",
    );
    check_error(
        create("fieldValidation=x"),
        "CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"x\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
    );
    check_error(
        WriteOptions::of_patch(&Query::default(), PatchKind::Apply),
        "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
    );
    check_error(
        WriteOptions::of_patch(&Query::parse("force=true"), PatchKind::Merge),
        "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch",
    );
    let policy = "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"X\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"";
    check_error(DeleteOptions::from_query(&Query::parse("propagationPolicy=X")), policy);
    check_error(DeleteOptions::from_value(&amethyst_object::value!({"propagationPolicy": "X"})), policy);
}

proptest! {
    /// Whatever stands in a URL, it is read or refused.
    #[test]
    fn any_url_is_read_or_refused(path in "[/a-z0-9%.]{0,60}|\\PC{0,40}", raw in "[a-zA-Z=&%0-9+]{0,80}|\\PC{0,60}") {
        let query = Query::parse(&raw);
        for method in [Method::GET, Method::PATCH, Method::DELETE] {
            Asked::read(&method, &path, &query);
        }
        for watch in [false, true] {
            if let Ok(options) = ListOptions::from_query(&query, watch) {
                prop_assert!(i64::try_from(options.limit).is_ok());
            }
        }
    }
}
