//! Answers to requests for objects, in all their shapes.

use crate::support::{ask, server};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const TABLE: &str = "accept: application/json;as=Table;v=v1;g=meta.k8s.io";

/// The codes and messages are kube-apiserver 1.37.2's for the same requests.
#[tokio::test]
async fn failures_are_upstreams() {
    let server = server().await;
    let nothing = "the server could not find the requested resource";
    let method = "the server does not allow this method on the requested resource";
    let cases: [(&str, u16, &str); 15] = [
        ("GET /api/v1/configmaps/x", 404, nothing),
        ("GET /apis/apps/v9/deployments", 404, nothing),
        ("GET /api/v1/nope", 404, nothing),
        ("GET /nope", 404, nothing),
        ("GET /openapi/v1", 404, nothing),
        ("GET /api/v1/namespaces/default/nodes", 404, nothing),
        ("PUT /api/v1/configmaps", 405, method),
        ("POST /api/v1/namespaces/default/configmaps/x", 405, method),
        ("OPTIONS /api/v1/namespaces/default/configmaps", 405, method),
        ("DELETE /api/v1/namespaces/default/pods/x/status", 405, method),
        ("GET /apis/authorization.k8s.io/v1/selfsubjectaccessreviews", 405, method),
        ("GET /api/v1/namespaces/default/configmaps/nope", 404, "configmaps \"nope\" not found"),
        ("PATCH /api/v1/namespaces/default/configmaps/x", 415, "415: Unsupported Media Type"),
        ("GET /api/v1/configmaps?limit=x", 400, "strconv.ParseInt: parsing \"x\": invalid syntax"),
        (
            "GET /api/v1/configmaps\naccept: application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
            406,
            "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)",
        ),
    ];
    for (request, code, message) in cases {
        let answer = ask(&server, request, "").await;
        assert_eq!((answer.code, answer.json().str_at(&["message"])), (code, Some(message)), "{request}");
        assert_eq!(answer.json().str_at(&["kind"]), Some("Status"), "{request}");
    }
}

#[tokio::test]
async fn unknown_fields_are_warned_about() {
    let server = server().await;
    let request = format!("POST {MAPS}\ncontent-type: application/json");
    let answer = ask(&server, &request, r#"{"metadata":{"name":"a"},"x":1,"data":{"a":"b","a":"c"}}"#).await;
    assert_eq!(answer.code, 201, "{answer:?}");
    let mut warnings: Vec<&str> =
        answer.headers.get_all("warning").iter().map(|value| value.to_str().unwrap()).collect();
    warnings.sort_unstable();
    assert_eq!(warnings, [r#"299 - "duplicate field \"data.a\"""#, r#"299 - "unknown field \"x\"""#]);
    let strict = format!("POST {MAPS}?fieldValidation=Strict\ncontent-type: application/json");
    let answer = ask(&server, &strict, r#"{"metadata":{"name":"b"},"x":1}"#).await;
    assert_eq!(answer.code, 400);
    assert!(answer.text.contains("strict decoding error: unknown field"), "{answer:?}");
}

#[tokio::test]
async fn bodies_may_be_yaml_and_answers_indented() {
    let server = server().await;
    let request = format!("POST {MAPS}\ncontent-type: application/yaml");
    assert_eq!(ask(&server, &request, "metadata: {name: a}\ndata: {on: \"yes\"}").await.code, 201);
    let pretty = ask(&server, &format!("GET {MAPS}/a?pretty=true"), "").await;
    assert!(pretty.text.starts_with("{\n  \"apiVersion\": \"v1\",\n"), "{}", pretty.text);
    let plain = ask(&server, &format!("GET {MAPS}/a"), "").await;
    assert_eq!(plain.json(), pretty.json());
    assert_eq!(plain.header("content-type"), "application/json");
    let person = ask(&server, &format!("GET {MAPS}/a\nuser-agent: curl/8"), "").await;
    assert_eq!(person.text, pretty.text);
}

#[tokio::test]
async fn objects_become_tables_and_metadata() {
    let server = server().await;
    let request = format!("POST {MAPS}\ncontent-type: application/json");
    ask(&server, &request, r#"{"metadata":{"name":"a"},"data":{"k":"v"}}"#).await;
    let table =
        ask(&server, &format!("GET {MAPS}?fieldSelector=metadata.name%3Da\n{TABLE}"), "").await.json();
    assert_eq!(table.str_at(&["kind"]), Some("Table"));
    let columns = table.get("columnDefinitions").unwrap().as_array().unwrap();
    let names: Vec<&str> = columns.iter().filter_map(|column| column.str_at(&["name"])).collect();
    assert_eq!(names, ["Name", "Data", "Age"]);
    let row = &table.get("rows").unwrap().as_array().unwrap()[0];
    assert_eq!(amethyst_object::json::to_string(row.get("cells").unwrap()), r#"["a",1,"0s"]"#);
    assert_eq!(row.str_at(&["object", "kind"]), Some("PartialObjectMetadata"));
    let bare = ask(&server, &format!("GET {MAPS}/a?includeObject=None\n{TABLE}"), "").await.json();
    assert!(bare.get("rows").unwrap().as_array().unwrap()[0].get("object").unwrap().is_null());
    let wrong = ask(&server, &format!("GET {MAPS}/a?includeObject=zz\n{TABLE}"), "").await;
    assert_eq!(wrong.code, 400, "{wrong:?}");
    let accept = "accept: application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    let partial = ask(&server, &format!("GET {MAPS}\n{accept}"), "").await.json();
    assert_eq!(partial.str_at(&["kind"]), Some("PartialObjectMetadataList"));
    assert!(partial.get("items").unwrap().as_array().unwrap().iter().all(|item| item.get("data").is_none()));
}

#[tokio::test(start_paused = true)]
async fn watches_send_frames_until_their_time_is_up() {
    let server = server().await;
    let request = format!("POST {MAPS}\ncontent-type: application/json");
    ask(&server, &request, r#"{"metadata":{"name":"a"}}"#).await;
    let selected = "watch=1&timeoutSeconds=9&fieldSelector=metadata.name%3Da";
    let streaming = format!(
        "GET {MAPS}?{selected}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    );
    let answer = ask(&server, &streaming, "").await;
    let lines: Vec<&str> = answer.text.lines().collect();
    assert!(lines[0].starts_with(r#"{"type":"ADDED","object":{"#), "{answer:?}");
    assert!(lines[1].contains(r#""k8s.io/initial-events-end":"true""#), "{answer:?}");
    let table = ask(&server, &format!("GET {MAPS}?{selected}\n{TABLE}"), "").await;
    assert!(table.text.starts_with(r#"{"type":"ADDED","object":{"kind":"Table""#), "{table:?}");
    let marked = ask(&server, &format!("{streaming}\n{TABLE}"), "").await;
    let mark = amethyst_object::json::parse(marked.text.lines().nth(1).unwrap().as_bytes()).unwrap();
    let row = &mark.at(&["object", "rows"]).unwrap().as_array().unwrap()[0];
    let end = row.at(&["object", "metadata", "annotations", "k8s.io/initial-events-end"]);
    assert_eq!(end.and_then(amethyst_object::Value::as_str), Some("true"), "{marked:?}");
    let legacy = "GET /api/v1/watch/namespaces/default/configmaps/a?timeoutSeconds=1";
    assert_eq!(ask(&server, legacy, "").await.text.lines().next(), Some(lines[0]));
    let refused = ask(&server, &format!("GET {MAPS}?watch=1&sendInitialEvents=true"), "").await;
    assert_eq!(refused.code, 422);
}

#[tokio::test]
async fn protobuf_bodies_are_read() {
    let server = server().await;
    let request = format!("POST {MAPS}\ncontent-type: application/vnd.kubernetes.protobuf");
    let answer = ask(&server, &request, "x").await;
    assert_eq!(answer.code, 400);
    assert!(answer.text.contains("expected prefix [107 56 115 0]"), "{answer:?}");
    // ConfigMap `pb` in the envelope that typed clients write.
    let body = "k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x06\n\x04\n\x02pb";
    let answer = ask(&server, &request, body).await;
    assert_eq!((answer.code, answer.json().str_at(&["metadata", "name"])), (201, Some("pb")), "{answer:?}");
    let cbor = format!("POST {MAPS}\ncontent-type: application/cbor");
    assert_eq!(ask(&server, &cbor, "x").await.code, 415);
}

/// HTTP/2 clients end the connection when an answer to HEAD has a body.
#[tokio::test]
async fn an_answer_to_head_has_no_body() {
    let server = server().await;
    for path in ["/healthz", "/apis", "/nope"] {
        let (head, get) = (format!("HEAD {path}"), format!("GET {path}"));
        let (head, get) = (ask(&server, &head, "").await, ask(&server, &get, "").await);
        assert_eq!((head.code, head.text.as_str()), (get.code, ""), "{path}");
        assert!(!get.text.is_empty(), "{path}");
    }
}
