//! Discovery, OpenAPI, version and health of a whole server.

use amethyst_object::{Value, json};

use crate::support::{ask, server};

const AGGREGATED: &str = "accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

#[tokio::test]
async fn discovery_lists_what_the_tables_have() {
    let server = server().await;
    let mut found = 0;
    for root in ["/api", "/apis"] {
        let answer =
            ask(&server, &format!("GET {root}\n{AGGREGATED};profile=nopeer,application/json"), "").await;
        assert_eq!(answer.header("content-type"), AGGREGATED.trim_start_matches("accept: "));
        let etag = answer.header("etag").to_owned();
        for group in answer.json().get("items").unwrap().as_array().unwrap() {
            for version in group.get("versions").unwrap().as_array().unwrap() {
                found += version.get("resources").unwrap().as_array().unwrap().len();
            }
        }
        let again = ask(&server, &format!("GET {root}\n{AGGREGATED}\nif-none-match: {etag}"), "").await;
        assert_eq!((again.code, again.text.as_str()), (304, ""));
    }
    assert_eq!(found, amethyst_kinds::kinds().len());
    let legacy = ask(&server, "GET /api", "").await.json();
    assert_eq!(legacy.str_at(&["kind"]), Some("APIVersions"));
    let group = ask(&server, "GET /apis/autoscaling", "").await.json();
    assert_eq!(group.str_at(&["preferredVersion", "groupVersion"]), Some("autoscaling/v2"));
    let resources = ask(&server, "GET /apis/apps/v1", "").await.json();
    let names = resources.get("resources").unwrap().as_array().unwrap().iter();
    assert!(names.filter_map(|row| row.str_at(&["name"])).any(|name| name == "deployments/scale"));
    assert_eq!(ask(&server, "GET /apis/nope", "").await.code, 404);
}

#[tokio::test]
async fn openapi_documents_hold_together() {
    let server = server().await;
    let index = ask(&server, "GET /openapi/v3", "").await.json();
    let paths = index.get("paths").unwrap().as_object().unwrap();
    assert!(paths.contains_key("api/v1") && paths.contains_key("apis/apps/v1"));
    for (path, entry) in paths.iter() {
        let url = entry.str_at(&["serverRelativeURL"]).unwrap();
        let answer = ask(&server, &format!("GET {url}"), "").await;
        assert_eq!((answer.code, answer.header("cache-control")), (200, "public, immutable"), "{path}");
        let document = answer.json();
        let schemas = document.at(&["components", "schemas"]).unwrap().as_object().unwrap();
        let mut open = vec![&document];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(map) => {
                    if let Some(name) = map.str("$ref") {
                        let name = name.strip_prefix("#/components/schemas/").unwrap();
                        assert!(schemas.contains_key(name), "{path}: {name}");
                    }
                    open.extend(map.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
    }
}

/// kubectl reads the second version for every `List`; that it can is proven by running it.
#[tokio::test]
async fn openapi_v2_comes_in_two_forms() {
    let server = server().await;
    let request = "GET /openapi/v2\naccept: application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    let answer = ask(&server, request, "").await;
    assert_eq!(answer.code, 200);
    assert_eq!(answer.header("content-type"), "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    assert!(answer.text.starts_with("\n\x032.0"), "the first field is the version of the specification");
    assert!(answer.text.contains("#/definitions/io.k8s.api.core.v1.PodSpec"));
    let again = ask(&server, &format!("{request}\nif-none-match: {}", answer.header("etag")), "").await;
    assert_eq!(again.code, 304);
    let plain = ask(&server, "GET /openapi/v2\naccept: application/json", "").await.json();
    assert_eq!(plain.str_at(&["swagger"]), Some("2.0"));
    let spec = plain.at(&["definitions", "io.k8s.api.core.v1.Pod", "properties", "spec"]).unwrap();
    assert_eq!(spec.str_at(&["$ref"]), Some("#/definitions/io.k8s.api.core.v1.PodSpec"));
    assert!(spec.str_at(&["description"]).is_some(), "{spec:?}");
    assert_eq!(ask(&server, "GET /openapi/v2\naccept: text/html", "").await.code, 406);
}

#[tokio::test]
async fn version_and_health_answer() {
    let server = server().await;
    let version = ask(&server, "GET /version", "").await.json();
    assert_eq!((version.str_at(&["major"]), version.str_at(&["minor"])), (Some("1"), Some("37")));
    assert!(version.str_at(&["gitVersion"]).unwrap().starts_with("v1.37.2+amethyst."));
    for path in ["/healthz", "/livez", "/readyz", "/readyz/ping"] {
        let answer = ask(&server, &format!("GET {path}"), "").await;
        assert_eq!((answer.code, answer.text.as_str()), (200, "ok"), "{path}");
    }
    let verbose = ask(&server, "GET /livez?verbose&exclude=store", "").await;
    assert_eq!(verbose.text, "[+]ping ok\n[+]store excluded: ok\nlivez check passed\n");
    assert_eq!(ask(&server, "GET /readyz/nope", "").await.code, 404);
    ask(&server, "GET /api/v1/configmaps", "").await;
    let metrics = ask(&server, "GET /metrics", "").await.text;
    assert!(metrics.contains("resource=\"configmaps\""), "{metrics}");
    let namespaces = "apiserver_resource_objects{group=\"\",resource=\"namespaces\"} 4";
    assert!(metrics.contains(namespaces), "{metrics}");
    let paths = ask(&server, "GET /", "").await.json();
    assert!(paths.get("paths").unwrap().as_array().unwrap().contains(&"/apis/apps/v1".into()));
    server.shut_down();
    let draining = ask(&server, "GET /readyz", "").await;
    assert_eq!(draining.code, 500);
    assert!(draining.text.contains("[-]shutdown failed"), "{draining:?}");
    assert_eq!(ask(&server, "GET /livez", "").await.code, 200);
}

/// Every cluster has them, and tools look at them.
#[tokio::test]
async fn flow_control_is_there_to_look_at() {
    let server = server().await;
    let root = "/apis/flowcontrol.apiserver.k8s.io/v1";
    let names = async |plural: &str| {
        let list = ask(&server, &format!("GET {root}/{plural}"), "").await.json();
        let items = list.get("items").unwrap().as_array().unwrap().to_vec();
        items
            .iter()
            .filter_map(|item| item.str_at(&["metadata", "name"]).map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let levels = names("prioritylevelconfigurations").await;
    let schemas = names("flowschemas").await;
    assert_eq!((levels.len(), schemas.len()), (8, 11), "{levels:?} {schemas:?}");
    let exempt = ask(&server, &format!("GET {root}/flowschemas/exempt"), "").await.json();
    assert_eq!(exempt.str_at(&["spec", "priorityLevelConfiguration", "name"]), Some("exempt"));
    let again = ask(
        &server,
        &format!("PUT {root}/flowschemas/exempt?dryRun=All\ncontent-type: application/json"),
        &json::to_string(&exempt),
    )
    .await;
    assert_eq!(again.code, 200, "what is there from the start is valid: {again:?}");
}
